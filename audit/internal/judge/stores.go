package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
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
	within     map[token.Pos]bool    // of these, where the function around it has made that proof itself
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
	t.proven, t.within, t.relied = map[token.Pos]bool{}, map[token.Pos]bool{}, map[types.Object]bool{}
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
		if j.open[obj] || slices.ContainsFunc(j.fillsOf(obj), t.unproven) {
			t.never[obj] = true
		} else {
			j.relied[obj] = true
		}
	}
	return len(t.lost)+len(t.never) > before
}

// unproven says whether a way on which a store is filled may be taken without a proof: it
// has to be there at the end of the way, or in one of the functions on it, which prove it
// for whoever calls them.
func (t *trust) unproven(way []token.Pos) bool {
	return !t.proven[way[len(way)-1]] && !slices.ContainsFunc(way, func(at token.Pos) bool { return t.within[at] && t.proven[at] })
}

// Settled reports whether all stores that chains relied on are still known as filled
// behind proofs alone. Otherwise what was judged is forgotten, to be judged again: a link
// that was read later fills one for anybody.
func (j *Judge) Settled() bool {
	for obj := range j.relied {
		if j.open[obj] {
			clear(j.relied)
			clear(j.runs)
			clear(j.links)
			return false
		}
	}
	return true
}

// filled notes that something is put into a store under a key. Of is the store in the
// code, nil where it is none of the program's own.
func (x *exec) filled(fr *frame, st *state, at token.Pos, of ast.Expr, store string, keys []val) {
	t := x.trust
	if t == nil {
		return
	}
	visit := func(at token.Pos, in *frame) {
		always, known := t.proven[at]
		t.proven[at] = st.proof == sure && (always || !known)
		if in != nil && !in.proven && !switched(in.sig) {
			t.within[at] = true
		}
	}
	visit(at, fr)
	for f := fr; f != nil; f = f.caller {
		if f.at.IsValid() {
			visit(f.at, f.caller)
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

// switched says whether a function may check some of its callers only: whether it is
// given more than a request, a context and one text, of which any may be what to check.
func switched(sig *types.Signature) bool {
	if sig == nil {
		return true
	}
	texts := 0
	for p := range sig.Params().Variables() {
		switch path, _ := named(p.Type()); path {
		case "context", "net/http", ginPath, echoPath:
			continue
		}
		if b, ok := p.Type().Underlying().(*types.Basic); !ok || b.Info()&types.IsString == 0 {
			return true
		}
		texts++
	}
	return texts > 1
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
		return "map " + obj.Pkg().Path() + "." + obj.Name() + itoa(int(obj.Pos()))
	}
	return "map " + typeName(info.TypeOf(e))
}

// storeIn is what stands for the store that an expression is: its type, if that is one of
// the module's own, or the variable or field; nil where it is none of the program's.
func (j *Judge) storeIn(info *types.Info, e ast.Expr) types.Object {
	if e == nil {
		return nil
	}
	e = ast.Unparen(e)
	switch s := e.(type) {
	case *ast.StarExpr:
		return j.storeIn(info, s.X)
	case *ast.UnaryExpr:
		if s.Op == token.AND {
			return j.storeIn(info, s.X)
		}
	case *ast.IndexExpr: // of a store of stores
		return j.storeIn(info, s.X)
	}
	if t := j.ownType(info.TypeOf(e)); t != nil {
		return t
	}
	v, _ := variableOf(info, e).(*types.Var)
	if v == nil || v.Pkg() == nil || !j.prog.Own(v.Pkg().Path()) {
		return nil
	}
	if v = v.Origin(); v.IsField() || v.Parent() == v.Pkg().Scope() {
		return v
	}
	return j.origin(v)
}

// ownType is the name of a type of the module, or of what a pointer leads to.
func (j *Judge) ownType(t types.Type) *types.TypeName {
	if t == nil {
		return nil
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil || !j.prog.Own(n.Obj().Pkg().Path()) || isInterface(n) {
		return nil
	}
	return n.Origin().Obj()
}

// origin is the store that a variable of a function is given, or functions that call it
// with one; itself if there is none, or if there are several, see mayStand.
func (j *Judge) origin(v *types.Var) types.Object {
	if of, known := j.origins[v]; known {
		return of
	}
	j.origins[v] = v // while it is looked for
	var of types.Object
	for _, part := range j.prog.Parts() {
		if v.Pos() < part.Decl.Pos() || v.Pos() >= part.Decl.End() {
			continue
		}
		f := j.flowIn(part.Package, part.Decl)
		for _, e := range f.given(v) {
			if of == nil {
				of = j.storeIn(part.Package.Info, e)
			}
		}
		if d, ok := part.Decl.(*ast.FuncDecl); ok && of == nil {
			if i := slices.Index(parameters(d.Type, part.Package.Info), v); i >= 0 {
				f.callers(d, func(in flow, call *ast.CallExpr) {
					if i >= len(call.Args) {
						return
					}
					if given := j.storeIn(in.pkg.Info, call.Args[i]); given != nil && !slices.Contains(j.mayStand[v], given) {
						j.mayStand[v] = append(j.mayStand[v], given)
					}
				})
				if len(j.mayStand[v]) == 1 {
					of = j.mayStand[v][0]
				}
			}
		}
		break
	}
	if of != nil {
		j.origins[v] = of
	}
	return j.origins[v]
}

// speaksOf are the parts of the code that may speak of a store.
func (j *Judge) speaksOf(store types.Object) []*program.Part {
	path := store.Pkg().Path()
	v, isVar := store.(*types.Var)
	switch {
	case !isVar: // what is declared of the type, and its methods
		parts := j.prog.Mentioning(path, store.Name())
		for _, pkg := range j.prog.Packages {
			scope := pkg.Types.Scope()
			for _, name := range scope.Names() {
				switch obj := scope.Lookup(name).(type) {
				case *types.Var:
					if j.ownType(obj.Type()) == store {
						parts = append(parts, j.prog.Mentioning(pkg.Path, name)...)
					}
				case *types.TypeName:
					s, ok := obj.Type().Underlying().(*types.Struct)
					for i := 0; ok && i < s.NumFields(); i++ {
						if j.ownType(s.Field(i).Type()) == store {
							parts = append(parts, j.prog.Mentioning("", s.Field(i).Name())...)
						}
					}
				}
			}
		}
		return parts
	case v.IsField():
		return j.prog.Mentioning("", v.Name())
	case v.Parent() == v.Pkg().Scope():
		return j.prog.Mentioning(path, v.Name())
	}
	for _, part := range j.prog.Parts() {
		if part.Decl.Pos() <= v.Pos() && v.Pos() < part.Decl.End() {
			return []*program.Part{part}
		}
	}
	return nil
}

// fillsOf are the ways on which a store gets something under a key that a caller
// chooses, as far as the code shows: where it is put there, or where a function that
// puts it is given what the caller sent.
func (j *Judge) fillsOf(obj types.Object) [][]token.Pos {
	if at, known := j.fills[obj]; known {
		return at
	}
	var at [][]token.Pos
	seen := map[*program.Part]bool{}
	for _, part := range j.speaksOf(obj) {
		if seen[part] || !j.prog.Reaches(part.Package.Path, obj.Pkg().Path()) {
			continue
		}
		seen[part] = true
		j.prog.Check(part)
		f := j.flowIn(part.Package, part.Decl)
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			if key := f.fill(n, obj); key != nil {
				at = append(at, f.chosenAt(key, n.Pos())...)
			}
			for _, key := range f.hands(n, obj) {
				at = append(at, f.chosenAt(key, n.Pos())...)
			}
			return true
		})
	}
	j.fills[obj] = at // while others are looked at
	if v, ok := obj.(*types.Var); ok && len(j.mayStand[v]) > 1 {
		for _, other := range j.mayStand[v] {
			at = append(at, j.fillsOf(other)...)
		}
		j.fills[obj] = at
	}
	return at
}

// fill is the key under which a node of the code puts something into a store, nil where
// it does not.
func (f flow) fill(n ast.Node, store types.Object) ast.Expr {
	switch n := n.(type) {
	case *ast.IndexExpr:
		if f.assigned(n) && f.j.storeIn(f.pkg.Info, n.X) == store {
			return n.Index
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
	if fn, ok := variableOf(f.pkg.Info, call.Fun).(*types.Func); ok && fn.FullName() != "maps.Copy" && !f.j.mayWrite(fn) {
		return nil
	}
	given := false
	for _, a := range call.Args {
		if isMapType(f.pkg.Info.TypeOf(a)) && f.j.storeIn(f.pkg.Info, a) == store {
			given = true
		} else {
			others = append(others, a)
		}
	}
	if !given {
		return nil
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
