package wiring

import (
	"cmp"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// gone stands in an entry of a map for one that was deleted. It is never written.
var gone = &value.Nil{}

// isGone reports whether an entry was deleted, and whether that is sure.
func isGone(c *value.Cell) (is, sure bool) {
	if a, ok := c.V.(*value.Any); ok {
		return false, !slices.ContainsFunc(a.Of, func(o value.Option) bool { return o.V == value.Value(gone) })
	}
	return c.V == value.Value(gone), true
}

// mutates evaluates functions of the standard library that write lists and maps.
func (fr *frame) mutates(name string, args []value.Value, pos token.Pos) bool {
	in := fr.in
	switch name {
	case "slices.Reverse":
		for _, way := range value.Alternatives(args[0]) {
			l, ok := value.Bare(way).(*value.List)
			switch {
			case !ok:
			case l.Open || way != args[0]:
				l.Unordered = true
			default:
				for i, j := 0, len(l.Elems)-1; i < j; i, j = i+1, j-1 {
					a, b := l.Elems[i].V, l.Elems[j].V
					in.set(l.Elems[i], b)
					in.set(l.Elems[j], a)
					l.Elems[i].Pos, l.Elems[j].Pos = l.Elems[j].Pos, l.Elems[i].Pos
				}
			}
		}
	case "slices.Sort", "sort.Strings":
		in.sort(args[0])
	case "sort.Slice", "sort.SliceStable", "sort.Sort", "sort.Stable", "sort.Ints", "slices.SortFunc", "slices.SortStableFunc":
		disorder(args[0])
		in.runsMethods(args[0], pos, "Len", "Less", "Swap")
	case "maps.Copy":
		in.copyMap(args[0], args[1], pos)
	case "maps.DeleteFunc":
		in.deleteEntry(args[0], nil, pos)
	default:
		return false
	}
	for _, a := range args[1:] {
		for _, way := range value.Alternatives(a) {
			if _, ok := value.Bare(way).(*value.Func); ok {
				in.given(nil, 1, way, pos)
			}
		}
	}
	return true
}

// disorder notes that the elements of a list stand in an order that is not known.
func disorder(v value.Value) {
	for _, way := range value.Alternatives(v) {
		if l, ok := value.Bare(way).(*value.List); ok && len(l.Elems) > 1 {
			l.Unordered = true
		}
	}
}

// sort sorts a list of known strings, and notes of others that their order is not
// known.
func (in *interp) sort(v value.Value) {
	l, ok := value.Bare(v).(*value.List)
	if !ok || l.Open {
		disorder(v)
		return
	}
	vals := make([]value.Value, len(l.Elems))
	for i, c := range l.Elems {
		vals[i] = c.V
		if _, ok := exactString(c.V); !ok {
			disorder(v)
			return
		}
	}
	slices.SortStableFunc(vals, func(a, b value.Value) int {
		x, _ := exactString(a)
		y, _ := exactString(b)
		return cmp.Compare(x, y)
	})
	for i, c := range l.Elems {
		in.set(c, vals[i])
	}
}

// put writes an entry of a map whose elements may be nil, or may not.
func (in *interp) put(m *value.Map, key, v value.Value, pos token.Pos, nilable bool) {
	for _, e := range m.Entries {
		if same(e.Key, key) {
			in.set(e.Elem, copied(v))
			return
		}
	}
	// A map is shared: its entries are not taken back with a branch, but what they
	// hold is, where nothing can stand for it.
	elem := &value.Cell{V: gone, Pos: pos}
	m.Entries = append(m.Entries, value.Entry{Key: key, Elem: elem})
	if nilable {
		in.set(elem, copied(v))
	} else {
		elem.V = copied(v)
	}
}

// copyMap is maps.Copy.
func (in *interp) copyMap(dst, src value.Value, pos token.Pos) {
	to, ok := value.Bare(dst).(*value.Map)
	if !ok {
		return
	}
	from, ok := value.Bare(src).(*value.Map)
	if _, none := value.Bare(src).(*value.Nil); none {
		return
	}
	if ok {
		for _, e := range slices.Clone(from.Entries) {
			if is, _ := isGone(e.Elem); !is {
				in.put(to, e.Key, e.Elem.V, pos, nilable(elemOf(to.Type)))
			}
		}
		if !from.Open {
			return
		}
	}
	to.Open = true
	for _, e := range to.Entries {
		in.mayChange(e.Elem, "what is copied over it", pos)
	}
}

// deleteEntry deletes an entry of a map; without a key any may be deleted.
func (in *interp) deleteEntry(v, key value.Value, pos token.Pos) {
	ways := value.Alternatives(v)
	_, known := value.Bare(key).(*value.Const)
	for _, way := range ways {
		m, ok := value.Bare(way).(*value.Map)
		if !ok {
			continue
		}
		for _, e := range m.Entries {
			switch hit := key != nil && same(e.Key, key); {
			case hit && len(ways) == 1:
				in.set(e.Elem, gone)
			case hit || key == nil || !known || !isConst(e.Key):
				in.set(e.Elem, oneOf([]value.Option{{V: e.Elem.V, Cond: maybe("it is not deleted", pos)}, {V: gone, Cond: maybe("it is deleted", pos)}}))
			}
		}
	}
}

func isConst(v value.Value) bool {
	_, ok := value.Bare(v).(*value.Const)
	return ok
}

// clearAll is the builtin clear.
func (in *interp) clearAll(v value.Value, t types.Type, pos token.Pos) {
	ways := value.Alternatives(v)
	for _, way := range ways {
		switch x := value.Bare(way).(type) {
		case *value.Map:
			if len(ways) > 1 {
				in.deleteEntry(x, nil, pos)
				continue
			}
			for _, e := range x.Entries {
				in.set(e.Elem, gone)
			}
			x.Open = x.Open && len(in.logs) > 0
		case *value.List:
			elem := elemOf(t)
			for _, c := range x.Elems {
				if elem == nil || len(ways) > 1 {
					in.mayChange(c, "what is left", pos)
				} else {
					in.set(c, in.zero(elem))
				}
			}
		}
	}
}

// mayChange makes a variable one that may hold something else.
func (in *interp) mayChange(c *value.Cell, what string, pos token.Pos) {
	if c.V == nil {
		return
	}
	in.set(c, oneOf([]value.Option{{V: c.V, Cond: maybe("it is not replaced", pos)}, {V: &value.Unknown{Type: typeOf(c.V), Why: what, Pos: pos}, Cond: maybe("it is replaced", pos)}}))
}

// replaced tells that a call which is not read may put other functions or handlers
// into the lists and maps that it gets. What builds a handler of them does not.
func (in *interp) replaced(fn *types.Func, args []value.Value, pos token.Pos) {
	if fn == nil || makesResult(fn) || onlyLooks(fn) || isFramework(pkgPath(fn)) || looking[fn.Name()] && (pkgPath(fn) == "slices" || pkgPath(fn) == "maps") {
		return
	}
	sig := fn.Signature()
	for i, a := range args {
		if sig.Variadic() && i >= sig.Params().Len()-1 {
			break // a call that is given a list in the place of arguments writes no argument
		}
		for _, way := range value.Alternatives(a) {
			switch x := value.Bare(way).(type) {
			case *value.List:
				for _, c := range x.Elems {
					if in.handlerish(c.V) {
						in.mayChange(c, "what "+callee(fn)+" puts there", pos)
					}
				}
			case *value.Map:
				for _, e := range x.Entries {
					if in.handlerish(e.Elem.V) {
						in.mayChange(e.Elem, "what "+callee(fn)+" puts there", pos)
					}
				}
			}
		}
	}
}

// looking are functions of slices and maps that write nothing.
var looking = nameSet(`All Backward BinarySearch BinarySearchFunc Chunk Clip Clone Collect Compare CompareFunc Contains ContainsFunc Equal EqualFunc
	Grow Index IndexFunc IsSorted IsSortedFunc Keys Max MaxFunc Min MinFunc Sorted SortedFunc SortedStableFunc Values Concat Repeat AppendSeq`)
