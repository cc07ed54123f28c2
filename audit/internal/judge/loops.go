package judge

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// maxRounds bounds how often a loop is run. After the first round variables that
// it changes count as not known.
const maxRounds = 6

// maxCounted bounds the rounds that are run one by one.
const maxCounted = 12

// loop runs a loop until its rounds bring nothing new. test tells the ways into
// the body from those past the loop.
func (x *exec) loop(fr *frame, st *state, label string, pos token.Pos, test func(*state) (in, end []*state), body []ast.Stmt, post ast.Stmt) []out {
	round := fr.round
	defer func() { fr.round = round }()
	before := st.clone()
	seen := map[uint64]bool{st.hash(): true}
	heads := []*state{st}
	var outs []out
	// While what is tested is known, each round is run by itself where it changes
	// what leads to the next handler: the middleware of a list is put around it.
	counted, rounds := post != nil, 0
	for n := 0; len(heads) > 0; n++ {
		if n > maxRounds {
			x.giveUp(pos, "a loop with too many rounds")
			return outs
		}
		fr.round = round + "~" + itoa(n+rounds)
		var back []*state
		counted = counted && len(heads) == 1 && rounds < maxCounted
		for _, head := range heads {
			known := len(head.facts)
			in, end := test(head)
			counted = counted && (len(in) == 0 || len(in) == 1 && len(end) == 0 && len(in[0].facts) == known)
			outs = append(outs, on(end)...)
			for _, st := range in {
				for _, o := range x.block(fr, st, body) {
					switch {
					case o.ctl == cOn, o.ctl == cContinue && (o.label == "" || o.label == label):
						if post == nil {
							back = append(back, o.st)
							break
						}
						for _, p := range x.stmt(fr, o.st, post, "") {
							back = append(back, p.st)
						}
					default:
						outs = append(outs, o)
					}
				}
			}
		}
		if back = merged(back); counted && len(back) == 1 && x.wound(back[0], before) {
			heads = back
			rounds++
			n--
			continue
		}
		counted, heads = false, nil
		for _, b := range back {
			b.forget(&before.mem, nil)
			x.havoc(b, before, pos, n >= 2)
			b.unlearn("@" + itoa(int(pos)))
			b.forget(&before.mem, nil) // what only those led to that are not known now
		}
		for _, b := range merged(back) {
			// A later round does not know what an earlier one decided on values
			// of its own.
			if k := b.hash(); !seen[k] {
				seen[k] = true
				heads = append(heads, b)
			}
		}
	}
	return endBreak(outs, label)
}

// unlearn forgets what was decided on values that a loop has made unknown: in the next
// round they are others.
func (s *state) unlearn(loop string) {
	about := func(key string) bool {
		_, rest, ok := strings.Cut(key, unknownInLoop)
		return ok && strings.Contains(rest, loop)
	}
	s.known.drop(func(key string, _ bool) bool { return about(key) })
	s.facts = slices.DeleteFunc(slices.Clone(s.facts), func(f fact) bool { return about(f.key) })
}

// unknownInLoop begins the names of values that a loop has made unknown.
const unknownInLoop = "loop:"

// wound says whether a loop has changed a variable that leads to the next handler.
func (x *exec) wound(st, before *state) bool {
	for c, v := range st.mem.all() {
		if !mayHoldNext(v) {
			continue
		}
		if old, ok := before.mem.get(c); ok && keyOf(old) != keyOf(v) {
			if _, steers := x.interest(st, v, 0); steers {
				return true
			}
		}
	}
	return false
}

// havoc makes the variables that a loop changed unknown.
func (x *exec) havoc(st, before *state, pos token.Pos, all bool) {
	unknown := func(id, name string, v, old val) *sym {
		s := &sym{key: unknownInLoop + id + "@" + itoa(int(pos)), t: taintOf(v) | taintOf(old), text: name, pos: pos, onTrue: min(levelOf(old), levelOf(v)), needs: cmp.Or(needsOf(old), needsOf(v))}
		if o, ok := v.(*sym); ok {
			if p, same := old.(*sym); isInterface(o.typ) || same && typeName(p.typ) == typeName(o.typ) {
				s.typ = o.typ
			}
		}
		return s
	}
	var lost []val
	for c, v := range st.mem.all() {
		old, ok := before.mem.get(c)
		if ok && keyOf(old) == keyOf(v) {
			continue
		}
		lost = append(lost, v, old)
		if fields(st, c, v, old, func(name string, v, old val) val { return unknown(c.id+"."+name, name, v, old) }) {
			continue
		}
		if _, isBool := isTrue(v); isBool && !all {
			continue
		}
		x.holdsInLoop(st, v)
		st.mem.set(c, x.maybeNext(st, unknown(c.id, c.name, v, old), v, old))
	}
	st.ages(lost...)
	for k, v := range st.keys.all() {
		if strings.HasPrefix(k, held) {
			if p, ok := v.(*ptr); ok && !before.mem.has(p.to) {
				st.keys.remove(k) // made in the loop, which is to come to an end
			}
			continue
		}
		if strings.HasPrefix(k, chosen) && !before.keys.has(k) {
			st.keys.remove(k) // each round chooses another key: they are those that the context is open for
			continue
		}
		if keyOf(before.keys.at(k)) != keyOf(v) {
			old := before.keys.at(k)
			u := unknown("key:"+k, k, v, old)
			u.joined = !before.keys.has(k)
			st.keys.set(k, x.maybeNext(st, u, v, old))
		}
	}
}

func (x *exec) ranges(fr *frame, st *state, s *ast.RangeStmt, label string) []out {
	var outs []out
	for _, e := range x.eval(fr, st, s.X) {
		outs = append(outs, x.rangeOver(fr, e.st, s, e.v, label)...)
	}
	return outs
}

func (x *exec) rangeOver(fr *frame, st *state, s *ast.RangeStmt, over val, label string) []out {
	set := func(st *state, k, v val) []*state {
		states := []*state{st}
		if s.Key != nil && k != nil {
			states = x.store(fr, st, s.Key, k)
		}
		if s.Value != nil && v != nil {
			v = asInterface(v, elemType(fr.typeOf(s.X)), fr.assigned([]ast.Expr{s.Value}, 0))
			var all []*state
			for _, st := range states {
				all = append(all, x.store(fr, st, s.Value, v)...)
			}
			states = all
		}
		return states
	}
	if l, ok := over.(*list); ok && l.open == nil && len(l.elems) <= 12 {
		outs := []out{{st: st}}
		round := fr.round
		for i, elem := range l.elems {
			fr.round = round + "~" + itoa(i)
			if s.Tok == token.DEFINE {
				fr.anew(s)
			} else {
				fr.anew(s.Body)
			}
			outs = then(outs, func(st *state) []out {
				var all []out
				for _, st := range set(st, &konst{v: intConst(i)}, elem) {
					for _, o := range x.block(fr, st, s.Body.List) {
						if o.ctl == cContinue && (o.label == "" || o.label == label) {
							o.ctl, o.label = cOn, ""
						}
						all = append(all, o)
					}
				}
				return mergeOuts(all)
			})
		}
		fr.round = round
		fr.anew(s.Body)
		return endBreak(outs, label)
	}
	if _, ok := over.(nilVal); ok {
		return []out{{st: st}}
	}
	if c, ok := over.(*closure); ok && isFunc(fr.typeOf(s.X)) {
		_ = c
		x.giveUp(s.Pos(), "range over a function")
		return nil
	}
	return x.loop(fr, st, label, s.Pos(), func(st *state) (in, end []*state) {
		elem := x.maybeNext(st, x.received(x.child(fr, over, "[]", elemType(fr.typeOf(s.X)), s.X.Pos(), fr.round), over), over)
		key := x.maybeNext(st, x.child(fr, over, "[k]", nil, s.X.Pos(), fr.round), over)
		if isChan(fr.typeOf(s.X)) {
			key = elem
		}
		end = []*state{st.clone()}
		return set(st, key, elem), end
	}, s.Body.List, nil)
}

func isChan(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

func elemType(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	switch u := t.Underlying().(type) {
	case *types.Slice:
		return u.Elem()
	case *types.Array:
		return u.Elem()
	case *types.Map:
		return u.Elem()
	case *types.Pointer:
		return elemType(u.Elem())
	case *types.Chan:
		return u.Elem()
	case *types.Basic:
		return types.Typ[types.Rune]
	}
	return nil
}

func (x *exec) switches(fr *frame, st *state, s *ast.SwitchStmt, label string) []out {
	outs := []out{{st: st}}
	if s.Init != nil {
		outs = x.stmt(fr, st, s.Init, "")
	}
	return then(outs, func(st *state) []out {
		if s.Tag == nil {
			return x.cases(fr, []*state{st}, s.Body.List, label, func(st *state, e ast.Expr) (yes, no []*state) { return x.branch(fr, st, e) })
		}
		var all []out
		for _, tag := range x.eval(fr, st, s.Tag) {
			all = append(all, x.cases(fr, []*state{tag.st}, s.Body.List, label, func(st *state, e ast.Expr) (yes, no []*state) {
				for _, c := range x.eval(fr, st, e) {
					before, text := len(c.st.facts), exprText(s.Tag)+" == "+exprText(e)
					y, n := x.compare(fr, c.st, tag.v, c.v, token.EQL, text, e.Pos())
					told(y, before, text, true)
					told(n, before, text, false)
					yes, no = append(yes, y...), append(no, n...)
				}
				return yes, no
			})...)
		}
		return all
	})
}

// cases runs the clauses of a switch.
func (x *exec) cases(fr *frame, states []*state, clauses []ast.Stmt, label string, test func(*state, ast.Expr) (yes, no []*state)) []out {
	bodies := make([][]*state, len(clauses))
	fallback := -1
	for i, c := range clauses {
		c := c.(*ast.CaseClause)
		if c.List == nil {
			fallback = i
		}
		for _, e := range c.List {
			var rest []*state
			for _, st := range states {
				yes, no := test(st, e)
				bodies[i] = append(bodies[i], yes...)
				rest = append(rest, no...)
			}
			states = rest
		}
	}
	var outs []out
	if fallback >= 0 {
		bodies[fallback] = append(bodies[fallback], states...)
	} else {
		outs = on(states)
	}
	for i, c := range clauses {
		for _, st := range merge(bodies[i], func(s *state) *state { return s }, func(*state) uint64 { return 0 }) {
			for _, o := range x.block(fr, st, c.(*ast.CaseClause).Body) {
				if o.ctl == cBreak && o.label == fallthroughLabel && i+1 < len(clauses) {
					bodies[i+1] = append(bodies[i+1], o.st)
					continue
				}
				outs = append(outs, o)
			}
		}
	}
	return endBreak(outs, label)
}

func (x *exec) typeSwitch(fr *frame, st *state, s *ast.TypeSwitchStmt, label string) []out {
	outs := []out{{st: st}}
	if s.Init != nil {
		outs = x.stmt(fr, st, s.Init, "")
	}
	var subject ast.Expr
	switch a := s.Assign.(type) {
	case *ast.AssignStmt:
		subject = a.Rhs[0].(*ast.TypeAssertExpr).X
	case *ast.ExprStmt:
		subject = a.X.(*ast.TypeAssertExpr).X
	}
	return then(outs, func(st *state) []out {
		var all []out
		for _, e := range x.eval(fr, st, subject) {
			for _, c := range s.Body.List {
				c := c.(*ast.CaseClause)
				if obj := fr.pkg.Info.Implicits[c]; obj != nil {
					v := e.v
					if len(c.List) == 1 && !types.IsInterface(obj.Type()) {
						v = unboxed(v)
						if y, isSym := v.(*sym); isSym && y.typ != nil {
							v = asserted(y, obj.Type())
						}
					}
					// All have the position of the one that stands in the code.
					own := x.cell(fr.key + fr.round + "/" + obj.Name() + "@" + itoa(int(c.Pos())))
					own.name, fr.cells[obj] = obj.Name(), own
					e.st.mem.set(own, v)
				}
			}
			all = append(all, x.cases(fr, []*state{e.st}, s.Body.List, label, func(st *state, t ast.Expr) (yes, no []*state) {
				if id, ok := t.(*ast.Ident); ok && id.Name == "nil" {
					if fillsInterface(e.v) {
						return only(st, false)
					}
					return x.truth(st, e.v, exprText(subject)+" == nil", t.Pos(), true)
				}
				return x.isType(fr, st, e.v, fr.typeOf(t), exprText(subject)+".("+exprText(t)+")", t.Pos())
			})...)
		}
		return all
	})
}
