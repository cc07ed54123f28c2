package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// What the code itself put into the request or the session is what is found
// there afterwards: it tells nothing about the caller.

// The parts of a request that code writes to.
const (
	inHeader  = "header"
	inCookie  = "cookie"
	inValue   = "value" // of the query or the form
	inSession = "session"
)

var authorization = stringVal("Authorization")

// written is the key, among those of the context, of a part of the request.
func written(part string, name val) string {
	if n, ok := str(name); ok {
		return "written " + part + " " + strings.ToLower(n)
	}
	return "written " + part + " " + keyOf(name)
}

// write notes that a value is put into a part of the request. What came with the
// request stays what it was, but in a session: what is kept there counts as the
// program's word.
func write(st *state, part string, name, v val) {
	if l, ok := v.(*list); ok && len(l.elems) > 0 {
		v = l.elems[0]
	}
	if _, known := str(name); !known && (part == inHeader || part == inValue) {
		if t := taintOf(v); t&(tReq|tWho) == 0 || t&tMixed != 0 {
			writeAll(st, part)
		}
		return
	}
	if k, ok := v.(*konst); ok && part == inSession && zeroConst(k.v) {
		v = &sym{key: "kept:" + keyOf(v), t: tSetting, nonNil: true, text: keyOf(v)} // in an interface
	}
	if t := taintOf(v); t&(tReq|tWho) != 0 && part != inSession {
		st.keys.remove(written(part, name))
		if t&tMixed != 0 { // of a setting and of nothing, if the caller so chooses
			st.keys.set(written(part, name), &sym{key: "written:" + part + keyOf(name), t: tCred | tMaybe, text: "a " + part + " into which the code writes a setting"})
		}
		return
	}
	st.keys.set(written(part, name), v)
}

// wrote returns what the code put into a part of the request, nil if nothing.
func wrote(st *state, part string, name val) val {
	if v, ok := st.keys.get(written(part, name)); ok {
		return v
	}
	if part == inCookie {
		if v, ok := st.keys.get(written(inHeader, stringVal("Cookie"))); ok {
			return v
		}
	}
	all := part
	if part == inCookie {
		all = inHeader
	}
	if st.keys.has(every(all)) {
		return &sym{key: "written:" + part + keyOf(name), t: tReq | tOther, text: "a " + part + " that the code writes"}
	}
	if st.keys.has(perhaps) {
		return &sym{key: "written:" + part + keyOf(name), t: tCred | tMaybe, text: "a " + part + " that code may have written which was not read"}
	}
	return nil
}

// mayBeWritten says whether a value is a part of the request that code may have
// written which was not read.
func mayBeWritten(v val) bool {
	s, ok := v.(*sym)
	return ok && s.t&tMaybe != 0 && strings.HasPrefix(s.key, "written:")
}

// every is the key of what is written under a name that is not known: it may be
// any.
func every(part string) string { return "written all " + part }

func writeAll(st *state, part string) { st.keys.set(every(part), boolVal(true)) }

// mayHaveWritten notes that all of the request may be another one.
func mayHaveWritten(st *state) {
	st.keys.set(perhaps, boolVal(true))
	st.keys.set(writtenTLS, boolVal(true))
}

const (
	perhaps    = "written perhaps" // any part of the request
	writtenTLS = "written tls"     // the caller's certificate
)

// wroteAny returns what the code put into a credential of the request, wherever
// it stands; nil if nothing.
func wroteAny(st *state, parts ...string) val {
	for k, v := range st.keys.all() {
		rest, ok := strings.CutPrefix(k, "written ")
		part, name, _ := strings.Cut(rest, " ")
		switch {
		case !ok:
		case k == perhaps:
			return wrote(st, inHeader, nilVal{})
		case part == "all" && (slices.Contains(parts, name) || name == inHeader && slices.Contains(parts, inCookie)):
			return wrote(st, name, nilVal{})
		case part == inHeader && name == "cookie" && slices.Contains(parts, inCookie),
			slices.Contains(parts, part) && (part == inCookie || credentialName(name, part == inValue)):
			return v
		}
	}
	return nil
}

// lookedUp returns what the code put where an extractor of echo looks; nil if
// nothing.
func lookedUp(st *state, lookups val) val {
	text, ok := str(lookups)
	if !ok {
		return wroteAny(st, inHeader, inCookie, inValue)
	}
	for _, l := range strings.Split(text, ",") {
		from, name, _ := strings.Cut(l, ":")
		name, _, _ = strings.Cut(name, ":")
		part := map[string]string{"header": inHeader, "cookie": inCookie, "query": inValue, "form": inValue}[from]
		if v := wrote(st, part, stringVal(name)); part != "" && v != nil {
			return v
		}
	}
	return nil
}

// form is a value of the query or the form.
func (x *exec) form(st *state, name val, text string, pos token.Pos) val {
	if v := wrote(st, inValue, name); v != nil {
		return v
	}
	return x.source(valueSource, name, text, pos)
}

// callersAlone says whether all of a value comes from the request, as far as
// taints tell.
func callersAlone(v val) bool {
	s, ok := v.(*sym)
	return ok && s.t&(tReq|tWho) != 0 && s.t&tSetting == 0 && !s.sum
}

// callersQuery says so of a query: it is one that stood somewhere, or was put
// together of values that are looked at by themselves.
func callersQuery(v val) bool {
	if text, ok := str(v); ok {
		return text == ""
	}
	s, ok := v.(*sym)
	return ok && callersAlone(v) && (!strings.Contains(s.text, "(") || strings.HasSuffix(s.text, ".Encode()") || strings.HasSuffix(s.text, ".QueryString()"))
}

// writesHeader says whether a function seems to write the header that it is
// given.
func writesHeader(name string) bool {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	return speaks(name, "copy", "inject", "set", "add", "write", "apply", "fill", "merge", "put", "insert", "sign")
}

// partOf is what a value is that a method is called on: what was made of a request and
// has the type of a part of one may be that part.
func partOf(s *sym, fn *types.Func) kind {
	if r := fn.Signature().Recv(); r != nil && s.kind == plain && s.t&(tReq|tWho) != 0 {
		return partKind(r.Type())
	}
	return s.kind
}

func partKind(t types.Type) kind {
	switch path, name := named(t); path + "." + name {
	case "net/http.Request":
		return kRequest
	case "net/http.Header":
		return kHeader
	case "net/url.Values":
		return kValues
	}
	return plain
}

// boxedFor are the arguments of a method as the any that a session keeps.
func (fr *frame) boxedFor(e *ast.CallExpr, k kind, args []val) []val {
	if k != kSession || len(args) < 2 {
		return args
	}
	last := len(args) - 1
	return append(args[:last:last], asInterface(args[last], argType(fr, e, last), emptyInterface))
}

// writes notes what a call of a method puts into the request.
func (x *exec) writes(st *state, k kind, method string, args []val) {
	switch {
	case k == kHeader && (method == "Set" || method == "Add") && len(args) == 2:
		write(st, inHeader, args[0], args[1])
	case k == kValues && (method == "Set" || method == "Add") && len(args) == 2:
		write(st, inValue, args[0], args[1])
	case k == kRequest && method == "SetBasicAuth" && len(args) == 2:
		write(st, inHeader, authorization, args[1])
	case k == kRequest && method == "AddCookie" && len(args) == 1:
		if p, ok := args[0].(*ptr); ok {
			if s, ok := x.loadPtr(st, p).(*strct); ok && s.f["Name"] != nil && s.f["Value"] != nil {
				write(st, inCookie, s.f["Name"], s.f["Value"])
			}
		}
	case k == kSession && (method == "Set" || method == "Put") && len(args) >= 2:
		write(st, inSession, args[len(args)-2], args[len(args)-1])
	}
}

// writesElement notes that an element of a header or of a session's values is
// assigned.
func (x *exec) writesElement(fr *frame, st *state, e *ast.IndexExpr, v val) {
	for _, r := range x.evals(fr, st.clone(), []ast.Expr{e.X, e.Index}) {
		s, ok := r.vs[0].(*sym)
		switch {
		case len(r.vs) != 2:
		case !ok:
			if sharesTexts(r.vs[0]) {
				mayHaveWritten(st)
			}
		case s.key == ginKeys:
			x.setKey(st, r.vs[1], v, e.Pos())
		case s.kind == kHeader:
			write(st, inHeader, r.vs[1], v)
		case s.kind == kValues:
			write(st, inValue, r.vs[1], v)
		case s.kind == kSessionValues, s.kind == kSession:
			write(st, inSession, r.vs[1], v)
		case s.kind == plain && strings.HasPrefix(s.key, "src:h:") && s.name != "": // of the values of a header
			write(st, inHeader, stringVal(s.name), v)
		case s.kind == plain && s.t&(tReq|tWho) != 0 && partKind(fr.typeOf(e.X)) == kHeader:
			write(st, inHeader, r.vs[1], v)
		case s.kind == plain && s.t&(tReq|tWho) != 0 && partKind(fr.typeOf(e.X)) == kValues:
			write(st, inValue, r.vs[1], v)
		case s.texts:
			mayHaveWritten(st)
		default:
			x.storesTaken(fr, st, e.X, s)
		}
	}
}
