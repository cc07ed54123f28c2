package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
)

// hidden reports a parameter that the rule of an Area reads from the path that a
// router is mounted at, where the path of that router has another of its name: the
// handler sees that one.
func (f *findings) hidden(r *route, t *Twin, need []parameter) {
	for _, outer := range f.around(r, t) {
		at, own := parameterNames(outer.Path.String()), parameterNames(r.Path.String())
		for _, n := range need {
			i, j := slices.Index(at, n.name), slices.Index(own, n.name)
			if i < 0 || j < 0 || i == j {
				continue
			}
			f.about(r, diagnostic.Diagnostic{
				Code:       CodeHidden,
				Message:    fmt.Sprintf("the rule of %s reads %s, by %s, from %s, and the handler of %s sees another %s", short(t.Handler), n.name, n.demand, outer.Path, r, n.name),
				Suggestion: "give one of the two another name",
				Related:    []diagnostic.Related{{Position: f.position(outer.Pos), Message: "the rule reads it here"}},
			})
			return
		}
	}
}

// around are the routes that the router of a route is mounted at, behind the same
// Area: the rule of that reads their paths.
func (f *findings) around(r *route, t *Twin) (all []*route) {
	if !t.Area {
		return nil
	}
	for _, outer := range f.routes {
		if outer.Kind == wiring.Sub && outer.Router != r.Router && outer.program == r.program &&
			sharesLink(outer, r, func(l *wiring.Link) bool { return f.twins.of(f.audit, l.Func) == t }) {
			all = append(all, outer)
		}
	}
	return all
}

// sharesLink reports whether two routes stand behind the same of some links.
func sharesLink(x, y *route, of func(*wiring.Link) bool) bool {
	return slices.ContainsFunc(x.Chain, func(l *wiring.Link) bool {
		return of(l) && slices.ContainsFunc(y.Chain, func(o *wiring.Link) bool { return value.Bare(o.Func) == value.Bare(l.Func) })
	})
}

// parameterNames are those of the parts of a path, "" of a part that is none.
func parameterNames(path string) []string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		name := strings.TrimSuffix(strings.Trim(p, "{}"), "...")
		switch {
		case strings.HasPrefix(p, ":"), strings.HasPrefix(p, "*"):
			name = p[1:]
		case !strings.HasPrefix(p, "{"):
			name = ""
		}
		parts[i] = name
	}
	return parts
}
