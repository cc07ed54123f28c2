package wiring

import (
	"bytes"
	"cmp"
	"fmt"
	"go/token"
	"os"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
)

// posOf returns where a value was written, as far as it is known.
func (in *interp) posOf(v value.Value) token.Pos {
	switch x := value.Deref(v).(type) {
	case *value.Func:
		if x.Lit != nil {
			return x.Lit.Pos()
		}
		return x.Fn.Pos()
	case *value.Unknown:
		return x.Pos
	case *value.Named:
		return in.posOf(x.V)
	}
	return token.NoPos
}

// place is where a router stands: what is before it on the way of a request.
type place struct {
	links      []*Link
	strip      []*value.Text // prefixes that were taken off the path
	under      *value.Text   // the pattern it is mounted at, nil for none
	host       string
	method     string
	conditions []Condition
	given      []Condition // that hold whenever the server serves
	over       []*Router   // the routers around it
	guess      []End
	context    bool // see Route
}

// finish puts the routers together and lists what they serve.
func (in *interp) finish() *Program {
	in.conditions, in.logs = nil, nil
	in.leading = map[value.Value]bool{}
	in.markMounted()
	given := in.whenServed()
	for i, s := range in.servings {
		again := slices.ContainsFunc(in.servings[:i], func(o serving) bool { return o.handler == s.handler }) // on another port, or in a copy of the server
		for _, l := range in.peel(s.handler, 0) {
			at := place{links: l.links, strip: l.strip, conditions: l.conditions, given: slices.Clone(given[RouterOf(l.handler)]), guess: l.guess, context: in.contextOf(s)}
			if r := RouterOf(l.handler); r != nil {
				if len(l.links) > 0 && !again {
					in.out.Fronts = append(in.out.Fronts, in.alone(&Router{Framework: NetHTTP, Pos: s.pos, Served: true}, s, l))
				}
				if slices.ContainsFunc(in.servings[:i], func(o serving) bool { return RouterOf(o.handler) == r && len(l.links) == 0 }) {
					continue // served on two ports: the same routes
				}
				r.Served = true
				in.expand(r, at)
				continue
			}
			if _, none := l.handler.(*value.Nil); none || again {
				continue
			}
			in.serveAlone(s, l)
		}
	}
	told := map[string]bool{}
	for _, r := range in.out.Routers {
		if r.Framework == NetHTTP && len(in.servings) > 0 && !r.passed {
			if !in.isUnseen(r) {
				continue // a mux that nobody serves answers no request
			}
			r.registrations = slices.DeleteFunc(r.registrations, func(reg *registration) bool {
				return len(reg.path.Parts) == 1 && reg.path.Parts[0].Known == "" // a parameter: there is nothing to tell
			})
		}
		if !r.Served && !r.mounted && !r.Default && r.replaced == nil && len(r.registrations) > 0 {
			if what := in.registered(r); !told[what] {
				told[what] = true
				in.expand(r, place{})
			}
		}
	}
	in.number0()
	in.quiet()
	in.takes()
	slices.SortStableFunc(in.out.Routes, func(a, b *Route) int { return cmp.Compare(a.Order, b.Order) })
	return in.out
}

// registered tells what is registered on a router. One that nobody is seen to
// serve and that is made at the same place with the same routes, in another call,
// is not worth telling again.
func (in *interp) registered(r *Router) string {
	var b strings.Builder
	fmt.Fprint(&b, r.Pos)
	for _, reg := range r.registrations {
		fmt.Fprint(&b, "|", reg.pos, reg.kind, reg.method, reg.host, " ", reg.path, " ", in.nameOf(reg.handler))
		for _, l := range slices.Concat(reg.chain, reg.links) {
			fmt.Fprint(&b, " ", l.Pos, l.Name, len(l.Conditions))
		}
	}
	return b.String()
}

// whenServed returns, of each router that is served, the conditions that all its
// servings have: one of those holds whenever the router is served.
func (in *interp) whenServed() map[*Router][]Condition {
	given := map[*Router][]Condition{}
	for _, s := range in.servings {
		for _, l := range in.peel(s.handler, 0) {
			r := RouterOf(l.handler)
			if r == nil {
				continue
			}
			if have, served := given[r]; served {
				given[r] = slices.DeleteFunc(have, func(c Condition) bool { return !slices.Contains(s.conds, c) })
			} else {
				given[r] = slices.Clone(s.conds)
			}
		}
	}
	return given
}

// contextOf reports whether a server that serves what s does puts values into the
// context of requests.
func (in *interp) contextOf(s serving) bool {
	return slices.ContainsFunc(in.servings, func(o serving) bool {
		return o.context && (o.handler == s.handler || RouterOf(o.handler) != nil && RouterOf(o.handler) == RouterOf(s.handler))
	})
}

// serveAlone lists a server's handler that is no router.
func (in *interp) serveAlone(s serving, l leaf) {
	r := in.newRouter(NetHTTP, s.pos)
	r.Served = true
	in.order++
	in.out.Routes = append(in.out.Routes, in.alone(r, s, l))
}

// alone is the route of what a server is given.
func (in *interp) alone(r *Router, s serving, l leaf) *Route {
	return &Route{
		Router: r, Group: &Group{Router: r, Prefix: known(""), Pos: s.pos}, Path: known("/"), Handler: l.handler, Name: in.nameOf(l.handler),
		Kind: Default, Chain: l.links, Wraps: len(l.links), Adapter: l.adapter,
		Pos: s.pos, Order: in.order, In: s.in, Conditions: l.conditions, Guess: l.guess, Context: in.contextOf(s),
	}
}

// markMounted notes the routers that are reached through others.
func (in *interp) markMounted() {
	for _, r := range in.out.Routers {
		for _, reg := range r.registrations {
			for _, l := range in.peel(reg.handler, 0) {
				if sub := RouterOf(l.handler); sub != nil && sub != r {
					sub.mounted = true
				}
			}
		}
	}
}

// number0 numbers the routers that have routes, in order of creation.
func (in *interp) number0() {
	used := map[*Router]bool{}
	for _, route := range in.out.Routes {
		used[route.Router] = true
	}
	in.out.Routers = slices.DeleteFunc(in.out.Routers, func(r *Router) bool { return !used[r] && len(r.Uses) == 0 })
	for i, r := range in.out.Routers {
		r.Number = i + 1
		for name, c := range r.fields {
			if b, ok := exactBool(c.V); ok {
				r.Settings[name] = b
			}
		}
	}
}

// expand lists the routes of a router that stands at a place.
func (in *interp) expand(r *Router, at place) {
	if slices.Contains(at.over, r) || len(at.over) > 10 {
		return
	}
	over := append(slices.Clone(at.over), r)
	given := append(slices.Clone(at.given), r.Conditions...)
	for _, reg := range r.registrations {
		unmatched := r.Framework == Gin && (reg.kind == NoRoute || reg.kind == NoMethod)
		if unmatched {
			reg.path = known("/*")
		}
		links := slices.Clone(at.links)
		if r.Framework == Echo {
			links = append(links, in.onErrors(r)...)
			links = append(links, r.before...)
		}
		if unmatched { // gin puts together what answers for no route again with every Use
			links = append(links, r.root().Chain...)
		} else {
			links = append(links, reg.chain...)
		}
		with := in.spread(reg)
		links = append(links, with...)
		conds := append(slices.Clone(at.conditions), without(reg.conditions, given)...)
		guess := slices.Clone(at.guess)
		if reg.group.guess {
			guess = append(guess, End{Pos: reg.group.Pos, Why: "the group is passed in by code that is not seen"})
		}
		route := Route{
			Context: at.context,
			Router:  r, Group: reg.group, Method: cmp.Or(reg.method, at.method), Host: cmp.Or(reg.host, at.host), Path: at.path(reg.path, r.Framework),
			Kind: reg.kind, Given: len(with), Pos: reg.pos, Order: reg.order, In: reg.in, Conditions: conds, Guess: guess,
		}
		if reg.in != nil {
			route.InName = funcName(reg.in)
		}
		if reg.handler == nil {
			one := route
			one.Chain, one.Name = in.relative(links, given, reg.conditions), "no handler"
			if one.Kind == Static {
				one.Name = string(Static)
			}
			in.out.Routes = append(in.out.Routes, &one)
			continue
		}
		in.pos = reg.pos
		for _, l := range in.peel(reg.handler, 0) {
			one := route
			one.Conditions = append(slices.Clone(conds), l.conditions...)
			one.Guess = append(slices.Clone(guess), l.guess...)
			one.Chain = in.told(append(in.relative(links, given, one.Conditions), l.links...))
			one.Handler, one.Wraps, one.Adapter = l.handler, len(l.links), l.adapter
			one.Name = in.nameOf(l.handler)
			sub := RouterOf(l.handler)
			for i, link := range one.Chain {
				if between(one.Chain[i+1:], link, l.handler) && in.runsItself(link.Func, link.Next, l.handler) {
					one.Around = append(one.Around, End{Pos: link.Pos, Why: link.Name + " speaks of the handler itself, and may run it past what stands between"})
				}
			}
			one.Around = append(one.Around, in.errorsRun(r, l.handler)...)
			if c := r.fields["HTTPErrorHandler"]; r.Framework == Echo && c != nil {
				one.Errors = &Link{Framework: Echo, Func: c.V, Name: "HTTPErrorHandler", Pos: c.Pos, Errors: value.Alternatives(c.V)}
			}
			if sub == nil {
				if opaqueRouter(l.handler) {
					one.Kind = Mount
				}
				in.out.Routes = append(in.out.Routes, &one)
				continue
			}
			one.Kind = Sub
			in.out.Routes = append(in.out.Routes, &one)
			in.expand(sub, place{
				links: one.Chain, strip: append(slices.Clone(at.strip), l.strip...), under: one.Path, host: one.Host, method: one.Method,
				conditions: one.Conditions, given: given, over: over, guess: one.Guess, context: at.context,
			})
		}
	}
}

// quiet takes away the conditions that are not worth a word where they stand by
// themselves. Links keep theirs: they tell that the middleware may be missing.
func (in *interp) quiet() {
	loud := func(conditions []Condition) []Condition {
		return slices.DeleteFunc(slices.Clone(conditions), func(c Condition) bool { return c.Silent })
	}
	for _, r := range in.out.Routes {
		r.Conditions = loud(r.Conditions)
	}
	for _, r := range in.out.Routers {
		r.Conditions = loud(r.Conditions)
		for _, u := range r.Uses {
			u.Conditions = loud(u.Conditions)
		}
	}
}

// without returns the conditions that are not among others.
func without(conditions, others []Condition) []Condition {
	return slices.DeleteFunc(slices.Clone(conditions), func(c Condition) bool { return slices.Contains(others, c) })
}

// relative returns the links with the conditions that do not already hold
// wherever the router is made or the route is registered.
func (in *interp) relative(links []*Link, router, route []Condition) []*Link {
	out := slices.Clone(links)
	for i, l := range out {
		left := without(without(without(l.Conditions, router), route), in.assumed)
		if len(left) < len(l.Conditions) {
			one := *l
			one.Conditions = left
			out[i] = &one
		}
	}
	return out
}

// path is the path of a request that reaches a route of a router at a place.
func (at place) path(p *value.Text, f Framework) *value.Text {
	if len(at.strip) > 0 {
		return joined(append(slices.Clone(at.strip), p)...)
	}
	if at.under == nil || f != NetHTTP {
		return p
	}
	// A pattern for a whole tree that the mount is a part of serves the mount.
	mount, ok := exact(at.under)
	own, known := exact(p)
	if ok && known && strings.HasSuffix(own, "/") && strings.HasPrefix(mount, own) {
		return at.under
	}
	return p
}

// dependencyInits runs the init functions of dependencies that register on the
// default mux, when that is served.
func (in *interp) dependencyInits() {
	in.markMounted()
	served := in.mux.mounted
	for _, s := range in.servings {
		for _, l := range in.peel(s.handler, 0) {
			served = served || RouterOf(l.handler) == in.mux
		}
	}
	if !served {
		return
	}
	var paths []string
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if seen[path] || path == httpPath {
			return
		}
		seen[path] = true
		imports := in.program.Imports(path)
		for _, p := range imports {
			visit(p)
		}
		if !in.program.Own(path) && slices.Contains(imports, httpPath) {
			paths = append(paths, path)
		}
	}
	visit(in.main.Path)
	for _, path := range paths {
		if in.speaksOfDefaultMux(path) {
			if pkg := in.program.Read(path); pkg != nil {
				in.initialize(pkg)
			}
		}
	}
}

// speaksOfDefaultMux reports whether a package's files call what registers on
// the default mux.
func (in *interp) speaksOfDefaultMux(path string) bool {
	for _, file := range in.program.GoFiles(path) {
		src, err := os.ReadFile(file)
		if err == nil && bytes.Contains(src, []byte("http.Handle")) && bytes.Contains(src, []byte("func init()")) {
			return true
		}
	}
	return false
}
