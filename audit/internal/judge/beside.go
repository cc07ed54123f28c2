package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/wiring"
)

// goes runs a function beside the one that starts it. It may come to the next
// handler, but its checks are not waited for; what it writes may be there at any
// time, or not.
func (x *exec) goes(fr *frame, st *state, s *ast.GoStmt) []out {
	panicked, reached := fr.panicked, len(x.reached)
	ends := x.call(fr, st.clone(), s.Call)
	fr.panicked = panicked // who panics there ends the program
	if len(x.reached) > reached && x.framework == wiring.Gin {
		x.aside = s.Pos()
	}
	for _, e := range ends {
		x.stopped = append(x.stopped, e.st)
		x.mayWrite(st, e.st, fr.site(s.Pos()), s.Pos())
		for _, what := range e.st.stored {
			st.put(what)
		}
	}
	if lit, ok := ast.Unparen(s.Call.Fun).(*ast.FuncLit); ok && len(ends) == 0 {
		x.mayWriteAll(fr, st, lit)
	}
	return []out{{st: st}}
}

// besidesNext are the ways on from where functions may be run that may come to the next
// handler as well, which is told by itself: what else they do matters too.
func (x *exec) besidesNext(fr *frame, states []*state, e *ast.CallExpr, of []val) []*state {
	if x.service != nil {
		return states
	}
	for _, v := range of {
		c, ok := v.(*closure)
		if !ok || c.lit == nil || c.pkg == nil {
			continue
		}
		if d := x.j.readDeeds(c.pkg, c.lit, c.lit.Body, nil); d.writing == (writing{}) && len(d.calls) == 0 {
			continue
		}
		reached := len(x.reached)
		states = x.mayRun(fr, states, e, c, nil)
		x.reached = x.reached[:reached]
	}
	return states
}

// mayWriteAll makes unknown what a function names that does not come to its end.
func (x *exec) mayWriteAll(fr *frame, st *state, lit *ast.FuncLit) {
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj, ok := fr.pkg.Info.Uses[id].(*types.Var)
		if !ok || obj.IsField() || obj.Pos() >= lit.Pos() && obj.Pos() < lit.End() {
			return true
		}
		c := x.globalOrLocal(fr, obj)
		if p, ok := st.load(c).(*ptr); ok && p != nil {
			c = p.to
		}
		switch v := st.load(c).(type) {
		case *konst, nilVal, *strct, *list, *cond:
		case *sym:
			if v.kind != plain || v.t == tSetting {
				return true
			}
		default:
			return true
		}
		st.mem.set(c, x.oneOfBoth(st, st.load(c), nil, fr.site(lit.Pos())+c.id, c.name, lit.Pos()))
		return true
	})
}

// mayWrite makes unknown what another state holds differently.
func (x *exec) mayWrite(st, other *state, site string, pos token.Pos) {
	for c, v := range other.mem.all() {
		if old := st.load(c); keyOf(old) != keyOf(v) {
			st.mem.set(c, x.oneOfBoth(st, old, v, site+c.id, c.name, pos))
		}
	}
	for k, v := range other.keys.all() {
		if old := st.keys.at(k); keyOf(old) != keyOf(v) {
			if st.keys.has(k) || isOwnKey(k) {
				st.keys.set(k, x.oneOfBoth(st, old, v, site+k, k, pos))
			} else {
				st.keys.set(k, x.mayBeLost(st, v, site+k, k))
			}
		}
	}
	if now := other.req; now != nil && st.req != nil && now.key != st.req.key {
		r := *st.req
		r.key, r.ctx = "req"+site, &ctxVal{open: true}
		st.req = &r
	}
}

// oneOfBoth is one of two values: what it proves cannot be told.
func (x *exec) oneOfBoth(st *state, a, b val, key, name string, pos token.Pos) val {
	switch a := a.(type) {
	case *strct:
		if b, ok := b.(*strct); ok && typeName(a.typ) == typeName(b.typ) && a.w == b.w && a.sym == b.sym {
			n := *a
			n.f = map[string]val{}
			for _, f := range []map[string]val{a.f, b.f} {
				for name := range f {
					one, other := a.f[name], b.f[name]
					if n.f[name] = one; one == nil || other == nil || keyOf(one) != keyOf(other) {
						n.f[name] = x.oneOfBoth(st, one, other, key+"."+name, name, pos)
					}
				}
			}
			return &n
		}
	case *list:
		if b, ok := b.(*list); ok && len(a.elems) == len(b.elems) && a.open == b.open {
			n := *a
			n.elems = slices.Clone(a.elems)
			for i, e := range b.elems {
				if keyOf(n.elems[i]) != keyOf(e) {
					n.elems[i] = x.oneOfBoth(st, n.elems[i], e, key+elementNamed(i), name, pos)
				}
			}
			return &n
		}
	}
	s := &sym{key: "beside:" + key, t: taintOf(a) | taintOf(b) | tMaybe, text: name, pos: pos, onTrue: maybe, onNil: maybe, derived: maybe}
	if t := typeOfVal(st, a); sameType(t, typeOfVal(st, b)) {
		s.typ = t
	}
	return x.maybeNext(st, s, a, b)
}

// sent begins the names, among those of the context, of what was sent to others, who
// may write it until this way is done.
const sent = "sent "

// sends notes that a value goes to whoever receives it.
func (x *exec) sends(st *state, v val, site string, pos token.Pos) {
	var r reached
	if r.visit(x, st, v, 0); r.state && x.service == nil {
		st.keys.set(sent+site, v)
		x.unsettle(st, []val{v}, site, pos)
	}
	if x.service == nil {
		x.entrusts(st, x.functionsIn(st, v), site, pos)
	}
}

// waits notes that others may have done what they were to do.
func (x *exec) waits(st *state, site string, pos token.Pos) {
	x.aside = token.NoPos
	for k, v := range st.keys.all() {
		if strings.HasPrefix(k, sent) {
			x.unsettle(st, []val{v}, site, pos)
		}
	}
}

// waiting are functions of the standard library that wait for others.
func waiting(fn *types.Func) bool {
	if fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "sync", "golang.org/x/sync/errgroup", "time", "runtime":
		return slices.Contains([]string{"Wait", "Lock", "RLock", "Sleep", "Gosched", "Do"}, fn.Name())
	}
	return false
}

// receives is what comes out of a channel: who put it there is not followed.
func (x *exec) receives(fr *frame, ch val, e *ast.UnaryExpr) val {
	t := elemType(fr.typeOf(e.X))
	s := &sym{key: "received:" + fr.site(e.Pos()), t: taintOf(ch) | tMaybe, typ: t, text: exprText(e), pos: e.Pos(), onTrue: maybe, onNil: maybe, derived: maybe}
	if c, ok := ch.(*sym); !ok || c.t&tSetting != 0 {
		s = x.child(fr, ch, e.Op.String(), t, e.Pos(), "")
	}
	if isURL(t) {
		s.key = takenKey + s.key
	}
	return x.received(s, ch)
}

// received is what came out of a channel as one of the functions that were sent to it.
func (x *exec) received(s *sym, ch val) *sym {
	if mayServe(s.typ, 0) {
		s.held = append(s.held, x.sent[keyOf(ch)]...)
	}
	return s
}

// sendsFunc notes a function that is sent to a channel: who receives it may run it, at
// any time where it is a part of what is sent. Who receives values of a header may write
// them.
func (x *exec) sendsFunc(fr *frame, st *state, pos token.Pos, ch, v val) {
	if c, ok := v.(*closure); ok {
		if x.sent == nil {
			x.sent = map[string][]val{}
		}
		x.sent[keyOf(ch)] = append(x.sent[keyOf(ch)], c)
		return
	}
	all := x.functionsIn(st, v)
	x.entrusts(st, all, fr.site(pos), pos)
	if slices.ContainsFunc(all, func(c *closure) bool { return x.knowsRequest(st, c) && x.j.closureWrites(c) }) {
		mayHaveWritten(st)
	}
	x.leavesTexts(fr, st, v)
}

// globalOrLocal is the variable of a package or of the functions that run.
func (x *exec) globalOrLocal(fr *frame, obj *types.Var) *cell {
	if obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
		return x.globalCell(obj)
	}
	return x.local(fr, obj)
}
