package judge

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// How a store gets what is in it: under keys that callers choose, or from other stores,
// which may be the same under another name.

// fillings are how a store gets something.
type fillings struct {
	ways  [][]token.Pos  // on which it gets something under a key that a caller chooses
	from  []types.Object // stores whose keys it gets
	same  []types.Object // stores that it may be
	names []types.Object // under which others know it
}

// doubt notes a place from where on it is not known who fills a store.
func (f *fillings) doubt(at token.Pos) { f.ways = append(f.ways, []token.Pos{at}) }

// related are a store, what it may be, the names of that, and the same of all stores
// that it is filled from.
func (j *Judge) related(obj types.Object) []types.Object {
	if all := j.relatives[obj]; all != nil {
		return all
	}
	var all []types.Object
	asked := []types.Object{obj}
	for i := 0; i < len(asked); i++ {
		are := reachable(asked[i:i+1], func(o types.Object) []types.Object { return j.fillingsOf(o).same })
		for _, o := range reachable(are, func(o types.Object) []types.Object { return j.fillingsOf(o).names }) {
			if !slices.Contains(all, o) {
				all = append(all, o)
			}
			for _, from := range j.fillingsOf(o).from {
				if from != nil && !slices.Contains(asked, from) {
					asked = append(asked, from)
				}
			}
		}
	}
	j.relatives[obj] = all
	return all
}

// reachable are objects with all that others lead to.
func reachable(from []types.Object, others func(types.Object) []types.Object) []types.Object {
	all := slices.Clone(from)
	for i := 0; i < len(all); i++ {
		for _, o := range others(all[i]) {
			if o != nil && !slices.Contains(all, o) {
				all = append(all, o)
			}
		}
	}
	return all
}

// isOpen says whether a link has filled a store, or one that it is filled from, for
// anybody.
func (j *Judge) isOpen(obj types.Object) bool {
	return slices.ContainsFunc(j.related(obj), func(o types.Object) bool { return j.open[o] })
}

// fillsOf are the ways on which a store gets something under a key that a caller
// chooses, as far as the code shows: where it is put there, or where a function that
// puts it is given what the caller sent.
func (j *Judge) fillsOf(obj types.Object) (ways [][]token.Pos) {
	for _, o := range j.related(obj) {
		ways = append(ways, j.fillingsOf(o).ways...)
	}
	return ways
}

// fillingsOf is how a store itself gets something.
func (j *Judge) fillingsOf(obj types.Object) *fillings {
	all := j.fills[obj]
	if all != nil || obj.Pkg() == nil {
		return cmp.Or(all, &fillings{})
	}
	all = &fillings{}
	j.fills[obj] = all // while others are looked at
	if isFunc(obj.Type()) && !isFuncObject(obj) {
		all.doubt(obj.Pos()) // a variable, which may hold what yields any store
		return all
	}
	seen := map[ast.Node]bool{}
	parts := j.speaksOf(obj)
	for i := 0; i < len(parts); i++ {
		part := parts[i]
		if seen[part.Decl] || !j.prog.Reaches(part.Package.Path, obj.Pkg().Path()) {
			continue
		}
		seen[part.Decl] = true
		j.prog.Check(part)
		f := j.flowIn(part.Package, part.Decl)
		f.from = &all.from
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			if key := f.fill(n, obj); key != nil {
				all.ways = append(all.ways, f.chosenAt(key, n.Pos())...)
			}
			for _, key := range f.hands(n, obj) {
				all.ways = append(all.ways, f.chosenAt(key, n.Pos())...)
			}
			parts = append(parts, f.shares(n, obj, all)...)
			return true
		})
	}
	if v, ok := obj.(*types.Var); ok && !v.IsField() && !packageVar(v) {
		j.origin(v)
		all.same = append(all.same, j.mayStand[v]...)
		for _, made := range j.givenMade[v] {
			made.in.from = &all.from
			all.ways = append(all.ways, made.in.chosenAt(made.e, made.e.Pos())...)
		}
	}
	if fn, ok := obj.(*types.Func); ok && ofInterface(fn) {
		for _, t := range j.implementers(fn) {
			m, _, _ := types.LookupFieldOrMethod(cmp.Or(t, types.Type(types.Typ[types.Invalid])), true, fn.Pkg(), fn.Name())
			if m, ok := m.(*types.Func); ok {
				all.same = append(all.same, m.Origin())
			} else {
				all.doubt(fn.Pos())
			}
		}
	}
	return all
}

func isFuncObject(obj types.Object) bool {
	_, ok := obj.(*types.Func)
	return ok
}

// shares notes what else may be a store by a node of the code, and what it is filled
// with as a whole. More is code that may speak of it under another name.
func (f flow) shares(n ast.Node, store types.Object, all *fillings) (more []*program.Part) {
	gives := func(to, e ast.Expr) {
		if !holdsKeys(f.pkg.Info.TypeOf(e)) {
			return
		}
		if f.isWhole(to, store) {
			f.is(e, n, all)
		}
		if id, ok := to.(*ast.Ident); f.isWhole(e, store) && (!ok || id.Name != "_") {
			if into := f.j.storeIn(f.pkg.Info, to); into != nil {
				all.names = append(all.names, into)
			} else {
				all.doubt(n.Pos())
			}
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, l := range n.Lhs {
			gives(l, rightOf(n, i))
		}
	case *ast.ValueSpec:
		for i, id := range n.Names {
			if len(n.Values) == len(n.Names) {
				gives(id, n.Values[i])
			}
		}
	case *ast.SendStmt:
		gives(n.Chan, n.Value)
	case *ast.CompositeLit:
		f.sharedIn(n, store, all)
	case *ast.ReturnStmt:
		if slices.ContainsFunc(n.Results, func(e ast.Expr) bool { return f.isWhole(e, store) }) {
			if fn := f.returnsFrom(n); fn != nil {
				all.names = append(all.names, fn)
			} else {
				all.doubt(n.Pos())
			}
		}
		if fn, ok := store.(*types.Func); ok && f.returnsFrom(n) == fn {
			for _, e := range n.Results {
				if holdsKeys(f.pkg.Info.TypeOf(e)) {
					f.is(e, n, all)
				}
			}
		}
	case *ast.CallExpr:
		return f.sharedBy(n, store, all)
	}
	return nil
}

// is notes what a store becomes at a node of the code: another one, or what is made there.
func (f flow) is(e ast.Expr, at ast.Node, all *fillings) {
	if of := f.j.storeIn(f.pkg.Info, e); of != nil {
		all.same = append(all.same, of)
		return
	}
	all.ways = append(all.ways, f.chosenAt(e, at.Pos())...)
}

// isWhole says whether an expression is a store, or its address, and no element of it.
func (f flow) isWhole(e ast.Expr, store types.Object) bool {
	t := f.pkg.Info.TypeOf(e)
	if id, ok := e.(*ast.Ident); ok && t == nil {
		if obj := f.pkg.Info.Defs[id]; obj != nil {
			t = obj.Type()
		}
	}
	return holdsKeys(t) && f.j.storeIn(f.pkg.Info, e) == store
}

// sharedIn is shares for a value that stands in the code.
func (f flow) sharedIn(lit *ast.CompositeLit, store types.Object, all *fillings) {
	s, isStruct := structOf(f.pkg.Info.TypeOf(lit))
	for i, el := range lit.Elts {
		var field types.Object
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			el = kv.Value
			if id, ok := kv.Key.(*ast.Ident); ok && isStruct {
				field = f.pkg.Info.Uses[id]
			}
		} else if isStruct && i < s.NumFields() {
			field = s.Field(i)
		}
		if v, ok := field.(*types.Var); ok {
			field = v.Origin()
		}
		switch {
		case field != nil && field == store:
			f.is(el, lit, all)
		case !f.isWhole(el, store):
		case field != nil && f.j.prog.Own(field.Pkg().Path()):
			all.names = append(all.names, field)
		default:
			all.doubt(lit.Pos())
		}
	}
}

// sharedBy is shares for a call that is given a store.
func (f flow) sharedBy(call *ast.CallExpr, store types.Object, all *fillings) (more []*program.Part) {
	info := f.pkg.Info
	if tv := info.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() && !isNamed(call.Fun, "append") && program.Copied(info, call) == nil {
		return nil
	}
	fn, _ := variableOf(info, call.Fun).(*types.Func)
	if of, ok := store.(*types.Func); ok && fn != nil && fn.Name() == of.Name() && (ofInterface(fn) || ofInterface(of)) {
		all.names = append(all.names, fn.Origin())
	}
	for i, a := range call.Args {
		if !f.isWhole(a, store) {
			continue
		}
		if fn == nil || fn.Pkg() == nil {
			all.doubt(call.Pos())
			continue
		}
		d := f.j.ownDecl(fn)
		if d == nil {
			if f.j.prog.Own(fn.Pkg().Path()) {
				all.doubt(call.Pos()) // a method of an interface, which may keep it
			}
			continue
		}
		params := parameters(d.Syntax.Type, d.Package.Info)
		if i = min(i, len(params)-1); i < 0 || params[i] == nil {
			continue
		}
		all.names = append(all.names, params[i])
		more = append(more, &program.Part{Package: d.Package, Decl: d.Syntax})
	}
	return more
}

func ofInterface(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && isInterface(recv.Type())
}

// returnsFrom is the function of the declaration that a statement returns from, nil for
// a literal.
func (f flow) returnsFrom(r *ast.ReturnStmt) types.Object {
	d, ok := f.decl.(*ast.FuncDecl)
	if !ok {
		return nil
	}
	in := false
	ast.Inspect(d, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		in = in || ok && lit.Pos() <= r.Pos() && r.Pos() < lit.End()
		return !in
	})
	if in {
		return nil
	}
	return f.pkg.Info.Defs[d.Name]
}

// fill is the key under which a node of the code puts something into a store, nil where
// it does not.
func (f flow) fill(n ast.Node, store types.Object) ast.Expr {
	switch n := n.(type) {
	case *ast.IndexExpr:
		if f.assigned(n) && f.j.storeIn(f.pkg.Info, n.X) == store {
			return n.Index
		}
	case *ast.SendStmt:
		if f.j.storeIn(f.pkg.Info, n.Chan) == store {
			return n.Value
		}
	case *ast.CallExpr:
		sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
		if !ok || !fills(sel.Sel.Name) || f.j.storeIn(f.pkg.Info, sel.X) != store {
			return nil
		}
		for _, a := range n.Args {
			if path, name := named(f.pkg.Info.TypeOf(a)); path != "context" || name != "Context" {
				return a
			}
		}
	}
	return nil
}

// hands are the other arguments of a call that is given a store, a map, and may put
// them there.
func (f flow) hands(n ast.Node, store types.Object) (others []ast.Expr) {
	call, ok := n.(*ast.CallExpr)
	if !ok || f.pkg.Info.Types[call.Fun].IsType() || f.pkg.Info.Types[call.Fun].IsBuiltin() {
		return nil
	}
	if fn, ok := variableOf(f.pkg.Info, call.Fun).(*types.Func); ok && !fillsGiven(fn) && !f.j.mayWrite(fn) {
		return nil
	}
	given := false
	for _, a := range call.Args {
		if f.isWhole(a, store) {
			given = true
		} else if f.pkg.Info.Types[a].Value == nil {
			others = append(others, a)
		}
	}
	if !given {
		return nil
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && f.pkg.Info.Selections[sel] != nil {
		others = append(others, sel.X)
	}
	return others
}

// assigned says whether an element is the destination of an assignment.
func (f flow) assigned(e *ast.IndexExpr) (found bool) {
	ast.Inspect(f.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			found = found || slices.ContainsFunc(n.Lhs, func(l ast.Expr) bool { return ast.Unparen(l) == e })
		case *ast.IncDecStmt:
			found = found || ast.Unparen(n.X) == e
		}
		return !found
	})
	return found
}

// shownBody says whether an expression reads the body of a request.
func shownBody(e ast.Expr) bool { return strings.Contains(types.ExprString(e), ".Body") }

// valuesSent says whether callers choose a value of a map, under whatever key.
func (j *Judge) valuesSent(store types.Object) bool {
	if store == nil || store.Pkg() == nil {
		return false
	}
	sent, known := j.sentValues[store]
	if known {
		return sent
	}
	j.sentValues[store] = false // while it is looked at
	for _, part := range j.speaksOf(store) {
		if sent || !j.prog.Reaches(part.Package.Path, store.Pkg().Path()) {
			continue
		}
		j.prog.Check(part)
		f := j.flowIn(part.Package, part.Decl)
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			for _, e := range f.putsValues(n, store) {
				sent = sent || len(f.chosenAt(e, n.Pos())) > 0
			}
			return !sent
		})
	}
	j.sentValues[store] = sent
	return sent
}

// putsValues are the texts that a node of the code puts into a store as values.
func (f flow) putsValues(n ast.Node, store types.Object) (values []ast.Expr) {
	info := f.pkg.Info
	add := func(e ast.Expr) {
		if t := info.TypeOf(e); t != nil && holdsText(t) {
			values = append(values, e)
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, l := range n.Lhs {
			if at, ok := ast.Unparen(l).(*ast.IndexExpr); ok && isMapType(info.TypeOf(at.X)) && f.j.storeIn(info, at.X) == store {
				add(rightOf(n, i))
			}
		}
	case *ast.CallExpr:
		sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
		if ok && len(n.Args) > 1 && fills(sel.Sel.Name) && f.j.storeIn(info, sel.X) == store {
			for _, a := range n.Args[1:] {
				add(a)
			}
		}
	}
	return values
}

// fillsGiven says whether a function of the standard library fills the store that it is
// given.
func fillsGiven(fn *types.Func) bool {
	switch fn.Name() {
	case "Copy", "Insert":
		return fn.Pkg() != nil && fn.Pkg().Path() == "maps"
	case "Unmarshal", "Decode", "Scan":
		return true
	}
	return false
}
