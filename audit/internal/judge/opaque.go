package judge

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/routers"
)

// opaque is a call of a function that is not read. What it proves is taken from
// its name.
func (x *exec) opaque(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) []ev {
	if (fn == nil || !x.known(fn)) && x.observed(fr, st, e, fn, recv, args) {
		return nil
	}
	args = allUnboxed(args)
	st.ages(append([]val{recv}, args...)...)
	x.rearranges(fr, st, e, fn, args)
	// A closure that is handed over may be run, or not.
	states := []*state{st}
	var holds []val
	steers, serves := false, false
	var run []val // functions that what is yielded may run once more
	for _, a := range append([]val{recv}, args...) {
		if a == nil {
			continue
		}
		_, s := x.interest(st, a, 0)
		if s {
			if g, ok := a.(*sym); !ok || g.kind != kGin {
				steers = true
				holds = append(holds, a)
			}
		}
		if g, ok := a.(*sym); ok && (g.kind == kRequest || g.kind == kWriter || g.kind == kEcho || g.kind == kGin) {
			serves = true
		}
	}
	name := x.j.text(e.Fun)
	results := 0
	var sig *types.Signature
	if t := fr.typeOf(e.Fun); t != nil {
		sig, _ = t.Underlying().(*types.Signature)
	}
	if fn != nil && sig == nil {
		sig = fn.Signature()
	}
	if sig != nil {
		results = sig.Results().Len()
	}
	if steers {
		for _, h := range holds {
			x.hides(st, e.Pos(), h, append([]val{recv}, args...)...)
		}
		if serves || x.runsNow(fr, fn, sig, recv, holds) {
			x.reach(st.clone(), &Evidence{Pos: e.Pos(), Text: "the next handler is handed to " + name + ", which was not read"})
		}
		if !serves && results > 0 {
			return one(st, x.wraps(fr, e, sig, holds, name))
		}
		states = x.besidesNext(fr, states, e, args)
	} else if x.lost != nil && (serves && recv != nil || fn == nil) && x.mayHaveGot(fn, recv) {
		x.reach(st.clone(), x.lost)
	} else {
		for _, a := range args {
			c, ok := a.(*closure)
			if ok && keyFunc(c) {
				return x.keyed(fr, st, e, fn, sig, recv, args, name, c)
			}
			if ok && (c.lit != nil || x.j.changesSomething(c)) {
				states = x.mayRun(fr, states, e, c, args)
				run = append(run, c)
			}
		}
	}
	for _, s := range states {
		x.mayWriteRequest(s, fn, sig, name, args)
		for _, v := range append(args[:len(args):len(args)], recv) {
			if c, ok := v.(*closure); !ok || c.lit == nil { // which may be run, see mayRun
				x.handsFunctions(s, v)
				if v != nil && keepsPointers(fn) {
					x.holdsPointer(fr, s, e, v)
				}
			}
		}
		x.shelves(fr, s, e, fn, args)
	}
	var all []ev
	for _, s := range states {
		x.puts(s, fn, recv, args)
		x.filledBy(fr, s, e, fn, args)
		v := x.result(fr, s, e, fn, sig, recv, args, name, nil)
		if f, ok := v.(*sym); ok && run != nil && isFunc(f.typ) {
			f.held = run
		} else if ok && f.kind == plain {
			f.held = append(f.held[:len(f.held):len(f.held)], x.keepsMethods(s, fn, args)...)
		}
		all = append(all, ev{s, v})
	}
	return all
}

// mayRun are the ways on from where a function may be run, or not.
func (x *exec) mayRun(fr *frame, states []*state, e *ast.CallExpr, c *closure, args []val) []*state {
	var more []*state
	for _, s := range states {
		for _, r := range x.apply(fr, s.clone(), &ast.CallExpr{Fun: e.Fun, Lparen: e.Lparen + 1}, c, x.unknownArgs(fr, c, e, args)) {
			more = append(more, r.st)
		}
	}
	return merged(append(states, more...))
}

func (x *exec) wraps(fr *frame, e *ast.CallExpr, sig *types.Signature, holds []val, name string) val {
	w := func(i int) val {
		return &sym{key: "wraps:" + fr.site(e.Pos()) + itoa(i), kind: kWraps, text: name, pos: e.Pos(), held: holds, nonNil: true}
	}
	if sig.Results().Len() == 1 {
		return w(0)
	}
	t := make(tuple, sig.Results().Len())
	for i := range t {
		t[i] = w(i)
		if isError(sig.Results().At(i).Type()) {
			t[i] = &sym{key: "wraps:" + fr.site(e.Pos()) + itoa(i), typ: sig.Results().At(i).Type(), text: name}
		}
	}
	return t
}

// unknownArgs are what an unread function may call a closure with.
func (x *exec) unknownArgs(fr *frame, c *closure, e *ast.CallExpr, args []val) []val {
	sig := c.signature()
	if sig == nil {
		return nil
	}
	vals := make([]val, sig.Params().Len())
	var t taint
	for _, a := range args {
		t |= taintOf(a)
	}
	for i := range vals {
		p := sig.Params().At(i).Type()
		if s := x.frameworkParam(p, fr.site(e.Pos())+itoa(i)); s != nil {
			vals[i] = s
			continue
		}
		vals[i] = &sym{key: "cb:" + fr.site(e.Pos()) + itoa(i), t: t &^ (tVer | tSess), typ: p, text: sig.Params().At(i).Name(), texts: holdsTexts(p) && slices.ContainsFunc(args, sharesTexts)}
		if t&(tVer|tSess) != 0 {
			vals[i].(*sym).t |= tIdent
		}
	}
	return vals
}

// result is what an unread call yields.
func (x *exec) result(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, sig *types.Signature, recv val, args []val, name string, key val) val {
	if x.forgets(st, fn, args) {
		recv = nil
	}
	var t taint
	proven, derived := none, none
	keys := ""
	var query bool
	var needs, lacks *sym
	for i, a := range append([]val{key, recv}, args...) {
		if a == nil {
			continue
		}
		v := a
		if p, ok := v.(*ptr); ok {
			if _, isSym := st.load(p.to).(*sym); isSym || len(p.path) > 0 {
				v = x.loadPtr(st, p)
			}
		}
		needs = cmp.Or(needs, needsOf(v))
		if needs == nil && i > 0 && lapsing(fn) {
			needs = x.lapse(st, v, 0)
		}
		if s := lackingOf(st, v); s != nil && (i < 2 || keyArg(sig, name, i-2)) {
			lacks = s
		}
		if i == 0 {
			continue
		}
		t |= taintOf(v)
		proven = max(proven, levelOf(v))
		if s, ok := v.(*sym); ok {
			derived = max(derived, s.derived)
			query = query || s.query
		}
		keys += keyOf(a) + ","
	}
	if t&tPart != 0 && secretColumn(args) {
		// It is looked up as the secret itself.
		t |= tCred
	}
	if st.leavesOut(args) || yieldsUnread(fn, args) {
		t |= tMaybe
	}
	lax := x.j.laxCode(fr.pkg.Info, e) || x.laxVal(st, recv, 0) || slices.ContainsFunc(args, func(v val) bool { return x.laxVal(st, v, 0) })
	rule := x.ruleOf(fn, e, recv, args, t, proven, derived, query, worthless(key) || lax)
	put := t&tCred != 0 && x.wasPut(st, fn, recv, args)
	if put {
		rule.onTrue, rule.onNil, rule.data, rule.out, rule.derived = none, none, none, none, none
		rule.t |= t
	}
	if t&tCred != 0 && rule.finds() && !x.trustsCall(fr, st, e, fn, args) {
		rule = rule.doubted()
	}
	if callersText(fr.pkg.Info, fn, e, args) {
		rule.onTrue, rule.onNil, rule.data, rule.out, rule.derived, rule.query = none, none, none, none, none, false
		rule.t = tIdent
	}
	if rule.t&tWho != 0 && t&tWho == 0 && slices.ContainsFunc(args, wholeRequest) && wroteAny(st, inHeader, inCookie, inValue) != nil {
		// What it finds in the request may be what the code wrote there.
		rule.onTrue, rule.onNil, rule.data, rule.out, rule.derived = min(rule.onTrue, maybe), min(rule.onNil, maybe), min(rule.data, maybe), min(rule.out, maybe), min(rule.derived, maybe)
		rule.t |= tMaybe
	}
	if weakMAC(st, fn, args) {
		knows(st, everybodys, e)
		rule.t = tReq
	}
	if rule.std && slices.ContainsFunc(args, func(v val) bool { c, ok := v.(*konst); return ok && c.instead }) {
		rule.t |= tReq // what is made of it everybody can make
	}
	if lacks != nil && rule.keyed {
		needs = lacks
	}
	switch {
	case rule.digest || fn != nil && fn.Name() == "Sum":
		if rule.t&tSetting != 0 {
			rule.t = rule.t&^tMixed | tSalted
		}
	case rule.std && mixes(fn, recv, args):
		rule.t |= tMixed
	}
	text := x.j.text(e)
	site := fr.site(e.Pos())
	if rule.pure {
		site = "pure:" + name
		if len(keys) < 200 {
			site += "(" + keys + ")"
		} else {
			site += fr.site(e.Pos())
		}
	}
	if key != nil {
		site += "?" + keyOf(key)
	}
	if rule.t&tWho != 0 && !rule.keyed {
		// On another way the same call may find more, and is another value then.
		site += "!" + itoa(int(rule.t)<<10|int(rule.onTrue)<<8|int(rule.onNil)<<6|int(rule.data)<<4|int(rule.out)<<2|int(rule.derived))
	}
	site = x.id(site)
	err := ""
	if sig != nil {
		for i := range sig.Results().Len() {
			if isError(sig.Results().At(i).Type()) {
				err = site + "#" + itoa(i)
			}
		}
	}
	beside := x.besides(site, err, sig, rule.verb)
	make1 := func(i int, typ types.Type) val {
		s := &sym{key: site + "#" + itoa(i), t: rule.t, typ: typ, text: text, pos: e.Pos(), derived: rule.derived, query: rule.query, needs: needs, made: !rule.std, lax: lax}
		if put { // nor does what is asked of it, such as the first row
			st.put(storageOf(fn) + "|" + s.key)
		}
		if (t&(tFromCaller|tServer|tVer) != 0 || !rule.pure) && !isError(typ) && err != "" {
			s.beside = err
		}
		if ofResponse(fn) {
			s.key = responseKey + s.key
		}
		if isURL(typ) && ofAnyHolder(fn, i) {
			s.key = takenKey + s.key
		}
		s.texts = routers.Collects(fn) && holdsTexts(typ) && slices.ContainsFunc(args, sharesTexts)
		if rule.std {
			s.inherit(args)
		}
		if rule.std && rule.pure {
			x.partly(s, fn, rule, args)
		}
		if rule.digest && len(args) == 1 {
			s.digest, _ = args[0].(*sym)
		} else if rule.pure && len(args) == 1 {
			if d, ok := args[0].(*sym); ok {
				s.digest = d.digest
			}
		}
		switch {
		case isError(typ):
			s.onNil = rule.onNil
		case isBool(typ):
			s.onTrue = rule.onTrue
		default:
			s.onTrue = rule.data
			if rule.parsed {
				s.kind = kParsed
			}
		}
		if rule.nonNil {
			s.nonNil = true
		}
		if fw := x.frameworkParam(typ, ""); fw != nil && fw.kind != kWriter {
			if fw.kind != kGin && fw.kind != kEcho {
				fw.ctx = contextIn(args, recv)
			}
			fw.made = fw.kind == kRequest && fn != nil && fn.Pkg() != nil && x.j.std(fn.Pkg().Path())
			return fw
		}
		return s
	}
	// What is given by reference may be filled.
	for i, a := range args {
		p, ok := a.(*ptr)
		if !ok && strings.Contains(name, ".Read") {
			p = x.array(fr, st, e, i)
		}
		if p == nil || !rule.fills && !writesParam(fn, sig, i) {
			continue
		}
		var r reached
		if r.visit(x, st, p, 0); r.request && x.service == nil {
			mayHaveWritten(st) // into a map that is there, elements are decoded
		}
		old := x.loadPtr(st, p)
		if o, ok := old.(*sym); ok && o.kind != plain && o.kind != kParsed {
			continue
		}
		var typ types.Type
		switch o := old.(type) {
		case *strct:
			typ = o.typ
			if o.w != nil {
				continue
			}
		case *sym:
			typ = o.typ
		}
		if at, ok := fr.argPointer(e, i); ok && typ == nil && maybeEmpty(at) {
			typ = at
		}
		s := &sym{key: site + "@" + itoa(i), t: rule.t | taintOf(old)&tWho, typ: typ, text: text, name: p.to.name, pos: e.Pos(), onTrue: st.foundIn(p, old, rule.out), derived: rule.derived, needs: needs, made: !rule.std, lax: lax}
		if t&(tFromCaller|tServer|tVer) != 0 {
			s.beside = beside
		}
		if rule.parsed {
			s.kind = kParsed
		}
		x.storePtr(st, p, s)
	}
	if sig == nil {
		return make1(0, fr.typeOf(e))
	}
	switch n := sig.Results().Len(); n {
	case 0:
		return tuple{}
	case 1:
		return make1(0, sig.Results().At(0).Type())
	default:
		vals := make(tuple, n)
		for i := range vals {
			vals[i] = make1(i, sig.Results().At(i).Type())
		}
		return vals
	}
}

// argPointer is the type that an argument of a call points to.
func (fr *frame) argPointer(e *ast.CallExpr, i int) (types.Type, bool) {
	t := argType(fr, e, i)
	if t == nil {
		return nil, false
	}
	p, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return nil, false
	}
	return p.Elem(), true
}

func wholeRequest(v val) bool {
	s, ok := v.(*sym)
	return ok && (s.kind == kRequest || s.kind == kGin || s.kind == kEcho)
}

func contextIn(args []val, recv val) *ctxVal {
	for _, a := range append([]val{recv}, args...) {
		if s, ok := a.(*sym); ok && s.ctx != nil {
			return s.ctx
		}
	}
	return nil
}

func fnSig(fn *types.Func) *types.Signature {
	if fn == nil {
		return nil
	}
	return fn.Signature()
}

func lastElem(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func recvTypeName(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return ""
	}
	_, name := named(recv.Type())
	return name
}

// writesParam says whether a function of the standard library writes what it is given
// the address of, whatever it does: it takes the address of a number, a text or a list,
// as flag.BoolVar and atomic.StoreInt32 do.
func writesParam(fn *types.Func, sig *types.Signature, i int) bool {
	if fn == nil || sig == nil || i >= sig.Params().Len() || strings.HasPrefix(fn.Name(), "Load") {
		return false
	}
	p, ok := sig.Params().At(i).Type().Underlying().(*types.Pointer)
	if !ok {
		return false
	}
	switch p.Elem().Underlying().(type) {
	case *types.Basic, *types.Slice, *types.Map, *types.Pointer:
		return true
	}
	return false
}
