// Package ginapp has handlers of gin.
package ginapp

import (
	"fmt"

	"github.com/gin-gonic/gin"

	auth "github.com/authgen/authgen/runtime"

	"example.com/golden/claims"
)

// API has the handlers.
type API struct{}

//auth:route=POST /tenants/:tenantID/files
//auth:permissions=uploadFile
//auth:tenant=tenantID
func (*API) Upload(c *gin.Context, user *auth.User) { c.String(200, user.Subject()) }

//auth:route=/any
//auth:roles=admin
func (*API) Any(*gin.Context) {}

//auth:route=GET /identity
//auth:optional
func (*API) Identity(c *gin.Context, caller *auth.Identity) { c.String(200, fmt.Sprint(caller != nil)) }

//auth:route=GET /claims
//auth:authenticated
func (*API) Claims(c *gin.Context, _ *claims.Access) {}

//auth:route=GET /health
//auth:public
func Health(c *gin.Context) {}
