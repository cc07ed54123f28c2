package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxBytes is the size of file that is read. Settings are written by hand; what
// is bigger is something else under their name.
const maxBytes = 1 << 20

// Load reads the settings file at path as [Parse] does. A file that does not
// exist is [Default] without problems. The error is one of reading the file;
// then the Config is nil.
func Load(path string) (*Config, []Problem, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, there := os.Lstat(path); there != nil { // nor a link that leads nowhere
			return Default(), nil, nil
		}
	}
	if err != nil {
		return nil, nil, err
	}
	defer f.Close() // only read from
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, nil, err
	}
	c, problems := Parse(data)
	return c, problems, nil
}

// Parse reads the content of a settings file. Problems are ordered by position.
// The Config is never nil. When there are problems it holds what could be read,
// and the stricter choice where something could not: a vocabulary that is wrong
// accepts only the names understood, a switch of strict is on, a rule is
// missing. A file that is no YAML at all gives [Default].
func Parse(data []byte) (c *Config, problems []Problem) {
	src := newSource(data)
	r := &reader{source: src}
	defer func() {
		// The YAML library is not free of panics on input that nobody writes;
		// to refuse the file is the right answer to all of them.
		if failure := recover(); failure != nil {
			c, problems = Default(), []Problem{{
				Code: CodeSyntax, Position: Position{Line: 1, Column: 1},
				Message: fmt.Sprintf("the YAML reader fails at this file: %v", failure), Suggestion: "write plain keys, lists and text",
			}}
		}
	}()
	c = Default()
	if p, ok := src.check(len(data)); !ok {
		return c, []Problem{p}
	}
	if body := r.tree(); body != nil {
		r.settings(body, c)
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Position.Column, b.Position.Column))
	})
	return c, r.problems
}

// reader collects problems while it goes through a file.
type reader struct {
	*source
	problems []Problem
}

func (r *reader) report(code string, at Position, message, suggestion string) {
	r.problems = append(r.problems, Problem{Code: code, Position: at, Message: message, Suggestion: suggestion})
}

// tree returns the content of the document, nil when there is none or it was
// reported.
func (r *reader) tree() ast.Node {
	tokens := lexer.Tokenize(r.text)
	if !r.screen(tokens) {
		return nil
	}
	// Duplicates are reported with the rest, so one does not hide the others.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	for _, doc := range file.Docs { // screen allows one with content
		if doc.Body != nil {
			return doc.Body
		}
	}
	return nil
}

// syntax reports an error of the YAML library.
func (r *reader) syntax(err error) {
	message, at := err.Error(), Position{Line: 1, Column: 1}
	var located interface { // the library's type is internal to it
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &located) {
		message, at = located.GetMessage(), r.position(located.GetToken())
	}
	message, _, _ = strings.Cut(message, "\n")
	suggestion := "look at the indentation, brackets and quotes up to here"
	row := r.line(at.Line)
	indent := len(row) - len(strings.TrimLeft(row, " "))
	switch {
	case strings.HasPrefix(row[indent:], "\t"):
		at, message, suggestion = r.at(at.Line, indent), "a tab cannot indent", "indent with spaces"
	case strings.Contains(message, "could not find end character"):
		suggestion = "close the quotes"
	case strings.Contains(message, "must be specified"):
		suggestion = "close the bracket before here, or put text that holds one of {}[],# in quotes"
	case strings.Contains(message, "reserved character"):
		suggestion = "put text that begins with it in quotes"
	}
	r.report(CodeSyntax, at, message, suggestion)
}
