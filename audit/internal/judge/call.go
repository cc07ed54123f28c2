package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"
)

func (x *exec) call(fr *frame, st *state, e *ast.CallExpr) []ev {
	info := fr.pkg.Info
	if tv, ok := info.Types[e.Fun]; ok && tv.IsType() && len(e.Args) == 1 {
		rs := x.eval(fr, st, e.Args[0])
		if n, ok := types.Unalias(tv.Type).(*types.Named); ok && n.NumMethods() > 0 && isFunc(n) && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() != "net/http" {
			for i, r := range rs {
				if c, ok := r.v.(*closure); ok {
					d := *c
					d.typ = n
					rs[i].v = &d
				}
			}
		}
		return rs
	}
	if b, ok := typeutil.Callee(info, e).(*types.Builtin); ok {
		return x.builtin(fr, st, e, b.Name())
	}
	var all []ev
	for _, f := range x.callee(fr, st, e) {
		for _, a := range x.evals(fr, f.st, e.Args) {
			all = append(all, x.apply(fr, a.st, e, f.v, a.vs)...)
		}
	}
	return x.mergeEvs(all)
}

func (x *exec) mergeEvs(all []ev) []ev {
	return merge(all, func(r ev) *state { return r.st }, func(r ev) uint64 { return hashOf(r.v) })
}

func (x *exec) callee(fr *frame, st *state, e *ast.CallExpr) []ev {
	return x.eval(fr, st, e.Fun)
}

func (x *exec) builtin(fr *frame, st *state, e *ast.CallExpr, name string) []ev {
	switch name {
	case "recover":
		if st.panics {
			st.panics = false
			return one(st, &sym{key: "recovered", nonNil: true, text: "recover()"})
		}
		return one(st, nilVal{})
	case "new":
		c := x.cell(fr.key + "/new" + fr.round + itoa(int(e.Pos())))
		st.mem[c] = x.zero(fr.typeOf(e.Args[0]))
		return one(st, &ptr{to: c})
	case "make":
		t := fr.typeOf(e)
		if _, ok := t.Underlying().(*types.Slice); ok {
			return one(st, &list{typ: t, open: &sym{key: "made:" + fr.site(e.Pos())}})
		}
		return one(st, &sym{key: "made:" + fr.site(e.Pos()), typ: t, text: exprText(e), nonNil: true})
	}
	var all []ev
	for _, a := range x.evals(fr, st, e.Args) {
		switch name {
		case "panic":
			a.st.panics = true
			fr.panicked = append(fr.panicked, a.st)
			continue
		case "len":
			all = append(all, ev{a.st, x.length(a.st, a.vs[0], exprText(e), e.Pos())})
		case "append":
			all = append(all, ev{a.st, appended(fr.site(e.Pos()), a.vs, e.Ellipsis.IsValid())})
		default:
			var t taint
			for _, v := range a.vs {
				t |= taintOf(v)
			}
			all = append(all, ev{a.st, &sym{key: "b:" + fr.site(e.Pos()), t: t, text: exprText(e), typ: fr.typeOf(e)}})
		}
	}
	return all
}

func (x *exec) length(st *state, v val, text string, pos token.Pos) val {
	v = x.deref(st, v)
	switch v := v.(type) {
	case *konst:
		if s, ok := str(v); ok {
			return &konst{intConst(len(s))}
		}
	case nilVal:
		return &konst{intConst(0)}
	case *list:
		if v.open == nil {
			return &konst{intConst(len(v.elems))}
		}
	case *sym:
		return &sym{key: "len:" + v.key, t: v.t, onTrue: v.onTrue, text: text, pos: pos, typ: types.Typ[types.Int]}
	}
	return &sym{key: "len:" + keyOf(v), t: taintOf(v), onTrue: levelOf(v), text: text, pos: pos, typ: types.Typ[types.Int]}
}

func appended(site string, vs []val, spread bool) val {
	var l *list
	switch v := vs[0].(type) {
	case nilVal:
		l = &list{}
	case *list:
		l = &list{typ: v.typ, elems: v.elems[:len(v.elems):len(v.elems)], open: v.open}
	default:
		l = &list{open: &sym{key: "app:" + keyOf(v), t: taintOf(v), onTrue: none}}
	}
	for i, v := range vs[1:] {
		if spread && i == len(vs)-2 {
			if more, ok := v.(*list); ok {
				l.elems = append(l.elems, more.elems...)
				if more.open == nil {
					continue
				}
			}
		}
		if l.open != nil || spread || len(l.elems) > 16 {
			o := &sym{key: "app:" + site, t: taintOf(v)}
			if l.open != nil {
				o.t |= l.open.t
			}
			l.open = o
			continue
		}
		l.elems = append(l.elems, v)
	}
	return l
}

// apply calls a function value.
func (x *exec) apply(fr *frame, st *state, e *ast.CallExpr, f val, args []val) []ev {
	switch f := f.(type) {
	case *nextVal:
		return x.reach(st, nil)
	case *closure:
		if f.lit != nil {
			return x.inlineLit(fr, st, e, f, args)
		}
		return x.applyFunc(fr, st, e, f, args)
	case *anyVal:
		var all []ev
		for _, o := range x.force(st, f, e) {
			all = append(all, x.apply(fr, o.st, e, o.v, args)...)
		}
		return all
	case nilVal:
		st.panics = true
		fr.panicked = append(fr.panicked, st)
		return nil
	case *sym:
		if f.kind == kDenying {
			st.prove(sure, Evidence{Pos: f.pos, Text: f.text})
			return x.reach(st, nil)
		}
		if f.kind == kExtractor {
			list := &sym{key: "extracted", t: tCred, text: "the credential", pos: e.Pos()}
			return one(st, tuple{list, &sym{key: "extracted!", t: tCred, typ: types.Universe.Lookup("error").Type(), text: exprText(e), pos: e.Pos()}})
		}
		if f.kind == kWraps {
			return x.reach(st, &Evidence{Pos: e.Pos(), Text: "the next handler is run by " + words(f, exprText(e.Fun)) + ", which was not read"})
		}
		if f.unknown != nil {
			var all []ev
			for _, r := range x.resolveUnknown(fr, st, f.unknown) {
				if s, ok := r.v.(*sym); ok && s.unknown != nil {
					all = append(all, x.opaque(fr, r.st, e, nil, s, args)...)
					continue
				}
				all = append(all, x.apply(fr, r.st, e, r.v, args)...)
			}
			return all
		}
	}
	return x.opaque(fr, st, e, nil, f, args)
}

// reach notes that the next handler runs.
func (x *exec) reach(st *state, doubt *Evidence) []ev {
	if st.aborted {
		return one(st, nilVal{})
	}
	if doubt != nil && st.doubt == nil {
		st.doubt = doubt
	}
	x.reached = append(x.reached, st)
	return nil
}

func (x *exec) applyFunc(fr *frame, st *state, e *ast.CallExpr, f *closure, args []val) []ev {
	fn := f.fn
	sig := fn.Signature()
	recv := f.recv
	if sig.Recv() != nil && !f.bound {
		if len(args) == 0 {
			return x.opaque(fr, st, e, fn, nil, args)
		}
		recv, args = args[0], args[1:]
	}
	if rs, ok := x.library(fr, st, e, fn, recv, args); ok {
		return rs
	}
	if sig.Recv() != nil && types.IsInterface(sig.Recv().Type()) {
		return x.dynamic(fr, st, e, fn, recv, args)
	}
	return x.static(fr, st, e, fn, recv, args)
}

func (x *exec) static(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) []ev {
	args = x.asContexts(fn, args)
	if x.wanted(fr, st, fn, recv, args) {
		if x.service == nil && x.inert(st, fn, recv, args) {
			return one(st, tuple{})
		}
		d := x.j.decl(fn)
		if d != nil && d.Syntax.Body != nil {
			id := fn.FullName()
			if x.busy[id] < 2 && fr.depth < maxDepth {
				x.busy[id]++
				defer func() { x.busy[id]-- }()
				callee := x.enter(fr, e)
				callee.pkg, callee.sig, callee.dep = d.Package, d.Func.Signature(), !d.Package.Own
				run := func(st *state) []ev {
					if r := d.Syntax.Recv; r != nil && len(r.List) > 0 && len(r.List[0].Names) > 0 {
						x.bind(callee, st, d.Package.Info.Defs[r.List[0].Names[0]], recv)
					}
					return x.inline(fr, callee, st, e, d.Syntax.Type, d.Syntax.Body, args)
				}
				if _, steers := x.anyInterest(st, append([]val{recv}, args...)); steers {
					return run(st)
				}
				// What cannot come to the next handler may be given up alone.
				limit, panicked, reached := x.limit, len(fr.panicked), len(x.reached)
				x.limit = min(limit, x.steps+maxCall)
				rs := run(st.clone())
				x.limit = limit
				if x.blown == nil || x.steps >= limit {
					return rs
				}
				x.blown = nil
				fr.panicked, x.reached = fr.panicked[:panicked], x.reached[:reached]
				return x.undecided(fr, st, e, fn, recv, args)
			}
			return x.undecided(fr, st, e, fn, recv, args)
		}
	}
	return x.opaque(fr, st, e, fn, recv, args)
}

// undecided is the result of a function that could be read, but was not to its
// end: whatever it seems to prove, it may not.
func (x *exec) undecided(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) []ev {
	rs := x.opaque(fr, st, e, fn, recv, args)
	lower := func(v val) val {
		if s, ok := v.(*sym); ok && s.kind == plain {
			c := *s
			c.key += "~"
			c.t |= tMaybe
			c.onTrue, c.onNil, c.derived = maybe, maybe, maybe
			return &c
		}
		return v
	}
	for i, r := range rs {
		if t, ok := r.v.(tuple); ok {
			c := make(tuple, len(t))
			for k, v := range t {
				c[k] = lower(v)
			}
			rs[i].v = c
			continue
		}
		rs[i].v = lower(r.v)
	}
	return rs
}

// enter makes the frame of a call.
func (x *exec) enter(fr *frame, e ast.Node) *frame {
	return &frame{key: x.id(fr.site(e.Pos()) + "/"), caller: fr, cells: map[types.Object]*cell{}, depth: fr.depth + 1}
}

func (x *exec) bind(fr *frame, st *state, obj types.Object, v val) {
	if obj == nil {
		return
	}
	c := x.cell(fr.key + "/" + obj.Name() + "@" + itoa(int(obj.Pos())))
	c.name = obj.Name()
	fr.cells[obj] = c
	if v == nil {
		v = x.zero(obj.Type())
	}
	st.mem[c] = v
}

func (x *exec) inlineLit(fr *frame, st *state, e *ast.CallExpr, f *closure, args []val) []ev {
	if x.busy[f.id] >= 2 || fr.depth >= maxDepth {
		return x.opaque(fr, st, e, nil, f, args)
	}
	x.busy[f.id]++
	defer func() { x.busy[f.id]-- }()
	callee := x.enter(fr, e)
	callee.pkg, callee.outer, callee.env = f.pkg, f.outer, f.env
	callee.dep = !f.pkg.Own
	callee.sig, _ = f.pkg.Info.TypeOf(f.lit).(*types.Signature)
	return x.inline(fr, callee, st, e, f.lit.Type, f.lit.Body, args)
}

func (x *exec) inline(fr, callee *frame, st *state, e *ast.CallExpr, ft *ast.FuncType, body *ast.BlockStmt, args []val) []ev {
	info := callee.pkg.Info
	i := 0
	variadic := callee.sig != nil && callee.sig.Variadic() && (e == nil || !e.Ellipsis.IsValid())
	var names []*ast.Ident
	for _, f := range ft.Params.List {
		names = append(names, f.Names...)
		if len(f.Names) == 0 {
			names = append(names, nil)
		}
	}
	for ; i < len(names); i++ {
		var v val
		switch {
		case variadic && i == len(names)-1:
			l := &list{}
			if i < len(args) {
				l.elems = args[i:]
			}
			v = l
		case i < len(args):
			v = args[i]
		default:
			v = x.fresh(callee.key+"arg"+itoa(i), 0)
		}
		if names[i] != nil {
			x.bind(callee, st, info.Defs[names[i]], v)
		}
	}
	if ft.Results != nil {
		for _, f := range ft.Results.List {
			for _, n := range f.Names {
				if obj := info.Defs[n]; obj != nil {
					x.bind(callee, st, obj, x.zero(obj.Type()))
					callee.results = append(callee.results, callee.cells[obj])
				} else {
					c := x.cell(callee.key + "/_" + itoa(int(n.Pos())))
					st.mem[c] = x.zero(info.TypeOf(f.Type))
					callee.results = append(callee.results, c)
				}
			}
		}
	}
	var all []ev
	for _, o := range x.run(callee, st, body) {
		if o.ctl == cPanic {
			fr.panicked = append(fr.panicked, o.st)
			continue
		}
		switch len(o.vals) {
		case 0:
			all = append(all, ev{o.st, tuple{}})
		case 1:
			all = append(all, ev{o.st, o.vals[0]})
		default:
			all = append(all, ev{o.st, tuple(o.vals)})
		}
	}
	return all
}

// wanted says whether a function's body matters.
func (x *exec) wanted(fr *frame, st *state, fn *types.Func, recv val, args []val) bool {
	if fn.Pkg() == nil {
		return false
	}
	own := x.j.prog.Own(fn.Pkg().Path())
	if !own && x.j.std(fn.Pkg().Path()) {
		return false
	}
	matters, steers := false, false
	for _, v := range append([]val{recv}, args...) {
		m, s := x.interest(st, v, 0)
		matters, steers = matters || m, steers || s
	}
	if own && x.gives(args) {
		return true
	}
	if fn.Signature().Results().Len() == 0 && !slices.ContainsFunc(append([]val{recv}, args...), steerable) {
		return false
	}
	if x.service != nil && own {
		return x.concerns(st, fn, append([]val{recv}, args...))
	}
	for v := range fn.Signature().Results().Variables() {
		if isFunc(v.Type()) && (own || ofFramework(v.Type())) {
			return true
		}
	}
	if own {
		return matters || steers
	}
	if fr.dep && fr.pkg.Types != nil && fr.pkg.Path == fn.Pkg().Path() {
		return matters || steers
	}
	return steers
}

// ofFramework says whether a function type has to do with requests.
func ofFramework(t types.Type) bool {
	sig := t.Underlying().(*types.Signature)
	for _, vars := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range vars.Variables() {
			if path, _ := named(v.Type()); framework(path) {
				return true
			}
		}
	}
	return false
}

// asContexts makes contexts of gin's context where a function takes it for one
// and its package does not know gin: it can do no more with it.
func (x *exec) asContexts(fn *types.Func, args []val) []val {
	if fn.Pkg() == nil || x.j.prog.Own(fn.Pkg().Path()) || x.j.std(fn.Pkg().Path()) {
		return args
	}
	out := args
	for i, a := range args {
		if !isGin(a) || i >= fn.Signature().Params().Len() || x.j.knowsFramework(fn.Pkg().Path()) {
			continue
		}
		if path, name := named(fn.Signature().Params().At(i).Type()); path == "context" && name == "Context" {
			if &out[0] == &args[0] {
				out = slices.Clone(args)
			}
			out[i] = &sym{key: "ctx:gin", kind: kContext, nonNil: true, text: "c", ctx: &ctxVal{open: true}}
		}
	}
	return out
}

// steerable says whether a function without results can do anything with a value
// that matters to its caller.
func steerable(v val) bool {
	switch v := v.(type) {
	case nil, nilVal, *konst:
		return false
	case *sym:
		return v.kind != kRequest && v.kind != kWriter && v.kind != kContext && v.t&^tSetting != 0 || v.kind == kGin || v.kind == kEcho || v.kind == kWraps || v.kind == kSession || isError(v.typ)
	}
	return true
}

// interest says whether a value has to do with the request, and whether what
// gets it can steer the chain.
func (x *exec) interest(st *state, v val, depth int) (matters, steers bool) {
	if depth > 3 {
		return false, false
	}
	switch v := v.(type) {
	case *nextVal:
		return true, true
	case *closure:
		if v.lit != nil {
			return true, x.leads(st, v, 0)
		}
		return true, false
	case *sym:
		switch v.kind {
		case kGin, kWraps:
			return true, true
		case kEcho, kRequest, kContext, kHeader, kValues, kSession, kSessionValues, kCookie, kTLS, kWriter:
			return true, false
		}
		for _, h := range v.held {
			m, s := x.interest(st, h, depth+1)
			matters, steers = matters || m, steers || s
		}
		return matters || v.t&^tSetting != 0 || v.unknown != nil && isFunc(v.typ), steers
	case *ptr:
		return x.interest(st, x.loadPtr(st, v), depth+1)
	case *strct:
		for _, e := range v.f {
			m, s := x.interest(st, e, depth+1)
			matters, steers = matters || m, steers || s
		}
		if v.sym != nil {
			m, s := x.interest(st, v.sym, depth+1)
			matters, steers = matters || m, steers || s
		}
		if v.w != nil && x.holdsNext(v.w, 0) {
			return true, true
		}
	case *list:
		for _, e := range v.elems {
			m, s := x.interest(st, e, depth+1)
			matters, steers = matters || m, steers || s
		}
	case *cond:
		return taintOf(v)&^tSetting != 0, false
	}
	return matters, steers
}

// leads says whether a literal can come to the next handler.
func (x *exec) leads(st *state, f *closure, depth int) bool {
	if depth > 3 {
		return true
	}
	found := false
	seen := map[types.Object]bool{}
	ast.Inspect(f.lit, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || found {
			return !found
		}
		obj, ok := f.pkg.Info.Uses[id].(*types.Var)
		if !ok || seen[obj] || obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
			return true
		}
		seen[obj] = true
		var v val
		for o := f.outer; o != nil && v == nil; o = o.outer {
			if c := o.cells[obj]; c != nil {
				v = st.load(c)
			} else if o.env != nil {
				if w := o.env.Lookup(obj); w != nil {
					v = st.load(x.wiringCell(w, false))
				}
			}
		}
		if v == nil && f.env != nil {
			if w := f.env.Lookup(obj); w != nil {
				v = st.load(x.wiringCell(w, false))
			}
		}
		if v == nil {
			return true
		}
		if c, ok := v.(*closure); ok && c.lit != nil {
			found = c.lit == f.lit || x.leads(st, c, depth+1)
			if c.lit == f.lit {
				found = false
			}
			return true
		}
		_, found = x.interest(st, v, 1)
		return true
	})
	return found
}
