//go:build integration && (linux || darwin)

package constrained

import "net/http"

//auth:route=GET /tagged
//auth:roles=admin
func (API) Tagged(w http.ResponseWriter, r *http.Request) {}
