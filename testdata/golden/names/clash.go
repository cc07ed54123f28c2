package names

import (
	http "net/http"

	// The names that generated code would give its imports belong to others.
	auth "strings"

	gin "strconv"
)

//auth:roles=admin
func clashing(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X", auth.ToUpper(gin.Itoa(1)))
}

var (
	nethttp  = 1
	authgin  = nethttp
	authecho = authgin
	echo     = authecho
	w        = echo
	r        = w
	c        = r
	user     = c
	err      = user
	_        = err
)
