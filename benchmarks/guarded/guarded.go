// Package guarded has the handlers that are measured, with the rule that all
// have: a role, a permission, a tenant and a kind of token.
package guarded

//go:generate go tool authgen gen .

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	auth "github.com/authgen/authgen/runtime"
)

// NetHTTP answers 204.
//
//auth:roles=admin
//auth:permissions=file.read
//auth:tenant=tenantID
//auth:tokens=user
func NetHTTP(w http.ResponseWriter, _ *http.Request, _ *auth.User) {
	w.WriteHeader(http.StatusNoContent)
}

// FromContext is [NetHTTP] without a parameter: it finds the caller in the
// request's context.
//
//auth:roles=admin
//auth:permissions=file.read
//auth:tenant=tenantID
//auth:tokens=user
func FromContext(w http.ResponseWriter, r *http.Request) {
	if _, ok := auth.From(r.Context()); ok {
		w.WriteHeader(http.StatusNoContent)
	}
}

// Gin answers 204.
//
//auth:roles=admin
//auth:permissions=file.read
//auth:tenant=tenantID
//auth:tokens=user
func Gin(c *gin.Context, _ *auth.User) {
	c.Status(http.StatusNoContent)
}

// Echo answers 204.
//
//auth:roles=admin
//auth:permissions=file.read
//auth:tenant=tenantID
//auth:tokens=user
func Echo(c echo.Context, _ *auth.User) error {
	return c.NoContent(http.StatusNoContent)
}
