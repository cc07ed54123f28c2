package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
)

// writeAccepted writes the accepted: list of authgen.yaml that takes in all
// findings about routes, and returns the findings that are left. Entries that
// hold stay as they are, and so do those past their date, which only a new date
// renews; the others are made anew, with the reason given. The file itself is left
// alone: what it says beside its values is somebody's.
func writeAccepted(w io.Writer, o *outcome, reason string, now time.Time) (left []diagnostic.Diagnostic, err error) {
	findings := slices.Concat(o.Findings, o.Compared)
	entries := stillHolding(findings, o.Accepted, now)
	unaccepted := audit.Accept(findings, entries, now)
	past := slices.DeleteFunc(slices.Clone(o.Accepted), func(e config.Accepted) bool { return !pastDate(e, unaccepted, now) })
	entries = append(entries, past...)
	for _, d := range unaccepted {
		if slices.ContainsFunc(past, func(e config.Accepted) bool { return pastDate(e, []diagnostic.Diagnostic{d}, now) }) {
			continue
		}
		if d.Severity != diagnostic.Error || !audit.Acceptable(d.Code) || d.Route == "" && d.Position.File == "" {
			continue
		}
		e := config.Accepted{Finding: d.Code, Route: d.Route, Program: d.Program, Count: 1, Reason: reason}
		if d.Route == "" {
			e.File = d.Position.File
		}
		if i := slices.IndexFunc(entries, func(have config.Accepted) bool { return sameEntry(have, e) }); i >= 0 {
			entries[i].Count++
			continue
		}
		entries = append(entries, e)
	}
	var b bytes.Buffer
	if len(entries) > 0 {
		b.WriteString("accepted:\n")
	}
	for _, e := range entries {
		b.WriteString("  - " + yamlEntry(e) + "\n")
	}
	_, err = w.Write(b.Bytes())
	return audit.Accept(findings, entries, now), err
}

// stillHolding returns the entries that accept all that they match.
func stillHolding(findings []diagnostic.Diagnostic, entries []config.Accepted, now time.Time) (holding []config.Accepted) {
	for _, e := range entries {
		before := len(audit.Accept(findings, holding, now))
		// An entry takes its findings away, and adds one about itself where it
		// is not as it should be.
		if len(audit.Accept(findings, append(slices.Clip(holding), e), now)) == before-e.Count {
			holding = append(holding, e)
		}
	}
	return holding
}

// pastDate reports whether an entry would accept some of the findings, and is past
// its date.
func pastDate(e config.Accepted, findings []diagnostic.Diagnostic, now time.Time) bool {
	return slices.ContainsFunc(audit.Accept(findings, []config.Accepted{e}, now), func(d diagnostic.Diagnostic) bool { return d.Code == audit.CodePastAccepted })
}

func sameEntry(a, b config.Accepted) bool {
	return a.Finding == b.Finding && a.Route == b.Route && a.File == b.File && a.Program == b.Program && a.Until.IsZero() == b.Until.IsZero()
}

// yamlEntry returns an entry as authgen.yaml has it. A text of JSON is one of
// YAML too.
func yamlEntry(e config.Accepted) string {
	quote := func(s string) string {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if enc.Encode(s) != nil { // any text can be written
			return `""`
		}
		return strings.TrimSpace(b.String())
	}
	parts := []string{"finding: " + e.Finding}
	for _, field := range []struct{ key, text string }{{"route", e.Route}, {"file", e.File}, {"program", e.Program}} {
		if field.text != "" {
			parts = append(parts, field.key+": "+quote(field.text))
		}
	}
	if e.Count > 1 {
		parts = append(parts, fmt.Sprintf("count: %d", e.Count))
	}
	parts = append(parts, "reason: "+quote(e.Reason))
	if !e.Until.IsZero() {
		parts = append(parts, "until: "+e.Until.AddDate(0, 0, -1).Format(time.DateOnly))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
