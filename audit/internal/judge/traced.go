package judge

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"
)

// maxTraced bounds how far a value is traced back to where it came from.
const maxTraced = 8

// fromPlace says whether a value comes from the place in which a request is kept.
func (w *deedsWalk) fromPlace(e ast.Expr, deep int) bool {
	if deep == 0 || w.place == nil {
		return w.place != nil
	}
	info := w.pkg.Info
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := info.ObjectOf(e).(*types.Var)
		if !ok {
			return false
		}
		return types.Object(v.Origin()) == w.place || slices.ContainsFunc(w.given(v), func(e ast.Expr) bool { return w.fromPlace(e, deep-1) })
	case *ast.SelectorExpr:
		if v, ok := info.Uses[e.Sel].(*types.Var); ok && types.Object(v.Origin()) == w.place {
			return true
		}
		return w.fromPlace(e.X, deep)
	case *ast.IndexExpr:
		return w.fromPlace(e.X, deep)
	case *ast.StarExpr:
		return w.fromPlace(e.X, deep)
	case *ast.SliceExpr:
		return w.fromPlace(e.X, deep)
	case *ast.TypeAssertExpr:
		return w.fromPlace(e.X, deep)
	case *ast.UnaryExpr:
		return w.fromPlace(e.X, deep)
	case *ast.KeyValueExpr:
		return w.fromPlace(e.Value, deep)
	case *ast.CompositeLit:
		return slices.ContainsFunc(e.Elts, func(e ast.Expr) bool { return w.fromPlace(e, deep-1) })
	case *ast.CallExpr:
		if fn, ok := typeutil.Callee(info, e).(*types.Func); ok && types.Object(fn.Origin()) == w.place {
			return true
		}
		if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && sel.Sel.Name != "Clone" && w.fromPlace(sel.X, deep-1) {
			return true
		}
		return slices.ContainsFunc(e.Args, func(e ast.Expr) bool { return mayCarry(info.TypeOf(e), 0) && w.fromPlace(e, deep-1) })
	}
	return false
}

// given are the values that a variable of the code is given.
func (w *deedsWalk) given(v *types.Var) (all []ast.Expr) {
	info := w.pkg.Info
	ast.Inspect(w.of, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if id, ok := l.(*ast.Ident); ok && info.ObjectOf(id) == v {
					all = append(all, n.Rhs[min(i, len(n.Rhs)-1)])
				}
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if info.Defs[id] == v && len(n.Values) > 0 {
					all = append(all, n.Values[min(i, len(n.Values)-1)])
				}
			}
		case *ast.RangeStmt:
			for _, l := range []ast.Expr{n.Key, n.Value} {
				if id, ok := l.(*ast.Ident); ok && info.ObjectOf(id) == v {
					all = append(all, n.X)
				}
			}
		case *ast.TypeSwitchStmt:
			s, ok := n.Assign.(*ast.AssignStmt)
			if !ok {
				break
			}
			for _, clause := range n.Body.List {
				if info.Implicits[clause] == v {
					all = append(all, s.Rhs[0].(*ast.TypeAssertExpr).X)
				}
			}
		}
		return true
	})
	return all
}

// mayCarry says whether a value of a type may lead to a request.
func mayCarry(t types.Type, depth int) bool {
	if t == nil || depth > 3 || ofRequest(t) {
		return t != nil
	}
	if isError(t) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Interface, *types.Signature:
		return true
	case *types.Pointer:
		return mayCarry(u.Elem(), depth)
	case *types.Slice:
		return mayCarry(u.Elem(), depth+1)
	case *types.Array:
		return mayCarry(u.Elem(), depth+1)
	case *types.Chan:
		return mayCarry(u.Elem(), depth+1)
	case *types.Map:
		return mayCarry(u.Elem(), depth+1)
	case *types.Struct:
		for f := range u.Fields() {
			if mayCarry(f.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

// keeps notes that an assignment puts what may be of a request where others find it.
func (w *deedsWalk) keeps(to, v ast.Expr) {
	if id, ok := ast.Unparen(to).(*ast.Ident); ok {
		if obj := w.pkg.Info.ObjectOf(id); obj == nil || w.own(obj) {
			return
		}
	}
	w.d.writing.keeps = w.d.writing.keeps || mayCarry(w.typeOf(v), 0)
}

// givesKept says whether a call is given what was kept, or is one of a method of that.
func (w *deedsWalk) givesKept(e *ast.CallExpr) bool {
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && w.pkg.Info.Selections[sel] != nil && w.fromPlace(sel.X, maxTraced) {
		return true
	}
	return slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return mayCarry(w.typeOf(a), 0) && w.fromPlace(a, maxTraced) })
}
