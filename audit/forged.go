package audit

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/manifest"
)

// What stands in front of a guard may write what the guard reads: a credential
// that the caller did not send, or a path parameter that is not that of the path.
// Whoever calls is then let in as somebody else. What the caller sent itself may be
// written elsewhere, such as the token of a cookie into Authorization: whoever can
// send it there could have sent it here.

// guardReads are the headers that a guard reads.
var guardReads = []string{"Authorization", "Cookie", "X-Api-Key", "X-User-Token", "Origin", "Sec-Fetch-Site", "Upgrade"}

// forge makes a guarded route conditional where something in front of its guard
// writes what the guard reads.
func (a *audit) forge(r *route) {
	if r.state != manifest.Guarded {
		return
	}
	last := len(r.Chain)
	if r.twin == nil || open(r.twin.Rule) {
		for last > 0 && a.restricted(r.Chain[last-1]) == nil {
			last--
		}
	}
	var unread []wiring.End
	for _, l := range r.Chain[:last] {
		if a.twins.of(a, l.Func) != nil {
			continue
		}
		f := a.forging(l)
		r.forged = append(r.forged, f.found...)
		unread = append(unread, f.unread...)
	}
	switch {
	case len(r.forged) > 0:
		r.state = manifest.Conditional
		r.verdict.State = judge.Conditional
		r.verdict.Evidence = append(r.verdict.Evidence, r.forged...)
	case len(unread) > 0:
		r.state = manifest.Unproven
		r.verdict.State = judge.Unknown
		r.ends = append(r.ends, unread...)
	}
}

// restricted is the twin that a link is, if that denies callers without identity.
func (a *audit) restricted(l *wiring.Link) *Twin {
	if t := a.twins.of(a, l.Func); t != nil && !open(t.Rule) {
		return t
	}
	return nil
}

// forging says where a link writes what a guard behind it reads, and where it was
// not read far enough to tell.
func (a *audit) forging(l *wiring.Link) *forged {
	if known, ok := a.forgings[value.Bare(l.Func)]; ok {
		return known
	}
	f := newForger(a, l.Next)
	f.link(l.Func)
	f.shelved()
	if a.forgings == nil {
		a.forgings = map[value.Value]*forged{}
	}
	a.forgings[value.Bare(l.Func)] = &f.forged
	return &f.forged
}

// forged is what was found of a link.
type forged struct {
	found  []judge.Evidence
	unread []wiring.End
	runs   []*run
}

// run is a place where a handler with a rule runs without it.
type run struct {
	twin *Twin
	fn   *types.Func
	pos  token.Pos
}

// served is the code of a link: that of a function, or of ServeHTTP.
func (a *audit) served(v value.Value) *code {
	named, ok := value.Deref(v).(*value.Named)
	if c := a.code(v); c != nil && (!ok || !a.servesItself(named.Type)) {
		return c
	}
	var t types.Type
	switch v := value.Deref(v).(type) {
	case *value.Struct:
		t = v.Type
	case *value.Named:
		t = v.Type
	}
	if t == nil {
		return nil
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	fn, ok := obj.(*types.Func)
	if !ok {
		return nil
	}
	return a.code(&value.Func{Fn: fn, Recv: v})
}

// forger reads the code of a link.
type forger struct {
	a     *audit
	next  []value.Value // what the link leads to
	seen  map[reading]bool
	busy  map[types.Object]bool // variables whose values are being looked for
	depth int
	// shelves are the places where the request is kept.
	shelves []shelf
	kept    map[types.Object]kind
	forged
}

func newForger(a *audit, next []value.Value) *forger {
	return &forger{a: a, next: next, seen: map[reading]bool{}, busy: map[types.Object]bool{}, kept: map[types.Object]kind{}}
}

// reading is a function with the call that it was read for, if that matters.
type reading struct {
	body ast.Node
	call token.Pos
}

const (
	maxForging  = 12  // calls within calls that are followed
	maxReadings = 400 // functions that are read for one link
	maxGiven    = 6   // how deep functions are looked for in what holds them
)

func (f *forger) say(pos token.Pos, format string, args ...any) {
	e := judge.Evidence{Pos: pos, Text: fmt.Sprintf(format, args...)}
	if !slices.Contains(f.found, e) {
		f.found = append(f.found, e)
	}
}

func (f *forger) doubt(pos token.Pos, why string) {
	if end := (wiring.End{Pos: pos, Why: why}); !slices.Contains(f.unread, end) {
		f.unread = append(f.unread, end)
	}
}

// link reads what a link may be. Of what a dependency made of functions of the
// module, such as middleware of net/http for echo, these are read.
func (f *forger) link(v value.Value) {
	for _, v := range value.Alternatives(v) {
		if c := f.a.served(v); c != nil {
			f.read(c, nil, token.NoPos)
			continue
		}
		if u, ok := value.Bare(v).(*value.Unknown); ok && u.Callee != nil {
			f.maker(u)
		}
	}
}

// maker reads what a call made of functions.
func (f *forger) maker(u *value.Unknown) {
	if c := f.a.code(&value.Func{Fn: u.Callee}); c != nil {
		f.read(c, nil, token.NoPos)
		for _, v := range f.results(f.a.newBody(c, nil), maxGiven).values {
			if _, lit := v.(*closure); !lit && !f.leadsOn(v) {
				f.link(v)
			}
		}
		return
	}
	for _, from := range u.From {
		f.elements(from, maxGiven, func(v value.Value) {
			if f.leadsOn(v) {
				return
			}
			f.link(v)
		})
	}
}

// leadsOn reports whether a function is what the link is to run.
func (f *forger) leadsOn(v value.Value) bool {
	return f.a.twins.of(f.a, v) != nil || slices.Contains(f.next, v)
}

// elements visits the functions and handlers in a value.
func (f *forger) elements(v value.Value, deep int, visit func(value.Value)) {
	if deep == 0 {
		return
	}
	for _, v := range value.Alternatives(v) {
		if f.leadsOn(v) {
			visit(v)
			continue
		}
		switch x := value.Bare(v).(type) {
		case *value.List:
			for _, c := range x.Elems {
				f.elements(c.V, deep-1, visit)
			}
			if x.Open {
				visit(nil)
			}
		case *value.Map:
			for _, e := range x.Entries {
				f.elements(e.Elem.V, deep-1, visit)
			}
			if x.Open {
				visit(nil)
			}
		case *value.Struct:
			if f.a.served(v) != nil {
				visit(v)
				continue
			}
			for _, name := range slices.Sorted(maps.Keys(x.Fields)) {
				f.elements(x.Fields[name].V, deep-1, visit)
			}
		default:
			visit(v)
		}
	}
}

// read looks at a function, as a call that is read gives it what it has.
func (f *forger) read(c *code, e *entry, call token.Pos) {
	r := reading{c.body, call}
	if f.seen[r] || generatedFile(f.a.program.Fset.Position(c.body.Pos()).Filename) {
		return
	}
	if f.depth > maxForging || len(f.seen) > maxReadings {
		f.doubt(c.body.Pos(), "what is written to the request in calls this deep is not followed")
		return
	}
	f.seen[r] = true
	f.depth++
	defer func() { f.depth-- }()
	f.look(f.a.newBody(c, e))
}

// look goes through the code of a function.
func (f *forger) look(b *body) {
	called := map[ast.Expr]bool{}
	assigned := func(l, v ast.Expr) {
		if what := b.written(l, v); what != "" {
			f.say(l.Pos(), "%s, which the guard behind it reads", what)
		}
	}
	ast.Inspect(b.code.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				var v ast.Expr
				if len(n.Lhs) == len(n.Rhs) {
					v = n.Rhs[i]
				}
				assigned(l, v)
				if n.Tok != token.DEFINE {
					f.keeps(b, l, n.Rhs[min(i, len(n.Rhs)-1)], max(0, i-len(n.Rhs)+1))
				}
			}
		case *ast.SendStmt:
			if k := b.of(n.Value); k != 0 {
				f.keptIn(b, n.Chan, k, true, maxGiven)
			}
		case *ast.UnaryExpr:
			if what := b.pointed(n); what != "" {
				f.say(n.Pos(), "%s, which the guard behind it reads", what)
			}
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				assigned(n.Key, nil)
				if n.Value != nil {
					assigned(n.Value, nil)
				}
			}
		case *ast.CompositeLit:
			if name := b.overrides(b.pkg.Info.TypeOf(n)); name != "" {
				f.say(n.Pos(), "the guard behind it is given a context with a %s of its own", name)
			}
		case *ast.CallExpr:
			called[ast.Unparen(n.Fun)] = true
			f.call(b, n)
			f.stores(b, n)
		case *ast.SelectorExpr:
			if what := b.taken(n); what != "" && !called[n] {
				f.say(n.Pos(), "%s, which the guard behind it reads", what)
			}
			f.mentions(b, n.Sel)
		case *ast.Ident:
			f.mentions(b, n)
		}
		return true
	})
}

// mentions notes a handler with a rule that code speaks of.
func (f *forger) mentions(b *body, id *ast.Ident) {
	if fn, ok := b.pkg.Info.Uses[id].(*types.Func); ok {
		f.ruled(fn, id.Pos())
	}
}

// ruled reports whether a function is a handler with a rule, and notes it.
func (f *forger) ruled(fn *types.Func, pos token.Pos) bool {
	fn = fn.Origin()
	t := f.a.twins.byHandler[wiring.FuncName(fn)]
	if t == nil || t.Area || f.a.twins.method(f.a, fn) != nil {
		return false
	}
	if !free(t) && !slices.ContainsFunc(f.runs, func(r *run) bool { return r.twin == t }) {
		f.runs = append(f.runs, &run{t, fn, pos})
	}
	return true
}
