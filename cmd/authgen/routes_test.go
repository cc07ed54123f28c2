package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// audited is a module whose audit finds what the test says.
type audited struct {
	dir    string
	result audit.Result
	err    error
	now    time.Time
	config audit.Config // of the last audit
	runs   int
	during func() // is called while the audit runs
}

const served = `-- files/files.go --
package files

import "net/http"

//auth:route=GET /files
//auth:roles=admin
func List(w http.ResponseWriter, r *http.Request) {}
`

const program = "example.com/app/cmd/server"

func newAudited(t *testing.T, module string) *audited {
	t.Helper()
	a := &audited{dir: writeModule(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.26.0\n"+module), now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	a.result.Routes = []manifest.Route{
		{
			Program: program, Router: "1", Method: "GET", Path: "/files", Framework: "nethttp", Handler: "example.com/app/files.List",
			Protection: manifest.Guarded, Rule: &manifest.Rule{Roles: []string{"admin"}}, RuleSource: "files/files.go", Registered: "main.go: main", Position: "main.go:9:2",
		},
		{Program: program, Router: "1", Method: "POST", Path: "/x", Framework: "nethttp", Handler: "example.com/app.x", Protection: manifest.Unprotected, Position: "main.go:10:2"},
	}
	a.result.Registered = map[string]bool{"example.com/app/files.List": true}
	a.result.Skipped = []manifest.Skipped{{What: "bad/bad.go", Why: "errors"}}
	a.result.Diagnostics = []diagnostic.Diagnostic{{
		Code: "AUTH100", Position: diagnostic.Position{File: "main.go", Line: 10, Column: 2}, Message: "anybody can call POST /x",
		Route: "POST /x", Program: program,
	}}
	return a
}

// run runs a command in the module and returns what it prints.
func (a *audited) run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append(args, "-C", a.dir), system{
		stdout: &out, stderr: &errs, env: func(string) string { return "" }, now: func() time.Time { return a.now },
		audit: func(_ context.Context, cfg audit.Config) (*audit.Result, error) {
			a.runs++
			a.config = cfg
			if a.during != nil {
				a.during()
			}
			if a.err != nil {
				return nil, a.err
			}
			result := a.result
			result.Routes = slices.Clone(a.result.Routes)
			return &result, nil
		},
	})
	return code, out.String(), errs.String()
}

func (a *audited) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(a.dir, name)
	if err := cmp.Or(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(text), 0o666)); err != nil {
		t.Fatal(err)
	}
}

func (a *audited) manifest(t *testing.T) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Read(filepath.Join(a.dir, manifest.FileName))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const openX = "main.go:10:2: anybody can call POST /x (AUTH100)\n"

// TestRoutes holds what each format writes, and that the exit code and the
// findings on stderr do not depend on it.
func TestRoutes(t *testing.T) {
	t.Parallel()
	a := newAudited(t, served)
	if code, _, stderr := a.run(t, "gen"); code != exitClean {
		t.Fatalf("gen: %d, %s", code, stderr)
	}
	for _, c := range []struct {
		args string
		want []string
	}{
		{"routes", []string{"GET     /files  guarded      files.List", "roles=admin", "POST    /x      unprotected  app.x", "2 routes: 1 guarded, 1 unprotected"}},
		{"routes ./...", []string{"2 routes:"}},
		{"routes -v", []string{"    at: main.go:9:2"}},
		{"routes -md", []string{"| GET | `/files` | guarded | `files.List` | roles=admin |"}},
		{"routes -csv", []string{"program,router,method", "main.go:10:2"}},
		{"routes -json", []string{`"schema": "authgen.manifest/v1"`, `"position": "main.go:9:2"`, `"registered": true`}},
	} {
		code, stdout, stderr := a.run(t, strings.Fields(c.args)...)
		if code != exitFindings || stderr != openX {
			t.Errorf("%s: exit code %d, stderr %q", c.args, code, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: stdout lacks %q:\n%s", c.args, want, stdout)
			}
		}
	}
	if !slices.ContainsFunc(a.config.Twins, func(w audit.Twin) bool {
		return w.Package == "example.com/app/files" && w.Type == "Protected" && w.Method == "List" && w.Rule.Roles[0] == "admin"
	}) || len(a.config.Stale) > 0 || a.config.Settings == nil {
		t.Errorf("the audit was told %+v", a.config)
	}
	for _, args := range []string{"routes -json -md", "routes ./files", "routes -sarif"} {
		if code, stdout, stderr := a.run(t, strings.Fields(args)...); code != exitFailed || stdout != "" || stderr == "" {
			t.Errorf("%s: %d, %q, %q", args, code, stdout, stderr)
		}
	}
	a.result.Diagnostics = nil
	if code, _, stderr := a.run(t, "routes", "-no-cache"); code != exitClean || stderr != "" {
		t.Errorf("without findings: %d, %q", code, stderr)
	}
	a.err = errors.New("no go command")
	if code, stdout, stderr := a.run(t, "routes", "-no-cache"); code != exitFailed || stdout != "" || stderr != "authgen: finding routes: no go command\n" {
		t.Errorf("with an error: %d, %q, %q", code, stdout, stderr)
	}
}

// TestStale holds that the audit knows which packages' generated files are not
// to be believed, and that the table says why.
func TestStale(t *testing.T) {
	t.Parallel()
	a := newAudited(t, served)
	code, _, stderr := a.run(t, "routes")
	if code != exitFindings || !strings.Contains(stderr, "files/auth_gen.go: generated file is missing; run authgen (AUTH070)\n") || strings.Contains(stderr, "manifest") {
		t.Errorf("%d, %s", code, stderr)
	}
	if !slices.Equal(a.config.Stale, []string{"example.com/app/files"}) {
		t.Errorf("stale: %q", a.config.Stale)
	}
	if code, _, stderr := a.run(t, "gen"); code != exitClean || len(a.config.Stale) > 0 {
		t.Errorf("gen: %d, %s, audited before it wrote: stale %q", code, stderr, a.config.Stale)
	}
}

// TestManifestRoutes holds that gen writes audited routes, and leaves the
// manifest alone where it was told to or where they could not be found.
func TestManifestRoutes(t *testing.T) {
	t.Parallel()
	a := newAudited(t, served)
	if code, _, stderr := a.run(t, "gen", "-code-only"); code != exitClean || a.runs != 0 {
		t.Fatalf("-code-only: %d, %s, %d audits", code, stderr, a.runs)
	}
	a.err = errors.New("no go command")
	if code, _, stderr := a.run(t, "gen"); code != exitFailed || stderr != "authgen: finding routes: no go command\n" {
		t.Errorf("without an audit: %d, %q", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(a.dir, manifest.FileName)); err == nil {
		t.Error("without an audit there is a manifest")
	}
	a.err = nil
	if code, _, stderr := a.run(t, "gen", "-v"); code != exitClean || stderr != "wrote auth.manifest.json\n" {
		t.Fatalf("gen: %d, %q", code, stderr)
	}
	m := a.manifest(t)
	if len(m.Routes) != 2 || m.Routes[0].Position != "" || m.Routes[1].Protection != manifest.Unprotected || !*m.Handlers[0].Registered ||
		!slices.Contains(m.Skipped, manifest.Skipped{What: "bad/bad.go", Why: "errors"}) {
		t.Errorf("manifest %+v", m)
	}
	runs := a.runs
	if code, _, stderr := a.run(t, "gen", "-v"); code != exitClean || stderr != "nothing to write: all is up to date\n" || a.runs != runs {
		t.Errorf("gen again: %d, %q, %d audits", code, stderr, a.runs-runs)
	}
}

// TestLibrary holds that routes are declared where nothing registers any, and
// that a module with neither rules nor routes gets no manifest.
func TestLibrary(t *testing.T) {
	t.Parallel()
	a := newAudited(t, served)
	a.result = audit.Result{}
	if code, _, stderr := a.run(t, "gen"); code != exitClean || stderr != "" {
		t.Fatalf("%d, %s", code, stderr)
	}
	if m := a.manifest(t); len(m.Routes) != 1 || m.Routes[0].Protection != manifest.Declared || *m.Handlers[0].Registered {
		t.Errorf("manifest %+v", m)
	}
	if code, stdout, _ := a.run(t, "routes"); code != exitClean || !strings.Contains(stdout, "1 route: 1 declared") {
		t.Errorf("%d, %s", code, stdout)
	}
	bare := newAudited(t, "-- a.go --\npackage app\n")
	bare.result = audit.Result{}
	for _, command := range []string{"gen", "check"} {
		if code, stdout, stderr := bare.run(t, command); code != exitClean || stdout+stderr != "" {
			t.Errorf("%s: %d, %s%s", command, code, stdout, stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(bare.dir, manifest.FileName)); err == nil {
		t.Error("a module without rules and routes has a manifest")
	}
}

// TestGolden holds that the cases of generation, a module without programs, have
// the manifest that the audit gives.
func TestGolden(t *testing.T) {
	t.Parallel()
	var out, stderr bytes.Buffer
	code := run(t.Context(), []string{"check", "-no-cache", "-C", "../../testdata/golden"}, system{
		stdout: &out, stderr: &stderr, env: func(string) string { return "" }, now: time.Now, audit: audit.Audit,
	})
	if code != exitClean || out.Len()+stderr.Len() > 0 {
		t.Errorf("%d, %s%s", code, &out, &stderr)
	}
}

// TestDrift holds that check reports what differs from the committed manifest,
// and that gen warns of routes that are gone although it writes what there is.
func TestDrift(t *testing.T) {
	t.Parallel()
	a := newAudited(t, served)
	a.result.Diagnostics = nil
	if code, _, stderr := a.run(t, "gen"); code != exitClean {
		t.Fatalf("%d, %s", code, stderr)
	}
	if code, _, stderr := a.run(t, "check"); code != exitClean || stderr != "" {
		t.Fatalf("%d, %s", code, stderr)
	}
	all := a.result.Routes
	weaker := slices.Clone(all)
	weaker[0].Protection, weaker[0].Rule = manifest.Unprotected, nil
	const fewer = "fewer routes on nethttp in example.com/app/cmd/server: 1, and the committed manifest lists 2; gone: POST /x; run authgen (AUTH110)\n"
	for _, c := range []struct {
		routes []manifest.Route
		want   []string
	}{
		{weaker, []string{"route GET /files of example.com/app/cmd/server, protection: was guarded, is unprotected; rule: was roles [admin], is (none) (AUTH074)\n\tto mend it: run authgen\n"}},
		{slices.Concat(all, []manifest.Route{{Program: program, Method: "GET", Path: "/new", Framework: "nethttp", Protection: manifest.Guarded}}), []string{"route GET /new of example.com/app/cmd/server is new"}},
		{all[:1], []string{"route POST /x of example.com/app/cmd/server is gone", "auth.manifest.json: " + fewer}},
		{nil, []string{"in example.com/app/cmd/server: 0, and the committed manifest lists 2; gone: GET /files, POST /x"}},
	} {
		a.result.Routes = c.routes
		code, _, stderr := a.run(t, "check", "-no-cache")
		if code != exitFindings {
			t.Errorf("exit code %d", code)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("stderr lacks %q:\n%s", want, stderr)
			}
		}
	}
	a.result.Routes = all[:1]
	if code, _, stderr := a.run(t, "gen", "-no-cache"); code != exitClean || stderr != "auth.manifest.json: warning: "+fewer {
		t.Errorf("gen: %d, %q", code, stderr)
	}
	if code, _, stderr := a.run(t, "check", "-no-cache"); code != exitClean {
		t.Errorf("check: %d, %s", code, stderr)
	}
	a.result.Diagnostics = []diagnostic.Diagnostic{{Code: audit.CodeNoRoutes, Position: diagnostic.Position{File: "go.mod"}, Message: "no routes"}}
	if code, _, stderr := a.run(t, "gen", "-no-cache"); code != exitClean || stderr != "go.mod: warning: no routes (AUTH111)\n" {
		t.Errorf("gen: %d, %q", code, stderr)
	}
	// A manifest that cannot be read is no manifest: routes says so too.
	a.result.Diagnostics = nil
	a.write(t, manifest.FileName, "<<<<<<< ours\n")
	if code, stdout, stderr := a.run(t, "routes"); code != exitFindings || !strings.Contains(stdout, "1 route:") || !strings.HasPrefix(stderr, "auth.manifest.json: manifest cannot be read: ") {
		t.Errorf("routes: %d, %q, %q", code, stdout, stderr)
	}
}

// TestRatchet holds that -accept prints settings with which check is clean until
// something gets worse or a date is over.
func TestRatchet(t *testing.T) {
	t.Parallel()
	a := newAudited(t, served)
	a.result.Diagnostics = append(a.result.Diagnostics,
		diagnostic.Diagnostic{Code: "AUTH115", Position: diagnostic.Position{File: "plug.go", Line: 3}, Message: "the trail ends"},
		diagnostic.Diagnostic{Code: "AUTH115", Position: diagnostic.Position{File: "plug.go", Line: 9}, Message: "the trail ends"},
		diagnostic.Diagnostic{Code: "AUTH108", Position: diagnostic.Position{File: config.FileName, Line: 1}, Message: "stale"},
	)
	if code, _, stderr := a.run(t, "gen"); code != exitClean {
		t.Fatalf("gen: %d, %s", code, stderr)
	}
	// What is wrong in the settings cannot be accepted.
	code, stdout, stderr := a.run(t, "check", "-accept", `as it "was"`)
	const want = `accepted:
  - {finding: AUTH100, route: "POST /x", program: "example.com/app/cmd/server", reason: "as it \"was\""}
  - {finding: AUTH115, file: "plug.go", count: 2, reason: "as it \"was\""}
`
	if code != exitFindings || stdout != want || stderr != "authgen.yaml:1: stale (AUTH108)\n" {
		t.Errorf("-accept: %d, stdout\n%sstderr\n%s", code, stdout, stderr)
	}
	a.result.Diagnostics = a.result.Diagnostics[:3]
	a.write(t, config.FileName, stdout)
	for _, command := range []string{"check", "routes"} {
		if code, _, stderr := a.run(t, command); code != exitClean || stderr != "" {
			t.Errorf("%s: %d, %s", command, code, stderr)
		}
	}
	if code, again, stderr := a.run(t, "check", "-accept", "later"); code != exitClean || again != stdout || stderr != "" {
		t.Errorf("-accept again: %d, stdout\n%sstderr\n%s", code, again, stderr)
	}

	// Worse: one more of what was accepted, and something new.
	better := a.result.Diagnostics
	a.result.Diagnostics = append(slices.Clone(better),
		diagnostic.Diagnostic{Code: "AUTH115", Position: diagnostic.Position{File: "plug.go", Line: 11}, Message: "the trail ends"},
		diagnostic.Diagnostic{Code: "AUTH100", Position: diagnostic.Position{File: "main.go", Line: 11}, Message: "anybody can call GET /y", Route: "GET /y", Program: program},
	)
	code, _, stderr = a.run(t, "check", "-no-cache")
	if code != exitFindings || strings.Count(stderr, "(AUTH115)\n\tauthgen.yaml:3:5: 2 are accepted here, and there are 3\n") != 3 || !strings.Contains(stderr, "GET /y (AUTH100)") || strings.Contains(stderr, "POST /x") {
		t.Errorf("worse: %d, %s", code, stderr)
	}
	_, stdout, _ = a.run(t, "check", "-no-cache", "-accept", "new")
	if !strings.Contains(stdout, `count: 3, reason: "new"`) || !strings.Contains(stdout, `"as it \"was\""`) {
		t.Errorf("-accept of what is worse:\n%s", stdout)
	}

	// Better: the entry is stale.
	a.result.Diagnostics = better[1:]
	if code, _, stderr := a.run(t, "check", "-no-cache"); code != exitFindings || stderr != "authgen.yaml:2:5: this entry accepts AUTH100 and there is none; remove it (AUTH113)\n" {
		t.Errorf("better: %d, %s", code, stderr)
	}

	// The date counts also for an outcome that was kept.
	a.result.Diagnostics = better
	a.write(t, config.FileName, `accepted:
  - {finding: AUTH100, route: POST /x, reason: soon, until: 2026-06-30}
  - {finding: AUTH115, file: plug.go, count: 2, reason: plug-ins}
`)
	if code, _, stderr := a.run(t, "check"); code != exitClean || stderr != "" {
		t.Errorf("before the date: %d, %s", code, stderr)
	}
	runs := a.runs
	a.now = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	code, _, stderr = a.run(t, "check")
	if code != exitFindings || a.runs != runs || !strings.Contains(stderr, "(AUTH114)") || !strings.Contains(stderr, "POST /x (AUTH100)\n\tauthgen.yaml:2:5: was accepted until 2026-06-30\n") {
		t.Errorf("past the date: %d, %d audits, %s", code, a.runs-runs, stderr)
	}
	// Only another date renews what is past its own; all else is accepted.
	a.result.Diagnostics = append(slices.Clone(better),
		diagnostic.Diagnostic{Code: "AUTH100", Position: diagnostic.Position{File: "main.go", Line: 11}, Message: "anybody can call GET /y", Route: "GET /y", Program: program},
	)
	code, stdout, stderr = a.run(t, "check", "-no-cache", "-accept", "new")
	const past = `accepted:
  - {finding: AUTH115, file: "plug.go", count: 2, reason: "plug-ins"}
  - {finding: AUTH100, route: "POST /x", reason: "soon", until: 2026-06-30}
  - {finding: AUTH100, route: "GET /y", program: "example.com/app/cmd/server", reason: "new"}
`
	if code != exitFindings || stdout != past || !strings.Contains(stderr, "(AUTH114)") || !strings.Contains(stderr, "POST /x (AUTH100)\n") || strings.Contains(stderr, "GET /y") {
		t.Errorf("-accept past the date: %d, stdout\n%sstderr\n%s", code, stdout, stderr)
	}
	// Once nothing is left of it, it is left out.
	a.result.Diagnostics = better[1:]
	if code, stdout, stderr := a.run(t, "check", "-no-cache", "-accept", "new"); code != exitClean || strings.Contains(stdout, "POST /x") || stderr != "" {
		t.Errorf("-accept of what is mended: %d, stdout\n%sstderr\n%s", code, stdout, stderr)
	}
	for _, args := range []string{"check -accept=", "check -accept x -json", "check -accept x -code-only", "check -accept x ./files"} {
		if code, stdout, _ := a.run(t, strings.Fields(args)...); code != exitFailed || stdout != "" {
			t.Errorf("%s: %d, %s", args, code, stdout)
		}
	}
}
