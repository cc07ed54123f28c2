package generator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/authgen/authgen/annotations"
)

// accessNames are the runtime's names of accesses.
var accessNames = map[annotations.Access]string{
	annotations.Public: "Public", annotations.Optional: "Optional", annotations.Protected: "Restricted",
}

// kindNames are the runtime's names of kinds of token.
var kindNames = map[string]string{
	"user": "KindUser", "userApi": "KindUserAPI", "tenantApi": "KindTenantAPI", "userAccess": "KindUserAccess",
	"tenantAccess": "KindTenantAccess", "pat": "KindPAT", "service": "KindService", "vendor": "KindVendor",
}

// lines is a composite literal with one element on each line.
func lines(items []jen.Code) jen.Code {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, items...)
}

// rule writes the variable that holds a handler's rule, and its policies.
func (w *writer) rule(h *handler) {
	r := h.rule
	fields := []jen.Code{
		jen.Id("Handler").Op(":").Lit(h.String()),
		jen.Id("Access").Op(":").Qual(runtimePath, accessNames[r.access]),
	}
	var sets []jen.Code
	named := make([]*jen.Statement, len(r.sets)) // the rules that a policy names, known when it is written
	for i, set := range r.sets {
		policy := ""
		if set.Policy != nil {
			policy = policyName(h, i)
		}
		named[i] = jen.Null()
		sets = append(sets, jen.Values(append(w.demands(set, policy), named[i])...))
	}
	if len(sets) > 0 {
		fields = append(fields, jen.Id("All").Op(":").Index().Qual(runtimePath, "Demands").Add(lines(sets)))
	}
	if r.audit != nil {
		audit := []jen.Code{jen.Id("Name").Op(":").Lit(r.audit.Name)}
		if r.audit.Severity != "" {
			audit = append(audit, jen.Id("Severity").Op(":").Lit(r.audit.Severity))
		}
		if r.audit.Required {
			audit = append(audit, jen.Id("Required").Op(":").True())
		}
		fields = append(fields, jen.Id("Audit").Op(":").Qual(runtimePath, "Audit").Values(audit...))
	}
	w.file.Line()
	w.file.Var().Id(h.ruleName()).Op("=").Qual(runtimePath, "Rule").Add(lines(fields))
	for i, set := range r.sets {
		if set.Policy != nil {
			rules := &ruleVariables{base: policyName(h, i), of: map[string][]string{}}
			w.policy(policyName(h, i), set.Policy, rules)
			if len(rules.of) > 0 {
				*named[i] = *jen.Id("PolicyRules").Op(":").Add(rules.code())
			}
		}
	}
}

// demands returns the fields of a set of demands.
func (w *writer) demands(set annotations.Rule, policy string) (fields []jen.Code) {
	list := func(name string, values []string) {
		if len(values) > 0 {
			fields = append(fields, jen.Id(name).Op(":").Add(stringList(values)))
		}
	}
	text := func(name, value string) {
		if value != "" {
			fields = append(fields, jen.Id(name).Op(":").Lit(value))
		}
	}
	list("Roles", set.Roles)
	list("Permissions", set.Permissions)
	list("Scopes", set.Scopes)
	list("Features", set.Features)
	if len(set.Tokens) > 0 {
		fields = append(fields, jen.Id("Kinds").Op(":").Add(kinds(set.Tokens)))
	}
	list("Issuers", set.Issuers)
	text("Tenant", set.Tenant)
	text("Owner", set.Owner)
	if set.StepUp != nil {
		stepUp := []jen.Code{jen.Id("Required").Op(":").True()}
		if set.StepUp.MaxAge != 0 {
			stepUp = append(stepUp, jen.Id("MaxAge").Op(":").Add(duration(set.StepUp.MaxAge)))
		}
		fields = append(fields, jen.Id("StepUp").Op(":").Qual(runtimePath, "StepUp").Values(stepUp...))
	}
	if set.NoActor {
		fields = append(fields, jen.Id("NoActor").Op(":").True())
	}
	checks := func(name string, values []annotations.Check) {
		var codes []jen.Code
		for _, c := range values {
			codes = append(codes, jen.Values(
				jen.Id("Type").Op(":").Lit(c.Type), jen.Id("ID").Op(":").Lit(c.ID), jen.Id("Permission").Op(":").Lit(c.Permission)))
		}
		if codes != nil {
			fields = append(fields, jen.Id(name).Op(":").Index().Qual(runtimePath, "ResourceCheck").Values(codes...))
		}
	}
	checks("Checks", set.Checks)
	if policy != "" {
		fields = append(fields, jen.Id("Policy").Op(":").Id(policy))
		needs, issuers, asked := w.needs(set.Policy)
		if len(needs) > 0 {
			fields = append(fields, jen.Id("PolicyNeeds").Op(":").Add(alternatives(needs)))
		}
		list("PolicyIssuers", issuers)
		checks("PolicyChecks", asked)
		if w.g.namesVendor(set.Policy, map[string]bool{}) {
			fields = append(fields, jen.Id("PolicyVendor").Op(":").True())
		}
		text("PolicySource", set.Policy.String())
	}
	return fields
}

func stringList(values []string) jen.Code {
	items := make([]jen.Code, len(values))
	for i, v := range values {
		items[i] = jen.Lit(v)
	}
	return jen.Index().String().Values(items...)
}

func kinds(names []string) jen.Code {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = kindNames[n]
	}
	return alternatives(list)
}

// alternatives joins constants of the runtime with |.
func alternatives(names []string) jen.Code {
	s := jen.Qual(runtimePath, names[0])
	for _, n := range names[1:] {
		s = s.Op("|").Qual(runtimePath, n)
	}
	return s
}

// duration returns whole seconds in the largest unit that holds them.
func duration(d time.Duration) jen.Code {
	for _, u := range []struct {
		name string
		unit time.Duration
	}{{"Hour", time.Hour}, {"Minute", time.Minute}, {"Second", time.Second}} {
		if d%u.unit == 0 {
			return jen.Lit(int(d/u.unit)).Op("*").Qual("time", u.name)
		}
	}
	return jen.Lit(int64(d))
}

// policyName returns the name of the function for the policy of a handler's
// i-th set of demands.
func policyName(h *handler, i int) string {
	name := "policy_" + h.ident()
	if i > 0 {
		name += fmt.Sprintf("_%d", i+1)
	}
	return name
}

// needs returns the providers, issuers and checks that a policy asks for, those of the
// rules that it names too.
func (w *writer) needs(e annotations.Expr) (needs, issuers []string, checks []annotations.Check) {
	add := func(list *[]string, values ...string) {
		for _, v := range values {
			if !slices.Contains(*list, v) {
				*list = append(*list, v)
			}
		}
	}
	ask := func(c annotations.Check) {
		if !slices.Contains(checks, c) {
			checks = append(checks, c)
		}
	}
	for _, set := range w.g.withNamed([]annotations.Rule{{Access: annotations.Protected, Policy: e}}) {
		if len(set.Features) > 0 {
			add(&needs, "NeedsFeatures")
		}
		if len(set.Checks) > 0 {
			add(&needs, "NeedsChecker")
		}
		add(&issuers, set.Issuers...)
		for _, c := range set.Checks {
			ask(c)
		}
		annotations.Walk(set.Policy, func(p *annotations.Predicate, _ bool) {
			switch p.Name {
			case "feature":
				add(&needs, "NeedsFeatures")
			case "check":
				add(&needs, "NeedsChecker")
				ask(checkOf(p))
			case "issuer":
				add(&issuers, p.Args[0])
			}
		})
	}
	return needs, issuers, checks
}

// checkOf returns what the predicate check asks.
func checkOf(p *annotations.Predicate) annotations.Check { return checkIn(p.Args[0]) }

// checkIn reads a check that was found to be one.
func checkIn(text string) annotations.Check {
	object, permission, _ := strings.Cut(text, "#")
	typ, id, _ := strings.Cut(object, ":")
	return annotations.Check{Type: typ, ID: id, Permission: permission}
}

// policy writes a policy as a function: three-valued, asking no more than the
// outcome needs, from left to right.
func (w *writer) policy(name string, e annotations.Expr, rules *ruleVariables) {
	c := &policyCompiler{w: w, rules: rules}
	d := w.pick("d")
	w.file.Line()
	w.doc(name + " is " + e.String() + ".")
	w.file.Func().Id(name).Params(jen.Id(d).Op("*").Qual(runtimePath, "Decision")).Qual(runtimePath, "Truth").BlockFunc(func(b *jen.Group) {
		if p, ok := e.(*annotations.Predicate); ok {
			b.Return(c.predicate(p))
			return
		}
		for _, s := range c.statements(e, 1) {
			b.Add(s)
		}
		b.Return(jen.Id(c.variable(1)))
	})
	for _, f := range c.extra {
		f()
	}
}

// policyCompiler writes one policy.
type policyCompiler struct {
	w     *writer
	rules *ruleVariables
	extra []func() // what is written behind the function
}

// ruleVariables are the variables that hold the demands of named rules, for one
// policy and those of the rules that it names.
type ruleVariables struct {
	base  string
	of    map[string][]string // by the rule's name
	count int
}

// code lists the rules with their variables.
func (r *ruleVariables) code() jen.Code {
	var rules []jen.Code
	for _, name := range slices.Sorted(maps.Keys(r.of)) {
		var sets []jen.Code
		for _, variable := range r.of[name] {
			sets = append(sets, jen.Op("&").Id(variable))
		}
		rules = append(rules, jen.Values(jen.Id("Name").Op(":").Lit(name), jen.Id("All").Op(":").Index().Op("*").Qual(runtimePath, "Demands").Values(sets...)))
	}
	return jen.Index().Qual(runtimePath, "PolicyRule").Values(rules...)
}

// next returns a name that nothing else has: handlers' names do not end in an
// underscore, and so no other name that is made from one does.
func (r *ruleVariables) next(w *writer) string {
	r.count++
	return w.pick(fmt.Sprintf("%s_%d_", r.base, r.count))
}

// variable returns the name of the variable for a depth of nesting.
func (c *policyCompiler) variable(depth int) string {
	if depth == 1 {
		return c.w.pick("t")
	}
	return c.w.pick(fmt.Sprintf("t%d", depth))
}

// statements computes e into the variable of this depth, which they declare.
func (c *policyCompiler) statements(e annotations.Expr, depth int) []jen.Code {
	v := c.variable(depth)
	combine := func(x, y annotations.Expr, stop, operator string) []jen.Code {
		code := c.statements(x, depth)
		var then []jen.Code
		if p, ok := y.(*annotations.Predicate); ok {
			then = []jen.Code{jen.Id(v).Op("=").Qual(runtimePath, operator).Call(jen.Id(v), c.predicate(p))}
		} else {
			then = append(c.statements(y, depth+1),
				jen.Id(v).Op("=").Qual(runtimePath, operator).Call(jen.Id(v), jen.Id(c.variable(depth+1))))
		}
		return append(code, jen.If(jen.Id(v).Op("!=").Qual(runtimePath, stop)).Block(then...))
	}
	switch e := e.(type) {
	case *annotations.Or:
		return combine(e.X, e.Y, "True", "Or")
	case *annotations.And:
		return combine(e.X, e.Y, "False", "And")
	case *annotations.Not:
		return append(c.statements(e.X, depth), jen.Id(v).Op("=").Id(v).Dot("Not").Call())
	case *annotations.Predicate:
		return []jen.Code{jen.Id(v).Op(":=").Add(c.predicate(e))}
	}
	return nil
}

// predicate returns the call that answers a predicate.
func (c *policyCompiler) predicate(p *annotations.Predicate) jen.Code {
	ask := func(method string, args ...jen.Code) jen.Code { return jen.Id(c.w.pick("d")).Dot(method).Call(args...) }
	switch p.Name {
	case "authenticated":
		return ask("Authenticated")
	case "role":
		return ask("Role", jen.Lit(p.Args[0]))
	case "permission":
		return ask("Permission", jen.Lit(p.Args[0]))
	case "scope":
		return ask("Scope", jen.Lit(p.Args[0]))
	case "token":
		return ask("Token", kinds(p.Args))
	case "issuer":
		return ask("Issuer", jen.Lit(p.Args[0]))
	case "feature":
		return ask("Feature", jen.Lit(p.Args[0]))
	case "tenant":
		return ask("Tenant", jen.Lit(p.Args[0]))
	case "owner":
		return ask("Owner", jen.Lit(p.Args[0]))
	case "stepup":
		age := jen.Code(jen.Lit(0))
		if len(p.Args) > 0 {
			d, _ := time.ParseDuration(p.Args[0]) // the parser of annotations has checked it
			age = duration(d)
		}
		return ask("StepUp", age)
	case "check":
		asked := checkOf(p)
		return ask("Check", jen.Lit(asked.Type), jen.Lit(asked.ID), jen.Lit(asked.Permission))
	case "rule":
		return c.namedRule(p.Args[0])
	}
	// Not a predicate of the language: deny.
	return jen.Qual(runtimePath, "False")
}

// namedRule returns the call that answers rule("…"): its sets of demands stand
// in variables of their own.
func (c *policyCompiler) namedRule(name string) jen.Code {
	variables, ok := c.rules.of[name]
	if !ok {
		for i, set := range c.w.g.named(name) {
			variable, part, policy := c.rules.next(c.w), "", ""
			if i > 0 {
				part = " also"
			}
			if set.Policy != nil {
				policy = c.w.pick(variable + "policy_")
			}
			variables = append(variables, variable)
			c.extra = append(c.extra, func() {
				c.w.file.Line()
				c.w.doc(fmt.Sprintf("%s is what rule(%q) demands%s.", variable, name, part))
				c.w.file.Var().Id(variable).Op("=").Qual(runtimePath, "Demands").Values(c.w.demands(set, policy)...)
				if policy != "" {
					c.w.policy(policy, set.Policy, c.rules)
				}
			})
		}
		c.rules.of[name] = variables
	}
	if len(variables) == 0 { // only authenticated
		return jen.Id(c.w.pick("d")).Dot("Authenticated").Call()
	}
	var call jen.Code
	for _, v := range variables {
		one := jen.Id(c.w.pick("d")).Dot("All").Call(jen.Op("&").Id(v))
		if call == nil {
			call = one
			continue
		}
		call = jen.Qual(runtimePath, "And").Call(call, one)
	}
	return call
}
