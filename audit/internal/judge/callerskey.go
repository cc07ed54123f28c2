package judge

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// aggregates says whether a query always yields a row.
func aggregates(args []val) bool {
	for _, a := range args {
		if s, ok := str(a); ok {
			l := strings.ToLower(s)
			for _, part := range []string{"count(", "exists(", "exists (", "max(", "min(", "sum(", "coalesce("} {
				if strings.Contains(l, part) {
					return true
				}
			}
		}
	}
	return false
}

// unsafeKeys says whether an argument accepts unsigned tokens.
func unsafeKeys(args []val, e *ast.CallExpr) bool {
	found := false
	look := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && strings.Contains(id.Name, "UnsafeAllowNone") {
				found = true
			}
			return !found
		})
	}
	for _, a := range args {
		if c, ok := a.(*closure); ok && c.lit != nil {
			look(c.lit)
		}
	}
	for _, a := range e.Args {
		look(a)
	}
	return found
}

// keyFunc says whether a function yields the key that a token is verified with.
func keyFunc(c *closure) bool {
	sig := c.signature()
	if sig == nil || sig.Params().Len() != 1 || sig.Results().Len() != 2 || !isError(sig.Results().At(1).Type()) {
		return false
	}
	_, name := named(sig.Params().At(0).Type())
	return strings.Contains(strings.ToLower(name), "token")
}

// keyed is the result of a call that verifies with the key which a function
// yields: on each way with the key of that way. Where it is the caller's or
// empty nothing is verified.
func (x *exec) keyed(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, sig *types.Signature, recv val, args []val, name string, c *closure) []ev {
	at := &ast.CallExpr{Fun: e.Fun, Lparen: e.Lparen + 1}
	var ways []ev
	if c.lit != nil {
		ways = x.inlineLit(fr, st.clone(), at, c, x.unknownArgs(fr, c, e, args))
	} else if d := x.j.decl(c.fn); d != nil {
		ways = x.apply(fr, st.clone(), at, c, x.unknownArgs(fr, c, e, args))
	}
	type group struct {
		key    val
		states []*state
	}
	var groups []*group
	add := func(key val, st *state) {
		for _, g := range groups {
			if g.key == key {
				g.states = append(g.states, st)
				return
			}
		}
		groups = append(groups, &group{key, []*state{st}})
	}
	var keys []ev
	for _, w := range ways {
		if r, ok := w.v.(tuple); ok && len(r) == 2 && !x.failed(w.st, r[1]) {
			keys = append(keys, x.force(w.st, r[0], e)...)
		}
	}
	settings := slices.ContainsFunc(keys, func(k ev) bool { return taintOf(k.v)&tSetting != 0 })
	for _, k := range keys {
		if s, ok := k.v.(*sym); ok && s.inside != nil {
			k.v = s.inside
		}
		switch s, isSym := k.v.(*sym); {
		case isSym && strings.HasPrefix(s.key, "nil:") && !holdsText(s.typ):
			// It verifies nothing.
		case weakKey(k.st, k.v), isSym && callers(s):
			add(worthless, k.st)
		case lackingOf(k.st, k.v) != nil:
			add(lackingOf(k.st, k.v), k.st)
		default:
			if _, isConst := k.v.(*konst); isConst && settings {
				add(worthless, k.st) // what a setting begins as, for everybody to read
				continue
			}
			add(nil, k.st)
		}
	}
	switch len(groups) {
	case 0:
		add(nil, st)
	case 1:
		groups[0].states = append(groups[0].states, st) // it failed before
	}
	var all []ev
	for _, g := range groups {
		for _, st := range merged(g.states) {
			all = append(all, ev{st, x.result(fr, st, e, fn, sig, recv, args, name, g.key)})
		}
	}
	return all
}

// worthless is a key that the caller knows.
var worthless = &sym{key: "worthless"}

// weakKey says whether a key is empty, or is where the caller wants it: an
// element of a map that has none for what the caller sends is one.
func weakKey(st *state, v val) bool {
	s, ok := v.(*sym)
	if !ok {
		return emptyKey(v)
	}
	if strings.HasPrefix(s.key, "nil:") || slices.ContainsFunc(s.elems, emptyKey) {
		return true
	}
	return s.absent != "" && !st.holds(s) && !st.holds(&sym{key: s.absent})
}

// array is the array that a function reads into, given a slice of it, nil when
// an argument is none.
func (x *exec) array(fr *frame, st *state, e *ast.CallExpr, i int) *ptr {
	if i >= len(e.Args) {
		return nil
	}
	s, ok := ast.Unparen(e.Args[i]).(*ast.SliceExpr)
	if !ok {
		return nil
	}
	if t := fr.typeOf(s.X); t != nil {
		if _, isArray := t.Underlying().(*types.Array); isArray {
			return x.pointTo(fr, st, s.X)
		}
	}
	return nil
}

// weakMAC says whether a MAC is made with a key that is no secret.
func weakMAC(st *state, fn *types.Func, args []val) bool {
	if fn == nil || fn.FullName() != "crypto/hmac.New" || len(args) != 2 {
		return false
	}
	_, isNil := args[1].(nilVal)
	return isNil || weakKey(st, args[1])
}

func emptyKey(v val) bool {
	if l, ok := v.(*list); ok {
		return len(l.elems) == 0 && l.open == nil
	}
	c, ok := str(v)
	return ok && c == ""
}

// callers says whether a key is a part of the token itself or of the request.
func callers(s *sym) bool {
	return s.kind == plain && !s.made && s.t&(tReq|tCred|tIdent) != 0 && s.t&(tVer|tServer|tSecret|tSess) == 0
}
