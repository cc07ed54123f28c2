package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
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
	if e.some {
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
	j.effects[fn] = e
	w := &effectWalk{j: j, e: e, done: map[*types.Func]bool{}}
	w.walk(fn)
	return e
}

type effectWalk struct {
	j    *Judge
	e    *effects
	done map[*types.Func]bool
}

// maxEffects bounds the functions that are read for one call.
const maxEffects = 60

func (w *effectWalk) walk(fn *types.Func) {
	if fn = fn.Origin(); w.done[fn] || w.e.some {
		return
	}
	w.done[fn] = true
	d := w.j.decl(fn)
	if d == nil || d.Syntax.Body == nil || len(w.done) > maxEffects {
		w.e.some = true
		return
	}
	info := d.Package.Info
	own := func(obj types.Object) bool { return obj.Pos() >= d.Syntax.Pos() && obj.Pos() < d.Syntax.End() }
	write := func(to ast.Expr) {
		switch to := ast.Unparen(to).(type) {
		case *ast.Ident:
			if obj := info.ObjectOf(to); obj != nil && !own(obj) {
				w.e.some = true
			}
		case *ast.SelectorExpr:
			w.wrote(info.TypeOf(to.X))
		case *ast.IndexExpr:
			w.wrote(info.TypeOf(to.X))
		default:
			w.e.some = true
		}
	}
	ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
		if w.e.some {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt, *ast.SelectStmt, *ast.SendStmt:
			w.e.some = true
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				write(l)
			}
		case *ast.IncDecStmt:
			write(n.X)
		case *ast.RangeStmt:
			for _, l := range []ast.Expr{n.Key, n.Value} {
				if l != nil {
					write(l)
				}
			}
			if _, isCall := ast.Unparen(n.X).(*ast.CallExpr); isFunc(info.TypeOf(n.X)) && !isCall {
				w.e.some = true
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				w.e.some = true
			}
		case *ast.TypeAssertExpr:
			if n.Type != nil {
				w.e.seen = append(w.e.seen, info.TypeOf(n.Type))
			}
		case *ast.CaseClause:
			for _, c := range n.List {
				if tv := info.Types[c]; tv.IsType() {
					w.e.seen = append(w.e.seen, tv.Type)
				}
			}
		case *ast.Ident:
			if v, ok := info.Uses[n].(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
				w.e.seen = append(w.e.seen, v.Type())
			}
		case *ast.CallExpr:
			w.call(info, n)
		}
		return true
	})
}

func (w *effectWalk) wrote(t types.Type) {
	if t == nil {
		w.e.some = true
		return
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	w.e.written[typeName(t)] = true
}

func (w *effectWalk) call(info *types.Info, e *ast.CallExpr) {
	if tv := info.Types[e.Fun]; tv.IsType() {
		return
	}
	// A function or handler that is handed over may be run.
	for _, a := range e.Args {
		t := info.TypeOf(a)
		if t == nil || isFunc(t) || serves(t) {
			w.e.some = true
			return
		}
	}
	switch fn := typeutil.Callee(info, e).(type) {
	case *types.Builtin:
		switch fn.Name() {
		case "panic", "recover":
			w.e.some = true
		case "copy", "delete", "clear":
			w.wrote(info.TypeOf(e.Args[0]))
		}
	case *types.Func:
		w.calls(info, e, fn)
	default:
		w.e.some = true
	}
}

func (w *effectWalk) calls(info *types.Info, e *ast.CallExpr, fn *types.Func) {
	if fn.Pkg() == nil { // error.Error
		return
	}
	path := fn.Pkg().Path()
	recv := fn.Signature().Recv()
	name := fn.Name()
	switch {
	case name == "ServeHTTP", strings.HasPrefix(name, "Fatal"), strings.HasPrefix(name, "Panic"), name == "Exit", name == "Goexit":
		w.e.some = true
	case w.j.prog.Own(path):
		if recv != nil && types.IsInterface(recv.Type()) {
			w.e.some = true
			return
		}
		w.walk(fn)
	case bare(path) == ginPath || bare(path) == echoPath:
		switch recvTypeName(fn) {
		case "Context":
			w.e.some = w.e.some || !answering[name]
		case "ResponseWriter", "Response":
		default:
			w.e.some = true
		}
	case !w.j.std(path) && w.j.knowsFramework(path), storing(fn):
		w.e.some = true
	}
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
