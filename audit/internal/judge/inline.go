package judge

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/wiring"
)

func (x *exec) static(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val, types []types.Type) []ev {
	args = x.asContexts(fn, args)
	if len(args) == 2 && x.j.comparesAll(fn) {
		return one(st, x.equality(fr, e, "crypto/subtle.ConstantTimeCompare", args))
	}
	wanted := x.wanted(fr, st, fn, recv, args) || st.panics && x.j.recoversItself(fn)
	inert := wanted && x.service == nil && !st.panics && x.inert(st, fn, recv, args)
	if wanted && !inert || x.affects(fr, st, fn, recv, args) {
		d := x.j.decl(fn)
		if d != nil && d.Syntax.Body != nil {
			id := x.j.fullName(fn)
			if x.busy[id] < 2 && fr.depth < maxDepth {
				x.busy[id]++
				defer func() { x.busy[id]-- }()
				callee := x.enter(fr, e)
				callee.pkg, callee.sig, callee.dep = d.Package, d.Func.Signature(), !d.Package.Own
				callee.types = wiring.TypeArgs(callee.sig, types, x.typeOfVal(st, recv))
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
	if inert {
		st.ages(append([]val{recv}, args...)...)
		return one(st, tuple{})
	}
	return x.opaque(fr, st, e, fn, recv, args)
}

// undecided is the result of a function that could be read, but was not to its
// end: whatever it seems to prove, it may not.
func (x *exec) undecided(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) []ev {
	for i, a := range append([]val{recv}, args...) {
		if p, ok := a.(*ptr); ok && p != nil {
			// It may have written what it was given.
			old := x.loadPtr(st, p)
			s := &sym{key: "undecided:" + fr.site(e.Pos()) + itoa(i), t: taintOf(old) | tMaybe, text: exprText(e), pos: e.Pos()}
			if o, ok := old.(*strct); ok {
				s.typ = o.typ
			}
			if o, ok := old.(*sym); !ok || o.kind == plain {
				x.storePtr(st, p, s)
			}
		}
	}
	if w := x.j.writingOf(fn); w.vars || w.state || w.unknown {
		x.unsettleShared(fr, st, e)
	}
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
	return &frame{key: x.id(fr.site(e.Pos()) + "/"), caller: fr, at: e.Pos(), cells: map[types.Object]*cell{}, depth: fr.depth + 1, building: fr.building}
}

func (x *exec) bind(fr *frame, st *state, obj types.Object, v val) {
	if obj == nil {
		return
	}
	c := x.cell(fr.key + "/" + obj.Name() + "@" + itoa(int(obj.Pos())))
	c.name = obj.Name()
	fr.cells[obj] = c
	if v == nil {
		v = x.zero(fr.concrete(obj.Type()))
	}
	st.mem.set(c, x.holding(fr, obj, v))
}

func (x *exec) inlineLit(fr *frame, st *state, e *ast.CallExpr, f *closure, args []val) []ev {
	if x.busy[f.id] >= 2 || fr.depth >= maxDepth {
		return x.opaque(fr, st, e, nil, f, args)
	}
	x.busy[f.id]++
	defer func() { x.busy[f.id]-- }()
	callee := x.enter(fr, e)
	callee.pkg, callee.outer, callee.env, callee.lit = f.pkg, f.outer, f.env, f.lit
	if f.outer != nil {
		callee.types = f.outer.types
	} else if f.env != nil {
		callee.types = f.env.Types
	}
	callee.dep = !f.pkg.Own
	callee.sig, _ = f.pkg.Info.TypeOf(f.lit).(*types.Signature)
	return x.inline(fr, callee, st, e, f.lit.Type, f.lit.Body, args)
}

func (x *exec) inline(fr, callee *frame, st *state, e *ast.CallExpr, ft *ast.FuncType, body *ast.BlockStmt, args []val) []ev {
	info := callee.pkg.Info
	callee.proven = st.proof == sure
	args = fr.passes(e, args)
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
				l.elems = slices.Clip(args[i:])
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
					x.bind(callee, st, obj, x.empty(callee, obj.Type()))
					callee.results = append(callee.results, callee.cells[obj])
				} else {
					c := x.cell(callee.key + "/_" + itoa(int(n.Pos())))
					st.mem.set(c, x.zero(callee.typeOf(f.Type)))
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
