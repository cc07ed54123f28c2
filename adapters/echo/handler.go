package authecho

import (
	"net/http"

	"github.com/labstack/echo/v4"

	auth "github.com/authgen/authgen/runtime"
)

// Router is what generated RegisterRoutes methods register on: *echo.Echo and
// *echo.Group.
type Router interface {
	Add(method, path string, handler echo.HandlerFunc, middleware ...echo.MiddlewareFunc) *echo.Route
}

// anyMethods are the methods that echo's own Any registers.
var anyMethods = [...]string{
	http.MethodConnect, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPatch,
	http.MethodPost, echo.PROPFIND, http.MethodPut, http.MethodTrace, echo.REPORT,
}

// Any registers h for the methods of echo's Any, on everything that is a Router.
func Any(router Router, path string, h echo.HandlerFunc) {
	for _, method := range anyMethods {
		router.Add(method, path, h)
	}
}

// Area is the type of a package variable whose annotation is the rule of a
// whole group:
//
//	//auth:roles=admin
//	var Admin authecho.Area
//
// The variable itself protects nothing: its generated twin is the middleware.
type Area struct{}

// Enclose puts everything that next serves behind the rule. It panics when next
// is nil, where routes are wired and not at the first request.
func Enclose(g *auth.Guard, rule *auth.Rule, next echo.HandlerFunc) echo.HandlerFunc {
	if next == nil {
		panic("authecho: nil handler")
	}
	return func(c echo.Context) error {
		if err := Allow(g, rule, c); err != nil {
			return err
		}
		return next(c)
	}
}

// Handler puts h behind the rule. It panics when h is nil.
func Handler(g *auth.Guard, rule *auth.Rule, h echo.HandlerFunc) echo.HandlerFunc {
	return Enclose(g, rule, h)
}
