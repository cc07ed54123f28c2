package judge

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

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
	if readsKey(name, path) {
		// A key says nothing of who calls, and one that the caller sends is his.
		r.std, r.keyed = true, false
		return r
	}
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

// readsKey says whether a function makes a key of what it is written as.
func readsKey(name, path string) bool {
	words := split(name)
	return has(words, "parse", "decode", "load", "read", "import", "from", "unmarshal") &&
		(has(words, "pem", "jwk", "jwks", "der", "x509", "pkcs1", "pkcs8", "pkix") || strings.HasSuffix(strings.ToLower(name), "pem") ||
			signed(path) && has(words, "key", "keys", "certificate"))
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
