package names

import . "net/http"

//auth:roles=admin
func dotted(w ResponseWriter, r *Request) {}
