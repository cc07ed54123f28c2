package program

import (
	"go/ast"
	"go/types"
)

// Copied is the value of which new makes a copy, in a call new(v); nil for other calls,
// such as new(T).
func Copied(info *types.Info, call *ast.CallExpr) ast.Expr {
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); !ok || id.Name != "new" || !info.Types[id].IsBuiltin() || len(call.Args) != 1 || info.Types[call.Args[0]].IsType() {
		return nil
	}
	return call.Args[0]
}

// Root returns the expression of which another is a part, or leads to one; through
// methods that are called as well, if the caller says so.
func Root(e ast.Expr, calls bool) ast.Expr {
	for {
		switch n := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			e = n.X
		case *ast.IndexExpr:
			e = n.X
		case *ast.SliceExpr:
			e = n.X
		case *ast.StarExpr:
			e = n.X
		case *ast.UnaryExpr:
			e = n.X
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			if !calls || !ok {
				return n
			}
			e = sel.X
		default:
			return n
		}
	}
}
