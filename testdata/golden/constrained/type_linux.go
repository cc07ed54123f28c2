package constrained

import "net/http"

// Narrow is part of builds for Linux alone, and has a handler of its own for
// some of them.
type Narrow struct{}

//auth:route=GET /narrow
//auth:roles=admin
func (Narrow) Get(w http.ResponseWriter, r *http.Request) {}
