package judge

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// branch tells the ways on which a condition holds from those on which it does
// not.
func (x *exec) branch(fr *frame, st *state, e ast.Expr) (yes, no []*state) {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			no, yes = x.branch(fr, st, e.X)
			return yes, no
		}
	case *ast.BinaryExpr:
		switch e.Op {
		case token.LAND:
			left, no := x.branch(fr, st, e.X)
			for _, s := range left {
				y, n := x.branch(fr, s, e.Y)
				yes, no = append(yes, y...), append(no, n...)
			}
			return merged(yes), merged(no)
		case token.LOR:
			yes, left := x.branch(fr, st, e.X)
			for _, s := range left {
				y, n := x.branch(fr, s, e.Y)
				yes, no = append(yes, y...), append(no, n...)
			}
			return merged(yes), merged(no)
		}
	}
	for _, r := range x.eval(fr, st, e) {
		before := len(r.st.facts)
		text := x.j.text(e)
		inner := text
		switch v := r.v.(type) {
		case *cond:
			inner = v.text
		case *sym:
			inner = words(v, text)
		}
		if _, isCall := ast.Unparen(e).(*ast.CallExpr); isCall && inner != text {
			text += " (" + inner + ")"
		} else {
			text = inner
		}
		y, n := x.decide(fr, r.st, r.v, text, e.Pos())
		told(y, before, text, true)
		told(n, before, text, false)
		yes, no = append(yes, y...), append(no, n...)
	}
	return merged(yes), merged(no)
}

// told writes a decision down in the words of the code.
func told(states []*state, before int, text string, holds bool) {
	for _, s := range states {
		for i := len(s.facts) - 1; i >= before; i-- {
			if f := &s.facts[i]; !f.plain {
				f.text, f.fails = text, !holds
				break
			}
		}
	}
}

func merged(states []*state) []*state {
	return merge(states, func(s *state) *state { return s }, func(*state) uint64 { return 0 })
}

// decide splits by a boolean value.
func (x *exec) decide(fr *frame, st *state, v val, text string, pos token.Pos) (yes, no []*state) {
	switch v := v.(type) {
	case *konst:
		if is, ok := isTrue(v); ok {
			return only(st, is)
		}
	case *cond:
		if v.op == token.LAND {
			left, no := x.decide(fr, st, v.x, text, v.pos)
			for _, s := range left {
				y, n := x.decide(fr, s, v.y, text, v.pos)
				yes, no = append(yes, y...), append(no, n...)
			}
			if v.not {
				yes, no = no, yes
			}
			return merged(yes), merged(no)
		}
		if v.not {
			opposite := fact{text: v.text, fails: true}
			no, yes = x.compare(fr, st, v.x, v.y, v.op, opposite.words(), v.pos)
			return yes, no
		}
		return x.compare(fr, st, v.x, v.y, v.op, v.text, v.pos)
	}
	return x.truth(st, v, text, pos, false)
}

func only(st *state, is bool) (yes, no []*state) {
	if is {
		return []*state{st}, nil
	}
	return nil, []*state{st}
}

// truth splits by whether a value is true, set, not empty; or, with zero, by
// whether it is not.
func (x *exec) truth(st *state, v val, text string, pos token.Pos, zero bool) (yes, no []*state) {
	set, unset := x.isSet(st, v, text, pos)
	if zero {
		return unset, set
	}
	return set, unset
}

func (x *exec) isSet(st *state, v val, text string, pos token.Pos) (set, unset []*state) {
	switch v := v.(type) {
	case nilVal:
		return only(st, false)
	case *konst:
		return only(st, !zeroConst(v.v))
	case *ptr, *closure, *nextVal:
		return only(st, true)
	case *list:
		if len(v.elems) > 0 {
			return only(st, true)
		}
		if v.open == nil {
			return only(st, false)
		}
		return x.isSet(st, v.open, text, pos)
	case *cond:
		return x.decide(nil, st, v, text, pos)
	case *sym:
		if v.nonNil {
			return only(st, true)
		}
		key := "z:" + strings.TrimPrefix(v.key, "len:")
		if is, ok := st.known.get(key); ok {
			return only(st, !is)
		}
		u := st.clone()
		st.looked, u.looked = st.looked || v.onNil > none, u.looked || v.onTrue > none
		st.decide(fact{key: key, is: false, who: v.t&tWho != 0, text: text, pos: pos})
		u.decide(fact{key: key, is: true, who: v.t&tWho != 0, text: text, pos: pos})
		set = st.proves(v.onTrue, v.needs, Evidence{Pos: pos, Text: "denies unless " + words(v, text)})
		unset = u.proves(v.onNil, v.needs, Evidence{Pos: pos, Text: "denies when " + words(v, text) + " fails"})
		return set, unset
	}
	key := "z:" + keyOf(v)
	if is, ok := st.known.get(key); ok {
		return only(st, !is)
	}
	u := st.clone()
	who := taintOf(v)&tWho != 0
	st.decide(fact{key: key, is: false, who: who, text: text, pos: pos})
	st.prove(levelOf(v), Evidence{Pos: pos, Text: "denies unless " + text})
	u.decide(fact{key: key, is: true, who: who, text: text, pos: pos})
	return []*state{st}, []*state{u}
}

func words(s *sym, text string) string {
	if s.text != "" {
		return s.text
	}
	return text
}

// either splits by a decision that is its own.
func (x *exec) either(st *state, key string, who bool, text string, pos token.Pos, proof level) (yes, no []*state) {
	if is, ok := st.known.get(key); ok {
		return only(st, is)
	}
	n := st.clone()
	n.looked = n.looked || proof > none
	st.decide(fact{key: key, is: true, who: who, text: text, pos: pos})
	st.prove(proof, Evidence{Pos: pos, Text: "denies unless " + text})
	n.decide(fact{key: key, is: false, who: who, text: text, fails: true, pos: pos})
	return []*state{st}, []*state{n}
}

// parametric says whether a type is one that a type parameter is part of.
func parametric(t types.Type, depth int) bool {
	if t == nil || depth > 4 {
		return false
	}
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Pointer:
		return parametric(t.Elem(), depth+1)
	case *types.Slice:
		return parametric(t.Elem(), depth+1)
	case *types.Array:
		return parametric(t.Elem(), depth+1)
	case *types.Map:
		return parametric(t.Key(), depth+1) || parametric(t.Elem(), depth+1)
	case *types.Named:
		for arg := range t.TypeArgs().Types() {
			if parametric(arg, depth+1) {
				return true
			}
		}
	}
	return false
}

// typeOfVal is the type of a value, nil where it is not known.
func typeOfVal(st *state, v val) types.Type {
	switch v := v.(type) {
	case *ptr:
		if s, ok := st.load(v.to).(*strct); ok {
			return s.typ
		}
	case *strct:
		return v.typ
	case *sym:
		return v.typ
	}
	return nil
}

// isType splits by whether a value has a type.
func (x *exec) isType(fr *frame, st *state, v val, t types.Type, text string, pos token.Pos) (yes, no []*state) {
	if parametric(t, 0) || parametric(typeOfVal(st, v), 0) {
		// What a type parameter stands for is not followed.
		return x.either(st, "t:"+keyOf(v)+":"+typeName(t), taintOf(v)&tWho != 0, text, pos, none)
	}
	var have types.Type
	switch v := v.(type) {
	case nilVal:
		return only(st, false)
	case *ptr:
		if s, ok := st.load(v.to).(*strct); ok && len(v.path) == 0 && s.typ != nil {
			have = types.NewPointer(s.typ)
		}
	case *strct:
		have = v.typ
	case *konst:
		if b, ok := t.Underlying().(*types.Basic); ok {
			return only(st, basicHolds(b, v.v))
		}
		return only(st, false)
	case *sym:
		if v.inside != nil && v.typ != nil && !types.IsInterface(v.typ) {
			have = v.typ
			break
		}
		if v.kind != plain && v.kind != kParsed && v.kind != kWraps || v.typ != nil && t != nil && typeName(v.typ) == typeName(t) {
			return only(st, true)
		}
		if st.known.at("z:" + v.key) {
			return only(st, false)
		}
		if v.typ != nil && t != nil && !types.IsInterface(v.typ) && !types.IsInterface(t) {
			return only(st, false) // names were compared above
		}
	case *closure, *nextVal:
		return only(st, true)
	}
	if have != nil && t != nil {
		if types.IsInterface(t) {
			return only(st, t.Underlying().(*types.Interface).NumMethods() == 0 || implements(have, t.Underlying().(*types.Interface)))
		}
		return only(st, typeName(have) == typeName(t))
	}
	proof := none
	if _, isIface := t.Underlying().(*types.Interface); !isIface || !isError(t) {
		proof = levelOf(v)
		if n := needsOf(v); n != nil && !st.holds(n) {
			proof = min(proof, maybe)
		}
	}
	yes, no = x.either(st, "t:"+keyOf(v)+":"+typeName(t), taintOf(v)&tWho != 0, text, pos, proof)
	if s, ok := v.(*sym); ok {
		for _, y := range yes {
			if _, isBasic := t.Underlying().(*types.Basic); !isBasic {
				y.known.set("z:"+s.key, false)
			}
		}
	}
	return yes, no
}

func basicHolds(b *types.Basic, v constant.Value) bool {
	switch v.Kind() {
	case constant.Bool:
		return b.Info()&types.IsBoolean != 0
	case constant.String:
		return b.Info()&types.IsString != 0
	}
	return b.Info()&types.IsNumeric != 0
}
