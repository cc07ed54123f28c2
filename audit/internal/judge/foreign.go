package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
)

// A link may put the request where code finds it that is given nothing of it. What
// such code writes is found by where it has the request from: from no parameter that
// is one, and not from what makes one.

// maxForeign bounds how far a request is traced back to where it came from.
const maxForeign = 8

// foreign says whether a value comes from where it may have been kept, rather than
// being given as it is, or made here.
func (w *deedsWalk) foreign(e ast.Expr, deep int) bool {
	if deep == 0 {
		return true
	}
	info := w.pkg.Info
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := info.ObjectOf(e).(*types.Var)
		switch {
		case !ok:
			return false
		case packageVar(v):
			return true
		case !w.own(v):
			return false
		}
		given := w.given(v)
		if len(given) == 0 { // a parameter, or nothing
			return !ofRequest(v.Type())
		}
		return slices.ContainsFunc(given, func(e ast.Expr) bool { return w.foreign(e, deep-1) })
	case *ast.SelectorExpr:
		if info.Selections[e] == nil {
			return true // of another package
		}
		if path, name := named(info.TypeOf(e.X)); path == "net/http" && name == "Response" {
			return false
		}
		return w.foreign(e.X, deep)
	case *ast.IndexExpr:
		return w.foreign(e.X, deep)
	case *ast.StarExpr:
		return w.foreign(e.X, deep)
	case *ast.SliceExpr:
		return w.foreign(e.X, deep)
	case *ast.TypeAssertExpr:
		return w.foreign(e.X, deep)
	case *ast.UnaryExpr:
		return e.Op == token.ARROW || w.foreign(e.X, deep)
	case *ast.CallExpr:
		return w.foreignResult(e, deep)
	}
	return false
}

// foreignResult says so of what a call yields.
func (w *deedsWalk) foreignResult(e *ast.CallExpr, deep int) bool {
	info := w.pkg.Info
	if info.Types[e.Fun].IsType() {
		return len(e.Args) == 1 && w.foreign(e.Args[0], deep-1)
	}
	var on ast.Expr
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && info.Selections[sel] != nil {
		on = sel.X
	}
	fn, ok := typeutil.Callee(info, e).(*types.Func)
	if !ok {
		_, builtin := typeutil.Callee(info, e).(*types.Builtin)
		return !builtin
	}
	if on != nil && ofRequest(info.TypeOf(on)) {
		return fn.Name() != "Clone" && w.foreign(on, deep-1)
	}
	if fn.Pkg() != nil && w.j.prog.Own(fn.Pkg().Path()) {
		if slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return ofRequest(info.TypeOf(a)) && !w.foreign(a, deep-1) }) {
			return false
		}
		return !w.j.makesRequests(fn)
	}
	if results := fn.Origin().Signature().Results(); results.Len() == 0 || !mayBeAnything(results.At(0).Type()) {
		return false
	}
	return on == nil || w.foreign(on, deep-1)
}

// mayBeAnything says whether code outside chooses what a result is.
func mayBeAnything(t types.Type) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return true
	}
	u, ok := t.Underlying().(*types.Interface)
	return ok && u.Empty()
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

// makesRequests says whether a function of the module seems to make the request or
// header that it yields.
func (j *Judge) makesRequests(fn *types.Func) (makes bool) {
	d := j.decl(fn.Origin())
	if d == nil || d.Syntax.Body == nil {
		return false
	}
	ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			makes = makes || ofRequest(d.Package.Info.TypeOf(n))
		case *ast.CallExpr:
			if fn, ok := typeutil.Callee(d.Package.Info, n).(*types.Func); ok {
				makes = makes || strings.HasPrefix(fn.Name(), "NewRequest") || fn.Name() == "Clone"
			}
		}
		return !makes
	})
	return makes
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

// givesKept says whether a call is given what was kept, or is of a method of that.
func (w *deedsWalk) givesKept(e *ast.CallExpr) bool {
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && w.pkg.Info.Selections[sel] != nil && mayCarry(w.typeOf(sel.X), 0) && w.foreign(sel.X, maxForeign) {
		return true
	}
	return slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return mayCarry(w.typeOf(a), 0) && w.foreign(a, maxForeign) })
}
