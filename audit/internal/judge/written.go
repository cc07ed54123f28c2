package judge

import (
	"go/ast"
	"strings"
)

// What the code itself put into the request or the session is what is found
// there afterwards: it tells nothing about the caller.

// The parts of a request that code writes to.
const (
	inHeader  = "header"
	inCookie  = "cookie"
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
	if _, known := str(name); !known && part == inHeader {
		if taintOf(v)&(tReq|tWho) == 0 {
			writeAll(st)
		}
		return
	}
	if taintOf(v)&(tReq|tWho) != 0 && part != inSession {
		st.keys.remove(written(part, name))
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
	if _, all := st.keys.get(everyHeader); all && (part == inHeader || part == inCookie) {
		return &sym{key: "written:" + keyOf(name), t: tReq | tOther, text: "a header that the code writes"}
	}
	return nil
}

// everyHeader is the key of what is written under a name that is not known: any
// header may be it.
const everyHeader = "written headers"

func writeAll(st *state) { st.keys.set(everyHeader, boolVal(true)) }

// writesHeader says whether a function seems to write the header that it is
// given.
func writesHeader(name string) bool {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	return has(split(name), "copy", "inject", "set", "add", "write", "apply", "fill", "merge", "put", "insert", "sign")
}

// writes notes what a call of a method puts into the request.
func (x *exec) writes(st *state, k kind, method string, args []val) {
	switch {
	case k == kHeader && (method == "Set" || method == "Add") && len(args) == 2:
		write(st, inHeader, args[0], args[1])
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
		case !ok || len(r.vs) != 2:
		case s.kind == kHeader:
			write(st, inHeader, r.vs[1], v)
		case s.kind == kSessionValues, s.kind == kSession:
			write(st, inSession, r.vs[1], v)
		}
	}
}
