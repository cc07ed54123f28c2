package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
)

// onces yield a function that runs another one when it is called first, and says from
// then on what that said.
var onces = []string{"sync.OnceFunc", "sync.OnceValue", "sync.OnceValues"}

// once returns the function that is run once by what a call yields, nil for other calls.
func once(info *types.Info, e ast.Expr) ast.Expr {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil
	}
	fun := ast.Unparen(call.Fun)
	if x, ok := fun.(*ast.IndexExpr); ok {
		fun = x.X
	}
	id := lastIdent(fun)
	if id == nil {
		return nil
	}
	fn, ok := info.Uses[id].(*types.Func)
	if !ok || !slices.Contains(onces, fn.FullName()) {
		return nil
	}
	if lit, ok := ast.Unparen(call.Args[0]).(*ast.FuncLit); ok && !writesOut(info, lit) {
		return lit
	}
	return nil
}

// asOnce is a function that is run once, nil for one that writes something then.
func asOnce(v val) *closure {
	c, ok := v.(*closure)
	if !ok || c.lit == nil || c.pkg == nil || writesOut(c.pkg.Info, c.lit) {
		return nil
	}
	d := *c
	d.once = true
	return &d
}

// callOnce calls a function that says from then on what it said when it was called
// first: for whoever came first. It is run again in place of that, where it asks nothing
// about a caller; else what it says is not known.
func (x *exec) callOnce(fr *frame, st *state, e *ast.CallExpr, f *closure, args []val) []ev {
	again := *f
	again.once = false
	if fr.ofRequest(e.Fun) {
		return x.apply(fr, st, e, &again, args)
	}
	reached, stopped, panicked := len(x.reached), len(x.stopped), len(fr.panicked)
	rs := x.apply(fr, st.clone(), e, &again, args)
	for _, r := range rs {
		asks := r.st.proof != st.proof || r.st.hash() != st.hash() || taintOf(r.v)&(tWho|tReq) != 0
		if t, ok := r.v.(tuple); ok {
			asks = asks || taintAll(t)&(tWho|tReq) != 0
		}
		for _, d := range r.st.facts[min(len(st.facts), len(r.st.facts)):] {
			asks = asks || d.who
		}
		if asks {
			x.reached, x.stopped, fr.panicked = x.reached[:reached], x.stopped[:stopped], fr.panicked[:panicked]
			said := &sym{key: x.id("once:" + keyOf(f)), t: tSetting, typ: fr.typeOf(e.Fun), text: exprText(e.Fun), pos: e.Pos()}
			var all []ev
			for _, st := range x.mayRun(fr, []*state{st}, e, &again, nil) {
				all = append(all, x.opaque(fr, st, e, nil, said, args)...)
			}
			return all
		}
	}
	return rs
}

// ofRequest says whether a function is that of a variable which the code that runs for
// this request has declared, and calls in a single place: nobody has called it before.
func (fr *frame) ofRequest(fun ast.Expr) bool {
	id, ok := ast.Unparen(fun).(*ast.Ident)
	if !ok {
		return false
	}
	obj := fr.pkg.Info.Uses[id]
	for at := fr; at != nil; at = at.outer {
		if at.cells[obj] != nil {
			return !at.building && !at.cells[obj].built && calledOnce(fr.pkg, obj)
		}
	}
	return false
}

// calledOnce says whether a variable is given the function that runs another one once
// where it is declared, and is spoken of in one other place, which calls it and runs no
// more often than the declaration: what the function reads may have changed since an
// earlier call.
func calledOnce(pkg *program.Package, obj types.Object) bool {
	made, calls, other, jumps := 0, 0, 0, false
	var around []ast.Node
	var declared, called ast.Node // the innermost function or loop around each
	repeats := func() ast.Node {
		for _, n := range slices.Backward(around) {
			switch n.(type) {
			case *ast.FuncDecl, *ast.FuncLit, *ast.ForStmt, *ast.RangeStmt:
				return n
			}
		}
		return nil
	}
	of := declarationOf(pkg, obj.Pos())
	if of == nil {
		return false
	}
	ast.Inspect(of, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil:
			around = around[:len(around)-1]
			return true
		case *ast.AssignStmt:
			loop, _ := repeats().(*ast.ForStmt)
			for i, l := range n.Lhs {
				if id, ok := l.(*ast.Ident); ok && pkg.Info.Defs[id] == obj && len(n.Rhs) == len(n.Lhs) && once(pkg.Info, n.Rhs[i]) != nil && (loop == nil || loop.Init != n) {
					declared = repeats()
					made++
				}
			}
		case *ast.CallExpr:
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && pkg.Info.Uses[id] == obj {
				called = repeats()
				calls++
			}
		case *ast.Ident:
			if pkg.Info.Uses[n] == obj {
				other++
			}
		case *ast.BranchStmt:
			jumps = jumps || n.Tok == token.GOTO
		}
		around = append(around, n)
		return true
	})
	return made == 1 && calls == 1 && other == 1 && declared == called && !jumps
}

// writesOut says whether a literal assigns anything but variables of its own.
func writesOut(info *types.Info, lit *ast.FuncLit) bool {
	own := func(e ast.Expr) bool {
		id, ok := ast.Unparen(e).(*ast.Ident)
		if !ok {
			return false
		}
		obj := info.ObjectOf(id)
		return id.Name == "_" || obj != nil && lit.Pos() <= obj.Pos() && obj.Pos() < lit.End()
	}
	found := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			found = found || slices.ContainsFunc(n.Lhs, func(e ast.Expr) bool { return !own(e) })
		case *ast.IncDecStmt:
			found = found || !own(n.X)
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				found = found || e != nil && !own(e)
			}
		case *ast.SendStmt:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW || n.Op == token.AND && !own(n.X) && !isLit(n.X)
		}
		return !found
	})
	return found
}

func isLit(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.CompositeLit)
	return ok
}

// joinsErrors is a call of errors.Join: it yields nil where all that it is given are nil.
func (x *exec) joinsErrors(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) ([]ev, bool) {
	if e.Ellipsis.IsValid() {
		l, ok := x.deref(st, args[0]).(*list)
		if !ok || l.open != nil {
			return nil, false
		}
		args = l.elems
	}
	var all []ev
	rest := []*state{st}
	for _, v := range args {
		var next []*state
		for _, st := range rest {
			set, unset := x.truth(st, v, exprText(e), e.Pos(), false)
			for _, st := range set {
				err := &sym{key: x.id("joined:" + keyOf(v) + fr.site(e.Pos())), t: taintOf(v), typ: types.Universe.Lookup("error").Type(), nonNil: true, text: exprText(e), pos: e.Pos()}
				err.held = x.keepsMethods(st, fn, args)
				all = append(all, ev{st, err})
			}
			next = append(next, unset...)
		}
		rest = merged(next)
	}
	for _, st := range rest {
		all = append(all, ev{st, nilVal{}})
	}
	return all, true
}
