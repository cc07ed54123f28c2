package audit

import (
	"slices"
	"strings"
	"time"

	"github.com/authgen/authgen/manifest"
)

// demand is one line of a rule. All lines must hold; of the values of one line
// one must.
type demand struct {
	key    string
	values []string
}

// demands returns what a rule demands.
func demands(rule *manifest.Rule) (all []demand) {
	if rule == nil {
		return nil
	}
	add := func(key string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			all = append(all, demand{key, values})
		}
	}
	for _, r := range append([]manifest.Rule{*rule}, rule.Also...) {
		add("roles", r.Roles...)
		add("permissions", r.Permissions...)
		add("scopes", r.Scopes...)
		add("tokens", r.Tokens...)
		add("issuer", r.Issuers...)
		add("features", r.Features...)
		add("tenant", r.Tenant)
		add("owner", r.Owner)
		add("stepup", r.StepUp)
		add("actor", r.Actor)
		for _, c := range r.Checks {
			add("check", c)
		}
		add("policy", r.Policy)
	}
	return all
}

// directives are the lines of a rule as they are written.
func directives(rule *manifest.Rule) []string {
	if rule == nil {
		return nil
	}
	var lines []string
	if rule.Access != "" {
		lines = append(lines, rule.Access)
	}
	for _, d := range demands(rule) {
		lines = append(lines, strings.TrimSuffix(d.key+"="+strings.Join(d.values, ","), "=any"))
	}
	return lines
}

// asksFor reports whether whoever meets one of the rules wide also meets what
// the demand asks for, as far as the words of the rules show it.
func (d demand) impliedBy(wide []demand) bool {
	return slices.ContainsFunc(wide, func(w demand) bool {
		if w.key != d.key {
			return false
		}
		switch d.key {
		case "tenant", "owner":
			return true // of another path, so that the parameter may have another name
		case "stepup":
			return d.values[0] == "any" || maxAge(w.values[0]) <= maxAge(d.values[0])
		}
		// A narrower choice is a stronger demand.
		return !slices.ContainsFunc(w.values, func(v string) bool { return !slices.Contains(d.values, v) })
	})
}

// maxAge reads the age of a step-up, where any is the longest.
func maxAge(s string) time.Duration {
	if d, err := time.ParseDuration(s); err == nil {
		return d
	}
	return 1<<63 - 1
}
