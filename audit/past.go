package audit

import (
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// guardAt returns how many links stand in front of the first guard of a route,
// 0 for a route without one.
func (a *audit) guardAt(w *wiring.Route) int {
	for i, l := range w.Chain {
		if a.area(l) != nil {
			return i
		}
	}
	if w.Handler != nil && (a.twins.of(a, w.Handler) != nil || free(a.twins.rule(w.Handler, w.Name))) {
		return len(w.Chain)
	}
	return 0
}

// guarded reports whether a guard stands in front of a route, or is its handler.
func (a *audit) guarded(w *wiring.Route) bool {
	return w.Handler != nil && a.twins.of(a, w.Handler) != nil || slices.ContainsFunc(w.Chain, func(l *wiring.Link) bool { return a.area(l) != nil })
}

// area returns the twin that a link is, nil if it is none or may be missing.
func (a *audit) area(l *wiring.Link) *Twin {
	if twin := a.twins.of(a, l.Func); twin != nil && len(l.Conditions) == 0 && (twin.Area || len(l.Next) > 0) {
		return twin
	}
	return nil
}

// free reports whether a handler may run without its guard, since that does
// nothing.
func free(t *Twin) bool {
	return t != nil && t.Rule != nil && t.Rule.Access == "public" && t.Rule.Audit == ""
}

// asked is what was found of a link that stands in front of a guard.
type asked struct {
	found, told []judge.Evidence
	whole       bool
}

// askedOf tells links apart: one may stand in front of many routes.
type askedOf struct {
	link   value.Value
	method string
	next   value.Value // the only one, nil for none
	open   bool
	errors bool
	listed bool // see answers
}

// past asks what the i-th link of a route does for callers that have come past no
// rule.
func (a *audit) past(w *wiring.Route, i int) asked {
	l := w.Chain[i]
	if u, ok := value.Bare(l.Func).(*value.Unknown); ok && len(l.Next) == 0 && l.Framework == wiring.Gin && wraps(u) {
		inner := *l
		inner.Framework, inner.Func = wiring.NetHTTP, u.From[0]
		l = &inner
	}
	if !a.judge.Readable(l.Func) && !a.wrapsOwn(l) {
		return asked{whole: true} // of a dependency
	}
	p := &judge.Passing{Link: l, Method: w.Method, Guards: a.guards, Given: a.given(l), Chained: len(l.Next) == 0}
	if twin := a.twins.of(a, w.Handler); twin == nil || open(twin.Rule) {
		p.Open = i == a.guardAt(w)-1 && a.area(l) == nil
	}
	behind := []value.Value{w.Handler}
	for _, b := range w.Chain[i+1:] {
		behind = append(behind, b.Func)
	}
	for _, n := range l.Next {
		if value.Bare(n) != value.Bare(l.Func) && a.leadsOn(n, behind) {
			p.Next = append(p.Next, n)
		}
	}
	if len(p.Next) > 1 {
		found, told, whole := a.judge.Past(p)
		return asked{found, told, whole}
	}
	key := askedOf{link: l.Func, method: w.Method, open: p.Open}
	if len(p.Next) > 0 {
		key.next = p.Next[0]
	}
	known, ok := a.asked[key]
	if !ok {
		known.found, known.told, known.whole = a.judge.Past(p)
		a.asked[key] = known
	}
	return known
}

// answersErrors returns where a function that middleware was given answers an
// error with a success.
func (a *audit) answersErrors(l *wiring.Link, method string) token.Pos {
	for _, f := range l.Errors {
		if !a.judge.Readable(f) {
			continue
		}
		key := askedOf{link: f, method: method, errors: true}
		known, ok := a.asked[key]
		if !ok {
			one := *l
			one.Func = f
			known.found, _, known.whole = a.judge.Past(&judge.Passing{Link: &one, Method: method, Guards: a.guards, Errors: true})
			a.asked[key] = known
		}
		if len(known.found) > 0 {
			return known.found[0].Pos
		}
	}
	return token.NoPos
}

// wrapsOwn reports whether a link is middleware of net/http of the module that echo
// runs.
func (a *audit) wrapsOwn(l *wiring.Link) bool {
	u, ok := value.Bare(l.Func).(*value.Unknown)
	return ok && u.Callee != nil && len(u.From) == 1 && wiring.FuncName(u.Callee) == "github.com/labstack/echo/v4.WrapMiddleware" && a.judge.Readable(u.From[0])
}

// wraps reports whether a value is a handler of net/http that gin runs.
func wraps(u *value.Unknown) bool {
	if u.Callee == nil || len(u.From) != 1 {
		return false
	}
	name := wiring.FuncName(u.Callee)
	return name == "github.com/gin-gonic/gin.WrapF" || name == "github.com/gin-gonic/gin.WrapH"
}

// leadsOn reports whether a handler that a link holds comes to the guard and to
// nothing else: what stands behind the link in the chain, a guard, a router,
// whose routes are listed, or what a dependency made of one of these.
func (a *audit) leadsOn(v value.Value, behind []value.Value) bool {
	if a.twins.of(a, v) != nil || slices.Contains(behind, v) {
		return true
	}
	switch v := value.Bare(v).(type) {
	case *wiring.Router, *wiring.Group:
		return true
	case *value.Unknown:
		return v.Callee != nil && v.Callee.Pkg() != nil && !a.program.Own(v.Callee.Pkg().Path()) &&
			slices.ContainsFunc(v.From, func(from value.Value) bool { return a.leadsOn(from, behind) })
	}
	return false
}

// guards says whether a function is a guard, or a handler that needs none, and
// whether everybody is let in there.
func (a *audit) guards(fn *types.Func) (guards, everybody bool) {
	if twin := a.twins.method(a, fn); twin != nil {
		return true, open(twin.Rule)
	}
	if free(a.twins.byHandler[wiring.FuncName(fn)]) {
		return true, true
	}
	return false, false
}

// given reports whether a link is middleware: it holds the next handler in a
// parameter, or a field, that is a handler.
func (a *audit) given(l *wiring.Link) bool {
	holds := func(v value.Value) bool {
		return slices.ContainsFunc(value.Alternatives(v), func(v value.Value) bool {
			return slices.ContainsFunc(l.Next, func(n value.Value) bool { return n == v })
		})
	}
	f, ok := value.Bare(l.Func).(*value.Func)
	if !ok {
		f = &value.Func{Recv: l.Func}
	}
	for env := f.Env; env != nil; env = env.Outer {
		for obj, c := range env.Vars {
			if v, ok := obj.(*types.Var); ok && v.Kind() == types.ParamVar && c != nil && handles(v.Type()) && holds(c.V) {
				return true
			}
		}
	}
	if s, ok := value.Bare(f.Recv).(*value.Struct); ok && f.Recv != nil {
		if t, ok := s.Type.Underlying().(*types.Struct); ok {
			for v := range t.Fields() {
				if c := s.Fields[v.Name()]; c != nil && handles(v.Type()) && holds(c.V) {
					return true
				}
			}
		}
	}
	return false
}

// handles reports whether a type is a function or http.Handler.
func handles(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Interface:
		return u.NumMethods() == 1 && u.Method(0).Name() == "ServeHTTP"
	}
	return false
}
