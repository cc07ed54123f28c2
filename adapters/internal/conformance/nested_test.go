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

// TestAreaOfTenant holds that the rule of an Area may name a parameter of the
// prefix it stands on, and that an Area in front of the router, which knows no
// parameters yet, denies.
func TestAreaOfTenant(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	guard, rule := issuer.Guard(), protected(auth.Demands{Tenant: "id"})
	a := &app{guard: guard, trail: new(trail)}
	within, before := []target{}, []target{}

	nested := http.NewServeMux()
	nested.HandleFunc("GET /tenants/{tenant}/files", func(w http.ResponseWriter, r *http.Request) { a.answer(w, identityText(auth.From(r.Context()))) })
	mux := http.NewServeMux()
	mux.Handle("/tenants/{id}/", nethttp.Enclose(guard, rule, nested))
	within = append(within, one(t, "nethttp", a, mux))
	mux = http.NewServeMux()
	mux.Handle("/tenants/{id}/files", a.mark("inside", http.NotFoundHandler()))
	before = append(before, one(t, "nethttp", a, nethttp.Enclose(guard, rule, mux)))

	engine := gin.New()
	group := engine.Group("/tenants/:id", func(c *gin.Context) { authgin.Enclose(guard, rule, c) })
	group.GET("/files", func(c *gin.Context) { a.answer(c.Writer, identityText(authgin.From(c))) })
	within = append(within, one(t, "gin", a, engine))
	engine = gin.New()
	engine.GET("/tenants/:id/files", func(*gin.Context) { a.trail.add("inside") })
	outer := gin.New()
	outer.Use(func(c *gin.Context) { authgin.Enclose(guard, rule, c) })
	outer.NoRoute(gin.WrapH(engine))
	before = append(before, one(t, "gin", a, outer))

	e := newEcho()
	middleware := func(next echo.HandlerFunc) echo.HandlerFunc { return authecho.Enclose(guard, rule, next) }
	e.Group("/tenants/:id", middleware).GET("/files", func(c echo.Context) error {
		a.answer(c.Response(), identityText(authecho.From(c)))
		return nil
	})
	within = append(within, one(t, "echo", a, e))
	e = newEcho()
	e.Pre(middleware)
	e.GET("/tenants/:id/files", func(echo.Context) error { a.trail.add("inside"); return nil })
	before = append(before, one(t, "echo", a, e))

	own := issuer.Token(authtest.User("u1"), authtest.Tenant("t1"))
	for _, c := range []struct {
		r      request
		status int
		events []string
	}{
		{get("/tenants/t1/files").bearer(own), 200, []string{"handler"}},
		{get("/tenants/t2/files").bearer(own), 403, nil},
		{get("/tenants/t1%2Ft2/files").bearer(own), 403, nil},
		{get("/tenants/t1/files"), 401, nil},
	} {
		for _, to := range within {
			if got := to.send(t, c.r); got.status != c.status && !(to.name == "gin" && got.status == 404 && c.status == 403) {
				t.Errorf("%s: %s: %v, want %d", to.name, c.r.path, got, c.status)
			}
			if events := a.trail.take(); !slices.Equal(events, c.events) {
				t.Errorf("%s: %s: %q happened", to.name, c.r.path, events)
			}
		}
		for _, to := range before {
			if got := to.send(t, c.r); got.status != 403 && got.status != 401 {
				t.Errorf("%s, in front: %s: %v", to.name, c.r.path, got)
			}
			if events := a.trail.take(); len(events) > 0 {
				t.Errorf("%s, in front: %s: %q happened", to.name, c.r.path, events)
			}
		}
	}
}

// TestPublicInArea holds that a public handler in an Area is behind its rule,
// and that a handler is told the identity which the Area admitted.
func TestPublicInArea(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	for _, access := range []auth.Access{auth.Public, auth.Optional} {
		for _, to := range mounted(t, a, protected(auth.Demands{Roles: []string{"admin"}}), &auth.Rule{Access: access}) {
			if got := to.send(t, get("/api/v1/tenants/t1/files")); got.status != 401 {
				t.Errorf("%s: %v", to.name, got)
			}
			if got := to.send(t, get("/api/v1/tenants/t1/files").bearer(issuer.Token(authtest.User("u1"), authtest.Roles("admin")))); got.body != "user u1" {
				t.Errorf("%s: %v", to.name, got)
			}
		}
	}
}

// TestAcrossFrameworks mounts each framework's router in each other's, as a
// migration does, and sends what a prefix could be cut off from wrongly.
func TestAcrossFrameworks(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail), routes: []route{{"", "/tenants/{id}/files", protected(auth.Demands{Tenant: "id"}), formUser}}}
	token := issuer.Token(authtest.User("u1"), authtest.Tenant("t1"))
	mounts := map[string]func(http.Handler) http.Handler{
		"nethttp": func(h http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/api/", http.StripPrefix("/api", h))
			return mux
		},
		"gin": func(h http.Handler) http.Handler {
			engine := gin.New()
			engine.Any("/api/*rest", gin.WrapH(http.StripPrefix("/api", h)))
			return engine
		},
		"echo": func(h http.Handler) http.Handler {
			e := newEcho()
			e.Any("/api/*", echo.WrapHandler(http.StripPrefix("/api", h)))
			return e
		},
	}
	for outer, mount := range mounts {
		for _, f := range frameworks {
			t.Run(f.name+" in "+outer, func(t *testing.T) {
				t.Parallel()
				inner := *a
				inner.trail = new(trail)
				to := one(t, f.name, &inner, mount(f.build(&inner)))
				for _, c := range []struct {
					path   string
					status int
				}{{"/api/tenants/t1/files", 200}, {"/api/tenants/t2/files", 403}} {
					if got := to.send(t, get(c.path).bearer(token)); got.status != c.status {
						t.Errorf("%s: %v, want %d", c.path, got, c.status)
					}
					if events := inner.trail.take(); slices.Contains(events, "handler") != (c.status == 200) {
						t.Errorf("%s: %q happened", c.path, events)
					}
				}
				for _, path := range []string{
					"/api/tenants/t1%2Ft2/files", "/api/tenants/t1%2F/files", "/api/tenants/%2e%2e/files", "/api/tenants//files", "/api//tenants/t2/files",
					"/api/tenants/t2/../t1%2F/files", "/%61pi/tenants/t2/files", "/api/tenants/t1%00/files", "/api/tenants/t1%5c/files", "/tenants/t1/files",
				} {
					for _, method := range []string{http.MethodGet, http.MethodConnect} {
						refused(t, []target{to}, request{method: method, path: path}.bearer(token))
					}
				}
			})
		}
	}
}
