package wiring

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// speech is what a link speaks of, itself and in functions of the module that it
// gives the request.
type speech struct {
	funcs    map[*types.Func]bool
	literals map[*ast.FuncLit]bool
	read     map[ast.Node]bool
	more     bool    // not all was read: it may speak of any
	next     *speech // what it was given to hand the request on to; nil where a chain does that
}

func newSpeech() *speech {
	return &speech{funcs: map[*types.Func]bool{}, literals: map[*ast.FuncLit]bool{}, read: map[ast.Node]bool{}}
}

// maxHeard bounds the functions that are read for what a link speaks of.
const maxHeard = 200

// runsItself reports whether a middleware speaks of the handler that it stands
// in front of, other than through the next ones that it was given.
func (in *interp) runsItself(link value.Value, next []value.Value, handler value.Value) bool {
	f, ok := value.Bare(link).(*value.Func)
	h, isFunc := value.Bare(handler).(*value.Func)
	if !ok || !isFunc || h.Fn != nil && in.sealed(h.Fn) {
		return false
	}
	s := in.speeches[f]
	if s == nil {
		s = newSpeech()
		if len(next) > 0 {
			s.next = newSpeech()
			for _, n := range next {
				s.next.add(n)
			}
		}
		in.speeches[f] = s
		in.hear(s, f)
	}
	return s.more || s.speaksOf(handler)
}

// between reports whether something stands between a link and a handler: what is
// behind it in the chain, or what is not in the chain where it returns.
func between(behind []*Link, link *Link, handler value.Value) bool {
	is := newSpeech()
	is.add(handler)
	return len(link.Next) == 0 || slices.ContainsFunc(behind, func(l *Link) bool { return !is.speaksOf(l.Func) })
}

// givenAs reports whether a function is one to hand the request on to.
func (s *speech) givenAs(v value.Value) bool { return s.next != nil && s.next.speaksOf(v) }

func (s *speech) speaksOf(handler value.Value) bool {
	h, ok := value.Bare(handler).(*value.Func)
	return ok && (h.Fn != nil && s.funcs[h.Fn] || h.Lit != nil && s.literals[h.Lit])
}

// hear notes what a function speaks of.
func (in *interp) hear(s *speech, f *value.Func) {
	fr, body := in.body(f)
	if fr == nil || s.read[body] {
		return
	}
	if s.more = s.more || len(s.read) == maxHeard; s.more {
		return
	}
	s.read[body] = true
	table := func(e ast.Expr) {
		switch ast.Unparen(e).(type) {
		case *ast.Ident, *ast.SelectorExpr:
		default:
			return
		}
		if v := in.tableOf(fr, ast.Unparen(e)); v != nil {
			in.gather(v, Condition{}, maxHeld, map[value.Value]bool{}, func(v value.Value, _ Condition) { s.add(v) })
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			switch obj := fr.pkg.Info.Uses[n].(type) {
			case *types.Func:
				s.funcs[obj.Origin()] = true
			case *types.Var:
				if c := fr.env.Lookup(obj); c != nil && s.next == nil { // else it is told as a next one
					s.add(c.V)
				}
			}
		case *ast.IndexExpr:
			table(n.X)
		case *ast.RangeStmt:
			if n.Value != nil {
				table(n.X)
			}
		case *ast.CallExpr:
			if givesRequest(fr.pkg, n) {
				in.hearCalled(s, fr, n)
			}
		}
		return true
	})
}

// hearCalled is hear for what a call leads to: a function of the module, or what a
// variable or a field holds.
func (in *interp) hearCalled(s *speech, fr *frame, call *ast.CallExpr) {
	var obj types.Object
	around := false // it may be a next one, that something was made of
	fun := ast.Unparen(call.Fun)
	switch e := fun.(type) {
	case *ast.Ident:
		obj = fr.pkg.Info.Uses[e]
	case *ast.SelectorExpr:
		obj = fr.pkg.Info.Uses[e.Sel]
	}
	switch obj := obj.(type) {
	case *types.Func:
		if !in.program.Own(pkgPath(obj)) {
			return
		}
	case *types.Var:
		if !obj.IsField() && !ofPackage(obj) {
			if fr.env.Lookup(obj) == nil {
				return
			}
			around = s.next != nil
		}
	default:
		return
	}
	for _, way := range value.Alternatives(fr.expr(fun)) {
		g, ok := value.Bare(way).(*value.Func)
		if !ok || s.givenAs(g) {
			continue
		}
		if _, isVar := obj.(*types.Var); isVar && !around {
			s.add(g)
		}
		if recv := in.abstract(g.Fn); !recv {
			in.hear(s, g)
			continue
		}
		for _, m := range in.methodsNamed(g.Fn.Name()) {
			in.hear(s, in.function(m))
		}
	}
}

// abstract reports whether a function is a method of an interface.
func (in *interp) abstract(fn *types.Func) bool {
	return fn != nil && fn.Signature().Recv() != nil && types.IsInterface(fn.Signature().Recv().Type())
}

// methodsNamed returns the methods of a name that the program declares.
func (in *interp) methodsNamed(name string) (all []*types.Func) {
	for _, pkg := range in.program.Packages {
		if !in.within[pkg.Path] || !pkg.Own {
			continue
		}
		for _, file := range pkg.Files {
			for _, d := range file.Decls {
				if d, ok := d.(*ast.FuncDecl); ok && d.Recv != nil && d.Name.Name == name {
					if fn, ok := pkg.Info.Defs[d.Name].(*types.Func); ok {
						all = append(all, fn)
					}
				}
			}
		}
	}
	return all
}

func (s *speech) add(v value.Value) {
	if f, ok := value.Bare(v).(*value.Func); ok && !s.givenAs(f) {
		if f.Fn != nil {
			s.funcs[f.Fn] = true
		}
		if f.Lit != nil {
			s.literals[f.Lit] = true
		}
	}
}

// tableOf is the value of a variable around a function, or of a field of one.
func (in *interp) tableOf(fr *frame, table ast.Expr) value.Value {
	switch e := table.(type) {
	case *ast.Ident:
		if v, ok := fr.pkg.Info.Uses[e].(*types.Var); !ok || fr.env.Lookup(v) == nil && !ofPackage(v) {
			return nil
		}
	case *ast.SelectorExpr:
		if root, fields := fieldChain(fr, e); root == nil || !fields || fr.env.Lookup(root) == nil {
			return nil
		}
	}
	return fr.expr(table)
}
