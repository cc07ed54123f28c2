//go:build linux || (darwin && cgo)

package constrained

import "net/http"

//auth:route=GET /two
//auth:roles=admin
func Two(w http.ResponseWriter, r *http.Request) {}
