package judge

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// equality is the result of a function that compares.
func (x *exec) equality(fr *frame, e *ast.CallExpr, key string, args []val) val {
	a, b := args[0], args[1]
	if key != "reflect.DeepEqual" {
		// What is empty equals what is nil.
		a, b = emptyForNil(a), emptyForNil(b)
	}
	if strings.HasPrefix(key, "crypto/") {
		a, b = stored(a), stored(b)
		a, b = secretly(a, b), secretly(b, a)
	}
	if ka, ok := str(a); ok {
		if kb, ok := str(b); ok {
			switch key {
			case "strings.EqualFold":
				return boolVal(strings.EqualFold(ka, kb))
			case "bytes.Equal":
				return boolVal(ka == kb)
			}
		}
	}
	s := &sym{key: key + ":" + keyOf(a) + "," + keyOf(b), t: taintOf(a) | taintOf(b), text: exprText(e), pos: e.Pos(), typ: fr.typeOf(e)}
	if key == "strings.EqualFold" {
		// EqualFold(method, "OPTIONS") on a route whose methods are known.
		for _, p := range [][2]val{{a, b}, {b, a}} {
			if m, ok := p[0].(*sym); ok && m.among != nil {
				if c, ok := str(p[1]); ok && !slices.ContainsFunc(m.among, func(v string) bool { return strings.EqualFold(v, c) }) {
					return boolVal(false)
				}
			}
		}
		if levelOf(a) == sure {
			if c, ok := str(b); ok && c != "" && !negWords(c) {
				s.onTrue = sure
			}
		}
	}
	if k, ok := b.(*konst); ok && k.instead {
		return s
	}
	if c, ok := str(b); ok && strings.HasPrefix(key, "crypto/") && taintOf(a)&(tCred|tMaybe) == tCred && c != "" && !onlyPrefix(c) {
		// What is compared in constant time is a secret, whatever it says.
		s.onTrue = sure
		if taintOf(a)&tNames != 0 {
			s.onTrue = none
		}
		return s
	}
	if x.equalProof(a, b) != none {
		return &cond{op: token.EQL, x: a, y: b, text: exprText(e), pos: e.Pos()}
	}
	return s
}

// onlyPrefix says whether a constant is what stands before a secret, and no more.
func onlyPrefix(c string) bool {
	return strings.TrimRight(c, " ") != c || scheme(c) && strings.TrimRight(c, " :=") != c
}

// stored is a value that is compared in constant time: what storage holds for
// what a request names is the server's.
func stored(v val) val {
	s, ok := v.(*sym)
	if !ok || s.t&tServer == 0 || s.t&(tReq|tCred) != tReq {
		return v
	}
	c := *s
	c.t &^= tReq
	return &c
}

// secretly is a value of the request that is compared in constant time with what
// the server keeps: whatever its name, it is a credential.
func secretly(v, kept val) val {
	s, ok := v.(*sym)
	k, isSym := kept.(*sym)
	t := taintOf(kept)
	if !ok || !isSym || s.t&tReq == 0 || s.t&(tCred|tIdent|tOther|tMaybe) != 0 || fromCaller(t) || t&(tSess|tOther) != 0 || negWords(k.text) || negWords(k.name) {
		return v
	}
	if t&(tServer|tSecret|tVer) == 0 && secretName(cmp.Or(k.name, k.text)) != sure {
		return v
	}
	c := *s
	c.t = c.t&^tReq | tCred
	return &c
}

// deepEqual is what reflect.DeepEqual yields: of arrays and slices that are known
// all elements are equal.
func (x *exec) deepEqual(fr *frame, st *state, e *ast.CallExpr, args []val) []ev {
	a, okA := x.deref(st, args[0]).(*list)
	b, okB := x.deref(st, args[1]).(*list)
	if !okA || !okB || a.open != nil || b.open != nil || len(a.elems) != len(b.elems) || len(a.elems) > maxAlike {
		return one(st, x.equality(fr, e, "reflect.DeepEqual", args))
	}
	same := []*state{st}
	var all []ev
	for i := range a.elems {
		var next []*state
		for _, st := range same {
			yes, no := x.compare(fr, st, a.elems[i], b.elems[i], token.EQL, exprText(e), e.Pos())
			next = append(next, yes...)
			for _, st := range no {
				all = append(all, ev{st, boolVal(false)})
			}
		}
		same = merged(next)
	}
	for _, st := range same {
		all = append(all, ev{st, boolVal(true)})
	}
	return all
}

// constantTime says whether a value is 1 or 0 as a comparison in constant time
// yields it.
func constantTime(v val) bool {
	switch v := v.(type) {
	case *cond:
		return !v.sign
	case *sym:
		return strings.HasPrefix(v.key, "crypto/subtle.ConstantTime")
	}
	return false
}

// hashes notes what is written to a hash: its sum is made of that. What a MAC is
// of does not make it the caller's.
func (x *exec) hashes(fr *frame, st *state, to ast.Expr, h val, args []val) {
	s, ok := h.(*sym)
	if path, name := named(fr.typeOf(to)); !ok || path != "hash" || name != "Hash" || s.t&tSecret != 0 {
		return
	}
	p := x.pointTo(fr, st, to)
	if p == nil {
		return
	}
	c := *s
	for _, a := range args {
		c.t |= taintOf(a)
		c.key = x.id(c.key + "<" + keyOf(a))
	}
	c.t = mixed(c.t)
	x.storePtr(st, p, &c)
}

// comparesEach is a loop that collects in which bits two texts of the same length differ:
// what it collects them in is 0 where they are equal. It is nil for other loops.
func (x *exec) comparesEach(fr *frame, st *state, s ast.Stmt, body *ast.BlockStmt) []out {
	if len(body.List) != 1 {
		return nil
	}
	set, ok := body.List[0].(*ast.AssignStmt)
	if !ok || set.Tok != token.OR_ASSIGN {
		return nil
	}
	xor, ok := ast.Unparen(set.Rhs[0]).(*ast.BinaryExpr)
	if !ok || xor.Op != token.XOR {
		return nil
	}
	into, ok := set.Lhs[0].(*ast.Ident)
	if !ok {
		return nil
	}
	var sides []val
	var names []string
	for _, e := range []ast.Expr{xor.X, xor.Y} {
		at, ok := ast.Unparen(e).(*ast.IndexExpr)
		if !ok || lastIdent(at.X) == nil || !holdsText(fr.typeOf(at.X)) {
			return nil
		}
		rs := x.eval(fr, st.clone(), at.X)
		if len(rs) != 1 {
			return nil
		}
		sides, names = append(sides, rs[0].v), append(names, types.ExprString(at.X))
	}
	c := comparison{a: names[0], b: names[1], v: into.Name, text: true}
	p := x.pointTo(fr, st, into)
	if p == nil || !c.each(s) {
		return nil
	}
	if zero, ok := x.loadPtr(st, p).(*konst); !ok || !zeroConst(zero.v) {
		return nil
	}
	if !st.known.at(sameKey("len:"+keyOf(sides[0]), "len:"+keyOf(sides[1]))) {
		return nil
	}
	st.mem.set(p.to, &cond{op: token.EQL, x: sides[0], y: sides[1], sign: true, text: names[0] + " == " + names[1], pos: s.Pos()})
	return []out{{st: st}}
}

// sameKey is the key of the decision that two values are equal, by their keys.
func sameKey(a, b string) string {
	if a > b {
		a, b = b, a
	}
	return "c:" + a + "==" + b
}

func emptyForNil(v val) val {
	if isNilVal(v) {
		return stringVal("")
	}
	return v
}
