package annotations

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/authgen/authgen/internal/spelling"
)

const (
	maxPolicyDepth = 32   // parentheses and negations inside each other
	maxPolicyBytes = 4096 // of one expression
)

// predicates are the questions that a policy can ask, with the directive whose
// values they take. An optional argument may be left out.
var predicates = []struct {
	name, directive string
	arguments       int
	optional        bool
}{
	{"role", "roles", 1, false},
	{"permission", "permissions", 1, false},
	{"scope", "scopes", 1, false},
	{"token", "tokens", 1, false},
	{"issuer", "issuer", 1, false},
	{"feature", "features", 1, false},
	{"tenant", "tenant", 1, false},
	{"owner", "owner", 1, false},
	{"stepup", "stepup", 1, true},
	{"check", "check", 1, false},
	{"rule", "rule", 1, false},
	{"authenticated", "", 0, false},
}

// Predicates returns the names of the predicates of policies.
func Predicates() []string {
	names := make([]string, len(predicates))
	for i, p := range predicates {
		names[i] = p.name
	}
	return names
}

// mayStandBare reports whether a predicate needs no argument, and so no
// parentheses.
func mayStandBare(name string) bool {
	for _, p := range predicates {
		if p.name == name {
			return p.arguments == 0 || p.optional
		}
	}
	return false
}

// Walk calls visit for each predicate of an expression, in order, and says
// whether it stands under a negation.
func Walk(e Expr, visit func(p *Predicate, negated bool)) {
	walk(e, false, visit)
}

func walk(e Expr, negated bool, visit func(*Predicate, bool)) {
	switch e := e.(type) {
	case *And:
		walk(e.X, negated, visit)
		walk(e.Y, negated, visit)
	case *Or:
		walk(e.X, negated, visit)
		walk(e.Y, negated, visit)
	case *Not:
		walk(e.X, true, visit)
	case *Predicate:
		visit(e, negated)
	}
}

// policy reads the value of a policy directive.
func (b *builder) policy(t text) {
	if len(t.s) > maxPolicyBytes {
		b.report(CodePolicyTooBig, t.span(), fmt.Sprintf("the policy is longer than %d bytes", maxPolicyBytes), "name parts of it as rules in authgen.yaml")
		return
	}
	p := policyParser{b: b, rest: t}
	p.space()
	e := p.or(0)
	if !p.failed && p.rest.s != "" {
		p.unexpected("an operator")
	}
	if p.failed {
		return
	}
	ok := true
	Walk(e, func(pred *Predicate, negated bool) {
		if negated && (pred.Name == "check" || pred.Name == "feature") {
			ok = false
			b.report(CodeBadNegation, pred.Span, fmt.Sprintf("%s stands under !: not being sure would admit", pred.Name), "say what is allowed instead")
		}
	})
	if ok {
		b.annotation.Rule.Policy = e
	}
}

// policyParser reads an expression by recursive descent. The first fault ends
// it.
type policyParser struct {
	b      *builder
	rest   text
	failed bool
}

func (p *policyParser) space() {
	p.rest = p.rest.from(len(p.rest.s) - len(strings.TrimLeftFunc(p.rest.s, unicode.IsSpace)))
}

// take drops an operator from the beginning of the rest.
func (p *policyParser) take(op string) bool {
	if p.failed || !strings.HasPrefix(p.rest.s, op) {
		return false
	}
	p.rest = p.rest.from(len(op))
	p.space()
	return true
}

func (p *policyParser) fail(code string, span Span, message, suggestion string) {
	if !p.failed {
		p.failed = true
		p.b.report(code, span, message, suggestion)
	}
}

func (p *policyParser) unexpected(want string) {
	if p.rest.s == "" {
		p.fail(CodeBadPolicy, p.rest.span(), "the policy ends where "+want+" should stand", "")
		return
	}
	suggestion := ""
	for slip, operator := range map[string]string{"&": "&&", "|": "||", "and ": "&&", "AND ": "&&", "or ": "||", "OR ": "||", "not ": "!"} {
		if strings.HasPrefix(p.rest.s, slip) {
			suggestion = "write " + operator
		}
	}
	if strings.ContainsRune("'`", rune(p.rest.s[0])) {
		suggestion = "write double quotes"
	}
	if strings.HasPrefix(p.rest.s, "//") {
		suggestion = "put the note on a line of its own, in front of the directives"
	}
	p.fail(CodeBadPolicy, p.rest.span(), "the policy has unexpected text where "+want+" should stand", suggestion)
}

func (p *policyParser) or(depth int) Expr {
	e := p.and(depth)
	for p.take("||") {
		e = &Or{e, p.and(depth)}
	}
	return e
}

func (p *policyParser) and(depth int) Expr {
	e := p.unary(depth)
	for p.take("&&") {
		e = &And{e, p.unary(depth)}
	}
	return e
}

func (p *policyParser) unary(depth int) Expr {
	if depth > maxPolicyDepth {
		p.fail(CodePolicyTooBig, p.rest.span(), fmt.Sprintf("the policy is nested deeper than %d levels", maxPolicyDepth), "name parts of it as rules in authgen.yaml")
		return nil
	}
	switch {
	case p.take("!"):
		return &Not{p.unary(depth + 1)}
	case p.take("("):
		e := p.or(depth + 1)
		if !p.take(")") {
			p.unexpected("a )")
		}
		return e
	}
	return p.predicate()
}

func (p *policyParser) predicate() Expr {
	start := p.rest
	end := strings.IndexFunc(start.s, func(r rune) bool { return !isWord("_"+string(r), "") })
	if end < 0 {
		end = len(start.s)
	}
	if end == 0 || p.failed {
		p.unexpected("a predicate")
		return nil
	}
	name := start.slice(0, end)
	p.rest = start.from(end)
	e := &Predicate{Name: name.s}
	p.space()
	if !strings.HasPrefix(p.rest.s, "(") && mayStandBare(name.s) {
		e.Span = name.span()
		return e
	}
	if !p.take("(") {
		message, suggestion := fmt.Sprintf("%s needs its argument in parentheses", name.s), fmt.Sprintf(`write %s("…")`, name.s)
		if !slices.Contains(Predicates(), name.s) {
			message, suggestion = unknownPredicate(name.s)
		}
		p.fail(CodeBadPolicy, name.span(), message, suggestion)
		return nil
	}
	var values []Value
	for !p.take(")") {
		if len(values) > 0 && !p.take(",") {
			p.unexpected("a )")
		}
		if !strings.HasPrefix(p.rest.s, `"`) {
			p.unexpected("an argument in double quotes")
		}
		if p.failed {
			return nil
		}
		v, rest, _, reason := p.rest.value()
		if reason == "" {
			reason = badName(v.Text)
		}
		if reason != "" {
			p.fail(CodeBadPredicate, v.Span, fmt.Sprintf("%s: %s", name.s, reason), "")
			return nil
		}
		values = append(values, v)
		p.rest = rest
		p.space()
	}
	e.Span = start.slice(0, int(p.rest.pos-start.pos)).trim().span()
	p.check(name, e, values)
	return e
}

// check reports a predicate that is not one of the language's, or whose
// arguments the directive of the same meaning would not take.
func (p *policyParser) check(name text, e *Predicate, values []Value) {
	if p.failed {
		return
	}
	for _, known := range predicates {
		if known.name != e.Name {
			continue
		}
		if len(values) > known.arguments || len(values) < known.arguments && !known.optional {
			message, suggestion := fmt.Sprintf("%s takes one argument, not %d", e.Name, len(values)), fmt.Sprintf(`write %s("…")`, e.Name)
			switch {
			case known.arguments == 0:
				message, suggestion = e.Name+" takes no argument", "write "+e.Name+"()"
			case len(values) > 1:
				suggestion = fmt.Sprintf(`for one of several write %[1]s("a") || %[1]s("b")`, e.Name)
			}
			p.fail(CodeBadPredicate, e.Span, message, suggestion)
			return
		}
		k, _ := lookup(known.directive)
		for _, v := range values {
			if !p.b.checkValue(k, v) {
				p.failed = true
				return
			}
			e.Args = append(e.Args, v.Text)
		}
		return
	}
	message, suggestion := unknownPredicate(e.Name)
	p.fail(CodeBadPredicate, name.span(), message, suggestion)
}

// unknownPredicate says that there is no such predicate, and what to write.
func unknownPredicate(name string) (message, suggestion string) {
	message = fmt.Sprintf("unknown predicate %q", name)
	switch strings.ToLower(name) {
	case "true":
		return message, "for any valid identity write authenticated(); what needs none is no policy but //auth:public"
	case "false":
		return message, `name who is admitted, such as role("admin")`
	case "not":
		return message, "write !"
	}
	if near, ok := spelling.Nearest(name, Predicates()); ok {
		return message, fmt.Sprintf("did you mean %s?", near)
	}
	return message, "the predicates are " + strings.Join(Predicates(), ", ") + `, each as in role("admin"), joined by && and ||`
}
