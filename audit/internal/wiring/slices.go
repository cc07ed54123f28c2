package wiring

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// appended evaluates append for each combination of what the slices may be.
func (fr *frame) appended(e *ast.CallExpr) value.Value {
	t := fr.typeOf(e)
	args := fr.arguments(e)
	if len(args) == 0 || t == nil {
		return fr.lost(e)
	}
	var options []value.Option
	for _, base := range optionsOf(args[0]) {
		if !e.Ellipsis.IsValid() {
			more := &value.List{Type: t}
			for i, a := range args[1:] {
				c := &value.Cell{V: fr.converted(a, elemOf(t)), Pos: e.Pos()}
				if len(e.Args) == len(args) {
					c.Pos = e.Args[1+i].Pos()
				}
				more.Elems = append(more.Elems, c)
			}
			options = append(options, value.Option{V: fr.in.extend(base.V, more, t), Cond: base.Cond})
			continue
		}
		for _, way := range optionsOf(args[len(args)-1]) {
			options = append(options, value.Option{V: fr.in.extend(base.V, way.V, t), Cond: both(base.Cond, way.Cond)})
		}
	}
	if v := oneOf(options); v != nil {
		return v
	}
	return fr.lost(e)
}

// extend is append(base, more...). As in Go, what is appended is written behind
// the elements of base where its array has room, and whoever shares the array
// sees it.
func (in *interp) extend(base, more value.Value, t types.Type) value.Value {
	out := &value.List{Type: t}
	var add []*value.Cell
	switch m := value.Bare(more).(type) {
	case *value.List:
		add, out.Open = m.Elems, m.Open
	case *value.Nil:
	default:
		out.Open = true
	}
	l, ok := value.Bare(base).(*value.List)
	if !ok {
		if _, none := value.Bare(base).(*value.Nil); !none {
			out.Open = true
		}
		l = &value.List{Type: t}
	}
	out.Open = out.Open || l.Open
	if len(l.Spare) >= len(add) {
		out.Elems = append(out.Elems, l.Elems...)
		for i, a := range add {
			in.set(l.Spare[i], copied(a.V))
			l.Spare[i].Pos = a.Pos
			out.Elems = append(out.Elems, l.Spare[i])
		}
		out.Spare, out.Grown = l.Spare[len(add):], l.Grown
		return out
	}
	if !l.Grown { // a new array
		for _, c := range l.Elems {
			out.Elems = append(out.Elems, &value.Cell{V: c.V, Name: c.Name, Pos: c.Pos})
		}
	} else {
		out.Elems = append(out.Elems, l.Elems...)
	}
	var tail []*value.Cell
	for i, a := range add {
		if l.Grown && i < len(l.Tail) { // perhaps the same element
			in.set(l.Tail[i], oneOf([]value.Option{{V: l.Tail[i].V}, {V: a.V, Cond: Condition{Text: "append has room", Pos: a.Pos}}}))
		}
		tail = append(tail, &value.Cell{V: copied(a.V), Pos: a.Pos})
	}
	if l.Grown && l.Tail == nil {
		l.Tail = tail
	}
	out.Elems = append(out.Elems, tail...)
	out.Grown = true
	return out
}

// sliceOf is l[from:to], which shares the array.
func sliceOf(l *value.List, t types.Type, from, to int, capped bool) *value.List {
	out := &value.List{Type: t, Elems: l.Elems[from:to:to], Unordered: l.Unordered, Grown: l.Grown && !capped, Open: l.Open && to == len(l.Elems)}
	if !capped {
		out.Spare = append(append([]*value.Cell{}, l.Elems[to:]...), l.Spare...)
	}
	return out
}

// deleted is slices.Delete(s, i, j), which moves elements within the array. Where
// it is not known which, each may be another.
func (in *interp) deleted(args []value.Value, t types.Type) (value.Value, bool) {
	if len(args) != 3 {
		return nil, false
	}
	i, from := exactInt(args[1])
	j, to := exactInt(args[2])
	l, one := value.Bare(args[0]).(*value.List)
	if one && from && to && !l.Open && 0 <= i && i <= j && j <= len(l.Elems) {
		n := len(l.Elems) - (j - i)
		for k, c := range l.Elems[i:n] {
			in.set(c, l.Elems[j+k].V)
			c.Pos = l.Elems[j+k].Pos
		}
		for _, c := range l.Elems[n:] {
			in.set(c, &value.Nil{}) // or another zero: nobody sees it
		}
		return sliceOf(l, t, 0, n, false), true
	}
	for _, way := range value.Alternatives(args[0]) {
		l, ok := value.Bare(way).(*value.List)
		if !ok {
			continue
		}
		var may []value.Option
		for _, c := range slices.Backward(l.Elems) {
			may = append(may, value.Option{V: c.V})
			in.set(c, oneOf(append([]value.Option{}, may...)))
		}
	}
	return nil, false
}
