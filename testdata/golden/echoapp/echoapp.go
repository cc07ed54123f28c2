// Package echoapp has handlers of echo.
package echoapp

import (
	"fmt"

	"github.com/labstack/echo/v4"

	auth "github.com/authgen/authgen/runtime"

	"example.com/golden/claims"
)

// API has the handlers.
type API struct{}

//auth:route=POST /tenants/:tenantID/files
//auth:permissions=uploadFile
//auth:tenant=tenantID
func (*API) Upload(c echo.Context, user *auth.User) error { return c.String(200, user.Subject()) }

//auth:route=/any
//auth:roles=admin
func (*API) Any(echo.Context) error { return nil }

//auth:route=GET /identity
//auth:optional
func (*API) Identity(c echo.Context, caller *auth.Identity) (err error) {
	return c.String(200, fmt.Sprint(caller != nil))
}

//auth:route=GET /claims
//auth:authenticated
func (*API) Claims(c echo.Context, _ *claims.Access) error { return nil }

//auth:route=GET /health
//auth:public
func Health(c echo.Context) error { return nil }
