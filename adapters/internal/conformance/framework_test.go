// Package conformance_test runs one suite against the adapters of net/http, gin
// and echo, over real sockets: what a rule means and what callers see must not
// depend on the framework. It holds tests only.
package conformance_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	authecho "github.com/authgen/authgen/adapters/echo"
	authgin "github.com/authgen/authgen/adapters/gin"
	"github.com/authgen/authgen/adapters/nethttp"
	auth "github.com/authgen/authgen/runtime"
)

// form is how a handler gets its identity.
type form int

const (
	formContext  form = iota // From(ctx)
	formIdentity             // *auth.Identity
	formUser                 // *auth.User
	formService              // *auth.Service
	formClaims               // *ownClaims
	forms
)

func (f form) String() string {
	return [...]string{"Context", "Identity", "User", "Service", "Claims"}[f]
}

// ownClaims is an application's struct for the claims.
type ownClaims struct {
	Subject string `json:"sub"`
	Type    string `json:"type"`
	Plan    string `json:"plan"`
}

// route is a guarded handler that tells who called it.
type route struct {
	method  string // "" for every method that the framework's Any has
	pattern string // in net/http's syntax
	rule    *auth.Rule
	form    form
}

// app is an application, built on each of the frameworks.
type app struct {
	guard  *auth.Guard
	routes []route
	trail  *trail
	// handle runs in each handler instead of the answer, when it is set.
	handle func(w http.ResponseWriter, who string)
	// origin is allowed by the application's CORS middleware, when it is set.
	origin string
}

// framework builds applications.
type framework struct {
	name  string
	build func(*app) http.Handler
}

var frameworks = []framework{{"nethttp", buildNetHTTP}, {"gin", buildGin}, {"echo", buildEcho}}

// answer is the end of every handler.
func (a *app) answer(w http.ResponseWriter, who string) {
	a.trail.add("handler")
	if a.handle != nil {
		a.handle(w, who)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(w, who)
}

func identityText(id *auth.Identity, ok bool) string {
	if id == nil || !ok {
		return "nobody"
	}
	return fmt.Sprintf("%v %s", id.Kind(), id.Subject())
}

func claimsText(c *ownClaims) string {
	if c == nil {
		return "nobody"
	}
	return fmt.Sprintf("%s %s %s", c.Type, c.Subject, c.Plan)
}

// The handlers below are written as generated twins are.

func buildNetHTTP(a *app) http.Handler {
	mux := http.NewServeMux()
	for _, rt := range a.routes {
		mux.HandleFunc(strings.TrimSpace(rt.method+" "+rt.pattern), a.netHTTPTwin(rt))
	}
	return a.netHTTPMiddleware(mux)
}

func (a *app) netHTTPMiddleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.trail.add("before " + r.Method)
		if a.cors(w, r) {
			return
		}
		next.ServeHTTP(w, r)
		a.trail.add("after")
	})
}

func (a *app) netHTTPTwin(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch rt.form {
		case formContext:
			if r, ok := nethttp.Allow(a.guard, rt.rule, w, r); ok {
				a.answer(w, identityText(auth.From(r.Context())))
			}
		case formIdentity:
			if id, ok := nethttp.AllowIdentity(a.guard, rt.rule, w, r); ok {
				a.answer(w, identityText(id, true))
			}
		case formUser:
			if user, ok := nethttp.AllowAs[auth.User](a.guard, rt.rule, w, r); ok {
				a.answer(w, typedText(user))
			}
		case formService:
			if service, ok := nethttp.AllowAs[auth.Service](a.guard, rt.rule, w, r); ok {
				a.answer(w, typedText(service))
			}
		case formClaims:
			if claims, ok := nethttp.AllowClaims[ownClaims](a.guard, rt.rule, w, r); ok {
				a.answer(w, claimsText(claims))
			}
		}
	}
}

func buildGin(a *app) http.Handler {
	engine := gin.New()
	engine.Use(a.ginMiddleware)
	for _, rt := range a.routes {
		// A handler after the twin shows whether a denial stops the chain.
		chain := []gin.HandlerFunc{a.ginTwin(rt), func(*gin.Context) { a.trail.add("later") }}
		if rt.method == "" {
			engine.Any(colons(rt.pattern), chain...)
		} else {
			engine.Handle(rt.method, colons(rt.pattern), chain...)
		}
	}
	return engine
}

func (a *app) ginMiddleware(c *gin.Context) {
	a.trail.add("before " + c.Request.Method)
	if a.cors(c.Writer, c.Request) {
		c.Abort()
		return
	}
	c.Next()
	for _, err := range c.Errors {
		a.trail.addError(err.Err)
	}
	a.trail.add("after")
}

func (a *app) ginTwin(rt route) gin.HandlerFunc {
	return func(c *gin.Context) {
		switch rt.form {
		case formContext:
			if authgin.Allow(a.guard, rt.rule, c) {
				a.answer(c.Writer, identityText(authgin.From(c)))
			}
		case formIdentity:
			if id, ok := authgin.AllowIdentity(a.guard, rt.rule, c); ok {
				a.answer(c.Writer, identityText(id, true))
			}
		case formUser:
			if user, ok := authgin.AllowAs[auth.User](a.guard, rt.rule, c); ok {
				a.answer(c.Writer, typedText(user))
			}
		case formService:
			if service, ok := authgin.AllowAs[auth.Service](a.guard, rt.rule, c); ok {
				a.answer(c.Writer, typedText(service))
			}
		case formClaims:
			if claims, ok := authgin.AllowClaims[ownClaims](a.guard, rt.rule, c); ok {
				a.answer(c.Writer, claimsText(claims))
			}
		}
	}
}

func buildEcho(a *app) http.Handler {
	e := newEcho()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		a.trail.addError(err)
		e.DefaultHTTPErrorHandler(err, c)
	}
	e.Use(a.echoMiddleware)
	if a.origin != "" {
		e.Use(middleware.CORSWithConfig(middleware.CORSConfig{AllowOrigins: []string{a.origin}, AllowHeaders: []string{echo.HeaderAuthorization}}))
	}
	for _, rt := range a.routes {
		if rt.method == "" {
			authecho.Any(e, colons(rt.pattern), a.echoTwin(rt))
		} else {
			e.Add(rt.method, colons(rt.pattern), a.echoTwin(rt))
		}
	}
	return e
}

func newEcho() *echo.Echo {
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	return e
}

func (a *app) echoMiddleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		a.trail.add("before " + c.Request().Method)
		err := next(c)
		a.trail.add("after")
		return err
	}
}

func (a *app) echoTwin(rt route) echo.HandlerFunc {
	return func(c echo.Context) error {
		who := ""
		switch rt.form {
		case formContext:
			if err := authecho.Allow(a.guard, rt.rule, c); err != nil {
				return err
			}
			who = identityText(authecho.From(c))
		case formIdentity:
			id, err := authecho.AllowIdentity(a.guard, rt.rule, c)
			if err != nil {
				return err
			}
			who = identityText(id, true)
		case formUser:
			user, err := authecho.AllowAs[auth.User](a.guard, rt.rule, c)
			if err != nil {
				return err
			}
			who = typedText(user)
		case formService:
			service, err := authecho.AllowAs[auth.Service](a.guard, rt.rule, c)
			if err != nil {
				return err
			}
			who = typedText(service)
		case formClaims:
			claims, err := authecho.AllowClaims[ownClaims](a.guard, rt.rule, c)
			if err != nil {
				return err
			}
			who = claimsText(claims)
		}
		a.answer(c.Response(), who)
		return nil
	}
}

// typedText tells the identity in a typed one.
func typedText[T auth.Typed](t *T) string {
	if t == nil {
		return "nobody"
	}
	switch t := any(t).(type) {
	case *auth.User:
		return identityText(&t.Identity, true)
	case *auth.Service:
		return identityText(&t.Identity, true)
	}
	return "?"
}

// cors is the CORS middleware of an application, where the framework brings
// none: it allows one origin to send Authorization. It reports whether it
// answered, which it does to preflights.
func (a *app) cors(w http.ResponseWriter, r *http.Request) bool {
	if a.origin == "" || r.Header.Get("Origin") != a.origin {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", a.origin)
	w.Header().Set("Vary", "Origin")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	w.Header().Set("Access-Control-Allow-Headers", "Authorization")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// colons turns a pattern of net/http into one of gin and echo.
func colons(pattern string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(pattern)
}
