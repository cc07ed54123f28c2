package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// sessionPackage says whether a package of another module keeps sessions.
func (j *Judge) sessionPackage(path string) bool {
	if !strings.Contains(path, ".") || j.prog.Own(path) {
		return false
	}
	_, rest, _ := strings.Cut(strings.ToLower(bare(path)), "/")
	for elem := range strings.SplitSeq(rest, "/") {
		if strings.Contains(elem, "session") || elem == "scs" {
			return true
		}
	}
	return false
}

// session is a call of a method of a session.
func (x *exec) session(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) val {
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
	if key != nil && fn.Signature().Results().Len() == 1 {
		if v := wrote(st, inSession, key); v != nil {
			return v
		}
	}
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
		return one(st, x.session(fr, st, e, fn, args)), true
	}
	if res := fn.Signature().Results(); res.Len() > 0 {
		if s := x.frameworkParam(res.At(0).Type(), ""); s != nil && s.kind == kSession {
			return one(st, x.plainResult(fr, e, fn, 0)), true
		}
	}
	return nil, false
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
