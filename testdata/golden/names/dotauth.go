package names

import (
	web "net/http"

	. "github.com/authgen/authgen/runtime"
)

//auth:roles=admin
func dottedAuth(w web.ResponseWriter, r *web.Request, u *User) {}
