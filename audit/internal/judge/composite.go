package judge

import (
	"go/ast"
	"go/types"
	"slices"
)

func (x *exec) addressOfLit(fr *frame, st *state, lit *ast.CompositeLit) []ev {
	var all []ev
	for _, r := range x.composite(fr, st, lit) {
		c := x.cell(fr.key + "/&" + fr.round + itoa(int(lit.Pos())))
		c.built = c.built || fr.building
		r.st.mem.set(c, r.v)
		all = append(all, ev{r.st, &ptr{to: c}})
	}
	return all
}

func (x *exec) composite(fr *frame, st *state, e *ast.CompositeLit) []ev {
	t := fr.typeOf(e)
	if t == nil {
		return one(st, x.fresh(fr.site(e.Pos()), 0))
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	values := make([]ast.Expr, len(e.Elts))
	for i, el := range e.Elts {
		values[i] = el
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			values[i] = kv.Value
		}
	}
	var all []ev
	for _, r := range x.evals(fr, st, values) {
		if len(r.vs) != len(values) {
			continue
		}
		r.st.ages(r.vs...)
		r.vs = fr.flows(r.vs, values, func(i int) types.Type { return elementOf(t, e.Elts[i], i) })
		switch u := t.Underlying().(type) {
		case *types.Struct:
			s := &strct{typ: t, f: map[string]val{}, id: fr.made(t)}
			for i, el := range e.Elts {
				if kv, ok := el.(*ast.KeyValueExpr); ok {
					if id, ok := kv.Key.(*ast.Ident); ok {
						s.f[id.Name] = r.vs[i]
					}
				} else if i < u.NumFields() {
					s.f[u.Field(i).Name()] = r.vs[i]
				}
			}
			all = append(all, ev{r.st, looseElement(s)})
		case *types.Slice, *types.Array:
			if !loosens(t) {
				all = append(all, ev{r.st, &list{typ: t, elems: slices.Clip(r.vs)}})
				continue
			}
			s := &sym{key: "lit:" + fr.site(e.Pos()), t: tMaybe, typ: t, text: exprText(e), pos: e.Pos(), nonNil: true}
			for _, v := range r.vs {
				s.t |= taintOf(v)
			}
			all = append(all, ev{r.st, maybeTexts(s, r.vs...)})
		default:
			s := &sym{key: "lit:" + fr.site(e.Pos()), t: tSetting, typ: t, text: exprText(e), pos: e.Pos(), nonNil: true}
			for _, v := range r.vs {
				s.t |= taintOf(v)
			}
			s.held = r.vs
			for _, v := range r.vs {
				x.handsFunctions(r.st, v)
				x.holdsPointer(fr, r.st, e, v)
			}
			if isMap(t) {
				s.whole = true
				s.members = x.keysOf(fr, r.st, e)
				s.t |= taintAll(s.members) & tFromCaller
				s = x.maybeNext(r.st, s, s.members...)
			}
			s = maybeTexts(s, r.vs...)
			if loosens(t) || slices.ContainsFunc(s.members, looseKey) {
				s.t |= tMaybe
			}
			all = append(all, ev{r.st, s})
		}
	}
	return all
}

// elementOf is the type of what an element of a literal is put into.
func elementOf(t types.Type, el ast.Expr, i int) types.Type {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return elemType(t)
	}
	if kv, ok := el.(*ast.KeyValueExpr); ok {
		if id, ok := kv.Key.(*ast.Ident); ok {
			return fieldType(t, id.Name)
		}
		return nil
	}
	if i < s.NumFields() {
		return s.Field(i).Type()
	}
	return nil
}

// keysOf are the keys of a map that stands in the code.
func (x *exec) keysOf(fr *frame, st *state, e *ast.CompositeLit) []val {
	var keys []val
	for _, el := range e.Elts {
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			for _, r := range x.eval(fr, st.clone(), kv.Key) {
				keys = append(keys, r.v)
			}
		}
	}
	return keys
}
