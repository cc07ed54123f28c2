package auth

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The package reads JSON on its own, because encoding/json folds the case of
// names, lets the last of two equal names win, and replaces broken text: each
// of these can make a token say something that its issuer did not.

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
}

type jsonNode struct {
	kind       jsonKind
	escaped    bool  // a string with escapes
	duplicates bool  // an object with equal names, see jsonLimits
	start, end int32 // in src; without the quotes of a string
	next       int32 // the node after this one and all it holds
}

// jsonLimits bound what a document may cost.
type jsonLimits struct {
	depth, members, nodes int
	// markDuplicates accepts equal names in one object and marks it, instead of
	// refusing the document.
	markDuplicates bool
}

var (
	headerLimits = jsonLimits{depth: 4, members: 32, nodes: 256}
	claimsLimits = jsonLimits{depth: 32, members: 1024, nodes: 16 << 10}
)

var (
	errJSONSyntax    = errors.New("not a JSON object")
	errJSONTrailing  = errors.New("text after the JSON object")
	errJSONLimit     = errors.New("JSON is too deep or too large")
	errJSONDuplicate = errors.New("duplicate name in a JSON object")
	errJSONText      = errors.New("invalid UTF-8 or escape in a JSON string")
)

// parseObject parses src, which must be one JSON object and nothing else
// (RFC 8259, with the rules of RFC 7515 section 4 for names).
func parseObject(src string, limits jsonLimits) (*document, error) {
	if len(src) > 1<<30 {
		return nil, errJSONLimit
	}
	p := jsonParser{document: &document{src: src}, limits: limits}
	p.space()
	if p.pos >= len(src) || src[p.pos] != '{' {
		return nil, errJSONSyntax
	}
	// A claim takes about twelve bytes, and two nodes.
	p.nodes = make([]jsonNode, 0, min(len(src)/8+4, 512))
	if err := p.value(0); err != nil {
		return nil, err
	}
	p.space()
	if p.pos != len(src) {
		return nil, errJSONTrailing
	}
	return p.document, nil
}

type jsonParser struct {
	*document
	pos    int
	limits jsonLimits
}

func (p *jsonParser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

func (p *jsonParser) add(kind jsonKind) (int, error) {
	if len(p.nodes) >= p.limits.nodes {
		return 0, errJSONLimit
	}
	p.nodes = append(p.nodes, jsonNode{kind: kind, start: int32(p.pos)})
	return len(p.nodes) - 1, nil
}

func (p *jsonParser) close(n int) {
	p.nodes[n].end = int32(p.pos)
	p.nodes[n].next = int32(len(p.nodes))
}

func (p *jsonParser) value(depth int) error {
	if p.pos >= len(p.src) {
		return errJSONSyntax
	}
	switch c := p.src[p.pos]; c {
	case '{':
		return p.object(depth + 1)
	case '[':
		return p.array(depth + 1)
	case '"':
		_, err := p.string()
		return err
	case 'n':
		return p.literal("null", kindNull)
	case 'f':
		return p.literal("false", kindFalse)
	case 't':
		return p.literal("true", kindTrue)
	default:
		return p.number()
	}
}

func (p *jsonParser) literal(text string, kind jsonKind) error {
	n, err := p.add(kind)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(p.src[p.pos:], text) {
		return errJSONSyntax
	}
	p.pos += len(text)
	p.close(n)
	return nil
}

func (p *jsonParser) number() error {
	n, err := p.add(kindNumber)
	if err != nil {
		return err
	}
	digits := func() bool {
		from := p.pos
		for p.pos < len(p.src) && '0' <= p.src[p.pos] && p.src[p.pos] <= '9' {
			p.pos++
		}
		return p.pos > from
	}
	accept := func(set string) bool {
		if p.pos < len(p.src) && strings.IndexByte(set, p.src[p.pos]) >= 0 {
			p.pos++
			return true
		}
		return false
	}
	accept("-")
	if !accept("0") && !digits() {
		return errJSONSyntax
	}
	if accept(".") && !digits() {
		return errJSONSyntax
	}
	if accept("eE") {
		accept("+-")
		if !digits() {
			return errJSONSyntax
		}
	}
	p.close(n)
	return nil
}

func (p *jsonParser) string() (int, error) {
	n, err := p.add(kindString)
	if err != nil {
		return 0, err
	}
	p.pos++
	from := p.pos
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == '"':
			p.nodes[n].start, p.nodes[n].end = int32(from), int32(p.pos)
			p.nodes[n].next = int32(len(p.nodes))
			p.pos++
			return n, nil
		case c == '\\':
			p.nodes[n].escaped = true
			if err := p.escape(); err != nil {
				return 0, err
			}
		case c < ' ':
			return 0, errJSONSyntax
		case c < utf8.RuneSelf:
			p.pos++
		default:
			r, size := utf8.DecodeRuneInString(p.src[p.pos:])
			if r == utf8.RuneError && size == 1 {
				return 0, errJSONText
			}
			p.pos += size
		}
	}
	return 0, errJSONSyntax
}

// escape checks one escape sequence; surrogates must come in pairs.
func (p *jsonParser) escape() error {
	if p.pos+1 >= len(p.src) {
		return errJSONSyntax
	}
	switch p.src[p.pos+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		p.pos += 2
		return nil
	case 'u':
		r, ok := hex4(p.src[p.pos+2:])
		if !ok {
			return errJSONSyntax
		}
		p.pos += 6
		if !utf16.IsSurrogate(r) {
			return nil
		}
		if !strings.HasPrefix(p.src[p.pos:], `\u`) {
			return errJSONText
		}
		low, ok := hex4(p.src[p.pos+2:])
		if !ok {
			return errJSONSyntax
		}
		if utf16.DecodeRune(r, low) == utf8.RuneError {
			return errJSONText
		}
		p.pos += 6
		return nil
	}
	return errJSONSyntax
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (p *jsonParser) array(depth int) error {
	if depth > p.limits.depth {
		return errJSONLimit
	}
	n, err := p.add(kindArray)
	if err != nil {
		return err
	}
	p.pos++
	p.space()
	if p.pos < len(p.src) && p.src[p.pos] == ']' {
		p.pos++
		p.close(n)
		return nil
	}
	for {
		p.space()
		if err := p.value(depth); err != nil {
			return err
		}
		p.space()
		if p.pos >= len(p.src) {
			return errJSONSyntax
		}
		switch p.src[p.pos] {
		case ',':
			p.pos++
		case ']':
			p.pos++
			p.close(n)
			return nil
		default:
			return errJSONSyntax
		}
	}
}

func (p *jsonParser) object(depth int) error {
	if depth > p.limits.depth {
		return errJSONLimit
	}
	n, err := p.add(kindObject)
	if err != nil {
		return err
	}
	p.pos++
	p.space()
	if p.pos < len(p.src) && p.src[p.pos] == '}' {
		p.pos++
		p.close(n)
		return nil
	}
	for count := 1; ; count++ {
		if count > p.limits.members {
			return errJSONLimit
		}
		p.space()
		if p.pos >= len(p.src) || p.src[p.pos] != '"' {
			return errJSONSyntax
		}
		if _, err := p.string(); err != nil {
			return err
		}
		p.space()
		if p.pos >= len(p.src) || p.src[p.pos] != ':' {
			return errJSONSyntax
		}
		p.pos++
		p.space()
		if err := p.value(depth); err != nil {
			return err
		}
		p.space()
		if p.pos >= len(p.src) {
			return errJSONSyntax
		}
		switch p.src[p.pos] {
		case ',':
			p.pos++
			continue
		case '}':
			p.pos++
			p.close(n)
			return p.unique(n, count)
		}
		return errJSONSyntax
	}
}

// unique refuses or marks equal names. Names are equal when they are after
// unescaping.
func (p *jsonParser) unique(n, count int) error {
	duplicate := false
	if count <= 16 {
		for a := n + 1; a < len(p.nodes) && !duplicate; a = int(p.nodes[a+1].next) {
			for b := int(p.nodes[a+1].next); b < len(p.nodes); b = int(p.nodes[b+1].next) {
				if p.unescape(a) == p.unescape(b) {
					duplicate = true
					break
				}
			}
		}
	} else {
		seen := make(map[string]struct{}, count)
		for a := n + 1; a < len(p.nodes); a = int(p.nodes[a+1].next) {
			name := p.unescape(a)
			if _, duplicate = seen[name]; duplicate {
				break
			}
			seen[name] = struct{}{}
		}
	}
	if duplicate && !p.limits.markDuplicates {
		return errJSONDuplicate
	}
	p.nodes[n].duplicates = duplicate
	return nil
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
	var b strings.Builder
	b.Grow(len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			b.WriteByte(raw[i])
			i++
			continue
		}
		switch c := raw[i+1]; c {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			r, _ := hex4(raw[i+2:])
			if utf16.IsSurrogate(r) {
				low, _ := hex4(raw[i+8:])
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			b.WriteRune(r)
			i += 4
		default:
			b.WriteByte(c)
		}
		i += 2
	}
	return b.String()
}

// member returns the value of the member of an object with exactly this name.
func (d *document) member(object int, name string) (int, bool) {
	if d.nodes[object].kind != kindObject {
		return 0, false
	}
	for n := object + 1; n < int(d.nodes[object].next); n = int(d.nodes[n+1].next) {
		if d.unescape(n) == name {
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
	var list []string
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
