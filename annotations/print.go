package annotations

import (
	"strconv"
	"strings"
)

// String returns the directives of the rule, separated by commas, as the doc
// comments of generated code state it.
func (r Rule) String() string { return strings.Join(r.Directives(), ", ") }

// Directives returns the rule in its canonical form: directives without the
// prefix "//auth:", in the order of the language's table. [Parse] reads them
// back.
func (r Rule) Directives() []string {
	var lines []string
	add := func(key string, values ...string) {
		if len(values) > 0 {
			quoted := make([]string, len(values))
			for i, v := range values {
				quoted[i] = quote(v)
			}
			lines = append(lines, key+"="+strings.Join(quoted, ","))
		}
	}
	one := func(key, value string) {
		if value != "" {
			add(key, value)
		}
	}
	switch r.Access {
	case Public:
		line := "public"
		if r.Reason != "" {
			line += " reason=" + strconv.Quote(r.Reason)
		}
		lines = append(lines, line)
	case Optional:
		lines = append(lines, "optional")
	}
	if r.Authenticated {
		lines = append(lines, "authenticated")
	}
	add("roles", r.Roles...)
	add("permissions", r.Permissions...)
	add("scopes", r.Scopes...)
	add("tokens", r.Tokens...)
	add("issuer", r.Issuers...)
	add("features", r.Features...)
	one("tenant", r.Tenant)
	one("owner", r.Owner)
	if r.StepUp != nil {
		line := "stepup"
		if r.StepUp.MaxAge != 0 {
			line += "=" + r.StepUp.String()
		}
		lines = append(lines, line)
	}
	if r.NoActor {
		lines = append(lines, "actor=none")
	}
	checks := make([]string, len(r.Checks))
	for i, c := range r.Checks {
		checks[i] = c.String()
	}
	add("check", checks...)
	if r.Policy != nil {
		lines = append(lines, "policy="+r.Policy.String())
	}
	one("rule", r.Named)
	return lines
}

// String returns the check as it is written: type:id#permission.
func (c Check) String() string { return c.Type + ":" + c.ID + "#" + c.Permission }

// String returns the age as it is written, without the zeros that time.Duration
// prints: 10m, not 10m0s. It is empty when any age will do.
func (s StepUp) String() string {
	if s.MaxAge == 0 {
		return ""
	}
	text := s.MaxAge.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// quote returns a value as it may stand in a list.
func quote(v string) string {
	t := text{s: v, pos: 1}
	if _, rest, quoted, reason := t.value(); reason == "" && !quoted && rest.s == "" && v != "" && !strings.Contains(v, "*") {
		return v
	}
	return strconv.Quote(v)
}

// Precedences of the operators, the loosest first.
const (
	orLevel = iota
	andLevel
	unaryLevel
)

func (e *Or) String() string        { return render(e, orLevel) }
func (e *And) String() string       { return render(e, orLevel) }
func (e *Not) String() string       { return render(e, orLevel) }
func (e *Predicate) String() string { return render(e, orLevel) }

// render prints an expression for a place that binds at least as tightly as
// level, with the fewest parentheses that keep its shape.
func render(e Expr, level int) string {
	own, s := unaryLevel, ""
	switch e := e.(type) {
	case *Or:
		own, s = orLevel, render(e.X, orLevel)+" || "+render(e.Y, andLevel)
	case *And:
		own, s = andLevel, render(e.X, andLevel)+" && "+render(e.Y, unaryLevel)
	case *Not:
		s = "!" + render(e.X, unaryLevel)
	case *Predicate:
		args := make([]string, len(e.Args))
		for i, a := range e.Args {
			args[i] = strconv.Quote(a)
		}
		s = e.Name + "(" + strings.Join(args, ", ") + ")"
	}
	if own < level {
		return "(" + s + ")"
	}
	return s
}
