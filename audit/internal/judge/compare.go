package judge

import (
	"cmp"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
	"unicode"
)

// compare splits by a comparison.
func (x *exec) compare(fr *frame, st *state, a, b val, op token.Token, text string, pos token.Pos) (yes, no []*state) {
	if !isNilVal(a) && !isNilVal(b) {
		a, b = unboxed(a), unboxed(b)
	}
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
		return x.ordered(fr, st, a, b, op, text, pos)
	}
	if _, ok := b.(nilVal); ok {
		switch s, isSym := a.(*sym); {
		case isSym && s.typ != nil && isText(s.typ):
			return only(st, false) // bytes of a string, or an interface that holds it
		case isSym && s.made && s.onTrue != none && s.typ != nil && maybeEmpty(s.typ):
			// What finds any number may yield an empty list as well as none.
			yes, no = x.either(st, "nil:"+s.key, s.t&tWho != 0, text, pos, none)
			for _, y := range yes {
				y.known.set("z:"+s.key, true)
			}
			return yes, no
		}
		switch s := a.(type) {
		case *konst, *cond:
			return only(st, false) // an interface that holds it
		case *strct:
			if _, ok := structOf(s.typ); ok {
				return only(st, false)
			}
		}
		return x.truth(st, a, text, pos, true)
	}
	if keyOf(a) == keyOf(b) {
		return only(st, true)
	}
	if st.madeUp(a, b) {
		return x.equal(st, a, b, sure, text, pos)
	}
	if bConst {
		return x.equalConst(fr, st, a, kb, text, pos)
	}
	proof := x.equalProof(a, b)
	if (taintOf(a)|taintOf(b))&tSaid != 0 {
		proof = min(proof, claimed)
	}
	if needs := cmp.Or(needsOf(a), needsOf(b), partlyKnown(a), partlyKnown(b)); proof != none && needs != nil && !st.holds(needs) {
		// A MAC that is made with an empty key is known to everybody.
		yes, no = x.equal(st, a, b, none, text, pos)
		var all []*state
		for _, s := range yes {
			all = append(all, s.proves(proof, needs, Evidence{Pos: pos, Text: "denies unless " + text})...)
		}
		for _, s := range no {
			s.looked = true
		}
		return all, no
	}
	if proof != none {
		a, b := digested(a, b)
		if stored := storedSide(a, b); stored != nil && taintOf(stored)&(tSess|tSecret) == 0 && !st.holds(a) && !st.holds(b) {
			// An absent credential equals an empty setting.
			set, unset := x.isSet(st, stored, "", pos)
			for _, s := range unset {
				f := &s.facts[len(s.facts)-1]
				f.text, f.plain = keptText(stored)+" is empty", true
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

// maybeEmpty says whether a value of a type may be empty without being nil.
func maybeEmpty(t types.Type) bool {
	_, isBasic := t.Underlying().(*types.Basic)
	return !isBasic && many(t)
}

// holds says whether a value is known not to be empty.
func (s *state) holds(v val) bool {
	switch v := v.(type) {
	case *konst:
		return !zeroConst(v.v)
	case *sym:
		if v.inside != nil {
			return s.holds(v.inside)
		}
		is, ok := s.known.get("z:" + v.key)
		return v.nonNil || ok && !is
	}
	return false
}

// digested are two values, or what they are digests of: those are equal where
// these are.
func digested(a, b val) (x, y val) {
	p, okA := a.(*sym)
	q, okB := b.(*sym)
	if okA && okB && p.digest != nil && q.digest != nil {
		return p.digest, q.digest
	}
	return a, b
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
	yes, no = x.either(st, sameKey(keyOf(a), keyOf(b)), (taintOf(a)|taintOf(b))&tWho != 0, text, pos, proof)
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

func (x *exec) equalConst(fr *frame, st *state, a val, k *konst, text string, pos token.Pos) (yes, no []*state) {
	if c, ok := a.(*cond); ok && c.sign {
		if !zeroConst(k.v) {
			return x.either(st, "e:"+keyOf(a)+"="+k.v.ExactString(), taintOf(a)&tWho != 0, text, pos, none)
		}
		equal := *c
		equal.sign = false
		return x.decide(fr, st, &equal, text, pos)
	}
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
	if base != s.key && constant.Sign(constant.ToInt(k.v)) < 0 {
		return only(st, false)
	}
	if st.known.at("z:" + base) {
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
	if _, ok := st.known.get(key); !ok {
		for other, is := range st.known.all() {
			if is && strings.HasPrefix(other, prefix) {
				return only(st, false)
			}
		}
	}
	proof := s.onTrue
	if c, ok := str(k); ok {
		switch {
		case negWords(c), k.instead:
			proof = none
		case s.t&tCred != 0 && !scheme(c) && !strings.HasPrefix(s.key, "len:"):
			proof = secretText(s, c)
		}
	}
	yes, no = x.either(st, key, s.t&tWho != 0, text, pos, proof)
	for _, y := range yes {
		if _, ok := y.known.get("z:" + base); !ok {
			y.known.set("z:"+base, false)
		}
	}
	return yes, no
}

func (x *exec) ordered(fr *frame, st *state, a, b val, op token.Token, text string, pos token.Pos) (yes, no []*state) {
	who := (taintOf(a)|taintOf(b))&tWho != 0
	s, isSym := a.(*sym)
	k, isConst := b.(*konst)
	if c, ok := a.(*cond); ok && !c.sign && isConst && k.v.Kind() == constant.Int {
		return x.orderedFlag(fr, st, c, op, k, text, pos)
	}
	if isSym && isConst && k.v.Kind() == constant.Int {
		if yes, no, ok := x.status(st, s, op, k, who, text, pos); ok {
			return yes, no
		}
		sign := constant.Sign(k.v)
		isOne := constant.Compare(k.v, token.EQL, oneConst)
		length := strings.HasPrefix(s.key, "len:")
		switch {
		case length && (op == token.GEQ && sign <= 0 || op == token.GTR && sign < 0):
			return only(st, true)
		case length && (op == token.LSS && sign <= 0 || op == token.LEQ && sign < 0):
			return only(st, false)
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

// orderedFlag splits by the order to a number of what is 1 where a comparison holds and 0
// where it does not.
func (x *exec) orderedFlag(fr *frame, st *state, c *cond, op token.Token, k *konst, text string, pos token.Pos) (yes, no []*state) {
	one, zero := constant.Compare(oneConst, op, k.v), constant.Compare(constant.MakeInt64(0), op, k.v)
	switch equal, other := x.decide(fr, st, c, text, pos); {
	case one && zero:
		return append(equal, other...), nil
	case one:
		return equal, other
	case zero:
		return other, equal
	default:
		return nil, append(equal, other...)
	}
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
	if ta&tNames != 0 && tb&tSecret == 0 {
		return none // others know it as well
	}
	if s, ok := b.(*sym); ok && x.anyChosen(s) {
		return maybe
	}
	if ta&tMixed != 0 && tb&(tVer|tSess|tSecret|tServer) == 0 {
		return maybe
	}
	if ta&tb&tSalted != 0 {
		return maybe // with nothing added, the digest is that of the setting
	}
	if ta&tMaybe != 0 || anyCookie(a) && tb&(tVer|tSess|tSecret|tServer) == 0 {
		return maybe
	}
	switch {
	case tb&(tVer|tSess|tSecret|tServer) != 0:
		return sure
	case tb&tSetting != 0:
		name := ""
		if s, ok := b.(*sym); ok {
			if s.lacks || s.rest != nil {
				// What the operator sets and the code compares with a credential
				// is a secret, whatever it is called.
				return sure
			}
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
		if c, ok := str(k); ok && !scheme(c) && !negWords(c) && !k.instead {
			if s, ok := a.(*sym); ok {
				return secretText(s, c)
			}
		}
		return none
	}
	return maybe
}

// secretText is what it proves that a credential equals a text that stands in the
// code: a word is a flag or the name of a role rather than a secret.
func secretText(s *sym, c string) level {
	switch {
	case s.t&tNames != 0 || len(c) < minSecret:
		return none
	case s.t&tMaybe != 0 || anyCookie(s) || plainWord(c):
		return maybe
	}
	return sure
}

// minSecret is the length of a text that may be a secret.
const minSecret = 4

// plainWord says whether a text is a word, or several with dashes between.
func plainWord(c string) bool {
	return len(c) < 24 && !strings.ContainsFunc(c, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '_' })
}

// anyCookie says whether a value is that of a cookie whose name does not say that
// it is a credential: it may as well be a setting of a page.
func anyCookie(v val) bool {
	name, isCookie := strings.CutPrefix(strings.TrimSuffix(keyOf(v), "*"), "src:c:")
	return isCookie && !credentialName(name, false) && !speaks(name, "sid", "sess", "sso", "ticket", "remember", "access", "refresh", "id")
}
