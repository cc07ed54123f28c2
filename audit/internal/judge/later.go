package judge

import (
	"fmt"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// changed is what a call of a dependency yielded, on each way, after the calls
// that were given it later: a middleware that is made strict may be loosened.
func (x *exec) changed(fr *frame, u *value.Unknown, ways []ev) []ev {
	for _, call := range u.Later {
		if !x.j.mayWrite(call.Callee) {
			continue
		}
		var next []ev
		for _, w := range ways {
			if _, isNil := w.v.(nilVal); isNil {
				next = append(next, w)
				continue
			}
			yes, no := x.decideWiring(w.st, call.Under)
			for _, st := range no {
				next = append(next, ev{st, w.v})
			}
			for _, st := range yes {
				next = append(next, x.change(fr, st, u, w.v, call)...)
			}
		}
		ways = x.mergeEvs(next)
	}
	if u.Lost {
		for i, w := range ways {
			ways[i].v = x.lostSight(u, w.v)
		}
	}
	return ways
}

// change runs one of the calls.
func (x *exec) change(fr *frame, st *state, u *value.Unknown, v val, call *value.Unknown) []ev {
	d := x.j.decl(call.Callee)
	id := "later:" + call.Callee.FullName()
	if d == nil || d.Syntax.Body == nil || x.busy[id] > 0 || fr.depth >= maxDepth {
		return one(st, x.lostSight(u, v))
	}
	x.busy[id]++
	defer func() { x.busy[id]-- }()
	args := make([]val, len(call.From))
	for i, f := range call.From {
		args[i] = v
		if !slices.Contains(value.Alternatives(f), value.Value(u)) {
			args[i] = x.convert(f, "", fmt.Sprintf("%p<%d", call, i), call.Pos)
		}
	}
	rs, ok := x.runUnknown(fr, st, call, d, args)
	if !ok {
		return one(st, x.lostSight(u, v))
	}
	for i := range rs {
		rs[i].v = v
	}
	return rs
}

// lostSight is a value of which nothing is known any more.
func (x *exec) lostSight(u *value.Unknown, v val) val {
	if _, isNil := v.(nilVal); isNil {
		return v
	}
	s := x.fresh(fmt.Sprintf("changed:%p", u), tSetting)
	s.text, s.typ, s.pos, s.nonNil = u.Why, u.Type, u.Pos, true
	return s
}
