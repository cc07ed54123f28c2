package entitlement

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Values of a JSON text are read where they stand: a snapshot has millions, and claims
// are read while a request waits. Nothing here trusts the text to be JSON; whether a
// snapshot is, Parse asks once, and claims have been parsed by who verified them.

// items goes through the members of an array or of an object.
type items struct {
	text string
	pos  int
	bad  bool // what was read is no array or object
}

// itemsOf begins at an array, or with '{' at an object.
func itemsOf(raw string, open byte) items {
	if raw == "" || raw[0] != open {
		return items{bad: true}
	}
	return items{text: raw, pos: 1}
}

// next returns the next value of an array.
func (it *items) next() (string, bool) {
	if !it.more(']') {
		return "", false
	}
	return it.value()
}

// member returns the next member of an object. Its name is a JSON string.
func (it *items) member() (name, value string, ok bool) {
	if !it.more('}') {
		return "", "", false
	}
	if name, ok = it.value(); !ok {
		return "", "", false
	}
	it.space()
	if name[0] != '"' || it.pos >= len(it.text) || it.text[it.pos] != ':' {
		it.bad = true
		return "", "", false
	}
	it.pos++
	value, ok = it.value()
	return name, value, ok
}

// more reports whether something stands before the closing bracket.
func (it *items) more(end byte) bool {
	if it.bad {
		return false
	}
	it.space()
	if it.pos < len(it.text) && it.text[it.pos] == ',' && it.pos > 1 {
		it.pos++
		it.space()
	}
	if it.pos >= len(it.text) {
		it.bad = true
		return false
	}
	return it.text[it.pos] != end
}

func (it *items) space() {
	for it.pos < len(it.text) {
		switch it.text[it.pos] {
		case ' ', '\t', '\r', '\n':
			it.pos++
		default:
			return
		}
	}
}

// value returns the text of the value that begins here.
func (it *items) value() (string, bool) {
	it.space()
	start, depth := it.pos, 0
	for it.pos < len(it.text) {
		switch c := it.text[it.pos]; c {
		case '"':
			if !it.skipString() {
				it.bad = true
				return "", false
			}
		case '{', '[':
			depth++
			it.pos++
		case '}', ']', ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return it.since(start)
			}
			if c == '}' || c == ']' {
				depth--
			}
			it.pos++
		default:
			it.pos++
			continue
		}
		if depth == 0 {
			return it.since(start)
		}
	}
	it.bad = true
	return "", false
}

func (it *items) since(start int) (string, bool) {
	it.bad = it.pos == start
	return it.text[start:it.pos], !it.bad
}

func (it *items) skipString() bool {
	for it.pos++; it.pos < len(it.text); it.pos++ {
		switch it.text[it.pos] {
		case '\\':
			it.pos++
		case '"':
			it.pos++
			return true
		}
	}
	return false
}

// text returns what a JSON string says. Half characters are no text.
func text(raw string) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if s := raw[1 : len(raw)-1]; strings.IndexByte(s, '\\') < 0 {
		return s, !strings.ContainsRune(s, utf8.RuneError)
	}
	var s string
	if json.Unmarshal([]byte(raw), &s) != nil || strings.ContainsRune(s, utf8.RuneError) {
		return "", false
	}
	return s, true
}

// filled returns the text of a JSON string that is not empty.
func filled(raw string) (string, bool) {
	s, ok := text(raw)
	return s, ok && s != ""
}

// texts returns an array of strings that share nothing with raw.
func texts(raw string) ([]string, bool) {
	var all []string
	it := itemsOf(raw, '[')
	for {
		value, ok := it.next()
		if !ok {
			return all, !it.bad
		}
		s, ok := text(value)
		if !ok {
			return nil, false
		}
		all = append(all, strings.Clone(s))
	}
}

func boolean(raw string) (value, ok bool) { return raw == "true", raw == "true" || raw == "false" }

// absent reports whether a member is missing or null.
func absent(raw string) bool { return raw == "" || raw == "null" }

// number returns the number that a text is by the grammar of RFC 8259 section 6.
func number(s string) (float64, bool) {
	if !isNumber(s) {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	s = s[whole:]
	if s != "" && s[0] == '.' {
		part := digits(s[1:])
		if part == 0 {
			return false
		}
		s = s[1+part:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		return s != "" && digits(s) == len(s)
	}
	return s == ""
}

// digits returns how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n]-'0' < 10 {
		n++
	}
	return n
}

// members reads the members of an object that are asked for by name into places that
// correspond. The same name twice is false: it is not said which one counts.
func members(raw string, names []string, values []string) bool {
	it := itemsOf(raw, '{')
	for {
		quoted, value, ok := it.member()
		if !ok {
			return !it.bad
		}
		name, ok := text(quoted)
		if !ok {
			continue // none that is asked for
		}
		for i := range names {
			if names[i] != name {
				continue
			}
			if values[i] != "" {
				return false
			}
			values[i] = value
		}
	}
}

// tuple reads the first values of an array into fields and reports whether there were
// at least least. What follows is not looked at: the vendor may add to it.
func tuple(raw string, fields []string, least int) bool {
	clear(fields)
	it := itemsOf(raw, '[')
	for i := range fields {
		value, ok := it.next()
		if !ok {
			return !it.bad && i >= least
		}
		fields[i] = value
	}
	return !it.bad
}
