package judge

import (
	"slices"
	"strings"
)

// verdict tells what the ways through the chain mean.
func (t *tally) verdict() Verdict {
	var open, unsure []*state // without proof, and with half of one
	for _, s := range t.reached {
		if s.proof != none || s.doubt != nil {
			unsure = append(unsure, s)
		} else {
			open = append(open, s)
		}
	}
	proofs := evidenceOf(t.proven)
	if len(open) == 0 && len(unsure) == 0 {
		if len(t.proven) == 0 {
			return Verdict{State: Unknown, Evidence: []Evidence{{Text: "no way was found on which the handler runs: what stands in front of it seems to end every request"}}}
		}
		return Verdict{State: Denies, Evidence: proofs}
	}
	if len(open) == 0 {
		return Verdict{State: Unknown, Evidence: append([]Evidence{unsure[0].unsureOf()}, proofs...)}
	}
	if conds, ok := t.conditions(open, t.proven); ok {
		return Verdict{State: Conditional, Evidence: append(conds, proofs...), EmptyKey: !slices.ContainsFunc(open, func(s *state) bool { return !s.emptyKey() })}
	}
	if conds, ok := t.conditions(open, unsure); ok && len(unsure) > 0 {
		// Were the half proofs whole, it would be conditional: what is in doubt of
		// them comes first.
		half := unsure[0]
		for _, s := range unsure {
			if _, ok := t.besides(s, open); ok {
				half = s
				break
			}
		}
		return Verdict{State: Unknown, Evidence: append([]Evidence{half.unsureOf()}, conds...)}
	}
	ev := []Evidence{}
	for _, s := range open {
		for _, f := range s.facts {
			if f.who {
				ev = append(ev, Evidence{Pos: f.pos, Text: "goes on when " + f.words()})
			}
		}
		if len(ev) > 0 {
			break
		}
	}
	if len(ev) > 3 {
		ev = ev[len(ev)-3:]
	}
	return Verdict{State: Open, Evidence: ev}
}

// unsureOf says why it cannot be told what a way proves.
func (s *state) unsureOf() Evidence {
	if s.doubt != nil {
		return *s.doubt
	}
	ev := s.why
	ev.Text = "cannot tell what this proves: " + strings.TrimPrefix(ev.Text, "denies ")
	if s.proof == claimed {
		ev.Text += ", which was not read; if it proves who calls, name the middleware in authgen.yaml under middleware"
	}
	return ev
}

// evidenceOf returns what proved, each once.
func evidenceOf(states []*state) []Evidence {
	var out []Evidence
	for _, s := range states {
		if !slices.Contains(out, s.why) {
			out = append(out, s.why)
		}
	}
	return out
}

// conditions says under which decisions, of those that are not about identity,
// the ways without proof are taken, and whether others leave only ways with
// proof.
func (t *tally) conditions(open, proven []*state) ([]Evidence, bool) {
	var best []Evidence
	length := 0
	for _, p := range proven {
		ev, ok := t.besides(p, open)
		if !ok {
			continue
		}
		n := 0
		for _, e := range ev {
			n += len(e.Text)
		}
		if best == nil || n < length {
			best, length = ev, n
		}
	}
	return best, best != nil
}

// besides looks for decisions under which a proven way can be taken and no open
// one, and says what the open ones decided otherwise.
func (t *tally) besides(p *state, open []*state) ([]Evidence, bool) {
	taken := map[string]bool{}
	for _, o := range open {
		against := false
		var free *fact
		for i, f := range o.facts {
			if is, ok := o.known.get(f.key); f.who || !ok || is != f.is {
				continue
			}
			is, ok := taken[f.key]
			if !ok {
				is, ok = p.known.get(f.key)
			}
			switch {
			case !ok && f.link > p.link && t.passes != nil && !t.passes(p, f):
				// It holds for all who come through, whoever they are.
			case !ok:
				// Rather what was decided up to the proof than in a later link,
				// which may be the same for all.
				if free == nil || f.link <= p.link || free.link > p.link {
					free = &o.facts[i]
				}
			case is != f.is:
				taken[f.key] = is
				against = true
			}
		}
		if against {
			continue
		}
		if free == nil {
			return nil, false
		}
		taken[free.key] = !free.is
	}
	var out []Evidence
	for _, o := range open {
		var texts []string
		var last Evidence
		for _, f := range o.facts {
			if is, ok := taken[f.key]; ok && is != f.is && o.known.at(f.key) == f.is && !f.who {
				texts = append(texts, f.words())
				last.Pos = f.pos
			}
		}
		last.Text = "reaches the next handler when " + strings.Join(texts, " && ")
		if len(texts) > 0 && !slices.Contains(out, last) {
			out = append(out, last)
		}
	}
	return out, len(out) > 0
}

// words is a decision in words, as it was taken.
func (f fact) words() string {
	if !f.fails {
		return f.text
	}
	if !strings.ContainsAny(f.text, "&|") {
		for _, op := range [][2]string{{" == ", " != "}, {" < ", " >= "}, {" > ", " <= "}} {
			for _, o := range [][2]string{op, {op[1], op[0]}} {
				if strings.Count(f.text, o[0]) == 1 {
					return strings.Replace(f.text, o[0], o[1], 1)
				}
			}
		}
	}
	if rest, ok := strings.CutPrefix(f.text, "!"); ok && !strings.ContainsAny(rest, " ") {
		return rest
	}
	if strings.ContainsAny(f.text, " ") || strings.HasPrefix(f.text, "!") {
		return "!(" + f.text + ")"
	}
	return "!" + f.text
}
