package judge

import (
	"cmp"
	"fmt"
	"go/token"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

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
			k += s.req.ctx.keys()
		}
		k += "#" + itoa(s.from)
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

// squeeze makes one of states that differ in variables and decisions only,
// first of those whose variables are alike in what they prove and in whether
// they are nil: an error and what it is about are told apart.
func (x *exec) squeeze(states []*state, pos token.Pos) []*state {
	differ := differing(states)
	kind := func(s *state) uint64 {
		c := *s
		c.mem = shared[*cell, val]{}
		k := c.hash()
		if s.emptyKey() {
			k++ // that is why it is open
		}
		return k
	}
	at := "@" + itoa(int(pos))
	out := grouped(states, at, func(s *state) uint64 {
		k := kind(s)
		for _, c := range differ {
			k = mix(k, uint64(s.class(s.load(c))))
		}
		return k
	})
	if len(out) > maxStates/6 || x.tight && len(out) > fewStates {
		out = grouped(out, at, kind)
	}
	return out
}

// squeezeOuts does the same to ways that have left a block, each kind of end by
// itself.
func (x *exec) squeezeOuts(outs []out, pos token.Pos) []out {
	ends := map[uint64][]*state{}
	first := map[uint64]out{}
	var kinds []uint64
	for _, o := range outs {
		k := mix(mix(uint64(o.ctl), hashString(o.label)), hashAll(o.vals))
		if ends[k] == nil {
			first[k] = o
			kinds = append(kinds, k)
		}
		ends[k] = append(ends[k], o.st)
	}
	var all []out
	for _, k := range kinds {
		for _, st := range x.squeeze(ends[k], pos) {
			o := first[k]
			o.st = st
			all = append(all, o)
		}
	}
	return all
}

// grouped joins the states of a key.
func grouped(states []*state, at string, key func(*state) uint64) []*state {
	groups := map[uint64]*state{}
	var out []*state
	for _, s := range states {
		k := key(s)
		o := groups[k]
		if o == nil {
			groups[k] = s
			out = append(out, s)
			continue
		}
		o.join(s, at)
	}
	return out
}

// differing returns the variables that do not hold the same in all states.
func differing(states []*state) []*cell {
	var out []*cell
	seen := map[*cell]bool{}
	for _, s := range states {
		for c := range s.mem.all() {
			if seen[c] {
				continue
			}
			seen[c] = true
			first := keyOf(states[0].load(c))
			if slices.ContainsFunc(states[1:], func(o *state) bool { return keyOf(o.load(c)) != first }) {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b *cell) int { return strings.Compare(a.id, b.id) })
	return out
}

// class is what is known of a value.
type class uint8

const (
	anyClass class = iota
	isNil
	isSet
	isYes
	isNo
)

func (s *state) class(v val) class {
	switch v := v.(type) {
	case nilVal:
		return isNil
	case *konst:
		if is, ok := isTrue(v); ok {
			if is {
				return isYes
			}
			return isNo
		}
	case *ptr, *closure, *nextVal:
		return isSet
	case *sym:
		switch is, known := s.known.get("z:" + v.key); {
		case known && is:
			return isNil
		case known, v.nonNil:
			return isSet
		}
	}
	return anyClass
}

// eitherOf is one value or the other, each as its state knows it.
func eitherOf(a *state, v val, b *state, w val, key, text string) val {
	if keyOf(v) == keyOf(w) {
		return v
	}
	if p, ok := v.(*strct); ok {
		if q, ok := w.(*strct); ok && p.id == q.id && p.w == q.w && p.sym == q.sym {
			n := &strct{typ: p.typ, w: p.w, sym: p.sym, id: p.id, own: p.own, f: map[string]val{}}
			for f := range p.f {
				if _, ok := q.f[f]; !ok {
					n = nil
					break
				}
				n.f[f] = eitherOf(a, p.f[f], b, q.f[f], key+"."+f, f)
			}
			if n != nil && len(p.f) == len(q.f) {
				return n
			}
		}
	}
	first, second := a.class(v), b.class(w)
	s := &sym{key: joinKey(key, v, first, w, second), t: taintOf(v) | taintOf(w), text: text, name: text, needs: cmp.Or(needsOf(v), needsOf(w))}
	s.nonNil = first == isSet && second == isSet
	if first == isNil && second == isNil {
		return nilVal{}
	}
	// Where it is set it is not the one that is nil, and the other way round.
	if first == isNil || first == isNo {
		s.onTrue = levelOf(w)
	} else if second == isNil || second == isNo {
		s.onTrue = levelOf(v)
	} else {
		s.onTrue = min(levelOf(v), levelOf(w))
	}
	if first == isSet {
		s.onNil = nilLevel(w)
	} else if second == isSet {
		s.onNil = nilLevel(v)
	} else {
		s.onNil = min(nilLevel(v), nilLevel(w))
	}
	for _, l := range []*sym{lackingOf(a, v), lackingOf(b, w)} {
		if l != nil {
			s.lacks, s.text = true, l.text
		}
	}
	for _, o := range []val{v, w} {
		if mayHoldNext(o) {
			s.mayBe = append(s.mayBe, o)
		}
	}
	p, okV := v.(*sym)
	q, okW := w.(*sym)
	switch {
	case okV && okW:
		s.derived = min(p.derived, q.derived)
		if s.query = p.query && q.query; p.query != q.query {
			s.t |= tMaybe // on one way it was not asked for
		}
		if p.typ == q.typ || typeName(p.typ) == typeName(q.typ) {
			s.typ = p.typ
		}
		if p.kind == kParsed || q.kind == kParsed {
			s.kind = kParsed
		}
	case okV && isInterface(p.typ):
		s.typ = p.typ // the other is perhaps nil
	case okW && isInterface(q.typ):
		s.typ = q.typ
	}
	return s
}

// joinKey tells joined values apart that stand for others: what was decided of
// one does not hold for the next.
func joinKey(key string, v val, of class, w val, and class) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%d%s\x00%d%s", key, of, keyOf(v), and, keyOf(w))
	return "join:" + strconv.FormatUint(h.Sum64(), 36)
}

// nilLevel is what it proves that a value is nil.
func nilLevel(v val) level {
	if s, ok := v.(*sym); ok {
		return s.onNil
	}
	return none
}

// mayLack says whether a context may lack a value.
func mayLack(v val) bool {
	s, ok := v.(*sym)
	return ok && s.joined
}

// join makes s stand for o too.
func (s *state) join(o *state, at string) {
	for k := range o.keys.all() {
		if _, ok := s.keys.get(k); !ok {
			s.keys.set(k, nil)
		}
	}
	for k, v := range s.keys.all() {
		other, ok := o.keys.get(k)
		if ok && v != nil && keyOf(v) == keyOf(other) {
			continue
		}
		if ok && v != nil {
			n := eitherOf(s, v, o, other, k+at, k)
			if mayLack(v) || mayLack(other) {
				if y, ok := n.(*sym); ok {
					y.joined = true
				} else {
					n = &sym{key: joinKey(k+at, v, anyClass, other, anyClass), t: taintOf(v) | taintOf(other), text: k, name: k, joined: true}
				}
			}
			s.keys.set(k, n)
			continue
		}
		// One may lack it.
		l := levelOf(v)
		if v == nil {
			l = levelOf(other)
		}
		s.keys.set(k, &sym{key: joinKey(k+at, v, anyClass, other, anyClass), t: taintOf(v) | taintOf(other), onTrue: l, needs: cmp.Or(needsOf(v), needsOf(other)), text: k, name: k, joined: true})
	}
	var lost []val
	either := func(c *cell, v, other val) {
		lost = append(lost, v, other)
		s.mem.set(c, eitherOf(s, v, o, other, c.id+at, c.name))
	}
	for c, v := range s.mem.all() {
		if other, ok := o.mem.get(c); !ok || keyOf(other) != keyOf(v) {
			either(c, v, o.load(c))
		}
	}
	for c, v := range o.mem.all() {
		if _, ok := s.mem.get(c); !ok {
			either(c, s.load(c), v)
		}
	}
	s.ages(lost...)
	if s.req != nil && o.req != nil && s.req.key != o.req.key {
		s.req = withContext(s.req, joinContexts(s, s.req.ctx, o, o.req.ctx, at))
	}
	s.meet(o)
}

// keys are those of what a context holds, innermost first.
func (c *ctxVal) keys() string {
	k := ""
	for ; c != nil; c = c.parent {
		k += "<" + c.key + ":" + typeName(c.typ)
		if c.open {
			k += "?"
		}
	}
	return k
}

// joinContexts joins contexts of the same keys.
func joinContexts(a *state, c *ctxVal, b *state, d *ctxVal, at string) *ctxVal {
	if c == nil || d == nil || c == d {
		return c
	}
	n := *c
	n.parent = joinContexts(a, c.parent, b, d.parent, at)
	n.v = eitherOf(a, c.v, b, d.v, "ctx:"+c.key+at, c.key)
	return &n
}
