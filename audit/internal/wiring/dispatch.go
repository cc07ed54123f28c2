package wiring

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// dispatch is what the body of a handler does about the path of requests.
type dispatch struct {
	byPath bool         // it looks at the path
	calls  []dispatched // where it looked at the path
	passes []ast.Expr   // functions that it passes the request on to in any case
}

// dispatched is a function that handles requests of some paths.
type dispatched struct {
	fun  ast.Expr
	when Condition
}

// chooser is a handler that may choose among others.
type chooser struct {
	code any // its declaration or literal
	on   any // its receiver or the variables around it
}

const (
	maxInside    = 6    // depth at which handlers are looked for in what a handler holds
	maxCollected = 1000 // handlers of one handler
	maxPassed    = 3    // functions that one passes the request on to
)

// inside returns what a handler of net/http chooses from by itself: handlers in
// collections that it speaks of, and functions that it calls where it looked at
// the path. Past which checks a request comes to each is not followed.
func (in *interp) inside(f *value.Func, depth int) []leaf {
	if f == nil || depth > maxLayers {
		return nil
	}
	if fw, s := shapeOf(in.signature(f)); fw != NetHTTP || s != handlerShape {
		return nil
	}
	key := chooser{code: f.Fn, on: value.Deref(f.Recv)}
	if f.Lit != nil {
		key = chooser{code: f.Lit, on: f.Env}
	}
	leaves, known := in.chosen[key]
	if known {
		return leaves
	}
	in.chosen[key] = nil
	fr, body := in.body(f)
	if fr == nil {
		return nil
	}
	d := in.dispatchOf(fr.pkg, body)
	whole := f.Fn != nil && f.Fn.Name() == "ServeHTTP"
	calls := in.dispatched(f, maxPassed)
	if !d.byPath && !whole && len(calls) == 0 {
		return nil
	}
	end := End{Pos: in.posOf(f), Why: f.Name + " chooses by itself what it runs, and what it checks before is not followed"}
	next := in.nexts(f)
	seen := map[value.Value]bool{}
	add := func(v value.Value, when Condition) {
		if len(leaves) > maxCollected || slices.ContainsFunc(next, func(n value.Value) bool { return same(n, v) }) {
			return
		}
		next = append(next, v)
		for _, l := range in.peel(v, depth+1) {
			l.conditions = append([]Condition{when}, l.conditions...)
			l.guess = append(slices.Clone(l.guess), end)
			leaves = append(leaves, l)
		}
	}
	for _, c := range in.collections(f, fr, body) {
		in.gather(c, condition(Condition{Text: f.Name + " chooses it", Pos: in.posOf(f)}), maxInside, seen, add)
	}
	for _, call := range calls {
		add(call.handler, call.when)
	}
	in.chosen[key] = leaves
	return leaves
}

// choice is a function that a handler calls for requests of some paths.
type choice struct {
	handler *value.Func
	when    Condition
}

// dispatched returns what a function that gets requests, or one that it passes
// them on to, calls where it looked at the path.
func (in *interp) dispatched(f *value.Func, depth int) (all []choice) {
	fr, body := in.body(f)
	if fr == nil || depth == 0 {
		return nil
	}
	d := in.dispatchOf(fr.pkg, body)
	for _, call := range d.calls {
		if fn, ok := fr.expr(call.fun).(*value.Func); ok && fn.Fn != f.Fn {
			all = append(all, choice{fn, call.when})
		}
	}
	for _, e := range d.passes {
		if fn, ok := fr.expr(e).(*value.Func); ok && fn.Fn != nil && fn.Fn != f.Fn {
			all = append(all, in.dispatched(fn, depth-1)...)
		}
	}
	return all
}

// collections returns what a handler speaks of that may hold handlers: fields of
// its receiver, variables around it, and variables of packages.
func (in *interp) collections(f *value.Func, fr *frame, body ast.Node) []value.Value {
	fits := func(v value.Value) bool {
		switch value.Deref(v).(type) {
		case *value.List, *value.Map, *value.Struct, *value.Named:
			return !in.handlerish(v) || v == f.Recv
		}
		return false
	}
	var found []value.Value
	if f.Lit != nil {
		found = in.mentions(fr, body, func(obj types.Object) bool { return f.Env.Lookup(obj) != nil }, fits, 0)
	} else if d := in.program.Decl(f.Fn); f.Recv != nil && d != nil && len(d.Syntax.Recv.List[0].Names) > 0 {
		self := d.Package.Info.Defs[d.Syntax.Recv.List[0].Names[0]]
		found = in.mentions(fr, body, func(obj types.Object) bool { return obj == self }, fits, 2)
		if _, isStruct := value.Deref(f.Recv).(*value.Struct); isStruct { // only the fields that are spoken of
			found = slices.DeleteFunc(found, func(v value.Value) bool { return value.Deref(v) == value.Deref(f.Recv) })
		} else if v := value.Bare(f.Recv); v != nil {
			found = append(found, v)
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := fr.pkg.Info.Uses[id].(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() && in.relevant.vars[v] {
				if c := in.global(v); fits(c.V) {
					found = append(found, c.V)
				}
			}
		}
		return true
	})
	return found
}

// gather calls add for the handlers that a value holds.
func (in *interp) gather(v value.Value, when Condition, depth int, seen map[value.Value]bool, add func(value.Value, Condition)) {
	if depth == 0 {
		return
	}
	one := func(v value.Value, when Condition) {
		for _, way := range value.Alternatives(v) {
			if in.handlerish(way) {
				add(way, when)
			} else if way != nil {
				in.gather(way, when, depth-1, seen, add)
			}
		}
	}
	v = value.Bare(v)
	if v == nil || seen[v] {
		return
	}
	seen[v] = true
	switch x := v.(type) {
	case *value.List:
		for _, c := range x.Elems {
			one(c.V, when)
		}
	case *value.Map:
		for _, e := range x.Entries {
			at := when
			if s, ok := exactString(e.Key); ok {
				at = condition(Condition{Text: "the entry of " + strconv.Quote(s) + " is chosen", Pos: e.Elem.Pos})
			}
			one(e.Elem.V, at)
		}
	case *value.Struct:
		for _, name := range slices.Sorted(maps.Keys(x.Fields)) {
			one(x.Fields[name].V, when)
		}
	}
}

// dispatchOf reads the body of a handler.
func (in *interp) dispatchOf(pkg *program.Package, body ast.Node) *dispatch {
	if d := in.dispatches[body]; d != nil {
		return d
	}
	d := &dispatch{}
	in.dispatches[body] = d
	r := dispatchReader{in: in, pkg: pkg, d: d, ofPath: map[types.Object]bool{}}
	r.read(body, Condition{})
	return d
}

// dispatchReader reads a handler for what it does about the path.
type dispatchReader struct {
	in     *interp
	pkg    *program.Package
	d      *dispatch
	ofPath map[types.Object]bool // variables that hold a part of the path
}

// read notes the calls of a part of the body that is done under a condition on
// the path, if when has words.
func (r *dispatchReader) read(n ast.Node, when Condition) {
	if n == nil {
		return
	}
	ast.Inspect(n, func(at ast.Node) bool {
		switch s := at.(type) {
		case *ast.BlockStmt:
			r.list(s.List, when)
			return false
		case *ast.CaseClause:
			r.list(s.Body, when)
			return false
		case *ast.AssignStmt:
			for _, e := range s.Rhs {
				if r.mentions(e) {
					for _, l := range s.Lhs {
						if id, ok := l.(*ast.Ident); ok {
							r.ofPath[r.pkg.Info.ObjectOf(id)] = true
						}
					}
				}
			}
		case *ast.IfStmt:
			if s.Init != nil {
				r.read(s.Init, when)
			}
			yes, no := when, when
			if r.mentions(s.Cond) {
				yes = condition(Condition{Text: words(s.Cond), Pos: s.Cond.Pos()})
				no = condition(Condition{Text: negated(s.Cond), Pos: s.Cond.Pos()})
			}
			r.read(s.Cond, when)
			r.read(s.Body, yes)
			if s.Else != nil {
				r.read(s.Else, no)
			}
			return false
		case *ast.SwitchStmt:
			r.cases(s, when)
			return false
		case *ast.CallExpr:
			switch f := ast.Unparen(s.Fun).(type) {
			case *ast.CallExpr: // wrap(handler)(w, r)
				if when.Text != "" {
					r.wrapped(f, when)
				}
			default:
				if !r.handles(f) {
					break
				}
				if when.Text != "" {
					r.d.calls = append(r.d.calls, dispatched{f, when})
				} else {
					r.d.passes = append(r.d.passes, f)
				}
			}
		case ast.Expr:
			r.mentions(s)
		}
		return true
	})
}

// wrapped notes the functions that a call wraps.
func (r *dispatchReader) wrapped(call *ast.CallExpr, when Condition) {
	for _, arg := range call.Args {
		switch arg := ast.Unparen(arg).(type) {
		case *ast.CallExpr:
			r.wrapped(arg, when)
		case ast.Expr:
			if r.handles(arg) {
				r.d.calls = append(r.d.calls, dispatched{arg, when})
			}
		}
	}
}

// list reads statements. Behind one that took some requests to handlers and left,
// the others are chosen for the rest.
func (r *dispatchReader) list(stmts []ast.Stmt, when Condition) {
	for _, s := range stmts {
		before := len(r.d.calls)
		r.read(s, when)
		if i, ok := s.(*ast.IfStmt); ok && when.Text == "" && len(r.d.calls) > before && leaves(i.Body) {
			when = condition(Condition{Text: negated(i.Cond), Pos: i.Pos()})
		}
	}
}

func leaves(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	_, ok := b.List[len(b.List)-1].(*ast.ReturnStmt)
	return ok
}

func (r *dispatchReader) cases(s *ast.SwitchStmt, when Condition) {
	if s.Init != nil {
		r.read(s.Init, when)
	}
	ofPath := s.Tag != nil && r.mentions(s.Tag)
	for _, c := range s.Body.List {
		for _, e := range c.(*ast.CaseClause).List {
			ofPath = r.mentions(e) || ofPath
		}
	}
	for _, c := range s.Body.List {
		cc := c.(*ast.CaseClause)
		at := when
		if ofPath {
			var said []string
			for _, e := range cc.List {
				if s.Tag != nil {
					said = append(said, words(s.Tag)+" == "+words(e))
				} else {
					said = append(said, words(e))
				}
			}
			if said == nil {
				said = []string{"no other case"}
			}
			at = condition(Condition{Text: strings.Join(said, " || "), Pos: cc.Pos()})
		}
		r.list(cc.Body, at)
	}
}

// mentions reports whether an expression speaks of the path of a request.
func (r *dispatchReader) mentions(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			switch n.Sel.Name {
			case "Path", "RawPath", "EscapedPath":
				found = found || isType(r.pkg.Info.TypeOf(n.X), "net/url", "URL")
			case "RequestURI":
				found = found || isType(r.pkg.Info.TypeOf(n.X), httpPath, "Request") || isType(r.pkg.Info.TypeOf(n.X), "net/url", "URL")
			}
		case *ast.Ident:
			found = found || r.ofPath[r.pkg.Info.Uses[n]]
		}
		return !found
	})
	r.d.byPath = r.d.byPath || found
	return found
}

// handles reports whether an expression names a function of the module that
// handles requests.
func (r *dispatchReader) handles(e ast.Expr) bool {
	var id *ast.Ident
	switch f := ast.Unparen(e).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return false
	}
	fn, ok := r.pkg.Info.Uses[id].(*types.Func)
	if !ok || !r.in.program.Own(pkgPath(fn)) || fn.Signature().Recv() != nil && types.IsInterface(fn.Signature().Recv().Type()) {
		return false
	}
	p := fn.Signature().Params()
	return p.Len() >= 2 && isType(p.At(0).Type(), httpPath, "ResponseWriter") && isType(p.At(1).Type(), httpPath, "Request")
}
