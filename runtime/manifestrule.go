package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// manifestRule is a rule as manifests write it.
type manifestRule struct {
	Access      string         `json:"access"`
	Reason      string         `json:"reason"`
	Roles       []string       `json:"roles"`
	Permissions []string       `json:"permissions"`
	Scopes      []string       `json:"scopes"`
	Tokens      []string       `json:"tokens"`
	Issuers     []string       `json:"issuers"`
	Features    []string       `json:"features"`
	Tenant      string         `json:"tenant"`
	Owner       string         `json:"owner"`
	StepUp      string         `json:"stepup"`
	Actor       string         `json:"actor"`
	Checks      []string       `json:"checks"`
	Policy      string         `json:"policy"`
	Also        []manifestRule `json:"also"`
	Audit       string         `json:"audit"`
	Severity    string         `json:"severity"`
	Required    bool           `json:"audit_required"`
	Replace     bool           `json:"replace"`

	sets []Demands // what it stands for
}

// parseManifestRule refuses what it does not know: it may be a demand.
func parseManifestRule(data []byte) (*manifestRule, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var r *manifestRule
	if err := dec.Decode(&r); err != nil {
		return nil, plainly(err)
	}
	if r == nil {
		return nil, errors.New("it has no rule")
	}
	switch r.Access {
	case "", "public", "optional", "authenticated":
	default:
		return nil, fmt.Errorf("access %.64q is not known", r.Access)
	}
	for _, one := range append([]manifestRule{*r}, r.Also...) {
		set, err := one.demands()
		if err != nil {
			return nil, err
		}
		r.sets = append(r.sets, set)
	}
	if r.Access != "" {
		if r.sets[0].text() != "" {
			return nil, fmt.Errorf("access %s stands beside demands", r.Access)
		}
		r.sets = r.sets[1:]
	}
	return r, nil
}

// demands returns what one set of a rule stands for.
func (r *manifestRule) demands() (Demands, error) {
	d := Demands{
		Roles: r.Roles, Permissions: r.Permissions, Scopes: r.Scopes, Features: r.Features, Issuers: r.Issuers,
		Tenant: r.Tenant, Owner: r.Owner, PolicySource: r.Policy,
	}
	for _, token := range r.Tokens {
		i := slices.Index(kindNames[:], token)
		if i < 0 {
			return d, fmt.Errorf("kind of token %.64q is not known", token)
		}
		d.Kinds |= 1 << i
	}
	switch r.StepUp {
	case "":
	case "any":
		d.StepUp.Required = true
	default:
		age, err := time.ParseDuration(r.StepUp)
		if err != nil || age <= 0 {
			return d, fmt.Errorf("stepup %.64q is no age", r.StepUp)
		}
		d.StepUp = StepUp{Required: true, MaxAge: age}
	}
	switch r.Actor {
	case "":
	case "none":
		d.NoActor = true
	default:
		return d, fmt.Errorf("actor %.64q is not known", r.Actor)
	}
	for _, check := range r.Checks {
		object, permission, _ := strings.Cut(check, "#")
		typ, id, _ := strings.Cut(object, ":")
		d.Checks = append(d.Checks, ResourceCheck{Type: typ, ID: id, Permission: permission})
	}
	return d, nil
}

// text is ruleText of a rule of a manifest. named are the rules that policies may
// name.
func (r *manifestRule) text(named map[string]*manifestRule) string {
	access := map[string]Access{"public": Public, "optional": Optional}[r.Access]
	if access == Closed {
		access = Restricted
	}
	used := map[string][]*Demands{}
	var use func(sets []Demands)
	use = func(sets []Demands) {
		for i := range sets {
			for _, name := range rulesNamed(sets[i].PolicySource) {
				if _, known := used[name]; known || named[name] == nil {
					continue
				}
				used[name] = nil // it may name itself in a manifest that nobody generated
				for j := range named[name].sets {
					used[name] = append(used[name], &named[name].sets[j])
				}
				use(named[name].sets)
			}
		}
	}
	use(r.sets)
	return ruleText(access, r.sets, Audit{r.Audit, r.Severity, r.Required}, used)
}

// rulesNamed returns the names in rule("name") of a policy's text. Strings of other
// predicates may hold such text too: what is found more of changes nothing but what
// is compared.
func rulesNamed(policy string) (names []string) {
	for {
		_, rest, ok := strings.Cut(policy, `rule("`)
		if !ok {
			return names
		}
		name, after, ok := strings.Cut(rest, `")`)
		if !ok {
			return names
		}
		names, policy = append(names, name), after
	}
}

// text is ruleText of a rule that is part of the program.
func (r *Rule) text() string {
	used := map[string][]*Demands{}
	for i := range r.All {
		for _, named := range r.All[i].PolicyRules {
			used[named.Name] = named.All
		}
	}
	return ruleText(r.Access, r.All, r.Audit, used)
}

// ruleText says what a rule demands, and what the rules demand that its policies
// name. Rules that differ have texts that differ.
func ruleText(access Access, sets []Demands, audit Audit, named map[string][]*Demands) string {
	var parts []string
	switch {
	case access == Public:
		parts = append(parts, "public")
	case access == Optional:
		parts = append(parts, "optional")
	case access != Restricted:
		parts = append(parts, "nobody")
	case len(sets) == 0:
		parts = append(parts, "authenticated")
	}
	for i := range sets {
		parts = append(parts, sets[i].text())
	}
	if audit != (Audit{}) {
		text := fmt.Sprintf("audit=%q severity=%q", audit.Name, audit.Severity)
		if audit.Required {
			text += " required"
		}
		parts = append(parts, text)
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		var all []string
		for _, set := range named[name] {
			all = append(all, set.text())
		}
		parts = append(parts, fmt.Sprintf("where rule %q is (%s)", name, strings.Join(all, " and ")))
	}
	return strings.Join(parts, " and ")
}

// text says what a set demands.
func (q *Demands) text() string {
	var parts []string
	list := func(key string, values []string) {
		if len(values) > 0 {
			parts = append(parts, key+"="+strings.Trim(fmt.Sprintf("%q", values), "[]"))
		}
	}
	one := func(key, value string) {
		if value != "" {
			list(key, []string{value})
		}
	}
	list("roles", q.Roles)
	list("permissions", q.Permissions)
	list("scopes", q.Scopes)
	if q.Kinds != 0 {
		parts = append(parts, "tokens="+q.Kinds.String())
	}
	list("issuer", q.Issuers)
	list("features", q.Features)
	one("tenant", q.Tenant)
	one("owner", q.Owner)
	if q.StepUp.Required {
		parts = append(parts, "stepup="+q.StepUp.MaxAge.String())
	}
	if q.NoActor {
		parts = append(parts, "actor=none")
	}
	var checks []string
	for _, c := range q.Checks {
		checks = append(checks, c.String())
	}
	list("check", checks)
	switch {
	case q.PolicySource != "":
		parts = append(parts, "policy="+q.PolicySource)
	case q.Policy != nil:
		parts = append(parts, "a policy without its text")
	}
	return strings.Join(parts, ", ")
}

// String returns the check as rules write it: type:id#permission.
func (c ResourceCheck) String() string { return c.Type + ":" + c.ID + "#" + c.Permission }
