package judge

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// Elements of slices and arrays are on the paths of pointers as fields are, by
// their number in brackets.

// anyElement stands for one that is not known.
const anyElement = "[?]"

func elementNamed(i int) string { return "[" + itoa(i) + "]" }

// at is the element of a name.
func (l *list) at(name string) (int, bool) {
	n, ok := strings.CutPrefix(name, "[")
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(strings.TrimSuffix(n, "]"))
	return i, err == nil && i < len(l.elems)
}

// element returns a pointer to an element of what a variable holds, nil where
// its elements are not known anyway.
func (x *exec) element(fr *frame, st *state, e *ast.IndexExpr, index val) *ptr {
	at := x.pointTo(fr, st, e.X)
	if at == nil {
		return nil
	}
	if p, ok := x.loadPtr(st, at).(*ptr); ok && p != nil {
		at = p // to an array
	}
	name, known := anyElement, -1
	if k, ok := index.(*konst); ok {
		if i, exact := constant.Int64Val(constant.ToInt(k.v)); exact && i >= 0 {
			known = int(i)
		}
	}
	switch v := x.loadPtr(st, at).(type) {
	case *list:
		if known >= 0 && known < len(v.elems) {
			name = elementNamed(known)
		}
	case *strct:
		if !isArray(v.typ) {
			return nil
		}
		if known >= 0 {
			name = elementNamed(known)
		}
	default:
		return nil
	}
	return &ptr{to: at.to, path: append(at.path[:len(at.path):len(at.path)], name)}
}

func isArray(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Array)
	return ok
}

// withElement returns a list with another value at the end of the path, and
// writes it to all variables that hold the same slice.
func (x *exec) withElement(st *state, l *list, path []string, v val) val {
	n := &list{typ: l.typ}
	if i, ok := l.at(path[0]); ok {
		n.elems, n.open = slices.Clone(l.elems), l.open
		n.elems[i] = x.with(st, l.elems[i], path[1:], v)
	} else {
		n.open = x.maybeNext(st, &sym{key: x.id("el:" + keyOf(l) + keyOf(v)), t: taintOf(l) | taintOf(v)}, l, v)
	}
	if isArray(l.typ) {
		return n
	}
	shared := func(v val) bool {
		o, ok := v.(*list)
		return ok && (o == l || len(o.elems) > 0 && len(l.elems) > 0 && &o.elems[0] == &l.elems[0])
	}
	for c, v := range st.mem.all() {
		switch v := v.(type) {
		case *list:
			if shared(v) {
				st.mem.set(c, n)
			}
		case *strct:
			for f, e := range v.f {
				if shared(e) {
					c2 := *v
					c2.f = map[string]val{}
					for k, e := range v.f {
						c2.f[k] = e
					}
					c2.f[f] = n
					v = &c2
					st.mem.set(c, v)
				}
			}
		}
	}
	for _, c := range x.wcells {
		if !st.mem.has(c) && c.init != nil && shared(c.init()) {
			st.mem.set(c, n)
		}
	}
	return n
}

// writesElements says whether a function may write elements of a slice that it is
// given, of which some are known.
func (j *Judge) writesElements(fn *types.Func, args []val) bool {
	if !slices.ContainsFunc(args, func(v val) bool { l, ok := v.(*list); return ok && len(l.elems) > 0 }) {
		return false
	}
	is, known := j.fillers[fn]
	if known {
		return is
	}
	if d := j.decl(fn); d != nil && d.Syntax.Body != nil {
		for _, p := range d.Syntax.Type.Params.List {
			for _, n := range p.Names {
				v, ok := d.Package.Info.Defs[n].(*types.Var)
				is = is || ok && program.FilledIn(d.Package.Info, d.Syntax.Body, v)
			}
		}
	}
	j.fillers[fn] = is
	return is
}

// overwrites does what copy and clear do to what they are given.
func (x *exec) overwrites(fr *frame, st *state, to ast.Expr, v val) {
	to = ast.Unparen(to)
	if s, ok := to.(*ast.SliceExpr); ok {
		to = s.X
	}
	p := x.pointTo(fr, st, to)
	if p == nil {
		return
	}
	switch old := x.loadPtr(st, p).(type) {
	case *list:
		x.storePtr(st, &ptr{to: p.to, path: append(p.path[:len(p.path):len(p.path)], anyElement)}, v)
	case *strct:
		if isArray(old.typ) {
			x.storePtr(st, &ptr{to: p.to, path: append(p.path[:len(p.path):len(p.path)], anyElement)}, v)
		}
	}
}

// callerBounds says whether the caller chooses where a slice begins or ends, and
// nobody has asked how long it is.
func (x *exec) callerBounds(fr *frame, st *state, e *ast.SliceExpr) bool {
	for _, b := range []ast.Expr{e.Low, e.High, e.Max} {
		if b == nil {
			continue
		}
		for _, r := range x.eval(fr, st.clone(), b) {
			s, ok := r.v.(*sym)
			if !ok || !fromCaller(s.t) {
				continue
			}
			fixed := false
			for key, is := range st.known.all() {
				fixed = fixed || is && strings.HasPrefix(key, "e:"+s.key+"=")
			}
			if !fixed {
				return true
			}
		}
	}
	return false
}
