package constrained_test

import "net/http"

type fake struct{}

//auth:roles=admin
func (fake) Get(w http.ResponseWriter, r *http.Request) {}
