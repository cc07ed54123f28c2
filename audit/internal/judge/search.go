package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// search is a call of a function of slices that looks for an element: slices.Contains,
// ContainsFunc, Index and IndexFunc.
func (x *exec) search(fr *frame, st *state, e *ast.CallExpr, name string, args []val) ([]ev, bool) {
	found := func(st *state, i val) ev {
		if name == "Contains" || name == "ContainsFunc" {
			return ev{st, boolVal(i != nil)}
		} else if i == nil {
			return ev{st, &konst{v: intConst(-1)}}
		}
		return ev{st, i}
	}
	// Where it is not known at which place something stands, that is like a length: not
	// negative.
	somewhere := &sym{key: x.id("len:found:" + keyOf(args[0]) + keyOf(args[1]) + fr.site(e.Pos())), t: taintOf(args[0]) | taintOf(args[1]), text: exprText(e), pos: e.Pos(), typ: types.Typ[types.Int]}
	over := x.deref(st, args[0])
	if _, none := over.(nilVal); none {
		over = &list{}
	}
	if name == "Contains" || name == "Index" {
		if v := x.containsClient(fr, st, e, args); v != nil && name == "Contains" {
			return one(st, v), true
		}
		if l, ok := over.(*list); ok && l.open == nil && len(l.elems) <= maxAlike {
			return x.tried(st, l, found, func(st *state, elem val) (yes, no []*state) {
				return x.compare(fr, st, args[1], elem, token.EQL, exprText(e), e.Pos())
			}), true
		}
		s := x.member(fr, st, e, args)
		if name == "Contains" {
			return one(st, s), true
		}
		var all []ev
		yes, no := x.isSet(st, s, exprText(e), e.Pos())
		for _, st := range yes {
			all = append(all, found(st, somewhere))
		}
		for _, st := range no {
			all = append(all, found(st, nil))
		}
		return all, true
	}
	f, ok := args[1].(*closure)
	if !ok {
		return nil, false
	}
	holds := func(st *state, elem val) (yes, no []*state) {
		for _, r := range x.apply(fr, st, e, f, []val{elem}) {
			y, n := x.decide(fr, r.st, r.v, exprText(e), e.Pos())
			yes, no = append(yes, y...), append(no, n...)
		}
		return merged(yes), merged(no)
	}
	if l, ok := over.(*list); ok && l.open == nil && len(l.elems) <= maxAlike {
		return x.tried(st, l, found, holds), true
	}
	// Some element, after any number of others: the function must change nothing.
	elem := x.maybeNext(st, x.child(fr, over, "[]", elemType(fr.typeOf(e.Args[0])), e.Args[0].Pos(), fr.round+"?"+fr.site(e.Pos())), over)
	reached, stopped, panicked := len(x.reached), len(x.stopped), len(fr.panicked)
	yes, no := holds(st.clone(), elem)
	if len(x.reached) != reached || len(x.stopped) != stopped || len(fr.panicked) != panicked {
		x.reached, x.stopped, fr.panicked = x.reached[:reached], x.stopped[:stopped], fr.panicked[:panicked]
		return nil, false
	}
	who := taintOf(elem)&tWho != 0
	for _, s := range append(yes[:len(yes):len(yes)], no...) {
		after := s.clone()
		after.forget(&st.mem, nil)
		after.proof = st.proof
		if after.hash() != st.hash() {
			return nil, false
		}
		for _, f := range s.facts[len(st.facts):] {
			who = who || f.who
		}
	}
	decision := fact{key: "found:" + somewhere.key, is: true, who: who, text: exprText(e), pos: e.Pos()}
	var all []ev
	for _, s := range yes {
		s.decide(decision)
		all = append(all, found(s, somewhere))
	}
	for _, s := range no {
		st.looked = st.looked || s.looked
	}
	decision.is, decision.fails = false, true
	st.decide(decision)
	return append(all, found(st, nil)), true
}

// tried asks of the elements of a list, one after the other, whether something holds of
// them, until it does of one; found makes the result, given where.
func (x *exec) tried(st *state, l *list, found func(*state, val) ev, holds func(*state, val) (yes, no []*state)) []ev {
	var all []ev
	rest := []*state{st}
	for i, elem := range l.elems {
		var next, here []*state
		for _, st := range rest {
			yes, no := holds(st, elem)
			here, next = append(here, yes...), append(next, no...)
		}
		for _, st := range merged(here) {
			all = append(all, found(st, &konst{v: intConst(i)}))
		}
		rest = merged(next)
	}
	for _, st := range rest {
		all = append(all, found(st, nil))
	}
	return all
}

// member is whether a list has an element, of which list not all is known.
func (x *exec) member(fr *frame, st *state, e *ast.CallExpr, args []val) *sym {
	t := taintOf(args[0])
	s := &sym{key: "contains:" + keyOf(args[0]) + "," + keyOf(args[1]), t: t | taintOf(args[1]), text: exprText(e), pos: e.Pos(), typ: types.Typ[types.Bool]}
	if taintOf(args[1])&(tCred|tNames) == tCred && t&tFromCaller == 0 {
		if set, ok := args[0].(*sym); ok {
			s.onTrue = secretName(set.text)
			if x.anyChosen(set) || strings.Contains(set.text, "maps.Keys(") { // which are not followed
				s.onTrue = min(s.onTrue, maybe)
			}
			if !st.holds(args[1]) {
				s.needs = x.splitSetting(fr, st, e.Args[0], set)
			}
		}
		if anyCookie(args[1]) {
			s.onTrue = min(s.onTrue, maybe)
		}
	}
	if s.onTrue != none {
		s.t = tVer
	}
	return s
}
