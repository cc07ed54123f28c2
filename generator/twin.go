package generator

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/diagnostic"
)

// group is what decides into which generated file a handler goes: the build
// constraint of its source, and whether that is a test.
type group struct {
	constraint string
	test       bool
}

// twin is the protected form of a type's handlers, or of a package's.
type twin struct {
	pkg     *pkg
	recv    string // "" for the package's functions and variables
	pointer bool   // it holds a pointer to its type
	home    group  // the file that declares it
	byGroup map[group][]*handler
}

// typeName returns the name of the twin's type.
func (t *twin) typeName() string { return annotations.TwinType(t.recv) }

// constructor returns the name of the function that makes it.
func (t *twin) constructor() string { return annotations.TwinConstructor(t.recv) }

// field returns the name of the field that holds the guarded value. Handlers'
// names do not end in an underscore, so no method is called so.
func (t *twin) field() string {
	if name := strings.Map(unicode.ToLower, t.recv) + "_"; name != "guard_" {
		return name
	}
	return "target_"
}

// ruleName returns the name of the variable that holds a handler's rule.
func (h *handler) ruleName() string { return "rule_" + h.ident() }

// ident returns the handler's name as a part of other names.
func (h *handler) ident() string {
	if h.recv == "" {
		return h.name
	}
	return h.recv + "_" + h.name
}

// twins returns the twins of a package in order of their names.
func (p *pkg) twins() []*twin {
	byRecv := map[string]*twin{}
	var all []*twin
	for _, h := range p.handlers {
		t := byRecv[h.recv]
		if t == nil {
			t = &twin{pkg: p, recv: h.recv, byGroup: map[group][]*handler{}}
			byRecv[h.recv] = t
			all = append(all, t)
		}
		t.pointer = t.pointer || h.pointer
		g := h.group()
		t.byGroup[g] = append(t.byGroup[g], h)
	}
	for _, t := range all {
		t.home = t.findHome()
		for _, list := range t.byGroup {
			slices.SortFunc(list, func(a, b *handler) int {
				return cmp.Or(cmp.Compare(a.source.path, b.source.path), cmp.Compare(a.node.Pos(), b.node.Pos()))
			})
		}
	}
	slices.SortFunc(all, func(a, b *twin) int { return cmp.Compare(a.recv, b.recv) })
	var constraints []string
	for _, t := range all {
		for _, g := range append(t.groups(), t.home) {
			constraints = append(constraints, g.constraint)
		}
	}
	p.slugs = slugsOf(constraints)
	return all
}

func (h *handler) group() group { return group{h.source.constraint, h.source.test()} }

// findHome says which file declares the twin: the one that every file with
// handlers of it can see.
func (t *twin) findHome() group {
	groups := t.groups()
	if len(groups) == 1 {
		only := groups[0]
		// A type that other files could see is still declared where its only
		// handlers are: nothing else speaks of the twin.
		return only
	}
	home := group{test: true}
	for _, g := range groups {
		home.test = home.test && g.test
	}
	// Every file with methods of a type is part of the builds that have the type.
	if d := t.pkg.types[t.recv]; d != nil {
		var constraints []string
		for _, v := range d.all {
			constraints = append(constraints, v.source.constraint)
		}
		home.constraint = either(constraints)
	}
	return home
}

// groups returns the groups with handlers, in order.
func (t *twin) groups() []group {
	list := make([]group, 0, len(t.byGroup))
	for g := range t.byGroup {
		list = append(list, g)
	}
	slices.SortFunc(list, compareGroups)
	return list
}

func compareGroups(a, b group) int {
	if a.test != b.test {
		if a.test {
			return 1
		}
		return -1
	}
	return cmp.Compare(a.constraint, b.constraint)
}

// all returns the twin's handlers of every group.
func (t *twin) all() (list []*handler) {
	for _, g := range t.groups() {
		list = append(list, t.byGroup[g]...)
	}
	return list
}

// fileName returns the name of the file for a group.
func (p *pkg) fileName(g group) string {
	name := "auth"
	if p.external {
		name += "_ext"
	}
	if g.constraint != "" {
		name += "_" + p.slugs[g.constraint]
	}
	name += "_gen"
	taken := func() bool {
		full := path.Join(p.dir, name+".go")
		return slices.ContainsFunc(p.directory.outputs, func(o map[string]bool) bool { return o[full] })
	}
	if taken() { // a second package of the folder
		name += "_" + p.name + "_of"
	}
	if g.test {
		name += "_test"
	}
	return path.Join(p.dir, name+".go")
}

// generatedUses are the predeclared names that stand in generated code.
var generatedUses = []string{"error", "nil", "string", "true"}

// checkTwinNames reports names that the generated code needs and that are taken.
// It reports false when there are any.
func (g *generation) checkTwinNames(p *pkg, twins []*twin) (ok bool) {
	ok = true
	for _, name := range generatedUses[:min(len(twins), 1)*len(generatedUses)] {
		if at, taken := p.names[name]; taken {
			ok = false
			g.report(diagnostic.Diagnostic{
				Code: CodeCollision, Position: fromToken(at),
				Message:    fmt.Sprintf("the generated code needs Go's own %s, which this declaration hides", name),
				Suggestion: "rename this declaration",
			})
		}
	}
	type need struct {
		what string
		h    *handler
	}
	needed := map[string]need{}
	claim := func(name, what string, h *handler) {
		if at, taken := p.names[name]; taken {
			ok = false
			g.report(diagnostic.Diagnostic{
				Code: CodeCollision, Position: fromToken(at),
				Message:    fmt.Sprintf("the name %s is needed for %s", name, what),
				Suggestion: "rename this declaration",
				Related:    []diagnostic.Related{{Position: h.position, Message: h.local() + " has a rule here"}},
			})
			return
		}
		if other, taken := needed[name]; taken && other.what != what {
			ok = false
			g.report(diagnostic.Diagnostic{
				Code: CodeCollision, Position: h.position,
				Message:    fmt.Sprintf("the name %s is needed for %s and for %s", name, what, other.what),
				Suggestion: "rename one of the two",
				Related:    []diagnostic.Related{{Position: other.h.position, Message: other.h.local() + " has a rule here"}},
			})
			return
		}
		needed[name] = need{what, h}
	}
	for _, t := range twins {
		handlers := t.all()
		claim(t.typeName(), "the protected twin of "+t.describe(), handlers[0])
		claim(t.constructor(), "the function that guards "+t.describe(), handlers[0])
		for _, h := range handlers {
			claim(h.ruleName(), "the rule of "+h.local(), h)
			for i, set := range h.rule.sets {
				if set.Policy != nil {
					claim(policyName(h, i), "the policy of "+h.local(), h)
				}
			}
		}
		for _, gr := range t.groups() {
			for _, r := range t.registrations(gr) {
				for _, h := range handlers {
					if h.name == r.name {
						ok = false
						g.report(diagnostic.Diagnostic{
							Code: CodeCollision, Position: h.position,
							Message:    fmt.Sprintf("the name %s is needed for the method that registers the routes of %s", r.name, t.describe()),
							Suggestion: "rename the handler, or drop the route directives",
							Related:    []diagnostic.Related{{Position: r.handlers[0].position, Message: r.handlers[0].local() + " declares a route here"}},
						})
					}
				}
			}
		}
	}
	return ok
}

func (t *twin) describe() string {
	if t.recv == "" {
		return "the package's functions"
	}
	return t.recv
}

// registration is a generated method that registers routes.
type registration struct {
	name      string
	framework string
	handlers  []*handler // that declare a route
}

// registrations returns the methods that register the routes of a group, one
// for each framework.
func (t *twin) registrations(g group) (all []registration) {
	var used []string
	for _, h := range t.byGroup[g] {
		if h.note != nil && len(h.note.Routes) > 0 && !slices.Contains(used, h.framework) {
			used = append(used, h.framework)
		}
	}
	slices.Sort(used)
	for _, framework := range used {
		r := registration{name: "RegisterRoutes", framework: framework}
		if len(used) > 1 {
			r.name += map[string]string{annotations.NetHTTP: "HTTP", annotations.Gin: "Gin", annotations.Echo: "Echo"}[framework]
		}
		if g != t.home {
			for word := range strings.SplitSeq(t.pkg.slugs[g.constraint], "_") {
				if word != "" {
					r.name += strings.ToUpper(word[:1]) + word[1:]
				}
			}
			if g.test {
				r.name += "Test"
			}
		}
		for _, h := range t.byGroup[g] {
			if h.framework == framework && h.note != nil && len(h.note.Routes) > 0 {
				r.handlers = append(r.handlers, h)
			}
		}
		all = append(all, r)
	}
	return all
}
