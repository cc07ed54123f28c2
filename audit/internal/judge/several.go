package judge

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
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

// writesAsNext says whether a handler may write a request, or what is not its own. What is
// not known may.
func (j *Judge) writesAsNext(v value.Value) bool {
	var t types.Type
	switch v := value.Deref(v).(type) {
	case *wiring.Router:
		return false
	case *value.Named:
		t = v.Type
	case *value.Struct:
		t = v.Type
	case *value.Const:
		t = v.Type
	case *value.List:
		t = v.Type
	case *value.Map:
		t = v.Type
	}
	c := &closure{}
	if t != nil {
		obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
		c.fn, _ = obj.(*types.Func)
	}
	if f, ok := value.Bare(v).(*value.Func); ok && (c.fn == nil || !j.prog.Own(c.fn.Pkg().Path())) {
		c = &closure{fn: f.Fn, lit: f.Lit, pkg: f.Pkg}
	}
	if c.fn == nil && c.lit == nil {
		return true
	}
	if c.lit == nil && ofInterface(c.fn) {
		return true
	}
	return j.closureWrites(c) || j.alters(c)
}
