package audit

import (
	"fmt"
	"slices"
	"time"

	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
)

// Acceptable reports whether findings of a code can be accepted: those about the
// settings and the manifest are mended there.
func Acceptable(code string) bool {
	switch code {
	case CodeStalePublic, CodeFewerRoutes, CodeNotConfirmed, CodeStaleAccepted, CodePastAccepted:
		return false
	}
	return "AUTH100" <= code && code <= "AUTH139"
}

// Accept returns the findings without those that the entries accept, and with
// findings about the entries: one that matches less than it counts, and one that
// is past its date. An entry that matches more than it counts accepts nothing,
// since none of them can be told to be the new one. The findings keep their
// order; those about entries come last.
func Accept(findings []diagnostic.Diagnostic, entries []config.Accepted, now time.Time) []diagnostic.Diagnostic {
	left := slices.Clone(findings)
	var own []diagnostic.Diagnostic
	for _, e := range entries {
		var matches []int
		for i, d := range left {
			if accepts(e, d) {
				matches = append(matches, i)
			}
		}
		problem, related := weigh(e, len(matches), now)
		if len(matches) == 0 && problem.Code == CodeStaleAccepted && e.Route == "" {
			problem.Suggestion += beside(e, findings)
		}
		if problem.Code != "" {
			own = append(own, problem)
		}
		for _, i := range slices.Backward(matches) {
			if related == "" {
				left = slices.Delete(left, i, i+1)
				continue
			}
			left[i].Related = append(slices.Clip(left[i].Related), diagnostic.Related{Position: problem.Position, Message: related})
		}
	}
	return append(left, own...)
}

// beside says how an entry that names a file is to name a finding of that file
// which is about a route, "" if there is none.
func beside(e config.Accepted, findings []diagnostic.Diagnostic) string {
	for _, d := range findings {
		if d.Route != "" && d.Code == e.Finding && d.Position.File == e.File && (e.Program == "" || e.Program == d.Program) {
			return fmt.Sprintf(", or write route: %q in the place of file:, which is for findings without a route", d.Route)
		}
	}
	return ""
}

// weigh says what is wrong with an entry that matches n findings, and what is to
// be told beside each of them if they are not accepted. The position is the
// entry's in any case.
func weigh(e config.Accepted, n int, now time.Time) (problem diagnostic.Diagnostic, related string) {
	problem.Position = diagnostic.Position{File: config.FileName, Line: e.Position.Line, Column: e.Position.Column}
	switch {
	case !Acceptable(e.Finding):
		problem.Code, problem.Message, problem.Suggestion = CodeStaleAccepted, e.Finding+" cannot be accepted", "remove the entry"
	case n == 0:
		problem.Code, problem.Message, problem.Suggestion = CodeStaleAccepted, "this entry accepts "+e.Finding+" and there is none", "remove it"
	case !e.Until.IsZero() && !now.Before(e.Until):
		day := e.Until.AddDate(0, 0, -1).Format(time.DateOnly)
		problem.Code, problem.Message = CodePastAccepted, fmt.Sprintf("this entry accepted %s until %s", e.Finding, day)
		problem.Suggestion, related = "mend what it is about, or decide on another date", "was accepted until "+day
	case n < e.Count:
		problem.Code, problem.Message = CodeStaleAccepted, fmt.Sprintf("this entry accepts %d of %s and there %s", e.Count, e.Finding, are(n))
		problem.Suggestion = fmt.Sprintf("write count: %d", n)
	case n > e.Count:
		verb := "are"
		if e.Count == 1 {
			verb = "is"
		}
		related = fmt.Sprintf("%d %s accepted here, and there %s", e.Count, verb, are(n))
	}
	return problem, related
}

func are(n int) string {
	if n == 1 {
		return "is 1"
	}
	return fmt.Sprintf("are %d", n)
}

// accepts reports whether an entry is about a finding. Warnings need none.
func accepts(e config.Accepted, d diagnostic.Diagnostic) bool {
	switch {
	case d.Severity != diagnostic.Error, d.Code != e.Finding, !Acceptable(d.Code), e.Program != "" && e.Program != d.Program:
		return false
	case e.Route != "":
		return d.Route == e.Route
	}
	return d.Route == "" && d.Position.File == e.File
}
