package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
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
		for i, r := range rs {
			rs[i].v = x.converted(fr, e, r.v, fr.typeOf(e.Args[0]), tv.Type)
		}
		return rs
	}
	if b, ok := typeutil.Callee(info, e).(*types.Builtin); ok {
		return x.builtin(fr, st, e, b.Name())
	}
	if x.j.laxOption(info, e) {
		return one(st, &sym{key: "lax:" + fr.site(e.Pos()), t: tSetting, typ: fr.typeOf(e), text: exprText(e), pos: e.Pos(), nonNil: true, lax: true})
	}
	var all []ev
	for _, f := range x.callee(fr, st, e) {
		for _, a := range x.evals(fr, f.st, e.Args) {
			all = append(all, x.apply(fr, a.st, e, f.v, a.vs)...)
		}
	}
	if slices.ContainsFunc(all, func(r ev) bool { return isSetting(r.v) }) {
		for i, r := range all {
			all[i].v = instead(r.v)
		}
	}
	missing(all)
	return x.mergeEvs(all)
}

// missing takes the "" that a function yields instead of a credential for a credential
// that is empty, as the one is that a request has not.
func missing(all []ev) {
	if len(all) < 2 {
		return
	}
	parts := func(v val) []val {
		if t, ok := v.(tuple); ok {
			return t
		}
		return []val{v}
	}
	for i := range parts(all[0].v) {
		var brought *sym
		for _, r := range all {
			if of := parts(r.v); i < len(of) {
				if s, ok := of[i].(*sym); ok && s.t&tCred != 0 && s.t&tVer == 0 {
					brought = s
				}
			}
		}
		if brought == nil {
			continue
		}
		for n, r := range all {
			of := parts(r.v)
			if i >= len(of) {
				continue
			}
			if c, ok := str(of[i]); !ok || c != "" {
				continue
			}
			none := &sym{key: "none:" + brought.key, t: brought.t, typ: brought.typ, text: brought.text, pos: brought.pos, name: brought.name}
			r.st.known.set("z:"+none.key, true)
			if t, ok := r.v.(tuple); ok {
				t = slices.Clone(t)
				t[i] = none
				all[n].v = t
			} else {
				all[n].v = none
			}
		}
	}
}

func (x *exec) mergeEvs(all []ev) []ev {
	return merge(all, func(r ev) *state { return r.st }, func(r ev) uint64 { return hashOf(r.v) })
}

func (x *exec) callee(fr *frame, st *state, e *ast.CallExpr) []ev {
	return x.eval(fr, st, e.Fun)
}

func (x *exec) builtin(fr *frame, st *state, e *ast.CallExpr, name string) []ev {
	if len(e.Args) == 0 && name != "recover" {
		return one(st, x.fresh(fr.site(e.Pos()), 0)) // code with errors
	}
	switch name {
	case "recover":
		if st.panics {
			st.panics = false
			return one(st, &sym{key: "recovered", nonNil: true, text: "recover()"})
		}
		return one(st, nilVal{})
	case "new":
		c := x.cell(fr.key + "/new" + fr.round + itoa(int(e.Pos())))
		c.built = c.built || fr.building
		if !fr.pkg.Info.Types[e.Args[0]].IsType() {
			all := x.eval(fr, st, e.Args[0])
			for i, r := range all {
				r.st.mem.set(c, r.v)
				all[i].v = &ptr{to: c}
			}
			return all
		}
		st.mem.set(c, x.empty(fr, fr.typeOf(e.Args[0])))
		return one(st, &ptr{to: c})
	case "make":
		t := fr.typeOf(e)
		for _, a := range e.Args[1:] {
			x.eval(fr, st.clone(), a) // it may run the next handler
		}
		if _, ok := t.Underlying().(*types.Slice); ok {
			if n := fr.pkg.Info.Types[e.Args[1]].Value; n != nil && zeroConst(n) {
				return one(st, &list{typ: t})
			}
			return one(st, &list{typ: t, open: &sym{key: "made:" + fr.site(e.Pos()), zero: ofBytes(t)}})
		}
		return one(st, &sym{key: "made:" + fr.site(e.Pos()), typ: t, text: exprText(e), nonNil: true, whole: isMap(t)})
	}
	var all []ev
	for _, a := range x.evals(fr, st, e.Args) {
		switch name {
		case "copy", "clear":
			v := x.zero(elemType(fr.typeOf(e.Args[0])))
			if name == "copy" {
				v = a.vs[1]
				if sharesTexts(v) && !holdsTexts(elemType(fr.typeOf(e.Args[0]))) {
					v = &sym{key: "copied:" + keyOf(v), t: taintOf(v), onTrue: levelOf(v)}
				}
			}
			x.overwrites(fr, a.st, e.Args[0], v)
			x.overwritesValues(fr, a.st, e.Args[0])
		}
		if (name == "delete" || name == "clear") && isGinKeys(a.vs[0]) {
			x.losesKeys(a.st, fr.site(e.Pos()))
		}
		switch name {
		case "panic":
			a.st.panics = true
			fr.panicked = append(fr.panicked, a.st)
			continue
		case "len":
			all = append(all, ev{a.st, x.length(a.st, a.vs[0], exprText(e), e.Pos())})
		case "append":
			a.st.ages(a.vs...)
			if !e.Ellipsis.IsValid() {
				t := elemType(fr.typeOf(e))
				a.vs = fr.flows(a.vs, e.Args, func(i int) types.Type {
					if i == 0 {
						return nil
					}
					return t
				})
			}
			shared := a.vs[1:]
			if e.Ellipsis.IsValid() && !holdsTexts(elemType(fr.typeOf(e))) {
				shared = nil // a copy of texts shares nothing
			}
			for _, v := range shared {
				x.shelve(fr, a.st, e.Args[0], v)
			}
			x.appendsToTexts(fr, a.st, e.Args[0], a.vs[0])
			a.vs[0] = x.overrun(a.st, a.vs[0])
			if l, ok := a.vs[0].(*list); ok {
				x.toArray(a.st, l.of, a.vs[1:]...)
			}
			l := appended(fr.site(e.Pos()), a.vs, e.Ellipsis.IsValid())
			if l.open != nil {
				for _, v := range shared {
					x.holdsPointer(fr, a.st, e, v)
				}
				l.open = x.maybeNext(a.st, l.open, append([]val{a.vs[0]}, shared...)...)
			}
			all = append(all, ev{a.st, l})
		default:
			t := taintAll(a.vs)
			if name == "SliceData" && slices.ContainsFunc(a.vs, sharesTexts) {
				mayHaveWritten(a.st)
			}
			if len(a.vs) > 1 && fromCaller(t) {
				t |= tMaybe // the caller chooses which of them min and max yield
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
			return &konst{v: intConst(len(s))}
		}
	case nilVal:
		return &konst{v: intConst(0)}
	case *list:
		if v.open == nil {
			return &konst{v: intConst(len(v.elems))}
		}
	case *sym:
		return &sym{key: "len:" + v.key, t: v.t, onTrue: v.onTrue, needs: v.needs, text: text, pos: pos, typ: types.Typ[types.Int]}
	}
	return &sym{key: "len:" + keyOf(v), t: taintOf(v), onTrue: levelOf(v), needs: needsOf(v), text: text, pos: pos, typ: types.Typ[types.Int]}
}

func appended(site string, vs []val, spread bool) *list {
	var l *list
	switch v := vs[0].(type) {
	case nilVal:
		l = &list{}
	case *list:
		l = &list{typ: v.typ, elems: v.elems[:len(v.elems):len(v.elems)], open: v.open, grown: v, of: v.of}
	default:
		l = &list{open: &sym{key: "app:" + keyOf(v), t: taintOf(v), onTrue: none, texts: sharesTexts(v)}}
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
			o.t = mixed(o.t)
			l.open = o
			continue
		}
		l.elems = append(l.elems, v)
	}
	l.elems = slices.Clip(l.elems)
	return l
}

// apply calls a function value.
func (x *exec) apply(fr *frame, st *state, e *ast.CallExpr, f val, args []val) []ev {
	switch f := f.(type) {
	case *nextVal:
		x.handsContext(st, args)
		return x.reachOne(fr, st, e, f, args)
	case *closure:
		if f.once {
			return x.callOnce(fr, st, e, f, args)
		}
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
		if f.kind == kDenying && f.onNil == sure {
			st.decide(fact{key: "empty:" + f.key, is: true, who: true, text: f.text, pos: f.pos})
			return x.reach(st, nil)
		}
		if f.kind == kDenying {
			denied := st.clone()
			denied.aborted, denied.answer = true, &answer{code: 401}
			all := one(denied, tuple{})
			proves := sure
			if w := wrote(st, inHeader, authorization); w != nil {
				if proves = none; taintOf(w)&tMaybe != 0 {
					proves = maybe
				}
			}
			for _, st := range st.proves(proves, f.needs, Evidence{Pos: f.pos, Text: f.text}) {
				all = append(all, ev{st, tuple{}})
			}
			return all
		}
		if f.kind == kExtractor {
			t := tCred
			var lookups val
			if len(f.held) > 0 {
				lookups = f.held[0]
			}
			if w := lookedUp(st, lookups); w != nil {
				t = taintOf(w) | tReq
			}
			list := &sym{key: "extracted" + itoa(int(t)), t: t, text: "the credential", pos: e.Pos()}
			return one(st, tuple{list, &sym{key: "extracted!", t: t, typ: types.Universe.Lookup("error").Type(), text: exprText(e), pos: e.Pos()}})
		}
		if f.kind == kWraps {
			if x.framework == wiring.Gin { // the next handler runs when this one returns, as well
				states := x.besidesNext(fr, []*state{st}, e, f.held)
				var all []ev
				for _, st := range states {
					x.reach(st.clone(), &Evidence{Pos: e.Pos(), Text: "the next handler is run by " + words(f, exprText(e.Fun)) + ", which was not read"})
					all = append(all, ev{st, x.result(fr, st, e, nil, sigOf(fr, e), f, args, exprText(e.Fun), nil)})
				}
				return all
			}
			return x.reach(st, &Evidence{Pos: e.Pos(), Text: "the next handler is run by " + words(f, exprText(e.Fun)) + ", which was not read"})
		}
		if f.kind == plain && isFunc(f.typ) {
			states := []*state{st}
			for _, h := range f.held {
				if c, ok := h.(*closure); ok {
					states = x.mayRun(fr, states, e, c, nil)
				}
			}
			if len(states) > 1 {
				var all []ev
				for _, st := range states {
					all = append(all, x.opaque(fr, st, e, nil, f, args)...)
				}
				return all
			}
		}
		if _, steers := x.interest(st, f, 0); steers && f.unknown == nil {
			return x.opaque(fr, st, e, nil, f, args)
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

func sigOf(fr *frame, e *ast.CallExpr) *types.Signature {
	if t := fr.typeOf(e.Fun); t != nil {
		sig, _ := t.Underlying().(*types.Signature)
		return sig
	}
	return nil
}

// reach notes that the next handler runs. What is called by its name runs after
// Abort too.
func (x *exec) reach(st *state, doubt *Evidence) []ev {
	if x.service != nil && x.service.around != nil {
		if doubt != nil && !x.service.around.Given {
			x.service.around.add(*doubt, false)
		}
		return x.service.around.passed(x, st, x.service.around.Open)
	}
	if x.service != nil && x.service.adapts {
		return nil
	}
	if doubt != nil && st.doubt == nil {
		st.doubt = doubt
	}
	x.reached = append(x.reached, st)
	return nil
}

func (x *exec) applyFunc(fr *frame, st *state, e *ast.CallExpr, f *closure, args []val) []ev {
	fn := f.fn
	if rs, ok := x.guarded(st, fn); ok {
		return rs
	}
	if x.runsNext(fn) {
		x.handsContext(st, args)
		return x.reachOne(fr, st, e, &nextVal{of: &value.Func{Fn: fn}}, args)
	}
	sig := fn.Signature()
	recv := f.recv
	if sig.Recv() != nil && !f.bound {
		if len(args) == 0 {
			return x.opaque(fr, st, e, fn, nil, args)
		}
		recv, args = args[0], args[1:]
	}
	x.givenAway(st, e, fn, recv, args)
	if slices.ContainsFunc(args, isGinKeys) {
		x.losesKeys(st, fr.site(e.Pos()))
	}
	x.runsMethods(fr, st, e, fn, recv, args)
	x.reflects(fr, st, e, fn, args)
	if waiting(fn) {
		x.waits(st, fr.site(e.Pos()), e.Pos())
	}
	if x.runsAgain(st, e, fn, recv, args) {
		return one(st, tuple{})
	}
	if fn.Pkg() == nil || !x.j.prog.Own(fn.Pkg().Path()) {
		st.ages(append([]val{recv}, args...)...)
	}
	if rs, ok := x.library(fr, st, e, fn, recv, args); ok {
		return rs
	}
	if sig.Recv() != nil && types.IsInterface(sig.Recv().Type()) {
		return x.dynamic(fr, st, e, fn, recv, args)
	}
	return x.static(fr, st, e, fn, recv, args, f.types)
}

// runsNext says whether a function is the next handler, which a link calls by its
// name.
func (x *exec) runsNext(fn *types.Func) bool {
	return slices.ContainsFunc(x.next, func(v value.Value) bool {
		f, ok := value.Bare(v).(*value.Func)
		return ok && f.Fn != nil && f.Fn == fn.Origin()
	})
}
