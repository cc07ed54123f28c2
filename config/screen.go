package config

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// Limits of structure. Settings need four levels; the library descends for each
// level, and an overflow of the stack cannot be recovered from. Its time grows
// with the square of the number of tokens.
const (
	maxTokens     = 30000
	maxBrackets   = 16 // brackets inside one another
	maxIndent     = 64 // column of a line's first token outside of brackets
	maxIndicators = 16 // of -, ? and : that follow one another on a line or between commas
)

// unsupported is YAML that gives text a meaning which stands elsewhere. A rule
// is reviewed where it is written, so settings do without.
var unsupported = map[token.Type]struct{ what, suggestion string }{
	token.AnchorType:    {"anchors (&)", "write the value out; text that begins with & stands in quotes"},
	token.AliasType:     {"aliases (*)", "write the value out; text that begins with * stands in quotes"},
	token.MergeKeyType:  {"merge keys (<<)", "write the entries out"},
	token.TagType:       {"tags (!)", "leave the tag out; text that begins with ! stands in quotes"},
	token.DirectiveType: {"directives (%)", "remove the line"},
}

// screen reports what must not reach the parser, and whether there was nothing.
func (r *reader) screen(tokens token.Tokens) bool {
	if len(tokens) > maxTokens {
		r.report(CodeTooBig, r.position(tokens[maxTokens]), fmt.Sprintf("the file holds more than %d names, values and signs", maxTokens), "settings are short: keep other data elsewhere")
		return false
	}
	var s structure
	content, ended := false, false
	for _, t := range tokens {
		if t.Type == token.CommentType {
			continue
		}
		if u, ok := unsupported[t.Type]; ok {
			r.report(CodeUnsupported, r.position(t), u.what+" are not read here", u.suggestion)
			if t.Type == token.DirectiveType {
				return false // what follows it is its text
			}
		}
		if ended || content && t.Type == token.DocumentHeaderType {
			r.report(CodeUnsupported, r.position(t), "a second document begins here", "keep all settings in one document, without --- and ...")
			return false
		}
		content = true
		ended = t.Type == token.DocumentEndType
		if message := s.add(t); message != "" {
			r.report(CodeTooBig, r.position(t), message, "write plain keys, lists and text")
			return false
		}
	}
	return len(r.problems) == 0
}

// structure follows how deep tokens are nested. It is an upper bound: what a
// parser makes of them cannot be nested deeper than they suggest.
type structure struct {
	brackets, indicators, line int
}

// add says what is too deep at t, "" when nothing is.
func (s *structure) add(t *token.Token) string {
	first := t.Position.Line != s.line
	s.line = t.Position.Line
	if first && s.brackets == 0 {
		s.indicators = 0
		if t.Position.Column > maxIndent {
			return fmt.Sprintf("the line is indented by more than %d spaces", maxIndent)
		}
	}
	switch t.Type {
	case token.MappingStartType, token.SequenceStartType:
		s.brackets++
	case token.MappingEndType, token.SequenceEndType:
		s.brackets = max(s.brackets-1, 0)
	case token.CollectEntryType:
		if s.brackets > 0 {
			s.indicators = 0
		}
	case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
		s.indicators++
	}
	if s.brackets > maxBrackets || s.indicators > maxIndicators {
		return "the values are nested too deep"
	}
	return ""
}
