package judge

import "go/token"

// together makes one of states that a link which proves nothing leaves, as far
// as they agree on request and doubt. What it decided matters only as far as it
// wrote it down.
func together(states []*state) []*state {
	groups := map[string]*state{}
	var out []*state
	for _, s := range states {
		k := ""
		if s.doubt != nil {
			k = "d"
		}
		if s.open {
			k += "o"
		}
		if s.proof != none {
			k += "p"
		}
		if s.req != nil {
			k += s.req.key + s.req.ctx.id()
		}
		o := groups[k]
		if o == nil {
			groups[k] = s
			out = append(out, s)
			continue
		}
		o.join(s, "")
	}
	return out
}

// squeeze makes one of states that differ in variables and decisions only.
func (x *exec) squeeze(states []*state, pos token.Pos) []*state {
	groups := map[uint64]*state{}
	var out []*state
	for _, s := range states {
		c := *s
		c.mem = nil
		k := mix(c.hash(), uint64(len(s.defers)))
		o := groups[k]
		if o == nil {
			groups[k] = s
			out = append(out, s)
			continue
		}
		o.join(s, "@"+itoa(int(pos)))
	}
	return out
}

// join makes s stand for o too.
func (s *state) join(o *state, at string) {
	s.meet(o)
	for k := range o.keys {
		if _, ok := s.keys[k]; !ok {
			s.keys[k] = nil
		}
	}
	for k, v := range s.keys {
		other, ok := o.keys[k]
		if ok && v != nil && keyOf(v) == keyOf(other) {
			continue
		}
		l := levelOf(v)
		switch {
		case v == nil:
			l = levelOf(other)
		case ok:
			l = min(l, levelOf(other))
		}
		s.keys[k] = &sym{key: "join:" + k + at, t: taintOf(v) | taintOf(other), onTrue: l, text: k, name: k, joined: true}
	}
	for c, v := range s.mem {
		if other, ok := o.mem[c]; !ok || keyOf(other) != keyOf(v) {
			s.mem[c] = &sym{key: "join:" + c.id + at, t: taintOf(v) | taintOf(other), onTrue: min(levelOf(v), levelOf(other)), text: c.name}
		}
	}
	for c, v := range o.mem {
		if _, ok := s.mem[c]; !ok {
			s.mem[c] = &sym{key: "join:" + c.id + at, t: taintOf(v), text: c.name}
		}
	}
}
