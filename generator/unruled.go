package generator

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
)

// bareFunction is a function without a rule.
type bareFunction struct {
	source *source
	decl   *ast.FuncDecl
}

// requireRules reports the handlers without a rule in a package that has rules.
// Where syntax does not tell, types do if they were loaded for the package.
func (g *generation) requireRules(p *pkg) {
	if !g.config.Strict.RequireRule {
		return
	}
	for _, f := range p.bare {
		s, d := f.source, f.decl
		if s.test() || d.Type.TypeParams != nil || s.faulty(d.Doc) {
			continue
		}
		r := resolver{g, p}
		sh, v := r.direct(s, d.Type, false)
		if v == open && p.loader != nil {
			h := &handler{pkg: p, source: s, node: d, name: d.Name.Name}
			if d.Recv != nil && len(d.Recv.List) == 1 {
				h.recv, _, _ = p.receiver(d.Recv.List[0].Type)
			}
			sh, v, _ = p.loader.typedShape(p, h)
		}
		if v == notHandler {
			sh, v = r.yielding(s, d.Type)
			if v != isHandler || !p.yieldsAlso(sh) || r.wraps(s, d.Type) {
				continue
			}
		}
		if v != isHandler || r.callsNext(sh.framework, s, d) || p.servedElsewhere(d) {
			continue
		}
		g.report(diagnostic.Diagnostic{
			Code: CodeNoRule, Position: s.at(d.Name),
			Message: fmt.Sprintf("%s is a handler without a rule, in a package that has rules", d.Name.Name),
			Suggestion: "state one, such as //auth:authenticated or //auth:public; where an Area or other middleware guards the handlers, say strict: {require-rule: false} in " +
				config.FileName,
		})
	}
}

// yieldsAlso reports whether another function, with a rule, yields the same
// kind of function. Functions that yield an http.Handler are too many other
// things, such as routers, to be taken for handlers.
func (p *pkg) yieldsAlso(sh shape) bool {
	return !sh.isHandler && slices.ContainsFunc(p.handlers, func(h *handler) bool {
		return h.form == yields && !h.isHandler && h.framework == sh.framework
	})
}

// wraps reports whether a function takes a handler, as middleware does.
func (r resolver) wraps(s *source, t *ast.FuncType) bool {
	types, _ := flat(t.Params)
	return slices.ContainsFunc(types, func(e ast.Expr) bool {
		_, v := r.value(s, e)
		return v == isHandler
	})
}

// servedElsewhere reports whether a method is the ServeHTTP of a type that a
// function or variable with a rule yields: the rule is stated there.
func (p *pkg) servedElsewhere(d *ast.FuncDecl) bool {
	if d.Name.Name != "ServeHTTP" || d.Recv == nil || len(d.Recv.List) != 1 {
		return false
	}
	recv, _, _ := p.receiver(d.Recv.List[0].Type)
	return slices.ContainsFunc(p.handlers, func(h *handler) bool { return h.serves == recv })
}

// callsNext reports whether a function is gin middleware: it has the shape of a
// handler, and goes on to the next one.
func (r resolver) callsNext(framework string, s *source, d *ast.FuncDecl) bool {
	if framework != annotations.Gin || d.Body == nil {
		return false
	}
	contexts := map[string]bool{}
	note := func(t *ast.FuncType, is func(typeRef) bool) {
		types, names := flat(t.Params)
		for i, e := range types {
			if is(r.ref(s, e)) {
				contexts[names[i]] = true
			}
		}
	}
	// Of the function itself it is known that it takes one.
	note(d.Type, func(t typeRef) bool { return t.mayBe(ginPath, "Context", true) })
	found := false
	ast.Inspect(s.body(d), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			note(n.Type, func(t typeRef) bool { return t.is(ginPath, "Context", true) })
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Next" && len(n.Args) == 0 {
				x, ok := sel.X.(*ast.Ident)
				found = found || ok && contexts[x.Name]
			}
		}
		return !found
	})
	return found
}
