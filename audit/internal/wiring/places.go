package wiring

import (
	"go/ast"
	"go/constant"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// operand is what a method is called on: a pointer to a variable where there
// is one, so that the method can write it.
func (fr *frame) operand(e ast.Expr) value.Value {
	e = ast.Unparen(e)
	switch e.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.StarExpr:
		if c := fr.cell(e); c != nil {
			fr.in.unite(c)
			switch c.V.(type) {
			case *value.Struct, *value.Named, *value.Map, *value.List:
				return &value.Ref{To: c}
			case nil:
			default:
				return c.V
			}
		}
	}
	return fr.expr(e)
}

// path follows the fields of a selection to the variable at its end.
func (in *interp) path(v value.Value, t types.Type, index []int) *value.Cell {
	var c *value.Cell
	for _, i := range index {
		st := structOf(t)
		if st == nil || i >= st.NumFields() {
			return nil
		}
		f := st.Field(i)
		c = in.field(v, f)
		if c == nil {
			return nil
		}
		in.unite(c)
		v, t = c.V, f.Type()
	}
	return c
}

func structOf(t types.Type) *types.Struct {
	if t == nil {
		return nil
	}
	t = types.Unalias(t)
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, _ := t.Underlying().(*types.Struct)
	return st
}

// addressed is the value of a variable as a method sees it.
func (in *interp) addressed(c *value.Cell) value.Value {
	switch c.V.(type) {
	case *value.Struct, *value.Named, *value.Map, *value.List:
		return &value.Ref{To: c}
	}
	return c.V
}

// cell returns the variable that an expression denotes, nil when there is none.
func (fr *frame) cell(e ast.Expr) *value.Cell {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if obj, ok := fr.pkg.Info.ObjectOf(e).(*types.Var); ok {
			return fr.variable(obj)
		}
	case *ast.SelectorExpr:
		sel := fr.pkg.Info.Selections[e]
		if sel == nil {
			if obj, ok := fr.pkg.Info.Uses[e.Sel].(*types.Var); ok {
				return fr.variable(obj)
			}
			return nil
		}
		if sel.Kind() != types.FieldVal {
			return nil
		}
		v := fr.operand(e.X)
		if a, ok := v.(*value.Any); ok {
			for _, o := range a.Of {
				if _, none := o.V.(*value.Nil); !none {
					v = o.V
					break
				}
			}
		}
		return fr.in.path(v, sel.Recv(), sel.Index())
	case *ast.StarExpr:
		if r, ok := fr.expr(e.X).(*value.Ref); ok {
			return r.To
		}
	case *ast.IndexExpr:
		x := value.Bare(fr.expr(e.X))
		switch x := x.(type) {
		case *value.List:
			if i, ok := exactInt(fr.expr(e.Index)); ok && !x.Unordered && i >= 0 && i < len(x.Elems) {
				return x.Elems[i]
			}
		case *value.Map:
			key := fr.expr(e.Index)
			if len(underAny(x, key)) > 0 {
				break
			}
			for _, entry := range x.Entries {
				if is, _ := isGone(entry.Elem); !is && same(entry.Key, key) {
					return entry.Elem
				}
			}
		}
	case *ast.CompositeLit:
		return &value.Cell{V: fr.expr(e), Pos: e.Pos()}
	}
	return nil
}

func (fr *frame) index(e *ast.IndexExpr) value.Value {
	if c := fr.cell(e); c != nil && c.V != nil {
		return c.V
	}
	return fr.throughFields(fr.expr(e.X), e, func(x value.Value) value.Value {
		var options []value.Option
		switch x := value.Bare(x).(type) {
		case *value.Map:
			key := fr.expr(e.Index)
			if _, known := value.Bare(key).(*value.Const); known && !x.Open {
				options = underAny(x, key)
				for _, entry := range x.Entries {
					if is, _ := isGone(entry.Elem); !is && same(entry.Key, key) {
						return oneOf(append(options, value.Option{V: entry.Elem.V}))
					}
				}
				return oneOf(append(options, value.Option{V: fr.in.zero(fr.typeOf(e))}))
			}
			for _, entry := range x.Entries {
				if is, _ := isGone(entry.Elem); is {
					continue
				}
				options = append(options, value.Option{V: entry.Elem.V})
			}
		case *value.List:
			if i, ok := exactInt(fr.expr(e.Index)); ok && !x.Unordered && i >= 0 && i < len(x.Elems) {
				return x.Elems[i].V
			}
			for _, elem := range x.Elems {
				options = append(options, value.Option{V: elem.V})
			}
		}
		if v := oneOf(options); v != nil {
			return v
		}
		return fr.lost(e)
	})
}

func (fr *frame) slice(e *ast.SliceExpr) value.Value {
	x := value.Bare(fr.expr(e.X))
	if _, none := x.(*value.Nil); none {
		return x
	}
	l, ok := x.(*value.List)
	if !ok {
		if s, ok := exactString(x); ok {
			from, to := 0, len(s)
			if e.Low != nil {
				if from, ok = exactInt(fr.expr(e.Low)); !ok {
					return fr.lost(e)
				}
			}
			if e.High != nil {
				if to, ok = exactInt(fr.expr(e.High)); !ok {
					return fr.lost(e)
				}
			}
			if 0 <= from && from <= to && to <= len(s) {
				return &value.Const{Type: fr.typeOf(e), Val: constant.MakeString(s[from:to])}
			}
		}
		return fr.lost(e)
	}
	from, to := 0, len(l.Elems)
	sure := true
	if e.Low != nil {
		from, sure = exactInt(fr.expr(e.Low))
	}
	if e.High != nil && sure {
		to, sure = exactInt(fr.expr(e.High))
	}
	if !sure || from < 0 || from > to || to > len(l.Elems) {
		return &value.List{Type: fr.typeOf(e), Elems: l.Elems, Open: true}
	}
	if l.Unordered && to-from < len(l.Elems) {
		out := &value.List{Type: fr.typeOf(e), Open: l.Open}
		for range to - from {
			var any []value.Option
			for _, c := range l.Elems {
				any = append(any, value.Option{V: c.V})
			}
			out.Elems = append(out.Elems, &value.Cell{V: oneOf(any), Pos: e.Pos()})
		}
		return out
	}
	return sliceOf(l, fr.typeOf(e), from, to, e.Slice3)
}

// underAny are the elements of a map whose keys are not known and may be a key
// that is.
func underAny(m *value.Map, key value.Value) (options []value.Option) {
	if _, known := value.Bare(key).(*value.Const); !known {
		return nil
	}
	for _, entry := range m.Entries {
		if is, _ := isGone(entry.Elem); is || entry.Elem.V == nil {
			continue
		}
		switch value.Bare(entry.Key).(type) {
		case *value.Unknown, *value.Any, *value.Text:
			options = append(options, value.Option{V: entry.Elem.V})
		}
	}
	return options
}
