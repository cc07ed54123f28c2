package audit

import (
	"net/http"
	"slices"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// states reports each registration that does not deny callers without identity,
// unless another finding says so.
func (f *findings) states() {
	for _, r := range f.calls {
		if f.said[r.route] || r.Kind == wiring.Sub {
			continue // of what is mounted, the routes are told of
		}
		d := diagnostic.Diagnostic{Message: r.what(), Suggestion: f.mend(r.route)}
		why, none := f.reasons(r.route), ""
		switch r.state {
		case manifest.Unprotected:
			d.Code = CodeUnprotected
			d.Message += ", and nothing denies callers without identity"
			if r.Kind == wiring.Static || r.Kind == wiring.NoRoute || r.Kind == wiring.NoMethod {
				d.Suggestion = declare
			}
			if r.loose {
				break
			}
			// What is asked about the caller and does not decide.
			for i, e := range why {
				why[i].Text = "nobody is denied here: " + e.Text
			}
		case manifest.Conditional:
			d.Code, none = CodeConditional, "the code does not show which condition"
			d.Message += ", and is protected only under a condition"
			d.Suggestion = "make the middleware deny in every case, " + f.mend(r.route)
			if len(r.forged) > 0 {
				d.Suggestion = "write in front of the guard nothing that it reads but what the caller sent"
			}
		case manifest.Unproven:
			d.Code, none = CodeUnproven, "the trail ends here"
			d.Message += ", and is not proven to be protected"
			if r.verdict.Handler == judge.Denies && r.verdict.State == judge.Open {
				d.Message = r.what() + ", and only the handler itself denies callers without identity, which nothing holds it to"
				d.Suggestion = "state its rule above " + short(r.Name) + " and register its guarded form, or " + declare
			}
		default:
			continue
		}
		switch {
		case r.beside != nil && open(r.beside.Rule):
			d.Message = r.what() + ", and other code runs in its place, of which its rule says nothing"
			d.Suggestion = "register " + r.beside.Method + " by itself, and the other code as a handler with a rule of its own"
		case r.beside != nil:
			d.Message = r.what() + ", and other code runs for callers that its rule denies"
			d.Suggestion = "register nothing in front of " + r.beside.Method + ", and go on after it only for callers that it let in: in gin, if c.IsAborted() { return }"
		}
		if pkg := f.staleTwin(r.route); pkg != "" {
			d.Message = r.what() + ", and the generated file of " + short(pkg) + " is not what its sources give: nothing of it counts as a guard"
			d.Suggestion = "run go generate ./..."
			if f.isMeddled(pkg) {
				d.Message = r.what() + ", and code of " + short(pkg) + " speaks of what is generated there: nothing of it counts as a guard"
				d.Suggestion = "take out what AUTH121 names"
			}
		}
		d.Related = f.evidenceLines(r.route, why, none)
		f.about(r.named(), d)
	}
}

// evidenceLines are the places that a finding about the state of a route rests on:
// the reasons, or none if there are none, and what stands in front of the handler.
func (f *findings) evidenceLines(r *route, why []judge.Evidence, none string) (lines []diagnostic.Related) {
	at := f.registeredAt(r)
	for _, e := range why {
		line := diagnostic.Related{Position: at, Message: f.shortNames(e.Text)}
		if e.Pos.IsValid() {
			line.Position = f.position(e.Pos)
		}
		lines = append(lines, line)
	}
	if len(why) == 0 && none != "" {
		lines = append(lines, diagnostic.Related{Position: at, Message: none})
	}
	lines = append(lines, diagnostic.Related{Position: at, Message: r.chain()})
	if g := r.Group; g.Parent != nil && g.In != nil && g.In != r.In {
		lines = append(lines, diagnostic.Related{Position: f.position(g.Pos), Message: "the group is made here"})
	}
	return lines
}

// registration is a call that registers a route, for one method or for all.
type registration struct {
	*route // for one of the methods
	any    bool
}

// named is the route as findings name it: ANY for what registers all methods.
func (r registration) named() *route {
	if !r.any {
		return r.route
	}
	named, w := *r.route, *r.Route
	w.Method = ""
	named.Route = &w
	return &named
}

// what says what is registered.
func (r registration) what() string {
	name := r.named().String()
	switch r.Kind {
	case wiring.Static:
		return name + " serves files"
	case wiring.NoRoute:
		return "what matches no route of this router runs " + short(r.Name)
	case wiring.NoMethod:
		return "what matches no method of a route runs " + short(r.Name)
	case wiring.Default:
		if len(r.Guess) > 0 || len(r.Conditions) > 0 { // one of several
			return "every path of this server may run " + short(r.Name)
		}
		return "every path of this server runs " + short(r.Name)
	case wiring.Mount:
		return name + " leads to " + short(r.Name)
	}
	return name + " runs " + short(r.handler())
}

// anyMethods is how many methods a framework registers for any, at least.
const anyMethods = 9

// perCall puts the methods of a call that registers them all together, if they
// have the same state, and HEAD with the GET of the same call. It also returns
// for each route where it is.
func perCall(routes []*route) ([]registration, map[*route]int) {
	type key struct {
		program, where, handler string
		router                  *wiring.Router
		order                   int
		state                   manifest.Protection
	}
	index := map[key]int{}
	var calls [][]*route
	for _, r := range routes {
		k := key{r.program, r.Host + r.Path.String(), r.handler(), r.Router, r.Order, r.state}
		i, seen := index[k]
		if !seen {
			i = len(calls)
			index[k] = i
			calls = append(calls, nil)
		}
		calls[i] = append(calls[i], r)
	}
	out, of := make([]registration, 0, len(calls)), make(map[*route]int, len(routes))
	for _, same := range calls {
		get := slices.IndexFunc(same, func(r *route) bool { return r.Method == http.MethodGet })
		for _, r := range same {
			switch {
			case len(same) >= anyMethods && r != same[0]:
				of[r] = len(out) - 1
				continue
			case r.Method == http.MethodHead && get >= 0:
				continue
			}
			of[r] = len(out)
			out = append(out, registration{r, len(same) >= anyMethods})
		}
		for _, r := range same {
			if _, ok := of[r]; !ok {
				of[r] = of[same[get]]
			}
		}
	}
	return out, of
}

// reasons are the places that decide on the state of a route, in words.
func (f *findings) reasons(r *route) []judge.Evidence {
	why := slices.Clone(r.verdict.Evidence)
	if r.state == manifest.Unproven {
		for _, e := range r.ends {
			why = append(why, judge.Evidence{Pos: e.Pos, Text: e.Why})
		}
		if r.Kind == wiring.Mount {
			why = append(why, judge.Evidence{Pos: r.Pos, Text: "the routes inside " + r.Name + " are not read"})
		}
	}
	seen := map[judge.Evidence]bool{}
	return slices.DeleteFunc(why, func(e judge.Evidence) bool {
		dup := seen[e]
		seen[e] = true
		return dup || e.Text == ""
	})
}

// staleTwin is the package of the generated file that declares the handler of a
// route, or middleware in front of it, if that file is stale.
func (f *findings) staleTwin(r *route) string {
	of := func(v value.Value) string {
		fn, ok := value.Bare(v).(*value.Func)
		if !ok || fn.Fn == nil || fn.Fn.Pkg() == nil || !f.twins.stale[fn.Fn.Pkg().Path()] || !generatedFile(f.program.Fset.Position(fn.Fn.Pos()).Filename) {
			return ""
		}
		return fn.Fn.Pkg().Path()
	}
	for _, l := range r.Chain {
		if pkg := of(l.Func); pkg != "" {
			return pkg
		}
	}
	return of(r.Handler)
}

// mend says how to protect a route.
func (f *findings) mend(r *route) string {
	const front = "put middleware in front that denies them, or " + declare
	switch fn, _ := value.Bare(r.Handler).(*value.Func); {
	case r.Router.Default && r.In != nil && !f.program.Own(r.In.Pkg().Path()):
		return "serve a mux of your own instead of http.DefaultServeMux, or " + declare
	case fn == nil:
		return front
	case fn.Fn != nil && f.program.Own(fn.Fn.Pkg().Path()):
		return "state a rule above " + short(r.Name) + " and register its guarded form, " + front
	case fn.Lit != nil && fn.Pkg.Own:
		return "make the handler a function with a rule and register its guarded form, " + front
	}
	return front
}

// declare says how to declare a route public.
const declare = "declare it under public: in authgen.yaml"
