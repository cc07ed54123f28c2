package conformance_test

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

func TestProblemJSON(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	targets := serve(t, app{guard: issuer.Guard(auth.ProblemJSON()), routes: []route{{"", "/files", protected(auth.Demands{Roles: []string{"admin"}}), formUser}}})
	for r, want := range map[*request]string{
		new(get("/files")): `{"type":"about:blank","title":"Unauthorized","status":401,"detail":"not authenticated","code":"unauthenticated"}`,
		new(get("/files").bearer(issuer.Token(authtest.User("u1")))): `{"type":"about:blank","title":"Forbidden","status":403,"detail":"not authorized","code":"permission_denied"}`,
	} {
		got := same(t, targets, *r)
		if got.body != want || got.header.Get("Content-Type") != "application/problem+json" || got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%v", got)
		}
	}
	got := same(t, targets, request{method: http.MethodHead, path: "/files"})
	if got.status != 401 || got.body != "" {
		t.Errorf("HEAD %v", got)
	}
	for _, to := range targets {
		if events := to.trail.take(); slices.Contains(events, "handler") || slices.Contains(events, "later") ||
			to.name != "nethttp" && !slices.Contains(events, "error unauthenticated") {
			t.Errorf("%s: %q happened", to.name, events)
		}
	}
}

func TestRenderer(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	guard := issuer.Guard(auth.Renderer(func(w http.ResponseWriter, r *http.Request, c *auth.Challenge) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("X-Path", r.URL.Path)
		w.WriteHeader(c.Status() + 17)
		if r.Method != http.MethodHead {
			_, _ = fmt.Fprintf(w, "sorry: %s (%s)", c.Message(), c.Code())
		}
	}))
	targets := serve(t, app{guard: guard, routes: []route{{"", "/files", protected(), formUser}}})
	want := answer{418, http.Header{
		"Content-Type": {"text/plain"}, "X-Path": {"/files"}, "Www-Authenticate": {`Bearer realm="api"`}, "Cache-Control": {"no-store"},
		"Content-Length": {"42"},
	}, "sorry: not authenticated (unauthenticated)"}
	if got := same(t, targets, get("/files")); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	if got := same(t, targets, request{method: http.MethodHead, path: "/files"}); got.status != 418 || got.body != "" {
		t.Errorf("HEAD %v", got)
	}
	for _, to := range targets {
		if events := to.trail.take(); slices.Contains(events, "handler") || slices.Contains(events, "later") ||
			to.name != "nethttp" && !slices.Contains(events, "error unauthenticated") {
			t.Errorf("%s: %q happened", to.name, events)
		}
	}
	// One that writes no status leaves the denial's.
	silent := serve(t, app{guard: issuer.Guard(auth.Renderer(func(w http.ResponseWriter, r *http.Request, _ *auth.Challenge) {
		switch r.Method {
		case http.MethodPost:
			_, _ = io.WriteString(w, "sorry")
		case http.MethodPut:
			w.WriteHeader(http.StatusEarlyHints)
		}
	})), routes: []route{{"", "/files", protected(), formUser}}})
	for method, body := range map[string]string{"GET": "", "POST": "sorry", "PUT": "", "HEAD": ""} {
		if got := same(t, silent, request{method: method, path: "/files"}); got.status != 401 || got.body != body {
			t.Errorf("%s, no status: %v", method, got)
		}
	}
	// A renderer that panics lets nobody in.
	broken := issuer.Guard(auth.Renderer(func(http.ResponseWriter, *http.Request, *auth.Challenge) { panic("broken") }))
	for _, f := range frameworks {
		a := &app{guard: broken, trail: new(trail), routes: []route{{"GET", "/files", protected(), formUser}}}
		h := f.build(a)
		to := one(t, f.name, a, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if recover() != nil {
					w.WriteHeader(http.StatusInternalServerError)
				}
			}()
			h.ServeHTTP(w, r)
		}))
		if got := to.send(t, get("/files")); got.status != 500 {
			t.Errorf("%s: %v", f.name, got)
		}
		if events := a.trail.take(); slices.Contains(events, "handler") || slices.Contains(events, "later") {
			t.Errorf("%s: %q happened", f.name, events)
		}
	}
}

// TestRenderedBeforeEchosHandler holds that an answer which the guard rendered
// is final: an error handler of the application's own sees it committed.
func TestRenderedBeforeEchosHandler(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(auth.ProblemJSON()), trail: new(trail)}
	e := newEcho()
	e.HTTPErrorHandler = func(_ error, c echo.Context) {
		if !c.Response().Committed {
			_ = c.String(http.StatusInternalServerError, "not committed")
		}
	}
	e.GET("/files", a.echoTwin(route{rule: protected()}))
	// An answer that middleware began stays as it is.
	e.GET("/begun", a.echoTwin(route{rule: protected()}), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			_ = c.String(http.StatusTeapot, "begun")
			return next(c)
		}
	})
	to := one(t, "echo", a, e)
	if got := to.send(t, get("/files")); got.status != 401 || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%v", got)
	}
	if got := to.send(t, get("/begun")); got.status != http.StatusTeapot || got.body != "begun" {
		t.Errorf("%v", got)
	}
}

// TestOtherBodiesOfEcho holds that the writer which fits the body of denials
// leaves all other bodies alone.
func TestOtherBodiesOfEcho(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	e := newEcho()
	e.HTTPErrorHandler = func(_ error, c echo.Context) {
		c.Response().WriteHeader(http.StatusUnauthorized)
		for _, text := range []string{"", "\n", `{"code":"unauthenticated"}` + "\n", denied[401], "x\n"} {
			n, err := io.WriteString(c.Response(), text)
			if n != len(text) || err != nil {
				a.trail.add("short write")
			}
		}
		if err := http.NewResponseController(c.Response()).Flush(); err != nil {
			a.trail.add("cannot flush: " + err.Error())
		}
	}
	e.GET("/files", a.echoTwin(route{rule: protected()}))
	got := one(t, "echo", a, e).send(t, get("/files"))
	if want := "\n" + `{"code":"unauthenticated"}` + "\n" + denied[401] + "x\n"; got.body != want {
		t.Errorf("%q, want %q", got.body, want)
	}
	if events := a.trail.take(); len(events) > 0 {
		t.Errorf("%q happened", events)
	}
}
