// Package files is a small file-sharing service on net/http.
package files

import (
	"encoding/json"
	"net/http"

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
func (a *API) Health(w http.ResponseWriter, r *http.Request) {
	reply(w, http.StatusOK, map[string]string{"status": "ok"})
}

// WhoAmI tells callers who they are.
//
//auth:route=GET /me
//auth:authenticated
func (a *API) WhoAmI(w http.ResponseWriter, r *http.Request, caller *auth.Identity) {
	reply(w, http.StatusOK, map[string]string{"subject": caller.Subject(), "kind": caller.Kind().String()})
}

// List names the tenant's files.
//
//auth:route=GET /tenants/{tenantID}/files
//auth:policy=role("admin") || permission("readFile")
//auth:tenant=tenantID
func (a *API) List(w http.ResponseWriter, r *http.Request) {
	reply(w, http.StatusOK, a.files.List(r.PathValue("tenantID")))
}

// Upload stores a file. People upload, API tokens do not: the type of the last
// parameter says so.
//
//auth:route=PUT /tenants/{tenantID}/files/{name}
//auth:policy=role("admin") || permission("uploadFile")
//auth:tenant=tenantID
//auth:audit=Upload
func (a *API) Upload(w http.ResponseWriter, r *http.Request, user *auth.User) {
	a.files.Add(user.Tenant(), r.PathValue("name"))
	reply(w, http.StatusCreated, map[string]string{"by": user.Subject()})
}

// Delete removes a file.
//
//auth:route=DELETE /tenants/{tenantID}/files/{name}
//auth:roles=admin
//auth:tenant=tenantID
func (a *API) Delete(w http.ResponseWriter, r *http.Request, user *auth.User) {
	a.files.Remove(user.Tenant(), r.PathValue("name"))
	w.WriteHeader(http.StatusNoContent)
}

// Profile shows a user's own profile.
//
//auth:route=GET /users/{userID}
//auth:owner=userID
func (a *API) Profile(w http.ResponseWriter, r *http.Request, user *auth.User) {
	reply(w, http.StatusOK, map[string]string{"id": user.UserID()})
}

// Export is for machines only.
//
//auth:route=GET /tenants/{tenantID}/export
//auth:permissions=readFile
//auth:tenant=tenantID
func (a *API) Export(w http.ResponseWriter, r *http.Request, token *auth.TenantAPIToken) {
	reply(w, http.StatusOK, a.files.List(token.Tenant()))
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The status is out; a caller who went away is not an error to handle.
	_ = json.NewEncoder(w).Encode(body)
}
