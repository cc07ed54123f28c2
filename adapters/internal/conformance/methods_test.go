package conformance_test

import (
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/authgen/authgen/authtest"
)

// routed are the methods that each framework's way to serve all methods serves.
// What is not routed is answered by the framework: no handler runs.
var routed = map[string]map[string]bool{
	"GET": {"nethttp": true, "gin": true, "echo": true}, "HEAD": {"nethttp": true, "gin": true, "echo": true},
	"POST": {"nethttp": true, "gin": true, "echo": true}, "PUT": {"nethttp": true, "gin": true, "echo": true},
	"PATCH": {"nethttp": true, "gin": true, "echo": true}, "DELETE": {"nethttp": true, "gin": true, "echo": true},
	"OPTIONS": {"nethttp": true, "gin": true, "echo": true}, "TRACE": {"nethttp": true, "gin": true, "echo": true},
	"CONNECT":  {"nethttp": true, "gin": true, "echo": true},
	"PROPFIND": {"nethttp": true, "echo": true}, "REPORT": {"nethttp": true, "echo": true},
	"get": {"nethttp": true}, "Post": {"nethttp": true}, "FOO": {"nethttp": true}, "QUERY": {"nethttp": true},
}

// TestAnyMethod holds that a route for all methods is guarded for each of them,
// those among them that nobody thinks of.
func TestAnyMethod(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	targets := serve(t, app{guard: issuer.Guard(), routes: []route{{"", "/files", protected(), formUser}}})
	token := issuer.Token(authtest.User("u1"))
	for method, by := range routed {
		r := request{method: method, path: "/files"}
		for _, to := range targets {
			want := 401
			if !by[to.name] {
				want = 404
			}
			got := to.send(t, r)
			if got.status == 405 {
				got.status = 404 // frameworks differ
			}
			if got.status != want {
				t.Errorf("%s: %s without a token: %d, want %d", to.name, method, got.status, want)
			}
			if events := to.trail.take(); slices.Contains(events, "handler") {
				t.Errorf("%s: %s without a token: %q happened", to.name, method, events)
			}
			if got = to.send(t, r.bearer(token)); (got.status == 200) != by[to.name] {
				t.Errorf("%s: %s with a token: %d", to.name, method, got.status)
			}
			to.trail.take()
		}
	}
}

// TestHEAD holds that a denial of HEAD has no body, and otherwise the head of
// GET.
func TestHEAD(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	targets := serve(t, app{guard: issuer.Guard(), routes: []route{{"", "/any", protected(), formUser}, {"GET", "/get", protected(), formUser}}})
	token := issuer.Token(authtest.User("u1"))
	head := request{method: http.MethodHead, path: "/any"}
	for _, to := range targets {
		got, want := to.send(t, head), to.send(t, get("/any"))
		if to.name == "echo" {
			// Echo's own error handler leaves these out of answers to HEAD.
			want.header.Del("Content-Type")
			want.header.Del("Content-Length")
		}
		if got.status != 401 || got.body != "" || !reflect.DeepEqual(got.header, want.header) {
			t.Errorf("%s: HEAD %v\nGET %v", to.name, got, want)
		}
		to.trail.take()
		got = to.send(t, head.bearer(token))
		if events := to.trail.take(); got.status != 200 || got.body != "" || !slices.Contains(events, "handler") {
			t.Errorf("%s: HEAD with a token: %v, %q happened", to.name, got, events)
		}

		// A pattern for GET serves HEAD on net/http, and not on the others.
		got = to.send(t, request{method: http.MethodHead, path: "/get"})
		want.status = 404
		if to.name == "nethttp" {
			want.status = 401
		}
		if got.status == 405 {
			got.status = 404
		}
		if got.status != want.status || got.body != "" {
			t.Errorf("%s: HEAD of a GET route: %v", to.name, got)
		}
		if events := to.trail.take(); slices.Contains(events, "handler") {
			t.Errorf("%s: HEAD of a GET route: %q happened", to.name, events)
		}
	}
	r := request{method: http.MethodHead, path: "/get"}.bearer(token)
	if got := targets[0].send(t, r); got.status != 200 || got.body != "" {
		t.Errorf("net/http: HEAD of a GET route with a token: %v", got)
	}
}

// TestPreflight holds that a guarded handler never answers a preflight, and
// that no answer to one allows anything unless the application says so.
func TestPreflight(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	routes := []route{{"", "/any", protected(), formUser}, {"GET", "/get", protected(), formUser}}
	preflight := func(path string) request {
		return request{method: http.MethodOptions, path: path}.with("Origin", "https://app.example").
			with("Access-Control-Request-Method", "GET").with("Access-Control-Request-Headers", "authorization")
	}
	targets := serve(t, app{guard: issuer.Guard(), routes: routes})
	expect(t, targets, preflight("/any"), 401, "")
	for _, to := range targets {
		for _, path := range []string{"/any", "/get"} {
			got := to.send(t, preflight(path))
			for name := range got.header {
				if len(name) > 14 && name[:14] == "Access-Control" {
					t.Errorf("%s: %s: header %s", to.name, path, name)
				}
			}
			if events := to.trail.take(); slices.Contains(events, "handler") {
				t.Errorf("%s: %s: %q happened", to.name, path, events)
			}
		}
	}
	for _, to := range serve(t, app{guard: issuer.Guard(), routes: routes, origin: "https://app.example"}) {
		for _, path := range []string{"/any", "/get"} {
			if got := to.send(t, preflight(path)); got.status != 204 || got.header.Get("Access-Control-Allow-Origin") == "" {
				t.Errorf("%s: %s: the application's middleware does not answer: %v", to.name, path, got)
			}
		}
		// A denial keeps what the middleware set before, so that scripts can read it.
		if got := to.send(t, get("/any").with("Origin", "https://app.example")); got.status != 401 || got.header.Get("Access-Control-Allow-Origin") == "" {
			t.Errorf("%s: denial: %v", to.name, got)
		}
	}
}
