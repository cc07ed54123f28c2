package judge

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"
)

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
			if err, ok := r[1].(*sym); ok {
				w.st.known.set("z:"+err.key, true) // the library looks at it
			}
			for _, k := range x.force(w.st, r[0], e) {
				for _, v := range x.keysIn(k.st, k.v) {
					keys = append(keys, ev{k.st.clone(), v})
				}
			}
		}
	}
	settings := slices.ContainsFunc(keys, func(k ev) bool { return isSetting(k.v) })
	for _, k := range keys {
		if s, ok := unboxed(k.v).(*sym); ok {
			k.v = s
		}
		switch s, isSym := k.v.(*sym); {
		case k.v == callersOwn, k.v == perhapsKnown:
			add(k.v, k.st)
		case isSym && strings.HasPrefix(s.key, "nil:") && !holdsText(s.typ):
			// It verifies nothing.
		case isSym && x.j.laxGlobal(s.key):
			add(everybodys, k.st)
		case publicText(k.v) || isSym && x.j.public(s):
			add(everybodys, k.st)
		case weakKey(k.st, k.v):
			add(everybodys, k.st)
		case isSym && callers(s):
			add(callersOwn, k.st)
		case isSym && ofAnyType(s.typ) && s.t&tServer == 0 && x.j.speaksOfNone() && !namesMethods(e):
			add(perhapsNone, k.st)
		case lackingOf(k.st, k.v) != nil:
			add(lackingOf(k.st, k.v), k.st)
		default:
			if _, isConst := k.v.(*konst); isConst && settings {
				add(everybodys, k.st) // what a setting begins as, for everybody to read
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
			knows(st, g.key, e)
			all = append(all, ev{st, x.result(fr, st, e, fn, sig, recv, args, name, g.key)})
		}
	}
	return all
}

// keysIn are the keys of a set, any of which verifies, or the only one. Of a set that is
// not wholly known, one may be empty or the caller's.
func (x *exec) keysIn(st *state, v val) []val {
	s, ok := unboxed(v).(*strct)
	if !ok || s.f["Keys"] == nil {
		return []val{v}
	}
	if path, name := named(s.typ); name != "VerificationKeySet" || !slices.Contains(jwtPaths, path) {
		return []val{v}
	}
	set := x.deref(st, s.f["Keys"])
	l, ok := set.(*list)
	switch {
	case ok && l.open == nil && len(l.elems) > 0:
		return allUnboxed(l.elems)
	case fromCaller(taintOf(set)):
		return []val{callersOwn}
	case ok && l.open != nil:
		return append(slices.Clone(allUnboxed(l.elems)), perhapsKnown)
	case strings.HasPrefix(keyOf(set), unknownInLoop):
		return []val{perhapsKnown}
	}
	return []val{v}
}

// Keys that prove nothing, since the caller knows them.
var (
	everybodys = &sym{key: "everybody's", text: "the key is one that everybody knows"}
	callersOwn = &sym{key: "caller's", text: "the key comes from the caller"}
)

// worthless says whether a key is one of those.
func worthless(key val) bool { return key == everybodys || key == callersOwn }

// knows notes that a way was taken with a key that proves nothing.
func knows(st *state, key val, e *ast.CallExpr) {
	if worthless(key) {
		st.decide(fact{key: "known:" + itoa(int(e.Pos())), is: true, who: true, plain: true, pos: e.Pos(), text: key.(*sym).text})
	}
}

// weakKey says whether a key is empty, or is where the caller wants it: an
// element of a map that has none for what the caller sends is one, and so is what
// storage has not, while nobody has looked at the error.
func weakKey(st *state, v val) bool {
	s, ok := v.(*sym)
	if !ok {
		return emptyKey(v)
	}
	if strings.HasPrefix(s.key, "nil:") || slices.ContainsFunc(s.elems, emptyKey) {
		return true
	}
	return (s.absent != "" && !st.holds(&sym{key: s.absent}) || s.beside != "" && !st.knowsFound(s.beside)) && !st.holds(s)
}

// knowsFound says whether somebody has looked at the error beside a value, or at the
// number of what was found, which are its keys.
func (s *state) knowsFound(beside string) bool {
	err, count, _ := strings.Cut(beside, besideCount)
	if is, known := s.known.get("z:" + count); count != "" && known && !is {
		return true
	}
	return err != "" && s.known.at("z:"+err)
}

// besideCount stands between the key of an error and that of a number.
const besideCount = "\x00"

// besides is the key of what stands beside a value that a call fills or yields: its error,
// which is a result or, with the number, a field of the only one. An error says nothing
// of who was found where any number may be.
func (x *exec) besides(site, err string, sig *types.Signature, v verb) string {
	if err != "" || sig == nil || sig.Results().Len() != 1 {
		return err
	}
	t := sig.Results().At(0).Type()
	if path, name := named(t); name != "DB" || path != "gorm.io/gorm" && path != "github.com/jinzhu/gorm" {
		return ""
	}
	key := site + "#0"
	count := besideCount + x.id(key+".RowsAffected")
	if v == vData {
		return count
	}
	return x.id(key+".Error") + count
}

// inherit takes over from what a value is made of whether it may be empty.
func (s *sym) inherit(args []val) {
	for _, a := range args {
		if a, ok := a.(*sym); ok && s.beside == "" && s.absent == "" {
			s.beside, s.absent = a.beside, a.absent
		}
	}
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
	if fn == nil || len(args) != 2 || fn.FullName() != "crypto/hmac.New" {
		return false
	}
	_, isNil := args[1].(nilVal)
	return isNil || weakKey(st, args[1])
}

func emptyKey(v val) bool {
	if l, ok := v.(*list); ok {
		return len(l.elems) == 0 && l.open == nil || allZero(l)
	}
	c, ok := v.(*konst)
	return ok && c.v.Kind() == constant.String && (c.instead || zeroConst(c.v))
}

// callersMade says whether what a known library verifies with was made of what the
// caller sends.
func callersMade(v val) bool {
	if l, ok := v.(*list); ok && slices.ContainsFunc(l.elems, callersMade) {
		return true
	}
	t := taintOf(v)
	return t&tFromCaller != 0 && t&(tVer|tServer|tSecret|tSess) == 0
}

// callers says whether a key is a part of the token itself or of the request.
func callers(s *sym) bool {
	return s.kind == plain && !s.made && s.t&(tReq|tCred|tIdent) != 0 && s.t&(tVer|tServer|tSecret|tSess) == 0
}

// noneKey is the constant by which packages of JWT take tokens without a signature.
const noneKey = "none signing method allowed"

// perhapsNone stands for a key that may be that constant.
var perhapsNone = &sym{key: "none?", t: tSetting, lacks: true, begins: true, text: "UnsafeAllowNoneSignatureType"}

// perhapsKnown stands for the keys of a set that are not known.
var perhapsKnown = &sym{key: "set?", t: tSetting, lacks: true, begins: true, text: "a key of the set"}

// speaksOfNone says whether code of the module names that constant.
func (j *Judge) speaksOfNone() bool {
	return slices.ContainsFunc(jwtPaths, func(path string) bool {
		return len(j.prog.Mentioning(path, "UnsafeAllowNoneSignatureType")) > 0
	})
}

// jwtPaths are packages that take that constant for a key.
var jwtPaths = []string{"github.com/golang-jwt/jwt/v5", "github.com/golang-jwt/jwt/v4", "github.com/golang-jwt/jwt", "github.com/dgrijalva/jwt-go", "github.com/form3tech-oss/jwt-go"}

// ofAnyType says whether a value of which no more is known may be of any type: what a
// look-up yields has the type of both of its results.
func ofAnyType(t types.Type) bool {
	if both, ok := t.(*types.Tuple); ok && both.Len() > 0 {
		t = both.At(0).Type()
	}
	return isInterface(t)
}

// namesMethods says whether a call that verifies is given the methods of signing that it
// takes.
func namesMethods(e *ast.CallExpr) bool {
	return slices.ContainsFunc(e.Args, func(a ast.Expr) bool {
		call, ok := ast.Unparen(a).(*ast.CallExpr)
		return ok && lastIdent(call.Fun) != nil && lastIdent(call.Fun).Name == "WithValidMethods"
	})
}

// publicText says whether a key is a text that everybody knows: that constant, or what
// is called a public key. Such a key of bytes is that of a MAC, which who knows it makes.
func publicText(v val) bool {
	switch v := v.(type) {
	case *konst:
		c, _ := str(v)
		return c == noneKey
	case *sym:
		if slices.ContainsFunc(v.elems, publicText) {
			return true
		}
		name := v.name
		if name == "" {
			name = v.text
		}
		return v.typ != nil && types.Unalias(v.typ) == v.typ && !isNamedType(v.typ) && holdsText(v.typ) && speaks(name, "pub", "public")
	}
	return false
}

func isNamedType(t types.Type) bool {
	_, is := t.(*types.Named)
	return is
}

// public says whether code of the module reads a public key from a variable.
func (j *Judge) public(s *sym) bool {
	if s.typ == nil || !holdsText(s.typ) {
		return false
	}
	if j.publicKeys == nil {
		j.publicKeys = map[string]bool{}
		for _, pkg := range jwtPaths {
			for _, name := range []string{"ParseRSAPublicKeyFromPEM", "ParseECPublicKeyFromPEM", "ParseEdPublicKeyFromPEM"} {
				for _, part := range j.prog.Mentioning(pkg, name) {
					j.prog.Check(part)
					ast.Inspect(part.Decl, func(n ast.Node) bool {
						if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 1 {
							if id := lastIdent(call.Fun); id != nil && id.Name == name {
								of := variable(call.Args[0], part.Package.Info)
								j.publicKeys[of] = true
								if _, field, ok := strings.Cut(of, "#"); ok {
									j.publicKeys["#"+field] = true
								}
							}
						}
						return true
					})
				}
			}
		}
	}
	name, ok := strings.CutPrefix(s.key, "global:")
	return ok && j.publicKeys[name] || s.name != "" && j.publicKeys["#"+s.name]
}

// callersChoice reports whether a key of a map is a credential that nobody has
// verified.
func (x *exec) callersChoice(fr *frame, st *state, key ast.Expr) bool {
	for _, r := range x.eval(fr, st.clone(), key) {
		if taintOf(r.v)&tCred != 0 && levelOf(r.v) == none {
			return true
		}
	}
	return false
}
