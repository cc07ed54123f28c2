package conformance_test

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	authecho "github.com/authgen/authgen/adapters/echo"
	authgin "github.com/authgen/authgen/adapters/gin"
	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	echofiles "github.com/authgen/authgen/examples/echo/files"
	ginfiles "github.com/authgen/authgen/examples/gin/files"
	httpfiles "github.com/authgen/authgen/examples/nethttp/files"
	"github.com/authgen/authgen/manifest"
	auth "github.com/authgen/authgen/runtime"
)

const (
	modulePath = "github.com/authgen/authgen"
	server     = modulePath + "/cmd/server" // the program of the manifests here
)

// site is a router of one framework with what the tests register on it.
type site struct {
	verify func(*auth.Manifest, ...auth.VerifyOption) error
	// all registers the example's routes, the others one route each: with the twin
	// of Health or List, with List itself, with a closure around the twin of List, and
	// with a function.
	all                              func()
	health, list, raw, closure, bare func(method, path string)
	any                              func(path string) // the twin of List for every method
}

// sites makes a router of each framework, with the guard's twins.
var sites = map[string]func(*auth.Guard) *site{
	"nethttp": func(guard *auth.Guard) *site {
		mux, api, raw := &nethttp.Recorder{}, httpfiles.ProtectAPI(guard, &httpfiles.API{}), &httpfiles.API{}
		on := func(h http.HandlerFunc) func(method, path string) {
			return func(method, path string) { mux.HandleFunc(method+" "+path, h) }
		}
		return &site{
			verify: func(m *auth.Manifest, opts ...auth.VerifyOption) error { return nethttp.Verify(mux, m, opts...) },
			all:    func() { api.RegisterRoutes(mux) },
			health: on(api.Health), list: on(api.List), raw: on(raw.List), bare: on(bareHTTP),
			closure: on(func(w http.ResponseWriter, r *http.Request) { api.List(w, r) }),
			any:     func(path string) { mux.HandleFunc(path, api.List) },
		}
	},
	"gin": func(guard *auth.Guard) *site {
		engine, api, raw := gin.New(), ginfiles.ProtectAPI(guard, &ginfiles.API{}), &ginfiles.API{}
		logged := func(c *gin.Context) { c.Next() }
		on := func(h gin.HandlerFunc) func(method, path string) {
			return func(method, path string) { engine.Handle(method, path, logged, h) }
		}
		return &site{
			verify: func(m *auth.Manifest, opts ...auth.VerifyOption) error { return authgin.Verify(engine, m, opts...) },
			all:    func() { api.RegisterRoutes(engine) },
			health: on(api.Health), list: on(api.List), raw: on(raw.List), bare: on(bareGin),
			closure: on(func(c *gin.Context) { api.List(c) }),
			any:     func(path string) { engine.Any(path, api.List) },
		}
	},
	"echo": func(guard *auth.Guard) *site {
		e, api, raw := echo.New(), echofiles.ProtectAPI(guard, &echofiles.API{}), &echofiles.API{}
		on := func(h echo.HandlerFunc) func(method, path string) {
			return func(method, path string) { e.Add(method, path, h) }
		}
		return &site{
			verify: func(m *auth.Manifest, opts ...auth.VerifyOption) error { return authecho.Verify(e, m, opts...) },
			all:    func() { api.RegisterRoutes(e) },
			health: on(api.Health), list: on(api.List), raw: on(raw.List), bare: on(bareEcho),
			closure: on(func(c echo.Context) error { return api.List(c) }),
			any:     func(path string) { e.Any(path, api.List) },
		}
	},
}

func bareHTTP(http.ResponseWriter, *http.Request) {}
func bareGin(*gin.Context)                        {}
func bareEcho(echo.Context) error                 { return nil }

// handlerOf names a handler of a framework's example as manifests do.
func handlerOf(framework, name string) string {
	return modulePath + "/examples/" + framework + "/files.(*API)." + name
}

// exampleManifest returns this module's manifest with no routes but those of one
// framework's example, on router 1 of the program server.
func exampleManifest(t *testing.T, framework string) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Read("../../../auth.manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	m.Routes = []manifest.Route{}
	for _, h := range m.Handlers {
		if h.Framework == framework && strings.HasPrefix(h.Handler, handlerOf(framework, "")) {
			for _, pattern := range h.Routes {
				method, path, _ := strings.Cut(pattern, " ")
				m.Routes = append(m.Routes, routeOf(framework, method, path, h.Handler))
			}
		}
	}
	if len(m.Routes) != 7 {
		t.Fatalf("the example of %s has %d routes", framework, len(m.Routes))
	}
	return m
}

func routeOf(framework, method, path, handler string) manifest.Route {
	return manifest.Route{Program: server, Router: "1", Method: method, Path: path, Framework: framework, Handler: handler, Protection: manifest.Guarded}
}

// parsed is the manifest as a program has it.
func parsed(t *testing.T, m *manifest.Manifest) *auth.Manifest {
	t.Helper()
	data, err := manifest.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out, err := auth.ParseManifest(data)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// checkReport compares lines of a report with what each of them is to begin with.
func checkReport(t *testing.T, what string, got, want []string) {
	t.Helper()
	ok := len(got) == len(want)
	for _, w := range want {
		ok = ok && slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, w) })
	}
	if !ok {
		t.Errorf("%s:\n\t%s\nwant:\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// verifyCase is what is registered, and what the manifest says, beside the example's
// routes.
type verifyCase struct {
	manifest    func(framework string, m *manifest.Manifest)
	register    func(s *site)
	opts        []auth.VerifyOption
	differences []string
	unverified  []string
}

// also adds a route with the handler of this name.
func also(method, path, handler string, change ...func(*manifest.Route)) func(string, *manifest.Manifest) {
	return func(framework string, m *manifest.Manifest) {
		r := routeOf(framework, method, path, handlerOf(framework, handler))
		for _, c := range change {
			c(&r)
		}
		m.Routes = append(m.Routes, r)
	}
}

// unruled adds a route whose handler has no rule.
func unruled(method, path string, handler func(framework string) string) func(string, *manifest.Manifest) {
	return func(framework string, m *manifest.Manifest) {
		r := routeOf(framework, method, path, handler(framework))
		r.Protection = manifest.Middleware
		m.Routes = append(m.Routes, r)
	}
}

// bareOf names the function without rules of a framework.
func bareOf(framework string) string {
	name := map[string]string{"nethttp": "bareHTTP", "gin": "bareGin", "echo": "bareEcho"}[framework]
	return modulePath + "/adapters/internal/conformance_test." + name
}

var verifyCases = map[string]verifyCase{
	"as declared": {},
	"undeclared": {
		register:    func(s *site) { s.list("GET", "/debug") },
		differences: []string{"GET /debug: is registered and not in the manifest"},
	},
	"several differences": {
		register: func(s *site) { s.list("GET", "/debug"); s.bare("PUT", "/debug/x") },
		manifest: also("GET", "/gone", "List"),
		differences: []string{
			"GET /debug: is registered and not", "PUT /debug/x: is registered and not", "GET /gone: is in the manifest and not registered",
		},
	},
	"missing": {
		manifest:    also("GET", "/gone", "List"),
		differences: []string{"GET /gone: is in the manifest and not registered"},
	},
	"another method": {
		register:    func(s *site) { s.health("POST", "/healthz") },
		differences: []string{"POST /healthz: is registered and not in the manifest"},
	},
	"a slash more": {
		register:    func(s *site) { s.health("GET", "/other/") },
		manifest:    also("GET", "/other", "Health"),
		differences: []string{"GET /other/: is registered", "GET /other: is in the manifest"},
	},
	"the twin": {
		register: func(s *site) { s.list("GET", "/x") },
		manifest: also("GET", "/x", "List"),
	},
	"the handler itself": {
		register:    func(s *site) { s.raw("GET", "/x") },
		manifest:    also("GET", "/x", "List"),
		differences: []string{".(*API).List without its rule"},
	},
	"the handler itself, as the manifest says": {
		register: func(s *site) { s.raw("GET", "/x") },
		manifest: also("GET", "/x", "List", func(r *manifest.Route) { r.Protection = manifest.Unprotected }),
	},
	"the twin of a handler that is raw in the manifest": {
		register:    func(s *site) { s.list("GET", "/x") },
		manifest:    also("GET", "/x", "List", func(r *manifest.Route) { r.Protection = manifest.Unprotected }),
		differences: []string{"GET /x: its handler is"},
	},
	"another twin": {
		register:    func(s *site) { s.health("GET", "/x") },
		manifest:    also("GET", "/x", "List"),
		differences: []string{".(*API).Health behind its rule, the manifest says"},
	},
	"another twin where a handler without rules is expected": {
		register:    func(s *site) { s.raw("GET", "/x") },
		manifest:    also("GET", "/x", "Nobody"),
		differences: []string{".(*API).List without its rule"},
	},
	"a function": {
		register:    func(s *site) { s.bare("GET", "/x") },
		manifest:    also("GET", "/x", "List"),
		differences: []string{"conformance_test.bare"},
	},
	"a function without rules": {
		register: func(s *site) { s.bare("GET", "/x") },
		manifest: unruled("GET", "/x", bareOf),
	},
	"another function without rules": {
		register:    func(s *site) { s.bare("GET", "/x") },
		manifest:    unruled("GET", "/x", func(string) string { return modulePath + "/files.(*API).Nobody" }),
		differences: []string{"conformance_test.bare"},
	},
	"a function instead of a closure": {
		register:    func(s *site) { s.bare("GET", "/x") },
		manifest:    unruled("GET", "/x", func(string) string { return modulePath + "/files.List.func1" }),
		differences: []string{"the manifest says " + modulePath + "/files.List.func1 without a rule"},
	},
	"one of two functions without rules": {
		register: func(s *site) { s.bare("GET", "/x") },
		manifest: func(framework string, m *manifest.Manifest) {
			unruled("GET", "/x", func(string) string { return modulePath + "/files.List" })(framework, m)
			unruled("GET", "/x", bareOf)(framework, m)
		},
	},
	"a closure without rules": {
		register:   func(s *site) { s.closure("GET", "/x") },
		manifest:   unruled("GET", "/x", bareOf),
		unverified: []string{"which may lead to what the manifest says"},
	},
	"what an interface may yield": {
		register:   func(s *site) { s.bare("GET", "/x") },
		manifest:   unruled("GET", "/x", func(string) string { return modulePath + "/files.Source.Handler" }),
		unverified: []string{"which may lead to what the manifest says"},
	},
	"a function instead of files": {
		register:   func(s *site) { s.bare("GET", "/x") },
		manifest:   unruled("GET", "/x", func(string) string { return "static" }),
		unverified: []string{"conformance_test.bare"},
	},
	"a closure": {
		register:   func(s *site) { s.closure("GET", "/x") },
		manifest:   also("GET", "/x", "List"),
		unverified: []string{"GET /x: its handler is made of a function"},
	},
	"a condition that does not hold": {
		manifest:   also("GET", "/x", "List", func(r *manifest.Route) { r.Condition = "cfg.Debug" }),
		unverified: []string{"GET /x: is not registered, which its condition allows: cfg.Debug"},
	},
	"a condition of all routes": {
		manifest: func(framework string, m *manifest.Manifest) {
			also("GET", "/x", "List")(framework, m)
			also("GET", "/y", "List")(framework, m)
			for i := range m.Routes {
				m.Routes[i].Condition = "ok && flags.NArg() == 0"
			}
			m.Routes[len(m.Routes)-1].Condition += " && cfg.Debug"
		},
		differences: []string{"GET /x: is in the manifest and not registered"},
		unverified:  []string{"GET /y: is not registered, which its condition allows"},
	},
	"a condition that holds": {
		register: func(s *site) { s.list("GET", "/x") },
		manifest: also("GET", "/x", "List", func(r *manifest.Route) { r.Condition = "cfg.Debug" }),
	},
	"either of two": {
		register: func(s *site) { s.list("GET", "/x") },
		manifest: func(framework string, m *manifest.Manifest) {
			for _, handler := range []string{"List", "Health"} {
				also("GET", "/x", handler, func(r *manifest.Route) { r.Condition = "a " + handler })(framework, m)
			}
		},
	},
	"a symbolic prefix": {
		register:   func(s *site) { s.list("GET", "/api/v1/x") },
		manifest:   also("GET", "{cfg.BasePath}/x", "List"),
		unverified: []string{"GET /api/v1/x: it fits {cfg.BasePath}/x"},
	},
	"an empty prefix": {
		register:   func(s *site) { s.list("GET", "/x") },
		manifest:   also("GET", "{cfg.BasePath}/x", "List"),
		unverified: []string{"GET /x: it fits {cfg.BasePath}/x"},
	},
	"a symbolic part": {
		register:   func(s *site) { s.list("GET", "/api/one/two/x") },
		manifest:   also("GET", "/api{cfg.Path(\"{}\")}two{os.Args[1]}", "List"),
		unverified: []string{"GET /api/one/two/x: it fits"},
	},
	"a symbolic segment": {
		register:   func(s *site) { s.list("GET", "/api/v1/x") },
		manifest:   also("GET", "/api/{cfg.Version}/x", "List"),
		unverified: []string{"GET /api/v1/x: it fits /api/{cfg.Version}/x"},
	},
	"a symbolic segment is one": {
		register:    func(s *site) { s.list("GET", "/api/v1/admin/x"); s.list("GET", "/api/v1/y/x") },
		manifest:    also("GET", "/api/{cfg.Version}/x", "List"),
		differences: []string{"GET /api/v1/admin/x: is registered and not", "GET /api/v1/y/x: is registered and not", "GET /api/{cfg.Version}/x: is in the manifest and not"},
	},
	"symbols of several kinds": {
		register:   func(s *site) { s.list("GET", "/a/x/b/x/c/y") },
		manifest:   also("GET", "{cfg.Base}/x/{cfg.Version}/y", "List"),
		unverified: []string{"GET /a/x/b/x/c/y: it fits"},
	},
	"a path that may be any": {
		register:   func(s *site) { s.bare("GET", "/debug") },
		manifest:   also("GET", "{r.Path}", "Nobody", func(r *manifest.Route) { r.Handler, r.Protection = "{r.Handler}", manifest.Middleware }),
		unverified: []string{"GET /debug: is registered and not in the manifest, unless it is {r.Path}, which may be any path"},
	},
	"a path that may be any, of another function": {
		register:    func(s *site) { s.bare("GET", "/debug") },
		manifest:    also("GET", "/{r.Path}", "Nobody", func(r *manifest.Route) { r.Handler, r.Protection = modulePath+"/files.List", manifest.Middleware }),
		differences: []string{"GET /debug: is registered and not in the manifest, its handler is"},
		unverified:  []string{"GET /{r.Path}: is not registered, and stands for what is not known before the start"},
	},
	"a path that may be any, and none is registered": {
		register:   func(*site) {},
		manifest:   also("GET", "{r.Path}", "Nobody", func(r *manifest.Route) { r.Handler, r.Protection = "{r.Handler}", manifest.Middleware }),
		unverified: []string{"GET {r.Path}: is not registered, and stands for what is not known before the start"},
	},
	"behind a symbolic prefix the handler counts": {
		register:    func(s *site) { s.raw("GET", "/v1/x") },
		manifest:    also("GET", "{cfg.BasePath}/x", "List"),
		differences: []string{".(*API).List without its rule"},
		unverified:  []string{"it fits"},
	},
	"another end": {
		register:    func(s *site) { s.list("GET", "/v1/y") },
		manifest:    also("GET", "{cfg.BasePath}/x", "List"),
		differences: []string{"GET /v1/y: is registered", "GET {cfg.BasePath}/x: is in the manifest"},
	},
	"any method": {
		register: func(s *site) { s.any("/x") },
		manifest: also("ANY", "/x", "List"),
	},
	"another program": {
		manifest: also("GET", "/x", "List", func(r *manifest.Route) { r.Program = modulePath + "/cmd/other" }),
	},
	"another program by name": {
		manifest:    also("GET", "/x", "List", func(r *manifest.Route) { r.Program = modulePath + "/cmd/other" }),
		opts:        []auth.VerifyOption{auth.VerifyProgram(modulePath + "/cmd/nobody")},
		differences: []string{"the manifest has no program"},
	},
	"another router": {
		manifest: also("GET", "/x", "List", func(r *manifest.Route) { r.Router = "2" }),
	},
	"a router that is not there": {
		opts:        []auth.VerifyOption{auth.VerifyRouter("2")},
		differences: []string{`the manifest has no router "2"`},
	},
	"another framework": {
		manifest: func(framework string, m *manifest.Manifest) {
			other := map[string]string{"gin": "echo", "echo": "nethttp", "nethttp": "gin"}[framework]
			m.Routes = append(m.Routes, routeOf(other, "GET", "/x", handlerOf(other, "List")))
		},
	},
	"declared and not found in the code": {
		manifest: also("GET", "/x", "List", func(r *manifest.Route) { r.Program, r.Router, r.Protection = "", "", manifest.Declared }),
	},
	"declared, and registered all the same": {
		register: func(s *site) { s.list("GET", "/x") },
		manifest: also("GET", "/x", "List", func(r *manifest.Route) { r.Program, r.Router, r.Protection = "", "", manifest.Declared }),
	},
	"declared, and registered raw": {
		register:    func(s *site) { s.raw("GET", "/x") },
		manifest:    also("GET", "/x", "List", func(r *manifest.Route) { r.Program, r.Router, r.Protection = "", "", manifest.Declared }),
		differences: []string{".(*API).List without its rule"},
	},
	"another rule": {
		manifest: func(framework string, m *manifest.Manifest) {
			for i := range m.Handlers {
				if m.Handlers[i].Handler == handlerOf(framework, "List") {
					m.Handlers[i].Rule = &manifest.Rule{Policy: `role("admin")`, Tenant: "tenantID"}
				}
			}
		},
		differences: []string{"the manifest was made from another rule"},
	},
	"a handler that the manifest does not have": {
		manifest: func(framework string, m *manifest.Manifest) {
			m.Handlers = slices.DeleteFunc(m.Handlers, func(h manifest.Handler) bool { return h.Handler == handlerOf(framework, "Profile") })
		},
		differences: []string{"Profile: the manifest does not have it"},
	},
	"another module": {
		manifest: func(framework string, m *manifest.Manifest) {
			m.Module, m.Handlers = "example.com/other", []manifest.Handler{}
		},
		unverified: []string{"is of another module", "is of another module", "is of another module", "is of another module", "is of another module", "is of another module", "is of another module"},
	},
}

// TestVerify holds that what is registered is compared with the manifest, in the same
// way on each framework.
func TestVerify(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	for framework, newSite := range sites {
		base := exampleManifest(t, framework)
		for name, c := range verifyCases {
			t.Run(framework+"/"+name, func(t *testing.T) {
				t.Parallel()
				guard := issuer.Guard()
				s := newSite(guard)
				s.all()
				if c.register != nil {
					c.register(s)
				}
				m := *base
				m.Routes, m.Handlers = slices.Clone(base.Routes), slices.Clone(base.Handlers)
				if c.manifest != nil {
					c.manifest(framework, &m)
				}
				var report auth.VerifyReport
				opts := append([]auth.VerifyOption{
					auth.VerifyProgram(server), auth.VerifyGuard(guard), auth.VerifyAccept(auth.WeakLocalIssuer), nil,
					auth.VerifyTell(func(r auth.VerifyReport) { report = r }), quietly,
				}, c.opts...)
				err := s.verify(parsed(t, &m), opts...)
				checkReport(t, "differences", report.Differences, c.differences)
				checkReport(t, "unverified", report.Unverified, c.unverified)
				var failed *auth.VerifyError
				if errors.As(err, &failed) != (len(c.differences) > 0) || err != nil && failed == nil {
					t.Fatalf("error: %v", err)
				}
				for _, d := range report.Differences {
					if !strings.Contains(err.Error(), d) {
						t.Errorf("the error %q does not tell %q", err, d)
					}
				}
			})
		}
	}
}

var quietly = auth.VerifyLogger(slog.New(slog.DiscardHandler))
