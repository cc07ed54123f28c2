// Package company is a small service whose users and machines come from Frontegg:
// the cases of the guide to Frontegg's middleware for Express, and what rules say
// beyond that.
package company

import (
	"fmt"
	"net/http"

	"github.com/authgen/authgen/adapters/nethttp"
	auth "github.com/authgen/authgen/runtime"
)

// Shift is for everybody who is signed in.
//
//auth:route=GET /shift
//auth:authenticated
func Shift(w http.ResponseWriter, _ *http.Request, caller *auth.Identity) {
	fmt.Fprintf(w, "the shift of %s\n", caller.Subject())
}

// Admin stands in front of everything below /admin.
//
//auth:roles=admin
var Admin nethttp.Area

// Home takes one role of two.
//
//auth:route=GET /home
//auth:roles=admin,viewer
func Home(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "home") }

// Uploads takes one permission.
//
//auth:route=GET /uploads
//auth:permissions=uploads.read
func Uploads(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "all uploads") }

// Upload takes one permission of several, and every decision is an audit of the
// caller's tenant.
//
//auth:route=PUT /uploads/{name}
//auth:permissions=uploads.write,uploads.manage
//auth:audit=Upload severity=Medium
func Upload(w http.ResponseWriter, _ *http.Request, _ *auth.Identity) {
	w.WriteHeader(http.StatusCreated)
}

// Remove runs only when Frontegg has taken the audit of it.
//
//auth:route=DELETE /uploads/{name}
//auth:roles=admin
//auth:audit=Remove severity=High required
func Remove(w http.ResponseWriter, _ *http.Request, _ *auth.User) {
	w.WriteHeader(http.StatusNoContent)
}

// Password takes users who passed step-up authentication a short time ago.
//
//auth:route=PUT /password
//auth:stepup=10m
func Password(w http.ResponseWriter, _ *http.Request, _ *auth.User) {
	w.WriteHeader(http.StatusNoContent)
}

// Invoices are those of one tenant, for its own users and machines.
//
//auth:route=GET /tenants/{tenantID}/invoices
//auth:tenant=tenantID
func Invoices(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "the invoices of %s\n", r.PathValue("tenantID"))
}

// Insights are for tenants whose plan has the feature.
//
//auth:route=GET /insights
//auth:features=insights
func Insights(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "insights") }
