// Package diagnostic defines findings: their codes, positions and the table of
// AUTHnnn entries that documentation and the explain command are made from.
package diagnostic

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a finding fails a run.
type Severity uint8

const (
	// Error fails the run with exit code 1.
	Error Severity = iota
	// Warning is printed and does not change the exit code.
	Warning
)

// Position is a range in a source file. Lines and columns count from 1, in
// bytes, as the go command prints them; EndLine and EndColumn name the byte
// after the range and are zero when the range is a point.
type Position struct {
	File      string // slash-separated, relative to the module root where possible
	Line      int
	Column    int
	EndLine   int
	EndColumn int
}

// String returns file:line:column, leaving out what is not known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Diagnostic is one finding.
type Diagnostic struct {
	Code       string // AUTHnnn
	Severity   Severity
	Position   Position
	Message    string
	Suggestion string // what to write or run instead; "" when there is no single answer
	Related    []Related
	// Route is the route that the finding is about, such as "POST /files", and
	// Program the import path of the main package that registers it. Both are ""
	// for findings about anything else.
	Route   string
	Program string
}

// Related is another place that a finding speaks of.
type Related struct {
	Position Position
	Message  string
}

// String returns the finding as the command prints it:
// file.go:12:3: message (AUTH012).
func (d Diagnostic) String() string {
	s := fmt.Sprintf("%s: %s", d.Position, d.Message)
	if d.Suggestion != "" {
		s += "; " + d.Suggestion
	}
	return s + " (" + d.Code + ")"
}

// Sort orders findings by file, line, column, code and message, so that output
// does not depend on the order of work.
func Sort(ds []Diagnostic) {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Position.File, b.Position.File),
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Column, b.Position.Column),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Message, b.Message),
		)
	})
}
