package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/authgen/authgen/audit/internal/program"
)

// A call that is not run leaves everything as it was. So one may be passed over
// only if its body, with all that it calls, cannot write what it can come to: the
// request, or what this way has put into variables.

// writing is what a function may write that is not its own.
type writing struct {
	request bool // the request or what is kept for it: headers, cookies, query, form, session, context
	state   bool // fields, elements, what pointers lead to
	vars    bool // variables of packages
	unknown bool // it runs what is not known, which may write anything
}

func (w *writing) all() bool { return w.request && w.state && w.vars && w.unknown }

// affects says whether a call may write what matters on this way.
func (x *exec) affects(fr *frame, st *state, fn *types.Func, recv val, args []val) bool {
	if x.service != nil || fn.Pkg() == nil {
		return false
	}
	if path := fn.Pkg().Path(); !x.j.prog.Own(path) && (!fr.dep || fr.pkg.Path != path) {
		return false
	}
	var r reached
	for _, v := range append([]val{recv}, args...) {
		r.visit(x, st, v, 0)
	}
	for c := range st.mem.all() {
		r.vars = r.vars || c.shared
	}
	if !r.request && !r.state && !r.vars {
		return false
	}
	if p, ok := recv.(*ptr); ok && fn.Signature().Results().Len() > 0 && x.ownState(st, p) {
		return true // it may read what this way has put there
	}
	w := x.j.writingOf(fn)
	return r.request && (w.request || w.unknown) || r.state && (w.state || w.unknown) || r.vars && (w.vars || w.state || w.unknown)
}

// ownState says whether a pointer leads to a struct that code which serves
// requests has made.
func (x *exec) ownState(st *state, p *ptr) bool {
	s, ok := x.loadPtr(st, p).(*strct)
	return ok && s.w == nil && s.sym == nil && st.mem.has(p.to)
}

// shareable says whether code that is not given the variable of an id may come to
// it: one of a package, of the wiring, or in what is not known.
func shareable(id string) bool {
	begin, _, _ := strings.Cut(id, ":")
	return begin == "global" || begin == "wired" || begin == "of" || begin == "to"
}

// reached is what values lead to.
type reached struct {
	request, state, vars bool
}

// maxReached bounds how deep values are looked at: what is deeper down may be anything.
const maxReached = 5

func (r *reached) visit(x *exec, st *state, v val, depth int) {
	if r.request && r.state {
		return
	}
	if depth > maxReached {
		if s, ok := v.(*sym); mayHoldNext(v) || ok && s.kind != plain {
			r.request, r.state = true, true
		}
		return
	}
	switch v := v.(type) {
	case *anyVal:
		for _, o := range v.of {
			r.visit(x, st, o, depth+1)
		}
	case *sym:
		switch v.kind {
		case kGin, kEcho:
			r.request = true
			if depth < maxReached {
				for _, k := range st.keys.all() {
					r.visit(x, st, k, max(depth+1, maxReached-1))
				}
			}
		case kRequest, kHeader, kValues, kSession, kSessionValues:
			r.request = true
		}
		for c := v.ctx; c != nil; c = c.parent {
			r.visit(x, st, c.v, depth+1)
		}
		for _, vs := range [][]val{v.held, v.mayBe, v.elems, {v.inside}} {
			for _, h := range vs {
				r.visit(x, st, h, depth+1)
			}
		}
	case *ptr:
		if v == nil {
			return
		}
		to := st.load(v.to)
		s, ok := to.(*strct)
		r.state = r.state || st.mem.has(v.to) && (!ok || s.w == nil || len(s.f) > 0)
		r.visit(x, st, to, depth+1)
	case *strct:
		for _, e := range v.f {
			r.visit(x, st, e, depth+1)
		}
		if v.sym != nil {
			r.visit(x, st, v.sym, depth+1)
		}
	case *list:
		r.state = r.state || len(v.elems) > 0
		for _, e := range v.elems {
			r.visit(x, st, e, depth+1)
		}
		if v.open != nil {
			r.visit(x, st, v.open, depth+1)
		}
	case *closure:
		r.visit(x, st, v.recv, depth+1)
	}
}

// changesSomething says whether a function of the module that is no literal may
// write anything.
func (j *Judge) changesSomething(c *closure) bool {
	if c.fn == nil || c.fn.Pkg() == nil || !j.prog.Own(c.fn.Pkg().Path()) {
		return false
	}
	w := j.writingOf(c.fn)
	return *w != writing{}
}

// writingOf reads a function of the module and all that it calls there.
func (j *Judge) writingOf(fn *types.Func) *writing {
	fn = fn.Origin()
	if w := j.writings[fn]; w != nil {
		return w
	}
	w := &writing{}
	j.writings[fn] = w
	(&writingWalk{j: j, w: w, done: map[*types.Func]bool{}}).walk(fn)
	return w
}

type writingWalk struct {
	j    *Judge
	w    *writing
	done map[*types.Func]bool
	d    *program.Decl // that is read
}

func (w *writingWalk) walk(fn *types.Func) {
	if fn = fn.Origin(); w.done[fn] || w.w.all() {
		return
	}
	w.done[fn] = true
	d := w.j.decl(fn)
	if d == nil || d.Syntax.Body == nil || len(w.done) > maxEffects {
		w.w.unknown = true
		return
	}
	outer := w.d
	w.d = d
	defer func() { w.d = outer }()
	ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				w.writes(l)
			}
		case *ast.IncDecStmt:
			w.writes(n.X)
		case *ast.RangeStmt:
			for _, l := range []ast.Expr{n.Key, n.Value} {
				if l != nil {
					w.writes(l)
				}
			}
			if isFunc(d.Package.Info.TypeOf(n.X)) {
				w.w.unknown = true
			}
		case *ast.CallExpr:
			w.call(n)
		}
		return !w.w.all()
	})
}

// writes notes what an assignment to an expression writes.
func (w *writingWalk) writes(to ast.Expr) {
	info := w.d.Package.Info
	to = ast.Unparen(to)
	if id, ok := to.(*ast.Ident); ok {
		w.w.vars = w.w.vars || packageVar(info.ObjectOf(id))
		return
	}
	var of ast.Expr
	through := false // a pointer, slice or map
	for e := to; ; {
		switch n := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			if info.Selections[n] == nil {
				w.w.vars = true // of another package
				return
			}
			of = n.X
			_, isPointer := info.TypeOf(n.X).Underlying().(*types.Pointer)
			through = through || isPointer || info.Selections[n].Indirect()
		case *ast.IndexExpr:
			of = n.X
			through = through || !isArray(info.TypeOf(n.X))
		case *ast.StarExpr:
			of, through = n.X, true
		case *ast.Ident:
			w.w.vars = w.w.vars || packageVar(info.ObjectOf(n))
			w.w.state = w.w.state || through
			return
		default:
			w.w.state, w.w.vars = true, true
			return
		}
		if ofRequest(info.TypeOf(of)) && !w.answers(of) {
			w.w.request = true
		}
		e = of
	}
}

func packageVar(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	return ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}

// ofRequest says whether what is written in a value of a type may be a part of a
// request, or kept for it.
func ofRequest(t types.Type) bool {
	path, name := named(t)
	switch path {
	case "net/http":
		return name == "Request" || name == "Header"
	case "net/url":
		return name == "URL" || name == "Values"
	case ginPath, echoPath:
		return name == "Context"
	}
	return sessionPackage(path) || ofTexts(t)
}

// ofTexts says whether a type is that of a header or a form under any name, or may
// be in an instance of what is generic.
func ofTexts(t types.Type) bool {
	if t == nil {
		return false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	m, ok := t.Underlying().(*types.Map)
	if !ok {
		return false
	}
	for _, part := range []types.Type{m.Key(), m.Elem()} {
		if _, open := part.(*types.TypeParam); open {
			return true
		}
	}
	key, isText := m.Key().Underlying().(*types.Basic)
	list, isList := m.Elem().Underlying().(*types.Slice)
	if !isText || !isList || key.Info()&types.IsString == 0 {
		return false
	}
	text, ok := list.Elem().Underlying().(*types.Basic)
	return ok && text.Info()&types.IsString != 0
}

// answers says whether an expression is the header of the response, as far as the
// function that is read shows it.
func (w *writingWalk) answers(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Header"
	case *ast.Ident:
		v, _ := w.d.Package.Info.ObjectOf(e).(*types.Var)
		given, others := false, v == nil
		ast.Inspect(w.d.Syntax.Body, func(n ast.Node) bool {
			s, ok := n.(*ast.AssignStmt)
			if !ok {
				return !others
			}
			for i, l := range s.Lhs {
				if l, ok := l.(*ast.Ident); ok && w.d.Package.Info.ObjectOf(l) == v {
					call, ok := ast.Unparen(rightOf(s, i)).(*ast.CallExpr)
					given = true
					others = others || !ok || !w.answers(call)
				}
			}
			return !others
		})
		return given && !others
	}
	return false
}

func (w *writingWalk) call(e *ast.CallExpr) {
	info := w.d.Package.Info
	if info.Types[e.Fun].IsType() {
		return
	}
	for _, a := range e.Args {
		if _, lit := ast.Unparen(a).(*ast.FuncLit); !lit && isFunc(info.TypeOf(a)) {
			w.handed(a)
		}
	}
	switch fn := typeutil.Callee(info, e).(type) {
	case *types.Builtin:
		switch fn.Name() {
		case "copy", "delete", "clear":
			w.w.state = true
			w.w.request = w.w.request || ofRequest(info.TypeOf(e.Args[0])) && !w.answers(e.Args[0])
		}
	case *types.Func:
		w.calls(e, fn)
	default:
		if _, lit := ast.Unparen(e.Fun).(*ast.FuncLit); !lit {
			w.w.unknown = true
		}
	}
}

// handed is a function that is handed over, and may be run.
func (w *writingWalk) handed(e ast.Expr) {
	if fn, ok := variableOf(w.d.Package.Info, ast.Unparen(e)).(*types.Func); ok && fn.Pkg() != nil {
		recv := fn.Signature().Recv()
		switch {
		case recv != nil && types.IsInterface(recv.Type()):
		case w.j.prog.Own(fn.Pkg().Path()):
			w.walk(fn)
			return
		case w.j.std(fn.Pkg().Path()):
			return
		}
	}
	w.w.unknown = true
}

func (w *writingWalk) calls(e *ast.CallExpr, fn *types.Func) {
	if fn.Pkg() == nil { // error.Error
		return
	}
	info := w.d.Package.Info
	path := fn.Pkg().Path()
	recv := fn.Signature().Recv()
	if w.j.prog.Own(path) || path == w.d.Package.Path {
		if recv != nil && types.IsInterface(recv.Type()) {
			w.w.unknown = true
			return
		}
		w.walk(fn)
		return
	}
	name := fn.Name()
	var on ast.Expr
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && recv != nil {
		on = sel.X
	}
	recvName := recvTypeName(fn)
	switch b := bare(path); {
	case name == "ServeHTTP":
		w.w.unknown = true
		return
	case (b == ginPath || b == echoPath) && recvName == "Context":
		w.w.request = w.w.request || !answering[name]
	case b == "net/http" && recvName == "Request":
		w.w.request = w.w.request || name == "AddCookie" || name == "SetBasicAuth" || name == "SetPathValue"
	case recv != nil && ofTexts(recv.Type()):
		if name == "Set" || name == "Add" || name == "Del" {
			w.w.request = w.w.request || !w.answers(on)
		}
	case sessionPackage(b):
		w.w.request = w.w.request || inserts(name) || strings.HasPrefix(name, "Del") || strings.HasPrefix(name, "Clear")
	case writesHeader(name):
		w.w.request = w.w.request || slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return ofRequest(info.TypeOf(a)) && !w.answers(a) })
	}
	if b := bare(path); b == "log" || b == "log/slog" || b == "fmt" && !strings.Contains(name, "can") {
		return
	}
	// What is given by reference may be filled.
	for _, a := range e.Args {
		if u, ok := ast.Unparen(a).(*ast.UnaryExpr); ok && u.Op == token.AND {
			if id, ok := ast.Unparen(u.X).(*ast.Ident); ok {
				w.w.vars = w.w.vars || packageVar(info.Uses[id])
				continue // or its own
			}
			w.w.state = true
			if v, ok := variableOf(info, u.X).(*types.Var); ok && packageVar(v) {
				w.w.vars = true
			}
		} else if p, ok := types.Unalias(info.TypeOf(a)).(*types.Pointer); ok {
			path, _ := named(p)
			w.w.state = w.w.state || path == "" || w.j.prog.Own(path)
		}
	}
}

// mayWriteRequest notes what a call that is not read may do to the request that
// it is given, or to a part of it. Functions of dependencies are taken to write
// none but those whose names and bodies say so, and functions that are not known
// and yield a bool alone, such as skippers and filters, to read.
func (x *exec) mayWriteRequest(st *state, fn *types.Func, sig *types.Signature, name string, args []val) {
	if x.service != nil {
		return
	}
	given := func(k kind) bool {
		return slices.ContainsFunc(args, func(v val) bool { s, ok := v.(*sym); return ok && s.kind == k })
	}
	if header, values := given(kHeader), given(kValues); (header || values) && writesHeader(name) {
		if header {
			writeAll(st, inHeader)
		}
		if values {
			writeAll(st, inValue)
		}
	}
	if fn != nil && (fn.Pkg() == nil || x.j.std(fn.Pkg().Path())) {
		return
	}
	var r reached
	for _, v := range args {
		r.visit(x, st, v, 0)
	}
	switch {
	case !r.request:
	case fn == nil:
		if sig == nil || !decides(sig) {
			mayHaveWritten(st)
		}
	case x.j.prog.Own(fn.Pkg().Path()):
		if w := x.j.writingOf(fn); w.request || w.unknown {
			mayHaveWritten(st)
		}
	case writesHeader(fn.Name()):
		if d := x.j.decl(fn); d != nil && x.j.writingOf(fn).request {
			mayHaveWritten(st)
		}
	}
}
