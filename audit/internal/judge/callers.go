package judge

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
)

// maxWay bounds through how many calls a way is followed.
const maxWay = 5

// chosenAt are the ways on which callers choose what an expression is that stands at a
// place: there, or where the function is called that it is a parameter of, and so on. A
// way begins at the place, and has the calls that lead there.
func (f flow) chosenAt(e ast.Expr, way ...token.Pos) (all [][]token.Pos) {
	in := f.j.flowIn(f.pkg, f.decl)
	in.from, in.ways = f.from, f.ways
	if f = in; f.ways == nil {
		n := maxWays
		f.ways = &n
	}
	if last := way[len(way)-1]; f.handsOver(last) {
		f.j.handedOver[last] = true
	}
	sent, params := f.of(e, 0, 0)
	if v := f.pkg.Info.Types[e].Value; sent || v != nil && v.Kind() == constant.String && zeroConst(v) { // who brings nothing brings ""
		all = f.leadingTo(way)
	}
	d, ok := f.decl.(*ast.FuncDecl)
	if !ok || len(params) == 0 {
		return all
	}
	if *f.ways--; len(way) >= maxWay || *f.ways < 0 {
		return append(all, way)
	}
	of := parameters(d.Type, f.pkg.Info)
	known := f.callers(d, func(in flow, call *ast.CallExpr) {
		for i, p := range of {
			if !slices.Contains(params, p) {
				continue
			}
			for _, a := range argsOf(call, d.Type, i) {
				all = append(all, in.chosenAt(a, append(slices.Clip(way), call.Pos())...)...)
			}
		}
	})
	if !known {
		all = append(all, way)
	}
	return all
}

// handsOver says whether a place is in a literal that stands among the arguments of a
// call: nobody else runs it.
func (f flow) handsOver(at token.Pos) (is bool) {
	var inner *ast.FuncLit
	ast.Inspect(f.decl, func(n ast.Node) bool {
		if n == nil || at < n.Pos() || at >= n.End() {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			is = is && n == inner
		case *ast.CallExpr:
			for _, a := range n.Args {
				if lit, ok := ast.Unparen(a).(*ast.FuncLit); ok && lit.Pos() <= at && at < lit.End() {
					is, inner = !f.pkg.Info.Types[n.Fun].IsType(), lit
				}
			}
		}
		return true
	})
	return is
}

// leadingTo are the ways that end where the function of the declaration is called, and so
// on, one that begins in it.
func (f flow) leadingTo(way []token.Pos) (all [][]token.Pos) {
	if last := way[len(way)-1]; f.handsOver(last) {
		f.j.handedOver[last] = true
	}
	d, ok := f.decl.(*ast.FuncDecl)
	if *f.ways--; !ok || len(way) >= maxWay || *f.ways < 0 {
		return append(all, way)
	}
	if known := f.callers(d, func(in flow, call *ast.CallExpr) {
		all = append(all, in.leadingTo(append(slices.Clip(way), call.Pos()))...)
	}); !known || len(all) == 0 {
		all = append(all, way)
	}
	return all
}

// argsOf are the arguments of a call that the i-th parameter of a function is given: of the
// last one, if that may be any number, all that follow.
func argsOf(call *ast.CallExpr, t *ast.FuncType, i int) []ast.Expr {
	if i < 0 || i >= len(call.Args) {
		return nil
	}
	n := len(t.Params.List)
	if _, variadic := t.Params.List[n-1].Type.(*ast.Ellipsis); variadic && i == t.Params.NumFields()-1 {
		return call.Args[i:]
	}
	return call.Args[i : i+1]
}

// callers runs do for the calls of a function of the module, and says whether these are
// all: none may be where it is handed over as a value.
func (f flow) callers(d *ast.FuncDecl, do func(in flow, call *ast.CallExpr)) (all bool) {
	scope, all := f.pkg.Path, true
	if d.Recv != nil {
		scope = ""
	}
	is := func(info *types.Info, e ast.Expr) bool {
		fn, ok := variableOf(info, e).(*types.Func)
		return ok && (fn.Origin() == f.pkg.Info.Defs[d.Name] || d.Recv != nil && fn.Name() == d.Name.Name && ofInterface(fn))
	}
	for _, part := range f.j.prog.Mentioning(scope, d.Name.Name) {
		if !mentions(part.Decl, d.Name) {
			continue
		}
		f.j.prog.Check(part)
		in := f.j.flowIn(part.Package, part.Decl)
		in.from, in.ways = f.from, f.ways
		called := map[ast.Expr]bool{}
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				fun := unindexed(n.Fun)
				if sel, ok := fun.(*ast.SelectorExpr); ok {
					if s := part.Package.Info.Selections[sel]; s != nil && s.Kind() == types.MethodExpr {
						return true // whose first argument is the receiver
					}
				}
				called[fun] = true
				if is(part.Package.Info, fun) {
					do(in, n)
				}
			case *ast.SelectorExpr:
				called[n.Sel] = true
				all = all && (called[n] || !is(part.Package.Info, n))
			case *ast.Ident:
				all = all && (called[n] || !is(part.Package.Info, n))
			}
			return true
		})
	}
	return all
}

// unindexed is what is called by an expression, without its type arguments.
func unindexed(e ast.Expr) ast.Expr {
	switch n := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		return ast.Unparen(n.X)
	case *ast.IndexListExpr:
		return ast.Unparen(n.X)
	default:
		return n
	}
}

// mentions says whether code names something of a name, but for its declaration.
func mentions(in ast.Node, name *ast.Ident) (found bool) {
	ast.Inspect(in, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id != name && id.Name == name.Name
		return !found
	})
	return found
}
