// Package methods has handlers of every kind of receiver.
package methods

import (
	"fmt"
	"net/http"

	auth "github.com/authgen/authgen/runtime"

	"example.com/golden/claims"
)

// API has pointer receivers.
type API struct{ Greeting string }

// Upload stores a file.
//
//auth:route=POST /tenants/{tenantID}/files
//auth:permissions=uploadFile
//auth:tenant=tenantID
func (a *API) Upload(w http.ResponseWriter, r *http.Request, user *auth.User) {
	fmt.Fprint(w, a.Greeting, user.Subject())
}

//auth:route=GET /anybody
//auth:authenticated
func (a *API) Anybody(w http.ResponseWriter, r *http.Request, id *auth.Identity) {
	fmt.Fprint(w, id.Kind())
}

//auth:route=GET /user-api
//auth:authenticated
func (a *API) UserAPI(w http.ResponseWriter, r *http.Request, token *auth.UserAPIToken) {}

//auth:route=GET /tenant-api
//auth:authenticated
func (a *API) TenantAPI(w http.ResponseWriter, r *http.Request, token *auth.TenantAPIToken) {}

//auth:route=GET /user-access
//auth:authenticated
func (a *API) UserAccess(w http.ResponseWriter, r *http.Request, token *auth.UserAccessToken) {}

//auth:route=GET /tenant-access
//auth:authenticated
func (a *API) TenantAccess(w http.ResponseWriter, r *http.Request, token *auth.TenantAccessToken) {}

//auth:route=GET /pat
//auth:authenticated
func (a *API) PAT(w http.ResponseWriter, r *http.Request, token *auth.PersonalAccessToken) {}

//auth:route=GET /service
//auth:authenticated
func (a *API) Service(w http.ResponseWriter, r *http.Request, service *auth.Service) {}

//auth:route=GET /vendor
//auth:authenticated
func (a *API) Vendor(w http.ResponseWriter, r *http.Request, vendor *auth.Vendor) {}

// Plan reads the application's own claims.
//
//auth:route=GET /plan
//auth:authenticated
func (a *API) Plan(w http.ResponseWriter, r *http.Request, c *claims.Access) {
	fmt.Fprint(w, c.Plan)
	c.Plan = "changed"
}

// Alias reads them by another name.
//
//auth:route=GET /alias
//auth:roles=admin
func (a *API) Alias(w http.ResponseWriter, r *http.Request, c *claims.Token) { fmt.Fprint(w, c.Plan) }

type own struct {
	Plan string `json:"plan"`
}

//auth:route=GET /own
//auth:optional
func (a *API) Own(w http.ResponseWriter, r *http.Request, c *own) {
	if c == nil {
		fmt.Fprint(w, "nobody")
		return
	}
	fmt.Fprint(w, c.Plan)
}

// Value has value receivers.
type Value struct{ Greeting string }

//auth:roles=admin
func (v Value) Get(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, v.Greeting) }

// Mixed has both.
type Mixed struct{ n int }

//auth:roles=admin
func (m Mixed) Get(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, m.n) }

//auth:roles=admin
func (m *Mixed) Put(w http.ResponseWriter, r *http.Request) { m.n++ }

type server struct{}

//auth:roles=admin
func (*server) hidden(http.ResponseWriter, *http.Request) {}

// ServeHTTP makes a type a handler as a whole.
//
//auth:roles=admin
func (server) ServeHTTP(http.ResponseWriter, *http.Request) {}

// Base is embedded.
type Base struct{}

//auth:roles=admin
func (Base) Shared(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "shared") }

// Derived has a promoted handler, reached through the twin of Base, and one of
// its own.
type Derived struct{ Base }

//auth:authenticated
func (Derived) Mine(w http.ResponseWriter, r *http.Request) {}

// Awkward has methods that are called as generated things are.
type Awkward struct{}

//auth:roles=admin
func (Awkward) Protect(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "protect") }

//auth:roles=admin
func (Awkward) Register(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "register") }

//auth:roles=admin
func (Awkward) guard(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "guard") }

//auth:roles=admin
func (Awkward) awkward(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "awkward") }
