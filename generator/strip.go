package generator

import "bytes"

// stripBodies returns the source with the bodies of its functions blanked, so
// that parsing it costs less. All positions stay. Source that it does not
// understand is returned as it is.
func stripBodies(src []byte) []byte {
	s := stripper{src: src}
	out := bytes.Clone(src)
	depth := 0
	for s.next() {
		switch s.token {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case wordFunc:
			if depth != 0 || !s.startsDeclaration {
				continue
			}
			open, ok := s.signature()
			if !ok {
				continue // declared without a body
			}
			end, ok := s.block()
			if !ok {
				return src
			}
			for i := open + 1; i < end; i++ {
				if out[i] != '\n' {
					out[i] = ' '
				}
			}
		}
	}
	if s.failed || depth != 0 {
		return src
	}
	return out
}

// Tokens are the byte of a bracket, or one of these.
const (
	other byte = iota
	word
	wordFunc
	wordType // struct or interface: the brace behind it opens no body
)

// stripper reads as much of Go's tokens as matching brackets needs.
type stripper struct {
	src    []byte
	pos    int  // behind the token
	token  byte // the last one
	at     int  // where it begins
	failed bool // a literal or comment does not end
	// startsDeclaration says that the token is the first on its line, behind
	// nothing but white space and comments.
	startsDeclaration bool
}

// next reads a token. It returns false at the end.
func (s *stripper) next() bool {
	fresh := s.pos == 0
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		s.at = s.pos
		s.pos++
		switch {
		case c == '\n' || c == ';':
			fresh = true
		case c == ' ' || c == '\t' || c == '\r':
		case c == '/' && s.peek() == '/':
			if s.skipTo("\n") {
				s.pos-- // the newline counts
			}
		case c == '/' && s.peek() == '*':
			s.pos++
			s.need(s.skipTo("*/"))
		case c == '`':
			s.need(s.skipTo("`"))
			return s.found(other, fresh)
		case c == '"' || c == '\'':
			s.quoted(c)
			return s.found(other, fresh)
		case bytes.IndexByte([]byte("()[]{}"), c) >= 0:
			return s.found(c, fresh)
		case isLetter(c):
			for s.pos < len(s.src) && (isLetter(s.src[s.pos]) || '0' <= s.src[s.pos] && s.src[s.pos] <= '9') {
				s.pos++
			}
			switch string(s.src[s.at:s.pos]) {
			case "func":
				return s.found(wordFunc, fresh)
			case "struct", "interface":
				return s.found(wordType, fresh)
			}
			return s.found(word, fresh)
		default:
			return s.found(other, fresh)
		}
	}
	return false
}

func (s *stripper) found(token byte, fresh bool) bool {
	s.token, s.startsDeclaration = token, fresh
	return true
}

func (s *stripper) peek() byte {
	if s.pos < len(s.src) {
		return s.src[s.pos]
	}
	return 0
}

// skipTo goes on behind the next end. Without one it goes to the end of the
// source and returns false.
func (s *stripper) skipTo(end string) bool {
	i := bytes.Index(s.src[s.pos:], []byte(end))
	if i < 0 {
		s.pos = len(s.src)
		return false
	}
	s.pos += i + len(end)
	return true
}

func (s *stripper) need(ok bool) { s.failed = s.failed || !ok }

// quoted skips a string or rune up to its closing quote.
func (s *stripper) quoted(quote byte) {
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		s.pos++
		switch c {
		case '\\':
			s.pos = min(s.pos+1, len(s.src))
		case quote:
			return
		case '\n':
			s.failed = true
			return
		}
	}
	s.failed = true
}

// signature reads up to the brace that opens a function's body and returns its
// position. It reports false when the declaration ends without one.
func (s *stripper) signature() (open int, ok bool) {
	depth, before := 0, byte(0)
	for {
		here := *s
		if !s.next() {
			return 0, false
		}
		if depth == 0 && s.startsDeclaration {
			*s = here // it belongs to the next declaration
			return 0, false
		}
		switch s.token {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '{':
			if depth == 0 && before != wordType {
				return s.at, true
			}
			depth++
		case '}':
			depth--
		}
		before = s.token
	}
}

// block reads up to the brace that closes the one before and returns its
// position.
func (s *stripper) block() (end int, ok bool) {
	for depth := 1; s.next(); {
		switch s.token {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s.at, !s.failed
			}
		}
	}
	return 0, false
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}
