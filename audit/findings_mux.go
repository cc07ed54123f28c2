package audit

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// outsideMuxes reports open routes of a mux of net/http that look as if they were
// meant for middleware that the same function puts in front of their neighbours:
// in front of a router that is mounted above them, or of the same path for other
// methods.
func (f *findings) outsideMuxes(routes []*route) {
	for i, r := range routes {
		call := f.callOf[r]
		if r.In == nil || r.Kind == wiring.Sub || r.raw != nil || f.said[f.calls[call].route] || i > 0 && f.callOf[routes[i-1]] == call ||
			r.state != manifest.Unprotected && r.state != manifest.Unproven {
			continue
		}
		if mount, near := f.mountAbove(r, routes); mount != nil {
			f.outsideMount(f.calls[call], mount, near)
		} else if link, near := f.otherMethods(r, routes); link != "" {
			f.withoutLink(f.calls[call], link, near)
		}
	}
}

// mountAbove returns a router that the function which registers a route mounts
// above its path, and what denies callers without identity there.
func (f *findings) mountAbove(r *route, routes []*route) (mount *route, near []*route) {
	path := shape(segments(r))
	for _, m := range routes {
		if m.Kind != wiring.Sub || m.In != r.In || m.Host != r.Host || !m.protected() {
			continue
		}
		above := segments(m)
		if n := len(above); n == 0 || above[n-1].kind != rest || n == 1 || !strings.HasPrefix(path, shape(above[:n-1])+"/") {
			continue
		}
		sub, _ := value.Bare(m.Handler).(*wiring.Router)
		var near []*route
		for _, inner := range f.routes {
			if inner.Router == sub && inner.program == r.program && inner.Kind != wiring.Sub && inner.protected() && inner.twin == nil {
				near = append(near, inner)
			}
		}
		if len(near) > 0 {
			return m, near
		}
	}
	return nil, nil
}

func (f *findings) outsideMount(r registration, mount *route, near []*route) {
	on := cmp.Or(f.source(r.In).receivers[r.Pos], "a router")
	f.beside(r, diagnostic.Diagnostic{
		Message:    fmt.Sprintf("%s, registered on %s, which %s, unlike the router of its neighbours, at %s", r.what(), on, denial(r.route), mount),
		Suggestion: "register it on that router, or " + declare,
		Related:    []diagnostic.Related{{Position: f.position(mount.Pos), Message: "the paths around it are of the router that is mounted here, which does: " + some(near)}},
	})
}

// otherMethods returns the middleware that denies callers without identity in
// front of the path of a route for other methods, "" where there is none. What
// everybody may read and not write is how applications are built.
func (f *findings) otherMethods(r *route, routes []*route) (link string, near []*route) {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return "", nil
	}
	for _, n := range routes {
		if n == r || n.In != r.In || n.Host != r.Host || n.Method == r.Method || n.state != manifest.Middleware || shape(segments(n)) != shape(segments(r)) {
			continue
		}
		for _, l := range n.Chain {
			has := func(own *wiring.Link) bool { return own.Name == l.Name }
			if (link == "" || l.Name == link) && !slices.ContainsFunc(r.Chain, has) && f.judge.Link(l, n.Method).Guards() {
				link, near = l.Name, append(near, n)
				break
			}
		}
	}
	return link, near
}

func (f *findings) withoutLink(r registration, link string, near []*route) {
	if around := maker(link); around != "" {
		link = around
	}
	f.beside(r, diagnostic.Diagnostic{
		Message:    fmt.Sprintf("%s without %s, which its path has for other methods", r.what(), short(link)),
		Suggestion: "put it in front, or " + declare,
		Related:    []diagnostic.Related{{Position: f.position(near[0].Pos), Message: "its neighbours run behind it: " + some(near)}},
	})
}

// beside adds a finding about an open route among protected neighbours.
func (f *findings) beside(r registration, d diagnostic.Diagnostic) {
	d.Code = CodeOutsideGroup
	f.said[r.route] = true
	f.about(r.named(), d)
}

func denial(r *route) string {
	if r.state == manifest.Unproven {
		return "is not proven to deny anybody"
	}
	return "denies nobody"
}
