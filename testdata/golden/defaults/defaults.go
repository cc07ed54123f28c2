// Package defaults has demands for all of its handlers.
//
//auth:scopes=app
package defaults

import (
	"net/http"

	auth "github.com/authgen/authgen/runtime"
)

// API adds one for its methods.
//
//auth:roles=member
type API struct{}

// Plain has no rule of its own.
func (API) Plain(w http.ResponseWriter, r *http.Request) {}

// Typed has none either, and takes the caller.
func (API) Typed(w http.ResponseWriter, r *http.Request, user *auth.User) {}

// Both adds the same key: both lists must be met.
//
//auth:roles=auditor
func (API) Both(w http.ResponseWriter, r *http.Request) {}

// Replaced drops the demands around it.
//
//auth:replace
//auth:roles=guest
func (API) Replaced(w http.ResponseWriter, r *http.Request) {}

//auth:public
func (API) Open(w http.ResponseWriter, r *http.Request) {}

//auth:optional
func (API) Maybe(w http.ResponseWriter, r *http.Request) {}

// helper is no handler: the parameter is of the application's own type.
func (API) helper(w http.ResponseWriter, r *http.Request, more *API) {}

// Function has the package's demand.
func Function(w http.ResponseWriter, r *http.Request) {}
