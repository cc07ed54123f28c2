package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/wiring"
)

const (
	ginPath  = "github.com/gin-gonic/gin"
	echoPath = "github.com/labstack/echo"
)

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
	case name == "Session" && sessionPackage(path):
		return &sym{key: "session", kind: kSession, nonNil: true, text: "session", typ: t}
	}
	return nil
}

type sourceKind byte

const (
	headerSource sourceKind = 'h'
	valueSource  sourceKind = 'v'
	cookieSource sourceKind = 'c'
	paramSource  sourceKind = 'p'
)

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
	case from == cookieSource, credentialName(n, from == valueSource):
		s.t = tCred
		if known && publicName(n) {
			s.t |= tNames
		}
		if from == valueSource && onlyCode(n) {
			s.t |= tMaybe
		}
	case known:
		s.t = tReq
	default:
		s.t = tCred | tMaybe
	}
	return s
}

// library knows what the frameworks' own functions do.
func (x *exec) library(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) ([]ev, bool) {
	if (x.known(fn) || fn.Name() == "WriteHeader") && x.observed(fr, st, e, fn, recv, args) {
		return nil, true
	}
	if fn.Name() == "ServeHTTP" && len(args) == 2 {
		switch r := recv.(type) {
		case *nextVal:
			return x.serve(fr, st, e, r, args), true
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
	if _, isNext := recv.(*nextVal); isNext && fn.Name() == "HandleContext" && fn.Pkg() != nil && fn.Pkg().Path() == ginPath {
		return x.reach(st, nil), true // from the start, also after Abort
	}
	if fn.Name() == "Handler" && len(args) == 1 && fn.Pkg() != nil && fn.Pkg().Path() == "net/http" && recvTypeName(fn) == "ServeMux" && wiring.OnlyServed(fr.pkg, e) {
		return one(st, x.routeOf(fr, e, fn, recv)), true
	}
	if fn.Name() == "Error" && fn.Pkg() == nil {
		// An error that says nothing is none that anybody returns.
		return one(st, &sym{key: x.id("text:" + keyOf(recv)), t: taintOf(recv), typ: types.Typ[types.String], text: exprText(e), pos: e.Pos(), nonNil: true}), true
	}
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && fn.Name() == "Write" && len(args) == 1 {
		x.hashes(fr, st, sel.X, recv, args)
	}
	if p, ok := recv.(*ptr); ok && (p.to.request || fn.Signature().Recv() != nil && !isPointerType(fn.Signature().Recv().Type())) {
		recv = x.loadPtr(st, p)
	}
	x.writesTaken(st, fn, recv)
	if s, ok := recv.(*sym); ok {
		if fn.Name() == "UnmarshalBinary" && isURL(s.typ) && s.t&tReq != 0 {
			writeAll(st, inValue)
		}
		x.writes(st, partOf(s, fn), fn.Name(), fr.boxedFor(e, s.kind, args))
		if (s.kind == kHeader || s.kind == kRequest) && len(args) == 2 && (fn.Name() == "Set" || fn.Name() == "Add" || fn.Name() == "SetBasicAuth") {
			x.relays(st, args[1], false)
		}
		switch s.kind {
		case kGin:
			if s.key == ginCopy {
				kept := *st.clone()
				rs, ok := x.ginContext(fr, st, e, fn, args)
				for _, r := range rs {
					r.st.aborted, r.st.keys = kept.aborted, kept.keys
				}
				return rs, ok && fn.Name() != "Next"
			}
			return x.ginContext(fr, st, e, fn, args)
		case kEcho:
			return x.echoContext(fr, st, e, fn, args)
		case kRequest:
			return x.request(fr, st, e, fn, s, args)
		case kHeader, kValues:
			from, part := headerSource, inHeader
			if s.kind == kValues {
				from, part = valueSource, inValue
			}
			switch fn.Name() {
			case "Get", "Values":
				if v := wrote(st, part, args[0]); v != nil {
					return one(st, v), true
				}
				v := val(x.source(from, args[0], exprText(e), e.Pos()))
				if fn.Name() == "Values" {
					v = asTexts(v)
				}
				return one(st, v), true
			case "Set", "Add", "Del":
				return one(st, tuple{}), true
			case "Clone":
				return one(st, s), true
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
			return one(st, x.session(fr, st, e, fn, args)), true
		}
	}
	if denying[x.libraryKey(fn)] {
		return one(st, denier(fn, e.Pos(), args)), true
	}
	if rs, ok := x.allow(fr, st, e, fn, args); ok {
		return rs, true
	}
	if rs, ok := x.sessions(fr, st, e, fn, recv, args); ok {
		return rs, true
	}
	if rs, ok := x.asks(fr, st, e, x.libraryKey(fn), fn, args); ok {
		return rs, true
	}
	switch key := x.libraryKey(fn); key {
	case "net/url.URL.Query":
		if t := taintOf(x.deref(st, recv)); t&(tReq|tWho) == 0 {
			return one(st, &sym{key: "query:" + keyOf(recv), t: t | tSetting, typ: fr.typeOf(e), text: exprText(e), pos: e.Pos(), nonNil: true}), true
		}
		return one(st, &sym{key: "query", kind: kValues, t: tReq, text: exprText(e), nonNil: true}), true
	case "context.WithValue":
		if s, ok := args[0].(*sym); ok && s.ctx != nil || isGin(args[0]) {
			parent := &ctxVal{}
			if ok && s.ctx != nil {
				parent = s.ctx
			}
			_, symbolic := args[1].(*sym)
			c := &ctxVal{parent: parent, key: keyOf(args[1]), v: asInterface(args[2], argType(fr, e, 2), emptyInterface), typ: argType(fr, e, 1), symbolic: symbolic}
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
	case "strings.Compare", "bytes.Compare", "cmp.Compare":
		if c, ok := x.equality(fr, e, key, args).(*cond); ok {
			c.sign = true
			return one(st, c), true
		}
	case "errors.Join":
		if rs, ok := x.joinsErrors(fr, st, e, fn, args); ok {
			return rs, true
		}
	case "reflect.DeepEqual":
		return x.deepEqual(fr, st, e, args), true
	case "io.WriteString", "fmt.Fprint", "fmt.Fprintf", "fmt.Fprintln":
		x.hashes(fr, st, e.Args[0], args[0], args[1:])
	case "slices.Contains", "slices.ContainsFunc", "slices.Index", "slices.IndexFunc":
		if rs, ok := x.search(fr, st, e, fn.Name(), args); ok {
			return rs, true
		}
	case "sync.OnceFunc", "sync.OnceValue", "sync.OnceValues":
		if c := asOnce(args[0]); c != nil {
			return one(st, c), true
		}
	case "net/http.TimeoutHandler", "net/http.MaxBytesHandler", "net/http.AllowQuerySemicolons", "net/http.CrossOriginProtection.Handler":
		return one(st, args[0]), true
	case "os.Getenv":
		return one(st, x.environment(args[0], exprText(e), e.Pos())), true
	case "os.LookupEnv":
		s := x.environment(args[0], exprText(e), e.Pos())
		// That it is there is taken to say that it is not empty.
		return one(st, tuple{s, &sym{key: s.key, t: tSetting, typ: types.Typ[types.Bool], text: exprText(e), pos: e.Pos()}}), true
	case "os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "runtime.Goexit", "log.Logger.Fatal", "log.Logger.Fatalf":
		x.stopped = append(x.stopped, st)
		return nil, true
	case "cmp.Or":
		var all []ev
		rest, settings := []*state{st}, false
		for i, v := range args {
			var next []*state
			for _, st := range rest {
				set, unset := []*state{st}, []*state(nil)
				if i < len(args)-1 {
					set, unset = x.truth(st, v, exprText(e.Args[i])+` != ""`, e.Pos(), false)
				}
				for _, st := range set {
					if settings {
						v = instead(v)
					}
					all = append(all, ev{st, v})
				}
				next = append(next, unset...)
			}
			rest, settings = next, settings || isSetting(v)
		}
		return all, true
	case "errors.Is", "errors.As":
		return x.errorIs(fr, st, e, key, args), true
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
	case "strings.Split":
		if c, ok := str(args[0]); ok {
			if sep, ok := str(args[1]); ok && len(c) < 200 {
				l := &list{typ: fr.typeOf(e)}
				for _, part := range strings.Split(c, sep) {
					l.elems = append(l.elems, stringVal(part))
				}
				l.elems = slices.Clip(l.elems)
				return one(st, l), true
			}
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
	case echoPath + "/middleware.createExtractors", echoPath + "/middleware.CreateExtractors", echoPath + "-jwt.CreateExtractors":
		// They read the credential from where the settings say.
		return one(st, tuple{&list{elems: []val{&sym{key: "extractor", kind: kExtractor, nonNil: true, text: "extractor", held: args[:min(1, len(args))]}}}, nilVal{}}), true
	case "gorm.io/gorm.DB.Scopes":
		if all, ok := x.scoped(fr, st, e, recv, args); ok {
			return all, true
		}
	case "sync.Once.Do":
		if len(args) == 1 {
			return append(x.apply(fr, st.clone(), e, args[0], nil), ev{st, tuple{}}), true
		}
	}
	if x.libraryKey(fn) == "github.com/alexedwards/scs.SessionManager."+fn.Name() && len(args) >= 2 {
		switch name := fn.Name(); {
		case name == "Put" && len(args) == 3:
			write(st, inSession, args[1], args[2])
			return one(st, tuple{}), true
		case strings.HasPrefix(name, "Get"), strings.HasPrefix(name, "Pop"), name == "Exists":
			return one(st, x.managed(fr, st, e, name, args[1])), true
		}
	}
	if len(args) == 1 && fn.Signature().Results().Len() == 1 {
		if name, ok := str(args[0]); ok {
			if why := x.j.defaultOf(fn, name); why != "" {
				return one(st, &sym{key: "default:" + why, t: tSetting, typ: fr.typeOf(e), text: why, pos: e.Pos(), lacks: true, begins: true}), true
			}
		}
	}
	return nil, false
}

var emptyInterface = types.NewInterfaceType(nil, nil)

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
func (x *exec) serve(fr *frame, st *state, e *ast.CallExpr, next *nextVal, args []val) []ev {
	before := st.req
	if len(args) > 1 {
		x.handsOn(st, args[1])
	}
	rs := x.reachOne(fr, st, e, next, args)
	for _, r := range rs {
		r.st.req = before
	}
	return rs
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
