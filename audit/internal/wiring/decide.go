package wiring

import (
	"go/ast"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// narrow returns what makes a variable hold only those of its values under which a
// condition may be what it is on a way, for the way on which it holds and for the
// other. Both do nothing where that is not known of any value.
func (fr *frame) narrow(cond ast.Expr) (yes, no func()) {
	idle := func() {}
	c := fr.decidedBy(cond)
	if c == nil {
		return idle, idle
	}
	whole, ok := c.V.(*value.Any)
	if !ok {
		return idle, idle
	}
	var holds, fails []value.Option
	for _, o := range whole.Of {
		c.V = o.V
		clear(fr.called)
		is, known := exactBool(fr.expr(cond))
		if is || !known {
			holds = append(holds, o)
		}
		if !is || !known {
			fails = append(fails, o)
		}
	}
	c.V = whole
	clear(fr.called)
	only := func(some []value.Option) func() {
		if len(some) == 0 || len(some) == len(whole.Of) {
			return idle
		}
		return func() { fr.in.set(c, &value.Any{Of: some}) } // with the condition, also where it is one
	}
	return only(holds), only(fails)
}

// decidedBy returns the one variable of a function that a condition speaks of, nil
// where it speaks of others or calls what is not computed.
func (fr *frame) decidedBy(cond ast.Expr) *value.Cell {
	var c *value.Cell
	plain := true
	ast.Inspect(cond, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			fn := fr.funcObject(n.Fun)
			plain = plain && fn != nil && (pkgPath(fn) == "strings" || pkgPath(fn) == "path")
		case *ast.FuncLit, *ast.StarExpr, *ast.IndexExpr, *ast.TypeAssertExpr:
			plain = false
		case *ast.Ident:
			v, ok := fr.pkg.Info.Uses[n].(*types.Var)
			if !ok {
				break
			}
			at := fr.env.Lookup(v)
			if at == nil || c != nil && at != c {
				plain = false
			}
			c = at
		}
		return plain
	})
	if !plain {
		return nil
	}
	return c
}
