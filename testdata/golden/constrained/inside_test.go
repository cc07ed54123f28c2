package constrained

import "net/http"

//auth:route=GET /in-test
//auth:roles=admin
func inTest(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /method-in-test
//auth:roles=admin
func (API) InTest(w http.ResponseWriter, r *http.Request) {}
