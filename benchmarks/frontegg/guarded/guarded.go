// Package guarded has the handler of the Go server that is measured.
package guarded

//go:generate go tool authgen gen .

import (
	"io"
	"net/http"

	auth "github.com/authgen/authgen/runtime"
)

// Admin is withAuthentication({ roles: ['admin'] }) in front of a short answer.
//
//auth:roles=admin
func Admin(w http.ResponseWriter, _ *http.Request, _ *auth.User) {
	_, _ = io.WriteString(w, "ok")
}
