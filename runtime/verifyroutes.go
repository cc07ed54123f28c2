package auth

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
)

// Registered is a route as a router lists it.
type Registered struct {
	Method     string // "" for every method
	Host, Path string
	// Function is the name of the handler's function as package runtime gives it,
	// "" where the router does not show it. A name that may be somebody's choice is
	// Chosen: it proves something only where it is that of the manifest's handler.
	Function string
	Chosen   bool
	// Rule is set where the router shows that the handler is behind this rule.
	Rule *Rule
	// Fallback says that this answers where no route does, and was added by the
	// framework itself: it need not be in the manifest.
	Fallback bool
}

// VerifyRoutes compares what is registered on a router of a framework ("nethttp",
// "gin" or "echo") with the manifest. It returns a [*VerifyError] for differences:
// a missing manifest, a route that only one of the two has, a handler that is not the
// guarded one or is another function, and what [VerifyGuard] is about. A handler's identity is judged where
// the framework shows it; where it does not, the route is reported as unverified.
//
// The Verify functions of the adapters call it; programs call those.
func VerifyRoutes(m *Manifest, framework string, registered []Registered, opts ...VerifyOption) error {
	v := &verification{}
	for _, opt := range opts {
		if opt != nil {
			opt(v)
		}
	}
	if err := m.missing(); err != nil {
		return v.end(VerifyReport{Differences: []string{err.Error()}})
	}
	registered = v.placed(registered)
	program, required, err := m.programOf(v.program)
	if err != nil {
		return v.end(VerifyReport{Differences: []string{err.Error()}})
	}
	var routers []string
	for i := range m.routes {
		if r := &m.routes[i]; r.Framework == framework && r.Program == program && !slices.Contains(routers, r.Router) {
			routers = append(routers, r.Router)
		}
	}
	slices.Sort(routers)
	if v.router != "" {
		if !slices.Contains(routers, v.router) {
			return v.end(VerifyReport{Program: program, Router: v.router, Differences: []string{
				fmt.Sprintf("the manifest has no router %q of %s in program %q", v.router, framework, program)}})
		}
		routers = []string{v.router}
	}
	var best *comparison
	for _, router := range routers {
		c := m.compare(framework, program, router, required, registered, v.prefixes)
		if best == nil || len(c.report.Differences) < len(best.report.Differences) {
			best = c
		}
	}
	if best == nil {
		best = m.compare(framework, program, "", required, registered, v.prefixes)
	}
	best.guards(v)
	return v.end(best.report)
}

// placed returns the registered routes with the paths of the manifest.
func (v *verification) placed(registered []Registered) (all []Registered) {
	for _, r := range registered {
		pattern := r.Host + r.Path
		if slices.Contains(v.mounts, pattern) || slices.Contains(v.mounts, strings.TrimSpace(r.Method+" "+pattern)) {
			continue
		}
		if len(v.prefixes) == 0 {
			all = append(all, r)
		}
		for _, prefix := range v.prefixes {
			r := r
			r.Path = strings.TrimSuffix(prefix, "/") + r.Path
			all = append(all, r)
		}
	}
	return all
}

// programOf returns the program of the manifest that this is, and whether its routes
// were found in the code of programs: then all of them must be registered.
func (m *Manifest) programOf(chosen string) (program string, found bool, err error) {
	var programs []string
	for i := range m.routes {
		if p := m.routes[i].Program; p != "" && !slices.Contains(programs, p) {
			programs = append(programs, p)
		}
	}
	slices.Sort(programs)
	if len(programs) == 0 {
		return "", false, nil
	}
	if chosen != "" {
		if !slices.Contains(programs, chosen) {
			return "", false, fmt.Errorf("the manifest has no program %q, but %s", chosen, strings.Join(programs, ", "))
		}
		return chosen, true, nil
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		built, test := strings.CutSuffix(info.Path, ".test")
		if slices.Contains(programs, built) {
			return built, true, nil
		}
		if !test && m.owns(built) {
			return "", false, fmt.Errorf("the manifest has no program %q, but %s: generate it again, or say auth.VerifyProgram", built, strings.Join(programs, ", "))
		}
	}
	if len(programs) > 1 {
		return "", false, fmt.Errorf("the manifest has several programs, %s: say which this is (auth.VerifyProgram)", strings.Join(programs, ", "))
	}
	return programs[0], true, nil
}

// owns reports whether a package, or a handler in one, is of the manifest's module.
func (m *Manifest) owns(name string) bool {
	rest, ok := strings.CutPrefix(name, m.module)
	return ok && (rest == "" || rest[0] == '/' || rest[0] == '.')
}

// guards compares the guards with the manifest.
func (c *comparison) guards(v *verification) {
	if len(v.guards) == 0 {
		for _, e := range c.entries {
			if e.seen && e.twin() && !e.itself {
				c.differs("the guard of %s is not named (auth.VerifyGuard): whether the manifest was made from the rules that are compiled in is not known", e.Handler)
				return
			}
		}
		c.unverified("the guards: none is named (auth.VerifyGuard)")
		return
	}
	wired := map[string]bool{}
	for _, g := range v.guards {
		if !g.ready() {
			c.differs("a guard is nil or was not made by New: it answers 503 to everything")
			continue
		}
		for _, w := range g.Weaknesses() {
			if slices.Contains(v.accepted, w.Kind) {
				c.report.Accepted = append(c.report.Accepted, w.String())
			} else {
				c.differs("%s", w)
			}
		}
		for _, rule := range g.wired.all() {
			wired[rule.Handler] = true
			c.rule(rule)
		}
	}
	for _, entries := range byRoute(c.entries) {
		e := entries[0]
		if e.twin() && !wired[e.Handler] && slices.ContainsFunc(entries, func(e *expected) bool { return e.seen && !e.itself }) {
			c.differs("%s: no guard that is named guards %s", e, e.Handler)
		}
	}
}

// rule compares a rule that is compiled in with the one that the manifest has for
// its handler.
func (c *comparison) rule(rule *Rule) {
	if c.compared[rule] {
		return
	}
	c.compared[rule] = true
	stated, known := c.manifest.handlers[rule.Handler]
	switch text := rule.text(); {
	case !c.manifest.owns(rule.Handler):
		c.unverified("%s: it is of another module", rule.Handler)
	case !known:
		c.differs("%s: the manifest does not have it, it was made from other code or for another build", rule.Handler)
	case stated != text:
		c.differs("%s: the manifest was made from another rule: it says %q, and compiled in is %q", rule.Handler, stated, text)
	}
}

func (c *comparison) differs(format string, args ...any) {
	c.report.Differences = append(c.report.Differences, fmt.Sprintf(format, args...))
}

func (c *comparison) unverified(format string, args ...any) {
	c.report.Unverified = append(c.report.Unverified, fmt.Sprintf(format, args...))
}

// String names a route in messages.
func (r Registered) String() string { return cmp.Or(r.Method, "ANY") + " " + r.Host + r.Path }
