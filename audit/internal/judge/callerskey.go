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
		case isSym && strings.HasPrefix(s.key, "nil:"):
			// It verifies nothing.
		case emptyKey(k.v), isSym && callers(s):
			add(worthless, k.st)
		case isSym && s.lacks && !k.st.holds(s):
			add(s, k.st)
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
