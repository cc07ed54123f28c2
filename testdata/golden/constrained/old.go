// +build ignore

package constrained

import "net/http"

//auth:roles=admin
func Old(w http.ResponseWriter, r *http.Request) {}
