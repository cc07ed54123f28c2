package judge

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/authgen/authgen/audit/internal/program"
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
	for _, e := range given {
		if !x.j.makes(fr.pkg.Info, e, v) {
			return false
		}
	}
	return len(given) > 0
}

// makes says whether what an expression yields, which is given to a variable, did not
// exist before.
func (j *Judge) makes(info *types.Info, e ast.Expr, v *types.Var) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		_, lit := ast.Unparen(e.X).(*ast.CompositeLit)
		return lit
	case *ast.CallExpr:
		switch fn := typeutil.Callee(info, e).(type) {
		case *types.Builtin:
			if of := program.Copied(info, e); of != nil {
				return j.makes(info, of, v) // a copy of a map shares its elements
			}
			return fn.Name() != "append" || len(e.Args) > 0 && (isVar(info, e.Args[0], v) || info.Types[e.Args[0]].IsNil() || j.makes(info, e.Args[0], v))
		case *types.Func:
			return fn.Signature().Recv() == nil && speaks(fn.Name(), "new") && (j.ownDecl(fn) == nil || j.yieldsLiterals(fn))
		}
	}
	return false
}

// isVar says whether an expression is a variable.
func isVar(info *types.Info, e ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && info.ObjectOf(id) == v
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
