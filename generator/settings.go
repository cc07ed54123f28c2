package generator

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/internal/spelling"
)

// namedRule is a rule of authgen.yaml.
type namedRule struct {
	name       string
	annotation *annotations.Annotation
	spans      []diagnostic.Position // of the directives
}

// readConfig reads authgen.yaml and its named rules. Mistakes in it are
// reported; what could be read is used.
func (g *generation) readConfig() (*config.Config, error) {
	c, problems, err := config.Load(filepath.Join(g.module.root, config.FileName))
	if err != nil {
		return nil, err
	}
	for _, p := range problems {
		g.report(diagnostic.Diagnostic{
			Code: p.Code, Position: yamlPosition(p.Position),
			Message: p.Message, Suggestion: p.Suggestion,
		})
	}
	if c == nil {
		c = config.Default()
	}
	g.namedRules = map[string]*namedRule{}
	for _, r := range c.Rules {
		g.namedRules[r.Name] = g.parseNamed(r)
	}
	for _, r := range c.Rules {
		if n := g.namedRules[r.Name]; n.annotation != nil {
			g.checkNames(n.annotation, func(i int, _ annotations.Span) diagnostic.Position { return n.spans[i] }, c)
			g.expand(n.annotation.Rule, nil, func(message, suggestion string) {
				g.report(diagnostic.Diagnostic{Code: CodeUnknownRule, Position: yamlPosition(r.Position), Message: message, Suggestion: suggestion})
			})
			g.checkNegated(n.annotation.Rule.Policy, func(code, message, suggestion string) {
				g.report(diagnostic.Diagnostic{Code: code, Position: yamlPosition(r.Position), Message: fmt.Sprintf("rule %s: %s", r.Name, message), Suggestion: suggestion})
			})
		}
	}
	return c, nil
}

func yamlPosition(p config.Position) diagnostic.Position {
	return diagnostic.Position{File: config.FileName, Line: p.Line, Column: p.Column}
}

// parseNamed reads the directives of a named rule.
func (g *generation) parseNamed(r config.NamedRule) *namedRule {
	n := &namedRule{name: r.Name}
	var lines []string
	for _, d := range r.Directives {
		lines = append(lines, d.Text)
	}
	text := strings.Join(lines, "\n")
	annotation, problems := annotations.Parse(text)
	// position maps a span of the joined text back to the file.
	position := func(span annotations.Span) diagnostic.Position {
		offset := int(span.Start) - 1
		for i, line := range lines {
			if offset <= len(line) {
				at := r.Directives[i].Position
				at.Column += offset
				return yamlPosition(at)
			}
			offset -= len(line) + 1
		}
		return yamlPosition(r.Position)
	}
	for _, p := range problems {
		suggestion := strings.ReplaceAll(p.Suggestion, "//auth:", "")
		i := strings.Count(text[:p.Span.Start-1], "\n")
		if p.Code == annotations.CodeUnknownKey && i > 0 && !strings.Contains(lines[i], "=") && strings.Contains(lines[i-1], "=") {
			// In brackets a comma ends the entry.
			suggestion = fmt.Sprintf("if it belongs to %s, write %q", lines[i-1], lines[i-1]+","+lines[i])
		}
		g.report(diagnostic.Diagnostic{
			Code: p.Code, Position: position(p.Span), Message: fmt.Sprintf("rule %s: %s", r.Name, p.Message), Suggestion: suggestion,
		})
	}
	if annotation == nil || len(problems) > 0 {
		if len(problems) == 0 {
			g.report(diagnostic.Diagnostic{Code: CodeEmptyRule, Position: yamlPosition(r.Position), Message: fmt.Sprintf("rule %s demands nothing", r.Name), Suggestion: "list directives, such as roles=admin"})
		}
		return n
	}
	for _, d := range annotation.Directives {
		n.spans = append(n.spans, position(d.Span))
	}
	bad := ""
	switch {
	case annotation.Rule.Access != annotations.Protected:
		bad = "demands nothing"
	case len(annotation.Routes) > 0:
		bad = "has a route, which belongs to one handler"
	case annotation.Audit != nil:
		bad = "has an audit, which belongs to one handler"
	case annotation.Replace:
		bad = "has replace, which belongs to one handler"
	}
	if bad != "" {
		g.report(diagnostic.Diagnostic{Code: CodeEmptyRule, Position: yamlPosition(r.Position), Message: fmt.Sprintf("rule %s %s", r.Name, bad), Suggestion: "list demands, such as roles=admin"})
		return n
	}
	n.annotation = annotation
	return n
}

// deepestRule is how many rules may lead to one another. Each may be named more
// than once, so that what a request has to be asked grows with every one.
const deepestRule = 8

// expand returns a rule's own demands and those of the rules that it names, the
// named ones last. A name that leads back to itself or nowhere is reported.
func (g *generation) expand(rule annotations.Rule, path []string, report func(message, suggestion string)) (all []layer) {
	return (&expansion{g, map[string]outcome{}}).of(rule, path, report)
}

// expansion looks each rule up that is named, however often: all ways through
// rules that name each other are too many to follow.
type expansion struct {
	g     *generation
	known map[string]outcome
}

// outcome is what was found about a name in policies. With fewer rules in front
// of it, what is right stays right; with more, what is wrong stays wrong.
type outcome struct {
	depth               int
	message, suggestion string // of the first mistake, "" for none
}

func (x *expansion) of(rule annotations.Rule, path []string, report func(message, suggestion string)) (all []layer) {
	own := rule
	own.Named = ""
	if len(own.Directives()) > 0 {
		all = append(all, layer{rule: own})
	}
	if rule.Named != "" {
		expanded := x.named(rule.Named, path, report)
		for j := range expanded {
			if expanded[j].source == "" {
				expanded[j].source = "rule " + rule.Named
			}
		}
		all = append(all, expanded...)
	}
	// Those in a policy are part of it; here they are only looked at for
	// mistakes.
	annotations.Walk(rule.Policy, func(p *annotations.Predicate, _ bool) {
		if p.Name != "rule" {
			return
		}
		name := p.Args[0]
		if o, ok := x.known[name]; ok && (o.message == "" && len(path) <= o.depth || o.message != "" && len(path) >= o.depth) {
			if o.message != "" {
				report(o.message, o.suggestion)
			}
			return
		}
		found := outcome{depth: len(path)}
		x.named(name, path, func(message, suggestion string) {
			if found.message == "" {
				found.message, found.suggestion = message, suggestion
			}
			report(message, suggestion)
		})
		x.known[name] = found
	})
	return all
}

// named returns the demands of a named rule.
func (x *expansion) named(name string, path []string, report func(message, suggestion string)) []layer {
	named := x.g.namedRules[name]
	switch {
	case slices.Contains(path, name):
		report(fmt.Sprintf("rule %s refers to itself: %s", name, strings.Join(append(path, name), " → ")), "take one of them out of the circle")
	case len(path) == deepestRule:
		report(fmt.Sprintf("rule %s is more than %d rules deep: %s", name, deepestRule, strings.Join(append(path, name), " → ")), "write one of them out")
	case named == nil:
		suggestion := "define it there"
		known := make([]string, 0, len(x.g.namedRules))
		for k := range x.g.namedRules {
			known = append(known, k)
		}
		slices.Sort(known)
		if near, ok := spelling.Nearest(name, known); ok {
			suggestion = fmt.Sprintf("did you mean %q?", near)
		}
		report(fmt.Sprintf("there is no rule %q in %s", name, config.FileName), suggestion)
	case named.annotation == nil:
		report(fmt.Sprintf("rule %s has errors", name), "mend it in "+config.FileName)
	default:
		return x.of(named.annotation.Rule, append(slices.Clone(path), name), report)
	}
	return nil
}

// checkNames reports roles, permissions and features that authgen.yaml does not
// declare. at gives the position of a span in the i-th directive.
func (g *generation) checkNames(a *annotations.Annotation, at func(i int, span annotations.Span) diagnostic.Position, c *config.Config) (ok bool) {
	ok = true
	check := func(what string, declared *config.Names, name string, position diagnostic.Position) {
		if declared == nil {
			return
		}
		known := make([]string, len(declared.List))
		for i, n := range declared.List {
			known[i] = n.Name
		}
		if slices.Contains(known, name) {
			return
		}
		ok = false
		suggestion := fmt.Sprintf("declare it in %s", config.FileName)
		if near, found := spelling.Nearest(name, known); found {
			suggestion = fmt.Sprintf("did you mean %q?", near)
		}
		g.report(diagnostic.Diagnostic{Code: CodeUndeclared, Position: position, Message: fmt.Sprintf("the %s %q is not declared", what, name), Suggestion: suggestion})
	}
	for i, d := range a.Directives {
		for _, v := range d.Values {
			switch d.Key {
			case "roles":
				check("role", c.Roles, v.Text, at(i, v.Span))
			case "permissions":
				check("permission", c.Permissions, v.Text, at(i, v.Span))
			case "features":
				check("feature", c.Features, v.Text, at(i, v.Span))
			case "check":
				ok = g.checkFrontier(c, checkIn(v.Text), at(i, v.Span)) && ok
			case "policy":
				annotations.Walk(a.Rule.Policy, func(p *annotations.Predicate, _ bool) {
					switch p.Name {
					case "role":
						check("role", c.Roles, p.Args[0], at(i, p.Span))
					case "permission":
						check("permission", c.Permissions, p.Args[0], at(i, p.Span))
					case "feature":
						check("feature", c.Features, p.Args[0], at(i, p.Span))
					case "check":
						ok = g.checkFrontier(c, checkOf(p), at(i, p.Span)) && ok
					}
				})
			}
		}
	}
	return ok
}

// The configuration that settings leave open.
func goos(b config.Build) string {
	if b.GOOS == "" {
		return "linux"
	}
	return b.GOOS
}

func goarch(b config.Build) string {
	if b.GOARCH == "" {
		return "amd64"
	}
	return b.GOARCH
}
