package conformance_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	authecho "github.com/authgen/authgen/adapters/echo"
	authgin "github.com/authgen/authgen/adapters/gin"
	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// one is a target for a handler that a test built itself.
func one(t *testing.T, name string, a *app, h http.Handler) target {
	t.Helper()
	return target{name, listen(t, h), a.trail}
}

// catchAlls registers a twin on a catch-all pattern of each framework.
func catchAlls(t *testing.T, a *app, rule *auth.Rule) []target {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/all/{id...}", a.netHTTPTwin(route{rule: rule}))
	engine := gin.New()
	engine.GET("/all/*id", a.ginTwin(route{rule: rule}))
	e := newEcho()
	e.GET("/all/*", a.echoTwin(route{rule: rule}))
	return []target{one(t, "nethttp", a, mux), one(t, "gin", a, engine), one(t, "echo", a, e)}
}

// mounted builds each framework's way to mount routes below a prefix, behind
// the Area of outer and with the twin of inner as the handler.
func mounted(t *testing.T, a *app, outer, inner *auth.Rule) []target {
	t.Helper()
	rt := route{rule: inner}

	nested := http.NewServeMux()
	nested.HandleFunc("GET /tenants/{id}/files", a.netHTTPTwin(rt))
	mux := http.NewServeMux()
	area := nethttp.Enclose(a.guard, outer, a.mark("inside", http.StripPrefix("/v1", nested)))
	mux.Handle("/api/", a.mark("outside", http.StripPrefix("/api", area)))

	engine := gin.New()
	api := engine.Group("/api", func(*gin.Context) { a.trail.add("outside") }, func(c *gin.Context) { authgin.Enclose(a.guard, outer, c) },
		func(*gin.Context) { a.trail.add("inside") })
	api.Group("/v1").GET("/tenants/:id/files", a.ginTwin(rt))

	e := newEcho()
	group := e.Group("/api", a.echoMark("outside"), func(next echo.HandlerFunc) echo.HandlerFunc { return authecho.Enclose(a.guard, outer, next) },
		a.echoMark("inside"))
	group.Group("/v1").GET("/tenants/:id/files", a.echoTwin(rt))

	return []target{one(t, "nethttp", a, mux), one(t, "gin", a, engine), one(t, "echo", a, e)}
}

// mark is middleware that notes that it ran.
func (a *app) mark(event string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.trail.add(event)
		next.ServeHTTP(w, r)
	})
}

func (a *app) echoMark(event string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			a.trail.add(event)
			return next(c)
		}
	}
}

// TestAreas holds that an Area lets middleware before it see every request and
// what is after it only those admitted, and that twins inside still decide.
func TestAreas(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	targets := mounted(t, a, protected(auth.Demands{Roles: []string{"admin"}}), protected(auth.Demands{Tenant: "id"}))
	admin := []authtest.TokenOption{authtest.User("u1"), authtest.Roles("admin"), authtest.Tenant("t1")}
	for _, c := range []struct {
		r      request
		status int
		events []string
	}{
		{get("/api/v1/tenants/t1/files"), 401, []string{"outside"}},
		{get("/api/v1/tenants/t1/files").bearer(issuer.Token(authtest.User("u1"), authtest.Tenant("t1"))), 403, []string{"outside"}},
		{get("/api/v1/tenants/t2/files").bearer(issuer.Token(admin...)), 403, []string{"outside", "inside"}},
		{get("/api/v1/tenants/t1/files").bearer(issuer.Token(admin...)), 200, []string{"outside", "inside", "handler"}},
	} {
		for _, to := range targets {
			got := to.send(t, c.r)
			if got.status != c.status {
				t.Errorf("%s: %s: %d, want %d", to.name, c.r.path, got.status, c.status)
			}
			if events := to.trail.take(); !slices.Equal(events, c.events) {
				t.Errorf("%s: %s: %q happened, want %q", to.name, c.r.path, events, c.events)
			}
		}
		same(t, targets, c.r)
		a.trail.take()
	}
}

// TestAreaIdentity holds that handlers in an Area get the identity that it
// admitted, whether they have a rule of their own or not.
func TestAreaIdentity(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	guard := issuer.Guard()
	rule := protected()

	engine := gin.New()
	engine.Use(func(c *gin.Context) { authgin.Enclose(guard, rule, c) })
	engine.GET("/plain", func(c *gin.Context) { c.String(200, identityText(authgin.From(c))) })
	e := newEcho()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc { return authecho.Enclose(guard, rule, next) })
	e.GET("/plain", func(c echo.Context) error { return c.String(200, identityText(authecho.From(c))) })
	plain := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(identityText(auth.From(r.Context()))))
	})
	a := &app{trail: new(trail)}
	for _, to := range []target{
		one(t, "nethttp", a, nethttp.Enclose(guard, rule, plain)), one(t, "gin", a, engine), one(t, "echo", a, e),
	} {
		if got := to.send(t, get("/plain").bearer(issuer.Token(authtest.User("u1")))); got.body != "user u1" {
			t.Errorf("%s: %d %q", to.name, got.status, got.body)
		}
		if got := to.send(t, get("/plain")); got.status != 401 || got.body != denied[401] {
			t.Errorf("%s: %d %q", to.name, got.status, got.body)
		}
	}
}

// TestLostParameter holds that a tenant in the outer router's pattern, which
// the inner router of net/http forgets, denies instead of being skipped.
func TestLostParameter(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	twin := a.netHTTPTwin(route{rule: protected(auth.Demands{Tenant: "id"})})

	nested := http.NewServeMux()
	nested.HandleFunc("GET /tenants/t1/files", twin)
	mux := http.NewServeMux()
	mux.Handle("/tenants/{id}/", nested)
	// A twin of net/http sees no parameter of another framework's router.
	engine := gin.New()
	engine.GET("/tenants/:id/files", gin.WrapF(twin))
	e := newEcho()
	e.GET("/tenants/:id/files", echo.WrapHandler(twin))
	token := issuer.Token(authtest.User("u1"), authtest.Tenant("t1"))
	targets := []target{one(t, "nethttp", a, mux), one(t, "gin", a, engine), one(t, "echo", a, e)}
	got := same(t, targets, get("/tenants/t1/files").bearer(token))
	if got.status != 403 || got.body != denied[403] || len(a.trail.take()) > 0 {
		t.Errorf("%d %q", got.status, got.body)
	}
}

// TestWrappedHandlers holds that a guarded handler of net/http serves on the
// other frameworks too.
func TestWrappedHandlers(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	rule := protected(auth.Demands{Roles: []string{"admin"}})
	twin := nethttp.HandlerFunc(a.guard, rule, func(w http.ResponseWriter, r *http.Request) {
		a.answer(w, identityText(auth.From(r.Context())))
	})
	engine := gin.New()
	engine.Any("/files", gin.WrapH(twin))
	e := newEcho()
	e.Any("/files", echo.WrapHandler(twin))
	targets := []target{one(t, "nethttp", a, nethttp.Handler(a.guard, rule, twin)), one(t, "gin", a, engine), one(t, "echo", a, e)}
	for _, c := range []struct {
		r      request
		status int
		body   string
	}{
		{get("/files"), 401, denied[401]},
		{get("/files").bearer(issuer.Token(authtest.User("u1"))), 403, denied[403]},
		{get("/files").bearer(issuer.Token(authtest.User("u1"), authtest.Roles("admin"))), 200, "user u1"},
	} {
		got := same(t, targets, c.r)
		if got.status != c.status || got.body != c.body {
			t.Errorf("%d %q, want %d", got.status, got.body, c.status)
		}
		if events := a.trail.take(); len(events) > 0 && c.status != 200 {
			t.Errorf("%d: %q happened", c.status, events)
		}
	}
}

// TestHandlers holds that the functions for handlers that others yield guard
// them, and refuse a nil one where it is wired.
func TestHandlers(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	guard, rule := issuer.Guard(), protected()
	a := &app{guard: guard, trail: new(trail)}
	engine := gin.New()
	engine.GET("/files", authgin.Handler(guard, rule, func(c *gin.Context) { a.answer(c.Writer, identityText(authgin.From(c))) }),
		func(*gin.Context) { a.trail.add("later") })
	e := newEcho()
	e.GET("/files", authecho.Handler(guard, rule, func(c echo.Context) error {
		a.answer(c.Response(), identityText(authecho.From(c)))
		return nil
	}))
	h := nethttp.Handler(guard, rule, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.answer(w, identityText(auth.From(r.Context())))
	}))
	targets := []target{one(t, "nethttp", a, h), one(t, "gin", a, engine), one(t, "echo", a, e)}
	if got := same(t, targets, get("/files").bearer(issuer.Token(authtest.User("u1")))); got.body != "user u1" {
		t.Errorf("%d %q", got.status, got.body)
	}
	a.trail.take()
	if got := same(t, targets, get("/files")); got.status != 401 || len(a.trail.take()) > 0 {
		t.Errorf("%d %q", got.status, got.body)
	}
	for name, wire := range map[string]func(){
		"nethttp.Handler":     func() { nethttp.Handler(guard, rule, nil) },
		"nethttp.HandlerFunc": func() { nethttp.HandlerFunc(guard, rule, nil) },
		"nethttp.Enclose":     func() { nethttp.Enclose(guard, rule, nil) },
		"authgin.Handler":     func() { authgin.Handler(guard, rule, nil) },
		"authecho.Handler":    func() { authecho.Handler(guard, rule, nil) },
		"authecho.Enclose":    func() { authecho.Enclose(guard, rule, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s takes a nil handler", name)
				}
			}()
			wire()
		}()
	}
}
