package program

import "go/ast"

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
