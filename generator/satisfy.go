package generator

import (
	"slices"
	"strconv"

	"github.com/authgen/authgen/annotations"
)

// satisfiable reports whether somebody could meet all of the sets: a token of
// some kind and issuer, with whatever rights. It may report true without being
// sure; when it reports false, every call would be denied.
func (g *generation) satisfiable(sets []annotations.Rule) bool {
	m := &model{g: g, uses: map[string]polarity{}, issuers: []string{""}, kind: "user", answers: map[trial]bool{}}
	m.all(sets, false)
	var mixed []string
	m.holds = map[string]bool{}
	for name, p := range m.uses {
		m.holds[name] = p&plain != 0 // what stands under ! only is best lacked
		if p == plain|negated {
			mixed = append(mixed, name)
		}
	}
	const most = 1 << 16 // questions; beyond them nobody reads the rule either
	kinds := annotations.TokenKinds()
	if len(mixed) > 16 || len(kinds)*len(m.issuers)*m.size<<len(mixed) > most {
		return true
	}
	if !m.vendor { // vendor tokens have to be named
		kinds = slices.DeleteFunc(kinds, func(k string) bool { return k == "vendor" })
	}
	for _, m.kind = range kinds {
		for _, m.issuer = range m.issuers {
			for choice := range 1 << len(mixed) {
				for i, name := range mixed {
					m.holds[name] = choice>>i&1 == 1
				}
				clear(m.answers)
				if m.all(sets, false) {
					return true
				}
			}
		}
	}
	return false
}

// polarity says how a question occurs.
type polarity uint8

const (
	plain   polarity = 1 << iota
	negated          // under !
)

// model is a caller that rules are tried on.
type model struct {
	g            *generation
	kind, issuer string // issuer "" is one that no rule names
	holds        map[string]bool
	uses         map[string]polarity
	issuers      []string // that rules name
	vendor       bool     // whether a rule names vendor tokens
	size         int      // questions of one trial
	depth        int      // named rules that led here
	answers      map[trial]bool
}

// all reports whether every set holds. It asks all questions, whatever the
// answers before, so that the first trial sees them.
func (m *model) all(sets []annotations.Rule, under bool) bool {
	result := true
	for _, set := range sets {
		result = m.rule(set, under) && result
	}
	return result
}

// rule leaves the directive authenticated out: see vendorAuthenticated.
func (m *model) rule(set annotations.Rule, under bool) bool {
	result := true
	list := func(predicate string, values []string) {
		one := len(values) == 0
		for _, v := range values {
			one = m.ask(predicate, []string{v}, under) || one
		}
		result = result && one
	}
	list("role", set.Roles)
	list("permission", set.Permissions)
	list("scope", set.Scopes)
	list("feature", set.Features)
	list("issuer", set.Issuers)
	if len(set.Tokens) > 0 {
		result = m.ask("token", set.Tokens, under) && result
	}
	for _, p := range []struct{ name, param string }{{"tenant", set.Tenant}, {"owner", set.Owner}} {
		if p.param != "" {
			list(p.name, []string{p.param})
		}
	}
	if set.StepUp != nil {
		list("stepup", []string{set.StepUp.String()})
	}
	var checks []string
	for _, c := range set.Checks {
		checks = append(checks, c.String())
	}
	list("check", checks)
	if set.Policy != nil {
		result = m.policy(set.Policy, under) && result
	}
	return result
}

func (m *model) policy(e annotations.Expr, under bool) bool {
	switch e := e.(type) {
	case *annotations.And:
		x, y := m.policy(e.X, under), m.policy(e.Y, under)
		return x && y
	case *annotations.Or:
		x, y := m.policy(e.X, under), m.policy(e.Y, under)
		return x || y
	case *annotations.Not:
		return !m.policy(e.X, !under)
	case *annotations.Predicate:
		return m.ask(e.Name, e.Args, under)
	}
	return true
}

// ask answers a predicate for the caller.
func (m *model) ask(predicate string, args []string, under bool) bool {
	m.size++
	switch predicate {
	case "authenticated":
		return m.kind != "vendor"
	case "token":
		m.vendor = m.vendor || !under && slices.Contains(args, "vendor")
		return slices.Contains(args, m.kind)
	case "issuer":
		if !slices.Contains(m.issuers, args[0]) {
			m.issuers = append(m.issuers, args[0])
		}
		return m.issuer == args[0]
	case "rule":
		return m.named(args[0], under)
	}
	use := plain
	if under {
		use = negated
	}
	name := predicate + strconv.Quote(joined(args))
	m.uses[name] |= use
	// Whose user id an owner has is the claim mapping's to say.
	return m.holds[name] && (predicate != "stepup" || m.kind == "user")
}

// named answers for a named rule, once for each trial.
func (m *model) named(name string, under bool) bool {
	key := trial{name, under}
	if answer, ok := m.answers[key]; ok {
		return answer
	}
	if m.depth == deepestRule {
		return true // a circle, which is reported
	}
	var sets []annotations.Rule
	for _, l := range m.g.expand(annotations.Rule{Access: annotations.Protected, Named: name}, nil, func(string, string) {}) {
		sets = append(sets, l.rule)
	}
	m.depth++
	answer := m.all(sets, under)
	m.depth--
	m.answers[key] = answer
	return answer
}

// trial is a named rule as it is looked at: what stands under ! is noted so.
type trial struct {
	name  string
	under bool
}

func joined(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
