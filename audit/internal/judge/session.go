package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// sessionPackage says whether a package is one of sessions.
func sessionPackage(path string) bool {
	path = bare(path)
	return slices.ContainsFunc(sessionLibraries, func(p string) bool { return within(path, p) })
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
		v = &sym{key: "session.values", kind: kSessionValues, name: fn.Pkg().Path(), text: text, pos: e.Pos(), nonNil: true}
	} else {
		v = x.sessionValue(fn.Pkg().Path(), key, text, e.Pos())
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

// managed is a value of the session of a context, or whether it is there.
func (x *exec) managed(fr *frame, st *state, e *ast.CallExpr, method string, key val) val {
	w := wrote(st, inSession, key)
	if w != nil && method != "Exists" {
		return w
	}
	v := *x.sessionValue("github.com/alexedwards/scs", key, exprText(e), e.Pos())
	v.typ = fr.typeOf(e)
	if w != nil {
		if !mayLack(w) {
			return boolVal(true)
		}
		v.key, v.t, v.onTrue = x.id(keyOf(w)+"?has"), taintOf(w), levelOf(w)
	}
	return &v
}

// callersStore says whether what keeps sessions was made with a key that the
// caller sends: whatever he signed with it is a session.
func (x *exec) callersStore(st *state, vals []val) bool {
	return slices.ContainsFunc(vals, func(v val) bool {
		if p, ok := v.(*ptr); ok {
			s, ok := x.loadPtr(st, p).(*strct)
			return ok && callersMade(s)
		}
		s, ok := v.(*sym)
		return ok && s.kind == plain && s.typ != nil && !holdsText(s.typ) && callersMade(v)
	})
}

// sessions are the functions and methods of packages of sessions. They are known
// by what they yield: what a session is made of is not read.
func (x *exec) sessions(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) ([]ev, bool) {
	if fn.Pkg() == nil || !sessionPackage(fn.Pkg().Path()) {
		return nil, false
	}
	if s, ok := recv.(*sym); ok && strings.HasPrefix(s.key, callersSession) {
		return one(st, x.callersResult(fr, e, fn)), true
	}
	if strings.EqualFold(recvTypeName(fn), "session") {
		return one(st, x.session(fr, st, e, fn, args)), true
	}
	if res := fn.Signature().Results(); res.Len() > 0 {
		if s := x.frameworkParam(res.At(0).Type(), ""); s != nil && s.kind == kSession {
			if slices.ContainsFunc(args, wholeRequest) && wroteAny(st, inCookie) != nil {
				return one(st, x.callersResult(fr, e, fn)), true // of a cookie that the code wrote
			}
			if x.callersStore(st, append([]val{recv}, args...)) {
				knows(st, callersOwn, e)
				return one(st, x.callersResult(fr, e, fn)), true
			}
			return one(st, x.plainResult(fr, e, fn, 0)), true
		}
	}
	return nil, false
}

// callersSession begins the key of what is found with such a key.
const callersSession = "caller's session "

// callersResult is what a function yields that is the caller's word.
func (x *exec) callersResult(fr *frame, e *ast.CallExpr, fn *types.Func) val {
	out := make(tuple, fn.Signature().Results().Len())
	for i := range out {
		out[i] = &sym{key: callersSession + fr.site(e.Pos()) + "#" + itoa(i), t: tReq, typ: fn.Signature().Results().At(i).Type(), text: exprText(e), pos: e.Pos()}
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

// sessionValue is what a session of a package keeps under a key.
func (x *exec) sessionValue(path string, key val, text string, pos token.Pos) *sym {
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
	case x.j.sessionsChosen()[bare(path)]:
		s.t, s.onTrue = tSess|tMaybe, maybe
	default:
		s.onTrue = sure
	}
	return s
}

// sessionsChosen are the packages in whose sessions code keeps something under a key that
// callers choose: anything may be there then.
func (j *Judge) sessionsChosen() map[string]bool {
	if j.anySession != nil {
		return j.anySession
	}
	j.anySession = map[string]bool{}
	knows := map[string]bool{}
	for _, pkg := range j.prog.Packages {
		knows[pkg.Path] = slices.ContainsFunc(j.prog.Imports(pkg.Path), sessionPackage)
	}
	for _, name := range []string{"Set", "Put", "Values"} {
		for _, part := range j.prog.Mentioning("", name) {
			if !knows[part.Package.Path] {
				continue
			}
			j.prog.Check(part)
			f := j.flowIn(part.Package, part.Decl)
			ast.Inspect(part.Decl, func(n ast.Node) bool {
				if path, key := f.keptIn(n); sessionPackage(path) && len(f.chosenAt(key, n.Pos())) > 0 {
					j.anySession[bare(path)] = true
				}
				return true
			})
		}
	}
	return j.anySession
}

// keptIn is the key under which a node of the code keeps something in a session, and the
// package of that; nil where it does not.
func (f flow) keptIn(n ast.Node) (path string, key ast.Expr) {
	switch n := n.(type) {
	case *ast.IndexExpr:
		if f.assigned(n) {
			return sessionOf(f.pkg.Info, n.X), n.Index
		}
	case *ast.CallExpr:
		sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
		if ok && (sel.Sel.Name == "Set" || sel.Sel.Name == "Put") && len(n.Args) >= 2 {
			path, _ = named(f.pkg.Info.TypeOf(sel.X))
			return path, n.Args[len(n.Args)-2]
		}
	}
	return "", nil
}

// sessionOf is the package of the session of which an expression is a field, "" for others.
func sessionOf(info *types.Info, e ast.Expr) string {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	path, _ := named(info.TypeOf(sel.X))
	return path
}
