package files

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	auth "github.com/authgen/authgen/runtime"
)

type API struct{}

//auth:permissions=uploadFile
func (a *API) Upload(w http.ResponseWriter, r *http.Request) {} // want Upload:`ruled\(permissions=uploadFile\)`

//auth:roles=admin
func (a *API) Typed(w http.ResponseWriter, r *http.Request, user *auth.User) {} // want Typed:`ruled\(roles=admin\)`

//auth:roles=admin
func (a *API) Gin(c *gin.Context) {} // want Gin:`ruled\(roles=admin\)`

//auth:roles=admin
func (a *API) Echo(c echo.Context) error { return nil } // want Echo:`ruled\(roles=admin\)`

// Health needs nothing of its guard.
//
//auth:public
func (a *API) Health(w http.ResponseWriter, r *http.Request) {}

func (a *API) Unruled(w http.ResponseWriter, r *http.Request) {}

// Admin is guarded as a value.
//
//auth:roles=admin
type Admin struct{}

func (a *Admin) ServeHTTP(w http.ResponseWriter, r *http.Request) {} // want ServeHTTP:`ruled\(roles=admin\)`

//auth:optional
func (a *Admin) Optional(w http.ResponseWriter, r *http.Request) {} // want Optional:`ruled\(optional\)`

//auth:tokens=user
func (a *Admin) More(w http.ResponseWriter, r *http.Request) {} // want More:`ruled\(tokens=user, roles=admin\)`

//auth:replace
//auth:tokens=user
func (a *Admin) Other(w http.ResponseWriter, r *http.Request) {} // want Other:`ruled\(tokens=user\)`

func (a *Admin) helper(name string) {}

//auth:roles=admin
func List(w http.ResponseWriter, r *http.Request) {} // want List:`ruled\(roles=admin\)`

//auth:roles=admin
func Export(name string) http.HandlerFunc { return nil } // want Export:`ruled\(roles=admin\)`

//auth:roles=admin
var Metrics http.Handler = http.NotFoundHandler() // want Metrics:`ruled\(roles=admin\)`
