package vet

import (
	"go/ast"
	"go/token"
	"go/types"
)

// valuesOf returns the values that a local variable may have: the one that it is
// given and those that are made of itself, as h = logged(h) does. It returns
// none where it may have others.
func (s *scan) valuesOf(v *types.Var) []ast.Expr {
	if s.values == nil {
		s.values = map[*types.Var][]ast.Expr{}
		for _, f := range s.pass.Files {
			ast.Inspect(f, s.assigned)
		}
	}
	values := s.values[v]
	for i, value := range values {
		if value == nil || i > 0 && !s.mentions(value, v) {
			return nil
		}
	}
	return values
}

// mentions reports whether a variable occurs in an expression.
func (s *scan) mentions(e ast.Expr, v *types.Var) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && s.pass.TypesInfo.Uses[id] == v
		return !found
	})
	return found
}

// assigned notes what a statement gives to local variables, nil for what is not
// a value of its own.
func (s *scan) assigned(n ast.Node) bool {
	set := func(e, value ast.Expr) {
		if e == nil {
			return
		}
		id, ok := ast.Unparen(e).(*ast.Ident)
		if !ok {
			return
		}
		if v, ok := s.pass.TypesInfo.ObjectOf(id).(*types.Var); ok && v.Parent() != s.pass.Pkg.Scope() {
			s.values[v] = append(s.values[v], value)
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		each := len(n.Rhs) == len(n.Lhs) && (n.Tok == token.ASSIGN || n.Tok == token.DEFINE)
		for i, left := range n.Lhs {
			if each {
				set(left, n.Rhs[i])
			} else {
				set(left, nil)
			}
		}
	case *ast.ValueSpec:
		for i, id := range n.Names {
			if len(n.Values) == len(n.Names) {
				set(id, n.Values[i])
			} else if len(n.Values) > 0 {
				set(id, nil)
			}
		}
	case *ast.RangeStmt:
		set(n.Key, nil)
		set(n.Value, nil)
	case *ast.UnaryExpr:
		if n.Op == token.AND { // others may write it
			set(n.X, nil)
		}
	}
	return true
}

// onlyValueOf returns the value of a variable that is set once, nil for others.
func (s *scan) onlyValueOf(v *types.Var) ast.Expr {
	if values := s.valuesOf(v); len(values) == 1 {
		return values[0]
	}
	return nil
}
