// Package functions has package functions that are called as generated things
// are.
package functions

import "net/http"

//auth:route=/any
//auth:roles=admin
func Register(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET example.com/host
//auth:roles=admin
func guard(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /twice
//auth:route=GET /again
//auth:roles=admin
func twice(_ http.ResponseWriter, _ *http.Request) {}

//auth:roles=admin
func p(w http.ResponseWriter, r *http.Request) {}

//auth:roles=admin
func auth(w http.ResponseWriter, r *http.Request) {}

//auth:roles=admin
func nethttp(w http.ResponseWriter, r *http.Request) {}

//auth:roles=admin
func ok(w http.ResponseWriter, r *http.Request) {}

// http is not a package here, as far as the parameters go.
//
//auth:roles=admin
func shadows(w http.ResponseWriter, http *http.Request) {}

type mux struct{}
