package audit

import (
	"cmp"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/manifest"
)

// route is a registration with what was found out about it.
type route struct {
	*wiring.Route
	program string
	state   manifest.Protection
	// twin guards the handler itself, areas the chain in front of it.
	twin    *Twin
	areas   []*Twin
	raw     *Twin               // of the handler's rule, when the handler is registered without it
	loose   bool                // something else runs, for callers that no rule has let in
	beside  *Twin               // guards the handler, and something else runs without it
	behind  []*Twin             // of the chain and the handler, where something else runs without them
	public  *config.PublicRoute // the entry that declares the route public
	told    []judge.Evidence    // what middleware in front of the guard answers itself
	verdict judge.Verdict
	ends    []wiring.End         // why the route may be another than it seems
	ways    [][]wiring.Condition // that lead to it, where there are several
	forged  []judge.Evidence     // where something in front of the guard writes what that reads
}

// String names the route in findings.
func (r *route) String() string {
	return r.method() + " " + r.Host + r.Path.String()
}

func (r *route) method() string { return cmp.Or(r.Method, "ANY") }

// twins tells generated methods by what declares them.
type twins struct {
	byMethod  map[string]*Twin // package, type and method
	byHandler map[string]*Twin
	stale     map[string]bool
}

func newTwins(cfg Config) *twins {
	t := &twins{byMethod: map[string]*Twin{}, byHandler: map[string]*Twin{}, stale: map[string]bool{}}
	for _, pkg := range cfg.Stale {
		t.stale[pkg] = true
	}
	for i := range cfg.Twins {
		twin := &cfg.Twins[i]
		t.byMethod[twin.Package+"."+twin.Type+"."+twin.Method] = twin
		t.byHandler[twin.Handler] = twin
	}
	return t
}

// names are the names of handlers and of their guarded forms.
func (t *twins) names() map[string]bool {
	names := map[string]bool{}
	for handler, twin := range t.byHandler {
		names[twin.Method] = true
		names[handler[strings.LastIndexByte(handler, '.')+1:]] = true
	}
	return names
}

// method returns the twin that a function is: a method of a generated type,
// declared in the package's generated file.
func (t *twins) method(a *audit, fn *types.Func) *Twin {
	recv := fn.Signature().Recv()
	if recv == nil || fn.Pkg() == nil || t.stale[fn.Pkg().Path()] {
		return nil
	}
	named, ok := types.Unalias(recv.Type()).(*types.Named)
	if !ok {
		return nil
	}
	twin := t.byMethod[fn.Pkg().Path()+"."+named.Obj().Name()+"."+fn.Name()]
	if twin == nil || !generatedFile(a.program.Fset.Position(fn.Pos()).Filename) || !generatedFile(a.program.Fset.Position(named.Obj().Pos()).Filename) {
		return nil
	}
	return twin
}

// generatedFile reports whether a file has a name as the generator gives them:
// auth_gen.go, and with constraints auth_linux_gen.go or auth_gen_x_of.go.
func generatedFile(name string) bool {
	stem, ok := strings.CutSuffix(path.Base(strings.ReplaceAll(name, "\\", "/")), ".go")
	return ok && strings.HasPrefix(stem, "auth_") && (strings.HasSuffix(stem, "_gen") || strings.Contains(stem, "_gen_") && strings.HasSuffix(stem, "_of"))
}

// of returns the twin that a value is a method of, or was made by.
func (t *twins) of(a *audit, v value.Value) *Twin {
	if n, ok := value.Deref(v).(*value.Named); ok && a.servesItself(n.Type) {
		return nil // it need not run what it was made of
	}
	switch v := value.Bare(v).(type) {
	case *value.Func:
		if v.Fn != nil {
			return t.method(a, v.Fn)
		}
	case *value.Unknown:
		if v.Callee != nil {
			return t.method(a, v.Callee)
		}
	}
	return nil
}

// servesItself reports whether a type of the module has a ServeHTTP of its own.
func (a *audit) servesItself(t types.Type) bool {
	m, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	return m != nil && m.Pkg() != nil && a.program.Own(m.Pkg().Path())
}

// rule returns the twin of an annotated handler that a value is itself.
func (t *twins) rule(v value.Value, name string) *Twin {
	switch v := value.Bare(v).(type) {
	case *value.Func:
		if v.Fn == nil {
			return nil
		}
	case *value.Unknown:
		if v.Callee == nil {
			return nil
		}
	default:
		return nil
	}
	return t.byHandler[name]
}

// examine finds out how a route is protected.
func (a *audit) examine(p *wiring.Program, listed *wiring.Route) *route {
	w, why, told := a.loose(listed)
	r := &route{Route: listed, program: p.Path, ends: w.Guess, told: told}
	if r.loose = w != listed; r.loose {
		if r.beside = a.twins.of(a, listed.Handler); r.beside == nil && listed.Handler != nil {
			if rule := a.twins.rule(listed.Handler, listed.Name); free(rule) {
				r.beside = rule
			}
		}
		for _, l := range listed.Chain {
			if twin := a.area(l); twin != nil {
				r.behind = append(r.behind, twin)
			}
		}
	}
	if w.Handler != nil {
		r.twin = a.twins.of(a, w.Handler)
		if r.twin == nil {
			r.raw = a.twins.rule(w.Handler, w.Name)
		}
	}
	var chain []*wiring.Link
	for _, l := range w.Chain {
		if twin := a.area(l); twin != nil {
			r.areas = append(r.areas, twin)
		} else {
			chain = append(chain, l)
		}
	}
	if free(r.raw) {
		r.twin, r.raw = r.raw, nil // its guard does nothing
	}
	r.public = a.publicEntry(r)
	switch {
	case len(w.Around) > 0 && (r.twin == nil || open(r.twin.Rule)):
		r.state, r.ends = manifest.Unproven, w.Around
	case r.twin != nil && !open(r.twin.Rule):
		r.state = manifest.Guarded
	case slices.ContainsFunc(r.areas, func(t *Twin) bool { return !open(t.Rule) }):
		r.state = manifest.Guarded
	case r.twin != nil, len(r.areas) > 0 && r.raw == nil:
		r.state = manifest.Public
	default:
		a.prove(r, w, chain, why)
		if r.state == manifest.Middleware || listed.Kind == wiring.Sub && r.public == nil && r.state != manifest.Unproven {
			if run, why := a.beside(listed); run != listed {
				r.Route = run
				a.prove(r, run, run.Chain, why)
			}
		}
	}
	a.forge(r)
	a.stray(r, p)
	a.swapped(r)
	a.reassign(r)
	return r
}

// prove has a route judged that no rule guards.
func (a *audit) prove(r *route, w *wiring.Route, chain []*wiring.Link, why []judge.Evidence) {
	judged := *w
	judged.Chain = chain
	r.verdict = a.judge.Route(&judged)
	why = append(why, a.ranBefore(&judged, r.verdict)...)
	r.verdict.Evidence = append(why, r.verdict.Evidence...)
	if r.state = r.judged(); r.state != manifest.Middleware && len(w.Around) > 0 {
		r.state, r.ends = manifest.Unproven, w.Around
	}
}

// ranBefore says of a route of gin whose last handler denies, that those which are
// given in front of it have run by then.
func (a *audit) ranBefore(r *wiring.Route, v judge.Verdict) []judge.Evidence {
	if r.Router == nil || r.Router.Framework != wiring.Gin || v.State != judge.Open || v.Handler == judge.Open || len(r.Chain) == 0 {
		return nil
	}
	last := r.Chain[len(r.Chain)-1]
	if last.Pos < r.Pos {
		return nil // it is of the group
	}
	return []judge.Evidence{{Pos: last.Pos, Text: short(last.Name) + " runs before " + short(r.Name) + ", which is the one that looks at the caller"}}
}

// open reports whether a rule lets callers without identity through.
func open(r *manifest.Rule) bool {
	return r == nil || r.Access == "public" || r.Access == "optional"
}

// judged is the state of a route that no rule guards.
func (r *route) judged() manifest.Protection {
	switch r.verdict.State {
	case judge.Denies:
		return manifest.Middleware
	}
	switch {
	case r.public != nil:
		return manifest.Public
	case r.Kind == wiring.Sub && r.verdict.State == judge.Open:
		return manifest.Public // what is left for the mount is the answer to what no route of its router matches
	case r.verdict.State == judge.Conditional:
		return manifest.Conditional
	case r.verdict.State == judge.Unknown, len(r.ends) > 0, r.verdict.Handler != judge.Open, r.Kind == wiring.Mount:
		return manifest.Unproven
	}
	return manifest.Unprotected
}

// publicEntry returns the entry of the settings that declares a route public.
func (a *audit) publicEntry(r *route) *config.PublicRoute {
	for i := range a.settings.Public {
		e := &a.settings.Public[i]
		if e.Matches(r.program, r.method(), r.Host+r.Path.String()) {
			a.publicUsed[e] = true
			return e
		}
	}
	return nil
}

// rule is the rule that the manifest tells of the route: that of the handler
// rather than that of an area around it.
func (r *route) rule() (*manifest.Rule, string) {
	all := r.areas
	if r.twin != nil {
		all = append([]*Twin{r.twin}, all...)
	}
	if len(all) == 0 {
		return nil, ""
	}
	// One that lets everybody through says nothing where another does not.
	t := all[max(0, slices.IndexFunc(all, func(t *Twin) bool { return !open(t.Rule) }))]
	return t.Rule, t.RuleSource
}

// demands is the rule that callers of the route must satisfy: that of the
// handler, and those of the areas around it.
func (r *route) demands() (*manifest.Rule, string) {
	rule, source := r.rule()
	if r.twin == nil || open(rule) {
		return rule, source
	}
	all := *rule
	for _, t := range r.areas {
		if !open(t.Rule) && t.Rule != rule {
			all.Also = append(slices.Clip(all.Also), *t.Rule)
		}
	}
	return &all, source
}

// entry is the route as the manifest holds it.
func (a *audit) entry(r *route) manifest.Route {
	rule, source := r.demands()
	var conditions []string
	for _, c := range r.Conditions {
		if !slices.Contains(conditions, c.Text) {
			conditions = append(conditions, c.Text)
		}
	}
	m := manifest.Route{
		Program: r.program, Method: r.method(), Host: r.Host, Path: r.Path.String(), Framework: string(r.Framework()),
		Handler: r.handler(), Protection: r.state, Rule: rule, RuleSource: source, Chain: []string{},
		Condition: strings.Join(conditions, " && "), Evidence: a.evidence(r), Position: a.place(r.Pos),
	}
	m.Router = number(r.Router.Number)
	m.Registered = strings.TrimSuffix(a.program.Position(r.Pos).Filename+": "+local(r.InName), ": ")
	for _, l := range r.Chain {
		m.Chain = append(m.Chain, l.Name)
	}
	return m
}

// local is the name of a function without its package.
func local(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	_, name, _ = strings.Cut(name, ".")
	return name
}

// handler names what the route leads to: of a twin the handler that it guards.
func (r *route) handler() string {
	if t := cmp.Or(r.twin, r.beside); t != nil {
		return t.Handler
	}
	return r.Name
}

// place returns file:line:column.
func (a *audit) place(pos token.Pos) string { return a.position(pos).String() }

// evidence says in words why a route has its state.
func (a *audit) evidence(r *route) string {
	var said []string
	say := func(pos token.Pos, text string) {
		if file := a.program.Position(pos).Filename; file != "" {
			text = file + ": " + text
		}
		if !slices.Contains(said, text) {
			said = append(said, text)
		}
	}
	switch r.state {
	case manifest.Guarded:
		for _, e := range r.told {
			say(e.Pos, "middleware answers here itself")
		}
		return strings.Join(said, "; ")
	case manifest.Public:
		if r.public != nil {
			return config.FileName + ": " + r.public.Reason
		}
		if r.Kind == wiring.Sub {
			return "the routes of the router that is mounted here are listed by themselves"
		}
		return ""
	}
	for _, e := range r.verdict.Evidence {
		say(e.Pos, e.Text)
	}
	if r.state == manifest.Unproven {
		for _, e := range r.ends {
			say(e.Pos, e.Why)
		}
		if r.Kind == wiring.Mount {
			say(r.Pos, "the routes inside "+r.Name+" are not read")
		}
	}
	return strings.Join(said, "; ")
}

// Framework returns what the route is registered on.
func (r *route) Framework() wiring.Framework { return r.Router.Framework }
