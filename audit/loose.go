package audit

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/cfg"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// loose returns what runs for callers that the twin of a route has not denied:
// a handler in front of it, or the closure that calls it and goes on. It
// returns the route that leads there and why, and the route itself where nothing
// does, with what middleware in front answers itself.
func (a *audit) loose(w *wiring.Route) (run *wiring.Route, why, told []judge.Evidence) {
	guard := a.guardAt(w)
	for i, l := range w.Chain {
		why = nil
		var unread []wiring.End
		switch {
		case len(l.Next) > 0:
			if i >= guard {
				continue // the judge runs it, or the guard stands in front
			}
			if a.twins.of(a, w.Handler) != nil {
				if pos, call := a.goesOn(l); call != "" {
					why = []judge.Evidence{{Pos: pos, Text: call + " runs for callers that the rule denied too"}}
					break
				}
			}
			past := a.past(w, i)
			told = append(told, past.told...)
			front := i < len(w.Chain)-w.Wraps // of the router: what it answers itself is a route of its own
			if front {
				told = append(told, past.found...)
			}
			switch {
			case len(past.found) > 0 && !front:
				why = past.found
			case len(a.forging(l).runs) > 0:
				return a.runsRaw(w, i)
			case past.whole, front, a.given(l):
				continue
			default:
				unread = []wiring.End{{Pos: l.Pos, Why: l.Name + " was not read to its end: it may answer callers that come past no rule"}}
			}
		case a.twins.of(a, l.Func) != nil:
			continue
		case a.twins.rule(l.Func, l.Name) != nil:
			why = []judge.Evidence{{Pos: l.Pos, Text: l.Name + " runs first, without its rule"}}
		case len(l.Runs) > 0:
			name := wiring.FuncName(value.Bare(l.Runs[0]).(*value.Func).Fn)
			run := *w
			run.Handler, run.Name, run.Chain = l.Runs[0], name, w.Chain[:i]
			return &run, []judge.Evidence{{Pos: l.Pos, Text: l.Name + " runs " + name + ", without its rule"}}, nil
		case i < guard:
			if l.Swaps {
				unread = []wiring.End{{Pos: l.Pos, Why: l.Name + " sets another handler for the route"}}
				break
			}
			if twin := a.twins.of(a, w.Handler); l.Asks && guard < len(w.Chain) && (twin == nil || open(twin.Rule)) {
				unread = []wiring.End{{Pos: l.Pos, Why: l.Name + " asks for the handler of a route, and may run it past what stands between"}}
				break
			}
			if pos := a.answersErrors(l, w.Method); pos.IsValid() {
				unread = []wiring.End{{Pos: pos, Why: l.Name + " was given what answers errors with a success"}}
				break
			}
			if len(a.forging(l).runs) > 0 {
				return a.runsRaw(w, i)
			}
			past := a.past(w, i)
			told = append(told, past.told...)
			if len(past.found) == 0 {
				continue
			}
			why = []judge.Evidence{{Pos: past.found[0].Pos, Text: l.Name + " answers first, whoever calls"}}
		default:
			continue
		}
		run := *w
		run.Handler, run.Name, run.Chain, run.Around = l.Func, l.Name, w.Chain[:i], unread
		return &run, why, nil
	}
	if w.Errors != nil && a.guarded(w) {
		if pos := a.answersErrors(w.Errors, w.Method); pos.IsValid() {
			run := *w
			run.Handler, run.Name, run.Chain = w.Errors.Func, w.Errors.Name, nil
			run.Around = []wiring.End{{Pos: pos, Why: w.Errors.Name + " answers errors with a success"}}
			return &run, nil, nil
		}
	}
	return w, nil, told
}

// runsRaw is what a link leads to that runs a handler with a rule, through what it
// calls.
func (a *audit) runsRaw(w *wiring.Route, i int) (run *wiring.Route, why, told []judge.Evidence) {
	l := w.Chain[i]
	first := a.forging(l).runs[0]
	name := wiring.FuncName(first.fn)
	raw := *w
	raw.Handler, raw.Name, raw.Chain = &value.Func{Fn: first.fn}, name, w.Chain[:i]
	return &raw, []judge.Evidence{{Pos: first.pos, Text: l.Name + " runs " + name + ", without its rule"}}, nil
}

// code is the body of a function of the module.
type code struct {
	pkg  *program.Package
	typ  *ast.FuncType
	body *ast.BlockStmt
	env  *value.Env
	recv value.Value  // of a method, nil when it is not known
	self types.Object // that it calls it
	// outer is the function around a literal that is read by itself, bound what
	// parameters are given.
	outer *body
	bound map[types.Object]*held
}

func (a *audit) code(v value.Value) *code {
	f, ok := value.Bare(v).(*value.Func)
	if !ok {
		return nil
	}
	if f.Lit != nil {
		return &code{pkg: f.Pkg, typ: f.Lit.Type, body: f.Lit.Body, env: f.Env}
	}
	if d := a.program.Decl(f.Fn); d != nil && d.Package.Own && d.Syntax.Body != nil {
		return &code{pkg: d.Package, typ: d.Syntax.Type, body: d.Syntax.Body, recv: f.Recv, self: self(d)}
	}
	return nil
}

// self is the variable that a method calls its receiver by, nil for none.
func self(d *program.Decl) types.Object {
	if d.Syntax.Recv == nil || len(d.Syntax.Recv.List) == 0 || len(d.Syntax.Recv.List[0].Names) == 0 {
		return nil
	}
	return d.Package.Info.Defs[d.Syntax.Recv.List[0].Names[0]]
}

// goesOn returns the first call of a function that calls a twin that runs after
// it for callers that the twin denied, "" if there is none. Middleware of
// net/http that was given the twin as the next handler may do so.
func (a *audit) goesOn(l *wiring.Link) (token.Pos, string) {
	c := a.code(l.Func)
	if c == nil {
		return token.NoPos, ""
	}
	graph := cfg.New(c.body, func(*ast.CallExpr) bool { return true })
	for _, b := range graph.Blocks {
		for i, n := range b.Nodes {
			call := a.twinCall(c, n, l.Framework)
			if call == nil {
				continue
			}
			w := walk{a: a, c: c, from: call.End(), seen: map[*cfg.Block]bool{}, context: c.object(call.Args...), denied: c.assigned(n)}
			w.nodes(b.Nodes[i : i+1])
			w.from = token.NoPos
			w.nodes(b.Nodes[i+1:])
			w.after(b)
			for _, d := range deferred(c.body) {
				w.nodes([]ast.Node{d.Call})
			}
			if w.found != nil {
				return w.found.Pos(), types.ExprString(w.found.Fun)
			}
		}
	}
	return token.NoPos, ""
}

// twinCall returns the call of a twin in a node, nil if there is none.
func (a *audit) twinCall(c *code, n ast.Node, framework wiring.Framework) (found *ast.CallExpr) {
	if _, ok := n.(*ast.DeferStmt); ok {
		return nil
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && found == nil && a.callsTwin(c, call, framework) {
			found = call
		}
		return found == nil
	})
	return found
}

func (a *audit) callsTwin(c *code, call *ast.CallExpr, framework wiring.Framework) bool {
	switch obj := c.callee(call).(type) {
	case *types.Func:
		return a.twins.method(a, obj.Origin()) != nil
	case *types.Var:
		if c.env == nil || framework == wiring.NetHTTP {
			return false
		}
		held := c.env.Lookup(obj)
		return held != nil && slices.ContainsFunc(value.Alternatives(held.V), func(v value.Value) bool { return a.twins.of(a, v) != nil })
	}
	return false
}

// callee is the function, or the variable that holds it, that a call names.
func (c *code) callee(call *ast.CallExpr) types.Object {
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return c.pkg.Info.Uses[f]
	case *ast.SelectorExpr:
		return c.pkg.Info.Uses[f.Sel]
	case *ast.IndexExpr: // a generic function
		if id, ok := ast.Unparen(f.X).(*ast.Ident); ok {
			fn, _ := c.pkg.Info.Uses[id].(*types.Func)
			if fn != nil {
				return fn
			}
		}
	}
	return nil
}

// object is the variable that the first of the expressions is.
func (c *code) object(es ...ast.Expr) types.Object {
	if len(es) == 0 {
		return nil
	}
	if id, ok := ast.Unparen(es[0]).(*ast.Ident); ok {
		return c.pkg.Info.ObjectOf(id)
	}
	return nil
}

// assigned is the variable that a statement, and no other, gives the error of a
// twin.
func (c *code) assigned(n ast.Node) types.Object {
	s, ok := n.(*ast.AssignStmt)
	if !ok || len(s.Lhs) != 1 {
		return nil
	}
	obj := c.object(s.Lhs[0])
	if obj == nil || obj.Name() == "_" {
		return nil
	}
	ast.Inspect(c.body, func(n ast.Node) bool {
		if other, ok := n.(*ast.AssignStmt); ok && other != s {
			for _, l := range other.Lhs {
				if c.object(l) == obj {
					s = nil
				}
			}
		}
		return s != nil
	})
	if s == nil {
		return nil
	}
	return obj
}

func deferred(body *ast.BlockStmt) (all []*ast.DeferStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			all = append(all, d)
		}
		_, lit := n.(*ast.FuncLit)
		return !lit
	})
	return all
}

// walk looks for calls on the way of a caller that a twin denied.
type walk struct {
	a       *audit
	c       *code
	from    token.Pos // calls before do not count
	seen    map[*cfg.Block]bool
	context types.Object // what the twin was given
	denied  types.Object // its error
	found   *ast.CallExpr
}

// after follows what a block leads to.
func (w *walk) after(b *cfg.Block) {
	next := b.Succs
	if len(next) == 2 && len(b.Nodes) > 0 {
		switch w.says(b.Nodes[len(b.Nodes)-1]) {
		case token.EQL:
			next = next[:1]
		case token.NEQ:
			next = next[1:]
		}
	}
	for _, b := range next {
		if !w.seen[b] && w.found == nil {
			w.seen[b] = true
			w.nodes(b.Nodes)
			w.after(b)
		}
	}
}

// says tells whether a condition holds for those who were denied: EQL where it
// does, NEQ where it does not.
func (w *walk) says(n ast.Node) token.Token {
	e, ok := n.(ast.Expr)
	if !ok {
		return token.ILLEGAL
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			switch w.says(e.X) {
			case token.EQL:
				return token.NEQ
			case token.NEQ:
				return token.EQL
			}
		}
	case *ast.CallExpr:
		sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
		if ok && sel.Sel.Name == "IsAborted" && w.context != nil && w.c.object(sel.X) == w.context {
			return token.EQL
		}
	case *ast.BinaryExpr:
		if w.denied == nil || w.c.object(e.X) != w.denied || !w.c.pkg.Info.Types[e.Y].IsNil() {
			break
		}
		switch e.Op {
		case token.NEQ:
			return token.EQL
		case token.EQL:
			return token.NEQ
		}
	}
	return token.ILLEGAL
}

// nodes looks for calls that count.
func (w *walk) nodes(ns []ast.Node) {
	for _, n := range ns {
		if _, ok := n.(*ast.DeferStmt); ok {
			continue
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && w.found == nil && call.Pos() >= w.from && w.counts(call) {
				w.found = call
			}
			return w.found == nil
		})
	}
}

// harmless are methods of what frameworks give a handler that answer nobody.
var harmless = []string{"Next", "Status", "Size", "Written", "Query", "Param", "Header", "ClientIP", "FullPath", "Context", "Value", "Error", "Set", "Path", "Response", "Request"}

// counts says whether a call may do what only callers whom the rule lets in
// should have done: it is given the request or the response, or is of the
// module.
func (w *walk) counts(call *ast.CallExpr) bool {
	info := w.c.pkg.Info
	if tv := info.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() {
		return false
	}
	if _, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		return false // its body is looked at
	}
	if w.a.callsTwin(w.c, call, wiring.Gin) {
		return false
	}
	fn, ok := w.c.callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || w.a.program.Own(fn.Pkg().Path()) {
		return !ok || fn.Pkg() != nil
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && serving(info.TypeOf(sel.X)) {
		name := fn.Name()
		return !strings.HasPrefix(name, "Abort") && !strings.HasPrefix(name, "Get") && !strings.HasPrefix(name, "Is") && !slices.Contains(harmless, name)
	}
	return slices.ContainsFunc(call.Args, func(e ast.Expr) bool { return serving(info.TypeOf(e)) })
}

// serving says whether a value of a type can answer a request.
func serving(t types.Type) bool {
	if t == nil {
		return false
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, ok := t.(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return false
	}
	switch n.Obj().Name() {
	case "Context":
		return n.Obj().Pkg().Path() != "context"
	case "ResponseWriter", "Response", "Request":
		return true
	}
	return false
}
