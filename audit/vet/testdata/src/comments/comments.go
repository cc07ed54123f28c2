package comments

import (
	"net/http"

	"github.com/gin-gonic/gin"

	auth "github.com/authgen/authgen/runtime"
)

// want +1 `this comment looks like the directive roles, but Go does not see it as one; write //auth:roles in plain lower-case letters without spaces \(AUTH001\)`
// auth:roles=admin
func Spaced(w http.ResponseWriter, r *http.Request) {}

// want +1 `looks like the directive permissions.*AUTH001`
// Auth:permission = uploadFile
func Capital(w http.ResponseWriter, r *http.Request) {}

// want +2 `unknown directive "role"; did you mean "roles"\? \(AUTH002\)`
//
//auth:role=admin
func Misspelt(w http.ResponseWriter, r *http.Request) {}

// want +2 `a space stands behind the comma; write //auth:roles=admin,editor \(AUTH003\)`
//
//auth:roles=admin, editor
func List(w http.ResponseWriter, r *http.Request) {}

// want +1 `the directive stands apart from the function Apart: it guards nothing; remove the blank line \(AUTH008\)`
//auth:roles=admin

func Apart(w http.ResponseWriter, r *http.Request) {}

func Inside(w http.ResponseWriter, r *http.Request) {
	// want +1 `the directive stands inside the body of Inside.*AUTH009`
	//auth:roles=admin
}

var trailing = 1 //auth:roles=admin // want `the directive stands behind code on its line.*AUTH009`

// want +2 `unknown kind of token "users"; did you mean "user"\? \(AUTH011\)`
//
//auth:tokens=users
func Kind(w http.ResponseWriter, r *http.Request) {}

// want +2 `"post" is no HTTP method; write POST \(AUTH013\)`
//
//auth:route=post /files/{id}
//auth:authenticated
func Method(w http.ResponseWriter, r *http.Request) {}

// want +2 `is another framework's parameter: net/http takes it literally; write \{id\} \(AUTH014\)`
//
//auth:route=POST /files/:id
//auth:authenticated
func Path(w http.ResponseWriter, r *http.Request, user *auth.User) {}

// want +2 `gin takes it literally; write :id \(AUTH014\)`
//
//auth:route=POST /files/{id}
//auth:authenticated
func Gin(c *gin.Context) {}

//auth:roles=admin
//auth:route=POST /files/{id}
func Right(w http.ResponseWriter, r *http.Request) {}

// auth: see RFC 6750
func Prose() {}
