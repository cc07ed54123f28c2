package auth

import (
	"math/bits"
	"strings"
)

// nameSet is a list of names that is searched for each request. Rights come in
// dozens: a long list has an index, so that what a token holds does not decide
// what asking costs. Names are places in a text, the token's claims mostly: a
// string for each would be work for the garbage collector, for all tokens that are
// remembered.
type nameSet struct {
	text  string
	spans []span
	index []uint16 // a hash table of places in spans plus one; nil for short lists
	seed  uint64
}

// span is a part of a text.
type span struct{ start, end uint32 }

const indexedNames = 8 // searching as many takes as long as hashing

// newNameSet makes a set of names with a text of its own.
func newNameSet(names []string, seed uint64) nameSet {
	var text strings.Builder
	spans := make([]span, len(names))
	for i, name := range names {
		start := text.Len()
		text.WriteString(name)
		spans[i] = span{uint32(start), uint32(text.Len())}
	}
	return nameSetOf(text.String(), spans, seed)
}

// nameSetOf makes a set of the names at these places in text.
func nameSetOf(text string, spans []span, seed uint64) nameSet {
	s := nameSet{text: text, spans: spans}
	if len(spans) <= indexedNames || len(spans) >= 1<<15 {
		return s
	}
	s.seed = seed
	s.index = make([]uint16, 2<<bits.Len(uint(len(spans)-1)))
	for i := range spans {
		name := s.at(i)
		slot := s.slot(name)
		// Equal names share a slot, or a list of one name would take its square.
		for s.index[slot] != 0 && s.at(int(s.index[slot])-1) != name {
			slot = (slot + 1) & (len(s.index) - 1)
		}
		s.index[slot] = uint16(i + 1)
	}
	return s
}

func (s *nameSet) at(i int) string { return s.text[s.spans[i].start:s.spans[i].end] }

// names returns the names, nil for none.
func (s *nameSet) names() []string {
	if len(s.spans) == 0 {
		return nil
	}
	names := make([]string, 0, len(s.spans))
	for i := range s.spans {
		names = append(names, s.at(i))
	}
	return names
}

func (s *nameSet) slot(name string) int {
	return int(hashText(name, s.seed)) & (len(s.index) - 1)
}

// has reports whether name is one of the names, byte for byte. Nobody has the
// empty name.
func (s *nameSet) has(name string) bool {
	if name == "" {
		return false
	}
	if s.index == nil {
		for i := range s.spans {
			if s.at(i) == name {
				return true
			}
		}
		return false
	}
	for slot := s.slot(name); s.index[slot] != 0; slot = (slot + 1) & (len(s.index) - 1) {
		if s.at(int(s.index[slot])-1) == name {
			return true
		}
	}
	return false
}

// hashText hashes short texts faster than hash/maphash does. Its seed keeps who
// chooses texts from choosing hashes.
func hashText(s string, seed uint64) uint64 {
	h := seed ^ uint64(len(s))
	for i := 0; i+8 < len(s); i += 8 {
		h = mix(h ^ load64(s[i:]))
	}
	var end uint64 // the last eight bytes, or all that there are
	if len(s) >= 8 {
		end = load64(s[len(s)-8:])
	} else {
		for i := range len(s) {
			end = end<<8 | uint64(s[i])
		}
	}
	return mix(h ^ end)
}

func mix(x uint64) uint64 {
	high, low := bits.Mul64(x, 0x9e3779b97f4a7c15)
	return high ^ low
}

func load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
