package audit

import (
	"net/http"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// segment is a part of a path between slashes.
type segment struct {
	kind segmentKind
	text string // of a literal one
}

type segmentKind uint8

const (
	literal  segmentKind = iota
	variable             // any one segment that is not empty
	rest                 // any segments, to the end
)

// segments splits the path of a route by the rules of its framework. A part that
// is not known is a segment equal to itself alone. A parameter that shares its
// segment with text is taken for text: what it matches is few.
func segments(r *route) []segment { return segmentsOf(r.Framework(), r.Path) }

func segmentsOf(f wiring.Framework, t *value.Text) []segment {
	var path strings.Builder
	for _, p := range t.Parts {
		if p.Symbol != "" {
			path.WriteString("\x00" + strings.ReplaceAll(p.Symbol, "/", "\x00"))
		} else {
			path.WriteString(p.Known)
		}
	}
	return split(f, path.String())
}

func split(f wiring.Framework, path string) (all []segment) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range parts {
		last := i == len(parts)-1
		switch {
		case f == wiring.NetHTTP && s == "" && last, f == wiring.NetHTTP && strings.HasPrefix(s, "{") && strings.HasSuffix(s, "...}"):
			return append(all, segment{kind: rest})
		case f == wiring.NetHTTP && s == "{$}":
			return append(all, segment{})
		case f == wiring.NetHTTP && strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}"), f != wiring.NetHTTP && strings.HasPrefix(s, ":"):
			all = append(all, segment{kind: variable})
		case f != wiring.NetHTTP && strings.HasPrefix(s, "*"):
			return append(all, segment{kind: rest})
		case f == wiring.Echo && strings.HasSuffix(s, "*") && last:
			return append(all, segment{text: strings.TrimSuffix(s, "*")}, segment{kind: rest})
		default:
			all = append(all, segment{text: s})
		}
	}
	return all
}

// whole reports whether a path is that of everything below a prefix that is not
// known, or below none.
func whole(path []segment) bool {
	for _, s := range path {
		if s.kind == rest {
			return true
		}
		if s.kind != literal || !strings.HasPrefix(s.text, "\x00") {
			return false
		}
	}
	return false
}

// shape writes the segments without names of parameters.
func shape(path []segment) string {
	var b strings.Builder
	for _, s := range path {
		switch s.kind {
		case literal:
			b.WriteString("/" + s.text)
		case variable:
			b.WriteString("/\x01")
		case rest:
			b.WriteString("/\x02")
		}
	}
	return b.String()
}

// patterns finds the routes of one router whose paths take in that of another.
type patterns struct {
	hosts map[string]*pattern
	paths map[*route][]segment
}

// pattern is a node of the tree of paths.
type pattern struct {
	literal  map[string]*pattern
	variable *pattern
	ends     []*route // whose paths end here
	rests    []*route // that take in all below
}

func newPatterns(routes []*route) *patterns {
	t := &patterns{hosts: map[string]*pattern{}, paths: make(map[*route][]segment, len(routes))}
	for _, r := range routes {
		path := segments(r)
		t.paths[r] = path
		switch r.Kind {
		case wiring.NoRoute, wiring.NoMethod, wiring.Default, wiring.Sub:
			continue
		}
		if whole(path) {
			continue
		}
		n := t.hosts[r.Host]
		if n == nil {
			n = &pattern{}
			t.hosts[r.Host] = n
		}
		n.add(path, r)
	}
	return t
}

func (n *pattern) add(path []segment, r *route) {
	for _, s := range path {
		next := n.variable
		switch s.kind {
		case rest:
			n.rests = append(n.rests, r)
			return
		case literal:
			next = n.literal[s.text]
		}
		if next == nil {
			next = &pattern{}
			if s.kind == variable {
				n.variable = next
			} else {
				if n.literal == nil {
					n.literal = map[string]*pattern{}
				}
				n.literal[s.text] = next
			}
		}
		n = next
	}
	n.ends = append(n.ends, r)
}

// covering returns the routes that would serve all requests of a route if that
// were not there: such of wider paths, of no host, and of the same path for HEAD
// or all methods if the route is for GET.
func (t *patterns) covering(r *route) (all []*route) {
	path := t.paths[r]
	visit := func(wide *route) {
		if wide != r && methodsMeet(wide, r, wide.Host == r.Host && shape(t.paths[wide]) == shape(path)) {
			all = append(all, wide)
		}
	}
	if n := t.hosts[r.Host]; n != nil {
		n.covering(path, visit)
	}
	if r.Host != "" && r.Framework() == wiring.NetHTTP {
		if n := t.hosts[""]; n != nil {
			n.covering(path, visit)
		}
	}
	return all
}

func (n *pattern) covering(path []segment, visit func(*route)) {
	if len(path) == 0 {
		for _, r := range n.ends {
			visit(r)
		}
		return
	}
	for _, r := range n.rests {
		visit(r)
	}
	s := path[0]
	if next := n.literal[s.text]; s.kind == literal && next != nil {
		next.covering(path[1:], visit)
	}
	if n.variable != nil && (s.kind == variable || s.kind == literal && s.text != "") {
		n.variable.covering(path[1:], visit)
	}
}

// methodsMeet reports whether a wider route is for the methods of a route. same
// says that their paths are one: then it has to be for HEAD or all methods, which
// are other ways to ask what GET answers.
func methodsMeet(wide, r *route, same bool) bool {
	switch {
	case same:
		return r.Method == http.MethodGet && (wide.Method == "" || wide.Method == http.MethodHead)
	case wide.Method == "", wide.Method == r.Method:
		return true
	}
	return wide.Method == http.MethodGet && r.Method == http.MethodHead && r.Framework() == wiring.NetHTTP
}
