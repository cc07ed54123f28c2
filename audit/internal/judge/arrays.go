package judge

import (
	"go/ast"
	"go/types"
	"slices"
)

// Slices of arrays share their elements with these, and functions that sort or cut a
// slice write it in its place. Which elements these are is not followed: what is
// written may be any of them.

// slicedArray is a slice of an array, which is not known any more.
func (x *exec) slicedArray(fr *frame, st *state, v val, e *ast.SliceExpr) val {
	t := fr.typeOf(e.X)
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if !isArray(t) || ofBytes(t) {
		return v
	}
	v = x.deref(st, v)
	n := &list{typ: fr.typeOf(e), of: x.pointToArray(fr, st, e.X)}
	n.open = x.maybeNext(st, &sym{key: "part:" + keyOf(v) + fr.site(e.Pos()), t: taintOf(v)}, v)
	if n.of != nil {
		s := &sym{key: slicedKey + fr.site(e.Pos()), t: taintOf(v), typ: t}
		x.storePtr(st, n.of, x.maybeNext(st, s, v))
	}
	return n
}

// slicedKey begins the names of arrays of which there are slices.
const slicedKey = "sliced:"

// pointToArray is pointTo for an array, or what a variable points to that holds the
// address of one.
func (x *exec) pointToArray(fr *frame, st *state, e ast.Expr) *ptr {
	p := x.pointTo(fr, st, e)
	if p == nil {
		return nil
	}
	if to, ok := x.loadPtr(st, p).(*ptr); ok && to != nil {
		return to
	}
	return p
}

// toArray notes that elements of an array may be what was written through a slice of it.
func (x *exec) toArray(st *state, array *ptr, written ...val) {
	if array == nil {
		return
	}
	old := x.loadPtr(st, array)
	t := taintOf(old)
	for _, v := range written {
		t |= taintOf(v)
	}
	s := &sym{key: slicedKey + x.id(keyOf(old)+keyOf(&list{elems: written})), t: t}
	if o, ok := old.(*sym); ok {
		s.typ = o.typ
	}
	x.storePtr(st, array, x.maybeNext(st, s, append(written[:len(written):len(written)], old)...))
	x.toSlicesOf(st, array, written)
}

// toSlicesOf notes in the slices of an array what was written to its elements.
func (x *exec) toSlicesOf(st *state, array *ptr, written []val) {
	for c, v := range st.mem.all() {
		l, ok := v.(*list)
		if !ok || l.of == nil || keyOf(l.of) != keyOf(array) {
			continue
		}
		n := &list{typ: l.typ, of: l.of}
		s := &sym{key: x.id("el:" + keyOf(l) + keyOf(&list{elems: written})), t: taintOf(l)}
		for _, v := range written {
			s.t |= taintOf(v)
		}
		n.open = x.maybeNext(st, s, append(written[:len(written):len(written)], l)...)
		st.mem.set(c, n)
	}
}

// overwrites does what copy and clear do to what they are given.
func (x *exec) overwrites(fr *frame, st *state, to ast.Expr, v val) {
	to = ast.Unparen(to)
	if s, ok := to.(*ast.SliceExpr); ok {
		to = s.X
	}
	p := x.pointToArray(fr, st, to)
	if p == nil {
		return
	}
	any := &ptr{to: p.to, path: append(p.path[:len(p.path):len(p.path)], anyElement)}
	switch old := x.loadPtr(st, p).(type) {
	case *list:
		x.storePtr(st, any, v)
	case *strct:
		if isArray(old.typ) {
			x.storePtr(st, any, v)
		}
	case *sym:
		if old.kind == plain && isArrayOrSlice(old.typ) {
			c := *old
			c.key = x.id("el:" + old.key + keyOf(v))
			c.t |= taintOf(v)
			c.onTrue, c.onNil, c.digest = none, none, nil
			x.storePtr(st, p, x.maybeNext(st, &c, v))
		}
	}
}

func isArrayOrSlice(t types.Type) bool { return isArray(t) || t != nil && isSliceType(t) }

// rearranges notes that a function of the standard library, or one like those, moves
// the elements of slices that it is given, or puts others in their places.
func (x *exec) rearranges(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) {
	if fn == nil || fn.Pkg() == nil || !movesElements(fn) {
		return
	}
	if slices.ContainsFunc(args, func(v val) bool { return sharesTexts(x.deref(st, v)) }) {
		mayHaveWritten(st)
	}
	for _, a := range args {
		if l, ok := x.deref(st, a).(*list); ok && (len(l.elems) > 0 || l.of != nil) {
			s := &sym{key: x.id("moved:" + fr.site(e.Pos()) + keyOf(l)), t: taintOf(&list{elems: args})}
			n := &list{typ: l.typ, of: l.of, open: x.maybeNext(st, s, args...)}
			x.toSlices(st, l, n)
			x.toArray(st, l.of, args...)
		}
	}
}

// movesElements says whether a function that is not read writes a slice in its place.
func movesElements(fn *types.Func) bool {
	switch fn.Pkg().Path() {
	case "slices", "golang.org/x/exp/slices":
		return slices.Contains(movers, fn.Name())
	case "sort":
		return true
	}
	return false
}

var movers = []string{"Compact", "CompactFunc", "Delete", "DeleteFunc", "Insert", "Replace", "Reverse", "Sort", "SortFunc", "SortStableFunc", "AppendSeq"}
