package judge

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

const (
	ginPath  = "github.com/gin-gonic/gin"
	echoPath = "github.com/labstack/echo"
)

var version = regexp.MustCompile(`/v[0-9]+(/|$)`)

// bare drops major versions from an import path.
func bare(path string) string {
	if !strings.Contains(path, "/v") {
		return path
	}
	return version.ReplaceAllString(path, "$1")
}

// named returns path and name of a named type, or of what it points to.
func named(t types.Type) (path, name string) {
	if t == nil {
		return "", ""
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, ok := t.(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return "", ""
	}
	return bare(n.Obj().Pkg().Path()), n.Obj().Name()
}

// frameworkParam returns what a parameter of a framework's type holds, nil for
// other types.
func (x *exec) frameworkParam(t types.Type, site string) *sym {
	path, name := named(t)
	switch {
	case path == ginPath && name == "Context":
		return &sym{key: "gin", kind: kGin, nonNil: true, text: "c", typ: t}
	case path == echoPath && name == "Context":
		return &sym{key: "echo", kind: kEcho, nonNil: true, text: "c", typ: t}
	case path == "net/http" && name == "Request":
		return &sym{key: "req" + site, kind: kRequest, t: tReq, nonNil: true, text: "r", typ: t, ctx: &ctxVal{open: true}}
	case path == "net/http" && name == "ResponseWriter":
		return &sym{key: "writer", kind: kWriter, nonNil: true, text: "w", typ: t}
	case path == "context" && name == "Context":
		return &sym{key: "ctx" + site, kind: kContext, nonNil: true, text: "ctx", typ: t, ctx: &ctxVal{open: true}}
	case name == "Session" && x.j.sessionPackage(path):
		return &sym{key: "session", kind: kSession, nonNil: true, text: "session", typ: t}
	}
	return nil
}

// sessionPackage says whether a package of another module keeps sessions.
func (j *Judge) sessionPackage(path string) bool {
	l := strings.ToLower(lastElem(bare(path)))
	return strings.Contains(l, "session") && strings.Contains(path, ".") && !j.prog.Own(path)
}

type sourceKind byte

const (
	headerSource sourceKind = 'h'
	valueSource  sourceKind = 'v'
	cookieSource sourceKind = 'c'
	paramSource  sourceKind = 'p'
)

// session is a call of a method of a session.
func (x *exec) session(fr *frame, e *ast.CallExpr, fn *types.Func, args []val) val {
	name := fn.Name()
	switch {
	case name == "Flashes", name == "ID", name == "Name":
		return x.plainResult(fr, e, fn, tReq)
	case !strings.HasPrefix(name, "Get"):
		return x.plainResult(fr, e, fn, 0)
	}
	var key val
	for _, a := range args {
		if s, ok := a.(*sym); !ok || s.kind != kContext {
			key = a
		}
	}
	text := exprText(e)
	var v *sym
	if res := fn.Signature().Results(); res.Len() > 0 && isMap(res.At(0).Type()) || key == nil {
		v = &sym{key: "session.values", kind: kSessionValues, text: text, pos: e.Pos(), nonNil: true}
	} else {
		v = x.sessionValue(key, text, e.Pos())
	}
	res := fn.Signature().Results()
	if res.Len() < 2 {
		return v
	}
	out, _ := x.plainResult(fr, e, fn, tSess).(tuple)
	out[0] = v
	for i := range out {
		if s, ok := out[i].(*sym); ok && isBool(s.typ) && i > 0 {
			s.onTrue = v.onTrue // it is there
		}
	}
	return out
}

func isMap(t types.Type) bool {
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// sessions are the functions and methods of packages of sessions. They are known
// by what they yield: what a session is made of is not read.
func (x *exec) sessions(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) ([]ev, bool) {
	if fn.Pkg() == nil || !x.j.sessionPackage(fn.Pkg().Path()) {
		return nil, false
	}
	if strings.EqualFold(recvTypeName(fn), "session") {
		return one(st, x.session(fr, e, fn, args)), true
	}
	if res := fn.Signature().Results(); res.Len() > 0 {
		if s := x.frameworkParam(res.At(0).Type(), ""); s != nil && s.kind == kSession {
			return one(st, x.plainResult(fr, e, fn, 0)), true
		}
	}
	return nil, false
}

// source is a named part of the request.
func (x *exec) source(from sourceKind, name val, text string, pos token.Pos) *sym {
	s := &sym{text: text, pos: pos, typ: types.Typ[types.String]}
	n, known := str(name)
	s.key = "src:" + string(from) + ":" + keyOf(name)
	if known {
		s.key, s.name = "src:"+string(from)+":"+strings.ToLower(n), n
	} else if o, ok := name.(*sym); ok {
		n = o.name
		if n == "" {
			n = o.text
		}
	}
	switch {
	case otherName(n), from == paramSource:
		s.t = tReq | tOther
	case from == cookieSource:
		s.t = tCred
	case credentialName(n, from == valueSource):
		s.t = tCred
	case known:
		s.t = tReq
	default:
		s.t = tCred | tMaybe
	}
	return s
}

func (x *exec) sessionValue(key val, text string, pos token.Pos) *sym {
	s := &sym{key: "sess:" + keyOf(key), text: text, pos: pos, t: tSess}
	n, known := str(key)
	if o, ok := key.(*sym); ok && !known {
		n = o.name
	}
	s.name = n
	switch l := sessionName(n); {
	case l == none:
		s.t = tReq
	case !known && n == "", l == maybe:
		s.t, s.onTrue = tSess|tMaybe, maybe
	default:
		s.onTrue = sure
	}
	return s
}

// frameworkField is a field of an object of a framework, nil when it means
// nothing.
func (x *exec) frameworkField(st *state, s *sym, name string, typ types.Type, pos token.Pos) val {
	mk := func(k kind, t taint) *sym {
		return &sym{key: s.key + "." + name, kind: k, t: t, typ: typ, text: s.text + "." + name, pos: pos}
	}
	if s.kind == kRequest {
		// Whatever its context holds, it is the same request.
		base, _, _ := strings.Cut(s.key, "<")
		c := *s
		c.key = base
		s = &c
	}
	switch s.kind {
	case kGin:
		switch name {
		case "Request":
			return st.req
		case "Writer":
			return mk(kWriter, 0)
		case "Keys":
			k := mk(plain, tMaybe)
			k.onTrue = maybe
			return k
		}
	case kRequest:
		switch name {
		case "Header", "Trailer":
			h := mk(kHeader, tReq)
			h.nonNil = true
			return h
		case "Form", "PostForm", "MultipartForm":
			return mk(kValues, tReq)
		case "Method":
			m := mk(plain, tReq)
			m.key, m.nonNil, m.among = "method", true, x.methods()
			if len(m.among) == 1 {
				return stringVal(m.among[0])
			}
			return m
		case "URL":
			u := mk(plain, tReq)
			u.nonNil = true
			return u
		case "TLS":
			return mk(kTLS, tReq)
		}
		return mk(plain, tReq)
	case kTLS:
		c := mk(plain, tReq)
		switch name {
		case "VerifiedChains":
			c.t, c.onTrue = tVer, sure
		case "PeerCertificates":
			c.t, c.onTrue = tCred|tMaybe, maybe
		}
		return c
	case kSession:
		if name == "Values" {
			v := mk(kSessionValues, 0)
			v.nonNil = true
			return v
		}
		return mk(plain, tReq)
	case kCookie:
		c := mk(plain, s.t)
		if name == "Value" {
			c.key = strings.TrimSuffix(s.key, "*")
		} else {
			c.t = tReq
		}
		c.text = s.text + "." + name
		return c
	}
	return nil
}

// methods are those that a route's request can have, nil for any.
func (x *exec) methods() []string {
	x.usedMethod = true
	switch x.routeMethod {
	case "", "ANY":
		return nil
	case "GET":
		if x.framework == "nethttp" {
			return []string{"GET", "HEAD"}
		}
	}
	return []string{x.routeMethod}
}

// storeFramework handles what is assigned to fields of a framework's objects.
func (x *exec) storeFramework(fr *frame, st *state, e *ast.SelectorExpr, v val) bool {
	rs := x.eval(fr, st.clone(), e.X)
	if len(rs) != 1 {
		return false
	}
	s, ok := rs[0].v.(*sym)
	if !ok {
		return false
	}
	switch s.kind {
	case kGin:
		if e.Sel.Name == "Request" {
			if r, ok := v.(*sym); ok && r.kind == kRequest {
				st.req = r
			}
		}
		return true
	case kRequest, kSession, kTLS, kWriter, kCookie:
		return true
	}
	return false
}

// withContext returns a request or context that holds ctx.
func withContext(s *sym, ctx *ctxVal) *sym {
	c := *s
	c.ctx = ctx
	base := "req"
	if s.kind == kContext {
		base = "ctx"
	}
	c.key = base + ctx.id()
	return &c
}

// value looks a key up in a context.
func (x *exec) value(fr *frame, st *state, ctx *ctxVal, key val, typ types.Type, text string, pos token.Pos) val {
	k := keyOf(key)
	_, isSym := key.(*sym)
	for c := ctx; c != nil; c = c.parent {
		if c.open {
			return x.openValue("value:"+k, key, text, pos)
		}
		if c.key == "" {
			continue
		}
		same := c.key == k && (c.typ == nil || typ == nil || types.IsInterface(c.typ) || types.IsInterface(typ) || typeName(c.typ) == typeName(typ))
		if same {
			return c.v
		}
		differ := c.typ != nil && typ != nil && !types.IsInterface(c.typ) && !types.IsInterface(typ) && typeName(c.typ) != typeName(typ)
		if (isSym || c.symbolic) && !differ && !distinct(key, c) {
			return x.openValue("value:"+k, key, text, pos)
		}
	}
	return nilVal{}
}

// distinct says whether a key and one of a context cannot be equal: both are
// variables of packages, or have different types.
func distinct(key val, c *ctxVal) bool {
	s, ok := key.(*sym)
	return ok && c.symbolic && strings.HasPrefix(s.key, "global:") && strings.HasPrefix(c.key, "global:") && s.key != c.key
}

// openValue is what somebody may have put in a context who was not seen.
func (x *exec) openValue(id string, key val, text string, pos token.Pos) *sym {
	s := &sym{key: id, t: tMaybe, onTrue: maybe, text: text, pos: pos}
	if n, ok := str(key); ok && negWords(n) {
		s.t, s.onTrue = tReq, none
	}
	return s
}

func (x *exec) libraryKey(fn *types.Func) string {
	if fn.Pkg() == nil {
		return fn.Name()
	}
	k := bare(fn.Pkg().Path()) + "."
	if r := recvTypeName(fn); r != "" {
		k += r + "."
	}
	return k + fn.Name()
}

// library knows what the frameworks' own functions do.
func (x *exec) library(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) ([]ev, bool) {
	if (x.known(fn) || fn.Name() == "WriteHeader") && x.observed(fr, st, e, fn, recv, args) {
		return nil, true
	}
	if fn.Name() == "ServeHTTP" && len(args) == 2 {
		switch r := recv.(type) {
		case *nextVal:
			return x.serve(st, args), true
		case *closure:
			if r.typ == nil {
				return x.apply(fr, st, e, r, args), true
			}
		case *sym:
			if r.kind == kWraps || r.unknown != nil {
				if s, ok := args[1].(*sym); ok && s.kind == kRequest {
					st.req = s
				}
				return x.apply(fr, st, e, r, args), true
			}
		}
	}
	if s, ok := recv.(*sym); ok {
		switch s.kind {
		case kGin:
			return x.ginContext(fr, st, e, fn, args)
		case kEcho:
			return x.echoContext(fr, st, e, fn, args)
		case kRequest:
			return x.request(fr, st, e, fn, s, args)
		case kHeader, kValues:
			from := headerSource
			if s.kind == kValues {
				from = valueSource
			}
			switch fn.Name() {
			case "Get", "Values":
				return one(st, x.source(from, args[0], exprText(e), e.Pos())), true
			case "Set", "Add", "Del":
				return one(st, tuple{}), true
			case "Has":
				v := *x.source(from, args[0], exprText(e), e.Pos())
				v.key, v.typ = v.key+"?", types.Typ[types.Bool]
				return one(st, &v), true
			}
		case kContext:
			switch fn.Name() {
			case "Value":
				return one(st, x.value(fr, st, s.ctx, args[0], argType(fr, e, 0), exprText(e), e.Pos())), true
			case "Done", "Err", "Deadline":
				return one(st, x.plainResult(fr, e, fn, tSetting)), true
			}
		case kSession:
			return one(st, x.session(fr, e, fn, args)), true
		}
	}
	if denying[x.libraryKey(fn)] {
		return one(st, denier(fn, e.Pos())), true
	}
	if rs, ok := x.sessions(fr, st, e, fn, args); ok {
		return rs, true
	}
	switch key := x.libraryKey(fn); key {
	case "net/url.URL.Query":
		return one(st, &sym{key: "query", kind: kValues, t: tReq, text: exprText(e), nonNil: true}), true
	case "context.WithValue":
		if s, ok := args[0].(*sym); ok && s.ctx != nil || isGin(args[0]) {
			parent := &ctxVal{}
			if ok && s.ctx != nil {
				parent = s.ctx
			}
			_, symbolic := args[1].(*sym)
			c := &ctxVal{parent: parent, key: keyOf(args[1]), v: args[2], typ: argType(fr, e, 1), symbolic: symbolic}
			return one(st, withContext(&sym{kind: kContext, nonNil: true, text: "ctx", typ: fr.typeOf(e)}, c)), true
		}
	case "context.WithCancel", "context.WithTimeout", "context.WithDeadline", "context.WithCancelCause":
		return one(st, tuple{args[0], x.fresh(fr.site(e.Pos()), tSetting)}), true
	case "context.WithoutCancel":
		return one(st, args[0]), true
	case "context.Background", "context.TODO":
		return one(st, &sym{key: "ctx<background>", kind: kContext, nonNil: true, text: "ctx", ctx: &ctxVal{}, typ: fr.typeOf(e)}), true
	case "crypto/subtle.ConstantTimeCompare", "crypto/hmac.Equal", "bytes.Equal", "strings.EqualFold", "crypto/subtle.ConstantTimeEq":
		return one(st, x.equality(fr, e, key, args)), true
	case "slices.Contains":
		t := taintOf(args[0])
		s := &sym{key: "contains:" + keyOf(args[0]) + "," + keyOf(args[1]), t: t | taintOf(args[1]), text: exprText(e), pos: e.Pos(), typ: fr.typeOf(e)}
		if taintOf(args[1])&tCred != 0 && t&tFromCaller == 0 {
			if set, ok := args[0].(*sym); ok {
				s.onTrue = secretName(set.text)
			}
		}
		if s.onTrue != none {
			s.t = tVer
		}
		return one(st, s), true
	case "os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "runtime.Goexit", "log.Logger.Fatal", "log.Logger.Fatalf":
		x.stopped = append(x.stopped, st)
		return nil, true
	case "errors.Is", "errors.As":
		s := &sym{key: key + ":" + keyOf(args[0]) + "," + keyOf(args[1]), t: taintOf(args[0]) &^ tVer, text: exprText(e), pos: e.Pos(), typ: fr.typeOf(e)}
		if z, ok := args[0].(nilVal); ok {
			_ = z
			return one(st, boolVal(false)), true
		}
		if a, ok := args[0].(*sym); ok {
			if is, known := st.known["z:"+a.key]; known && is {
				return one(st, boolVal(false)), true
			}
			if key == "errors.Is" {
				if _, known := st.known["z:"+a.key]; !known && !a.nonNil {
					// What is some error is not nil.
					yes, no := x.either(st, "z:"+s.key, s.t&tWho != 0, exprText(e), e.Pos(), none)
					var all []ev
					for _, y := range yes {
						y.decide(fact{key: "z:" + a.key, is: false, who: a.t&tWho != 0, text: exprText(e), pos: e.Pos()})
						all = append(all, ev{y, boolVal(true)})
					}
					for _, n := range no {
						all = append(all, ev{n, boolVal(false)})
					}
					return all, true
				}
			}
		}
		return one(st, s), true
	case "strings.ToUpper", "strings.ToLower", "strings.TrimSpace":
		if c, ok := str(args[0]); ok {
			switch fn.Name() {
			case "ToUpper":
				c = strings.ToUpper(c)
			case "ToLower":
				c = strings.ToLower(c)
			default:
				c = strings.TrimSpace(c)
			}
			return one(st, stringVal(c)), true
		}
	case "strings.Cut", "bytes.Cut":
		if s, ok := args[0].(*sym); ok {
			part := func(name string, t taint) *sym {
				return &sym{key: x.id(s.key + "cut" + keyOf(args[1]) + name), t: t, text: exprText(e), pos: e.Pos()}
			}
			first := s.t
			if s.t&tCred != 0 {
				first = s.t&^tCred | tIdent | tPart
			}
			found := part("?", s.t)
			found.typ = types.Typ[types.Bool]
			return one(st, tuple{part("<", first), part(">", s.t), found}), true
		}
	case echoPath + "/middleware.createExtractors", echoPath + "/middleware.CreateExtractors":
		// They read the credential from where the settings say.
		return one(st, tuple{&list{elems: []val{&sym{key: "extractor", kind: kExtractor, nonNil: true, text: "extractor"}}}, nilVal{}}), true
	case "sync.Once.Do":
		if len(args) == 1 {
			return append(x.apply(fr, st.clone(), e, args[0], nil), ev{st, tuple{}}), true
		}
	}
	if fn.Pkg() != nil && bare(fn.Pkg().Path()) == "github.com/alexedwards/scs" && recvTypeName(fn) == "SessionManager" && len(args) >= 2 {
		if name := fn.Name(); strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "Pop") || name == "Exists" {
			v := *x.sessionValue(args[1], exprText(e), e.Pos())
			v.typ = fr.typeOf(e)
			return one(st, &v), true
		}
	}
	return nil, false
}

func isGin(v val) bool {
	s, ok := v.(*sym)
	return ok && s.kind == kGin
}

func argType(fr *frame, e *ast.CallExpr, i int) types.Type {
	if i >= len(e.Args) {
		return nil
	}
	return fr.typeOf(e.Args[i])
}

// serve runs the next handler with a request.
func (x *exec) serve(st *state, args []val) []ev {
	if len(args) > 1 {
		if s, ok := args[1].(*sym); ok && s.kind == kRequest {
			st.req = s
		}
	}
	return x.reach(st, nil)
}

// equality is the result of a function that compares.
func (x *exec) equality(fr *frame, e *ast.CallExpr, key string, args []val) val {
	a, b := args[0], args[1]
	if strings.HasPrefix(key, "crypto/") {
		a, b = stored(a), stored(b)
		a, b = secretly(a, b), secretly(b, a)
	}
	if ka, ok := str(a); ok {
		if kb, ok := str(b); ok {
			switch key {
			case "strings.EqualFold":
				return boolVal(strings.EqualFold(ka, kb))
			case "bytes.Equal":
				return boolVal(ka == kb)
			}
		}
	}
	s := &sym{key: key + ":" + keyOf(a) + "," + keyOf(b), t: taintOf(a) | taintOf(b), text: exprText(e), pos: e.Pos(), typ: fr.typeOf(e)}
	if key == "strings.EqualFold" {
		// EqualFold(method, "OPTIONS") on a route whose methods are known.
		for _, p := range [][2]val{{a, b}, {b, a}} {
			if m, ok := p[0].(*sym); ok && m.among != nil {
				if c, ok := str(p[1]); ok && !slices.ContainsFunc(m.among, func(v string) bool { return strings.EqualFold(v, c) }) {
					return boolVal(false)
				}
			}
		}
		if levelOf(a) == sure {
			if c, ok := str(b); ok && c != "" && !negWords(c) {
				s.onTrue = sure
			}
		}
	}
	if c, ok := str(b); ok && strings.HasPrefix(key, "crypto/") && taintOf(a)&(tCred|tMaybe) == tCred && c != "" {
		// What is compared in constant time is a secret, whatever it says.
		s.onTrue = sure
		return s
	}
	if x.equalProof(a, b) != none {
		return &cond{op: token.EQL, x: a, y: b, text: exprText(e), pos: e.Pos()}
	}
	return s
}

// stored is a value that is compared in constant time: what storage holds for
// what a request names is the server's.
func stored(v val) val {
	s, ok := v.(*sym)
	if !ok || s.t&tServer == 0 || s.t&(tReq|tCred) != tReq {
		return v
	}
	c := *s
	c.t &^= tReq
	return &c
}

// secretly is a value of the request that is compared in constant time with what
// the server keeps: whatever its name, it is a credential.
func secretly(v, kept val) val {
	s, ok := v.(*sym)
	k, isSym := kept.(*sym)
	t := taintOf(kept)
	if !ok || !isSym || s.t&tReq == 0 || s.t&(tCred|tIdent|tOther|tMaybe) != 0 || fromCaller(t) || t&(tSess|tOther) != 0 || negWords(k.text) || negWords(k.name) {
		return v
	}
	if t&(tServer|tSecret|tVer) == 0 && secretName(cmp.Or(k.name, k.text)) != sure {
		return v
	}
	c := *s
	c.t = c.t&^tReq | tCred
	return &c
}

// plainResult is what a function yields that neither verifies nor steers.
func (x *exec) plainResult(fr *frame, e *ast.CallExpr, fn *types.Func, t taint) val {
	res := fn.Signature().Results()
	mk := func(i int) val {
		typ := res.At(i).Type()
		if s := x.frameworkParam(typ, ""); s != nil && s.kind == kSession {
			return s
		}
		return &sym{key: fr.site(e.Pos()) + "#" + itoa(i), t: t, typ: typ, text: exprText(e), pos: e.Pos()}
	}
	switch res.Len() {
	case 0:
		return tuple{}
	case 1:
		return mk(0)
	}
	out := make(tuple, res.Len())
	for i := range out {
		out[i] = mk(i)
	}
	return out
}
