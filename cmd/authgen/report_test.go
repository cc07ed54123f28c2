package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authgen/authgen/diagnostic"
)

func findings() []diagnostic.Diagnostic {
	return []diagnostic.Diagnostic{
		{
			Code: codeStale, Position: diagnostic.Position{File: "b/b.go", Line: 2, Column: 6, EndLine: 2, EndColumn: 8},
			Message: "second <&>", Suggestion: "do this", Route: "POST /a", Program: "p",
			Related: []diagnostic.Related{{Position: diagnostic.Position{File: "c d.go", Line: 1}, Message: "here"}},
		},
		{Code: codeMissing, Severity: diagnostic.Warning, Position: diagnostic.Position{File: "a.go"}, Message: "first"},
	}
}

func TestReportText(t *testing.T) {
	t.Parallel()
	root := writeModule(t, "-- b/b.go --\n-- other/x.go --\n")
	const fromRoot = "a.go: warning: first (AUTH070)\nb/b.go:2:6: second <&>; do this (AUTH071)\n\tc d.go:1: here\n"
	for _, c := range []struct{ name, dir, want string }{
		{"Root", root, fromRoot},
		{"Below", filepath.Join(root, "b"), "../a.go: warning: first (AUTH070)\nb.go:2:6: second <&>; do this (AUTH071)\n\t../c d.go:1: here\n"},
		{"Nowhere", filepath.Join(root, "nowhere"), fromRoot},
	} {
		var out, stderr bytes.Buffer
		ctx := &call{system: system{stdout: &out, stderr: &stderr, env: func(string) string { return "" }}}
		code, err := report(ctx, moduleFlags{dir: c.dir}, root, findings())
		if code != 1 || err != nil || out.Len() > 0 || stderr.String() != c.want {
			t.Errorf("%s: %d, %v, stdout %q, stderr\n%swant\n%s", c.name, code, err, &out, &stderr, c.want)
		}
	}
	ctx := &call{system: system{env: func(string) string { return "" }}}
	if got := shownFrom(ctx, moduleFlags{dir: filepath.Join(root, "b")}, root)("example.com/dep/mw/mw.go"); got != "example.com/dep/mw/mw.go" {
		t.Errorf("a file of another module: %s", got)
	}
	var long bytes.Buffer
	at := diagnostic.Position{File: "b/b.go", Line: 2, Column: 6}
	wide := []diagnostic.Diagnostic{{
		Code: codeStale, Position: at, Message: strings.Repeat("ä", 140), Suggestion: "do this",
		Related: []diagnostic.Related{{Position: at, Message: "here"}, {Position: diagnostic.Position{File: "c.go", Line: 1}, Message: "there"}},
	}}
	// What does not fit into one line stands below, and so does the same place.
	want := "b/b.go:2:6: " + wide[0].Message + " (AUTH071)\n\there\n\tc.go:1: there\n\tto mend it: do this\n"
	if err := writeText(&long, func(file string) string { return file }, wide); err != nil || long.String() != want {
		t.Errorf("%v\n%swant\n%s", err, &long, want)
	}
	// What the code says does not look like another finding, nor like a command to
	// the terminal.
	var odd bytes.Buffer
	forged := []diagnostic.Diagnostic{{
		Code: codeStale, Position: at, Message: "GET /\xff\x1b[0m\"q\\ü\n\u202ea.go:1:1: fine",
		Related: []diagnostic.Related{{Position: at, Message: "a\nb"}, {Position: diagnostic.Position{File: "c.go", Line: 1}, Message: "c\rd"}},
	}}
	want = "b/b.go:2:6: GET /\\xff\\x1b[0m\"q\\ü\\n\\u202ea.go:1:1: fine (AUTH071)\n\ta\\nb\n\tc.go:1: c\\rd\n"
	if err := writeText(&odd, func(file string) string { return file }, forged); err != nil || odd.String() != want {
		t.Errorf("%v\n%swant\n%s", err, &odd, want)
	}
	var stderr bytes.Buffer
	generate := &call{system: system{stderr: &stderr, env: func(name string) string { return "x" }}}
	if _, err := report(generate, moduleFlags{dir: filepath.Join(root, "b")}, root, findings()); err != nil || stderr.String() != fromRoot {
		t.Errorf("under go generate: %v\n%swant\n%s", err, &stderr, fromRoot)
	}
}

func TestReportJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	code, err := report(&call{system: system{stdout: &out}}, moduleFlags{json: true, dir: "/"}, t.TempDir(), findings())
	const want = `{"code":"AUTH070","severity":"warning","file":"a.go","line":0,"column":0,"end_line":0,"end_column":0,"message":"first","suggestion":"","route":"","program":"","related":[]}
{"code":"AUTH071","severity":"error","file":"b/b.go","line":2,"column":6,"end_line":2,"end_column":8,"message":"second <&>","suggestion":"do this","route":"POST /a","program":"p","related":[{"file":"c d.go","line":1,"column":0,"message":"here"}]}
`
	if code != 1 || err != nil || out.String() != want {
		t.Errorf("%d, %v\n%swant\n%s", code, err, &out, want)
	}
}

func TestReportSARIF(t *testing.T) {
	t.Parallel()
	root := writeModule(t, "-- b/b.go --\npackage b\n// ä abc\n")
	var out bytes.Buffer
	code, err := report(&call{system: system{stdout: &out}}, moduleFlags{sarif: true}, root, findings())
	if code != 1 || err != nil {
		t.Fatal(code, err)
	}
	var log sarifLog
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || len(run.Results) != 2 || len(run.Tool.Driver.Rules) != 2 {
		t.Fatalf("document %s", &out)
	}
	for _, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("rule %d is not %s", r.RuleIndex, r.RuleID)
		}
	}
	second := run.Results[1]
	if second.Message.Text != "second <&>; do this" || second.Level != "error" || run.Results[0].Level != "warning" {
		t.Errorf("result %+v", second)
	}
	// The fourth and fifth byte of the line are one character.
	if got := *second.Locations[0].PhysicalLocation.Region; got != (sarifRegion{2, 5, 2, 7}) {
		t.Errorf("region %+v", got)
	}
	if got := second.RelatedLocations[0].PhysicalLocation.ArtifactLocation.URI; got != "c%20d.go" {
		t.Errorf("URI %q", got)
	}
	if run.Results[0].Locations[0].PhysicalLocation.Region != nil {
		t.Error("a finding about a file has a region")
	}
	out.Reset()
	if code, err := report(&call{system: system{stdout: &out}}, moduleFlags{sarif: true}, root, nil); code != 0 || err != nil || !strings.Contains(out.String(), `"results": []`) {
		t.Errorf("without findings: %d, %v, %s", code, err, &out)
	}
}

// TestExitCodeIsTheSameInEveryFormat also holds that warnings do not count.
func TestExitCodeIsTheSameInEveryFormat(t *testing.T) {
	t.Parallel()
	all := findings()
	for want, list := range map[int][]diagnostic.Diagnostic{0: all[1:], 1: all} {
		for _, m := range []moduleFlags{{}, {json: true}, {sarif: true}} {
			c := &call{system: system{stdout: new(bytes.Buffer), stderr: new(bytes.Buffer), env: os.Getenv}}
			if code, err := report(c, m, t.TempDir(), append([]diagnostic.Diagnostic(nil), list...)); code != want || err != nil {
				t.Errorf("%+v: %d, %v, want %d", m, code, err, want)
			}
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestLostOutput holds that findings which nobody could read do not look like
// a finished run.
func TestLostOutput(t *testing.T) {
	t.Parallel()
	for _, m := range []moduleFlags{{}, {json: true}, {sarif: true}} {
		c := &call{system: system{stdout: fullDisk{}, stderr: fullDisk{}, env: os.Getenv}}
		if code, err := report(c, m, t.TempDir(), findings()); code != 2 || err == nil {
			t.Errorf("%+v: %d, %v", m, code, err)
		}
	}
}
