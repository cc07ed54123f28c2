package generator

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"

	"github.com/authgen/authgen/diagnostic"
)

// resolve finds the handlers of all packages and the shape of each. Types are
// loaded at the end, once, and only where syntax left something open.
func (g *generation) resolve() {
	var needed []*pkg
	for _, p := range g.packages {
		// Only packages with rules have handlers; the others are here because
		// a generated file may be left over in them.
		if !p.hasRules() {
			continue
		}
		p.findDefaults()
		g.checkDefaults(p)
		g.findHandlers(p)
		if slices.ContainsFunc(p.handlers, func(h *handler) bool { return h.state == open }) {
			needed = append(needed, p)
		}
	}
	if len(needed) > 0 {
		g.resolveByTypes(needed)
	}
	for _, p := range g.packages {
		p.handlers = slices.DeleteFunc(p.handlers, func(h *handler) bool { return h.state != isHandler })
		g.requireReach(p)
		g.requireRules(p)
	}
}

func (g *generation) resolveByTypes(needed []*pkg) {
	loader, err := g.loadTypes(needed)
	for _, p := range needed {
		if err == nil {
			p.loader = loader
		}
		for _, h := range p.handlers {
			if h.state != open {
				continue
			}
			why := ""
			if err != nil {
				h.state, why = notHandler, err.Error()
			} else {
				h.shape, h.state, why = loader.typedShape(p, h)
				if why != "" && loader.fault != "" {
					why += " (" + loader.fault + ")"
				}
			}
			// Under a default, what is certainly no handler needs none; what
			// might be one must not stay open.
			switch {
			case h.state == notHandler && (h.explicit || why != ""):
				g.refuseShape(h, why)
			case h.state == notHandler:
				p.bare = append(p.bare, bareFunction{h.source, h.node.(*ast.FuncDecl)}) // it may yield one
			}
		}
	}
}

// findHandlers notes every declaration that is to be guarded.
func (g *generation) findHandlers(p *pkg) {
	for _, s := range p.sources {
		for _, decl := range s.syntax.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				g.findFunction(p, s, d)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && s.notes.Decls[v] != nil {
						h := &handler{
							pkg: p, source: s, node: v, position: s.at(v.Names[0]), name: v.Names[0].Name,
							explicit: true, note: s.notes.Decls[v],
						}
						h.shape, h.state = resolver{g, p}.valueOf(s, v)
						h.form = max(h.form, variable)
						g.admit(h)
					}
				}
			}
		}
	}
}

// findFunction notes a function or method if it has a rule of its own or by
// default.
func (g *generation) findFunction(p *pkg, s *source, d *ast.FuncDecl) {
	note := s.notes.Decls[d]
	var recv string
	pointer, generic := false, d.Type.TypeParams != nil
	if d.Recv != nil && len(d.Recv.List) == 1 {
		var plain bool
		recv, pointer, plain = p.receiver(d.Recv.List[0].Type)
		generic = generic || !plain
	}
	t := p.types[recv]
	generic = generic || t != nil && t.spec.TypeParams != nil
	byDefault := len(p.defaults) > 0 || t != nil && len(t.defaults) > 0
	if s.test() && note == nil && !p.external && (t == nil || len(t.defaults) == 0) {
		// A package's demands are for what it serves, not for its tests.
		byDefault = false
	}
	if note == nil && !byDefault {
		p.bare = append(p.bare, bareFunction{s, d})
		return
	}
	h := &handler{
		pkg: p, source: s, node: d, position: s.at(d.Name), name: d.Name.Name, recv: recv, pointer: pointer,
		explicit: note != nil, note: note,
	}
	h.shape, h.state = resolver{g, p}.function(s, d.Type, h.explicit)
	if generic {
		if h.explicit || h.state == isHandler {
			p.broken, p.refused = true, append(p.refused, h)
			g.report(diagnostic.Diagnostic{
				Code: CodeGeneric, Position: h.position,
				Message:    fmt.Sprintf("%s is generic: a rule belongs to one handler", h.name),
				Suggestion: "wrap it in a function or method without type parameters",
			})
		}
		return
	}
	if !h.explicit && h.state == notHandler {
		p.bare = append(p.bare, bareFunction{s, d}) // it may yield one
		return
	}
	g.admit(h)
}

// admit adds a candidate, or says why it cannot be guarded.
func (g *generation) admit(h *handler) {
	if h.state == notHandler {
		g.refuseShape(h, "")
		return
	}
	if strings.HasSuffix(h.name, "_") {
		h.pkg.broken, h.pkg.refused = true, append(h.pkg.refused, h)
		g.report(diagnostic.Diagnostic{
			Code: CodeReservedName, Position: h.position,
			Message:    fmt.Sprintf("the name %s ends in an underscore, as names inside generated code do", h.name),
			Suggestion: "rename it",
		})
		return
	}
	h.pkg.handlers = append(h.pkg.handlers, h)
}

// receiver returns the name of a receiver's type, the type itself where the
// receiver is an alias of it. It reports false for a generic one.
func (p *pkg) receiver(e ast.Expr) (name string, pointer, plain bool) {
	const most = 8 // an alias of itself does not compile
	for range most {
		switch t := e.(type) {
		case *ast.ParenExpr:
			e = t.X
		case *ast.StarExpr:
			e, pointer = t.X, true
		case *ast.Ident:
			if d := p.types[t.Name]; d != nil && d.spec.Assign.IsValid() {
				e = d.spec.Type
				continue
			}
			return t.Name, pointer, true
		case *ast.IndexExpr:
			name, _, _ = p.receiver(t.X)
			return name, pointer, false
		case *ast.IndexListExpr:
			name, _, _ = p.receiver(t.X)
			return name, pointer, false
		default:
			return "", pointer, false
		}
	}
	return "", pointer, false
}
