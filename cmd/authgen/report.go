package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/authgen/authgen/diagnostic"
)

// report prints all findings in the format the flags ask for and returns the
// exit code, which does not depend on the format. Text goes to stderr. JSON
// and SARIF are what the caller asked the command to produce: they go to
// stdout.
func report(c *call, m moduleFlags, root string, findings []diagnostic.Diagnostic) (int, error) {
	diagnostic.Sort(findings)
	var err error
	switch {
	case m.json:
		err = writeJSON(c.stdout, findings)
	case m.sarif:
		err = writeSARIF(c.stdout, root, findings)
	default:
		err = writeText(c.stderr, shownFrom(c, m, root), findings)
	}
	if err != nil {
		return exitFailed, err
	}
	for _, d := range findings {
		if d.Severity == diagnostic.Error {
			return exitFindings, nil
		}
	}
	return exitClean, nil
}

// shownFrom returns a function that turns a file's path relative to the module
// root into the one to print: relative to the current folder, so that it can be
// followed. The go generate command runs programs in the folder of the
// directive, where nobody stands: then paths stay relative to the root.
func shownFrom(c *call, m moduleFlags, root string) func(string) string {
	asIs := func(file string) string { return file }
	if c.env("GOFILE") != "" && c.env("GOPACKAGE") != "" {
		return asIs
	}
	dir, err := filepath.Abs(m.dir)
	if err != nil {
		return asIs
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return asIs
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return asIs
	}
	return func(file string) string {
		if file == "" || filepath.IsAbs(file) {
			return file
		}
		full := filepath.Join(root, filepath.FromSlash(file))
		// Files of other modules are told by import path: no such folder is here.
		if _, err := os.Stat(filepath.Dir(full)); err != nil {
			return file
		}
		rel, err := filepath.Rel(dir, full)
		if err != nil {
			return file
		}
		return filepath.ToSlash(rel)
	}
}

// widest is how long the first line of a finding may be with what mends it, which
// stands in a line of its own below otherwise.
const widest = 160

func writeText(w io.Writer, shown func(string) string, findings []diagnostic.Diagnostic) error {
	b := bufio.NewWriter(w)
	for _, d := range findings {
		d.Position.File = shown(d.Position.File)
		if d.Severity == diagnostic.Warning {
			d.Message = "warning: " + d.Message
		}
		advice := ""
		if line := d.String(); utf8.RuneCountInString(line) > widest {
			advice, d.Suggestion = d.Suggestion, ""
		}
		fmt.Fprintln(b, oneLine(d.String()))
		for _, r := range d.Related {
			if r.Position.File = shown(r.Position.File); r.Position == d.Position {
				fmt.Fprintf(b, "\t%s\n", oneLine(r.Message))
				continue
			}
			fmt.Fprintf(b, "\t%s\n", oneLine(fmt.Sprintf("%s: %s", r.Position, r.Message)))
		}
		if advice != "" {
			fmt.Fprintf(b, "\tto mend it: %s\n", oneLine(advice))
		}
	}
	return b.Flush()
}

// oneLine makes text of the code that was read, such as a path with a line break in
// it, safe for a line of a terminal: it shall not look like another finding.
func oneLine(s string) string {
	safe := func(c rune) bool { return unicode.IsPrint(c) || unicode.Is(unicode.Zs, c) }
	if utf8.ValidString(s) && strings.IndexFunc(s, func(c rune) bool { return !safe(c) }) < 0 {
		return s
	}
	var b strings.Builder
	for i, c := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		if safe(c) && (c != utf8.RuneError || size > 1) {
			b.WriteRune(c)
			continue
		}
		quoted := strconv.Quote(s[i : i+size])
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// jsonFinding is a finding as -json writes it. Paths are relative to the module
// root, lines and columns count from 1 in bytes, and 0 means that none applies.
type jsonFinding struct {
	Code       string        `json:"code"`
	Severity   string        `json:"severity"`
	File       string        `json:"file"`
	Line       int           `json:"line"`
	Column     int           `json:"column"`
	EndLine    int           `json:"end_line"`
	EndColumn  int           `json:"end_column"`
	Message    string        `json:"message"`
	Suggestion string        `json:"suggestion"`
	Route      string        `json:"route"`
	Program    string        `json:"program"`
	Related    []jsonRelated `json:"related"`
}

type jsonRelated struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

func writeJSON(w io.Writer, findings []diagnostic.Diagnostic) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for _, d := range findings {
		p := d.Position
		f := jsonFinding{d.Code, severity(d.Severity), p.File, p.Line, p.Column, p.EndLine, p.EndColumn, d.Message, d.Suggestion, d.Route, d.Program, []jsonRelated{}}
		for _, r := range d.Related {
			f.Related = append(f.Related, jsonRelated{r.Position.File, r.Position.Line, r.Position.Column, r.Message})
		}
		if err := enc.Encode(f); err != nil {
			return err
		}
	}
	return b.Flush()
}

// severity returns the name of a severity, which is also SARIF's level.
func severity(s diagnostic.Severity) string {
	if s == diagnostic.Warning {
		return "warning"
	}
	return "error"
}

// readUnder reads a file by its path relative to root.
func readUnder(root, file string) ([]byte, error) {
	return os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
}
