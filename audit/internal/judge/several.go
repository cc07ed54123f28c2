package judge

import (
	"go/ast"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// A middleware may be given several handlers, of which one is run before another, such
// as a hook that has the shape of a handler. On the way to each of them, those that ran
// before may have written the request.

// reachOne notes that one of the next handlers runs. Where there are others, the way goes
// on behind it.
func (x *exec) reachOne(fr *frame, st *state, e *ast.CallExpr, next *nextVal, args []val) []ev {
	if len(x.next) < 2 || x.service != nil {
		return x.reach(st, nil)
	}
	after := st.clone()
	x.reach(st, nil)
	if x.j.writesAsNext(next.of) {
		if rs, ok := x.runsNextOf(fr, after.clone(), e, next, args); ok {
			return rs
		}
		mayHaveWritten(after)
		after.open = true
		x.unsettleShared(fr, after, e)
	}
	sig := sigOf(fr, e)
	if sig == nil {
		return one(after, tuple{})
	}
	return one(after, x.result(fr, after, e, nil, sig, nil, nil, exprText(e.Fun), nil))
}

// runsNextOf runs a handler like any other function, unless that takes too long.
func (x *exec) runsNextOf(fr *frame, st *state, e *ast.CallExpr, next *nextVal, args []val) ([]ev, bool) {
	all := x.next
	x.next = slices.DeleteFunc(slices.Clone(all), func(v value.Value) bool { return sameValue(value.Bare(v), value.Bare(next.of)) })
	defer func() { x.next = all }()
	f, ok := x.convert(value.Bare(next.of), "", fr.site(e.Pos())+"next", e.Pos()).(*closure)
	if !ok || len(args) == 0 || f.fn != nil && x.runsNext(f.fn) {
		return nil, false
	}
	limit, panicked, reached, stopped := x.limit, fr.panicked, x.reached, x.stopped
	x.limit = min(limit, x.steps+maxCall)
	rs := x.apply(fr, st, e, f, args)
	others := len(x.reached) > len(reached)
	x.limit, x.reached, x.stopped = limit, reached, stopped
	if x.blown != nil && x.steps < limit {
		x.blown, others = nil, true
	}
	if others { // it runs another one of them, or too long
		fr.panicked = panicked
		return nil, false
	}
	return rs, true
}

// writesAsNext says whether a handler may write a request, or what is not its own.
func (j *Judge) writesAsNext(v value.Value) bool {
	f, ok := value.Bare(v).(*value.Func)
	if !ok || f.Fn == nil && f.Lit == nil {
		return false // a router, or what serves by a method
	}
	c := &closure{fn: f.Fn, lit: f.Lit, pkg: f.Pkg}
	return j.closureWrites(c) || j.alters(c)
}
