package constrained

import "net/http"

//auth:route=GET /narrow/amd64
//auth:roles=admin
func (*Narrow) AMD64(w http.ResponseWriter, r *http.Request) {}
