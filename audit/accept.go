package audit

import (
	"fmt"
	"slices"
	"time"

	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
)

// Accept returns the findings without those that the entries accept, and with
// findings about the entries themselves: one that matches less than it counts,
// and one that is past its date. An entry accepts all it matches or, when there
// are more than it counts, nothing, since none of them can be told to be the new
// one. It keeps the order of the findings; those about entries come last.
func Accept(findings []diagnostic.Diagnostic, entries []config.Accepted, now time.Time) []diagnostic.Diagnostic {
	accepted := make([]bool, len(findings))
	related := make([][]diagnostic.Related, len(findings))
	var own []diagnostic.Diagnostic
	for _, e := range entries {
		at := diagnostic.Position{File: config.FileName, Line: e.Position.Line, Column: e.Position.Column}
		var matches []int
		for i, d := range findings {
			if !accepted[i] && accepts(e, d) {
				matches = append(matches, i)
			}
		}
		past := !e.Until.IsZero() && !now.Before(e.Until)
		why := ""
		switch {
		case len(matches) == 0:
			own = append(own, diagnostic.Diagnostic{
				Code: CodeStaleAccepted, Position: at,
				Message: "this entry accepts " + e.Finding + " and there is none", Suggestion: "remove it",
			})
		case len(matches) < e.Count:
			own = append(own, diagnostic.Diagnostic{
				Code: CodeStaleAccepted, Position: at,
				Message:    fmt.Sprintf("this entry accepts %d of %s and there are %d", e.Count, e.Finding, len(matches)),
				Suggestion: fmt.Sprintf("write count: %d", len(matches)),
			})
		}
		switch {
		case past && len(matches) > 0:
			day := e.Until.AddDate(0, 0, -1).Format(time.DateOnly)
			own = append(own, diagnostic.Diagnostic{
				Code: CodePastAccepted, Position: at,
				Message:    fmt.Sprintf("this entry accepted %s until %s", e.Finding, day),
				Suggestion: "mend what it is about, or decide on another date",
			})
			why = "was accepted until " + day
		case len(matches) > e.Count:
			why = fmt.Sprintf("%d are accepted here, and there are %d", e.Count, len(matches))
		}
		for _, i := range matches {
			accepted[i] = why == ""
			if why != "" {
				related[i] = append(related[i], diagnostic.Related{Position: at, Message: why})
			}
		}
	}
	var rest []diagnostic.Diagnostic
	for i, d := range findings {
		if !accepted[i] {
			d.Related = slices.Concat(d.Related, related[i])
			rest = append(rest, d)
		}
	}
	return append(rest, own...)
}

// accepts reports whether an entry is about a finding. Warnings need none.
func accepts(e config.Accepted, d diagnostic.Diagnostic) bool {
	if d.Severity != diagnostic.Error || d.Code != e.Finding || e.Program != "" && e.Program != d.Program {
		return false
	}
	if e.Route != "" {
		return d.Route == e.Route
	}
	return d.Route == "" && d.Position.File == e.File
}
