package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

const byteOrderMark = "\ufeff"

// source is the text of a file by lines.
type source struct {
	text string // without a byte order mark and blanks at line ends, which are \n
	mark int    // bytes of the byte order mark
	rows []string

	// Where offset was last: tokens come in order, and counting a long line
	// from its start for each would take the square of its length.
	last struct{ line, column, offset int }
}

func newSource(data []byte) *source {
	if len(data) > maxBytes {
		return &source{rows: []string{""}}
	}
	text, marked := strings.CutPrefix(string(data), byteOrderMark)
	text = strings.ReplaceAll(text, "\r\n", "\n")
	s := &source{rows: strings.Split(text, "\n")}
	for i, row := range s.rows {
		// They mean nothing, and the library counts them into the column of
		// plain text before them.
		s.rows[i] = strings.TrimRight(row, " \t")
	}
	s.text = strings.Join(s.rows, "\n")
	if marked {
		s.mark = len(byteOrderMark)
	}
	return s
}

// check reports text that no YAML file holds, and a file of too many bytes.
func (s *source) check(size int) (Problem, bool) {
	if size > maxBytes {
		return Problem{
			Code: CodeTooBig, Position: Position{Line: 1, Column: 1},
			Message: fmt.Sprintf("the file is bigger than %d bytes", maxBytes), Suggestion: "settings are short: keep other data elsewhere",
		}, false
	}
	for i, row := range s.rows {
		for j, c := range row {
			p := Problem{Code: CodeSyntax, Position: s.at(i+1, j)}
			if c == utf8.RuneError && !strings.HasPrefix(row[j:], string(utf8.RuneError)) {
				p.Message, p.Suggestion = "the text is not valid UTF-8", "save the file as UTF-8"
				return p, false
			}
			// YAML forbids them; editors show a line end in some of them.
			if unicode.IsControl(c) && c != '\t' {
				p.Message, p.Suggestion = fmt.Sprintf("the control character %U stands in the text", c), "remove the character"
				return p, false
			}
		}
	}
	return Problem{}, true
}

// line returns the text of a line, "" when there is none.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.rows) {
		return ""
	}
	return s.rows[n-1]
}

// at returns the position of a byte of a line.
func (s *source) at(line, offset int) Position {
	if line == 1 {
		offset += s.mark
	}
	return Position{Line: line, Column: offset + 1}
}

// offset returns the byte of its line at which t begins. The library counts
// characters, and is off by some at the end of block text: then the offset is
// moved into the line.
func (s *source) offset(t *token.Token) (line, offset int) {
	if t == nil || t.Position == nil {
		return 1, 0
	}
	line = min(max(t.Position.Line, 1), len(s.rows))
	row, column := s.rows[line-1], 1
	if s.last.line == line && s.last.column <= t.Position.Column {
		column, offset = s.last.column, s.last.offset
	}
	for ; column < t.Position.Column && offset < len(row); column++ {
		_, n := utf8.DecodeRuneInString(row[offset:])
		offset += n
	}
	s.last.line, s.last.column, s.last.offset = line, column, offset
	return line, offset
}

// position returns where t begins.
func (s *source) position(t *token.Token) Position {
	return s.at(s.offset(t))
}

// scalar returns where the text of t begins, which is after an opening quote,
// and whether it stands on one line as value says.
func (s *source) scalar(t *token.Token, value string) (Position, bool) {
	line, offset := s.offset(t)
	rest := s.line(line)[offset:]
	switch {
	case t.Type == token.SingleQuoteType && strings.HasPrefix(rest, "'"):
		return s.at(line, offset+1), closes(rest)
	case t.Type == token.DoubleQuoteType && strings.HasPrefix(rest, `"`):
		return s.at(line, offset+1), closes(rest)
	}
	return s.at(line, offset), strings.HasPrefix(rest, value)
}

// closes reports whether the quoted text at the start of row ends in it.
func closes(row string) bool {
	quote := row[0]
	for i := 1; i < len(row); i++ {
		switch {
		case row[i] == '\\' && quote == '"':
			i++
		case row[i] == quote && quote == '\'' && strings.HasPrefix(row[i+1:], "'"):
			i++
		case row[i] == quote:
			return true
		}
	}
	return false
}
