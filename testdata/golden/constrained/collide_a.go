//go:build (linux || darwin) && cgo

package constrained

import "net/http"

//auth:route=GET /one
//auth:roles=admin
func One(w http.ResponseWriter, r *http.Request) {}
