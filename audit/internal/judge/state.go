package judge

import (
	"fmt"
	"go/token"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fact is a decision that was taken on the way.
type fact struct {
	key   string
	is    bool
	who   bool   // is about the caller's identity
	text  string // in the words of the code
	fails bool   // text does not hold
	plain bool   // text says it all
	lacks bool   // that a key which is a setting is empty
	pos   token.Pos
	link  int // in which it was taken
}

// state is one way through the code, up to here.
type state struct {
	mem   shared[*cell, val]
	facts []fact
	known shared[string, bool]

	proof   level
	why     Evidence // of proof
	aborted bool     // gin: no handler runs any more
	req     *sym     // the request that gin's or echo's context holds
	keys    shared[string, val]
	open    bool // keys that are absent may be there
	panics  bool
	thrown  bool      // see recovery
	doubt   *Evidence // why this way may be another than it looks
	defers  []deferred
	link    int      // that runs
	from    int      // which of the states that entered the link it comes from
	stored  []string // see puts
	looked  bool     // a check of an identity has failed here
	answer  *answer  // of a handler that denies
}

func (s *state) clone() *state {
	c := *s
	c.mem = s.mem.share()
	c.facts = append(make([]fact, 0, len(s.facts)+2), s.facts...) // most are to take one more
	c.known = s.known.share()
	c.keys = s.keys.share()
	return &c
}

func newState() *state {
	return &state{}
}

func (s *state) load(c *cell) val {
	if v, ok := s.mem.get(c); ok {
		return v
	}
	if c.init != nil {
		return c.init()
	}
	return nilVal{}
}

// decide notes a decision.
func (s *state) decide(f fact) {
	s.known.set(f.key, f.is)
	f.link = s.link
	s.facts = append(s.facts, f)
}

func (s *state) prove(l level, e Evidence) {
	if l > s.proof {
		s.proof, s.why = l, e
	}
}

func (c *ctxVal) id() string {
	k := ""
	for ; c != nil; c = c.parent {
		k += "<" + c.key + ":" + keyOf(c.v)
	}
	return k
}

// forget forgets the variables that an earlier memory lacks and that neither
// one of the values nor what remains leads to.
func (s *state) forget(before *shared[*cell, val], vals []val) {
	s.sweep(vals, func(c *cell) bool { return !before.has(c) })
}

// sweep forgets variables that are inside and that neither one of the values
// nor a variable outside leads to.
func (s *state) sweep(vals []val, inside func(*cell) bool) {
	var inner []*cell
	for c := range s.mem.all() {
		if inside(c) && !c.lasting {
			inner = append(inner, c)
		}
	}
	if len(inner) == 0 {
		return
	}
	reached := map[*cell]bool{}
	var visit func(v val, depth int)
	mark := func(c *cell, depth int) {
		if !reached[c] {
			reached[c] = true
			if v, ok := s.mem.get(c); ok {
				visit(v, depth)
			}
		}
	}
	visit = func(v val, depth int) {
		if depth > 12 {
			return
		}
		switch v := v.(type) {
		case *ptr:
			mark(v.to, depth+1)
		case *strct:
			for _, e := range v.f {
				visit(e, depth+1)
			}
		case *list:
			for _, e := range v.elems {
				visit(e, depth+1)
			}
		case *closure:
			visit(v.recv, depth+1)
			for f := v.outer; f != nil; f = f.outer {
				for _, c := range f.cells {
					mark(c, depth+1)
				}
			}
		case *sym:
			for _, e := range v.held {
				visit(e, depth+1)
			}
			for _, e := range v.mayBe {
				visit(e, depth+1)
			}
			for c := v.ctx; c != nil; c = c.parent {
				visit(c.v, depth+1)
			}
		}
	}
	for _, v := range vals {
		visit(v, 0)
	}
	for _, d := range s.defers {
		visit(d.fn, 0)
		for _, a := range d.args {
			visit(a, 0)
		}
	}
	for _, v := range s.keys.all() {
		visit(v, 0)
	}
	for _, d := range s.defers {
		visit(d.fn, 0)
		for _, v := range d.args {
			visit(v, 0)
		}
	}
	if s.req != nil {
		visit(s.req, 0)
	}
	for c, v := range s.mem.all() {
		if !inside(c) {
			visit(v, 0)
		}
	}
	if inner = slices.DeleteFunc(inner, func(c *cell) bool { return reached[c] }); len(inner) > 0 {
		s.mem.drop(func(c *cell, _ val) bool { return slices.Contains(inner, c) })
	}
}

// merge makes one of states that differ only in decisions: where two took a
// decision differently and end alike, the decision does not matter. extra tells
// states apart beyond their shape.
func merge[T any](items []T, of func(T) *state, extra func(T) uint64) []T {
	if len(items) < 2 {
		return items
	}
	keys := make([]uint64, len(items))
	alike := false
	for i, it := range items {
		keys[i] = mix(of(it).hash(), extra(it))
		alike = alike || slices.Contains(keys[:i], keys[i])
	}
	if !alike {
		return items
	}
	var out []T
	for first, k := range keys {
		if slices.Contains(keys[:first], k) {
			continue
		}
		var g []int
		for i := first; i < len(keys); i++ {
			if keys[i] == k {
				g = append(g, i)
			}
		}
		for changed := len(g) <= 2*maxAlike; changed; {
			changed = false
			for i := 0; i < len(g); i++ {
				for j := i + 1; j < len(g); j++ {
					if s := joined(of(items[g[i]]), of(items[g[j]])); s != nil {
						*of(items[g[i]]) = *s
						g = slices.Delete(g, j, j+1)
						changed = true
						j = i
					}
				}
			}
		}
		if len(g) > maxAlike {
			// Too many ways that end alike: one that any of them may be.
			alike := make([]*state, len(g))
			for n, i := range g {
				alike[n] = of(items[i])
			}
			*alike[0] = *oneOf(alike)
			g = g[:1]
		}
		for _, i := range g {
			out = append(out, items[i])
		}
	}
	return out
}

// maxAlike bounds the ways that differ in decisions only.
const maxAlike = 12

// oneOf returns what states have in common, with the decision that one of their
// own decisions was taken.
func oneOf(states []*state) *state {
	s := states[0].clone()
	for _, o := range states[1:] {
		s.meet(o)
	}
	h := fnv.New64a()
	var texts []string
	var pos token.Pos
	for _, o := range states {
		var own []string
		for _, f := range o.facts {
			if _, ok := s.known.get(f.key); ok || f.who {
				continue
			}
			fmt.Fprintf(h, "%s=%t&", f.key, f.is)
			pos = f.pos
			own = []string{f.words()} // the last one: those before led there
		}
		if own == nil {
			return s
		}
		fmt.Fprint(h, "|")
		if text := own[0]; !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	s.decide(fact{key: "any:" + strconv.FormatUint(h.Sum64(), 36), is: true, text: strings.Join(texts, " || "), pos: pos})
	return s
}

// meet forgets the decisions that another state took otherwise, or not.
func (s *state) meet(o *state) {
	s.looked = s.looked || o.looked
	for _, what := range o.stored {
		s.put(what)
	}
	s.known.drop(func(k string, is bool) bool {
		other, ok := o.known.get(k)
		return !ok || other != is
	})
	s.facts = slices.DeleteFunc(s.facts, func(f fact) bool { _, ok := s.known.get(f.key); return !ok })
}

// joined returns the one of two states that stands for both: they decided one
// thing differently, which it then forgets, or one decided less than the other.
// nil: none does.
func joined(a, b *state) *state {
	differ, onlyA := "", 0
	for k, is := range a.known.all() {
		other, ok := b.known.get(k)
		switch {
		case !ok:
			onlyA++
		case other != is:
			if differ != "" {
				return nil
			}
			differ = k
		}
		if onlyA > 0 && (differ != "" || a.known.len() <= b.known.len()) {
			return nil
		}
	}
	onlyB := b.known.len() - (a.known.len() - onlyA)
	looked := a.looked || b.looked
	switch {
	case differ == "" && onlyA == 0:
		a.looked = looked
		return a
	case differ == "" && onlyB == 0:
		b.looked = looked
		return b
	case differ != "" && onlyA == 0 && onlyB == 0:
		a.looked = looked
		a.known.remove(differ)
		a.facts = slices.DeleteFunc(a.facts, func(f fact) bool { return f.key == differ })
		return a
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
