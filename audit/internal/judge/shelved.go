package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/authgen/authgen/audit/internal/program"
)

// A link may keep the request, or a part of it, where others find it: in a variable
// of a package, a field, a channel or a container. Whoever speaks of that place may
// then write the request, whether it runs behind the link or beside it. What is
// written there is not followed: that somebody writes is enough.

// shelve notes that a value goes to a place.
func (x *exec) shelve(fr *frame, st *state, place ast.Expr, v val) {
	if x.service != nil || fr.building || fr.dep {
		return
	}
	switch v.(type) {
	case nil, nilVal, *konst, *cond:
		return
	}
	if id, ok := ast.Unparen(place).(*ast.Ident); ok {
		if v, ok := fr.pkg.Info.ObjectOf(id).(*types.Var); !ok || !packageVar(v) && !outlasts(x.local(fr, v)) {
			return
		}
	}
	var r reached
	r.visit(x, st, v, 0)
	all := x.functionsIn(st, v)
	if !r.request && !r.state && len(all) == 0 || !x.lasts(fr, st, place) {
		return
	}
	for _, c := range all {
		if x.trust != nil && c.lit != nil {
			x.trust.kept[c.lit] = true
		}
	}
	x.entrusts(st, all, fr.site(place.Pos()), place.Pos())
	runs := slices.DeleteFunc(all, func(c *closure) bool { return !x.knowsRequest(st, c) })
	if slices.ContainsFunc(runs, func(c *closure) bool { return x.j.closureWrites(c) }) {
		mayHaveWritten(st) // whoever runs it
		return
	}
	if !r.request && !r.state {
		return
	}
	w := writing{request: true, state: true}
	if obj := x.j.placeOf(fr.pkg, place, maxTraced); obj != nil {
		if obj.Pkg() == nil || !x.j.prog.Own(obj.Pkg().Path()) {
			return
		}
		w = x.j.writesKept(obj)
	}
	if r.request && w.request || r.texts {
		mayHaveWritten(st)
	}
	if r.state && (w.request || w.state) {
		site := fr.site(place.Pos())
		st.keys.set(sent+site, v) // whoever comes to it may write it later
		x.unsettle(st, []val{v}, site, place.Pos())
	}
}

// shelves notes that a call of code which is not read puts its arguments into what it
// is a method of.
func (x *exec) shelves(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) {
	if fn == nil || fn.Pkg() == nil || x.j.prog.Own(fn.Pkg().Path()) {
		return
	}
	var place ast.Expr
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && fr.pkg.Info.Selections[sel] != nil {
		place = sel.X
	} else if path := fn.Pkg().Path(); slices.Contains([]string{"sync/atomic", "container/heap", "slices", "maps"}, path) && len(e.Args) > 0 {
		place = e.Args[0]
	}
	if place == nil || !slices.Contains(shelving, fn.Name()) {
		return
	}
	for _, v := range args {
		x.shelve(fr, st, &ast.StarExpr{Star: place.Pos(), X: place}, v)
		x.leavesTexts(fr, st, v)
	}
}

// shelving are methods that keep what they are given.
var shelving = []string{"Store", "LoadOrStore", "Swap", "CompareAndSwap", "Set", "SetDefault", "Put", "Add", "Push", "PushBack", "PushFront",
	"Insert", "InsertBefore", "InsertAfter", "Copy", "Enqueue", "Send", "StorePointer", "SwapPointer", "CompareAndSwapPointer"}

// functionsIn are the functions in a value.
func (x *exec) functionsIn(st *state, v val) (all []*closure) {
	st.eachIn(v, map[*cell]bool{}, 0, func(v val) {
		if c, ok := v.(*closure); ok {
			all = append(all, c)
		}
	})
	return all
}

// entrusts notes that others may run functions, which may write what they know from
// around them, or are bound to.
func (x *exec) entrusts(st *state, all []*closure, site string, pos token.Pos) {
	for _, c := range all {
		switch {
		case c.lit == nil:
			if c.recv != nil && x.j.alters(c) {
				x.unsettle(st, []val{c.recv}, site, pos)
			}
		case c.outer != nil && c.pkg != nil && x.j.alters(c):
			x.mayWriteAll(c.outer, st, c.lit)
		}
	}
}

// alters says whether a function may write what is not its own.
func (j *Judge) alters(c *closure) bool {
	if c.lit == nil {
		d := j.decl(c.fn)
		if d == nil || !d.Package.Own {
			return false
		}
		w := j.writingOf(c.fn)
		return w.state || w.unknown
	}
	d := j.readDeeds(c.pkg, c.lit, c.lit.Body, nil)
	return writesOut(c.pkg.Info, c.lit) || d.writing.state || d.writing.unknown || slices.ContainsFunc(d.calls, func(c calledFunc) bool {
		w := &writing{}
		if c.own {
			w = j.writingOf(c.fn)
		}
		return w.state || w.unknown
	})
}

// knowsRequest says whether a function knows a request from around it, or is bound to
// one.
func (x *exec) knowsRequest(st *state, c *closure) bool {
	var r reached
	r.visit(x, st, c.recv, 0)
	return r.request || c.lit != nil && capturesRequest(c)
}

// capturesRequest says whether a literal speaks of a request, or of a part of one, that
// is declared around it.
func capturesRequest(c *closure) (knows bool) {
	ast.Inspect(c.lit.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, ok := c.pkg.Info.Uses[id].(*types.Var)
			knows = knows || ok && !v.IsField() && !packageVar(v) && (v.Pos() < c.lit.Pos() || v.Pos() >= c.lit.End()) && leadsToRequest(v.Type(), 0)
		}
		return !knows
	})
	return knows
}

// leadsToRequest says whether values of a type have parts that are of a request.
func leadsToRequest(t types.Type, depth int) bool {
	if depth > 3 || ofRequest(t) {
		return depth <= 3
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return leadsToRequest(u.Elem(), depth)
	case *types.Slice:
		return leadsToRequest(u.Elem(), depth+1)
	case *types.Map:
		return leadsToRequest(u.Elem(), depth+1)
	case *types.Struct:
		for f := range u.Fields() {
			if leadsToRequest(f.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

// closureWrites says whether a function may write a request.
func (j *Judge) closureWrites(c *closure) bool {
	if c.lit == nil {
		if d := j.decl(c.fn); d == nil || !d.Package.Own {
			return !answering[c.fn.Name()] && (ofContext(c.fn) || writesHeader(c.fn.Name()))
		}
		w := j.writingOf(c.fn)
		return w.request || w.unknown
	}
	d := j.readDeeds(c.pkg, c.lit, c.lit.Body, nil)
	return d.writing.request || d.writing.unknown || slices.ContainsFunc(d.calls, func(c calledFunc) bool {
		if !c.own {
			return false
		}
		w := j.writingOf(c.fn)
		return w.request || w.unknown
	})
}

// ofContext says whether a function is a method of a context of gin or echo.
func ofContext(fn *types.Func) bool {
	r := fn.Signature().Recv()
	if r == nil {
		return false
	}
	path, _ := named(r.Type())
	return path == ginPath || path == echoPath
}

// lasts says whether what a place holds is found by others than the code that runs.
func (x *exec) lasts(fr *frame, st *state, place ast.Expr) bool {
	for e := place; ; {
		switch n := ast.Unparen(e).(type) {
		case *ast.IndexExpr:
			e = n.X
		case *ast.SliceExpr:
			e = n.X
		case *ast.StarExpr:
			e = n.X
		case *ast.UnaryExpr:
			e = n.X
		case *ast.TypeAssertExpr:
			e = n.X
		case *ast.SelectorExpr:
			if fr.pkg.Info.Selections[n] == nil {
				return true
			}
			e = n.X
		case *ast.Ident:
			v, ok := fr.pkg.Info.ObjectOf(n).(*types.Var)
			switch {
			case !ok:
				return false
			case packageVar(v):
				return true
			}
			c := x.local(fr, v)
			if outlasts(c) {
				return true
			}
			switch v := st.load(c).(type) {
			case *ptr:
				return v != nil && outlasts(v.to)
			case *sym:
				return v.kind == plain && n != place && !x.isMade(fr, n)
			}
			return false
		default:
			return true
		}
	}
}

// outlasts says whether a variable is none of the functions that serve a request.
func outlasts(c *cell) bool { return c.shared || c.built }

// declarationOf is the declaration of a package in which a place stands.
func declarationOf(pkg *program.Package, pos token.Pos) ast.Decl {
	for _, f := range pkg.Files {
		for _, d := range f.Decls {
			if pos >= d.Pos() && pos < d.End() {
				return d
			}
		}
	}
	return nil
}

// placeOf is the variable or field that a place is, nil where that is not known.
func (j *Judge) placeOf(pkg *program.Package, e ast.Expr, deep int) types.Object {
	for deep > 0 {
		switch n := ast.Unparen(e).(type) {
		case *ast.IndexExpr:
			e = n.X
		case *ast.SliceExpr:
			e = n.X
		case *ast.StarExpr:
			e = n.X
		case *ast.UnaryExpr:
			e = n.X
		case *ast.TypeAssertExpr:
			e = n.X
		case *ast.SelectorExpr:
			if v, ok := pkg.Info.Uses[n.Sel].(*types.Var); ok {
				return v.Origin()
			}
			return nil
		case *ast.Ident:
			v, ok := pkg.Info.ObjectOf(n).(*types.Var)
			if !ok {
				return nil
			}
			of := declarationOf(pkg, v.Pos())
			if packageVar(v) || of == nil {
				return v
			}
			w := &deedsWalk{j: j, pkg: pkg, of: of}
			for _, given := range w.given(v) {
				if obj := j.placeOf(pkg, given, deep-1); obj != nil {
					return obj
				}
			}
			if v.Kind() == types.ParamVar || v.Kind() == types.RecvVar {
				return nil
			}
			return v
		default:
			return nil
		}
	}
	return nil
}

// writesKept is what code writes of a request, or of what leads to one, that speaks of
// a place where it is kept, or of a function that yields what is there.
func (j *Judge) writesKept(place types.Object) (w writing) {
	if w, known := j.keptWrites[place]; known {
		return w
	}
	places := []types.Object{place}
	for i := 0; i < len(places) && !w.request; i++ {
		if len(places) > maxPlaces {
			w.request, w.state = true, true
			break
		}
		for _, part := range j.speakingOf(places[i]) {
			j.prog.Check(part)
			if !namesObject(part, places[i]) {
				continue
			}
			w.add(j.partWritesKept(part, places[i]))
			d, ok := part.Decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if fn, ok := part.Package.Info.Defs[d.Name].(*types.Func); ok && !slices.Contains(places, types.Object(fn)) {
				for v := range fn.Signature().Results().Variables() {
					if mayCarry(v.Type(), 0) && !ofHandler(v.Type()) {
						places = append(places, fn)
						break
					}
				}
			}
		}
	}
	j.keptWrites[place] = w
	return w
}

// maxPlaces bounds the functions that are looked at for what yields a kept request.
const maxPlaces = 20

// ofHandler says whether values of a type serve requests, and are none.
func ofHandler(t types.Type) bool { return isFunc(t) && ofFramework(t) || !isFunc(t) && serves(t) }

// speakingOf are the parts of the code that may speak of a variable, field or function.
func (j *Judge) speakingOf(obj types.Object) []*program.Part {
	v, isVar := obj.(*types.Var)
	switch {
	case obj.Pkg() == nil:
		return nil
	case obj.Parent() == obj.Pkg().Scope():
		return j.prog.Mentioning(obj.Pkg().Path(), obj.Name())
	case isVar && !v.IsField():
		for _, part := range j.prog.Parts() {
			if obj.Pos() >= part.Decl.Pos() && obj.Pos() < part.Decl.End() {
				return []*program.Part{part}
			}
		}
		return nil
	}
	return j.prog.Mentioning("", obj.Name())
}

func namesObject(part *program.Part, obj types.Object) (found bool) {
	ast.Inspect(part.Decl, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			switch used := part.Package.Info.ObjectOf(id).(type) {
			case *types.Var:
				found = found || types.Object(used.Origin()) == obj
			case *types.Func:
				found = found || types.Object(used.Origin()) == obj
			}
		}
		return !found
	})
	return found
}

// partWritesKept is what a part of the code writes of what is kept in a place, itself or
// by functions that it gives that.
func (j *Judge) partWritesKept(part *program.Part, place types.Object) *writing {
	all := &writing{request: j.readDeeds(part.Package, part.Decl, part.Decl, place).kept}
	w := &deedsWalk{j: j, pkg: part.Package, of: part.Decl, place: place}
	ast.Inspect(part.Decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				if sel, ok := ast.Unparen(l).(*ast.SelectorExpr); ok && !all.state {
					all.state = w.fromPlace(sel.X, maxTraced)
				}
			}
		case *ast.CallExpr:
			fn, ok := typeutil.Callee(part.Package.Info, n).(*types.Func)
			if !ok || fn.Pkg() == nil || !j.prog.Own(fn.Pkg().Path()) || !w.givesKept(n) {
				break
			}
			if r := fn.Signature().Recv(); r != nil && types.IsInterface(r.Type()) {
				all.request, all.state = true, true
				break
			}
			did := j.writingOf(fn)
			all.request, all.state = all.request || did.request || did.unknown, all.state || did.state
		}
		return true
	})
	return all
}
