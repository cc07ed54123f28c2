package judge

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
)

// gives runs do for what a variable of the declaration, or a part of it, is given: by
// assignments, by calls that are given it by reference, by its methods and by what is
// sent to it. Result is that of a call.
func (f flow) gives(v *types.Var, do func(e ast.Expr, result int)) {
	is := func(e ast.Expr) bool {
		id, ok := program.Root(e, false).(*ast.Ident)
		return ok && f.pkg.Info.ObjectOf(id) == v
	}
	ast.Inspect(f.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if !is(l) {
					continue
				}
				if len(n.Lhs) == len(n.Rhs) {
					do(n.Rhs[i], 0)
				} else {
					do(n.Rhs[0], i)
				}
				if at, ok := ast.Unparen(l).(*ast.IndexExpr); ok && isMapType(f.pkg.Info.TypeOf(at.X)) {
					do(at.Index, 0)
				}
			}
		case *ast.RangeStmt:
			for _, to := range []ast.Expr{n.Key, n.Value} {
				if to != nil && is(to) && (to == n.Value || keyTells(f.pkg.Info.TypeOf(n.X))) {
					if to == n.Value && isMapType(f.pkg.Info.TypeOf(n.X)) {
						do(&ast.IndexExpr{X: n.X}, 0)
						continue
					}
					do(n.X, 0)
				}
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				switch {
				case f.pkg.Info.Defs[id] != v || len(n.Values) == 0:
				case len(n.Values) == len(n.Names):
					do(n.Values[i], 0)
				default:
					do(n.Values[0], i)
				}
			}
		case *ast.SendStmt:
			if is(n.Chan) {
				do(n.Value, 0)
			}
		case *ast.CallExpr:
			f.fillsPart(n, v, is, do)
		}
		return true
	})
}

// keyTells says whether the first variable of a range over a value of a type is more than
// a number.
func keyTells(t types.Type) bool { return isMapType(t) || isFunc(t) || isChan(t) }

// fillsPart is gives for a call.
func (f flow) fillsPart(call *ast.CallExpr, v *types.Var, is func(ast.Expr) bool, do func(e ast.Expr, result int)) {
	if tv := f.pkg.Info.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() && !isNamed(call.Fun, "copy") {
		return
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	method := ok && f.pkg.Info.Selections[sel] != nil
	into := method && is(sel.X)
	for _, a := range call.Args {
		if u, ok := ast.Unparen(a).(*ast.UnaryExpr); ok && u.Op == token.AND || writable(f.pkg.Info.TypeOf(a)) {
			into = into || is(a)
		}
	}
	if !into {
		return
	}
	if method && !is(sel.X) {
		do(sel.X, 0)
	}
	for _, a := range call.Args {
		if !is(a) {
			do(a, 0)
		}
	}
}

// writable says whether code that is given a value of a type may write a part of it.
func writable(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Slice, *types.Map, *types.Pointer:
		return true
	}
	return false
}
