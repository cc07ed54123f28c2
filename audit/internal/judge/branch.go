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
		text := exprText(e)
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
		if len(s.facts) > before {
			f := &s.facts[len(s.facts)-1]
			f.text, f.fails = text, !holds
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
		if is, ok := st.known[key]; ok {
			return only(st, !is)
		}
		u := st.clone()
		st.looked, u.looked = st.looked || v.onNil > none, u.looked || v.onTrue > none
		st.decide(fact{key: key, is: false, who: v.t&tWho != 0, text: text, pos: pos})
		st.prove(v.onTrue, Evidence{Pos: pos, Text: "denies unless " + words(v, text)})
		u.decide(fact{key: key, is: true, who: v.t&tWho != 0, text: text, pos: pos})
		u.prove(v.onNil, Evidence{Pos: pos, Text: "denies when " + words(v, text) + " fails"})
		return []*state{st}, []*state{u}
	}
	key := "z:" + keyOf(v)
	if is, ok := st.known[key]; ok {
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

// compare splits by a comparison.
func (x *exec) compare(fr *frame, st *state, a, b val, op token.Token, text string, pos token.Pos) (yes, no []*state) {
	if kb, ok := a.(*konst); ok {
		if _, both := b.(*konst); !both {
			_ = kb
			a, b, op = b, a, mirror(op)
		}
	}
	if _, ok := a.(nilVal); ok {
		a, b, op = b, a, mirror(op)
	}
	ka, aConst := a.(*konst)
	kb, bConst := b.(*konst)
	if aConst && bConst {
		if comparable(ka.v, kb.v) {
			return only(st, constant.Compare(ka.v, op, kb.v))
		}
		return x.either(st, "cmp:"+keyOf(a)+op.String()+keyOf(b), false, text, pos, none)
	}
	if op != token.EQL {
		return x.ordered(st, a, b, op, text, pos)
	}
	if _, ok := b.(nilVal); ok {
		return x.truth(st, a, text, pos, true)
	}
	if keyOf(a) == keyOf(b) {
		return only(st, true)
	}
	if bConst {
		return x.equalConst(fr, st, a, kb, text, pos)
	}
	proof := x.equalProof(a, b)
	if proof != none {
		if stored := storedSide(a, b); stored != nil && taintOf(stored)&(tSess|tSecret) == 0 && !st.holds(a) && !st.holds(b) {
			// An absent credential equals an empty setting.
			set, unset := x.isSet(st, stored, "", pos)
			for _, s := range unset {
				s.facts[len(s.facts)-1].text = keptText(stored) + " is empty"
				y, n := x.either(s, "c:empty:"+keyOf(a)+"=="+keyOf(b), true, text, pos, none)
				yes, no = append(yes, y...), append(no, n...)
			}
			for _, s := range set {
				y, n := x.equal(s, a, b, proof, text, pos)
				yes, no = append(yes, y...), append(no, n...)
			}
			return yes, no
		}
	}
	return x.equal(st, a, b, proof, text, pos)
}

// holds says whether a value is known not to be empty.
func (s *state) holds(v val) bool {
	switch v := v.(type) {
	case *konst:
		return !zeroConst(v.v)
	case *sym:
		is, ok := s.known["z:"+v.key]
		return v.nonNil || ok && !is
	}
	return false
}

// storedSide is what a credential is compared with.
func storedSide(a, b val) *sym {
	if taintOf(a)&tCred == 0 {
		a, b = b, a
	}
	s, _ := b.(*sym)
	return s
}

func keptText(s *sym) string {
	if s.text == "" {
		return "what it is compared with"
	}
	return s.text
}

// equal splits by whether two values are equal.
func (x *exec) equal(st *state, a, b val, proof level, text string, pos token.Pos) (yes, no []*state) {
	ks := []string{keyOf(a), keyOf(b)}
	if ks[0] > ks[1] {
		ks[0], ks[1] = ks[1], ks[0]
	}
	yes, no = x.either(st, "c:"+ks[0]+"=="+ks[1], (taintOf(a)|taintOf(b))&tWho != 0, text, pos, proof)
	for _, s := range yes {
		// What equals a value that is there is there.
		for _, p := range [][2]val{{a, b}, {b, a}} {
			if one, ok := p[0].(*sym); ok && one.nonNil {
				if other, ok := p[1].(*sym); ok {
					s.decide(fact{key: "z:" + other.key, is: false, who: other.t&tWho != 0, text: text, pos: pos})
				}
			}
		}
	}
	return yes, no
}

func comparable(a, b constant.Value) bool {
	num := func(k constant.Kind) bool { return k == constant.Int || k == constant.Float || k == constant.Complex }
	return a.Kind() == b.Kind() && a.Kind() != constant.Unknown || num(a.Kind()) && num(b.Kind())
}

func mirror(op token.Token) token.Token {
	switch op {
	case token.LSS:
		return token.GTR
	case token.LEQ:
		return token.GEQ
	case token.GTR:
		return token.LSS
	case token.GEQ:
		return token.LEQ
	}
	return op
}

// either splits by a decision that is its own.
func (x *exec) either(st *state, key string, who bool, text string, pos token.Pos, proof level) (yes, no []*state) {
	if is, ok := st.known[key]; ok {
		return only(st, is)
	}
	n := st.clone()
	n.looked = n.looked || proof > none
	st.decide(fact{key: key, is: true, who: who, text: text, pos: pos})
	st.prove(proof, Evidence{Pos: pos, Text: "denies unless " + text})
	n.decide(fact{key: key, is: false, who: who, text: text, fails: true, pos: pos})
	return []*state{st}, []*state{n}
}

func (x *exec) equalConst(fr *frame, st *state, a val, k *konst, text string, pos token.Pos) (yes, no []*state) {
	if c, ok := a.(*cond); ok && k.v.Kind() == constant.Int {
		// ConstantTimeCompare yields 1 or 0.
		yes, no = x.decide(fr, st, c, text, pos)
		switch {
		case constant.Compare(k.v, token.EQL, oneConst):
			return yes, no
		case zeroConst(k.v):
			return no, yes
		}
		return nil, append(yes, no...)
	}
	if b, ok := isTrue(k); ok {
		yes, no = x.decide(fr, st, a, text, pos)
		if !b {
			yes, no = no, yes
		}
		return yes, no
	}
	if zeroConst(k.v) {
		return x.truth(st, a, text, pos, true)
	}
	s, ok := a.(*sym)
	if !ok {
		return x.either(st, "e:"+keyOf(a)+"="+k.v.ExactString(), taintOf(a)&tWho != 0, text, pos, none)
	}
	base := strings.TrimPrefix(s.key, "len:")
	if st.known["z:"+base] {
		return only(st, false)
	}
	if s.among != nil {
		c, _ := str(k)
		found := false
		for _, m := range s.among {
			found = found || m == c
		}
		if !found || len(s.among) == 1 {
			return only(st, found)
		}
	}
	prefix := "e:" + s.key + "="
	key := prefix + k.v.ExactString()
	if _, ok := st.known[key]; !ok {
		for other, is := range st.known {
			if is && strings.HasPrefix(other, prefix) {
				return only(st, false)
			}
		}
	}
	proof := s.onTrue
	if c, ok := str(k); ok {
		switch {
		case negWords(c):
			proof = none
		case s.t&tCred != 0 && !scheme(c) && !strings.HasPrefix(s.key, "len:"):
			// A secret that stands in the code.
			proof = sure
			if s.t&tMaybe != 0 {
				proof = maybe
			}
		}
	}
	yes, no = x.either(st, key, s.t&tWho != 0, text, pos, proof)
	for _, y := range yes {
		if _, ok := y.known["z:"+base]; !ok {
			y.known["z:"+base] = false
		}
	}
	return yes, no
}

func (x *exec) ordered(st *state, a, b val, op token.Token, text string, pos token.Pos) (yes, no []*state) {
	who := (taintOf(a)|taintOf(b))&tWho != 0
	s, isSym := a.(*sym)
	k, isConst := b.(*konst)
	if isSym && isConst && k.v.Kind() == constant.Int {
		sign := constant.Sign(k.v)
		isOne := constant.Compare(k.v, token.EQL, oneConst)
		length := strings.HasPrefix(s.key, "len:")
		switch {
		case op == token.GTR && sign == 0 && length, op == token.GEQ && isOne && length:
			return x.truth(st, a, text, pos, false)
		case op == token.LSS && isOne && length, op == token.LEQ && sign == 0 && length:
			return x.truth(st, a, text, pos, true)
		case op == token.GTR && sign >= 0, op == token.GEQ && sign > 0:
			return x.either(st, "o:"+s.key+op.String()+k.v.ExactString(), who, text, pos, s.onTrue)
		case op == token.LEQ && sign >= 0, op == token.LSS && sign > 0:
			opposite := token.GTR
			if op == token.LSS {
				opposite = token.GEQ
			}
			text = (fact{text: text, fails: true}).words()
			no, yes = x.either(st, "o:"+s.key+opposite.String()+k.v.ExactString(), who, text, pos, s.onTrue)
			return yes, no
		}
	}
	return x.either(st, "o:"+keyOf(a)+op.String()+keyOf(b), who, text, pos, none)
}

// equalProof is what it proves that two values are equal: a credential that
// equals something that the server keeps.
func (x *exec) equalProof(a, b val) level {
	ta, tb := taintOf(a), taintOf(b)
	if ta&tCred == 0 {
		a, b, ta, tb = b, a, tb, ta
	}
	if ta&tCred == 0 || fromCaller(tb) || strings.HasPrefix(keyOf(a), "len:") {
		return none // or only as long as a secret
	}
	if ta&tMaybe != 0 {
		return maybe
	}
	switch {
	case tb&(tVer|tSess|tSecret|tServer) != 0:
		return sure
	case tb&tSetting != 0:
		name := ""
		if s, ok := b.(*sym); ok {
			name = s.text
			if s.name != "" {
				name = s.name
			}
		}
		switch secretName(name) {
		case sure:
			return sure
		case none:
			return none
		}
	}
	if k, ok := b.(*konst); ok {
		if c, ok := str(k); ok && !scheme(c) && !negWords(c) {
			return sure // a secret that stands in the code
		}
		return none
	}
	return maybe
}

// isType splits by whether a value has a type.
func (x *exec) isType(fr *frame, st *state, v val, t types.Type, text string, pos token.Pos) (yes, no []*state) {
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
		if v.kind != plain && v.kind != kParsed || v.typ != nil && t != nil && typeName(v.typ) == typeName(t) {
			return only(st, true)
		}
		if st.known["z:"+v.key] {
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
	}
	yes, no = x.either(st, "t:"+keyOf(v)+":"+typeName(t), taintOf(v)&tWho != 0, text, pos, proof)
	if s, ok := v.(*sym); ok {
		for _, y := range yes {
			if _, isBasic := t.Underlying().(*types.Basic); !isBasic {
				y.known["z:"+s.key] = false
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
