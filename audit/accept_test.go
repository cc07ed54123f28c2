package audit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
)

// TestAccept holds that an entry accepts what it names and no more, and that an
// entry which accepts less than it says, or is past its date, is a finding.
func TestAccept(t *testing.T) {
	t.Parallel()
	finding := func(route, program string) diagnostic.Diagnostic {
		return diagnostic.Diagnostic{Code: "AUTH100", Route: route, Program: program, Position: diagnostic.Position{File: "main.go", Line: 1}, Message: "open"}
	}
	var (
		one   = finding("POST /a", "p")
		again = finding("POST /a", "q")
		other = finding("GET /a", "p")
		place = diagnostic.Diagnostic{Code: "AUTH115", Position: diagnostic.Position{File: "main.go", Line: 7}, Message: "the trail ends"}
		fixed = diagnostic.Diagnostic{Code: "AUTH110", Position: diagnostic.Position{File: "auth.manifest.json"}, Message: "fewer"}
		warns = diagnostic.Diagnostic{Code: "AUTH104", Severity: diagnostic.Warning, Route: "POST /a", Program: "p", Message: "nobody"}
		now   = time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC)
		until = time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	)
	entry := func(change func(*config.Accepted)) config.Accepted {
		e := config.Accepted{Finding: "AUTH100", Route: "POST /a", Count: 1, Reason: "r", Position: config.Position{Line: 3, Column: 5}}
		change(&e)
		return e
	}
	asIs := entry(func(*config.Accepted) {})
	file := entry(func(e *config.Accepted) { e.Finding, e.Route, e.File = "AUTH115", "", "main.go" })
	const (
		open  = "main.go:1: open (AUTH100)"
		ends  = "main.go:7: the trail ends (AUTH115)"
		stale = "authgen.yaml:3:5: this entry accepts AUTH100 and there is none; remove it (AUTH113)"
	)
	for name, c := range map[string]struct {
		findings []diagnostic.Diagnostic
		entries  []config.Accepted
		now      time.Time
		want     []string
		related  string // of the first finding that is left
	}{
		"None":         {findings: []diagnostic.Diagnostic{one}, want: []string{open}},
		"Route":        {findings: []diagnostic.Diagnostic{one, other}, entries: []config.Accepted{asIs}, want: []string{open}},
		"OtherMethod":  {findings: []diagnostic.Diagnostic{other}, entries: []config.Accepted{asIs}, want: []string{open, stale}},
		"OtherCode":    {findings: []diagnostic.Diagnostic{one}, entries: []config.Accepted{entry(func(e *config.Accepted) { e.Finding = "AUTH101" })}, want: []string{open, "authgen.yaml:3:5: this entry accepts AUTH101 and there is none; remove it (AUTH113)"}},
		"Program":      {findings: []diagnostic.Diagnostic{one, again}, entries: []config.Accepted{entry(func(e *config.Accepted) { e.Program = "q" })}, want: []string{open}},
		"OtherProgram": {findings: []diagnostic.Diagnostic{one}, entries: []config.Accepted{entry(func(e *config.Accepted) { e.Program = "q" })}, want: []string{open, stale}},
		"File":         {findings: []diagnostic.Diagnostic{place}, entries: []config.Accepted{file}},
		"FileOfRoute":  {findings: []diagnostic.Diagnostic{one}, entries: []config.Accepted{entry(func(e *config.Accepted) { e.Route, e.File = "", "main.go" })}, want: []string{open, `authgen.yaml:3:5: this entry accepts AUTH100 and there is none; remove it, or write route: "POST /a" in the place of file:, which is for findings without a route (AUTH113)`}},
		"More": {
			findings: []diagnostic.Diagnostic{one, again}, entries: []config.Accepted{asIs}, want: []string{open, open},
			related: "1 is accepted here, and there are 2",
		},
		"MorePlaces": {findings: []diagnostic.Diagnostic{place, place, place}, entries: []config.Accepted{entry(func(e *config.Accepted) { *e = file; e.Count = 2 })}, want: []string{ends, ends, ends}, related: "2 are accepted here, and there are 3"},
		"AsMany":     {findings: []diagnostic.Diagnostic{one, again}, entries: []config.Accepted{entry(func(e *config.Accepted) { e.Count = 2 })}},
		"Fewer": {
			findings: []diagnostic.Diagnostic{one}, entries: []config.Accepted{entry(func(e *config.Accepted) { e.Count = 2 })},
			want: []string{"authgen.yaml:3:5: this entry accepts 2 of AUTH100 and there is 1; write count: 1 (AUTH113)"},
		},
		"LastDay": {findings: []diagnostic.Diagnostic{one}, entries: []config.Accepted{entry(func(e *config.Accepted) { e.Until = until })}},
		"PastDate": {
			findings: []diagnostic.Diagnostic{one}, entries: []config.Accepted{entry(func(e *config.Accepted) { e.Until = until })}, now: now.Add(time.Second),
			want:    []string{open, "authgen.yaml:3:5: this entry accepted AUTH100 until 2027-01-31; mend what it is about, or decide on another date (AUTH114)"},
			related: "was accepted until 2027-01-31",
		},
		"PastDateAndStale": {entries: []config.Accepted{entry(func(e *config.Accepted) { e.Until = until })}, now: until, want: []string{stale}},
		"NotAcceptable": {
			findings: []diagnostic.Diagnostic{fixed}, entries: []config.Accepted{entry(func(e *config.Accepted) { e.Finding, e.Route, e.File = "AUTH110", "", "auth.manifest.json" })},
			want: []string{"auth.manifest.json: fewer (AUTH110)", "authgen.yaml:3:5: AUTH110 cannot be accepted; remove the entry (AUTH113)"},
		},
		"Warning": {
			findings: []diagnostic.Diagnostic{warns}, entries: []config.Accepted{entry(func(e *config.Accepted) { e.Finding = "AUTH104" })},
			want: []string{": nobody (AUTH104)", "authgen.yaml:3:5: this entry accepts AUTH104 and there is none; remove it (AUTH113)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.now.IsZero() {
				c.now = now
			}
			left := audit.Accept(c.findings, c.entries, c.now)
			var got []string
			for _, d := range left {
				got = append(got, d.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("left  %q\nwant %q", got, c.want)
			}
			if c.related != "" && (len(left) == 0 || len(left[0].Related) != 1 || left[0].Related[0].Message != c.related) {
				t.Errorf("the first finding is not related to %q: %+v", c.related, left)
			}
		})
	}
}
