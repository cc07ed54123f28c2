package audit

import (
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// beside returns the handler of a route without a guard where that answers itself as
// well as running another handler, with why, and the route itself for others.
// Middleware may answer itself: it is told apart by what it was given.
func (a *audit) beside(w *wiring.Route) (run *wiring.Route, why []judge.Evidence) {
	if w.Handler != nil && a.twins.rule(w.Handler, w.Name) != nil {
		return w, nil // runs without its guard, which is told
	}
	for i := len(w.Chain) - w.Wraps; i < len(w.Chain); i++ {
		l := w.Chain[i]
		if len(l.Next) == 0 || l.Adapts || !a.judge.Readable(l.Func) || ownShape(l.Func) || a.given(l) {
			continue
		}
		asked := a.answers(l, w.Method)
		if len(asked.found) == 0 && asked.whole {
			continue
		}
		run := *w
		run.Handler, run.Name, run.Chain, run.Wraps = l.Func, l.Name, w.Chain[:i], 0
		if run.Kind == wiring.Sub {
			run.Kind = wiring.Plain
		}
		for _, e := range asked.found {
			why = append(why, judge.Evidence{Pos: e.Pos, Text: l.Name + " answers here itself"})
		}
		if len(why) == 0 {
			run.Around = []wiring.End{{Pos: l.Pos, Why: l.Name + " was not read to its end: it may answer itself"}}
		}
		return &run, why
	}
	return w, nil
}

// ownShape reports whether a link is a function of the program's own shape, that
// says by its result what is to be answered.
func ownShape(link value.Value) bool {
	f, ok := value.Bare(link).(*value.Func)
	if !ok {
		return false // has a method ServeHTTP
	}
	var t types.Type
	switch {
	case f.Lit != nil:
		t = f.Pkg.Info.TypeOf(f.Lit)
	case f.Recv != nil:
		t = types.NewSignatureType(nil, nil, nil, f.Fn.Signature().Params(), f.Fn.Signature().Results(), false)
	default:
		t = f.Fn.Signature()
	}
	framework, _ := routers.Handler(t)
	return framework == ""
}

// answers asks what a link does besides running the handlers that it holds.
func (a *audit) answers(l *wiring.Link, method string) asked {
	key := askedOf{link: l.Func, method: method, listed: true}
	known, ok := a.asked[key]
	if !ok {
		next := slices.DeleteFunc(slices.Clone(l.Next), func(n value.Value) bool { return value.Bare(n) == value.Bare(l.Func) })
		known.found, known.told, known.whole = a.judge.Past(&judge.Passing{Link: l, Method: method, Next: next, Guards: a.guards, Listed: true})
		a.asked[key] = known
	}
	return known
}
