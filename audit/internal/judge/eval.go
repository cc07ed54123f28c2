package judge

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// ev is a value on one way through the code.
type ev struct {
	st *state
	v  val
}

// evs are several.
type evs struct {
	st *state
	vs []val
}

// tuple is what a call with several results yields.
type tuple []val

var oneConst = constant.MakeInt64(1)

func intConst(n int) constant.Value { return constant.MakeInt64(int64(n)) }

func (fr *frame) typeOf(e ast.Expr) types.Type { return fr.concrete(fr.pkg.Info.TypeOf(e)) }

// concrete is a type with what its type parameters stand for in this call.
func (fr *frame) concrete(t types.Type) types.Type { return wiring.Concrete(t, fr.types) }

// exprText is an expression in the words of the code, short.
func exprText(e ast.Expr) string {
	s := types.ExprString(e)
	if len(s) > 90 {
		s = s[:87] + "…"
	}
	return s
}

// text is exprText, once for each expression.
func (j *Judge) text(e ast.Expr) string {
	s, ok := j.texts[e]
	if !ok {
		s = exprText(e)
		j.texts[e] = s
	}
	return s
}

func one(st *state, v val) []ev { return []ev{{st, v}} }

// evals evaluates expressions from left to right.
func (x *exec) evals(fr *frame, st *state, list []ast.Expr) []evs {
	all := []evs{{st: st, vs: make([]val, 0, len(list))}}
	for _, e := range list {
		var next []evs
		for _, a := range all {
			rs := x.eval(fr, a.st, e)
			if len(all) == 1 && len(rs) == 1 { // nobody else has its values
				next = append(all[:0], evs{rs[0].st, append(a.vs, rs[0].v)})
				break
			}
			for _, r := range rs {
				next = append(next, evs{r.st, append(slices.Clone(a.vs), r.v)})
			}
		}
		all = next
	}
	if len(list) > 1 {
		x.reread(fr, list, all)
	}
	if len(list) == 1 {
		for i, a := range all {
			if t, ok := a.vs[0].(tuple); ok {
				all[i].vs = t
			}
		}
	}
	return all
}

func (x *exec) spread(v val, n int) []val {
	if t, ok := v.(tuple); ok {
		for len(t) < n {
			t = append(t, x.fresh("?", 0))
		}
		return t[:n]
	}
	vals := make([]val, n)
	for i := range vals {
		vals[i] = x.child(nil, v, "#"+itoa(i), nil, token.NoPos, "")
	}
	return vals
}

func (x *exec) eval(fr *frame, st *state, e ast.Expr) []ev {
	if !x.step(e.Pos()) {
		return nil
	}
	if tv, ok := fr.pkg.Info.Types[e]; ok && tv.Value != nil {
		return one(st, withMethods(&konst{v: tv.Value}, fr.concrete(tv.Type)))
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return x.eval(fr, st, e.X)
	case *ast.Ident:
		return x.force(st, x.ident(fr, st, e), e)
	case *ast.SelectorExpr:
		return x.selector(fr, st, e)
	case *ast.CallExpr:
		return x.call(fr, st, e)
	case *ast.FuncLit:
		return one(st, &closure{lit: e, pkg: fr.pkg, outer: fr.inRound(), id: itoa(int(e.Pos())) + "@" + fr.key + fr.round})
	case *ast.CompositeLit:
		if _, elided := types.Unalias(fr.typeOf(e)).(*types.Pointer); elided {
			return x.addressOfLit(fr, st, e)
		}
		return x.composite(fr, st, e)
	case *ast.StarExpr:
		var all []ev
		for _, r := range x.eval(fr, st, e.X) {
			all = append(all, ev{r.st, x.copied(r.st, x.deref(r.st, r.v), fr.typeOf(e))})
		}
		return all
	case *ast.UnaryExpr:
		return x.unary(fr, st, e)
	case *ast.BinaryExpr:
		return x.binary(fr, st, e)
	case *ast.IndexExpr:
		if isFunc(fr.typeOf(e.X)) { // an instantiation
			return x.eval(fr, st, e.X)
		}
		return x.index(fr, st, e, false)
	case *ast.IndexListExpr:
		return x.eval(fr, st, e.X)
	case *ast.SliceExpr:
		var all []ev
		for _, r := range x.eval(fr, st, e.X) {
			v := r.v
			for _, b := range []ast.Expr{e.Low, e.High, e.Max} {
				if b != nil {
					x.eval(fr, r.st.clone(), b) // it may run the next handler
				}
			}
			if e.Low != nil || e.High != nil {
				x.mayPanic(fr, r.st, v, e, e.X)
			}
			if _, ok := v.(*konst); ok {
				v = x.fresh(fr.site(e.Pos()), 0)
			} else if l, ok := x.deref(r.st, v).(*list); ok {
				v = x.sliced(fr, r.st, l, e)
			} else if a, ok := x.deref(r.st, v).(*strct); ok && isArray(a.typ) {
				v = x.slicedArray(fr, r.st, a, e)
			} else if s, ok := v.(*sym); ok && e.Low == nil && e.High == nil {
				v = s
			} else if ok {
				c := x.child(fr, s, "["+itoa(int(e.Pos()))+"]", s.typ, e.Pos(), "")
				c.texts = s.texts
				if e.Low == nil && c.t&tCred != 0 {
					c.t = c.t&^tCred | tIdent
				}
				if x.callerBounds(fr, r.st, e) {
					c.t |= tReq // of which the caller chooses how much is compared
				}
				v = c
			}
			all = append(all, ev{r.st, v})
		}
		return all
	case *ast.TypeAssertExpr:
		return x.assert(fr, st, e, false)
	}
	return one(st, x.fresh(fr.site(e.Pos()), 0))
}

// site names a place of a function that runs.
func (fr *frame) site(pos token.Pos) string { return fr.key + fr.round + ":" + itoa(int(pos)) }

// fresh returns the value of a place that is not known at all.
func (x *exec) fresh(key string, t taint) *sym { return &sym{key: "new:" + key, t: t} }

// force takes one of several values that the wiring leaves open.
func (x *exec) force(st *state, v val, e ast.Expr) []ev {
	a, ok := v.(*anyVal)
	if !ok {
		return one(st, v)
	}
	var all []ev
	settings := slices.ContainsFunc(a.of, isSetting)
	for i, o := range a.of {
		if settings {
			o = instead(o)
		}
		s := st
		if i < len(a.of)-1 {
			s = st.clone()
		}
		if cond := a.conds[i]; cond.Text != "" {
			key, is := wiringCondition(cond)
			if known, ok := s.known.get(key); ok {
				if known != is {
					continue
				}
			} else {
				s.decide(fact{key: key, is: is, text: cond.Text, pos: e.Pos()})
			}
		}
		all = append(all, ev{s, o})
	}
	return all
}

func (x *exec) selector(fr *frame, st *state, e *ast.SelectorExpr) []ev {
	sel := fr.pkg.Info.Selections[e]
	if sel == nil {
		return x.force(st, x.ident(fr, st, e.Sel), e)
	}
	if sel.Kind() == types.MethodExpr {
		fn, _ := sel.Obj().(*types.Func)
		if fn == nil || len(sel.Index()) > 1 { // of an embedded field, which the receiver is not
			return one(st, x.fresh(fr.site(e.Pos()), 0))
		}
		return one(st, &closure{fn: fn, id: x.j.fullName(fn)})
	}
	var all []ev
	for _, r := range x.eval(fr, st, e.X) {
		v := r.v
		index := sel.Index()
		t := sel.Recv()
		panics := false
		for _, i := range index[:len(index)-1] {
			f := structField(t, i)
			if f == nil {
				break
			}
			panics = panics || throughNil(v, t, f)
			v = x.asChosen(f, x.field(fr, r.st, v, f, e.Sel.Pos()))
			t = f.Type()
		}
		if f, ok := sel.Obj().(*types.Var); panics || ok && throughNil(v, t, f) {
			r.st.panics = true
			fr.panicked = append(fr.panicked, r.st)
			continue
		}
		switch obj := sel.Obj().(type) {
		case *types.Var:
			all = append(all, x.force(r.st, x.asChosen(obj, x.field(fr, r.st, v, obj, e.Sel.Pos())), e)...)
		case *types.Func:
			for _, o := range x.force(r.st, v, e) {
				// A method with a value receiver gets a copy, one with a
				// pointer receiver of a variable its address.
				recv := o.v
				if _, isPtr := types.Unalias(obj.Signature().Recv().Type()).(*types.Pointer); isPtr {
					if _, isPtr := t.Underlying().(*types.Pointer); !isPtr {
						recv = x.addressOf(fr, o.st, e, sel, r.v, recv)
					}
				}
				all = append(all, ev{o.st, &closure{fn: obj, recv: recv, bound: true, id: x.j.fullName(obj)}})
			}
		}
	}
	return all
}

// throughNil says whether v is a pointer that is known to be nil, so that who reads a
// field of it panics. An array may only be asked for its length.
func throughNil(v val, t types.Type, f *types.Var) bool {
	_, isNil := v.(nilVal)
	return isNil && isPointerType(t) && !isArray(f.Type())
}

func (x *exec) unary(fr *frame, st *state, e *ast.UnaryExpr) []ev {
	switch e.Op {
	case token.NOT:
		var all []ev
		for _, r := range x.eval(fr, st, e.X) {
			all = append(all, ev{r.st, negate(r.v, exprText(e))})
		}
		return all
	case token.AND:
		if lit, ok := ast.Unparen(e.X).(*ast.CompositeLit); ok {
			return x.addressOfLit(fr, st, lit)
		}
		x.addressesTexts(fr, st, e.X)
		x.addressesPart(fr, st, e.X)
		if p := x.pointTo(fr, st, e.X); p != nil {
			return one(st, p)
		}
		return x.eval(fr, st, e.X)
	}
	var all []ev
	for _, r := range x.eval(fr, st, e.X) {
		if e.Op == token.ARROW {
			x.waits(r.st, fr.site(e.Pos()), e.Pos())
			all = append(all, ev{r.st, x.receives(fr, r.v, e)})
			continue
		}
		all = append(all, ev{r.st, x.child(fr, r.v, e.Op.String(), fr.typeOf(e), e.Pos(), "")})
	}
	return all
}

func negate(v val, text string) val {
	switch v := v.(type) {
	case *konst:
		if b, ok := isTrue(v); ok {
			return boolVal(!b)
		}
	case *cond:
		c := *v
		c.not, c.text = !v.not, text
		return &c
	case *sym:
		return &cond{op: token.EQL, x: v, y: boolVal(false), text: text, pos: v.pos}
	}
	return v
}

func (x *exec) binary(fr *frame, st *state, e *ast.BinaryExpr) []ev {
	switch e.Op {
	case token.LAND, token.LOR:
		yes, no := x.branch(fr, st, e)
		var all []ev
		for _, s := range yes {
			all = append(all, ev{s, boolVal(true)})
		}
		for _, s := range no {
			all = append(all, ev{s, boolVal(false)})
		}
		return all
	}
	var all []ev
	for _, r := range x.evals(fr, st, []ast.Expr{e.X, e.Y}) {
		if len(r.vs) < 2 {
			continue
		}
		v := r.vs
		if (e.Op == token.EQL || e.Op == token.NEQ) && fr.neverNil(e, v[0], v[1]) {
			all = append(all, ev{r.st, boolVal(e.Op == token.NEQ)})
			continue
		}
		switch e.Op {
		case token.EQL, token.LSS, token.LEQ, token.GTR, token.GEQ:
			all = append(all, ev{r.st, &cond{op: e.Op, x: v[0], y: v[1], text: x.j.text(e), pos: e.Pos()}})
		case token.NEQ:
			all = append(all, ev{r.st, &cond{op: token.EQL, x: v[0], y: v[1], not: true, text: x.j.text(e), pos: e.Pos()}})
		default:
			all = append(all, ev{r.st, x.arith(fr, r.st, e.Op, v[0], v[1], e, e.Pos())})
		}
	}
	return all
}

func (x *exec) arith(fr *frame, _ *state, op token.Token, a, b val, e ast.Expr, pos token.Pos) val {
	ka, okA := a.(*konst)
	kb, okB := b.(*konst)
	if okA && okB && ka.v.Kind() == kb.v.Kind() && (op == token.ADD || op == token.SUB) && (ka.v.Kind() == constant.String && op == token.ADD || ka.v.Kind() == constant.Int) {
		if sum := constant.BinaryOp(ka.v, op, kb.v); fr.typeOf(e) == nil || value.Holds(fr.typeOf(e), sum) {
			return &konst{v: sum, instead: ka.instead || kb.instead}
		}
	}
	if op == token.AND && constantTime(a) && constantTime(b) {
		return &cond{op: token.LAND, x: a, y: b, text: exprText(e), pos: pos}
	}
	s := &sym{key: x.id("(" + keyOf(a) + op.String() + keyOf(b) + ")"), t: taintOf(a) | taintOf(b), text: exprText(e), pos: pos, typ: fr.typeOf(e)}
	for _, v := range []val{a, b} {
		if c, ok := str(v); ok && c != "" && op == token.ADD {
			s.nonNil = true // "Bearer " + token is never empty
		}
		if o, ok := v.(*sym); ok && o.nonNil && op == token.ADD && isNonNil(o) {
			s.nonNil = true // nor is what is added to it
		}
	}
	if op == token.ADD {
		s.t = mixed(s.t)
		s.sum = true
		s.rest = restOf(a, b)
	}
	return s
}

func (x *exec) assert(fr *frame, st *state, e *ast.TypeAssertExpr, ok bool) []ev {
	var all []ev
	t := fr.typeOf(e.Type)
	for _, r := range x.eval(fr, st, e.X) {
		yes, no := x.isType(fr, r.st, r.v, t, exprText(e), e.Pos())
		for _, s := range yes {
			v := r.v
			if t != nil && !types.IsInterface(t) {
				v = unboxed(v)
			}
			if y, isSym := v.(*sym); isSym {
				v = asserted(y, t)
			}
			if ok {
				v = tuple{v, boolVal(true)}
			}
			all = append(all, ev{s, v})
		}
		if ok {
			for _, s := range no {
				all = append(all, ev{s, tuple{x.zero(t), boolVal(false)}})
			}
		} else {
			for _, s := range no {
				s.panics = true
				fr.panicked = append(fr.panicked, s)
			}
		}
	}
	return all
}
