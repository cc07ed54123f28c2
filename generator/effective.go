package generator

import (
	"fmt"
	"slices"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/internal/spelling"
)

// makeRule joins what a handler demands itself with the defaults around it. It
// reports false when the rule has an error.
func (g *generation) makeRule(h *handler) (ok bool) {
	ok = true
	fail := func(code, message, suggestion string) {
		ok = false
		g.report(diagnostic.Diagnostic{Code: code, Position: h.position, Message: h.local() + ": " + message, Suggestion: suggestion})
	}
	r := &rule{access: annotations.Protected}
	h.rule = r
	note := h.note
	if note == nil {
		note = &annotations.Annotation{}
	}
	r.audit, r.replace = note.Audit, note.Replace
	if !g.checkNames(note, func(_ int, span annotations.Span) diagnostic.Position {
		return h.source.position(span.Start, span.End)
	}, g.config) {
		ok = false
	}
	own := note.Rule
	if own.Access == annotations.Public || own.Access == annotations.Optional {
		r.access, r.reason = own.Access, own.Reason
		if own.Access == annotations.Public && h.identity != nil {
			fail(CodeImpossible, "it is public, so credentials are never read, and takes an identity", "write //auth:optional, or drop the parameter")
		}
		if own.Access == annotations.Public && own.Reason == "" && g.config.Strict.PublicReason {
			fail(CodeReason, "it is public and does not say why", `write //auth:public reason="…"`)
		}
		return g.checkRoutes(h) && ok
	}
	stated := []layer{{own, "handler"}}
	if !note.Replace {
		if t := h.pkg.types[h.recv]; t != nil {
			stated = append(stated, t.defaults...)
		}
		stated = append(stated, h.pkg.defaults...)
	}
	lost := false // a named rule could not be taken in
	for _, l := range stated {
		for _, e := range g.expand(l.rule, nil, func(message, suggestion string) {
			lost = true
			fail(CodeUnknownRule, message, suggestion)
		}) {
			if e.source == "" {
				e.source = l.source
			}
			r.layers = append(r.layers, e)
		}
	}
	if h.identity != nil && identityKinds[h.identity.kind] != "" {
		r.layers = append(r.layers, layer{annotations.Rule{Access: annotations.Protected, Tokens: []string{identityKinds[h.identity.kind]}}, "parameter"})
	}
	r.sets = joinSets(r.layers)
	if !slices.ContainsFunc(r.layers, func(l layer) bool { return l.source != "parameter" }) {
		if lost || h.faulty() {
			return false // the demand is there, with a mistake that was reported
		}
		fail(CodeEmptyRule, "it has directives, and none of them demands anything", "add //auth:authenticated, another demand, or //auth:public")
		return false
	}
	var demands []annotations.Rule
	for _, l := range r.layers {
		demands = append(demands, l.rule)
	}
	why := r.impossible()
	if why == "" && ok && !g.vendorAuthenticated(r) && !g.satisfiable(demands) {
		why = "its demands exclude each other"
	}
	if why != "" {
		fail(CodeImpossible, "nobody can meet the rule: "+why, "mend the rule or the parameter")
	}
	if g.vendorAuthenticated(r) {
		fail(CodeImpossible, "the rule names vendor tokens, which authenticated never admits", "drop authenticated, or the vendor; //auth:replace drops what the type and the package demand")
	}
	if h.identity != nil && h.identity.kind == "Identity" && r.vendorOnly() {
		fail(CodeImpossible, "nobody can meet the rule: *auth.Identity takes no vendor token", "take *auth.Vendor")
	}
	for _, set := range r.sets {
		g.checkNegated(set.Policy, fail)
	}
	return g.checkRoutes(h) && ok
}

// vendorAuthenticated reports whether authenticated stands beside a demand that
// names vendor tokens. Naming them would admit them all the same. A parameter
// of the type *auth.Vendor is no doubt: it says which kind is meant.
func (g *generation) vendorAuthenticated(r *rule) bool {
	authenticated, vendor := false, false
	for _, l := range r.layers {
		authenticated = authenticated || l.rule.Authenticated
		vendor = vendor || l.source != "parameter" && slices.Contains(l.rule.Tokens, "vendor") ||
			g.namesVendor(l.rule.Policy, map[string]bool{})
	}
	return authenticated && vendor
}

// namesVendor reports whether a policy names vendor tokens, and not under !. The
// rules that it names count too.
func (g *generation) namesVendor(e annotations.Expr, seen map[string]bool) (names bool) {
	annotations.Walk(e, func(p *annotations.Predicate, negated bool) {
		switch {
		case negated || names:
		case p.Name == "token":
			names = slices.Contains(p.Args, "vendor")
		case p.Name == "rule" && !seen[p.Args[0]]:
			seen[p.Args[0]] = true
			names = slices.ContainsFunc(g.named(p.Args[0]), func(set annotations.Rule) bool {
				return slices.Contains(set.Tokens, "vendor") || g.namesVendor(set.Policy, seen)
			})
		}
	})
	return names
}

// named returns the sets of demands of a named rule.
func (g *generation) named(name string) []annotations.Rule {
	return joinSets(g.expand(annotations.Rule{Access: annotations.Protected, Named: name}, nil, func(string, string) {}))
}

func (r *rule) vendorOnly() bool {
	return slices.ContainsFunc(r.sets, func(s annotations.Rule) bool { return slices.Equal(s.Tokens, []string{"vendor"}) })
}

// reachable returns the demands of a named rule and, after them, those of the
// rules that its policies name, each once.
func (g *generation) reachable(name string) (all []annotations.Rule) {
	return g.withNamed([]annotations.Rule{{Access: annotations.Protected, Named: name}})
}

// withNamed returns demands and those of all rules that they name, in policies
// too, each once.
func (g *generation) withNamed(sets []annotations.Rule) (all []annotations.Rule) {
	seen := map[string]bool{}
	take := func(rule annotations.Rule) {
		for _, l := range g.expand(rule, nil, func(string, string) {}) {
			all = append(all, l.rule)
		}
	}
	for _, set := range sets {
		take(set)
	}
	for i := 0; i < len(all); i++ {
		annotations.Walk(all[i].Policy, func(p *annotations.Predicate, _ bool) {
			if p.Name == "rule" && !seen[p.Args[0]] {
				seen[p.Args[0]] = true
				take(annotations.Rule{Access: annotations.Protected, Named: p.Args[0]})
			}
		})
	}
	return all
}

// asksOthers reports whether a named rule needs a provider's answer.
func (g *generation) asksOthers(name string) bool {
	asks := false
	for _, set := range g.reachable(name) {
		asks = asks || len(set.Features) > 0 || len(set.Checks) > 0
		annotations.Walk(set.Policy, func(p *annotations.Predicate, _ bool) {
			asks = asks || p.Name == "feature" || p.Name == "check"
		})
	}
	return asks
}

// checkNegated reports named rules under ! that ask others.
func (g *generation) checkNegated(policy annotations.Expr, fail func(code, message, suggestion string)) {
	annotations.Walk(policy, func(p *annotations.Predicate, negated bool) {
		if negated && p.Name == "rule" && g.asksOthers(p.Args[0]) {
			fail(CodeNegatedRule, fmt.Sprintf("rule(%q) stands under ! and asks for a feature or check: not being sure would admit", p.Args[0]), "say what is allowed instead")
		}
	})
}

// checkRoutes reports declared routes that the framework does not understand
// or that lack a parameter which the rule reads.
func (g *generation) checkRoutes(h *handler) (ok bool) {
	ok = true
	defer func() { h.badRoutes = !ok }()
	if h.note == nil {
		return true
	}
	names, demands := g.parameters(h.rule)
	for _, route := range h.note.Routes {
		position := h.source.position(route.Span.Start, route.Span.End)
		if h.form == area {
			ok = false
			g.report(diagnostic.Diagnostic{Code: CodeParameter, Position: position, Message: "an Area has no route: it stands in front of those of a group", Suggestion: "drop the route"})
			continue
		}
		problems := annotations.CheckPath(h.framework, route)
		for _, p := range problems {
			ok = false
			g.report(diagnostic.Diagnostic{Code: p.Code, Position: h.source.position(p.Span.Start, p.Span.End), Message: p.Message, Suggestion: p.Suggestion})
		}
		if len(problems) > 0 {
			continue // its parameters are not told for sure
		}
		params := annotations.PathParams(h.framework, route.Path)
		for i, name := range names {
			at := slices.IndexFunc(params, func(p annotations.Param) bool { return p.Name == name })
			switch {
			case at < 0:
				// The group that the route is registered on may have it in its
				// prefix; net/http knows no groups, and a mux inside another one
				// drops what the outer matched. A name that is nearly there is a
				// slip of the pen.
				var known []string
				for _, p := range params {
					known = append(known, p.Name)
				}
				near, found := spelling.Nearest(name, known)
				suggestion := fmt.Sprintf("did you mean %q?", near)
				if !found {
					suggestion = "name it in the path as {" + name + "}"
				}
				if found || h.framework == annotations.NetHTTP {
					ok = false
					g.report(diagnostic.Diagnostic{Code: CodeParameter, Position: position, Message: fmt.Sprintf("%s reads the path parameter %q, which this route lacks", demands[i], name), Suggestion: suggestion})
				}
			case params[at].CatchAll:
				ok = false
				g.report(diagnostic.Diagnostic{Code: CodeParameter, Position: position, Message: fmt.Sprintf("%s reads the path parameter %q, which matches slashes", demands[i], name), Suggestion: "use a parameter of one segment"})
			}
		}
	}
	return ok
}

// checkDuplicates reports routes that two handlers of one twin declare: their
// RegisterRoutes would panic, or replace the first by the second.
func (g *generation) checkDuplicates(twins []*twin) (ok bool) {
	ok = true
	for _, t := range twins {
		for _, gr := range t.groups() {
			for _, r := range t.registrations(gr) {
				type declared struct {
					route annotations.Route
					by    *handler
				}
				var seen []declared
				for _, h := range r.handlers {
					if h.badRoutes {
						continue
					}
					for _, route := range h.note.Routes {
						at := slices.IndexFunc(seen, func(d declared) bool { return annotations.Conflict(r.framework, d.route, route) })
						if at >= 0 {
							ok = false
							other := seen[at]
							g.report(diagnostic.Diagnostic{
								Code: CodeDuplicateRoute, Position: h.source.position(route.Span.Start, route.Span.End),
								Message:    fmt.Sprintf("%s and %s declare routes that one router cannot hold both: %s and %s", other.by.local(), h.local(), other.route.Pattern, route.Pattern),
								Suggestion: "change one of the two",
								Related:    []diagnostic.Related{{Position: other.by.position, Message: other.by.local() + " declares it first"}},
							})
						}
						seen = append(seen, declared{route, h})
					}
				}
			}
		}
	}
	return ok
}

// parameters returns the path parameters that a rule reads, those of named
// rules in its policies too.
func (g *generation) parameters(r *rule) (names, demands []string) {
	return (&rule{sets: g.withNamed(r.sets)}).parameters()
}

// generate renders the files of all packages, those of several folders at a
// time.
func (g *generation) generate() {
	var folders []*directory
	byDir := map[*directory][]*pkg{}
	for _, p := range g.packages {
		if byDir[p.directory] == nil {
			folders = append(folders, p.directory)
		}
		byDir[p.directory] = append(byDir[p.directory], p)
	}
	each := parallel[*directory]
	if g.config.Frontier != nil {
		// Names of permissions are compared across packages: in their order, so that
		// the same one of two is told each time.
		each = inOrder[*directory]
	}
	each(folders, func(d *directory) {
		for _, p := range byDir[d] {
			g.generatePackage(p)
		}
	})
	for _, p := range g.packages {
		if !p.broken && !p.external {
			g.handlers = append(g.handlers, p.handlers...)
		}
	}
}

// generatePackage renders the files of a package.
func (g *generation) generatePackage(p *pkg) {
	for _, h := range p.handlers {
		if !g.makeRule(h) {
			p.broken = true
		}
	}
	// All findings in one run: these are looked for beside others.
	twins := p.twins()
	if names, routes := g.checkTwinNames(p, twins), g.checkDuplicates(twins); !names || !routes {
		p.broken = true
	}
	if p.broken {
		return
	}
	files := g.render(p, twins)
	if p.broken {
		return
	}
	outputs := map[string]bool{}
	for _, f := range files {
		outputs[f.Path] = true
		g.put(f.Path, f.Content, p.directory.file(f.Path))
	}
	p.directory.outputs = append(p.directory.outputs, outputs)
}

// file returns the folder's file of this path, nil when there is none.
func (d *directory) file(path string) *goFile {
	for _, f := range d.files {
		if f.path == path {
			return f
		}
	}
	return nil
}

// removeLeftovers drops generated files that nothing asks for any more. A
// folder with a package that has errors keeps all of its files. What looks like
// one without its first line, and so was not read, is reported.
func (g *generation) removeLeftovers() {
	byDir := map[*directory][]*pkg{}
	for _, p := range g.packages {
		byDir[p.directory] = append(byDir[p.directory], p)
	}
	for _, d := range g.mentioned {
		if slices.ContainsFunc(byDir[d], func(p *pkg) bool { return p.broken }) {
			continue
		}
		for _, f := range d.files {
			wanted := slices.ContainsFunc(d.outputs, func(o map[string]bool) bool { return o[f.path] })
			if f.generated && !wanted {
				g.write(File{Path: f.path, Remove: true})
				g.dropEmbed(f)
			}
			if !f.generated && !wanted && f.lostHeader() {
				g.report(diagnostic.Diagnostic{
					Code: CodeHandWritten, Position: diagnostic.Position{File: f.path, Line: 1, Column: 1},
					Message:    "this looks like generated code without its first line: its rules are not read, and it is left alone",
					Suggestion: "remove it, or rename it",
				})
			}
		}
	}
}
