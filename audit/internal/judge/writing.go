package judge

import (
	"go/types"
	"slices"
	"strings"
)

// A call that is not run leaves everything as it was. So one may be passed over
// only if its body, with all that it calls, cannot write what it can come to: the
// request, or what this way has put into variables.

// writing is what a function may write that is not its own.
type writing struct {
	request bool // the request or what is kept for it: headers, cookies, query, form, session, context
	state   bool // fields, elements, what pointers lead to
	vars    bool // variables of packages
	unknown bool // it runs what is not known, which may write anything
	keeps   bool // it puts what may be of a request where others find it
}

func (w *writing) all() bool { return w.request && w.state && w.vars && w.unknown && w.keeps }

func (w *writing) add(o *writing) {
	w.request, w.state, w.vars = w.request || o.request, w.state || o.state, w.vars || o.vars
	w.unknown, w.keeps = w.unknown || o.unknown, w.keeps || o.keeps
}

// affects says whether a call may write what matters on this way.
func (x *exec) affects(fr *frame, st *state, fn *types.Func, recv val, args []val) bool {
	if x.service != nil || fn.Pkg() == nil {
		return false
	}
	if path := fn.Pkg().Path(); !x.j.prog.Own(path) && (!fr.dep || fr.pkg.Path != path) {
		return false
	}
	var r reached
	for _, v := range append([]val{recv}, args...) {
		r.visit(x, st, v, 0)
	}
	for c := range st.mem.all() {
		r.vars = r.vars || c.shared
	}
	r.request = r.request || r.loose
	r.state = r.state || x.mayWriteHeld(st, append([]val{recv}, args...))
	if !r.request && !r.state && !r.vars {
		return false
	}
	if p, ok := recv.(*ptr); ok && fn.Signature().Results().Len() > 0 && x.ownState(st, p) {
		return true // it may read what this way has put there
	}
	w := *x.j.writingOf(fn)
	w.add(x.throughInterfaces(st, fn, args))
	return r.request && (w.request || w.unknown || w.keeps) || r.state && (w.state || w.unknown) || r.vars && (w.vars || w.state || w.unknown)
}

// ownState says whether a pointer leads to a struct that code which serves
// requests has made.
func (x *exec) ownState(st *state, p *ptr) bool {
	s, ok := x.loadPtr(st, p).(*strct)
	return ok && s.w == nil && s.sym == nil && st.mem.has(p.to)
}

// shareable says whether code that is not given the variable of an id may come to
// it: one of a package, of the wiring, or in what is not known.
func shareable(id string) bool {
	begin, _, _ := strings.Cut(id, ":")
	return begin == "global" || begin == "wired" || begin == "of" || begin == "to"
}

// reached is what values lead to.
type reached struct {
	request, state, vars bool
	loose                bool // what may be any part of a request, see takenOut
	texts                bool // values of a header, see sharesTexts
}

// maxReached bounds how deep values are looked at: what is deeper down may be anything.
const maxReached = 5

func (r *reached) visit(x *exec, st *state, v val, depth int) {
	if r.request && r.state && r.texts {
		return
	}
	if depth > maxReached {
		if s, ok := v.(*sym); mayHoldNext(v) || ok && s.kind != plain {
			r.request, r.state = true, true
		}
		return
	}
	switch v := v.(type) {
	case *anyVal:
		for _, o := range v.of {
			r.visit(x, st, o, depth+1)
		}
	case *sym:
		switch v.kind {
		case kGin, kEcho:
			r.request = true
			if depth < maxReached {
				for _, k := range st.keys.all() {
					r.visit(x, st, k, max(depth+1, maxReached-1))
				}
			}
		case kRequest, kHeader, kValues, kSession, kSessionValues:
			r.request = true
		case plain:
			r.texts = r.texts || v.texts
			r.request = r.request || v.texts || takenOut(v, v.typ) || isURL(v.typ) && v.t&tReq != 0
			r.loose = r.loose || v.t&(tReq|tWho) == 0 && v.typ != nil && isInterface(v.typ) && !isError(v.typ)
		}
		for c := v.ctx; c != nil; c = c.parent {
			r.visit(x, st, c.v, depth+1)
		}
		for _, vs := range [][]val{v.held, v.mayBe, v.elems, {v.inside}} {
			for _, h := range vs {
				r.visit(x, st, h, depth+1)
			}
		}
	case *ptr:
		if v == nil {
			return
		}
		to := st.load(v.to)
		s, ok := to.(*strct)
		r.state = r.state || st.mem.has(v.to) && (!ok || s.w == nil || len(s.f) > 0)
		r.visit(x, st, to, depth+1)
	case *strct:
		for _, e := range v.f {
			r.visit(x, st, e, depth+1)
		}
		if v.sym != nil {
			r.visit(x, st, v.sym, depth+1)
		}
	case *list:
		r.state = r.state || len(v.elems) > 0
		for _, e := range v.elems {
			r.visit(x, st, e, depth+1)
		}
		if v.open != nil {
			r.visit(x, st, v.open, depth+1)
		}
	case *closure:
		r.visit(x, st, v.recv, depth+1)
	}
}

// changesSomething says whether a function of the module that is no literal may
// write anything.
func (j *Judge) changesSomething(c *closure) bool {
	if c.fn == nil || c.fn.Pkg() == nil || !j.prog.Own(c.fn.Pkg().Path()) {
		return false
	}
	w := j.writingOf(c.fn)
	return *w != writing{}
}

// writingOf reads a function of the module and all that it calls there.
func (j *Judge) writingOf(fn *types.Func) *writing {
	fn = fn.Origin()
	if w := j.writings[fn]; w != nil {
		return w
	}
	w := &writing{}
	whole := j.with(fn, func(c calledFunc) bool { return c.own }, func(d *deeds) bool {
		w.add(&d.writing)
		return !w.all()
	})
	w.unknown = w.unknown || !whole
	j.writings[fn] = w
	return w
}

// mayWriteRequest notes what a call that is not read may do to the request that
// it is given, or to a part of it. Functions of dependencies are taken to write
// none but those whose names and bodies say so, and functions that are not known
// and yield a bool alone, such as skippers and filters, to read.
func (x *exec) mayWriteRequest(st *state, fn *types.Func, sig *types.Signature, name string, args []val) {
	if x.service != nil {
		return
	}
	given := func(k kind) bool {
		return slices.ContainsFunc(args, func(v val) bool { s, ok := v.(*sym); return ok && s.kind == k })
	}
	if writesHeader(name) && slices.ContainsFunc(args, func(v val) bool { s, ok := v.(*sym); return ok && takenOut(s, s.typ) }) {
		mayHaveWritten(st)
	}
	if header, values := given(kHeader), given(kValues); (header || values) && writesHeader(name) {
		if header {
			writeAll(st, inHeader)
		}
		if values {
			writeAll(st, inValue)
		}
	}
	var r reached
	decoding := fn != nil && decodes(fn)
	if fn != nil && (fn.Pkg() == nil || x.j.std(fn.Pkg().Path())) && !decoding {
		return
	}
	for _, v := range args {
		r.visit(x, st, v, 0)
	}
	if decoding {
		if r.request {
			mayHaveWritten(st)
		}
		return
	}
	switch {
	case !r.request:
	case fn == nil:
		if sig == nil || !decides(sig) {
			mayHaveWritten(st)
			st.open = st.open || given(kGin) || given(kEcho)
		}
	case x.j.prog.Own(fn.Pkg().Path()):
		if w := x.j.writingOf(fn); w.request || w.unknown {
			mayHaveWritten(st)
		}
	case writesHeader(fn.Name()):
		if d := x.j.decl(fn); d != nil && x.j.writingOf(fn).request {
			mayHaveWritten(st)
		}
	}
}
