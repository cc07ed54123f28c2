package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"strings"

	"github.com/authgen/authgen/audit/internal/wiring"
)

// ginKeys is the key of the map in which a context of gin holds what was set.
const ginKeys = "gin.Keys"

func isGinKeys(v val) bool {
	s, ok := v.(*sym)
	return ok && s.key == ginKeys
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
			if s.made {
				return mk(plain, tSetting)
			}
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
			if s.made {
				u.t = tSetting
			}
			u.nonNil = true
			return u
		case "TLS":
			if st.keys.has(writtenTLS) {
				return mk(plain, tReq)
			}
			return mk(kTLS, tReq)
		}
		return mk(plain, tReq)
	case kValues:
		if name == "Value" { // of a multipart.Form
			return mk(kValues, tReq)
		}
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
			v.name, _ = named(s.typ)
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
	fr.notesPath(st, e)
	all := true
	for _, r := range x.eval(fr, st.clone(), e.X) {
		on, t := r.v, fr.typeOf(e.X)
		if sel := fr.pkg.Info.Selections[e]; sel != nil {
			for _, i := range sel.Index()[:len(sel.Index())-1] { // of what is embedded
				if f := structField(t, i); f != nil {
					on, t = x.field(fr, r.st, on, f, e.Pos()), f.Type()
				}
			}
		}
		s, ok := x.deref(r.st, on).(*sym)
		all = ok && x.storeField(fr, st, e, s, t, v) && all
	}
	return all
}

// storeField notes what is assigned to a field of a value, if that is of a framework.
func (x *exec) storeField(fr *frame, st *state, e *ast.SelectorExpr, s *sym, t types.Type, v val) bool {
	if s.kind != plain {
		x.lendsMethods(st, v)
	}
	switch s.kind {
	case kGin:
		switch e.Sel.Name {
		case "Request":
			x.handsOn(st, v)
		case "Keys":
			x.losesKeys(st, fr.site(e.Pos()))
		}
		return true
	case kRequest:
		given, _ := v.(*sym)
		switch e.Sel.Name {
		case "Header":
			if given == nil || given.kind != kHeader {
				writeAll(st, inHeader)
			}
		case "Form", "PostForm", "MultipartForm":
			if _, isNil := v.(nilVal); !isNil && (given == nil || given.kind != kValues && !strings.HasPrefix(given.key, "made:")) {
				writeAll(st, inValue)
			}
		case "URL":
			x.writesURL(st, x.deref(st, v))
		case "TLS":
			if given == nil || given.kind != kTLS {
				st.keys.set(writtenTLS, boolVal(true))
			}
		}
		return true
	case plain:
		x.storesTaken(fr, st, e.X, s)
		if isURL(t) && e.Sel.Name == "RawQuery" && s.t&tReq != 0 {
			if !callersQuery(v) {
				writeAll(st, inValue)
			}
			return true
		}
	case kTLS:
		st.keys.set(writtenTLS, boolVal(true))
		return true
	case kSession, kWriter, kCookie:
		return true
	}
	return false
}

// storeThrough notes what is assigned through a pointer that is not followed.
func (x *exec) storeThrough(fr *frame, st *state, e *ast.StarExpr, p *sym, v val) {
	switch n, isSym := v.(*sym); {
	case isSym && p.kind == kRequest && n.kind == kRequest:
		replaceRequest(st, p, n)
	case p.kind == kRequest || p.kind == kHeader || p.kind == kValues:
		mayHaveWritten(st)
	case p.kind == kGin:
		st.open = true
		mayHaveWritten(st)
	case p.kind == kTLS:
		st.keys.set(writtenTLS, boolVal(true))
	case isURL(p.typ) && p.t&tReq != 0:
		x.writesURL(st, v)
	default:
		x.storesTaken(fr, st, e.X, p)
		x.writesHeld(fr, st, e, pointee(fr.typeOf(e.X)))
	}
}

// writesURL notes that another address takes the place of a request's.
func (x *exec) writesURL(st *state, v val) {
	u, ok := v.(*strct)
	if !ok {
		if s, ok := v.(*sym); ok && callersAlone(s) && (strings.HasSuffix(s.key, ".URL") || !strings.Contains(s.text, "(")) {
			return // that of a request, not what a call made
		}
	} else if u.f["RawQuery"] == nil && (u.sym == nil || u.sym.t&tReq != 0) {
		return // has no query, or that of a request
	}
	writeAll(st, inValue)
}

// addressesPart notes that code may write a part of a request through a pointer to it.
func (x *exec) addressesPart(fr *frame, st *state, e ast.Expr) {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return
	}
	for _, r := range x.eval(fr, st.clone(), sel.X) {
		s, ok := x.deref(st, r.v).(*sym)
		switch name := sel.Sel.Name; {
		case !ok:
		case s.kind == kGin && name == "Request":
			mayHaveWritten(st)
		case s.kind == kGin && name == "Keys":
			st.open = true
		case s.kind == kRequest && name == "TLS", s.kind == kTLS:
			st.keys.set(writtenTLS, boolVal(true))
		case s.kind == kRequest && name == "URL", name == "RawQuery" && isURL(fr.typeOf(sel.X)) && s.t&tReq != 0:
			writeAll(st, inValue)
		}
	}
}

// handsOn takes a request for the one that goes on.
func (x *exec) handsOn(st *state, v val) {
	r, ok := x.deref(st, v).(*sym)
	if ok && r.kind == kRequest && !r.made {
		st.req = r
		return
	}
	st.req = withContext(st.req, &ctxVal{open: true})
	if ok && !r.made && r.t&tSetting == 0 {
		if path, name := named(r.typ); path == "net/http" && name == "Request" {
			return // kept somewhere
		}
	}
	if _, made := x.deref(st, v).(*strct); made { // all that it has is the code's
		writeAll(st, inHeader)
		writeAll(st, inValue)
		st.keys.set(writtenTLS, boolVal(true))
		return
	}
	mayHaveWritten(st)
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

// handedOn is the key, among those of the context, of what a link of echo hands on
// in the place of the context.
const handedOn = "written context"

// handsContext notes what a link calls the next handler with.
func (x *exec) handsContext(st *state, args []val) {
	if x.framework != wiring.Echo || len(args) != 1 {
		return
	}
	switch v := args[0].(type) {
	case *ptr:
		st.keys.set(handedOn, v)
		x.begin(st, v)
	case *strct:
		st.keys.set(handedOn, v)
	default:
		st.keys.remove(handedOn)
	}
}

// begin gives the fields of a context that a link made and did not set their zero
// values: it is made for one request, and no other writes them.
func (x *exec) begin(st *state, p *ptr) {
	s, ok := st.load(p.to).(*strct)
	if !ok || len(p.path) > 0 || s.typ == nil || s.w != nil || s.sym != nil {
		return
	}
	t, ok := s.typ.Underlying().(*types.Struct)
	if !ok {
		return
	}
	n := *s
	n.f = maps.Clone(s.f)
	for f := range t.Fields() {
		if _, set := n.f[f.Name()]; !set {
			n.f[f.Name()] = x.zero(f.Type())
		}
	}
	st.mem.set(p.to, &n)
}

// echo is the context that a link or a handler of echo gets. Where a link was not
// read, it may have handed on another one.
func (x *exec) echo(st *state) val {
	if v, ok := st.keys.get(handedOn); ok && !st.open {
		switch v.(type) {
		case *ptr, *strct:
			return v
		}
	}
	return &sym{key: "echo", kind: kEcho, nonNil: true, text: "c"}
}

// fields makes the fields of a struct unknown that a loop changed, and says whether
// that is all that it changed in the struct: no field leads to other code.
func fields(st *state, c *cell, v, old val, unknown func(name string, v, old val) val) bool {
	n, isStruct := v.(*strct)
	o, wasStruct := old.(*strct)
	if !isStruct || !wasStruct || n.typ == nil || typeName(n.typ) != typeName(o.typ) || n.w != o.w || n.sym != o.sym {
		return false
	}
	s := *n
	s.f = maps.Clone(n.f)
	for name := range o.f {
		if _, ok := n.f[name]; !ok {
			return false
		}
	}
	for name, v := range n.f {
		old, ok := o.f[name]
		switch {
		case ok && keyOf(old) == keyOf(v):
		case !ok || !isData(v) || !isData(old):
			return false
		default:
			s.f[name] = unknown(name, v, old)
		}
	}
	st.mem.set(c, &s)
	return true
}

// isData says whether a value is one of which no code can be reached.
func isData(v val) bool {
	switch v := v.(type) {
	case *konst, nilVal:
		return true
	case *sym:
		return v.kind == plain && len(v.held) == 0 && v.unknown == nil && v.inside == nil
	}
	return false
}
