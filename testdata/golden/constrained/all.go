// Package constrained has handlers that are not part of every build.
package constrained

import "net/http"

// API has handlers in files of several constraints.
type API struct{}

//auth:route=GET /everywhere
//auth:roles=admin
func (API) Everywhere(w http.ResponseWriter, r *http.Request) {}
