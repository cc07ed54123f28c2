package entitlement

// verdict is what is known about a condition or a group. The order makes "and" the
// least and "or" the greatest.
type verdict uint8

const (
	no verdict = iota
	doubtful
	yes
)

func verdictOf(holds bool) verdict {
	if holds {
		return yes
	}
	return no
}

// targeting is a feature flag or the rules of a plan: the first rule that decides, or
// fallback. A flag that is off is its off treatment, without rules.
type targeting struct {
	rules    []rule
	fallback bool
}

type rule struct {
	group
	grants bool
}

// group is a list of conditions and groups. The zero group is doubtful.
type group struct {
	logic logic
	nodes []node
}

type logic uint8

const (
	logicDoubtful logic = iota
	logicAnd
	logicOr
	logicUnknown
)

// node is a condition, or a group when it has no condition.
type node struct {
	*condition
	group
}

// grants reports whether t comes to "true".
func (t *targeting) grants(attributes *Attributes) bool {
	for i := range t.rules {
		r := &t.rules[i]
		switch v := r.verdict(attributes); {
		case r.grants && v == yes:
			return true
		case !r.grants && v != no:
			return false
		}
	}
	return t.fallback
}

// mayGrant reports whether there are attributes for which t comes to "true".
func (t *targeting) mayGrant() bool {
	for i := range t.rules {
		if t.rules[i].grants {
			return true
		}
	}
	return t.fallback
}

func (g *group) verdict(attributes *Attributes) verdict {
	switch g.logic {
	case logicAnd, logicUnknown:
		v := yes
		for i := 0; i < len(g.nodes) && v != no; i++ {
			v = min(v, g.nodes[i].verdict(attributes))
		}
		if g.logic == logicUnknown && v == no {
			return doubtful
		}
		return v
	case logicOr:
		v := no
		for i := 0; i < len(g.nodes) && v != yes; i++ {
			v = max(v, g.nodes[i].verdict(attributes))
		}
		return v
	}
	return doubtful
}

func (n *node) verdict(attributes *Attributes) verdict {
	if n.condition != nil {
		return n.condition.verdict(attributes)
	}
	return n.group.verdict(attributes)
}
