package generator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authgen/authgen/annotations"
)

// layer is a set of demands and where it was stated.
type layer struct {
	rule   annotations.Rule
	source string // "handler", "type files.API", "package files", "rule billing" or "parameter"
}

// rule is the effective rule of a handler.
type rule struct {
	access annotations.Access
	reason string
	layers []layer
	// sets holds the demands of all layers, joined where no key stands twice.
	// Each set must hold.
	sets    []annotations.Rule
	audit   *annotations.Audit
	replace bool
}

// joinSets puts the demands of the layers into as few sets as possible: a key
// that two layers state with different values goes to a set of its own.
func joinSets(layers []layer) []annotations.Rule {
	var sets []annotations.Rule
	// place puts one demand into the first set where its key is free.
	place := func(free func(*annotations.Rule) bool, same func(*annotations.Rule) bool, put func(*annotations.Rule)) {
		for i := range sets {
			if same(&sets[i]) {
				return
			}
		}
		for i := range sets {
			if free(&sets[i]) {
				put(&sets[i])
				return
			}
		}
		sets = append(sets, annotations.Rule{Access: annotations.Protected})
		put(&sets[len(sets)-1])
	}
	list := func(values []string, field func(*annotations.Rule) *[]string) {
		if len(values) > 0 {
			place(func(r *annotations.Rule) bool { return len(*field(r)) == 0 },
				func(r *annotations.Rule) bool { return slices.Equal(*field(r), values) },
				func(r *annotations.Rule) { *field(r) = values })
		}
	}
	text := func(value string, field func(*annotations.Rule) *string) {
		if value != "" {
			place(func(r *annotations.Rule) bool { return *field(r) == "" },
				func(r *annotations.Rule) bool { return *field(r) == value },
				func(r *annotations.Rule) { *field(r) = value })
		}
	}
	for _, l := range layers {
		in := l.rule
		list(in.Roles, func(r *annotations.Rule) *[]string { return &r.Roles })
		list(in.Permissions, func(r *annotations.Rule) *[]string { return &r.Permissions })
		list(in.Scopes, func(r *annotations.Rule) *[]string { return &r.Scopes })
		list(in.Tokens, func(r *annotations.Rule) *[]string { return &r.Tokens })
		list(in.Issuers, func(r *annotations.Rule) *[]string { return &r.Issuers })
		list(in.Features, func(r *annotations.Rule) *[]string { return &r.Features })
		text(in.Tenant, func(r *annotations.Rule) *string { return &r.Tenant })
		text(in.Owner, func(r *annotations.Rule) *string { return &r.Owner })
		if in.StepUp != nil {
			place(func(r *annotations.Rule) bool { return r.StepUp == nil },
				func(r *annotations.Rule) bool { return r.StepUp != nil && *r.StepUp == *in.StepUp },
				func(r *annotations.Rule) { r.StepUp = in.StepUp })
		}
		if in.NoActor {
			place(func(r *annotations.Rule) bool { return !r.NoActor },
				func(r *annotations.Rule) bool { return r.NoActor },
				func(r *annotations.Rule) { r.NoActor = true })
		}
		if len(in.Checks) > 0 {
			place(func(r *annotations.Rule) bool { return len(r.Checks) == 0 },
				func(r *annotations.Rule) bool { return slices.Equal(r.Checks, in.Checks) },
				func(r *annotations.Rule) { r.Checks = in.Checks })
		}
		if in.Policy != nil {
			place(func(r *annotations.Rule) bool { return r.Policy == nil },
				func(r *annotations.Rule) bool { return r.Policy != nil && r.Policy.String() == in.Policy.String() },
				func(r *annotations.Rule) { r.Policy = in.Policy })
		}
	}
	return sets
}

// String returns the rule as doc comments state it.
func (r *rule) String() string {
	if r.access != annotations.Protected {
		return annotations.Rule{Access: r.access, Reason: r.reason}.String()
	}
	var all []string
	for _, set := range r.sets {
		all = append(all, set.Directives()...)
	}
	if len(all) == 0 {
		return "authenticated"
	}
	return strings.Join(all, ", ")
}

// parameters returns the path parameters that the rule reads, each once, with
// the demand that reads it.
func (r *rule) parameters() (names, demands []string) {
	add := func(name, demand string) {
		if name != "" && !slices.Contains(names, name) {
			names, demands = append(names, name), append(demands, demand)
		}
	}
	check := func(id, demand string) {
		for rest := id; ; {
			_, after, ok := strings.Cut(rest, "{")
			if !ok {
				return
			}
			name, tail, _ := strings.Cut(after, "}")
			add(name, demand)
			rest = tail
		}
	}
	for _, set := range r.sets {
		add(set.Tenant, "tenant")
		add(set.Owner, "owner")
		for _, c := range set.Checks {
			check(c.ID, "check")
		}
		annotations.Walk(set.Policy, func(p *annotations.Predicate, _ bool) {
			switch p.Name {
			case "tenant", "owner":
				add(p.Args[0], p.Name)
			case "check":
				check(p.Args[0], p.Name)
			}
		})
	}
	return names, demands
}

// impossible says why nobody can meet the rule, "" when somebody may.
func (r *rule) impossible() string {
	if r.access != annotations.Protected {
		return ""
	}
	kinds := annotations.TokenKinds()
	stepUp := false
	for _, set := range r.sets {
		stepUp = stepUp || set.StepUp != nil
		if len(set.Tokens) > 0 {
			kinds = slices.DeleteFunc(kinds, func(k string) bool { return !slices.Contains(set.Tokens, k) })
		}
	}
	if len(kinds) == 0 {
		var lists []string
		for _, set := range r.sets {
			if len(set.Tokens) > 0 {
				lists = append(lists, strings.Join(set.Tokens, ","))
			}
		}
		return fmt.Sprintf("no token is of all these kinds: %s", strings.Join(lists, " and "))
	}
	if stepUp && !slices.Contains(kinds, "user") {
		return fmt.Sprintf("step-up is for people, and only %s tokens are admitted", strings.Join(kinds, ", "))
	}
	return ""
}
