// Package names has types that stand behind other names.
package names

import (
	"fmt"
	web "net/http"

	framework "github.com/gin-gonic/gin"

	authn "github.com/authgen/authgen/runtime"

	other "example.com/golden/claims"
)

type (
	writer  = web.ResponseWriter
	request = *web.Request
	context = framework.Context
	person  = *authn.User
	handler = web.HandlerFunc
	granted = other.Token
)

//auth:roles=admin
func aliased(w writer, r request, u person) { fmt.Fprint(w, u.Subject()) }

//auth:roles=admin
func ginAliased(*context) {}

//auth:roles=admin
func yields() handler { return func(w web.ResponseWriter, r *web.Request) {} }

//auth:roles=admin
func claimsAliased(w writer, r request, c *granted) {}

//auth:roles=admin
func unnamed(web.ResponseWriter, *web.Request, *authn.Identity) {}

//auth:roles=admin
func blank(_ web.ResponseWriter, _ *web.Request, _ *authn.User) {}

// Parameters may be called as packages are.
//
//auth:roles=admin
func shadowing(nethttp web.ResponseWriter, auth *web.Request, web *authn.User) {}
