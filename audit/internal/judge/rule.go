package judge

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// rule is what a call's results prove.
type rule struct {
	t             taint
	onTrue, onNil level // of a bool and of an error
	data          level // of other results
	out           level // of what is given by reference
	derived       level // of errors of what it yields
	parsed, pure  bool
	nonNil, query bool
	fills         bool
	std           bool
	verb          verb
	keyed, digest bool // by an argument that is a key; of the only argument
}

// finds says whether something is proved where a call finds something.
func (r rule) finds() bool { return max(r.onTrue, r.onNil, r.data, r.out, r.derived) > maybe }

// doubted is a rule by which nothing is proved for sure.
func (r rule) doubted() rule {
	r.t |= tMaybe
	for _, l := range []*level{&r.onTrue, &r.onNil, &r.data, &r.out, &r.derived} {
		*l = min(*l, maybe)
	}
	return r
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
	v, worth := x.j.saysOf(fn, name, recvName, path)
	r := rule{t: t, verb: v, data: none, fills: true, keyed: v == vVerify || strings.HasPrefix(name, "With")}
	if t == 0 {
		r.t = tSetting
		r.pure = false
	}
	if path != "" && (x.j.std(path) || strings.HasPrefix(path, "golang.org/x/crypto/")) {
		return zeroFails(stdRule(r, path, recvName, name, args, t, proven, derived), path, name, args)
	}
	if strings.HasPrefix(path, "github.com/jackc/pgx/") && t&tWho != 0 {
		switch {
		case name == "Exec" && t&(tCred|tNames) == tCred:
			return executed(r, t, min(changes(args), mostly(t)))
		case name == "RowsAffected":
			return affected(r, t, derived)
		}
	}
	if worth < sure && pureLibrary(path) {
		r.pure = true
		return madeOf(r, t, proven)
	}
	said := taint(0)
	if worth < sure {
		said = tSaid
	}
	if readsKey(name, path) {
		// A key says nothing of who calls, and one that the caller sends is his.
		r.std, r.keyed = true, false
		return r
	}
	if worth == sure && v == vVerify {
		if slices.ContainsFunc(args, wholeRequest) {
			t |= tCred // it finds the credential itself
		}
		if t&tCred != 0 {
			t &^= tMaybe // wherever it stood in the request, the issuer has signed it
		}
	}
	library, _ := libraryOf(path)
	found := finds(args, library.asks != "")
	if bare(path) == "go.mongodb.org/mongo-driver/mongo" && recvName == "Collection" && len(args) > 1 && !brings(args[:2]) && brings(args[2:]) {
		t |= tMaybe // it is in the options, and not in the filter
	}
	if v == vBuild && library.asks != "" && brings(args) && !(listed(library.asks, name, recvName) && joinsInside(name, args)) {
		found = min(found, maybe) // what is shown or set, not what is asked for
	}
	if v == vBuild && found < sure {
		t |= tMaybe // it may have an answer whatever it is asked for
		r.t |= tMaybe
	}
	if t&tWho == 0 {
		// What gets the whole request may have looked at the credentials.
		if path != "" && v != vNothing && !negWords(lastElem(path)) && slices.ContainsFunc(append([]val{recv}, args...), wholeRequest) && (x.service == nil || identityName(name)) {
			r.t |= tMaybe
			r.onTrue, r.onNil, r.data, r.derived = maybe, maybe, maybe, maybe
		}
		if t&tReq != 0 && (v == vLookup || v == vData) && taintOf(recv)&tFromCaller == 0 && !slices.ContainsFunc(args, wholeRequest) {
			r.t |= tServer | said
		}
		return r
	}
	if negWords(lastElem(path)) && worth < sure {
		v = vNothing
	}
	if path != "" && t&tCred != 0 && proven == none && sessionPackage(path) {
		v = vNothing // that there is a session says nothing of who has it
	}
	if worthlessKey || worth == sure && v == vVerify && bringsKey(path, recv, args) {
		v = vNothing
	}
	if worth < sure && v == vLookup && len(args) == 0 && recv != nil && taintOf(recv)&tCred != 0 && taintOf(recv)&tSess == 0 && levelOf(recv) == none {
		v = vNothing // a part of what the caller sent, such as a claim of a token that nobody verified
		r.t = t&^tCred | tIdent
	}
	if speaks(name, "unverified", "insecure") {
		r.t = t&^tCred | tIdent
	}
	if t&tNames != 0 && (v == vLookup || v == vData || v == vBuild) {
		// That somebody of this name exists says nothing of who calls.
		t = t&^(tCred|tPart) | tIdent
		r.t = t
	}
	results := 0
	hasErr, hasMany := false, false
	sig := fnSig(fn)
	if sig != nil {
		results = sig.Results().Len()
		for p := range sig.Results().Variables() {
			hasErr = hasErr || isError(p.Type())
			hasMany = hasMany || many(p.Type())
		}
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
				r.t |= tServer | said
			}
		}
		return r
	}
	r.derived = derived
	switch v {
	case vSealed:
		r.t, r.derived = t|tNames, none // it can be verified, and what it says is what the caller says
		return r
	case vNothing:
		if worth == sure {
			r.t = t&^(tCred|tPart) | tIdent
		}
		r.derived = none
		if t&tCred == 0 {
			r.data = none
		}
		return r
	case vBuild:
		r.query, r.nonNil = true, worth == sure && handle(sig, path)
		r.derived = derived
		return r
	case vPart:
		r.t = t
		if base := max(proven, derived); base != none {
			r.t |= tVer
			r.onTrue, r.data, r.out = base, base, base
		}
		r.onNil = derived
		return r
	case vUnknown:
		if proven != none && t&tCred == 0 {
			// A method of what was proven, or a function of it.
			r.onTrue, r.data = proven, proven
			if recv == nil || len(args) > 0 {
				r.onTrue, r.data = min(proven, claimed), min(proven, claimed)
			}
			r.out = none
			return r
		}
		r.t |= tMaybe
		r.onTrue, r.onNil, r.data, r.out, r.derived = maybe, maybe, maybe, maybe, maybe
		return r
	}
	base := max(proven, derived)
	if t&tCred != 0 || query {
		base = worth
	}
	base = only(base)
	r.t = tVer | t&(tMaybe|tSaid) | said
	r.onTrue, r.onNil, r.data, r.out, r.derived = base, base, base, base, base
	if worth < sure {
		r.onTrue, r.onNil, r.out, r.derived = min(base, claimed), min(base, claimed), min(base, claimed), min(base, claimed)
	}
	switch v {
	case vVerify:
		if hasErr && results > 1 {
			// Data beside an error that nobody may look at.
			r.t, r.data, r.derived, r.parsed = tIdent|t&tMaybe, none, none, true
		}
		if hasErr {
			r.out = none
		}
	case vData:
		r.onNil, r.derived = none, none
	}
	r.nonNil = worth == sure && handle(sig, path)
	if hasErr && hasMany {
		r.onNil, r.derived = none, none
	}
	if found < sure {
		r.onNil, r.derived = min(r.onNil, found), min(r.derived, found)
		if v == vData {
			r.onTrue, r.data, r.out = min(r.onTrue, found), min(r.data, found), min(r.out, found)
		}
	}
	return r
}

// mostly is what may be proved of a credential of a taint at most.
func mostly(t taint) level {
	if t&tMaybe != 0 {
		return maybe
	}
	return sure
}

// brings says whether a credential of the caller is among values.
func brings(values []val) bool {
	return slices.ContainsFunc(values, func(v val) bool { return taintOf(v)&tCred != 0 })
}

// joinsInside says whether a method that gets a join, if it is one, makes no outer one:
// what is only named is joined from outside.
func joinsInside(name string, args []val) bool {
	if name != "Joins" || len(args) == 0 {
		return true
	}
	text, _ := str(args[0])
	words := sqlWords(text)
	return has(words, "join")
}

// callersText says whether the text of a query is what the caller sends, or made of it.
func callersText(info *types.Info, fn *types.Func, e *ast.CallExpr, args []val) bool {
	sig := fnSig(fn)
	if sig == nil || fn.Pkg() == nil {
		return false
	}
	if _, ok := libraryOf(fn.Pkg().Path()); !ok && fn.Pkg().Path() != "database/sql" {
		return false
	}
	for i := range min(sig.Params().Len(), len(e.Args), len(args)) {
		switch sig.Params().At(i).Name() {
		case "query", "sql", "condition", "conds", "sqlOrArgs":
			text, ok := info.TypeOf(e.Args[i]).Underlying().(*types.Basic)
			return ok && text.Info()&types.IsString != 0 && taintOf(args[i])&tFromCaller != 0
		}
	}
	return false
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
