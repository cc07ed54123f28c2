package annotations

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lookAlikes maps lower-case letters that are drawn like an ASCII character, or
// whose capitals are, to that character. It covers the alphabets that input
// methods and copied text bring in; the rest of Unicode's long list is not
// typed by accident.
var lookAlikes = map[rune]rune{
	// Cyrillic
	'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'н': 'h', 'і': 'i', 'ј': 'j', 'к': 'k', 'ӏ': 'l',
	'м': 'm', 'о': 'o', 'р': 'p', 'ԛ': 'q', 'г': 'r', 'ѕ': 's', 'т': 't', 'ц': 'u', 'ѵ': 'v', 'ԝ': 'w', 'х': 'x', 'у': 'y',
	// Greek
	'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'h', 'ι': 'i', 'κ': 'k', 'μ': 'u', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x',
	// Armenian
	'հ': 'h', 'օ': 'o', 'ս': 'u', 'ց': 'g',
	// Latin
	'ɑ': 'a', 'ı': 'i', 'ſ': 's', 'ʜ': 'h', 'ᴀ': 'a', 'ᴛ': 't', 'ᴜ': 'u', 'ɡ': 'g', 'ʟ': 'l',
	// Punctuation
	'ː': ':', '˸': ':', '∶': ':', '꞉': ':', '։': ':', '׃': ':', '︓': ':', '꞊': '=', '᐀': '=', '═': '=',
}

// blanks are letters and marks that show nothing.
var blanks = map[rune]bool{'\u115f': true, '\u1160': true, '\u3164': true, '\uffa0': true, '\u2800': true}

// fold returns the ASCII character that r looks like, in lower case; r itself
// where there is none, and 0 for what is not seen at all. Spaces of all kinds
// become ' ', line ends stay.
func fold(r rune) rune {
	if r < utf8.RuneSelf {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case r == '\t' || r == '\r' || r == '\v' || r == '\f':
			return ' '
		case r < ' ' && r != '\n' || r == 0x7f:
			return 0
		}
		return r
	}
	switch {
	case r == 0xfeff || blanks[r] || unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me):
		return 0
	case unicode.IsSpace(r):
		return ' '
	case 0xff01 <= r && r <= 0xff5e: // full width
		return fold(r - 0xfee0)
	case 0x1d400 <= r && r <= 0x1d6a3: // mathematical letters: thirteen alphabets of A-Z a-z
		return 'a' + (r-0x1d400)%26
	}
	r = unicode.ToLower(r)
	if to, ok := lookAlikes[r]; ok {
		return to
	}
	if r < utf8.RuneSelf { // the Kelvin sign and its like
		return fold(r)
	}
	return r
}

// foldWord folds all of a word and drops what is not seen.
func foldWord(s string) string {
	return strings.Map(func(r rune) rune {
		if f := fold(r); f != 0 {
			return f
		}
		return -1
	}, s)
}

// prefix begins every directive.
const prefix = "auth:"

// foldPrefix looks for "auth:" at the beginning of a comment's text, whatever
// its case, letters and spaces, and for the forms that it takes under other
// tools' habits: authgen:, @auth:, +auth: and the like. It returns the offset
// behind it, or -1.
func foldPrefix(text string) int {
	var seen []rune
	slashes := 0 // in front of all else
	for i, r := range text {
		switch f := fold(r); {
		case f == 0 || f == ' ' || len(seen) == 0 && strings.ContainsRune("@+#!", f):
		case f == '/' && slashes == i:
			slashes++
		case f == ':':
			switch string(seen) {
			case "auth", "authgen":
				return i + utf8.RuneLen(r)
			case "go":
				seen = seen[:0]
				continue
			}
			return -1
		case len(seen) == len("authgen"):
			return -1
		default:
			seen = append(seen, f)
		}
	}
	return -1
}

// Mentions reports whether a comment of the source could hold a directive or a
// near miss. It is quick and may report true without reason; when it reports
// false, [ParseFile] would find nothing.
func Mentions(src []byte) bool {
	ascii := true
	for i, b := range src {
		if b >= utf8.RuneSelf {
			ascii = false
			break
		}
		if b == ':' && (endsIn(src[:i], "auth") || endsIn(src[:i], "authgen")) {
			return true
		}
	}
	if ascii {
		return false
	}
	// The last letters that were seen, without what foldPrefix passes over.
	var last [len("authgen")]rune
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		src = src[n:]
		switch f := fold(r); f {
		case 0, ' ':
		case ':':
			if s := string(last[:]); strings.HasSuffix(s, "auth") || s == "authgen" {
				return true
			}
			last = [len(last)]rune{}
		default:
			copy(last[:], last[1:])
			last[len(last)-1] = f
		}
	}
	return false
}

// endsIn reports whether ASCII text ends in a word, in any case and with blanks
// in between.
func endsIn(text []byte, word string) bool {
	want := len(word) - 1
	for i := len(text) - 1; i >= 0; i-- {
		switch f := fold(rune(text[i])); f {
		case 0, ' ':
		case rune(word[want]):
			if want--; want < 0 {
				return true
			}
		default:
			return false
		}
	}
	return false
}
