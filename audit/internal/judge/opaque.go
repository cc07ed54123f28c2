package judge

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// opaque is a call of a function that is not read. What it proves is taken from
// its name.
func (x *exec) opaque(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) []ev {
	if (fn == nil || !x.known(fn)) && x.observed(fr, st, e, fn, recv, args) {
		return nil
	}
	// A closure that is handed over may be run, or not.
	states := []*state{st}
	var holds []val
	steers, serves := false, false
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
	name := exprText(e.Fun)
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
		if serves || results == 0 {
			x.reach(st.clone(), &Evidence{Pos: e.Pos(), Text: "the next handler is handed to " + name + ", which was not read"})
		} else {
			return one(st, x.wraps(fr, e, sig, holds, name))
		}
	} else {
		for _, a := range args {
			c, ok := a.(*closure)
			if ok && keyFunc(c) {
				return x.keyed(fr, st, e, fn, sig, recv, args, name, c)
			}
			if ok && c.lit != nil {
				var more []*state
				for _, s := range states {
					for _, r := range x.inlineLit(fr, s.clone(), &ast.CallExpr{Fun: e.Fun, Lparen: e.Lparen + 1}, c, x.unknownArgs(fr, c, e, args)) {
						more = append(more, r.st)
					}
				}
				states = merged(append(states, more...))
			}
		}
	}
	var all []ev
	for _, s := range states {
		x.puts(s, fn, recv, args)
		all = append(all, ev{s, x.result(fr, s, e, fn, sig, recv, args, name, nil)})
	}
	return all
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
		vals[i] = &sym{key: "cb:" + fr.site(e.Pos()) + itoa(i), t: t &^ (tVer | tSess), typ: p, text: sig.Params().At(i).Name()}
		if t&(tVer|tSess) != 0 {
			vals[i].(*sym).t |= tIdent
		}
	}
	return vals
}

// result is what an unread call yields.
func (x *exec) result(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, sig *types.Signature, recv val, args []val, name string, key val) val {
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
		if s, ok := v.(*sym); ok && s.lacks && !st.holds(s) {
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
	rule := x.ruleOf(fn, e, recv, args, t, proven, derived, query, key == worthless)
	if t&tCred != 0 && x.wasPut(st, fn, recv, args) {
		rule.onTrue, rule.onNil, rule.data, rule.out, rule.derived = none, none, none, none, none
		rule.t |= t
	}
	if lacks != nil && rule.keyed {
		needs = lacks
	}
	text := exprText(e)
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
	site = x.id(site)
	make1 := func(i int, typ types.Type) val {
		s := &sym{key: site + "#" + itoa(i), t: rule.t, typ: typ, text: text, pos: e.Pos(), derived: rule.derived, query: rule.query, needs: needs, made: !rule.std}
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
			return fw
		}
		return s
	}
	// What is given by reference may be filled.
	for i, a := range args {
		p, ok := a.(*ptr)
		if !ok || !rule.fills {
			continue
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
		s := &sym{key: site + "@" + itoa(i), t: rule.t | taintOf(old)&tWho, typ: typ, text: text, name: p.to.name, pos: e.Pos(), onTrue: rule.out, derived: rule.derived, needs: needs, made: !rule.std}
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

// rule is what a call's results prove.
type rule struct {
	t              taint
	onTrue, onNil  level // of a bool and of an error
	data           level // of other results
	out            level // of what is given by reference
	derived        level // of errors of what it yields
	parsed, pure   bool
	nonNil, query  bool
	fills, rowData bool
	std            bool
	keyed, digest  bool // by an argument that is a key; of the only argument
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

// ruleOf says what a call that is not read proves.
func (x *exec) ruleOf(fn *types.Func, e *ast.CallExpr, recv val, args []val, t taint, proven, derived level, query, worthlessKey bool) rule {
	name, recvName, path := "", "", ""
	switch f := ast.Unparen(e.Fun).(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	if fn != nil {
		name = fn.Name()
		recvName = recvTypeName(fn)
		if fn.Pkg() != nil {
			path = fn.Pkg().Path()
		}
	}
	r := rule{t: t, data: none, fills: true, keyed: verbOf(name, recvName) == vVerify || strings.HasPrefix(name, "With")}
	if t == 0 {
		r.t = tSetting
		r.pure = false
	}
	if path != "" && (x.j.std(path) || strings.HasPrefix(path, "golang.org/x/crypto/")) {
		return stdRule(r, path, recvName, name, args, t, proven, derived)
	}
	v := verbOf(name, recvName)
	if t&tWho == 0 {
		// What gets the whole request may have looked at the credentials.
		if path != "" && v != vNothing && !negWords(lastElem(path)) && slices.ContainsFunc(append([]val{recv}, args...), wholeRequest) && (x.service == nil || identityName(name)) {
			r.t |= tMaybe
			r.onTrue, r.onNil, r.data, r.derived = maybe, maybe, maybe, maybe
		}
		if t&tReq != 0 && (v == vLookup || v == vData) && taintOf(recv)&tFromCaller == 0 && !slices.ContainsFunc(args, wholeRequest) {
			r.t |= tServer
		}
		return r
	}
	if negWords(lastElem(path)) {
		v = vNothing
	}
	if path != "" && t&tCred != 0 && proven == none && x.j.sessionPackage(path) {
		v = vNothing // that there is a session says nothing of who has it
	}
	if worthlessKey || unsafeKeys(args, e) {
		v = vNothing
	}
	if v == vLookup && len(args) == 0 && recv != nil && taintOf(recv)&tCred != 0 && taintOf(recv)&tSess == 0 && levelOf(recv) == none {
		v = vNothing // a part of what the caller sent, such as a claim of a token that nobody verified
		r.t = t&^tCred | tIdent
	}
	if has(split(name), "unverified", "insecure") {
		r.t = t&^tCred | tIdent
	}
	if t&tNames != 0 && (v == vLookup || v == vData || v == vBuild) {
		// That somebody of this name exists says nothing of who calls.
		t = t&^(tCred|tPart) | tIdent
		r.t = t
	}
	results := 0
	hasErr, hasBool := false, false
	sig := fnSig(fn)
	if sig != nil {
		results = sig.Results().Len()
		for p := range sig.Results().Variables() {
			hasErr = hasErr || isError(p.Type())
			hasBool = hasBool || isBool(p.Type())
		}
	}
	if v == vVerify && t&tCred != 0 && signed(path) {
		t &^= tMaybe // wherever it stood in the request, the issuer has signed it
	}
	only := func(l level) level {
		if t&tMaybe != 0 {
			return min(l, maybe)
		}
		return l
	}
	// What identifies without proving (a user name, claims not verified) leads
	// to nobody's identity.
	if t&tCred == 0 && !query && proven == none && derived == none {
		switch {
		case t&tMaybe != 0:
			r.t, r.onTrue, r.onNil, r.data = t, maybe, maybe, maybe
			if v == vNothing {
				r.onTrue, r.onNil, r.data = none, none, none
			}
		case t&tIdent != 0:
			r.t = t
			if v != vNothing && (v != vVerify || t&tVer != 0) {
				r.t |= tServer
			}
		}
		return r
	}
	r.derived = derived
	switch v {
	case vNothing:
		r.derived = none
		if t&tCred == 0 {
			r.data = none
		}
		return r
	case vBuild:
		r.query, r.nonNil = true, false
		r.derived = derived
		return r
	case vUnknown:
		if derived == sure && (strings.EqualFold(name, "Result") || name == "Err" || name == "Error" || name == "Scan" || name == "Decode" || name == "Val" || name == "Value" || name == "Uint64" || name == "Int" || name == "Text" || name == "String" || name == "Bytes" || name == "StructScan" || name == "ToStruct") {
			r.t = tVer | t
			r.onNil, r.onTrue, r.data, r.out = derived, derived, derived, derived
			return r
		}
		if proven != none && t&tCred == 0 {
			// A method of what was proven, or a function of it.
			r.onTrue, r.data = proven, proven
			r.out = none
			return r
		}
		r.t |= tMaybe
		r.onTrue, r.onNil, r.data, r.out, r.derived = maybe, maybe, maybe, maybe, maybe
		return r
	}
	base := max(proven, derived)
	if t&tCred != 0 || query {
		base = sure
	}
	base = only(base)
	r.t = tVer | t&tMaybe
	r.onTrue, r.onNil, r.data, r.out, r.derived = base, base, base, base, base
	if hasErr && hasBool {
		r.onNil = none
	}
	switch v {
	case vVerify:
		if hasErr && results > 1 {
			// Data beside an error that nobody may look at.
			r.t, r.data, r.parsed = tIdent|t&tMaybe, none, true
		}
		if hasErr {
			r.out = none
		}
	case vData:
		r.onNil, r.derived = none, none
	}
	if aggregates(args) {
		r.onNil, r.derived = none, none
	}
	return r
}

// signed says whether a package is one of signed tokens.
func signed(path string) bool {
	for elem := range strings.SplitSeq(strings.ToLower(bare(path)), "/") {
		switch elem {
		case "jwt", "jws", "jose", "go-jose", "paseto", "go-paseto":
			return true
		}
	}
	return false
}

// isNonNil says whether a string or its bytes are never empty.
func isNonNil(v val) bool {
	s, ok := v.(*sym)
	if !ok || !s.nonNil || s.typ == nil {
		return false
	}
	switch s.typ.Underlying().(type) {
	case *types.Interface, *types.Pointer:
		return false
	}
	return true
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
