package entitlement

import "strings"

const (
	maxRuleDepth      = 16   // of groups in groups
	maxAttributeBytes = 1024 // of an attribute's name
)

// treated reads a treatment.
func treated(raw string) (grants, ok bool) {
	s, _ := text(raw)
	return s == "true", s == "true" || s == "false"
}

// targeting reads rules, and reports whether they are a list or absent. A rule that is
// not understood refuses: it could be meant to.
func (p *parser) targeting(fallback bool, rules string) (*targeting, bool) {
	t := &targeting{fallback: fallback}
	if absent(rules) {
		return t, true
	}
	it := itemsOf(rules, '[')
	for {
		raw, ok := it.next()
		if !ok {
			return t, !it.bad
		}
		r, ok := p.rule(raw)
		if !ok {
			p.dropped.Rules++
			r = rule{}
		}
		t.rules = append(t.rules, r)
	}
}

func (p *parser) rule(raw string) (rule, bool) {
	var in [3]string
	if !members(raw, []string{"conditionLogic", "conditions", "treatment"}, in[:]) {
		return rule{}, false
	}
	grants, ok := treated(in[2])
	if !ok {
		return rule{}, false
	}
	g, ok := p.group(in[0], in[1], maxRuleDepth)
	return rule{g, grants}, ok
}

// group reports whether conditions are a list; each that is not understood is doubtful.
func (p *parser) group(word, conditions string, depth int) (group, bool) {
	g := group{logic: logicUnknown}
	switch s, _ := text(word); s {
	case "and":
		g.logic = logicAnd
	case "or":
		g.logic = logicOr
	}
	it := itemsOf(conditions, '[')
	for {
		raw, ok := it.next()
		if !ok {
			return g, !it.bad
		}
		n, ok := p.node(raw, depth-1)
		if !ok {
			p.dropped.Conditions++
			n = node{}
		}
		g.nodes = append(g.nodes, n)
	}
}

// node reads a condition, or a group: an object with conditions and a word for how
// they go together.
func (p *parser) node(raw string, depth int) (node, bool) {
	var in [7]string
	names := []string{"conditionLogic", "conditions", "attribute", "attributeType", "negate", "op", "value"}
	if depth < 0 || !members(raw, names, in[:]) {
		return node{}, false
	}
	if in[0] != "" || in[1] != "" {
		if in[0] == "" || in[5] != "" { // half a group, or both
			return node{}, false
		}
		g, ok := p.group(in[0], in[1], depth)
		return node{group: g}, ok
	}
	name, named := filled(in[2])
	attributeType, _ := text(in[3])
	negate, said := boolean(in[4])
	op, _ := text(in[5])
	switch {
	case !named || len(name) > maxAttributeBytes || !said && !absent(in[4]):
		return node{}, false
	case !absent(in[3]) && attributeType != "custom" && attributeType != "frontegg":
		return node{}, false
	}
	c := &condition{attribute: newAttribute(strings.Clone(name)), negate: negate}
	return node{condition: c}, c.setValue(op, in[6], &p.patterns)
}
