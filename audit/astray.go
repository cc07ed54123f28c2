package audit

import (
	"slices"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/manifest"
)

// stray makes a route unproven whose handler code takes from the framework: it may
// run it without the chain in front. A handler that is guarded itself stays so.
func (a *audit) stray(r *route, p *wiring.Program) {
	own := r.twin != nil && !open(r.twin.Rule)
	if r.state != manifest.Middleware && (r.state != manifest.Guarded || own) {
		return
	}
	astray := func(why wiring.End, left []*wiring.Link) bool {
		if a.stops(r, left) {
			return false
		}
		r.state = manifest.Unproven
		r.verdict.State = judge.Unknown
		r.ends = append(r.ends, why)
		return true
	}
	for i, l := range r.Chain {
		if l.Asks && astray(wiring.End{Pos: l.Pos, Why: l.Name + " asks for the handler of a route, and may run it past what stands between"}, r.Chain[:i+1]) {
			return
		}
	}
	switch {
	case r.Framework() == wiring.Gin && len(p.Walks) > 0:
		astray(p.Walks[0], nil)
	case r.Framework() == wiring.NetHTTP && len(p.Takes) > 0:
		astray(p.Takes[0], nil)
	case r.Framework() == wiring.Echo && len(p.Finds) > 0:
		astray(p.Finds[0], slices.DeleteFunc(slices.Clone(r.Chain), func(l *wiring.Link) bool { return l.All }))
	}
}

// again makes routes unproven whose middleware a link may satisfy for the caller: it
// runs a router once more with a request that it has written.
func (a *audit) again() {
	for _, why := range a.judge.Again() {
		runs := a.ranAgain(why)
		for _, r := range a.routes {
			if r.state == manifest.Middleware && runs[r.Router] {
				r.state = manifest.Unproven
				r.verdict.State = judge.Unknown
				r.ends = append(r.ends, wiring.End{Pos: why.Pos, Why: why.Text})
			}
		}
	}
}

// ranAgain are the routers that may be run so: all of a framework, with those that
// handlers of theirs may lead to, in the programs that hold the code.
func (a *audit) ranAgain(why judge.Again) map[*wiring.Router]bool {
	of := ""
	if pkg := a.program.PackageAt(why.Pos); pkg != nil {
		of = pkg.Path
	}
	holds := func(r *route) bool {
		return of == "" || r.program == of || !a.program.Own(r.program) || a.program.Reaches(r.program, of)
	}
	runs := map[*wiring.Router]bool{}
	for _, r := range a.routes {
		if holds(r) && (why.Framework == "" || why.Framework == r.Framework() || !r.Router.Apart()) {
			runs[r.Router] = true
		}
	}
	for more := true; more; {
		more = false
		for _, r := range a.routes {
			if sub := wiring.RouterOf(r.Handler); sub != nil && runs[r.Router] && !runs[sub] {
				runs[sub], more = true, true
			}
		}
	}
	return runs
}

// swapped makes a route of gin unproven whose last handler is an Area, behind which
// nothing runs, where the call gives another handler in front of it: that seems to
// be the one which was to be guarded.
func (a *audit) swapped(r *route) {
	if r.state != manifest.Guarded || r.Framework() != wiring.Gin || r.twin == nil || !r.twin.Area || len(r.Chain) == 0 {
		return
	}
	last := r.Chain[len(r.Chain)-1]
	if r.Given == 0 || a.restricted(last) != nil {
		return // it is of the group, or a guard as well
	}
	r.state = manifest.Unproven
	r.verdict.State = judge.Unknown
	r.ends = append(r.ends, wiring.End{Pos: last.Pos, Why: last.Name + " runs before " + short(r.twin.Handler) + ", behind which nothing runs"})
}

// stops reports whether the handler of a route is still not reached where only
// some of its chain runs.
func (a *audit) stops(r *route, left []*wiring.Link) bool {
	if r.state == manifest.Guarded {
		return slices.ContainsFunc(left, func(l *wiring.Link) bool { t := a.area(l); return t != nil && !open(t.Rule) })
	}
	judged := *r.Route
	judged.Chain = slices.DeleteFunc(slices.Clone(left), func(l *wiring.Link) bool { return a.area(l) != nil })
	return a.judge.Route(&judged).State == judge.Denies
}
