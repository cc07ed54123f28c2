package audit

import (
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// routeOf is a route with nothing but a method, a host and a path. {{x}} in the
// path is a part that is not known.
func routeOf(router *wiring.Router, method, host, path string) *route {
	text := &value.Text{}
	for path != "" {
		known, rest, _ := strings.Cut(path, "{{")
		symbol, rest, _ := strings.Cut(rest, "}}")
		text.Parts = append(text.Parts, value.Part{Known: known})
		if symbol != "" {
			text.Parts = append(text.Parts, value.Part{Symbol: symbol})
		}
		path = rest
	}
	return &route{Route: &wiring.Route{Router: router, Group: router.Groups[0], Method: method, Host: host, Path: text}}
}

func routerOf(f wiring.Framework) *wiring.Router {
	r := &wiring.Router{Framework: f}
	r.Groups = []*wiring.Group{{Router: r, Prefix: &value.Text{}}}
	return r
}

// TestCovering holds which routes would serve the requests of another.
func TestCovering(t *testing.T) {
	t.Parallel()
	type pattern struct{ method, host, path string }
	for _, tt := range []struct {
		framework    wiring.Framework
		wide, narrow pattern
		want         bool
	}{
		{wiring.NetHTTP, pattern{"GET", "", "/files/{id}"}, pattern{"GET", "", "/files/special"}, true},
		{wiring.NetHTTP, pattern{"GET", "", "/files/special"}, pattern{"GET", "", "/files/{id}"}, false},
		{wiring.NetHTTP, pattern{"GET", "", "/files/{rest...}"}, pattern{"GET", "", "/files/{id}"}, true},
		{wiring.NetHTTP, pattern{"GET", "", "/files/"}, pattern{"GET", "", "/files/{id}/parts/{n}"}, true},
		{wiring.NetHTTP, pattern{"GET", "", "/files/"}, pattern{"GET", "", "/files"}, false},
		{wiring.NetHTTP, pattern{"GET", "", "/files/"}, pattern{"GET", "", "/files/{$}"}, true},
		{wiring.NetHTTP, pattern{"GET", "", "/files/{id}"}, pattern{"GET", "", "/files/{$}"}, false},
		{wiring.NetHTTP, pattern{"GET", "", "/files/{$}"}, pattern{"GET", "", "/files/{id}"}, false},
		{wiring.NetHTTP, pattern{"GET", "", "/files/"}, pattern{"GET", "", "/filesystem/x"}, false},
		{wiring.NetHTTP, pattern{"GET", "", "/{area}/files"}, pattern{"GET", "", "/own/files"}, true},
		{wiring.NetHTTP, pattern{"GET", "", "/{area}/files"}, pattern{"GET", "", "/own/{what}"}, false},
		{wiring.NetHTTP, pattern{"", "", "/files/"}, pattern{"POST", "", "/files/{id}"}, true},
		{wiring.NetHTTP, pattern{"POST", "", "/files/"}, pattern{"GET", "", "/files/{id}"}, false},
		{wiring.NetHTTP, pattern{"GET", "", "/files/"}, pattern{"HEAD", "", "/files/{id}"}, true},
		{wiring.NetHTTP, pattern{"GET", "", "/files/"}, pattern{"", "", "/files/{id}"}, false},
		// A route for everything.
		{wiring.NetHTTP, pattern{"", "", "/"}, pattern{"GET", "", "/files"}, false},
		{wiring.NetHTTP, pattern{"", "", "/{rest...}"}, pattern{"GET", "", "/files"}, false},
		{wiring.NetHTTP, pattern{"", "", "{{cfg.Base}}/"}, pattern{"GET", "", "{{cfg.Base}}/files"}, false},
		{wiring.NetHTTP, pattern{"", "", "/{$}"}, pattern{"GET", "", "/files"}, false},
		// Hosts.
		{wiring.NetHTTP, pattern{"GET", "", "/files"}, pattern{"GET", "admin.example.com", "/files"}, true},
		{wiring.NetHTTP, pattern{"GET", "admin.example.com", "/files"}, pattern{"GET", "", "/files"}, false},
		{wiring.NetHTTP, pattern{"GET", "a.example.com", "/files/"}, pattern{"GET", "b.example.com", "/files/{id}"}, false},
		{wiring.Echo, pattern{"GET", "", "/files"}, pattern{"GET", "admin.example.com", "/files"}, false},
		// The same path.
		{wiring.NetHTTP, pattern{"", "", "/files/{name}"}, pattern{"GET", "", "/files/{id}"}, true},
		{wiring.NetHTTP, pattern{"HEAD", "", "/files/{id}"}, pattern{"GET", "", "/files/{id}"}, true},
		{wiring.NetHTTP, pattern{"GET", "", "/files/{id}"}, pattern{"HEAD", "", "/files/{id}"}, false},
		{wiring.NetHTTP, pattern{"", "", "/files/{id}"}, pattern{"POST", "", "/files/{id}"}, false},
		{wiring.NetHTTP, pattern{"GET", "", "/files/{id}"}, pattern{"GET", "", "/files/{id}"}, false},
		// Parts that are not known equal themselves alone.
		{wiring.NetHTTP, pattern{"GET", "", "{{cfg.Base}}/files/{id}"}, pattern{"GET", "", "{{cfg.Base}}/files/x"}, true},
		{wiring.NetHTTP, pattern{"GET", "", "{{cfg.Base}}/files/{id}"}, pattern{"GET", "", "{{cfg.Other}}/files/x"}, false},
		{wiring.NetHTTP, pattern{"GET", "", "{{a/b}}/files/{id}"}, pattern{"GET", "", "/a/b/files/x"}, false},
		// Gin and echo.
		{wiring.Gin, pattern{"GET", "", "/files/:id"}, pattern{"GET", "", "/files/special"}, true},
		{wiring.Gin, pattern{"GET", "", "/files/special"}, pattern{"GET", "", "/files/:id"}, false},
		{wiring.Gin, pattern{"GET", "", "/files/*path"}, pattern{"GET", "", "/files/:id/x"}, true},
		{wiring.Gin, pattern{"GET", "", "/files/:id"}, pattern{"GET", "", "/files/"}, false},
		{wiring.Gin, pattern{"GET", "", "/files/{id}"}, pattern{"GET", "", "/files/x"}, false},
		{wiring.Gin, pattern{"GET", "", "/files/:id/parts"}, pattern{"GET", "", "/files/special"}, false},
		{wiring.Gin, pattern{"GET", "", "/*path"}, pattern{"GET", "", "/files"}, false},
		{wiring.Gin, pattern{"GET", "", "/files/:id"}, pattern{"HEAD", "", "/files/x"}, false},
		{wiring.Echo, pattern{"GET", "", "/files/:id"}, pattern{"GET", "", "/files/special"}, true},
		{wiring.Echo, pattern{"GET", "", "/files/*"}, pattern{"GET", "", "/files/:id"}, true},
		{wiring.Echo, pattern{"GET", "", "/static*"}, pattern{"GET", "", "/static/private"}, true},
		{wiring.Echo, pattern{"HEAD", "", "/files"}, pattern{"GET", "", "/files"}, true},
	} {
		router := routerOf(tt.framework)
		wide := routeOf(router, tt.wide.method, tt.wide.host, tt.wide.path)
		narrow := routeOf(router, tt.narrow.method, tt.narrow.host, tt.narrow.path)
		got := slices.Contains(newPatterns([]*route{narrow, wide}).covering(narrow), wide)
		if got != tt.want {
			t.Errorf("%s: %s covers %s: %v, want %v", tt.framework, wide, narrow, got, tt.want)
		}
	}
}
