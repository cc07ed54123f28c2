package judge

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
)

func (x *exec) returns(fr *frame, st *state, s *ast.ReturnStmt) []out {
	if len(s.Results) == 0 {
		return []out{{st: st, ctl: cReturn, vals: x.named(fr, st)}}
	}
	var outs []out
	for _, e := range x.evals(fr, st, s.Results) {
		vals := e.vs
		if len(vals) == 1 && fr.sig != nil && fr.sig.Results().Len() > 1 {
			vals = x.spread(vals[0], fr.sig.Results().Len())
		}
		if fr.sig != nil && fr.sig.Results().Len() == len(vals) {
			vals = fr.flows(vals, s.Results, func(i int) types.Type { return fr.sig.Results().At(i).Type() })
		}
		for i, c := range fr.results {
			if i < len(vals) {
				e.st.mem.set(c, vals[i])
			}
		}
		if len(e.st.defers) <= fr.held {
			e.st.sweep(vals, fr.begun)
		}
		outs = append(outs, out{st: e.st, ctl: cReturn, vals: vals})
	}
	return outs
}

// named returns what the named results hold.
func (x *exec) named(fr *frame, st *state) []val {
	if fr.results == nil {
		return x.zeros(fr.sig)
	}
	vals := make([]val, len(fr.results))
	for i, c := range fr.results {
		vals[i] = st.load(c)
	}
	return vals
}

func (x *exec) zeros(sig *types.Signature) []val {
	if sig == nil {
		return nil
	}
	vals := make([]val, sig.Results().Len())
	for i := range vals {
		vals[i] = x.zero(sig.Results().At(i).Type())
	}
	return vals
}

// run runs the body of a function and what it deferred. It returns ways that
// return or panic.
func (x *exec) run(fr *frame, st *state, body *ast.BlockStmt) []out {
	held := len(st.defers)
	own := slices.Collect(maps.Values(fr.cells))
	own = append(own, fr.results...)
	outer := st.mem.share()
	fr.held, fr.begun = held, func(c *cell) bool { return !outer.has(c) || slices.Contains(own, c) }
	outs := x.block(fr, st, body.List)
	for _, p := range fr.panicked {
		outs = append(outs, out{st: p, ctl: cPanic})
	}
	fr.panicked = nil
	var all []out
	for _, o := range outs {
		if o.ctl == cOn {
			o.ctl, o.vals = cReturn, x.named(fr, o.st)
		}
		o.st.panics = o.ctl == cPanic
		deferred := len(o.st.defers) > held
		for _, st := range x.runDefers(fr, o.st, held) {
			r := out{st: st, ctl: cReturn, vals: o.vals}
			switch {
			case st.panics:
				r.ctl = cPanic
			case deferred && fr.results != nil || o.ctl == cPanic:
				r.vals = x.named(fr, st)
			}
			all = append(all, r)
		}
	}
	for _, p := range fr.panicked { // in a deferred call
		all = append(all, out{st: p, ctl: cPanic})
	}
	fr.panicked = nil
	for _, o := range all {
		o.st.sweep(o.vals, fr.begun)
	}
	return mergeOuts(all)
}

func (x *exec) runDefers(fr *frame, st *state, held int) []*state {
	states := []*state{st}
	for {
		var next []*state
		more := false
		for _, st := range states {
			if len(st.defers) <= held {
				next = append(next, st)
				continue
			}
			more = true
			d := st.defers[len(st.defers)-1]
			st.defers = st.defers[: len(st.defers)-1 : len(st.defers)-1]
			for _, e := range x.apply(fr, st, d.call, d.fn, d.args) {
				if is, read := x.recovers(d.fn, d.call); is && !read && e.st.panics {
					c := e.st.clone()
					c.panics = false
					next = append(next, c)
				}
				next = append(next, e.st)
			}
		}
		states = next
		if !more {
			return states
		}
	}
}

func (x *exec) defers(fr *frame, st *state, s *ast.DeferStmt) []out {
	var outs []out
	for _, e := range x.callee(fr, st, s.Call) {
		for _, a := range x.evals(fr, e.st, s.Call.Args) {
			if is, _ := x.recovers(e.v, s.Call); is {
				// Anything below may panic, and this decides what happens then.
				p := a.st.clone()
				p.panics = true
				p.doubt = &Evidence{Pos: s.Pos(), Text: "a panic is recovered here"}
				p.defers = append(p.defers[:len(p.defers):len(p.defers)], deferred{fr, e.v, a.vs, s.Call})
				fr.panicked = append(fr.panicked, p)
			}
			a.st.defers = append(a.st.defers[:len(a.st.defers):len(a.st.defers)], deferred{fr, e.v, a.vs, s.Call})
			outs = append(outs, out{st: a.st})
		}
	}
	return outs
}
