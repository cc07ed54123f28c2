package constrained

import "net/http"

// PerBuild is declared once for each system.
type PerBuild struct{}

//auth:roles=admin
func (PerBuild) Get(w http.ResponseWriter, r *http.Request) {}
