package authecho

import (
	"cmp"
	"errors"
	"reflect"
	"runtime"
	"slices"

	"github.com/labstack/echo/v4"

	auth "github.com/authgen/authgen/runtime"
)

// Verify compares the routes of e, those of its hosts too, with the manifest. Call
// it when all routes are registered and before e serves; see [auth.VerifyRoutes] for
// what is a difference. The error is an [*auth.VerifyError], or says that e is nil or
// was not made by echo.New.
//
// echo shows the name of each route's handler, unless the route was given another
// name. It shows no middleware, and no route that was added to an [echo.Router]
// itself: the proof is about these, Verify is not.
func Verify(e *echo.Echo, manifest *auth.Manifest, opts ...auth.VerifyOption) error {
	if e == nil || e.Router() == nil {
		return errors.New("authecho: the Echo is nil or was not made by New")
	}
	notFound := runtime.FuncForPC(reflect.ValueOf(echo.NotFoundHandler).Pointer()).Name()
	var registered []auth.Registered
	list := func(host string, router *echo.Router) {
		if router == nil {
			return
		}
		for _, r := range router.Routes() {
			registered = append(registered, auth.Registered{
				Method: r.Method, Host: host, Path: r.Path, Function: r.Name, Chosen: true,
				// What Group.Use adds, so that the middleware runs for paths without a route.
				Fallback: r.Method == echo.RouteNotFound && r.Name == notFound,
			})
		}
	}
	list("", e.Router())
	for host, router := range e.Routers() {
		list(host, router)
	}
	// echo keeps routes in maps.
	slices.SortFunc(registered, func(a, b auth.Registered) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return auth.VerifyRoutes(manifest, "echo", registered, opts...)
}
