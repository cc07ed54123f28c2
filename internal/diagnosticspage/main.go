// Command diagnosticspage writes docs/diagnostics.md from the table of
// findings. Its argument is the file to write.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/authgen/authgen/diagnostic"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: diagnosticspage FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], []byte(page(diagnostic.Entries())), 0o666); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// ranges are the sections of the page, by the first code after each.
var ranges = []struct{ end, title string }{
	{"AUTH030", "Comments"},
	{"AUTH060", "Handlers, names and generated code"},
	{"AUTH070", "authgen.yaml"},
	{"AUTH090", "check and the manifest"},
	{"AUTH1000", "Routes"},
}

func page(entries []diagnostic.Entry) string {
	var b strings.Builder
	b.WriteString(`# Findings

<!-- Written by go generate from the table in package diagnostic. Do not edit. -->

What ` + "`authgen`" + ` and ` + "`authgen check`" + ` report, by code. ` + "`authgen explain AUTH012`" + ` shows one of these in the terminal. An error
makes the exit code 1; a warning does not.
`)
	section := 0
	for i, e := range entries {
		before := section
		for section < len(ranges)-1 && !inRange(e.Code, ranges[section].end) {
			section++
		}
		if i == 0 || section != before {
			fmt.Fprintf(&b, "\n## %s\n", ranges[section].title)
		}
		entry(&b, e)
	}
	return b.String()
}

// inRange compares codes by their number, which may have four digits.
func inRange(code, end string) bool {
	return len(code) < len(end) || len(code) == len(end) && code < end
}

func entry(b *strings.Builder, e diagnostic.Entry) {
	fmt.Fprintf(b, "\n### %s: %s\n\n", e.Code, prose(e.Title))
	if e.Severity == diagnostic.Warning {
		b.WriteString("A warning.\n\n")
	}
	b.WriteString(prose(strings.TrimSpace(e.Text)) + "\n")
	for _, part := range []struct{ title, code string }{{"Before", e.Before}, {"After", e.After}} {
		if part.code == "" {
			continue
		}
		// Indented, not fenced: these are fragments, and some are wrong on purpose.
		fmt.Fprintf(b, "\n%s:\n\n", part.title)
		for line := range strings.Lines(strings.Trim(part.code, "\n") + "\n") {
			if line != "\n" {
				line = "    " + line
			}
			b.WriteString(line)
		}
	}
}

// prose keeps Markdown from reading types and placeholders as marks. Text in
// backquotes stays as it is.
func prose(text string) string {
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.NewReplacer("<", "&lt;", "*", `\*`).Replace(parts[i])
	}
	return strings.Join(parts, "`")
}
