package judge

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// What a link puts into a container of a library, or into what else is not followed, it
// may take out again as a value of which nothing is known. Such a value of the type of a
// request, or of a part of one, may be that of the caller: what is written there may be
// read behind it.

// takenOut says whether a value of a type may be a part of the request that came out of
// what is not followed.
func takenOut(v val, t types.Type) bool {
	s, ok := v.(*sym)
	if !ok || s.kind != plain {
		return false
	}
	for _, begin := range ownParts {
		if strings.HasPrefix(s.key, begin) {
			return false
		}
	}
	switch path, name := named(t); {
	case path == "net/url" && name == "Values":
		return s.t&tSetting == 0 // else of an address that the code knows
	case strings.HasPrefix(s.key, takenKey) && (ofRequest(t) || isInterface(t)):
		return true
	case path == "net/http" && (name == "Request" || name == "Header"):
		return true
	case path == ginPath || path == echoPath:
		return name == "Context"
	}
	return ofTexts(t) && s.t&tSetting == 0
}

// ownParts begin the keys of values that the code has made, and of the headers of
// responses.
var ownParts = []string{"made:", "lit:", "app:", "zeros", "none:", "query:", "written:", responseKey}

const (
	responseKey = "response:"
	takenKey    = "taken:" // begins those of what was an interface that is not known
)

// isURL says whether a type is that of the address of a request, or a pointer to it.
func isURL(t types.Type) bool {
	path, name := named(t)
	return path == "net/url" && name == "URL"
}

// ofAnyHolder says whether a function yields, as a result of this number, what its type
// arguments say: it may be what was put there.
func ofAnyHolder(fn *types.Func, i int) bool {
	if fn == nil {
		return false
	}
	rs := fn.Origin().Signature().Results()
	if i >= rs.Len() {
		return false
	}
	t := rs.At(i).Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	return isTypeParam(t)
}

// asserted is a value that is not known as one of a type, of which it was found to be.
func asserted(s *sym, t types.Type) *sym {
	c := *s
	switch {
	case s.typ == nil:
	case s.kind == plain && isInterface(s.typ) && t != nil && (ofRequest(t) || isInterface(t) && !isError(t)):
		if s.t&(tReq|tWho) == 0 {
			c.key = takenKey + s.key
		}
	default:
		return s
	}
	c.typ = t
	return &c
}

// ofResponse says whether a method yields the header of a response.
func ofResponse(fn *types.Func) bool {
	if fn == nil || fn.Name() != "Header" || fn.Signature().Recv() == nil {
		return false
	}
	obj, _, _ := types.LookupFieldOrMethod(fn.Signature().Recv().Type(), true, nil, "WriteHeader")
	return obj != nil
}

// decodes says whether a function of the standard library writes what it is given, by
// what it reads.
func decodes(fn *types.Func) bool {
	return fn.Pkg() != nil && strings.HasPrefix(fn.Pkg().Path(), "encoding/") && (strings.HasPrefix(fn.Name(), "Unmarshal") || strings.HasPrefix(fn.Name(), "Decode"))
}

// writesTaken notes what a method may write of a request that was taken out of what is
// not followed.
func (x *exec) writesTaken(st *state, fn *types.Func, recv val) {
	r := fn.Signature().Recv()
	if r == nil || !takenOut(recv, r.Type()) {
		return
	}
	switch path, name := named(r.Type()); {
	case path == ginPath || path == echoPath:
		if !answering[fn.Name()] {
			st.open = true
			mayHaveWritten(st)
		}
		if fn.Name() == "Next" {
			x.reach(st.clone(), &Evidence{Pos: fn.Pos(), Text: "the next handler may be run by a context that was kept"})
		}
	case isInterface(r.Type()):
		if writesHeader(fn.Name()) {
			mayHaveWritten(st)
		}
	case name == "Request" && !slices.Contains([]string{"AddCookie", "SetBasicAuth", "SetPathValue"}, fn.Name()):
	case name != "Request" && !slices.Contains([]string{"Set", "Add", "Del"}, fn.Name()):
	default:
		mayHaveWritten(st)
	}
}

// storesTaken notes that a part of a value is assigned that was taken out of what is not
// followed.
func (x *exec) storesTaken(fr *frame, st *state, of ast.Expr, v val) {
	t := fr.typeOf(of)
	if !takenOut(v, t) {
		return
	}
	if path, _ := named(t); path == ginPath {
		st.open = true
	}
	mayHaveWritten(st)
}
