//go:build !integration

package constrained

import "net/http"

//auth:roles=admin
func Variant(w http.ResponseWriter, r *http.Request) {}
