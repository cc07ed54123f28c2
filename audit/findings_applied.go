package audit

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// neverApplied reports parameters for middleware that a function takes and does
// not use, while what it registers is open.
func (f *findings) neverApplied() {
	open := map[*types.Func][]*route{}
	var order []*types.Func
	for _, r := range f.calls {
		if r.In == nil || r.protected() || r.state == manifest.Public {
			continue
		}
		if open[r.In] == nil {
			order = append(order, r.In)
		}
		open[r.In] = append(open[r.In], r.named())
	}
	for _, fn := range order {
		src := f.source(fn)
		if src.decl == nil || !src.decl.Package.Own {
			continue
		}
		for _, field := range src.decl.Syntax.Type.Params.List {
			for _, name := range field.Names {
				v, ok := src.decl.Package.Info.Defs[name].(*types.Var)
				if !ok || name.Name == "_" || !middlewareType(v.Type()) || src.uses(v) {
					continue
				}
				routes := open[fn]
				d := diagnostic.Diagnostic{
					Code: CodeNeverApplied, Position: f.position(name.Pos()), Program: routes[0].program,
					Message: fmt.Sprintf("%s takes the middleware %s and never applies it, and %s run without it",
						short(routes[0].InName), name.Name, few(names(routes))),
					Suggestion: "put " + name.Name + " around their handlers, or remove the parameter",
				}
				for _, r := range routes[:min(len(routes), maxRelated)] {
					d.Related = append(d.Related, diagnostic.Related{Position: f.position(r.Pos), Message: r.String() + " runs without it"})
				}
				f.add(d)
			}
		}
	}
}

// uses reports whether a function's body speaks of a variable.
func (s *source) uses(v *types.Var) (used bool) {
	ast.Inspect(s.decl.Syntax.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && s.decl.Package.Info.Uses[id] == v {
			used = true
		}
		return !used
	})
	return used
}

// middlewareType reports whether values of a type are middleware, or several.
func middlewareType(t types.Type) bool {
	if s, ok := t.Underlying().(*types.Slice); ok {
		t = s.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil {
		switch n.Obj().Pkg().Path() + "." + n.Obj().Name() {
		case routers.GinPath + ".HandlerFunc", routers.EchoPath + ".MiddlewareFunc":
			return true
		}
	}
	sig, ok := t.Underlying().(*types.Signature)
	return ok && sig.Params().Len() == 1 && sig.Results().Len() == 1 && httpHandler(sig.Params().At(0).Type()) && httpHandler(sig.Results().At(0).Type())
}

// httpHandler reports whether a type is one of the handlers of net/http.
func httpHandler(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "net/http" && (n.Obj().Name() == "Handler" || n.Obj().Name() == "HandlerFunc")
}
