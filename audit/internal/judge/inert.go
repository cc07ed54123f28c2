package judge

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
)

// inert says whether a call has no effect that its caller could see: its result
// does not exist, and the function, with all that it calls, can neither run the
// next handler, nor end the request, nor write what outlives it. What writes an
// answer or a log is of this kind, and is not run.
func (x *exec) inert(st *state, fn *types.Func, recv val, args []val) bool {
	if fn.Signature().Results().Len() > 0 || fn.Pkg() == nil || !x.j.prog.Own(fn.Pkg().Path()) {
		return false
	}
	for _, v := range append([]val{recv}, args...) {
		if s, ok := v.(*sym); ok && (s.kind == kGin || s.kind == kEcho) {
			continue
		}
		if _, steers := x.interest(st, v, 0); steers {
			return false
		}
		switch v := v.(type) {
		case *closure, *list, *anyVal:
			return false
		case *ptr:
			if s, ok := st.load(v.to).(*strct); !ok || s.w == nil || len(v.path) > 0 {
				return false
			}
		}
	}
	e := x.j.effectsOf(fn)
	if e.some || *x.throughInterfaces(st, fn, args) != (writing{}) {
		return false
	}
	if len(e.written) == 0 {
		return true
	}
	past, known := e.past[fn]
	if !known {
		past = !slices.ContainsFunc(append(slices.Clone(e.seen), paramTypes(fn)...), func(t types.Type) bool { return !leadsOnlyPast(t, e.written, map[string]bool{}) })
		if e.past == nil {
			e.past = map[*types.Func]bool{}
		}
		e.past[fn] = past
	}
	return past
}

// effects are what a function does to others than itself.
type effects struct {
	some    bool            // more than to write what is named here
	written map[string]bool // types of which it writes fields or elements
	seen    []types.Type    // of values that it does not get from its caller or make itself
	// past says, of its instances, that what they get leads to none of what is
	// written.
	past map[*types.Func]bool
}

func paramTypes(fn *types.Func) []types.Type {
	var all []types.Type
	if r := fn.Signature().Recv(); r != nil {
		all = append(all, r.Type())
	}
	for p := range fn.Signature().Params().Variables() {
		all = append(all, p.Type())
	}
	return all
}

// leadsOnlyPast says whether no value of a written type can be reached from one
// of type t without a type assertion.
func leadsOnlyPast(t types.Type, written, seen map[string]bool) bool {
	name := typeName(t)
	if seen[name] {
		return true
	}
	if written[name] || len(seen) > 200 {
		return false
	}
	seen[name] = true
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return leadsOnlyPast(u.Elem(), written, seen)
	case *types.Slice:
		return leadsOnlyPast(u.Elem(), written, seen)
	case *types.Array:
		return leadsOnlyPast(u.Elem(), written, seen)
	case *types.Map:
		return leadsOnlyPast(u.Elem(), written, seen)
	case *types.Chan:
		return leadsOnlyPast(u.Elem(), written, seen)
	case *types.Struct:
		if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil && framework(n.Obj().Pkg().Path()) {
			return true // none of its fields holds what a module declares
		}
		for f := range u.Fields() {
			if !leadsOnlyPast(f.Type(), written, seen) {
				return false
			}
		}
	}
	return true
}

func framework(path string) bool {
	switch bare(path) {
	case ginPath, echoPath, "net/http", "context":
		return true
	}
	return false
}

// effectsOf reads a function of the module and all that it calls there.
func (j *Judge) effectsOf(fn *types.Func) *effects {
	fn = fn.Origin()
	if e := j.effects[fn]; e != nil {
		return e
	}
	e := &effects{written: map[string]bool{}}
	whole := j.with(fn, func(c calledFunc) bool { return c.own && !c.handed && j.prog.Own(c.fn.Pkg().Path()) }, func(d *deeds) bool {
		e.some = e.some || d.effects.some
		maps.Copy(e.written, d.effects.written)
		e.seen = append(e.seen, d.effects.seen...)
		return !e.some
	})
	e.some = e.some || !whole
	j.effects[fn] = e
	return e
}

// effect notes what an assignment does to others.
func (w *deedsWalk) effect(to ast.Expr) {
	switch to := ast.Unparen(to).(type) {
	case *ast.Ident:
		if obj := w.pkg.Info.ObjectOf(to); obj != nil && !w.own(obj) {
			w.d.effects.some = true
		}
	case *ast.SelectorExpr:
		w.wrote(w.typeOf(to.X))
	case *ast.IndexExpr:
		w.wrote(w.typeOf(to.X))
	default:
		w.d.effects.some = true
	}
}

func (w *deedsWalk) wrote(t types.Type) {
	if t == nil {
		w.d.effects.some = true
		return
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	w.d.effects.written[typeName(t)] = true
}

// serves says whether values of a type run handlers.
func serves(t types.Type) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	return obj != nil
}

// answering are the methods of gin's and echo's contexts that only read the
// request or write the answer.
var answering = map[string]bool{
	"JSON": true, "IndentedJSON": true, "SecureJSON": true, "PureJSON": true, "AsciiJSON": true, "JSONPretty": true, "JSONBlob": true,
	"XML": true, "YAML": true, "String": true, "HTML": true, "Blob": true, "Data": true, "NoContent": true, "Redirect": true, "Render": true,
	"Header": true, "Status": true, "SetCookie": true, "SetSameSite": true,
	"GetHeader": true, "Query": true, "DefaultQuery": true, "GetQuery": true, "QueryParam": true, "Param": true, "PostForm": true, "FormValue": true,
	"Cookie": true, "ClientIP": true, "RemoteIP": true, "RealIP": true, "FullPath": true, "Path": true, "ContentType": true, "IsAborted": true,
	"Get": true, "GetString": true, "GetInt": true, "GetBool": true, "Value": true, "Request": true, "Response": true,
	"Done": true, "Err": true, "Deadline": true,
}

// knowsFramework says whether a package depends on gin or echo, so that it can
// run what it finds in a context of theirs.
func (j *Judge) knowsFramework(path string) bool {
	if k, ok := j.knows[path]; ok {
		return k
	}
	j.knows[path] = false
	for _, p := range j.prog.Imports(path) {
		if b := bare(p); b == ginPath || b == echoPath || !j.std(p) && j.knowsFramework(p) {
			j.knows[path] = true
			break
		}
	}
	return j.knows[path]
}
