package audit

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/diagnostic"
)

// hooks reports functions that a guard is given, such as one that renders denials,
// and that run a handler with a rule: it runs for callers whom the rule denies.
func (f *findings) hooks() {
	if len(f.config.Twins) == 0 {
		return
	}
	for _, pkg := range f.program.Packages {
		if !pkg.Own || routers.Ours(pkg.Path) {
			continue
		}
		parts := map[*program.Part]bool{}
		for _, ours := range pkg.Types.Imports() {
			if !routers.Ours(ours.Path()) {
				continue
			}
			for _, name := range takingHooks(ours.Scope()) {
				for _, part := range f.program.Mentioning(ours.Path(), name) {
					parts[part] = parts[part] || part.Package == pkg
				}
			}
		}
		for _, part := range f.program.Parts() {
			if parts[part] {
				f.hooksIn(part)
			}
		}
	}
}

// takingHooks are the functions of a package of authgen that are given functions,
// or what has methods.
func takingHooks(scope *types.Scope) (names []string) {
	for _, name := range scope.Names() {
		fn, ok := scope.Lookup(name).(*types.Func)
		if !ok {
			continue
		}
		for v := range fn.Signature().Params().Variables() {
			if isHook(v.Type()) {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

// isHook reports whether what is of a type is called by a guard.
func isHook(t types.Type) bool {
	return isFunc(t) || types.IsInterface(t) && routers.Ours(pathOf(t))
}

// hooksIn looks at what code gives guards.
func (f *findings) hooksIn(part *program.Part) {
	f.program.Check(part)
	c := &code{pkg: part.Package, typ: &ast.FuncType{Params: &ast.FieldList{}}, body: &ast.BlockStmt{}}
	if d, ok := part.Decl.(*ast.FuncDecl); ok && d.Body != nil {
		c.typ, c.body = d.Type, d.Body
	}
	var b *body
	ast.Inspect(part.Decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fn, ok := c.callee(call).(*types.Func)
		if !ok || fn.Pkg() == nil || !routers.Ours(fn.Pkg().Path()) || fn.Signature().Recv() != nil {
			return true
		}
		for i, arg := range call.Args {
			t := fn.Signature().Params().At(min(i, fn.Signature().Params().Len()-1)).Type()
			if !isHook(t) {
				continue
			}
			if b == nil {
				b = f.newBody(c, &entry{})
			}
			r := newForger(f.audit, nil)
			h := r.held(b, arg, maxGiven)
			if iface, ok := t.Underlying().(*types.Interface); ok {
				for m := range iface.Methods() {
					for _, v := range h.values {
						r.elementsOf(v, m, func(m *types.Func, v value.Value) {
							if m != nil {
								r.declared(m, v, b, call, nil, 0)
							}
						})
					}
				}
			} else {
				r.invoke(h, b, call, nil, 0)
			}
			for _, run := range r.runs {
				f.add(diagnostic.Diagnostic{
					Code: CodeRaw, Position: f.position(arg.Pos()),
					Message: fmt.Sprintf("what %s.%s is given runs %s without its guard: its rule, %s, is never asked",
						fn.Pkg().Name(), fn.Name(), short(run.twin.Handler), strings.Join(directives(run.twin.Rule), ", ")),
					Suggestion: "answer there what is for callers whom the rule denies",
					Related:    []diagnostic.Related{{Position: f.position(run.pos), Message: "it runs here"}, {Position: run.twin.Position, Message: short(run.twin.Handler) + " and its rule"}},
				})
			}
		}
		return true
	})
}
