package auth

import (
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

type jsonKind uint8

const (
	kindNull jsonKind = iota
	kindFalse
	kindTrue
	kindNumber
	kindString
	kindArray
	kindObject
)

// document is a parsed JSON object: its text and its nodes in the order of the
// text. A member of an object is two nodes, its name and its value.
type document struct {
	src   string
	nodes []jsonNode
	most  int          // nodes that src has at most
	top   *memberIndex // of the top object; nil for none
}

// memberIndex finds members of an object whose names have no escapes: by a hash of
// the name, the node of the first that has it.
type memberIndex [64]uint16

// nameSlot hashes a name to six bits.
func nameSlot(name string) int {
	if name == "" {
		return 0
	}
	return (len(name) + 5*int(name[0]) + 19*int(name[len(name)/2]) + 11*int(name[len(name)-1])) & 63
}

// indexTop makes ix the index of d's top object, if it can be one.
func (d *document) indexTop(ix *memberIndex) {
	*ix = memberIndex{}
	end := int(d.nodes[0].next)
	if end > math.MaxUint16 {
		return
	}
	for n := 1; n < end; n = int(d.nodes[n+1].next) {
		node := &d.nodes[n]
		if node.escaped {
			return
		}
		if slot := &ix[nameSlot(d.src[node.start:node.end])]; *slot == 0 {
			*slot = uint16(n)
		}
	}
	d.top = ix
}

type jsonNode struct {
	kind       jsonKind
	escaped    bool  // a string with escapes
	duplicates bool  // an object with equal names, see jsonLimits
	start, end int32 // in src; without the quotes of a string
	next       int32 // the node after this one and all it holds
}

// text returns the value of a string node.
func (d *document) text(n int) (string, bool) {
	if d.nodes[n].kind != kindString {
		return "", false
	}
	return d.unescape(n), true
}

// unescape returns the unescaped text of a string node.
func (d *document) unescape(n int) string {
	node := &d.nodes[n]
	raw := d.src[node.start:node.end]
	if !node.escaped {
		return raw
	}
	var short [64]byte
	return string(appendUnescaped(short[:0], raw))
}

// is reports whether the unescaped text of a string node is s, without making
// that text: whoever chooses names must not choose what they cost.
func (d *document) is(n int, s string) bool {
	node := &d.nodes[n]
	raw := d.src[node.start:node.end]
	if !node.escaped {
		return raw == s
	}
	if len(raw) > len(`\u0000`)*len(s) {
		return false
	}
	var short [64]byte
	return string(appendUnescaped(short[:0], raw)) == s
}

// appendUnescaped appends the text that raw stands for.
func appendUnescaped(b []byte, raw string) []byte {
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			b = append(b, raw[i])
			i++
			continue
		}
		switch c := raw[i+1]; c {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, _ := hex4(raw[i+2:])
			if utf16.IsSurrogate(r) {
				low, _ := hex4(raw[i+8:])
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			b = utf8.AppendRune(b, r)
			i += 4
		default:
			b = append(b, c)
		}
		i += 2
	}
	return b
}

// member returns the value of the member of an object with exactly this name.
func (d *document) member(object int, name string) (int, bool) {
	if d.nodes[object].kind != kindObject {
		return 0, false
	}
	n, end := object+1, int(d.nodes[object].next)
	if object == 0 && d.top != nil {
		if n = int(d.top[nameSlot(name)]); n == 0 {
			return 0, false
		}
	}
	for ; n < end; n = int(d.nodes[n+1].next) {
		if node := &d.nodes[n]; node.escaped && d.is(n, name) || !node.escaped && d.src[node.start:node.end] == name {
			return n + 1, true
		}
	}
	return 0, false
}

// find follows a path of names from the top. A nil document, an empty path and
// an absent member are not found.
func (d *document) find(path []string) (int, bool) {
	if d == nil || len(path) == 0 {
		return 0, false
	}
	n := 0
	for _, name := range path {
		var ok bool
		if n, ok = d.member(n, name); !ok {
			return 0, false
		}
	}
	return n, true
}

// strings returns an array of strings. Any other value is not ok, and so is an
// array with another element in it.
func (d *document) strings(n int) ([]string, bool) {
	if d.nodes[n].kind != kindArray {
		return nil, false
	}
	list := make([]string, 0, int(d.nodes[n].next)-n-1)
	for e := n + 1; e < int(d.nodes[n].next); e = int(d.nodes[e].next) {
		s, ok := d.text(e)
		if !ok {
			return nil, false
		}
		list = append(list, s)
	}
	return list, true
}

// number returns a number, which may be rounded. Infinite values are not ok.
func (d *document) number(n int) (float64, bool) {
	if d.nodes[n].kind != kindNumber {
		return 0, false
	}
	f, err := strconv.ParseFloat(d.src[d.nodes[n].start:d.nodes[n].end], 64)
	return f, err == nil
}

// value returns a copy as encoding/json would with UseNumber.
func (d *document) value(n int) any {
	node := &d.nodes[n]
	switch node.kind {
	case kindFalse, kindTrue:
		return node.kind == kindTrue
	case kindNumber:
		return json.Number(d.src[node.start:node.end])
	case kindString:
		return d.unescape(n)
	case kindArray:
		list := []any{}
		for e := n + 1; e < int(node.next); e = int(d.nodes[e].next) {
			list = append(list, d.value(e))
		}
		return list
	case kindObject:
		object := map[string]any{}
		for m := n + 1; m < int(node.next); m = int(d.nodes[m+1].next) {
			object[d.unescape(m)] = d.value(m + 1)
		}
		return object
	}
	return nil
}

// raw returns the JSON text of a value.
func (d *document) raw(n int) string {
	node := &d.nodes[n]
	if node.kind == kindString {
		return d.src[node.start-1 : node.end+1]
	}
	return d.src[node.start:node.end]
}
