package conformance_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
	httpfiles "github.com/authgen/authgen/examples/nethttp/files"
	"github.com/authgen/authgen/manifest"
	auth "github.com/authgen/authgen/runtime"
)

// differences returns what an error of Verify lists, and fails the test for any other
// error.
func differences(t *testing.T, err error) []string {
	t.Helper()
	var failed *auth.VerifyError
	if err != nil && !errors.As(err, &failed) {
		t.Fatalf("error: %v", err)
	}
	if failed == nil {
		return nil
	}
	return failed.Report.Differences
}

// TestVerifyGuards holds what is asked of the guards that are named.
func TestVerifyGuards(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	keys := auth.HMACSecret("k", bytes.Repeat([]byte("s"), 32))
	loud := func(t *testing.T, opts ...auth.IssuerOption) *auth.Guard {
		t.Helper()
		guard, err := auth.New(t.Context(), auth.InsecureHTTP("idp.internal"), auth.Issuer("https://id.example", append(opts, keys, auth.Mapping(auth.MappingAuthgen))...))
		if err != nil {
			t.Fatal(err)
		}
		return guard
	}
	ours := func(t *testing.T) *auth.Guard { t.Helper(); return issuer.Guard() }
	for framework, newSite := range sites {
		m := parsed(t, exampleManifest(t, framework))
		for name, c := range map[string]struct {
			wired func(*testing.T) *auth.Guard
			opts  func(wired *auth.Guard) []auth.VerifyOption
			want  []string
		}{
			"a local issuer": {ours, func(g *auth.Guard) []auth.VerifyOption { return []auth.VerifyOption{auth.VerifyGuard(g)} }, []string{"(local issuer)"}},
			"accepted": {ours, func(g *auth.Guard) []auth.VerifyOption {
				return []auth.VerifyOption{auth.VerifyGuard(g), auth.VerifyAccept(auth.WeakNoExpiry, auth.WeakLocalIssuer)}
			}, nil},
			"no guard": {ours, func(*auth.Guard) []auth.VerifyOption { return nil }, []string{"is not named (auth.VerifyGuard): whether the manifest was made from the rules that are compiled in is not known"}},
			"nil and zero guards": {ours, func(g *auth.Guard) []auth.VerifyOption {
				return []auth.VerifyOption{auth.VerifyGuard(g, nil, &auth.Guard{}), auth.VerifyAccept(auth.WeakLocalIssuer)}
			}, []string{"answers 503", "answers 503"}},
			"loud options": {
				func(t *testing.T) *auth.Guard { return loud(t, auth.InsecureNoAudience(), auth.InsecureNoExpiry()) },
				func(g *auth.Guard) []auth.VerifyOption { return []auth.VerifyOption{auth.VerifyGuard(g)} },
				[]string{"(no audience)", "(no expiry)", "(plain http)"},
			},
			"one of them accepted": {
				func(t *testing.T) *auth.Guard { return loud(t, auth.Audience("a"), auth.InsecureNoExpiry()) },
				func(g *auth.Guard) []auth.VerifyOption {
					return []auth.VerifyOption{auth.VerifyGuard(g), auth.VerifyAccept(auth.WeakPlainHTTP)}
				},
				[]string{"(no expiry)"},
			},
			"another guard": {ours, func(*auth.Guard) []auth.VerifyOption {
				return []auth.VerifyOption{auth.VerifyGuard(issuer.Guard()), auth.VerifyAccept(auth.WeakLocalIssuer)}
			}, slices.Repeat([]string{"no guard that is named guards"}, 7)},
			"routes of a nil guard": {func(*testing.T) *auth.Guard { return nil }, func(*auth.Guard) []auth.VerifyOption {
				return []auth.VerifyOption{auth.VerifyGuard(issuer.Guard()), auth.VerifyAccept(auth.WeakLocalIssuer)}
			}, slices.Repeat([]string{"no guard that is named guards"}, 7)},
			"two guards": {ours, func(g *auth.Guard) []auth.VerifyOption {
				return []auth.VerifyOption{auth.VerifyGuard(issuer.Guard()), auth.VerifyGuard(g), auth.VerifyAccept(auth.WeakLocalIssuer)}
			}, nil},
		} {
			t.Run(framework+"/"+name, func(t *testing.T) {
				t.Parallel()
				guard := c.wired(t)
				s := newSite(guard)
				s.all()
				checkReport(t, "differences", differences(t, s.verify(m, append(c.opts(guard), quietly)...)), c.want)
			})
		}
	}
}

// TestVerifyWithoutManifest holds that what is no manifest stops the start, or is
// logged, and that nothing panics.
func TestVerifyWithoutManifest(t *testing.T) {
	t.Parallel()
	for framework, newSite := range sites {
		good := exampleManifest(t, framework)
		for name, c := range map[string]struct {
			manifest *auth.Manifest
			want     string
		}{
			"nil":     {nil, "there is no manifest: it is nil"},
			"zero":    {&auth.Manifest{}, "there is no manifest: it is empty"},
			"nothing": {auth.EmbeddedManifest(""), "the manifest cannot be read: it is empty"},
			"garbage": {auth.EmbeddedManifest("\x00{"), "the manifest cannot be read"},
			"other":   {auth.EmbeddedManifest(`{"schema":"authgen.manifest/v9"}`), "authgen.manifest/v9"},
			"empty": {parsed(t, &manifest.Manifest{Schema: manifest.Schema, Module: good.Module, Build: good.Build}),
				"is registered and not in the manifest"},
		} {
			t.Run(framework+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := newSite(nil)
				s.all()
				got := differences(t, s.verify(c.manifest, quietly))
				if len(got) == 0 || !strings.Contains(got[0], c.want) {
					t.Errorf("differences: %q, want %q", got, c.want)
				}
				var log bytes.Buffer
				logger := slog.New(slog.NewTextHandler(&log, nil))
				if err := s.verify(c.manifest, auth.VerifyLogOnly(), auth.VerifyLogger(logger)); err != nil {
					t.Errorf("only logged: %v", err)
				}
				if text := strings.ReplaceAll(log.String(), `\"`, `"`); strings.Count(text, "level=ERROR") != len(got) || !strings.Contains(text, c.want) {
					t.Errorf("logged %q, want %q", text, got)
				}
			})
		}
	}
	var zero echo.Echo
	m := parsed(t, exampleManifest(t, "gin"))
	for name, err := range map[string]error{
		"gin": authgin.Verify(nil, m, auth.VerifyLogOnly()), "echo": authecho.Verify(nil, m), "zero echo": authecho.Verify(&zero, m, auth.VerifyLogOnly()),
		"nethttp": nethttp.Verify(nil, m, auth.VerifyLogOnly()),
	} {
		if err == nil {
			t.Errorf("%s: nothing to serve is no error", name)
		}
	}
	if err := authgin.Verify(&gin.Engine{}, nil); err == nil {
		t.Error("gin: no error for a zero engine without manifest")
	}
}

// TestVerifyPrograms holds how the program and the router are chosen that are not
// named.
func TestVerifyPrograms(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	for framework, newSite := range sites {
		t.Run(framework, func(t *testing.T) {
			t.Parallel()
			guard := issuer.Guard()
			named := func(v auth.VerifyOption) []auth.VerifyOption {
				return []auth.VerifyOption{quietly, auth.VerifyGuard(guard), auth.VerifyAccept(auth.WeakLocalIssuer), v}
			}
			s := newSite(guard)
			s.all()
			m := exampleManifest(t, framework)
			if got := differences(t, s.verify(parsed(t, m), named(nil)...)); got != nil {
				t.Errorf("the only program: %q", got)
			}
			admin := slices.Clone(m.Routes[:3])
			for i := range admin {
				admin[i].Router = "0" // before the other one
			}
			m.Routes = append(m.Routes, admin...)
			if got := differences(t, s.verify(parsed(t, m), named(nil)...)); got != nil {
				t.Errorf("the router that fits: %q", got)
			}
			if got := differences(t, s.verify(parsed(t, m), named(auth.VerifyRouter("0"))...)); len(got) != 4 {
				t.Errorf("the router that is named: %q", got)
			}
			m.Routes[0].Program = modulePath + "/cmd/other"
			if got := differences(t, s.verify(parsed(t, m), named(nil)...)); len(got) != 1 || !strings.Contains(got[0], "several programs") {
				t.Errorf("two programs: %q", got)
			}
			for i := range m.Routes {
				m.Routes[i].Program, m.Routes[i].Router = "", ""
			}
			if got := differences(t, s.verify(parsed(t, m), named(nil)...)); got != nil {
				t.Errorf("no program: %q", got)
			}
			s.list("GET", "/debug")
			m.Routes[0].Path = "/gone"
			if got := differences(t, s.verify(parsed(t, m), named(nil)...)); len(got) != 3 && len(got) != 2 {
				t.Errorf("no program, and differences: %q", got)
			}
		})
	}
}

// TestVerifyGin holds what is special about gin.
func TestVerifyGin(t *testing.T) {
	t.Parallel()
	engine := gin.New()
	engine.Static("/assets", ".")
	engine.NoRoute(bareGin)
	m := exampleManifest(t, "gin")
	m.Routes = []manifest.Route{
		routeOf("gin", "GET", "/assets/*filepath", "github.com/gin-gonic/gin.(*RouterGroup).createStaticHandler"),
		routeOf("gin", "HEAD", "/assets/*filepath", "github.com/gin-gonic/gin.(*RouterGroup).createStaticHandler"),
		routeOf("gin", "ANY", "/*", modulePath+".bareGin"),
	}
	var report auth.VerifyReport
	tell := auth.VerifyTell(func(r auth.VerifyReport) { report = r })
	if got := differences(t, authgin.Verify(engine, parsed(t, m), quietly, tell)); got != nil {
		t.Errorf("differences: %q", got)
	}
	checkReport(t, "unverified", report.Unverified, []string{"ANY /*: gin does not show what answers", "none is named"})
	m.Routes = append(m.Routes, routeOf("gin", "ANY", "/x", handlerOf("gin", "List")))
	engine.GET("/x", bareGin)
	got := differences(t, authgin.Verify(engine, parsed(t, m), quietly))
	checkReport(t, "differences without the guard", got[len(got)-1:], []string{".(*API).List is not named (auth.VerifyGuard)"})
	got = got[:len(got)-1]
	checkReport(t, "differences", got, []string{"GET /x: its handler is"})
	// In a manifest without programs, as of a library, it stands for all methods.
	for i := range m.Routes {
		m.Routes[i].Program, m.Routes[i].Router = "", ""
	}
	got = differences(t, authgin.Verify(engine, parsed(t, m), quietly))
	checkReport(t, "differences of what is declared", got[:len(got)-1], []string{"GET /x: its handler is", "ANY /x: is in the manifest and not registered for POST, PUT, PATCH, HEAD, OPTIONS, DELETE, CONNECT, TRACE"})
}

// TestVerifyUnknownMethods holds that routes whose method is not known before the
// start, as those of a table that is read from a file, may be for any.
func TestVerifyUnknownMethods(t *testing.T) {
	t.Parallel()
	engine, e, mux := gin.New(), echo.New(), &nethttp.Recorder{}
	for _, method := range []string{"PUT", "PROPFIND"} {
		engine.Handle(method, "/rows/a", bareGin)
		e.Add(method, "/rows/a", bareEcho)
		mux.HandleFunc(method+" /rows/a", bareHTTP)
	}
	for framework, verify := range map[string]func(*auth.Manifest, ...auth.VerifyOption) error{
		"gin":     func(m *auth.Manifest, opts ...auth.VerifyOption) error { return authgin.Verify(engine, m, opts...) },
		"echo":    func(m *auth.Manifest, opts ...auth.VerifyOption) error { return authecho.Verify(e, m, opts...) },
		"nethttp": func(m *auth.Manifest, opts ...auth.VerifyOption) error { return nethttp.Verify(mux, m, opts...) },
	} {
		m := exampleManifest(t, framework)
		m.Routes = []manifest.Route{routeOf(framework, "ANY", "/rows{row.Path}", bareOf(framework))}
		var report auth.VerifyReport
		tell := auth.VerifyTell(func(r auth.VerifyReport) { report = r })
		if got := differences(t, verify(parsed(t, m), quietly, tell)); got != nil {
			t.Errorf("%s: differences: %q", framework, got)
		}
		checkReport(t, framework, report.Unverified, []string{"PUT /rows/a: it fits /rows{row.Path}", "PROPFIND /rows/a: it fits /rows{row.Path}", "none is named"})
		m.Routes[0].Path = "/other{row.Path}"
		if got := differences(t, verify(parsed(t, m), quietly)); len(got) != 3 {
			t.Errorf("%s: differences from what is elsewhere: %q", framework, got)
		}
	}
	// A route of net/http whose path is known has a method where the manifest says so.
	known := &nethttp.Recorder{}
	known.HandleFunc("PUT /rows", bareHTTP)
	m := exampleManifest(t, "nethttp")
	m.Routes = []manifest.Route{routeOf("nethttp", "ANY", "/rows", bareOf("nethttp"))}
	checkReport(t, "differences", differences(t, nethttp.Verify(known, parsed(t, m), quietly)), []string{"PUT /rows: is registered and not in the manifest", "ANY /rows: is in the manifest and not registered"})
}

// TestVerifyEcho holds what is special about echo: hosts, names, and the routes that
// groups add.
func TestVerifyEcho(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	through := func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	for name, c := range map[string]struct {
		register                func(e *echo.Echo, api echofiles.ProtectedAPI)
		routes                  []manifest.Route
		differences, unverified []string
	}{
		"renamed": {
			register:   func(e *echo.Echo, api echofiles.ProtectedAPI) { e.GET("/x", api.List).Name = "list of files" },
			routes:     []manifest.Route{routeOf("echo", "GET", "/x", handlerOf("echo", "List"))},
			unverified: []string{`GET /x: it is named "list of files"`},
		},
		"renamed like a function": {
			register:   func(e *echo.Echo, api echofiles.ProtectedAPI) { e.GET("/x", api.List).Name = "main.list" },
			routes:     []manifest.Route{routeOf("echo", "GET", "/x", handlerOf("echo", "List"))},
			unverified: []string{`GET /x: it is named "main.list"`},
		},
		"a group with middleware": {
			register: func(e *echo.Echo, api echofiles.ProtectedAPI) { e.Group("/g", through).GET("/x", api.List) },
			routes:   []manifest.Route{routeOf("echo", "GET", "/g/x", handlerOf("echo", "List"))},
		},
		"a group with middleware, and a route for all that is below it": {
			register: func(e *echo.Echo, api echofiles.ProtectedAPI) { e.Group("/g", through).Any("/*", api.List) },
			routes:   []manifest.Route{routeOf("echo", "ANY", "/g/*", handlerOf("echo", "List"))},
		},
		"not found of our own": {
			register:    func(e *echo.Echo, _ echofiles.ProtectedAPI) { e.RouteNotFound("/g/*", bareEcho) },
			differences: []string{"echo_route_not_found /g/*: is registered"},
		},
		"not found as the manifest says": {
			register: func(e *echo.Echo, _ echofiles.ProtectedAPI) { e.RouteNotFound("/g/*", bareEcho) },
			routes:   []manifest.Route{routeOf("echo", "ANY", "/g/*", bareOf("echo"))},
		},
		"a host": {
			register: func(e *echo.Echo, api echofiles.ProtectedAPI) { e.Host("admin.example.com").GET("/x", api.List) },
			routes: []manifest.Route{func() manifest.Route {
				r := routeOf("echo", "GET", "/x", handlerOf("echo", "List"))
				r.Host = "admin.example.com"
				return r
			}()},
		},
		"another host": {
			register:    func(e *echo.Echo, api echofiles.ProtectedAPI) { e.Host("admin.example.com").GET("/x", api.List) },
			routes:      []manifest.Route{routeOf("echo", "GET", "/x", handlerOf("echo", "List"))},
			differences: []string{"GET admin.example.com/x: is registered", "GET /x: is in the manifest"},
		},
		"a symbolic host": {
			register: func(e *echo.Echo, api echofiles.ProtectedAPI) { e.Host("admin.example.com").GET("/x", api.List) },
			routes: []manifest.Route{func() manifest.Route {
				r := routeOf("echo", "GET", "/x", handlerOf("echo", "List"))
				r.Host = "admin.{cfg.Domain}"
				return r
			}()},
			unverified: []string{"GET admin.example.com/x: it fits"},
		},
		"methods of our own": {
			register: func(e *echo.Echo, api echofiles.ProtectedAPI) { e.Add("LOCK", "x", api.List) },
			routes:   []manifest.Route{routeOf("echo", "LOCK", "x", handlerOf("echo", "List"))},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := echo.New()
			c.register(e, echofiles.ProtectAPI(guard, &echofiles.API{}))
			m := exampleManifest(t, "echo")
			m.Routes = append(c.routes, manifest.Route{Program: server, Method: "GET", Framework: "gin", Path: "/", Protection: manifest.Public})
			var report auth.VerifyReport
			err := authecho.Verify(e, parsed(t, m), quietly, auth.VerifyGuard(guard), auth.VerifyAccept(auth.WeakLocalIssuer),
				auth.VerifyTell(func(r auth.VerifyReport) { report = r }))
			checkReport(t, "differences", differences(t, err), c.differences)
			checkReport(t, "unverified", report.Unverified, c.unverified)
		})
	}
}

// TestVerifyNetHTTP holds that a recorder serves as a ServeMux does, and what is
// special about its routes: hosts, wildcards, handlers that are no functions, and
// routers below routers.
func TestVerifyNetHTTP(t *testing.T) {
	t.Parallel()
	guard := authtest.New(t).Guard()
	api := httpfiles.ProtectAPI(guard, &httpfiles.API{})
	files := &auth.Rule{
		Handler: handlerOf("nethttp", "Export"), Access: auth.Restricted,
		All: []auth.Demands{{Permissions: []string{"readFile"}, Kinds: auth.KindTenantAPI, Tenant: "tenantID"}},
	}
	var root, below nethttp.Recorder
	root.HandleFunc("GET /tenants/{tenantID}/files", api.List)
	root.HandleFunc("PUT  admin.example.com/{$}", api.Health)
	root.Handle("/static/", http.FileServer(http.Dir(".")))
	root.Handle("/export", nethttp.Handler(guard, files, http.NotFoundHandler()))
	root.Handle("/api/", http.StripPrefix("/api", &below))
	root.Handle("/v1/", http.StripPrefix("/v1", &below))
	below.HandleFunc("GET /health", api.Health)

	in := func(router, method, host, path, handler string) manifest.Route {
		r := routeOf("nethttp", method, path, handlerOf("nethttp", handler))
		r.Router, r.Host = router, host
		return r
	}
	m := exampleManifest(t, "nethttp")
	m.Routes = []manifest.Route{
		in("1", "GET", "", "/tenants/{tenantID}/files", "List"), in("1", "PUT", "admin.example.com", "/{$}", "Health"),
		in("1", "ANY", "", "/static/", "Nobody"), in("1", "ANY", "", "/export", "Export"),
		in("2", "GET", "", "/api/health", "Health"), in("2", "GET", "", "/v1/health", "Health"),
	}
	// The rule of a handler that shows it is compared without its guard, too.
	export := slices.IndexFunc(m.Handlers, func(h manifest.Handler) bool { return h.Handler == files.Handler })
	rule := m.Handlers[export].Rule
	m.Handlers[export].Rule = &manifest.Rule{Access: "authenticated"}
	got := differences(t, nethttp.Verify(&root, parsed(t, m), quietly, auth.VerifyMount("/api/", "/v1/")))
	checkReport(t, "no guard", got, []string{"Export: the manifest was made from another rule", "is not named (auth.VerifyGuard)"})
	m.Handlers[export].Rule = rule
	verify := func(mux *nethttp.Recorder, opts ...auth.VerifyOption) []string {
		t.Helper()
		return differences(t, nethttp.Verify(mux, parsed(t, m), append(opts, quietly, auth.VerifyGuard(guard), auth.VerifyAccept(auth.WeakLocalIssuer))...))
	}
	mounts := auth.VerifyMount("/api/", "/v1/")
	checkReport(t, "the root", verify(&root, mounts), nil)
	checkReport(t, "mounts that are not named", verify(&root), []string{"ANY /api/: is registered", "ANY /v1/: is registered"})
	checkReport(t, "the router below", verify(&below, auth.VerifyPrefix("/api/", "/v1")), nil)
	checkReport(t, "below one of them", verify(&below, auth.VerifyPrefix("/v1")), nil)
	checkReport(t, "below another", verify(&below, auth.VerifyPrefix("/v2")), []string{"GET /v2/health: is registered"})
	checkReport(t, "below nothing", verify(&below, auth.VerifyRouter("2")), []string{
		"GET /health: is registered", "GET /api/health: is in", "GET /v1/health: is in",
	})

	m.Routes[0].Path = "/tenants/{other}/files"
	checkReport(t, "another wildcard", verify(&root, mounts), []string{
		"GET /tenants/{tenantID}/files: is registered", "GET /tenants/{other}/files: is in",
	})
	m.Routes[0].Path = "/tenants/{tenantID}/{cfg.Name}"
	checkReport(t, "a symbolic part", verify(&root, mounts), nil)
	m.Routes[3].Handler = handlerOf("nethttp", "List")
	checkReport(t, "another rule", verify(&root, mounts), []string{"ANY /export: its handler is behind the rule of"})

	for target, want := range map[string]int{
		"/api/health": 200, "/v1/health": 200, "/export": 401, "/tenants/t/files": 401, "/nothing": 404, "http://admin.example.com/": 405,
	} {
		w := httptest.NewRecorder()
		root.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
	if _, pattern := root.Handler(httptest.NewRequest(http.MethodGet, "/static/x", nil)); pattern != "/static/" {
		t.Errorf("pattern %q", pattern)
	}
	defer func() {
		if said := fmt.Sprint(recover()); !strings.Contains(said, "/export") {
			t.Errorf("a pattern twice: %s", said)
		}
		if got := verify(&root, mounts); len(got) != 1 {
			t.Errorf("what was refused is recorded: %q", got)
		}
	}()
	root.HandleFunc("/export", api.List)
}
