package entitlement

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// Bounds on patterns. A program's size times the length of the text is what matching
// costs.
const (
	maxPatternBytes = 1024
	maxPatternSize  = 2000    // instructions of one
	maxPatternsSize = 1 << 20 // instructions of a snapshot
	maxMatchedBytes = 4096
)

// patterns holds the regular expressions of a snapshot, each once.
type patterns struct {
	compiled map[string]*regexp.Regexp
	size     int
	refused  int
}

// compile returns nil for what it refuses.
func (p *patterns) compile(source string) *regexp.Regexp {
	re, ok := p.compiled[source]
	if !ok {
		re = p.fresh(source)
		if p.compiled == nil {
			p.compiled = map[string]*regexp.Regexp{}
		}
		p.compiled[strings.Clone(source)] = re
	}
	if re == nil {
		p.refused++
	}
	return re
}

func (p *patterns) fresh(source string) *regexp.Regexp {
	if len(source) > maxPatternBytes {
		return nil
	}
	translated, ok := translate(source)
	if !ok {
		return nil
	}
	tree, err := syntax.Parse(translated, syntax.Perl)
	if err != nil {
		return nil
	}
	size := sizeOf(tree)
	if size > maxPatternSize || p.size+size > maxPatternsSize {
		return nil
	}
	p.size += size
	re, err := regexp.Compile(translated)
	if err != nil {
		return nil
	}
	return re
}

// sizeOf estimates the instructions of a program before there is one.
func sizeOf(re *syntax.Regexp) int {
	size := 1
	if re.Op == syntax.OpLiteral {
		size = len(re.Rune)
	}
	for _, sub := range re.Sub {
		if size > maxPatternSize {
			return size
		}
		size += sizeOf(sub)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return size
}

const (
	ecmaSpace   = `\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
	ecmaAny     = `[^\n\r\x{2028}\x{2029}]`
	ecmaRepeats = "*+?{"
)

// translate writes an ECMAScript pattern without flags as one of package regexp that
// matches the same texts. What means something else there, or nothing here, is refused.
func translate(pattern string) (string, bool) {
	var out strings.Builder
	class := false // inside brackets
	for i := 0; i < len(pattern); i++ {
		c, rest := pattern[i], pattern[i+1:]
		switch {
		case c >= 0xf0: // a surrogate pair there, a character here
			return "", false
		case c == '\\':
			s, used, ok := escape(rest, class)
			if !ok {
				return "", false
			}
			out.WriteString(s)
			i += used
		case class && c == '[':
			out.WriteString(`\[`)
		case class && c == ']':
			class = false
			out.WriteByte(c)
		case c == '[' && !class:
			class = true
			out.WriteByte(c)
			if strings.HasPrefix(rest, "^") {
				out.WriteByte('^')
				i++
			}
			if strings.HasPrefix(pattern[i+1:], "]") { // nothing, or anything
				return "", false
			}
		case c == '.' && !class:
			out.WriteString(ecmaAny)
		case c == '(' && !class && strings.HasPrefix(rest, "?") && !strings.HasPrefix(rest, "?:"):
			return "", false
		case (c == '^' || c == '$') && !class && rest != "" && strings.IndexByte(ecmaRepeats, rest[0]) >= 0:
			return "", false
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), !class
}

// escape translates what follows a backslash, of which it says how much it used.
func escape(rest string, class bool) (string, int, bool) {
	if rest == "" {
		return "", 0, false
	}
	c := rest[0]
	switch c {
	case 'd', 'D', 'w', 'W', 'n', 'r', 't', 'f', 'v':
		return `\` + rest[:1], 1, true
	case 'b', 'B':
		if class {
			return `\x08`, 1, c == 'b'
		}
		return `\` + rest[:1], 1, len(rest) < 2 || strings.IndexByte(ecmaRepeats, rest[1]) < 0
	case 's':
		if class {
			return ecmaSpace, 1, true
		}
		return `[` + ecmaSpace + `]`, 1, true
	case 'S':
		return `[^` + ecmaSpace + `]`, 1, !class
	case '0':
		return `\x00`, 1, digits(rest[1:]) == 0
	case 'x':
		return code(rest[1:], 2)
	case 'u':
		return code(rest[1:], 4)
	}
	letter := c|0x20 >= 'a' && c|0x20 <= 'z'
	return `\` + rest[:1], 1, c < 0x80 && !letter && c-'0' >= 10 && c >= ' '
}

// units returns s with two characters for each one outside the Basic Multilingual
// Plane: without flags ECMAScript sees the two halves of it, which are neither letters nor
// space. U+FDD0 is no character of any text (Unicode section 23.7).
func units(s string) string {
	outside := func(r rune) bool { return r > 0xffff }
	if strings.IndexFunc(s, outside) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if outside(r) {
			b.WriteString("\ufdd0\ufdd0")
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// code translates a character given by n hexadecimal digits.
func code(rest string, n int) (string, int, bool) {
	if len(rest) < n {
		return "", 0, false
	}
	for i := range n {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(rest[i])) {
			return "", 0, false
		}
	}
	surrogate := n == 4 && (rest[0] == 'd' || rest[0] == 'D') && rest[1] >= '8'
	return `\x{` + rest[:n] + `}`, 1 + n, !surrogate
}
