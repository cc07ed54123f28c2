package judge

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/authgen/authgen/audit/internal/value"
)

// changed is what a call of a dependency yielded, on each way, after the calls
// that were given it later: a middleware that is made strict may be loosened.
func (x *exec) changed(fr *frame, u *value.Unknown, ways []ev) []ev {
	for _, call := range u.Later {
		if !x.j.mayWrite(call.Callee, 0) {
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

// mayWrite says whether a function may change what it is given pointers to: it,
// or one that it calls, assigns what is no variable of its own.
func (j *Judge) mayWrite(fn *types.Func, depth int) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	if !j.prog.Own(fn.Pkg().Path()) && j.std(fn.Pkg().Path()) {
		return false
	}
	fn = fn.Origin()
	if is, known := j.writers[fn]; known {
		return is
	}
	d := j.decl(fn)
	if d == nil || d.Syntax.Body == nil || depth > 6 {
		return true
	}
	j.writers[fn] = false // one that calls itself
	found := false
	ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				if _, local := ast.Unparen(l).(*ast.Ident); !local {
					found = true
				}
			}
		case *ast.IncDecStmt:
			if _, local := ast.Unparen(n.X).(*ast.Ident); !local {
				found = true
			}
		case *ast.CallExpr:
			if callee, ok := typeutil.Callee(d.Package.Info, n).(*types.Func); ok {
				found = found || j.mayWrite(callee, depth+1)
			}
		case *ast.FuncLit:
			return false // it runs with a request, or not at all
		}
		return !found
	})
	j.writers[fn] = found
	return found
}
