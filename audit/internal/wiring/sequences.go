package wiring

import (
	"go/ast"
	"go/constant"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// chunks is a slice as the sequence of slices of some of its elements each, nil where that
// is not known.
func chunks(v, size value.Value) value.Value {
	l, ok := value.Bare(v).(*value.List)
	n, exact := exactInt(size)
	if !ok || l.Open || !exact || n < 1 {
		return nil
	}
	out := &value.List{}
	for from := 0; from < len(l.Elems); from += n {
		part := &value.List{Type: l.Type, Elems: l.Elems[from:min(from+n, len(l.Elems))], Unordered: l.Unordered}
		out.Elems = append(out.Elems, &value.Cell{V: part})
	}
	return out
}

// collected runs a function that yields elements, and puts these into a slice or, of
// pairs, a map; sorts says that their order changes.
func (fr *frame) collected(e *ast.CallExpr, seq *value.Func, sorts bool) (value.Value, bool) {
	list, pairs := &value.List{Type: fr.typeOf(e), Unordered: sorts}, &value.Map{Type: fr.typeOf(e)}
	yield := &native{call: func(args []value.Value) value.Value {
		switch len(args) {
		case 1:
			list.Elems = append(list.Elems, &value.Cell{V: copied(args[0])})
		case 2:
			fr.in.put(pairs, args[0], args[1], e.Pos(), true)
		}
		return &value.Const{Type: types.Typ[types.Bool], Val: constant.MakeBool(true)}
	}}
	if _, ok := fr.in.callFunc(seq, []value.Value{yield}, e.Pos()); !ok {
		return nil, false
	}
	if _, isMap := underlying(list.Type).(*types.Map); isMap {
		return pairs, true
	}
	return list, true
}
