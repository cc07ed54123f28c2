package wiring

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
)

// about tells apart what expressions speak of: the parameter of one call is
// another value than that of the next, whatever it is called.
func (fr *frame) about(list ...ast.Expr) string {
	var b strings.Builder
	for _, e := range list {
		if e == nil {
			continue
		}
		ast.Inspect(e, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.SelectorExpr:
				if id, _ := fr.identity(n); id != "" {
					b.WriteString(id + ",")
					return false
				}
			case *ast.Ident:
				if id, _ := fr.identity(n); id != "" {
					b.WriteString(id + ",")
				}
			}
			return true
		})
	}
	return b.String()
}

// identity is equal for variables and fields that hold the same value, with that
// value where it is known. It is "" for what is neither.
func (fr *frame) identity(e ast.Expr) (string, value.Value) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		obj, ok := fr.pkg.Info.Uses[e].(*types.Var)
		switch {
		case !ok || obj.IsField() || obj.Pkg() == nil:
			return "", nil
		case obj.Parent() == obj.Pkg().Scope():
			return obj.Pkg().Path() + "." + obj.Name(), nil
		}
		if c := fr.env.Lookup(obj); c != nil {
			return sameAs(c)
		}
		return fmt.Sprint(obj.Pos()), nil
	case *ast.SelectorExpr:
		sel := fr.pkg.Info.Selections[e]
		if sel == nil {
			return fr.identity(e.Sel) // of another package
		}
		if sel.Kind() != types.FieldVal {
			return "", nil
		}
		of, v := fr.identity(e.X)
		if s, ok := value.Bare(v).(*value.Struct); ok && len(sel.Index()) == 1 {
			if c := s.Fields[e.Sel.Name]; c != nil {
				return sameAs(c)
			}
		}
		if of != "" {
			of += "." + e.Sel.Name
		}
		return of, nil
	}
	return "", nil
}

// sameAs is equal for variables that hold the same value.
func sameAs(c *value.Cell) (string, value.Value) {
	switch v := c.V.(type) {
	case nil:
		return fmt.Sprintf("%p", c), nil
	case *value.Const:
		return v.Val.ExactString(), v
	case *value.Ref:
		if v.To != nil {
			return fmt.Sprintf("%p", v.To), v
		}
	}
	return fmt.Sprintf("%p", c.V), c.V
}
