// Package audits has handlers whose calls are recorded.
package audits

import (
	"fmt"
	"net/http"

	auth "github.com/authgen/authgen/runtime"
)

// Files counts the calls that its handlers took.
type Files struct{ Calls int }

//auth:route=GET /files
//auth:roles=admin
//auth:audit="List files"
func (f *Files) List(w http.ResponseWriter, r *http.Request) { f.Calls++ }

//auth:route=POST /files
//auth:roles=admin
//auth:audit=Upload severity=High required
func (f *Files) Upload(w http.ResponseWriter, r *http.Request, user *auth.User) {
	f.Calls++
	fmt.Fprint(w, user.Subject())
}

//auth:route=DELETE /files
//auth:optional
//auth:audit=Remove required severity=Critical
func (f *Files) Remove(w http.ResponseWriter, r *http.Request) { f.Calls++ }

//auth:route=GET /health
//auth:public
//auth:audit=Health required
func (f *Files) Health(w http.ResponseWriter, r *http.Request) { f.Calls++ }
