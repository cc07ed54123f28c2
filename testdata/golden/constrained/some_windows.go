package constrained

import "net/http"

//auth:route=GET /windows
//auth:roles=admin
func (API) Windows(w http.ResponseWriter, r *http.Request) {}
