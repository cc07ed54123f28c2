package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
)

// What a link hands to code that is not read may have methods of the module, and
// that code runs them: String of what it prints, Less of what it sorts, Write of
// where it writes to. What they may write is not known from there on.

// runByOthers are the methods that the standard library asks values for.
var runByOthers = map[string]bool{
	"String": true, "Error": true, "GoString": true, "Format": true, "LogValue": true, "Scan": true, // fmt, log, slog, database/sql
	"Is": true, "As": true, "Unwrap": true, "Timeout": true, "Temporary": true,
	"Len": true, "Less": true, "Swap": true, "Push": true, "Pop": true,
	"Write": true, "WriteString": true, "WriteByte": true, "WriteTo": true, "WriteAt": true, "Read": true, "ReadByte": true, "ReadRune": true, "UnreadRune": true,
	"ReadFrom": true, "ReadAt": true, "Seek": true, "Close": true, "Flush": true, "Header": true, "WriteHeader": true,
	"MarshalJSON": true, "UnmarshalJSON": true, "MarshalJSONTo": true, "UnmarshalJSONFrom": true, "MarshalText": true, "UnmarshalText": true, "AppendText": true,
	"MarshalBinary": true, "UnmarshalBinary": true, "AppendBinary": true, "MarshalXML": true, "UnmarshalXML": true, "MarshalXMLAttr": true, "UnmarshalXMLAttr": true,
	"GobEncode": true, "GobDecode": true, "MarshalYAML": true, "UnmarshalYAML": true, "MarshalLogObject": true, "MarshalZerologObject": true, "IsZero": true,
	"Value": true, "Set": true, "Get": true, "IsBoolFlag": true, "Deadline": true, "Done": true, "Err": true, "Lock": true, "Unlock": true,
	"ServeHTTP": true, "RoundTrip": true, "Cookies": true, "SetCookies": true, "Open": true, "Enabled": true, "Handle": true, "WithAttrs": true, "WithGroup": true,
	"Int63": true, "Uint64": true, "Seed": true, "Sum": true, "Reset": true, "Size": true, "BlockSize": true,
}

// runsMethods notes what methods of values may write that a call hands to code which
// is not read.
func (x *exec) runsMethods(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) {
	if x.service != nil || fn.Pkg() != nil && x.j.prog.Own(fn.Pkg().Path()) {
		return
	}
	vals := args
	if r := fn.Signature().Recv(); r != nil && (fn.Pkg() == nil || !types.IsInterface(r.Type())) {
		vals = append(args[:len(args):len(args)], recv)
	}
	w := x.methodsOf(st, vals, isTemplate(fn))
	if *w == (writing{}) && !isTemplate(fn) {
		return
	}
	var r reached
	for _, v := range vals {
		r.visit(x, st, v, 0)
	}
	if r.request && (w.request || w.unknown || isTemplate(fn)) { // a template may run those of the request itself
		mayHaveWritten(st)
	}
	if r.state && (w.state || w.unknown) {
		x.unsettle(st, vals, fr.site(e.Pos()), e.Pos())
	}
	if w.vars || w.state || w.unknown {
		x.unsettleShared(fr, st, e)
	}
}

// throughInterfaces is what methods of values may write that a function of the module
// runs through interfaces which others declare.
func (x *exec) throughInterfaces(st *state, fn *types.Func, args []val) *writing {
	var vals []val
	params := fn.Signature().Params()
	for i, v := range args {
		if t := params.At(min(i, params.Len()-1)).Type(); isInterface(t) || fn.Signature().Variadic() && i >= params.Len()-1 && isInterface(elemType(t)) {
			vals = append(vals, v)
		}
	}
	return x.methodsOf(st, vals, false)
}

// lendsMethods notes what methods of a value may write that goes to where others run
// them: the body of a request, the writer of a response.
func (x *exec) lendsMethods(st *state, v val) {
	if x.service != nil {
		return
	}
	x.handsFunctions(st, v)
	var r reached
	if r.visit(x, st, v, 0); !r.request {
		return
	}
	if w := x.methodsOf(st, []val{v}, false); w.request || w.unknown {
		mayHaveWritten(st)
	}
}

// handsFunctions notes what functions in a value may write of the request that they know,
// where it is not followed who runs them.
func (x *exec) handsFunctions(st *state, v val) {
	switch v.(type) {
	case *closure, *strct, *ptr, *list, *anyVal:
	default:
		return
	}
	if x.service == nil && slices.ContainsFunc(x.functionsIn(st, v), func(c *closure) bool { return x.knowsRequest(st, c) && x.j.closureWrites(c) }) {
		mayHaveWritten(st)
		st.open = true
	}
}

// isTemplate says whether a function may run any method, by its name.
func isTemplate(fn *types.Func) bool {
	return fn.Pkg() != nil && (fn.Pkg().Path() == "text/template" || fn.Pkg().Path() == "html/template")
}

// methodsOf is what the methods of values, and of what they lead to, may write.
func (x *exec) methodsOf(st *state, vals []val, any bool) *writing {
	w := &writing{}
	seen := map[*cell]bool{}
	for _, v := range vals {
		st.eachIn(v, seen, 0, func(v val) {
			var t types.Type
			switch v := v.(type) {
			case *ptr:
				if s, ok := x.loadPtr(st, v).(*strct); ok && s.typ != nil {
					t = x.j.pointerTo(s.typ)
				}
			case *strct:
				t = v.typ
			case *closure:
				t = v.typ
			case *list:
				t = v.typ
			case *sym:
				if v.kind == plain {
					t = v.typ
				}
			}
			if t != nil {
				w.add(x.j.methodsWriting(t, any))
			}
		})
	}
	return w
}

// eachIn visits a value and those that it leads to.
func (st *state) eachIn(v val, seen map[*cell]bool, depth int, visit func(val)) {
	if depth > 6 || v == nil {
		return
	}
	switch v.(type) {
	case *konst, nilVal:
		return
	}
	visit(v)
	in := func(v val) { st.eachIn(v, seen, depth+1, visit) }
	switch v := v.(type) {
	case *ptr:
		if v == nil || seen[v.to] {
			return
		}
		seen[v.to] = true
		in(st.load(v.to))
	case *strct:
		for _, name := range sortedKeys(v.f) {
			in(v.f[name])
		}
	case *list:
		for _, e := range v.elems {
			in(e)
		}
	case *closure:
		in(v.recv)
	case *anyVal:
		for _, o := range v.of {
			in(o)
		}
	case *sym:
		if v.inside != nil {
			in(v.inside)
		}
		for _, h := range v.held {
			in(h)
		}
		for c := v.ctx; c != nil; c = c.parent {
			in(c.v)
		}
	}
}

// methodsWriting is what methods of a type, and of its fields, write that others run.
func (j *Judge) methodsWriting(t types.Type, any bool) *writing {
	key := methodsOf{t, any}
	w := j.methodWrites[key]
	if w == nil {
		w = &writing{}
		for _, fn := range j.lent(t, any) {
			w.add(j.writingOf(fn))
		}
		j.methodWrites[key] = w
	}
	return w
}

// pointerTo is the type of pointers to a type, the same each time: what is known of
// it is kept by its identity.
func (j *Judge) pointerTo(t types.Type) types.Type {
	p := j.pointers[t]
	if p == nil {
		p = types.NewPointer(t)
		j.pointers[t] = p
	}
	return p
}

// methodsOf asks for the methods of a type that others run; any: for all.
type methodsOf struct {
	typ types.Type
	any bool
}

// lent are the methods of the module that code may run which is given a value of a
// type.
func (j *Judge) lent(t types.Type, any bool) []*types.Func {
	switch types.Unalias(t).(type) {
	case *types.Basic, *types.Interface, *types.Signature, nil:
		return nil
	}
	key := methodsOf{t, any}
	all, known := j.lentMethods[key]
	if !known {
		j.addMethods(&all, t, any, map[types.Type]bool{}, 0)
		j.lentMethods[key] = all
	}
	return all
}

func (j *Judge) addMethods(all *[]*types.Func, t types.Type, any bool, seen map[types.Type]bool, depth int) {
	if depth > 4 || seen[t] {
		return
	}
	seen[t] = true
	n, ok := types.Unalias(t).(*types.Named)
	if p, isPtr := types.Unalias(t).(*types.Pointer); isPtr {
		n, ok = types.Unalias(p.Elem()).(*types.Named)
	}
	if ok {
		if n.Obj().Pkg() == nil || !j.prog.Own(n.Obj().Pkg().Path()) || types.IsInterface(n) {
			return
		}
		*all = append(*all, j.methodsRun(t, any)...)
	}
	part := func(t types.Type) { j.addMethods(all, t, any, seen, depth+1) }
	fields := func(s *types.Struct) {
		for f := range s.Fields() {
			part(f.Type())
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		if s, ok := u.Elem().Underlying().(*types.Struct); ok {
			fields(s)
		}
	case *types.Struct:
		fields(u)
	case *types.Slice:
		part(u.Elem())
	case *types.Array:
		part(u.Elem())
	case *types.Map:
		part(u.Key())
		part(u.Elem())
	}
}

// methodsRun are the methods of the module that a type has and others run; any: all.
func (j *Judge) methodsRun(t types.Type, any bool) (all []*types.Func) {
	for m := range types.NewMethodSet(t).Methods() {
		fn, ok := m.Obj().(*types.Func)
		if !ok || fn.Pkg() == nil || !j.prog.Own(fn.Pkg().Path()) || !fn.Exported() || !any && !runByOthers[fn.Name()] || types.IsInterface(fn.Signature().Recv().Type()) {
			continue
		}
		all = append(all, fn.Origin())
	}
	return all
}

// makes notes the methods of a value that a body makes: whoever it comes to may run them
// through an interface that the standard library declares.
func (w *deedsWalk) makes(t types.Type) {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil || !w.j.prog.Own(n.Obj().Pkg().Path()) || types.IsInterface(n) {
		return
	}
	for _, m := range w.j.methodsRun(w.j.pointerTo(n), false) {
		w.d.calls = append(w.d.calls, calledFunc{fn: m, own: true, lit: w.lit})
	}
}

// lends notes the methods that a call may run of what it hands to code that is not
// read.
func (w *deedsWalk) lends(e *ast.CallExpr, fn *types.Func) {
	lend := func(a ast.Expr) {
		for _, m := range w.j.lent(w.typeOf(a), isTemplate(fn)) {
			w.d.calls = append(w.d.calls, calledFunc{fn: m, own: true, lit: w.lit})
		}
	}
	for _, a := range e.Args {
		lend(a)
	}
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && w.pkg.Info.Selections[sel] != nil {
		lend(sel.X)
	}
}

// keepsMethods are the values of which a call that is not read may run methods later,
// on what it yields.
func (x *exec) keepsMethods(st *state, fn *types.Func, args []val) (all []val) {
	if fn == nil || x.service != nil {
		return nil
	}
	for _, v := range args {
		if *x.methodsOf(st, []val{v}, isTemplate(fn)) != (writing{}) {
			all = append(all, v)
		}
	}
	return all
}

// unsettle makes unknown what variables hold that values lead to.
func (x *exec) unsettle(st *state, vals []val, site string, pos token.Pos) {
	seen := map[*cell]bool{}
	var all []*cell
	for _, v := range vals {
		st.eachIn(v, seen, 0, func(val) {})
	}
	for c := range st.mem.all() {
		if seen[c] {
			all = append(all, c)
		}
	}
	for _, c := range all {
		st.mem.set(c, x.unsettled(st, st.load(c), site+c.id, c.name, pos))
	}
}

// unsettled is a value of which data that it holds may have been written.
func (x *exec) unsettled(st *state, v val, key, name string, pos token.Pos) val {
	s, ok := v.(*strct)
	if !ok {
		if l, ok := v.(*list); ok {
			n := *l
			n.elems = make([]val, len(l.elems))
			for i, e := range l.elems {
				n.elems[i] = x.unsettled(st, e, key+elementNamed(i), name, pos)
			}
			return &n
		}
		if _, compared := v.(*cond); compared || isData(v) {
			return x.oneOfBoth(st, v, nil, key, name, pos)
		}
		return v
	}
	n := *s
	n.f = maps.Clone(s.f)
	if n.f == nil {
		n.f = map[string]val{}
	}
	if s.typ != nil && s.w == nil && s.sym == nil {
		if t, ok := s.typ.Underlying().(*types.Struct); ok {
			for f := range t.Fields() {
				if _, set := n.f[f.Name()]; !set {
					n.f[f.Name()] = x.zero(f.Type())
				}
			}
		}
	}
	for name, e := range n.f {
		n.f[name] = x.unsettled(st, e, key+"."+name, name, pos)
	}
	return &n
}

// unsettleShared makes unknown what variables hold that code comes to which is not
// given them.
func (x *exec) unsettleShared(fr *frame, st *state, e *ast.CallExpr) {
	for c, old := range st.mem.all() {
		if s, ok := old.(*sym); c.shared && (!ok || s.kind == plain) {
			st.mem.set(c, &sym{key: "undecided:" + fr.site(e.Pos()) + c.id, t: taintOf(old) | tMaybe, text: exprText(e), pos: e.Pos()})
		}
	}
}
