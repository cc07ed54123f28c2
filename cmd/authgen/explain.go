package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"

	"github.com/authgen/authgen/diagnostic"
)

func explainCommand() *command {
	return &command{
		name:    "explain",
		args:    "[AUTHnnn ...]",
		summary: "explain a finding by its code",
		help: `Prints what a finding means, with an example of what causes it and of what to
write instead. Without a code it lists all codes. The number alone will do.`,
		run: runExplain,
	}
}

func runExplain(_ context.Context, c *call) (int, error) {
	codes, err := parse(newFlags("explain"), c.args)
	if err != nil {
		return exitFailed, err
	}
	if len(codes) == 0 {
		return exitClean, listEntries(c.stdout)
	}
	var entries []diagnostic.Entry
	for _, code := range codes {
		entry, ok := diagnostic.Lookup(canonicalCode(code))
		if !ok {
			return exitFailed, usagef("no finding has the code %q; authgen explain lists them", code)
		}
		entries = append(entries, entry)
	}
	for i, e := range entries {
		if i > 0 {
			fmt.Fprintln(c.stdout)
		}
		if err := explain(c.stdout, e); err != nil {
			return exitFailed, err
		}
	}
	return exitClean, nil
}

var codeForm = regexp.MustCompile(`(?i)^(?:AUTH)?0*([0-9]{1,3})$`)

// canonicalCode turns 12, auth12 and AUTH012 into AUTH012. Anything else stays
// as it is.
func canonicalCode(code string) string {
	m := codeForm.FindStringSubmatch(code)
	if m == nil {
		return code
	}
	return fmt.Sprintf("AUTH%03s", m[1])
}

func listEntries(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, e := range diagnostic.Entries() {
		fmt.Fprintf(table, "%s\t%s\n", e.Code, e.Title)
	}
	return table.Flush()
}

func explain(w io.Writer, e diagnostic.Entry) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n%s\n", e.Code, e.Title, strings.TrimSpace(e.Text))
	for _, part := range []struct{ title, text string }{{"Before", e.Before}, {"After", e.After}} {
		if part.text == "" {
			continue
		}
		fmt.Fprintf(&b, "\n%s:\n\n", part.title)
		for line := range strings.Lines(strings.Trim(part.text, "\n") + "\n") {
			if line != "\n" {
				line = "    " + line
			}
			b.WriteString(line)
		}
	}
	if e.Severity == diagnostic.Warning {
		b.WriteString("\nThis is a warning: it does not change the exit code.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
