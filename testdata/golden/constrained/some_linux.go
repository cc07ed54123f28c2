package constrained

import "net/http"

//auth:route=GET /linux
//auth:roles=admin
func (API) Linux(w http.ResponseWriter, r *http.Request) {}

// Only is here only.
type Only struct{}

//auth:route=GET /only
//auth:roles=admin
func (Only) Get(w http.ResponseWriter, r *http.Request) {}
