package conformance_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	authgin "github.com/authgen/authgen/adapters/gin"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// TestPanics holds that a handler's panic reaches the framework's recovery, and
// that the application serves on.
func TestPanics(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail), handle: func(http.ResponseWriter, string) { panic("boom") }}
	rt := route{"GET", "/files", protected(), formUser}

	recovered := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				a.trail.add("recovered " + p.(string))
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		a.netHTTPTwin(rt)(w, r)
	})
	engine := gin.New()
	engine.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, p any) {
		a.trail.add("recovered " + p.(string))
		c.AbortWithStatus(http.StatusInternalServerError)
	}))
	engine.GET("/files", a.ginTwin(rt))
	e := newEcho()
	e.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: func(_ echo.Context, err error, _ []byte) error {
		a.trail.add("recovered " + err.Error())
		return err
	}}))
	e.GET("/files", a.echoTwin(rt))

	for _, to := range []target{one(t, "nethttp", a, recovered), one(t, "gin", a, engine), one(t, "echo", a, e)} {
		for range 2 {
			got := to.send(t, get("/files").bearer(issuer.Token(authtest.User("u1"))))
			if events := a.trail.take(); got.status != 500 || !slices.Equal(events, []string{"handler", "recovered boom"}) {
				t.Errorf("%s: %d, %q happened", to.name, got.status, events)
			}
		}
		if got := to.send(t, get("/files")); got.status != 401 || len(a.trail.take()) > 0 {
			t.Errorf("%s: without a token: %d", to.name, got.status)
		}
	}
}

// TestMiddlewareOfRoute holds the order around the twin: what stands before it
// sees every request, what stands behind it only those admitted.
func TestMiddlewareOfRoute(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	rt := route{"GET", "/files", protected(), formUser}
	engine := gin.New()
	mark := func(event string) gin.HandlerFunc { return func(*gin.Context) { a.trail.add(event) } }
	engine.GET("/files", mark("first"), a.ginTwin(rt), mark("second"), mark("third"))
	e := newEcho()
	e.GET("/files", a.echoTwin(rt), a.echoMark("first"))
	for name, c := range map[string]struct {
		handler  http.Handler
		admitted []string
	}{
		"nethttp": {a.mark("first", a.netHTTPTwin(rt)), []string{"first", "handler"}},
		"gin":     {engine, []string{"first", "handler", "second", "third"}},
		"echo":    {e, []string{"first", "handler"}},
	} {
		to := one(t, name, a, c.handler)
		to.send(t, get("/files"))
		if events := a.trail.take(); !slices.Equal(events, []string{"first"}) {
			t.Errorf("%s: denied, and %q happened", name, events)
		}
		to.send(t, get("/files").bearer(issuer.Token(authtest.User("u1"))))
		if events := a.trail.take(); !slices.Equal(events, c.admitted) {
			t.Errorf("%s: admitted, and %q happened", name, events)
		}
	}
}

// TestGinErrors holds that middleware which renders c.Errors finds the denial
// there and the answer given.
func TestGinErrors(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	engine := gin.New()
	engine.Use(func(c *gin.Context) {
		c.Next()
		last := c.Errors.Last()
		if last == nil {
			return
		}
		var challenge *auth.Challenge
		if !errors.Is(last, auth.ErrPermissionDenied) || !errors.As(last, &challenge) || challenge.Reason() != `lacks role "admin"` || !c.IsAborted() {
			a.trail.add("wrong error: " + last.Error())
		}
		a.trail.add("seen")
		if !c.Writer.Written() {
			c.JSON(http.StatusInternalServerError, gin.H{"error": "unexpected"})
		}
	})
	engine.Any("/files", a.ginTwin(route{rule: protected(auth.Demands{Roles: []string{"admin"}})}))
	// An answer that an earlier handler began stays as it is.
	engine.GET("/begun", func(c *gin.Context) { c.String(http.StatusTeapot, "begun") }, a.ginTwin(route{rule: protected(auth.Demands{Roles: []string{"admin"}})}))
	to := one(t, "gin", a, engine)
	token := issuer.Token(authtest.User("u1"))
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		got := to.send(t, request{method: method, path: "/files"}.bearer(token))
		if events := a.trail.take(); got.status != 403 || !slices.Equal(events, []string{"seen"}) {
			t.Errorf("%s: %d, %q happened", method, got.status, events)
		}
	}
	got := to.send(t, get("/begun").bearer(token))
	if events := a.trail.take(); got.status != http.StatusTeapot || got.body != "begun" || !slices.Equal(events, []string{"seen"}) {
		t.Errorf("begun: %d %q, %q happened", got.status, got.body, events)
	}
}

// TestGinRedispatch holds that a denial stops the chain of a route which gin was
// sent to by Engine.HandleContext. Versions before 1.11 then went on in that chain.
func TestGinRedispatch(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	engine := gin.New()
	engine.GET("/moved", func(c *gin.Context) {
		c.Request.URL.Path = "/files"
		engine.HandleContext(c)
	})
	engine.GET("/files", func(c *gin.Context) { authgin.Enclose(a.guard, protected(), c) }, func(c *gin.Context) {
		a.answer(c.Writer, identityText(authgin.From(c)))
	})
	to := one(t, "gin", a, engine)
	if got := to.send(t, get("/moved")); got.status != 401 || got.body != denied[401] {
		t.Errorf("%v", got)
	}
	if events := a.trail.take(); len(events) > 0 {
		t.Errorf("denied: %q happened", events)
	}
	if got := to.send(t, get("/moved").bearer(issuer.Token(authtest.User("u1")))); got.status != 200 || got.body != "user u1" {
		t.Errorf("%v", got)
	}
	if events := a.trail.take(); !slices.Equal(events, []string{"handler"}) {
		t.Errorf("admitted: %q happened", events)
	}
}

// TestEchoErrors holds that middleware and an application's own error handler
// get the denial as echo's own errors, not yet written.
func TestEchoErrors(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	e := newEcho()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		var he *echo.HTTPError
		if !errors.As(err, &he) || c.Response().Committed {
			a.trail.add("wrong error")
			return
		}
		a.trail.add("handled")
		_ = c.HTML(he.Code, "<p>"+http.StatusText(he.Code)+"</p>")
	}
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := next(c)
			var he *echo.HTTPError
			var challenge *auth.Challenge
			if !errors.As(err, &he) || !errors.As(he.Internal, &challenge) || !errors.Is(err, auth.ErrPermissionDenied) || he.Code != 403 {
				a.trail.add("wrong error")
			}
			a.trail.add("returned")
			if c.QueryParam("login") != "" {
				return c.Redirect(http.StatusFound, "/login")
			}
			return err
		}
	})
	e.GET("/files", a.echoTwin(route{rule: protected(auth.Demands{Roles: []string{"admin"}})}))
	to := one(t, "echo", a, e)
	token := issuer.Token(authtest.User("u1"))
	got := to.send(t, get("/files").bearer(token))
	if events := a.trail.take(); !slices.Equal(events, []string{"returned", "handled"}) {
		t.Errorf("%q happened", events)
	}
	if got.status != 403 || got.body != "<p>Forbidden</p>" || got.header.Get("WWW-Authenticate") == "" || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
		t.Errorf("%v", got)
	}
	if got = to.send(t, get("/files?login=1").bearer(token)); got.status != http.StatusFound {
		t.Errorf("middleware cannot answer instead: %v", got)
	}
}

// TestEchoDebug holds that echo's debug mode, which shows errors to callers,
// does not show why a request was denied.
func TestEchoDebug(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	e := newEcho()
	e.Debug = true
	e.GET("/files", a.echoTwin(route{rule: protected(auth.Demands{Roles: []string{"secret-role"}})}))
	to := one(t, "echo", a, e)
	got := to.send(t, get("/files").bearer(issuer.Token(authtest.User("u1"))))
	if compact := strings.NewReplacer("\n", "", "  ", "", ": ", ":").Replace(got.body); got.status != 403 || compact != denied[403] {
		t.Errorf("%v", got)
	}
}
