package judge

import (
	"go/types"
	"slices"
	"strings"
)

func taintAll(vs []val) (t taint) {
	for _, v := range vs {
		if v != nil {
			t |= taintOf(v)
		}
	}
	return t
}

// gives says whether a function gets the response to write, or the status of a
// denial, which matters while a handler is judged.
func (x *exec) gives(args []val) bool {
	if x.service == nil {
		return false
	}
	for _, a := range args {
		if s, ok := a.(*sym); ok && (s.kind == kWriter || s.kind == kGin || s.kind == kEcho) {
			return true
		}
	}
	code, ok := statusOf(args)
	return ok && code >= 300
}

// concerns says whether a function of the module may have to do with who calls:
// it gets the request or a part that may tell. A check stands at the beginning
// of a handler, and what a service does with other data is not read.
func (x *exec) concerns(st *state, fn *types.Func, args []val) bool {
	others := false
	for _, v := range args {
		s, ok := v.(*sym)
		switch {
		case x.tells(st, v, 0):
			return true
		case ok && s.kind == kContext:
		case v != nil:
			if p, isPtr := v.(*ptr); !isPtr || p == nil {
				others = true
			}
		}
	}
	return slices.ContainsFunc(args, func(v val) bool { s, ok := v.(*sym); return ok && s.kind == kContext }) && (!others || identityName(fn.Name()))
}

// tells says whether a value may tell who calls.
func (x *exec) tells(st *state, v val, depth int) bool {
	if depth > 3 {
		return false
	}
	switch v := v.(type) {
	case *sym:
		switch v.kind {
		case plain:
			return v.t&tWho != 0 || strings.HasPrefix(v.key, paramKey)
		case kContext:
			return false
		}
		return true
	case *ptr:
		return x.tells(st, x.loadPtr(st, v), depth+1)
	case *strct:
		if v.sym != nil && x.tells(st, v.sym, depth+1) {
			return true
		}
		for _, e := range v.f {
			if x.tells(st, e, depth+1) {
				return true
			}
		}
	case *list:
		return slices.ContainsFunc(v.elems, func(e val) bool { return x.tells(st, e, depth+1) })
	case *closure:
		return v.lit != nil
	case *cond:
		return taintOf(v)&tWho != 0
	}
	return false
}

// paramKey begins the keys of parameters of own types.
const paramKey = "H#"

// identityName says whether a function that gets the whole request seems to look
// for the caller in it.
func identityName(name string) bool {
	return speaks(name, "user", "auth", "authenticate", "authenticated", "authorize", "authorized", "session", "claims", "token", "login", "logged", "account", "identity", "principal", "jwt", "current", "verify", "signature")
}
