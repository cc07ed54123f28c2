// Package files is a small file-sharing service on gin.
package files

import (
	"net/http"

	"github.com/gin-gonic/gin"

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
func (a *API) Health(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
}

// WhoAmI tells callers who they are.
//
//auth:route=GET /me
//auth:authenticated
func (a *API) WhoAmI(c *gin.Context, caller *auth.Identity) {
	c.JSON(http.StatusOK, gin.H{"subject": caller.Subject(), "kind": caller.Kind().String()})
}

// List names the tenant's files.
//
//auth:route=GET /tenants/:tenantID/files
//auth:policy=role("admin") || permission("readFile")
//auth:tenant=tenantID
func (a *API) List(c *gin.Context) {
	c.JSON(http.StatusOK, a.files.List(c.Param("tenantID")))
}

// Upload stores a file. People upload, API tokens do not: the type of the last
// parameter says so.
//
//auth:route=PUT /tenants/:tenantID/files/:name
//auth:policy=role("admin") || permission("uploadFile")
//auth:tenant=tenantID
//auth:audit=Upload
func (a *API) Upload(c *gin.Context, user *auth.User) {
	a.files.Add(user.Tenant(), c.Param("name"))
	c.JSON(http.StatusCreated, gin.H{"by": user.Subject()})
}

// Delete removes a file.
//
//auth:route=DELETE /tenants/:tenantID/files/:name
//auth:roles=admin
//auth:tenant=tenantID
func (a *API) Delete(c *gin.Context, user *auth.User) {
	a.files.Remove(user.Tenant(), c.Param("name"))
	c.Status(http.StatusNoContent)
}

// Profile shows a user's own profile.
//
//auth:route=GET /users/:userID
//auth:owner=userID
func (a *API) Profile(c *gin.Context, user *auth.User) {
	c.JSON(http.StatusOK, gin.H{"id": user.UserID()})
}

// Export is for machines only.
//
//auth:route=GET /tenants/:tenantID/export
//auth:permissions=readFile
//auth:tenant=tenantID
func (a *API) Export(c *gin.Context, token *auth.TenantAPIToken) {
	c.JSON(http.StatusOK, a.files.List(token.Tenant()))
}
