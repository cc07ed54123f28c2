package constrained

import "net/http"

// PerBuild is declared once for each system.
type PerBuild struct{}

//auth:roles=admin
func (PerBuild) Put(w http.ResponseWriter, r *http.Request) {}
