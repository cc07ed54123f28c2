// Package back is guarded, and used by another package with rules.
package back

import "net/http"

// Name is an alias that front's handlers use.
type Writer = http.ResponseWriter

//auth:roles=admin
func Serve(w http.ResponseWriter, r *http.Request) {}
