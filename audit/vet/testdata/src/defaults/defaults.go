// Package defaults has a rule for all its handlers.
//
//auth:authenticated
package defaults

import (
	"net/http"

	auth "github.com/authgen/authgen/runtime"
)

type own struct{}

func Plain(w http.ResponseWriter, r *http.Request) {} // want Plain:`ruled\(authenticated\)`

func Typed(w http.ResponseWriter, r *http.Request, user *auth.User) {} // want Typed:`ruled\(authenticated\)`

// Own has a parameter that no directive makes an identity.
func Own(w http.ResponseWriter, r *http.Request, o *own) {}

//auth:roles=admin
func More(w http.ResponseWriter, r *http.Request) {} // want More:`ruled\(roles=admin, authenticated\)`

func Generic[T any](w http.ResponseWriter, r *http.Request) {}

func register(mux *http.ServeMux) {
	mux.HandleFunc("/plain", Plain) // want `defaults.Plain has a rule, authenticated, and is registered without its guard; register Plain of what Protect\(guard\) returns \(AUTH103\)`
}
