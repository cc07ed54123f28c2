package generator

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/diagnostic"
)

// findDefaults notes the demands of package and type comments.
func (p *pkg) findDefaults() {
	for _, s := range p.sources {
		if a := s.notes.Package; a != nil {
			p.defaults = append(p.defaults, layer{a.Rule, "package " + p.name})
		}
		for node, a := range s.notes.Decls {
			if spec, ok := node.(*ast.TypeSpec); ok {
				if t := p.types[spec.Name.Name]; t != nil {
					t.defaults = append(t.defaults, layer{a.Rule, "type " + p.name + "." + spec.Name.Name})
				}
			}
		}
	}
}

// checkDefaults reports directives that make no default.
func (g *generation) checkDefaults(p *pkg) {
	check := func(s *source, a *annotations.Annotation, what string) {
		at := func(i int, span annotations.Span) diagnostic.Position { return s.position(span.Start, span.End) }
		if !g.checkNames(a, at, g.config) {
			p.broken = true
		}
		for _, d := range a.Directives {
			switch d.Key {
			case "public", "optional", "route", "audit", "replace":
				p.broken = true
				g.report(diagnostic.Diagnostic{
					Code: CodeDefault, Position: s.position(d.Span.Start, d.Span.End),
					Message:    fmt.Sprintf("%s cannot be a default: it would hold for every handler of the %s", d.Key, what),
					Suggestion: "write it on the handler that it is for",
				})
			}
		}
	}
	for _, s := range p.sources {
		if s.notes.Package != nil {
			check(s, s.notes.Package, "package")
		}
		for _, decl := range s.syntax.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				a := s.notes.Decls[spec]
				t, ok := spec.(*ast.TypeSpec)
				if a == nil || !ok {
					continue
				}
				check(s, a, "type")
				if declaresNoMethods(t) {
					p.broken = true
					g.report(diagnostic.Diagnostic{
						Code: CodeShape, Position: s.at(t.Name),
						Message:    fmt.Sprintf("%s declares no methods that could be guarded", t.Name.Name),
						Suggestion: "write the rule on the type that declares the handlers",
					})
				}
			}
		}
	}
}

// declaresNoMethods reports whether no method can be declared on a type.
func declaresNoMethods(t *ast.TypeSpec) bool {
	_, isInterface := t.Type.(*ast.InterfaceType)
	return isInterface || t.Assign.IsValid()
}

// requireReach reports defaults that no handler gets.
func (g *generation) requireReach(p *pkg) {
	if p.unread {
		return
	}
	// Those that were refused were meant to be reached.
	candidates := slices.Concat(p.handlers, p.refused)
	report := func(position diagnostic.Position, message, suggestion string) {
		p.broken = true
		g.report(diagnostic.Diagnostic{Code: CodeShape, Position: position, Message: message, Suggestion: suggestion})
	}
	for _, s := range p.sources {
		if a := s.notes.Package; a != nil && len(candidates) == 0 {
			span := a.Directives[0].Span
			report(s.position(span.Start, span.End), fmt.Sprintf("package %s has a rule for its handlers, and no handlers", p.name),
				"write it in the packages that declare them: a rule does not reach other packages")
		}
		for node := range s.notes.Decls {
			t, ok := node.(*ast.TypeSpec)
			if !ok || declaresNoMethods(t) || slices.ContainsFunc(candidates, func(h *handler) bool { return h.recv == t.Name.Name }) {
				continue
			}
			report(s.at(t.Name), fmt.Sprintf("%s has a rule for its methods, and none that is a handler is declared on it", t.Name.Name),
				"write the rule on the type that declares the handlers; of a function or variable of this type, on that")
		}
	}
}
