package annotations

import (
	"go/token"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text is a piece of source with its position.
type text struct {
	s   string
	pos token.Pos
}

func (t text) span() Span { return Span{t.pos, t.pos + token.Pos(len(t.s))} }

// slice returns t.s[from:to].
func (t text) slice(from, to int) text { return text{t.s[from:to], t.pos + token.Pos(from)} }

func (t text) from(i int) text { return t.slice(i, len(t.s)) }

// trim drops white space at both ends.
func (t text) trim() text {
	left := len(t.s) - len(strings.TrimLeftFunc(t.s, unicode.IsSpace))
	t = t.from(left)
	return t.slice(0, len(strings.TrimRightFunc(t.s, unicode.IsSpace)))
}

// value reads one value from the beginning of t: a Go string in double quotes,
// or text without white space, quotes, separators and characters beyond ASCII. It
// returns the value and what follows, or the reason why there is none.
func (t text) value() (v Value, rest text, quoted bool, reason string) {
	if strings.HasPrefix(t.s, `"`) {
		literal, err := strconv.QuotedPrefix(t.s)
		if err != nil {
			return Value{Span: t.span()}, text{}, true, "the quoted value does not end"
		}
		v.Span = t.slice(0, len(literal)).span()
		if v.Text, err = strconv.Unquote(literal); err != nil {
			return v, text{}, true, "the quoted value is no Go string"
		}
		return v, t.from(len(literal)), true, ""
	}
	end := strings.IndexFunc(t.s, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	if end < 0 {
		end = len(t.s)
	}
	raw := t.slice(0, end)
	v = Value{Text: raw.s, Span: raw.span()}
	if i := strings.Index(raw.s, "//"); i == 0 || i > 0 && raw.s[i-1] != ':' { // of a URL
		v.Span = raw.from(i).span()
		return v, t.from(end), false, "the characters // need double quotes around the value; a note stands on a line of its own"
	}
	for i, r := range raw.s {
		if r >= utf8.RuneSelf || r < ' ' || i == 0 && r == '=' || strings.ContainsRune("\"'`\\;|", r) {
			_, n := utf8.DecodeRuneInString(raw.s[i:])
			v.Span = raw.slice(i, i+n).span()
			return v, t.from(end), false, "the character " + strconv.QuoteRune(r) + " needs double quotes around the value"
		}
	}
	return v, t.from(end), false, ""
}

// badName says why a name cannot be compared safely, "" when it can.
func badName(name string) string {
	switch {
	case name == "":
		return "the value is empty"
	case !utf8.ValidString(name):
		return "the value is not valid UTF-8"
	case name != strings.TrimSpace(name):
		return "the value begins or ends with a space"
	}
	for _, r := range name {
		if !unicode.IsPrint(r) || fold(r) == 0 {
			return "the value holds the invisible character " + strconv.QuoteRune(r)
		}
	}
	return ""
}

// isWord reports whether s is made of ASCII letters, digits and the other
// characters, and begins with a letter or underscore.
func isWord(s, others string) bool {
	for i, r := range s {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_'
		if !letter && (i == 0 || !('0' <= r && r <= '9' || strings.ContainsRune(others, r))) {
			return false
		}
	}
	return s != ""
}
