package auth

import (
	"errors"
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The package reads JSON on its own, because encoding/json folds the case of
// names, lets the last of two equal names win, and replaces broken text: each
// of these can make a token say something that its issuer did not.

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
	d := new(document)
	if err := d.parse(src, limits); err != nil {
		return nil, err
	}
	return d, nil
}

// parse is parseObject for a document that is there, whose nodes it uses.
func (d *document) parse(src string, limits jsonLimits) error {
	if len(src) > 1<<30 {
		return errJSONLimit
	}
	d.src, d.top = src, nil
	p := jsonParser{document: d, limits: limits}
	p.space()
	if p.pos >= len(src) || src[p.pos] != '{' {
		return errJSONSyntax
	}
	if d.most = min(mostNodes(src), limits.nodes); d.most <= cap(d.nodes) {
		d.nodes = d.nodes[:0]
	} else {
		d.nodes = make([]jsonNode, 0, d.most)
	}
	if err := p.value(0); err != nil {
		return err
	}
	p.space()
	if p.pos != len(src) {
		return errJSONTrailing
	}
	return nil
}

// mostNodes returns how many nodes src has at most.
func mostNodes(src string) int {
	// Each but the first stands behind one of these.
	nodes := 1
	for _, before := range [...]string{"{", "[", ",", ":"} {
		nodes += strings.Count(src, before)
	}
	return nodes
}

type jsonParser struct {
	*document
	pos    int
	limits jsonLimits
}

// space skips white space, of which most tokens have none.
func (p *jsonParser) space() {
	if p.pos < len(p.src) && p.src[p.pos] <= ' ' {
		p.skip()
	}
}

func (p *jsonParser) skip() {
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

// leaf adds a node that holds no other, from start up to end.
func (p *jsonParser) leaf(kind jsonKind, escaped bool, start, end int) error {
	next := len(p.nodes) + 1
	if next > p.limits.nodes {
		return errJSONLimit
	}
	p.nodes = append(p.nodes, jsonNode{kind: kind, escaped: escaped, start: int32(start), end: int32(end), next: int32(next)})
	return nil
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
		return p.string()
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
	if !strings.HasPrefix(p.src[p.pos:], text) {
		return errJSONSyntax
	}
	p.pos += len(text)
	return p.leaf(kind, false, p.pos-len(text), p.pos)
}

func (p *jsonParser) number() error {
	start := p.pos
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
	return p.leaf(kindNumber, false, start, p.pos)
}

func (p *jsonParser) string() error {
	p.pos++
	from, escaped := p.pos, false
	for p.pos < len(p.src) {
		if p.pos+8 <= len(p.src) {
			special := specialBytes(load64(p.src[p.pos:]))
			if special == 0 {
				p.pos += 8
				continue
			}
			p.pos += bits.TrailingZeros64(special) / 8
		}
		c := p.src[p.pos]
		if c-' ' < utf8.RuneSelf-' ' && c != '"' && c != '\\' { // among the last of all
			p.pos++
			continue
		}
		switch {
		case c == '"':
			p.pos++
			return p.leaf(kindString, escaped, from, p.pos-1)
		case c == '\\':
			escaped = true
			if err := p.escape(); err != nil {
				return err
			}
		case c < ' ':
			return errJSONSyntax
		default:
			r, size := utf8.DecodeRuneInString(p.src[p.pos:])
			if r == utf8.RuneError && size == 1 {
				return errJSONText
			}
			p.pos += size
		}
	}
	return errJSONSyntax
}

// specialBytes returns, of eight characters, the high bit of the first that does
// not stand for itself in a string, and perhaps of some behind it; 0 for none.
func specialBytes(eight uint64) uint64 {
	const each, high = 0x0101010101010101, 0x8080808080808080
	zero := func(x uint64) uint64 { return (x - each) &^ x } // by the high bit of a byte that is 0
	control := (eight - each*' ') &^ eight
	return (eight | control | zero(eight^each*'"') | zero(eight^each*'\\')) & high
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
	escaped := false // one of the names
	for count := 1; ; count++ {
		if count > p.limits.members {
			return errJSONLimit
		}
		p.space()
		if p.pos >= len(p.src) || p.src[p.pos] != '"' {
			return errJSONSyntax
		}
		if err := p.string(); err != nil {
			return err
		}
		escaped = escaped || p.nodes[len(p.nodes)-1].escaped
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
			return p.unique(n, count, escaped)
		}
		return errJSONSyntax
	}
}

// unique refuses or marks equal names. Names are equal when they are after
// unescaping; escaped says that one has to be.
func (p *jsonParser) unique(n, count int, escaped bool) error {
	duplicate := false
	if count <= 64 && !escaped || count <= 8 { // comparing by pairs is dear with escapes
		var seen uint64 // by hash: most names need not be compared with those before
		for a := n + 1; a < len(p.nodes) && !duplicate; a = int(p.nodes[a+1].next) {
			name := p.unescape(a)
			bit := uint64(1) << nameSlot(name)
			duplicate = seen&bit != 0 && p.before(n, a, name)
			seen |= bit
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

// before reports whether a member before node a of an object has this name.
func (p *jsonParser) before(object, a int, name string) bool {
	for n := object + 1; n < a; n = int(p.nodes[n+1].next) {
		if p.is(n, name) {
			return true
		}
	}
	return false
}
