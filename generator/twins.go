package generator

import (
	"path"
	"slices"

	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// Twin is one method of a generated type, with the handler that it guards.
type Twin struct {
	Package string // import path
	Type    string // ProtectedAPI for methods of API, Protected for functions and variables
	Method  string
	// Handler is the annotated declaration as the manifest names it.
	Handler    string
	Framework  string
	Rule       *manifest.Rule
	RuleSource string // the file that states the rule
	Area       bool   // the handler is an Area, the method middleware
	Position   diagnostic.Position
}

// noteTwins lists the twins that the build of the settings has.
func (g *generation) noteTwins(result *Result) {
	for _, h := range g.handlers {
		if h.source.test() || !g.built(h.source.constraint) {
			continue
		}
		t := twin{recv: h.recv}
		result.Twins = append(result.Twins, Twin{
			Package: h.pkg.importPath, Type: t.typeName(), Method: h.name, Handler: h.String(), Framework: h.framework,
			Rule: manifestRule(h.rule), RuleSource: h.source.path, Area: h.form == area, Position: h.position,
		})
	}
	for _, p := range g.packages {
		if p.broken {
			result.broken = append(result.broken, p.importPath)
		}
	}
}

// noteStale lists the packages whose generated files are not those that their
// sources give.
func (r *Result) noteStale() {
	r.Stale = slices.Clone(r.broken)
	for _, f := range r.Files {
		if !f.written && path.Ext(f.Path) == ".go" {
			r.Stale = append(r.Stale, (&module{path: r.Module}).importPath(path.Dir(f.Path)))
		}
	}
	slices.Sort(r.Stale)
	r.Stale = slices.Compact(r.Stale)
}
