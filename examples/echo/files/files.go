// Package files is a small file-sharing service on echo.
package files

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authgen/authgen/examples/internal/store"
	auth "github.com/authgen/authgen/runtime"
)

// API holds the handlers of the service. The zero value is ready to use.
type API struct {
	files store.Files
}

// Health says that the service runs.
//
//auth:route=GET /healthz
//auth:public reason="load balancers ask without a token"
func (a *API) Health(c echo.Context) error {
	return c.JSON(http.StatusOK, echo.Map{"status": "ok"})
}

// WhoAmI tells callers who they are.
//
//auth:route=GET /me
//auth:authenticated
func (a *API) WhoAmI(c echo.Context, caller *auth.Identity) error {
	return c.JSON(http.StatusOK, echo.Map{"subject": caller.Subject(), "kind": caller.Kind().String()})
}

// List names the tenant's files.
//
//auth:route=GET /tenants/:tenantID/files
//auth:policy=role("admin") || permission("readFile")
//auth:tenant=tenantID
func (a *API) List(c echo.Context) error {
	return c.JSON(http.StatusOK, a.files.List(c.Param("tenantID")))
}

// Upload stores a file. People upload, API tokens do not: the type of the last
// parameter says so.
//
//auth:route=PUT /tenants/:tenantID/files/:name
//auth:policy=role("admin") || permission("uploadFile")
//auth:tenant=tenantID
//auth:audit=Upload
func (a *API) Upload(c echo.Context, user *auth.User) error {
	a.files.Add(user.Tenant(), c.Param("name"))
	return c.JSON(http.StatusCreated, echo.Map{"by": user.Subject()})
}

// Delete removes a file.
//
//auth:route=DELETE /tenants/:tenantID/files/:name
//auth:roles=admin
//auth:tenant=tenantID
func (a *API) Delete(c echo.Context, user *auth.User) error {
	a.files.Remove(user.Tenant(), c.Param("name"))
	return c.NoContent(http.StatusNoContent)
}

// Profile shows a user's own profile.
//
//auth:route=GET /users/:userID
//auth:owner=userID
func (a *API) Profile(c echo.Context, user *auth.User) error {
	return c.JSON(http.StatusOK, echo.Map{"id": user.UserID()})
}

// Export is for machines only.
//
//auth:route=GET /tenants/:tenantID/export
//auth:permissions=readFile
//auth:tenant=tenantID
func (a *API) Export(c echo.Context, token *auth.TenantAPIToken) error {
	return c.JSON(http.StatusOK, a.files.List(token.Tenant()))
}
