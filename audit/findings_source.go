package audit

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// source is what the code of a function calls things.
type source struct {
	decl *program.Decl // nil without one
	// receivers are what methods are called on, by the position of the method's
	// name; calls are the calls themselves.
	receivers map[token.Pos]string
	calls     map[token.Pos]*ast.CallExpr
	// variables are what results of calls are assigned to, by the positions of
	// the call and of the method's name.
	variables map[token.Pos]string
	// dropped are the calls whose results nobody takes, by the same positions.
	dropped map[token.Pos]bool
}

// source reads the code of a function once.
func (f *findings) source(fn *types.Func) *source {
	if s := f.sources[fn]; s != nil {
		return s
	}
	s := &source{receivers: map[token.Pos]string{}, calls: map[token.Pos]*ast.CallExpr{}, variables: map[token.Pos]string{}, dropped: map[token.Pos]bool{}}
	f.sources[fn] = s
	if fn == nil {
		return s
	}
	if s.decl = f.program.Decl(fn); s.decl == nil {
		return s
	}
	ast.Inspect(s.decl.Syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			s.calls[namePos(n)] = n
			if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok {
				if _, chained := ast.Unparen(sel.X).(*ast.CallExpr); !chained {
					s.receivers[sel.Sel.Pos()] = types.ExprString(sel.X)
				}
			}
		case *ast.ExprStmt:
			s.assigned(nil, n.X)
		case *ast.AssignStmt:
			if len(n.Lhs) == len(n.Rhs) {
				for i, right := range n.Rhs {
					s.assigned(n.Lhs[i], right)
				}
			}
		case *ast.ValueSpec:
			if len(n.Names) == len(n.Values) {
				for i, right := range n.Values {
					s.assigned(n.Names[i], right)
				}
			}
		}
		return true
	})
	return s
}

// assigned notes the calls of a chain, g.Group("/x").Use(mw), that a variable
// stands for, or none where left is nil or _.
func (s *source) assigned(left, right ast.Expr) {
	for {
		call, ok := ast.Unparen(right).(*ast.CallExpr)
		if !ok {
			return
		}
		if id, ok := left.(*ast.Ident); left == nil || ok && id.Name == "_" {
			s.dropped[namePos(call)] = true
		} else {
			name := types.ExprString(left)
			s.variables[namePos(call)] = name
			s.variables[call.Pos()] = name
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok {
			return
		}
		right = sel.X
	}
}

// namePos is where wiring says that a call stands.
func namePos(call *ast.CallExpr) token.Pos {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.Sel.Pos()
	}
	return call.Pos()
}

// groupName is what the code calls a group, its path where that is not seen.
func (f *findings) groupName(g *wiring.Group) string {
	path := g.Prefix.String()
	if path == "" {
		path = "/"
	}
	if name := f.source(g.In).variables[g.Pos]; name != "" {
		return name + " (" + path + ")"
	}
	return path
}
