package wiring

import (
	"go/ast"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// literal makes a closure.
func (fr *frame) literal(e *ast.FuncLit) value.Value {
	f := &value.Func{Lit: e, Pkg: fr.pkg, Env: fr.env, Name: fr.litName(e)}
	fr.in.lits[e] = f
	return f
}

func (fr *frame) composite(e *ast.CompositeLit, t types.Type) value.Value {
	if t == nil {
		return fr.lost(e)
	}
	under := t.Underlying()
	if p, ok := under.(*types.Pointer); ok { // elided &T in a list
		v := fr.composite(e, p.Elem())
		return &value.Ref{To: &value.Cell{V: v, Pos: e.Pos()}}
	}
	if f, whole := routerType(t); whole && f == NetHTTP {
		return fr.in.newRouter(f, e.Pos())
	}
	switch u := under.(type) {
	case *types.Struct:
		s := &value.Struct{Type: t, Fields: map[string]*value.Cell{}}
		for i, elt := range e.Elts {
			var f *types.Var
			val := elt
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				id, ok := kv.Key.(*ast.Ident)
				if !ok {
					continue
				}
				f, _ = fr.pkg.Info.Uses[id].(*types.Var)
				val = kv.Value
			} else if i < u.NumFields() {
				f = u.Field(i)
			}
			if f == nil {
				continue
			}
			v := fr.converted(fr.element(val, f.Type()), f.Type())
			s.Fields[f.Name()] = &value.Cell{V: copied(v), Name: f.Name(), Pos: val.Pos()}
			fr.in.materialize(s.Fields[f.Name()])
			fr.in.escape(fr, s, v)
		}
		if isType(t, httpPath, "Server") {
			fr.in.made = append(fr.in.made, madeServer{s, e.Pos()})
		}
		return s
	case *types.Slice, *types.Array:
		elem := elemOf(under)
		l := &value.List{Type: t}
		at := 0
		for _, elt := range e.Elts {
			val := elt
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				if n, ok := exactInt(fr.expr(kv.Key)); ok && n >= 0 && n < maxRounds {
					at = n
				}
				val = kv.Value
			}
			for len(l.Elems) <= at {
				l.Elems = append(l.Elems, &value.Cell{V: fr.in.zero(elem)})
			}
			l.Elems[at] = &value.Cell{V: copied(fr.converted(fr.element(val, elem), elem)), Pos: val.Pos()}
			at++
		}
		if a, ok := u.(*types.Array); ok {
			for int64(len(l.Elems)) < min(a.Len(), 256) {
				l.Elems = append(l.Elems, &value.Cell{V: fr.in.zero(elem)})
			}
		}
		return l
	case *types.Map:
		m := &value.Map{Type: t}
		for _, elt := range e.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				m.Entries = append(m.Entries, value.Entry{
					Key: fr.element(kv.Key, u.Key()), Elem: &value.Cell{V: copied(fr.converted(fr.element(kv.Value, u.Elem()), u.Elem())), Pos: kv.Pos()},
				})
			}
		}
		return m
	}
	return fr.lost(e)
}

// element evaluates a part of a composite literal, whose type may be left out.
func (fr *frame) element(e ast.Expr, t types.Type) value.Value {
	if lit, ok := e.(*ast.CompositeLit); ok && lit.Type == nil {
		return fr.composite(lit, t)
	}
	return fr.expr(e)
}

func elemOf(t types.Type) types.Type {
	switch t := underlying(t).(type) {
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	case *types.Map:
		return t.Elem()
	}
	return nil
}

// converted is v as a value of type t: a function that becomes one of a named
// type with methods keeps both.
func (fr *frame) converted(v value.Value, t types.Type) value.Value {
	if v == nil || t == nil {
		return v
	}
	if none, ok := v.(*value.Nil); ok && none.Type == nil {
		return &value.Nil{Type: t}
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.NumMethods() == 0 || types.IsInterface(t) {
		return v
	}
	if n.Obj().Pkg() == nil || n.Obj().Pkg().Path() == httpPath {
		return v // http.HandlerFunc calls what it is made of
	}
	switch x := v.(type) {
	case *value.Func, *value.List, *value.Map, *value.Const, *value.Text:
		return &value.Named{Type: t, V: v}
	case *value.Named:
		return &value.Named{Type: t, V: x.V}
	case *value.Any:
		var options []value.Option
		for _, o := range x.Of {
			options = append(options, value.Option{V: fr.converted(o.V, t), Cond: o.Cond})
		}
		return oneOf(options)
	}
	return v
}
