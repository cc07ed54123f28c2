package judge

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"
)

// isMade says whether the code that runs has made what a variable holds.
func (x *exec) isMade(fr *frame, id *ast.Ident) bool {
	v, _ := fr.pkg.Info.ObjectOf(id).(*types.Var)
	of := declarationOf(fr.pkg, id.Pos())
	if v == nil || of == nil {
		return false
	}
	w := &deedsWalk{j: x.j, pkg: fr.pkg, of: of}
	given := w.given(v)
	return len(given) > 0 && !slices.ContainsFunc(given, func(e ast.Expr) bool {
		switch e := ast.Unparen(e).(type) {
		case *ast.CompositeLit:
			return false
		case *ast.UnaryExpr:
			_, lit := ast.Unparen(e.X).(*ast.CompositeLit)
			return !lit
		case *ast.CallExpr:
			if _, builtin := typeutil.Callee(fr.pkg.Info, e).(*types.Builtin); builtin {
				return false
			}
			fn, ok := typeutil.Callee(fr.pkg.Info, e).(*types.Func)
			return !ok || fn.Signature().Recv() != nil || !speaks(fn.Name(), "new") || x.j.ownDecl(fn) != nil && !x.j.yieldsLiterals(fn)
		}
		return true
	})
}

// yieldsLiterals says whether all that a function of the module returns is made where it
// returns it.
func (j *Judge) yieldsLiterals(fn *types.Func) bool {
	all := true
	ast.Inspect(j.ownDecl(fn).Syntax.Body, func(n ast.Node) bool {
		r, ok := n.(*ast.ReturnStmt)
		if ok && len(r.Results) == 0 {
			all = false // of a name, which may hold anything
		} else if ok {
			e := ast.Unparen(r.Results[0])
			if u, isRef := e.(*ast.UnaryExpr); isRef {
				e = ast.Unparen(u.X)
			}
			_, isLit := e.(*ast.CompositeLit)
			all = all && isLit
		}
		_, inner := n.(*ast.FuncLit)
		return all && !inner
	})
	return all
}
