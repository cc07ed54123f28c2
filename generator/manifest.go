package generator

import (
	"cmp"
	"maps"
	"path"
	"slices"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/manifest"
)

// makeManifest lists every annotated handler of the build that the settings
// name, and the routes that they declare.
func (g *generation) makeManifest() {
	b := g.config.Build
	tags := append([]string{}, b.Tags...)
	slices.Sort(tags)
	m := &manifest.Manifest{
		Schema: manifest.Schema, Module: g.module.path,
		Build:  manifest.Build{GOOS: goos(b), GOARCH: goarch(b), Tags: tags},
		Routes: []manifest.Route{}, Handlers: []manifest.Handler{}, Roles: []string{}, Permissions: []string{}, Skipped: []manifest.Skipped{},
	}
	g.manifest = m
	skipped := map[string]bool{}
	for _, h := range g.handlers {
		if h.source.test() {
			continue
		}
		if !g.built(h.source.constraint) {
			skipped[h.source.path] = true
			continue
		}
		r := manifestRule(h.rule)
		entry := manifest.Handler{
			Handler: h.String(), Framework: h.framework, Rule: r, RuleSource: h.source.path, Demands: demandSources(h),
		}
		if h.note != nil {
			for _, route := range h.note.Routes {
				entry.Routes = append(entry.Routes, route.Pattern)
				m.Routes = append(m.Routes, manifest.Route{
					Method: cmp.Or(route.Method, "ANY"), Host: route.Host, Path: route.Path, Framework: h.framework,
					Handler: h.String(), Protection: protection(h.rule), Rule: r, RuleSource: h.source.path, Chain: []string{},
				})
			}
		}
		m.Handlers = append(m.Handlers, entry)
		g.noteNames(m, h.rule.sets)
		g.noteFrontier(m, h.rule.sets)
	}
	g.noteRules(m)
	for _, file := range slices.Sorted(maps.Keys(skipped)) {
		m.Skipped = append(m.Skipped, manifest.Skipped{What: file, Why: "build constraint"})
	}
	for _, p := range g.packages {
		if p.broken {
			m.Skipped = append(m.Skipped, manifest.Skipped{What: path.Join(p.dir, p.name), Why: "errors"})
		}
	}
}

// protection returns the state of a declared route before its registration was
// looked for.
func protection(r *rule) manifest.Protection {
	if r.access == annotations.Protected {
		return manifest.Declared
	}
	return manifest.Public
}

func manifestRule(r *rule) *manifest.Rule {
	out := &manifest.Rule{}
	if len(r.sets) > 0 {
		*out = manifestSet(r.sets[0])
		for _, set := range r.sets[1:] {
			out.Also = append(out.Also, manifestSet(set))
		}
	}
	switch {
	case r.access == annotations.Public:
		out.Access, out.Reason = "public", r.reason
	case r.access == annotations.Optional:
		out.Access = "optional"
	case len(r.sets) == 0:
		out.Access = "authenticated"
	}
	if r.audit != nil {
		out.Audit, out.Severity, out.AuditRequired = r.audit.Name, r.audit.Severity, r.audit.Required
	}
	out.Replace = r.replace
	return out
}

func manifestSet(s annotations.Rule) manifest.Rule {
	out := manifest.Rule{
		Roles: s.Roles, Permissions: s.Permissions, Scopes: s.Scopes, Tokens: s.Tokens, Issuers: s.Issuers, Features: s.Features,
		Tenant: s.Tenant, Owner: s.Owner,
	}
	if s.StepUp != nil {
		out.StepUp = cmp.Or(s.StepUp.String(), "any")
	}
	if s.NoActor {
		out.Actor = "none"
	}
	for _, c := range s.Checks {
		out.Checks = append(out.Checks, c.String())
	}
	if s.Policy != nil {
		out.Policy = s.Policy.String()
	}
	return out
}

// demandSources says where each demand came from, nil when all are the
// handler's own.
func demandSources(h *handler) (list []manifest.Demand) {
	foreign := false
	for _, l := range h.rule.layers {
		foreign = foreign || l.source != "handler"
		for _, d := range l.rule.Directives() {
			list = append(list, manifest.Demand{Demand: d, Source: l.source})
		}
	}
	if !foreign {
		return nil
	}
	return list
}

// noteRules adds the rules that policies name, so that a change of theirs shows.
func (g *generation) noteRules(m *manifest.Manifest) {
	seen := map[string]bool{}
	var note func(policy annotations.Expr)
	note = func(policy annotations.Expr) {
		annotations.Walk(policy, func(p *annotations.Predicate, _ bool) {
			if p.Name != "rule" || seen[p.Args[0]] {
				return
			}
			seen[p.Args[0]] = true
			r := &rule{access: annotations.Protected, sets: g.named(p.Args[0])}
			m.Rules = append(m.Rules, manifest.NamedRule{Name: p.Args[0], Rule: manifestRule(r)})
			for _, set := range r.sets {
				note(set.Policy)
			}
		})
	}
	for _, h := range g.handlers {
		if h.source.test() || !g.built(h.source.constraint) {
			continue
		}
		for _, set := range h.rule.sets {
			note(set.Policy)
		}
	}
}

// noteNames adds the roles and permissions that rules speak of.
func (g *generation) noteNames(m *manifest.Manifest, sets []annotations.Rule) {
	add := func(list *[]string, values ...string) {
		for _, v := range values {
			if i, found := slices.BinarySearch(*list, v); !found {
				*list = slices.Insert(*list, i, v)
			}
		}
	}
	for _, set := range g.withNamed(sets) {
		add(&m.Roles, set.Roles...)
		add(&m.Permissions, set.Permissions...)
		annotations.Walk(set.Policy, func(p *annotations.Predicate, _ bool) {
			switch p.Name {
			case "role":
				add(&m.Roles, p.Args[0])
			case "permission":
				add(&m.Permissions, p.Args[0])
			}
		})
	}
}

// SetRoutes puts what an audit found into the manifest and into Files: the
// routes that programs register, the annotated handlers that they lead to, and
// what was not read. Where programs register none, declared routes stay. It does
// nothing when the run has no manifest.
func (r *Result) SetRoutes(routes []manifest.Route, registered map[string]bool, skipped []manifest.Skipped) error {
	m := r.Manifest
	if m == nil {
		return nil
	}
	if len(routes) > 0 {
		m.Routes = routes
	}
	for i, h := range m.Handlers {
		m.Handlers[i].Registered = new(registered[h.Handler])
	}
	for _, s := range skipped {
		if !slices.Contains(m.Skipped, s) {
			m.Skipped = append(m.Skipped, s)
		}
	}
	r.audited = true
	return r.PutManifest(m)
}
