package audit

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/manifest"
)

// reassign makes a route unproven whose chain goes through a variable or field
// that code assigns while requests are served: what it held when the program was
// put together says nothing of what it holds then.
func (a *audit) reassign(r *route) {
	if r.state != manifest.Guarded && r.state != manifest.Middleware {
		return
	}
	for _, l := range r.Chain {
		if a.twins.of(a, l.Func) != nil {
			continue
		}
		for _, v := range value.Alternatives(l.Func) {
			c := a.served(v)
			if c == nil {
				continue
			}
			if id := a.reassigned(c); id != nil {
				r.state = manifest.Unproven
				r.verdict.State = judge.Unknown
				r.ends = append(r.ends, wiring.End{Pos: id.Pos(), Why: id.Name + " is assigned while requests are served"})
				return
			}
		}
	}
}

// reassigned returns the place where code speaks of a function or handler in a
// variable around it, or in a field, that is assigned while requests are served.
func (a *audit) reassigned(c *code) (found *ast.Ident) {
	ast.Inspect(c.body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || found != nil {
			return found == nil
		}
		v, ok := c.pkg.Info.Uses[id].(*types.Var)
		if !ok || !isRunnable(v.Type()) || v.Pkg() == nil || !a.program.Own(v.Pkg().Path()) {
			return true
		}
		switch {
		case v.IsField(), v.Parent() == v.Pkg().Scope():
			if a.judge.Replaced(v) || a.assignedLater(c.pkg, v) {
				found = id
			}
		case v.Pos() < c.body.Pos() || v.Pos() >= c.body.End():
			if a.assignedLater(c.pkg, v) {
				found = id
			}
		}
		return true
	})
	return found
}

// isRunnable reports whether a value of a type is a function or a handler.
func isRunnable(t types.Type) bool {
	if t == nil {
		return false
	}
	if _, ok := t.Underlying().(*types.Signature); ok {
		return true
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	_, ok := obj.(*types.Func)
	return ok && types.IsInterface(t)
}

// assignedLater reports whether a function that seems to run while requests are
// served assigns a field, or a variable that stands around it.
func (a *audit) assignedLater(pkg *program.Package, v *types.Var) bool {
	found := false
	for _, part := range a.program.Writing(v.Name()) {
		local := !v.IsField() && v.Parent() != v.Pkg().Scope()
		if found || local && (part.Package != pkg || v.Pos() < part.Decl.Pos() || v.Pos() >= part.Decl.End()) {
			continue
		}
		info := part.Package.Info
		a.program.Check(part)
		later := map[*ast.FuncLit]bool{} // run beside what starts the program
		var stack []ast.Node
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			if n == nil {
				stack = stack[:len(stack)-1]
				return true
			}
			stack = append(stack, n)
			writes := func(e ast.Expr) {
				var id *ast.Ident
				switch e := ast.Unparen(e).(type) {
				case *ast.Ident:
					id = e
				case *ast.SelectorExpr:
					id = e.Sel
				}
				if id == nil || info.Uses[id] != v {
					return
				}
				for _, around := range stack {
					if local && v.Pos() >= around.Pos() && v.Pos() < around.End() {
						continue // it is a variable of that function
					}
					switch fn := around.(type) {
					case *ast.FuncDecl:
						found = found || serves(info, fn.Type)
					case *ast.FuncLit:
						found = found || later[fn] || serves(info, fn.Type)
					}
				}
			}
			switch n := n.(type) {
			case *ast.GoStmt:
				if lit, ok := n.Call.Fun.(*ast.FuncLit); ok {
					later[lit] = true
				}
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "AfterFunc" {
					for _, arg := range n.Args {
						if lit, ok := arg.(*ast.FuncLit); ok {
							later[lit] = true
						}
					}
				}
			case *ast.AssignStmt:
				for _, l := range n.Lhs {
					writes(l)
				}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					writes(n.X)
				}
			}
			return true
		})
	}
	return found
}

// serves reports whether a function is given a request.
func serves(info *types.Info, t *ast.FuncType) bool {
	for _, p := range t.Params.List {
		if serving(info.TypeOf(p.Type)) {
			return true
		}
	}
	return false
}
