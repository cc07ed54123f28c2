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
// does.
func (a *audit) loose(w *wiring.Route) (*wiring.Route, []judge.Evidence) {
	for i, l := range w.Chain {
		var why []judge.Evidence
		switch {
		case len(l.Next) > 0:
			if a.twins.of(a, w.Handler) == nil {
				continue // the judge runs it
			}
			pos, call := a.goesOn(l)
			if call == "" {
				continue
			}
			why = []judge.Evidence{{Pos: pos, Text: call + " runs for callers that the rule denied too"}}
		case a.twins.of(a, l.Func) != nil:
			continue
		case a.twins.rule(l.Func, l.Name) != nil:
			why = []judge.Evidence{{Pos: l.Pos, Text: l.Name + " runs first, without its rule"}}
		case a.twins.of(a, w.Handler) != nil && a.answersFirst(l):
			why = []judge.Evidence{{Pos: l.Pos, Text: l.Name + " answers first, whoever calls"}}
		default:
			continue
		}
		run := *w
		run.Handler, run.Name, run.Chain = l.Func, l.Name, w.Chain[:i]
		return &run, why
	}
	return w, nil
}

// code is the body of a function of the module.
type code struct {
	pkg  *program.Package
	typ  *ast.FuncType
	body *ast.BlockStmt
	env  *value.Env
}

func (a *audit) code(v value.Value) *code {
	f, ok := value.Bare(v).(*value.Func)
	if !ok {
		return nil
	}
	if f.Lit != nil {
		return &code{f.Pkg, f.Lit.Type, f.Lit.Body, f.Env}
	}
	if d := a.program.Decl(f.Fn); d != nil && d.Package.Own && d.Syntax.Body != nil {
		return &code{d.Package, d.Syntax.Type, d.Syntax.Body, nil}
	}
	return nil
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

// answers are the methods of gin's context that send a body.
var answers = strings.Fields("JSON IndentedJSON SecureJSON JSONP AsciiJSON PureJSON XML YAML TOML ProtoBuf String HTML Data DataFromReader Render File FileFromFS FileAttachment")

// answersFirst reports whether a link of gin sends an answer, whoever calls, and
// never stops the chain: a handler that stands in front of the guard.
func (a *audit) answersFirst(l *wiring.Link) bool {
	c := a.code(l.Func)
	if l.Framework != wiring.Gin || c == nil || len(c.typ.Params.List) != 1 || len(c.typ.Params.List[0].Names) != 1 {
		return false
	}
	param := c.pkg.Info.Defs[c.typ.Params.List[0].Names[0]]
	always := false
	for _, s := range c.body.List {
		e, ok := s.(*ast.ExprStmt)
		if !ok {
			if _, simple := s.(*ast.AssignStmt); simple {
				continue
			}
			break
		}
		if call, ok := e.X.(*ast.CallExpr); ok {
			sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			always = always || ok && slices.Contains(answers, sel.Sel.Name) && c.object(sel.X) == param && param != nil
		}
	}
	if always {
		ast.Inspect(c.body, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if ok && (sel.Sel.Name == "Next" || strings.HasPrefix(sel.Sel.Name, "Abort")) {
				always = false
			}
			return always
		})
	}
	return always
}
