package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// The language leaves open whether a variable is read before or after the calls that
// stand behind it in an expression, and an assignment of several values reads what its
// left side names before it writes any of that. Where the order matters, what is read
// or written is one of both.

// reread makes the value of an expression one of both where calls that stand behind it
// have written what it reads.
func (x *exec) reread(fr *frame, list []ast.Expr, all []evs) {
	last := len(list) - 1
	for last > 0 && !mayRunCode(fr.pkg.Info, list[last]) {
		last--
	}
	for i := range last {
		if fr.pkg.Info.Types[list[i]].Value != nil || mayRunCode(fr.pkg.Info, list[i]) {
			continue
		}
		for _, a := range all {
			if len(a.vs) != len(list) {
				continue
			}
			panicked, reached, stopped, steps := fr.panicked, x.reached, x.stopped, x.steps
			rs := x.eval(fr, a.st.clone(), list[i])
			fr.panicked, x.reached, x.stopped, x.steps = panicked, reached, stopped, steps
			if slices.ContainsFunc(rs, func(r ev) bool { return keyOf(r.v) != keyOf(a.vs[i]) }) {
				var now val // not known where it may be several
				if len(rs) == 1 {
					now = rs[0].v
				}
				a.vs[i] = x.oneOfBoth(a.st, a.vs[i], now, fr.site(list[i].Pos())+"|order", x.j.text(list[i]), list[i].Pos())
			}
		}
	}
}

// mayRunCode says whether an expression calls functions, or receives.
func mayRunCode(info *types.Info, e ast.Expr) (runs bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			tv := info.Types[n.Fun]
			runs = runs || !tv.IsType() && !tv.IsBuiltin()
		case *ast.UnaryExpr:
			runs = runs || n.Op == token.ARROW
		}
		return !runs
	})
	return runs
}

// entangled says whether an assignment of several values writes what another part of
// its left side reads to say where it writes.
func entangled(info *types.Info, lhs []ast.Expr) bool {
	for i, to := range lhs {
		reads := readsOf(info, to)
		if reads == nil {
			continue
		}
		for k, other := range lhs {
			if id, ok := ast.Unparen(other).(*ast.Ident); k != i && (ok && reads.vars[info.ObjectOf(id)] || !ok && reads.memory) {
				return true
			}
		}
	}
	return false
}

// muddle makes the values of such an assignment unknown.
func (x *exec) muddle(fr *frame, st *state, lhs []ast.Expr, vals []val) {
	for i, l := range lhs {
		if i < len(vals) {
			vals[i] = x.oneOfBoth(st, vals[i], nil, fr.site(l.Pos())+"|order", x.j.text(l), l.Pos())
		}
	}
}

// read is what the place of an assignment depends on.
type read struct {
	vars   map[types.Object]bool
	memory bool // elements, fields, what pointers lead to
}

// readsOf is what is read to say which place an expression is, nil for a variable.
func readsOf(info *types.Info, to ast.Expr) *read {
	r := &read{vars: map[types.Object]bool{}}
	inner := func(e ast.Expr) {
		ast.Inspect(e, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				r.vars[info.ObjectOf(n)] = true
			case *ast.SelectorExpr:
				r.memory = r.memory || info.Selections[n] != nil
			case *ast.IndexExpr, *ast.StarExpr, *ast.CallExpr:
				r.memory = true
			}
			return true
		})
	}
	switch to := ast.Unparen(to).(type) {
	case *ast.IndexExpr:
		inner(to.X)
		inner(to.Index)
	case *ast.SelectorExpr:
		inner(to.X)
	case *ast.StarExpr:
		inner(to.X)
	default:
		return nil
	}
	return r
}
