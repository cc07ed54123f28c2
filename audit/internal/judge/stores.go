package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// What is filled while requests are served, such as a cache of tokens that were
// verified, proves of whoever is found in it what those have proved who were put there.
// That is known only at the end of a link, which may look first and fill then: where
// somebody fills it who has proved nothing, the link is run again, and finding somebody
// there proves nothing for sure.

// trust is what a run of a link has to do with such stores.
type trust struct {
	put, asked map[string]bool       // credentials that nobody has verified, as puts names them
	proven     map[token.Pos]bool    // where something was put, or a function called that does: always behind a proof
	relied     map[types.Object]bool // in which a credential was found
	lost       map[string]bool       // of asked and relied, what earlier runs have shown to be filled by anybody
	never      map[types.Object]bool
}

func newTrust() *trust {
	t := &trust{lost: map[string]bool{}, never: map[types.Object]bool{}}
	t.begin()
	return t
}

func (t *trust) begin() {
	t.put, t.asked = map[string]bool{}, map[string]bool{}
	t.proven, t.relied = map[token.Pos]bool{}, map[types.Object]bool{}
}

// fails says whether a run relied on what anybody fills, as was not known before.
func (t *trust) fails(j *Judge) bool {
	before := len(t.lost) + len(t.never)
	for name := range t.asked {
		if t.put[name] {
			t.lost[name] = true
		}
	}
	for obj := range t.relied {
		if j.open[obj] || slices.ContainsFunc(j.fillsOf(obj), func(at token.Pos) bool { return !t.proven[at] }) {
			t.never[obj] = true
		}
	}
	return len(t.lost)+len(t.never) > before
}

// filled notes that something is put into a store under a key. Of is the store in the
// code, nil where it is none of the program's own.
func (x *exec) filled(fr *frame, st *state, at token.Pos, of ast.Expr, store string, keys []val) {
	t := x.trust
	if t == nil {
		return
	}
	visit := func(at token.Pos) {
		always, known := t.proven[at]
		t.proven[at] = st.proof == sure && (always || !known)
	}
	visit(at)
	for f := fr; f != nil; f = f.caller {
		if f.at.IsValid() {
			visit(f.at)
		}
	}
	if st.proof == sure {
		return
	}
	if obj := x.j.storeIn(fr.pkg.Info, of); obj != nil {
		x.j.open[obj] = true // whoever comes here is found there, under a key that he may be told
	}
	for _, key := range x.raw(st, keys) {
		t.put[store+"|"+key] = true
	}
}

// filledBy is filled for a call of a method of a store.
func (x *exec) filledBy(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) {
	if fn != nil && (fills(fn.Name()) || executes(fn, args)) {
		x.filled(fr, st, e.Pos(), x.j.storeOf(e, fn), storageOf(fn), args)
	}
}

// fills says whether a method of a name puts what it is given into a store.
func fills(name string) bool {
	return inserts(name) || has(split(name), "swap", "compute", "replace", "update")
}

// trusts says whether what is found in a store under a credential was put there behind
// a proof. Of is the store in the code, nil where it is none of the program's own.
func (x *exec) trusts(fr *frame, st *state, of ast.Expr, store string, keys []val) bool {
	t, ok := x.trust, true
	for _, key := range x.raw(st, keys) {
		if t == nil {
			continue
		}
		t.asked[store+"|"+key] = true
		ok = ok && !t.lost[store+"|"+key]
	}
	obj := x.j.storeIn(fr.pkg.Info, of)
	switch {
	case obj == nil:
	case t == nil:
		ok = ok && len(x.j.fillsOf(obj)) == 0
	default:
		t.relied[obj] = true
		ok = ok && !t.never[obj]
	}
	return ok
}

// trustsCall is trusts for a call that looks something up.
func (x *exec) trustsCall(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) bool {
	if fn == nil {
		return true
	}
	of := x.j.storeOf(e, fn)
	if of != nil {
		if id := lastIdent(of); id != nil && negWords(id.Name) {
			return false
		}
	}
	return x.trusts(fr, st, of, storageOf(fn), args)
}

// storeOf is the store of which a call is a method, nil where it is none.
func (j *Judge) storeOf(e *ast.CallExpr, fn *types.Func) ast.Expr {
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && j.keepsKeys(fn) {
		return sel.X
	}
	return nil
}

// keepsKeys says whether a function is a method of what keeps values in memory under
// keys, as a map does.
func (j *Judge) keepsKeys(fn *types.Func) bool {
	if fn.Pkg() == nil || fn.Signature().Recv() == nil {
		return false
	}
	if fn.Pkg().Path() == "sync" {
		return recvTypeName(fn) == "Map"
	}
	l, _ := libraryOf(fn.Pkg().Path())
	return l.keeps
}

// mapName is what puts calls a map.
func (j *Judge) mapName(info *types.Info, e ast.Expr) string {
	if obj := j.storeIn(info, e); obj != nil {
		return "map " + called(obj)
	}
	return "map " + typeName(info.TypeOf(e))
}

// storeIn is the variable or field that an expression is, nil where it is none.
func (j *Judge) storeIn(info *types.Info, e ast.Expr) types.Object {
	if e == nil {
		return nil
	}
	e = ast.Unparen(e)
	switch s := e.(type) {
	case *ast.StarExpr:
		e = s.X
	case *ast.IndexExpr: // of a store of stores
		return j.storeIn(info, s.X)
	}
	v, _ := variableOf(info, e).(*types.Var)
	if v == nil || v.Pkg() == nil || !j.prog.Own(v.Pkg().Path()) {
		return nil
	}
	return v.Origin()
}

// fillsOf are the places where a store gets something under a key that a caller
// chooses, as far as the code shows: where it is put there, or where a function that
// puts it is given what the caller sent.
func (j *Judge) fillsOf(obj types.Object) []token.Pos {
	if at, known := j.fills[obj]; known {
		return at
	}
	var at []token.Pos
	v := obj.(*types.Var)
	local := !v.IsField() && v.Parent() != v.Pkg().Scope()
	parts := j.prog.Mentioning(v.Pkg().Path(), v.Name())
	if v.IsField() {
		parts = j.prog.Mentioning("", v.Name())
	} else if local {
		parts = j.prog.Parts()
	}
	for _, part := range parts {
		if local && (v.Pos() < part.Decl.Pos() || v.Pos() >= part.Decl.End()) || !j.prog.Reaches(part.Package.Path, v.Pkg().Path()) {
			continue
		}
		j.prog.Check(part)
		f := flow{j: j, pkg: part.Package, decl: part.Decl}
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			if key := f.fill(n, obj); key != nil {
				at = append(at, f.chosenAt(key, n.Pos(), 0)...)
			}
			return true
		})
	}
	j.fills[obj] = at
	return at
}

// fill is the key under which a node of the code puts something into a store, nil where
// it does not.
func (f flow) fill(n ast.Node, store types.Object) ast.Expr {
	switch n := n.(type) {
	case *ast.IndexExpr:
		if f.assigned(n) && f.is(n.X, store) {
			return n.Index
		}
	case *ast.CallExpr:
		sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
		if !ok || !fills(sel.Sel.Name) || !f.is(sel.X, store) {
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

// is says whether an expression is a store, or a variable that is given it.
func (f flow) is(e ast.Expr, store types.Object) bool {
	if f.j.storeIn(f.pkg.Info, e) == store {
		return true
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && slices.ContainsFunc(f.given(f.pkg.Info.Uses[id]), func(e ast.Expr) bool {
		if u, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && u.Op == token.AND {
			e = u.X
		}
		return f.j.storeIn(f.pkg.Info, e) == store
	})
}

// shownBody says whether an expression reads the body of a request.
func shownBody(e ast.Expr) bool { return strings.Contains(types.ExprString(e), ".Body") }
