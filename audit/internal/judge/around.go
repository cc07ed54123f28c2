package judge

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// Passing asks of a link what it does for callers that the guard behind it, or
// in it, has not let in.
type Passing struct {
	Link   *wiring.Link
	Method string // of the route, "" for any
	// Next are the handlers of the link's that stand behind their guards.
	Next []value.Value
	// Guards says whether a function is a guard, or needs none, and whether
	// everybody is let in there.
	Guards func(*types.Func) (guards, open bool)
	Open   bool // whether Next let everybody in
	// Given says that the link is middleware: the next handler is what it was
	// given, and what it does after that one is not looked at.
	Given bool
	// Listed says that what stands behind the link is a route of its own, or a
	// router: that an answer has no body says that the link is no route.
	Listed bool
	// Errors says that the link's function is one that answers errors. Only what
	// it answers with a success that stands in the code is told.
	Errors bool
	// Chained says that what is behind the link runs when it returns without
	// having aborted.
	Chained bool
}

// around is a Passing that runs.
type around struct {
	*Passing
	found []Evidence
	told  []Evidence // what middleware answers itself
}

// maxAround bounds the steps of one question.
const maxAround = 4000

// Past returns the places where a link answers, or ends without a denial, for
// callers that have come past no guard, those where middleware answers with a body
// itself and the next handler does not run, and whether it was read to its end.
func (j *Judge) Past(p *Passing) (found, told []Evidence, whole bool) {
	ar := &around{Passing: p}
	x := &exec{
		j: j, framework: p.Link.Framework, routeMethod: p.Method, next: p.Next,
		service: &handling{link: p.Link, method: p.Method, enough: sure, ends: true, around: ar},
		cells:   map[string]*cell{}, wcells: map[*value.Cell]*cell{}, busy: map[string]int{}, ids: j.ids, limit: maxAround,
	}
	defer func() {
		if r := recover(); r != nil {
			if debug {
				panic(r)
			}
			whole = false
		}
	}()
	st := anything(Evidence{})
	st.doubt = nil
	if f, ok := value.Bare(p.Link.Func).(*value.Func); ok && p.Errors {
		x.enterInner(st, p.Link, f)
	} else if p.Chained && p.Link.Framework == wiring.Echo {
		x.enterMiddleware(st, p.Link)
	} else {
		x.enterHandler(st, p.Link)
	}
	return ar.found, ar.told, x.blown == nil
}

// enterMiddleware runs middleware of echo, given the next handler.
func (x *exec) enterMiddleware(st *state, l *wiring.Link) {
	root := &frame{key: "H", cells: map[types.Object]*cell{}, pkg: &program.Package{Info: &types.Info{}}}
	fun := &ast.Ident{Name: l.Name, NamePos: l.Pos}
	call := &ast.CallExpr{Fun: fun, Lparen: l.Pos}
	for _, o := range x.force(st, x.convert(l.Func, l.Name, "link", l.Pos), fun) {
		for _, h := range x.apply(root, o.st, call, o.v, []val{&nextVal{}}) {
			if c, ok := h.v.(*closure); ok {
				x.ended(x.apply(root, h.st, call, c, []val{&sym{key: "echo", kind: kEcho, nonNil: true, text: "c"}}))
			}
		}
	}
}

// add notes a place; of middleware it is only told, unless the handler behind it
// runs too.
func (ar *around) add(e Evidence, only bool) {
	list := &ar.found
	if only {
		list = &ar.told
	}
	if !slices.Contains(*list, e) {
		*list = append(*list, e)
	}
}

// guarded is a call of a guard in a link that is asked about.
func (x *exec) guarded(st *state, fn *types.Func) ([]ev, bool) {
	if x.service == nil || x.service.around == nil {
		return nil, false
	}
	guards, open := x.service.around.Guards(fn.Origin())
	if !guards {
		return nil, false
	}
	if sig := fn.Signature(); sig.Results().Len() == 1 && !isError(sig.Results().At(0).Type()) {
		return one(st, &nextVal{}), true // an area, with what stands behind it
	}
	return x.service.around.passed(x, st, open), true
}

// passed are the ways on from a guard: of callers that it denied, or that it
// cannot deny.
func (ar *around) passed(x *exec, st *state, open bool) []ev {
	if ar.Given || ar.Chained {
		if a := st.answer; a != nil && a.served != nil {
			ar.add(*a.served, x.framework != wiring.Gin)
		}
		return nil
	}
	st.answer = &answer{code: 401}
	st.aborted = st.aborted || x.framework == wiring.Gin && !open
	if x.framework != wiring.Echo {
		return one(st, tuple{})
	}
	return one(st, &sym{key: "guard!", typ: types.Universe.Lookup("error").Type(), nonNil: !open, text: "the error of the guard"})
}

// observed takes note of a call, as observed of exec does for handlers.
func (ar *around) observed(x *exec, fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) (stop bool) {
	if fn != nil && fn.Name() == "ServeHTTP" {
		switch r := recv.(type) {
		case *nextVal, *closure, *ptr, *strct:
			return false // is run
		case *sym:
			if r.kind == kWraps {
				return false
			}
		}
	}
	effect := x.effectOf(fr, st, e, fn, recv, args)
	a := st.answer
	if a != nil && (a.kept || a.served != nil) && effect != noEffect {
		return false
	}
	name := calledName(e, fn)
	code, _ := statusOf(args)
	switch effect {
	case keepsDenial:
		st.answer = &answer{code: code, kept: true}
		return false
	case beginsDenial:
		st.answer = &answer{code: code, frame: fr.key, until: blockEnd(fr, e.Pos())}
		return false
	case sendsDenial:
		st.answer = &answer{code: code}
		return false
	case sendsBody:
		if a != nil && a.frame == fr.key && e.Pos() < a.until {
			return false
		}
		if standsFor(fr.typeOf(e)) {
			return false
		}
	case noEffect:
		return false
	}
	if ar.Errors && (code < 200 || code > 299 || code == 204) {
		return false
	}
	if bodiless := code == 204 || strings.Contains(" Status NoContent AbortWithStatus WriteHeader Flush ", " "+name+" "); bodiless && (ar.Given || ar.Chained || ar.Listed) {
		if ar.Listed {
			st.answer = &answer{code: code}
		}
		return false
	}
	why := Evidence{Pos: e.Pos(), Text: exprText(e.Fun) + " runs for callers that have come past no rule"}
	if ar.Chained {
		st.answer = &answer{served: &why}
		return false
	}
	ar.add(why, ar.Given)
	return true
}

// ended takes the ways to the end of a link.
func (ar *around) ended(x *exec, rs []ev) {
	for _, r := range rs {
		a := r.st.answer
		switch {
		case ar.Errors:
		case ar.Chained:
			if a != nil && a.served != nil {
				ar.add(*a.served, r.st.aborted || ar.Link.Framework == wiring.Echo)
			}
		case ar.Given, a != nil, x.failed(r.st, r.v), isHTTPError(r.v):
		default:
			ar.add(Evidence{Pos: ar.Link.Pos, Text: ar.Link.Name + " can end without having run it, and without a denial"}, false)
		}
	}
}

// standsFor reports whether a value of a type can stand for the response.
func standsFor(t types.Type) bool {
	if t == nil {
		return false
	}
	m, _, _ := types.LookupFieldOrMethod(t, true, nil, "WriteHeader")
	_, ok := m.(*types.Func)
	return ok
}

// isHTTPError reports whether a value is an error that echo answers with.
func isHTTPError(v val) bool {
	s, ok := v.(*sym)
	if !ok || s.typ == nil {
		return false
	}
	path, name := named(s.typ)
	return path == echoPath && name == "HTTPError"
}
