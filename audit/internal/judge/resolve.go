package judge

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// What the wiring does not know is run here, where the code can be read.

// resolveUnknown follows the call of a dependency that the wiring did not. A
// sym is what remains not known.
func (x *exec) resolveUnknown(fr *frame, st *state, u *value.Unknown) []ev {
	rest := func() []ev {
		s := x.fresh(fmt.Sprintf("unknown:%p", u), tSetting)
		s.text, s.typ, s.pos, s.unknown = u.Why, u.Type, u.Pos, u
		for i, f := range u.From {
			if x.holdsNext(f, 0) {
				s.kind = kWraps
				s.held = append(s.held, x.convert(f, "", fmt.Sprintf("%p<%d", u, i), u.Pos))
			}
		}
		return one(st, s)
	}
	if u.Made() != nil && fr.depth < maxDepth {
		var all []ev
		for _, f := range x.resolveUnknown(fr, st, u.Made()) {
			if s, ok := f.v.(*sym); ok && s.unknown != nil {
				return rest()
			}
			args := make([]val, len(u.From)-1)
			for i, a := range u.From[1:] {
				args[i] = x.convert(a, "", fmt.Sprintf("%p<%d", u, i), u.Pos)
			}
			call := &ast.CallExpr{Fun: &ast.Ident{Name: u.Why, NamePos: u.Pos}, Lparen: u.Pos}
			all = append(all, x.apply(fr, f.st, call, f.v, args)...)
		}
		return all
	}
	if u.Callee == nil || fr.depth >= maxDepth {
		return rest()
	}
	fn := u.Callee
	d := x.j.decl(fn)
	if d == nil || d.Syntax.Body == nil || x.j.std(fn.Pkg().Path()) {
		return rest()
	}
	id := fn.FullName()
	if x.busy[id] >= 2 {
		return rest()
	}
	x.busy[id]++
	defer func() { x.busy[id]-- }()
	var all []ev
	for _, a := range x.resolveArgs(fr, st, u) {
		rs, ok := x.runUnknown(fr, a.st, u, d, a.vs)
		if !ok {
			return rest()
		}
		all = append(all, rs...)
	}
	return all
}

// resolveArgs are the arguments of a call of a dependency. What the same package
// made is followed too: a middleware is a method of what its constructor yields.
func (x *exec) resolveArgs(fr *frame, st *state, u *value.Unknown) []evs {
	all := []evs{{st: st}}
	for i, f := range u.From {
		v := x.convert(f, "", fmt.Sprintf("%p<%d", u, i), u.Pos)
		if s, ok := v.(*strct); ok {
			c := *s
			c.own = true
			v = &c
		}
		s, ok := v.(*sym)
		follow := ok && s.unknown != nil && s.unknown.Callee != nil && (s.unknown.Callee.Pkg() == u.Callee.Pkg() || x.j.ownMakes(s.unknown.Callee, u.Callee.Pkg()))
		var next []evs
		for _, a := range all {
			if !follow {
				next = append(next, evs{a.st, append(a.vs[:len(a.vs):len(a.vs)], v)})
				continue
			}
			rs := x.changed(fr, s.unknown, x.resolveUnknown(fr, a.st.clone(), s.unknown))
			for _, r := range rs {
				if _, isNil := r.v.(nilVal); isNil && len(rs) > 1 {
					continue // it failed, and nothing is served with it
				}
				next = append(next, evs{r.st, append(a.vs[:len(a.vs):len(a.vs)], r.v)})
			}
		}
		all = next
	}
	return all
}

// ownMakes says whether a function of the module yields what is of a package.
func (j *Judge) ownMakes(fn *types.Func, of *types.Package) bool {
	return fn.Pkg() != nil && j.prog.Own(fn.Pkg().Path()) && makesOf(fn, of)
}

// makesOf says whether what a function yields first is of a package.
func makesOf(fn *types.Func, of *types.Package) bool {
	if fn.Signature().Results().Len() == 0 || of == nil {
		return false
	}
	path, _ := named(fn.Signature().Results().At(0).Type())
	return path != "" && path == bare(of.Path())
}

// runUnknown runs the function of a dependency that was called with what is
// known of its arguments; false: it cannot.
func (x *exec) runUnknown(fr *frame, st *state, u *value.Unknown, d *program.Decl, args []val) ([]ev, bool) {
	callee := &frame{key: fmt.Sprintf("%s%p/", fr.key, u), caller: fr, cells: map[types.Object]*cell{}, depth: fr.depth + 1, pkg: d.Package, sig: d.Func.Signature(), dep: !d.Package.Own, building: true}
	if r := d.Syntax.Recv; r != nil {
		if len(args) == 0 {
			return nil, false
		}
		if len(r.List) > 0 && len(r.List[0].Names) > 0 {
			x.bind(callee, st, d.Package.Info.Defs[r.List[0].Names[0]], args[0])
		}
		args = args[1:]
	}
	call := &ast.CallExpr{Fun: d.Syntax.Name, Lparen: d.Syntax.Pos()}
	if n := len(args); n > 0 && d.Func.Signature().Variadic() {
		if _, isList := args[n-1].(*list); isList && n == d.Func.Signature().Params().Len() {
			call.Ellipsis = d.Syntax.Pos()
		}
	}
	rs := x.inline(fr, callee, st, call, d.Syntax.Type, d.Syntax.Body, args)
	for i, r := range rs {
		served(r.st)
		if t, ok := r.v.(tuple); ok {
			if u.Result < len(t) {
				rs[i].v = t[u.Result]
			} else {
				return nil, false
			}
		}
	}
	return rs, true
}
