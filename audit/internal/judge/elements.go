package judge

import (
	"go/ast"
	"go/constant"
	"go/types"
	"maps"
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
		t := mixed(taintOf(l) | taintOf(v))
		n.open = x.maybeNext(st, &sym{key: x.id("el:" + keyOf(l) + keyOf(v)), t: t}, l, v)
	}
	if isArray(l.typ) {
		return n
	}
	n.of = l.of
	x.toSlices(st, l, n)
	x.toArray(st, l.of, v)
	return n
}

// sameArray says whether two lists are slices of one array: they have the same end,
// as long as nothing is appended.
func sameArray(a, b *list) bool {
	i, k := cap(a.elems), cap(b.elems)
	return a == b || i > 0 && k > 0 && &a.elems[:i][i-1] == &b.elems[:k][k-1]
}

// toSlices puts what is now in the place of a list into all variables that hold a
// slice of the same array.
func (x *exec) toSlices(st *state, old, now *list) {
	all := old // the longest one
	look := func(v val) {
		if o, ok := v.(*list); ok && sameArray(o, old) && cap(o.elems) > cap(all.elems) {
			all = o
		}
	}
	for _, v := range st.mem.all() {
		look(v)
		if s, ok := v.(*strct); ok {
			for _, e := range s.f {
				look(e)
			}
		}
	}
	size := cap(all.elems)
	array := make([]val, size)
	copy(array, all.elems[:size])
	if now.elems != nil {
		copy(array[size-cap(old.elems):], now.elems)
		now.elems = array[size-cap(old.elems):][:len(now.elems)]
	}
	part := func(v val) (val, bool) {
		o, ok := v.(*list)
		switch {
		case !ok || !sameArray(o, old):
			return v, false
		case o == old || now.elems == nil:
			return now, true
		}
		return &list{typ: o.typ, open: o.open, of: o.of, elems: array[size-cap(o.elems):][:len(o.elems)]}, true
	}
	for c, v := range st.mem.all() {
		if s, ok := v.(*strct); ok {
			var n *strct
			for f, e := range s.f {
				if e, ok := part(e); ok {
					if n == nil {
						c2 := *s
						c2.f = maps.Clone(s.f)
						n = &c2
					}
					n.f[f] = e
				}
			}
			if n != nil {
				st.mem.set(c, n)
			}
		} else if v, ok := part(v); ok {
			st.mem.set(c, v)
		}
	}
	for _, c := range x.wcells {
		if !st.mem.has(c) && c.init != nil {
			if v, ok := part(c.init()); ok {
				st.mem.set(c, v)
			}
		}
	}
}

// sliced is a part of a list; of what begins or ends where it is not known no
// element is.
func (x *exec) sliced(fr *frame, st *state, l *list, e *ast.SliceExpr) val {
	if slices.ContainsFunc(l.elems, runs) && (e.Low != nil && x.bound(fr, st, e.Low, 0) < 0 || e.High != nil && x.bound(fr, st, e.High, 0) < 0) {
		return l
	}
	low, high := x.bound(fr, st, e.Low, 0), x.bound(fr, st, e.High, len(l.elems))
	if t := fr.typeOf(e.X); t != nil && !isSliceType(t) {
		return x.slicedArray(fr, st, l, e)
	}
	n := &list{typ: l.typ, of: l.of}
	switch {
	case low >= 0 && low <= high && high <= len(l.elems):
		n.elems = l.elems[low:high]
		if e.High == nil {
			n.open = l.open
		}
	default:
		n.elems = l.elems[:0]
		n.open = &sym{key: "part:" + keyOf(l) + fr.site(e.Pos()), t: taintOf(l)}
	}
	return n
}

// bound is where a slice begins or ends, -1 where that is not known.
func (x *exec) bound(fr *frame, st *state, e ast.Expr, without int) int {
	if e == nil {
		return without
	}
	rs := x.eval(fr, st.clone(), e)
	if len(rs) != 1 {
		return -1
	}
	if k, ok := rs[0].v.(*konst); ok {
		if i, exact := constant.Int64Val(constant.ToInt(k.v)); exact && i >= 0 && i < 1<<16 {
			return int(i)
		}
	}
	return -1
}

// runs says whether a value is a function or a handler.
func runs(v val) bool {
	switch v.(type) {
	case *closure, *nextVal, *ptr:
		return true
	}
	return false
}

func isSliceType(t types.Type) bool {
	_, is := t.Underlying().(*types.Slice)
	return is
}

// overrun is what a list is to which is appended: what follows it in its array is
// written, of another list or of what was made of this one by append before.
func (x *exec) overrun(st *state, v val) val {
	l, ok := v.(*list)
	if !ok || slices.ContainsFunc(l.elems[:cap(l.elems)], runs) {
		return v
	}
	for c, v := range st.mem.all() {
		if o, ok := v.(*list); ok && o.grown == l && !slices.ContainsFunc(o.elems, runs) {
			st.mem.set(c, &list{typ: o.typ, open: &sym{key: x.id("over:" + keyOf(o)), t: taintOf(o)}})
		}
	}
	if len(l.elems) == cap(l.elems) {
		return v
	}
	n := &list{typ: l.typ, open: &sym{key: x.id("over:" + keyOf(l)), t: taintOf(l)}}
	x.toSlices(st, l, n)
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
