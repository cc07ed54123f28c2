// Package front uses the guards of another package, which exist only after
// generation, and has handlers whose shape types have to tell.
package front

import (
	"net/http"

	auth "github.com/authgen/authgen/runtime"

	"example.com/golden/cross/back"
)

// Serve is made from a guard of another package.
//
//auth:authenticated
func Serve(guard *auth.Guard) http.Handler {
	return http.HandlerFunc(back.Protect(guard).Serve)
}

// wrapped has a type that only the type checker knows.
//
//auth:roles=admin
var wrapped = http.StripPrefix("/", http.NotFoundHandler())

//auth:roles=admin
func aliased(w back.Writer, r *http.Request) {}
