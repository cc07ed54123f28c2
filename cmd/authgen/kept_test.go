package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// TestKept holds that an outcome is shown again as it was, with its findings,
// until something that it depends on has other content; and that garbage in its
// place is not believed.
func TestKept(t *testing.T) {
	t.Parallel()
	a := newAudited(t, served+`
-- page.html --
one
-- lib/go.mod --
module example.com/lib
-- lib/lib.go --
package lib
`)
	a.write(t, "go.mod", "module example.com/app\n\ngo 1.26.0\n\nreplace example.com/lib => ./lib\n")
	if code, _, stderr := a.run(t, "gen"); code != exitClean {
		t.Fatalf("gen: %d, %s", code, stderr)
	}
	commands := [][]string{{"routes"}, {"routes", "-json"}, {"check"}, {"check", "-json"}}
	var first []string
	for _, args := range commands {
		code, stdout, stderr := a.run(t, append(args, "-no-cache")...)
		first = append(first, string(rune('0'+code))+stdout+stderr)
	}
	a.run(t, "check")
	runs := a.runs
	for i, args := range commands {
		code, stdout, stderr := a.run(t, args...)
		if again := string(rune('0'+code)) + stdout + stderr; again != first[i] || a.runs != runs {
			t.Errorf("%q: %d audits, first\n%sagain\n%s", args, a.runs-runs, first[i], again)
		}
	}
	a.write(t, "page.html", "two")
	if a.run(t, "routes"); a.runs != runs {
		t.Error("a file that is no part of the wiring was looked at")
	}
	for _, c := range []struct{ name, text string }{
		{"files/other.go", "package files\n"}, {"files/other.go", "package files // changed\n"},
		{"go.mod", "module example.com/app\n\ngo 1.26.0\n\nreplace example.com/lib => ./lib // changed\n"},
		{"go.sum", "\n"}, {"go.work", "go 1.26.0\n\nuse .\n"}, {config.FileName, "strict: {public-reason: true}\n"}, {manifest.FileName, "{}"}, {"lib/lib.go", "package lib // changed\n"},
		{"lib/go.mod", "module example.com/lib // changed\n"},
		{"vendor/modules.txt", "## workspace\n"}, {"vendor/example.com/dep/dep.go", "package dep\n"}, {"vendor/example.com/dep/dep.go", "package dep // changed\n"},
		{"vendor/example.com/dep/testdata/_pb/pb.go", "package pb\n"},
	} {
		before := a.runs
		a.write(t, c.name, c.text)
		if a.run(t, "routes"); a.runs == before {
			t.Errorf("a change of %s was not seen", c.name)
		}
		if a.run(t, "routes"); a.runs != before+1 {
			t.Errorf("after a change of %s the outcome is not kept", c.name)
		}
	}

	// Where it cannot be told what a build reads, nothing is kept.
	if err := os.Symlink(filepath.Join(a.dir, "lib"), filepath.Join(a.dir, "vendor/example.com/linked")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		before := a.runs
		if a.run(t, "routes"); a.runs == before {
			t.Error("an outcome is kept beside vendored code that stands elsewhere")
		}
	}
	if err := os.RemoveAll(filepath.Join(a.dir, "vendor")); err != nil {
		t.Fatal(err)
	}

	// What was edited while it was read is not kept.
	a.during = func() { a.write(t, "files/other.go", "package files // edited\n") }
	a.write(t, "go.sum", "\n\n") // nothing is kept of this
	a.run(t, "routes")
	a.during = nil
	a.write(t, "files/other.go", "package files // changed\n")
	before := a.runs
	if a.run(t, "routes"); a.runs == before {
		t.Error("an outcome is kept of files that were edited while they were read")
	}

	// The folder that the outcomes are kept in is the user's: every file there
	// that is this module's is spoiled.
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(filepath.Join(cache, "authgen", "*"))
	if err != nil {
		t.Fatal(err)
	}
	spoiled := 0
	for _, name := range kept {
		data, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(data, []byte(mustJSON(t, a.dir))) {
			continue
		}
		for _, garbage := range [][]byte{nil, []byte("garbage"), data[:len(data)/2], bytes.Replace(data, []byte("unprotected"), []byte("guarded"), 1)} {
			if err := os.WriteFile(name, garbage, 0o666); err != nil {
				t.Fatal(err)
			}
			before := a.runs
			if _, stdout, stderr := a.run(t, "routes"); a.runs != before+1 || !strings.Contains(stdout, "unprotected") {
				t.Errorf("with %q kept: %d audits\n%s%s", garbage, a.runs-before, stdout, stderr)
			}
		}
		spoiled++
	}
	if spoiled != 1 {
		t.Errorf("%d outcomes of the module are kept", spoiled)
	}
}

// TestBrokenIsNotKept holds that packages that do not compile are looked at, and
// told of, each time: what mends them may be outside of what is compared.
func TestBrokenIsNotKept(t *testing.T) {
	t.Parallel()
	a := newAudited(t, served)
	a.result.Diagnostics = []diagnostic.Diagnostic{{
		Code: audit.CodeErrors, Position: diagnostic.Position{File: "main.go", Line: 1, Column: 1}, Message: "a module could not be downloaded",
	}}
	for _, command := range []string{"gen", "routes", "check"} {
		for range 3 {
			before := a.runs
			if _, _, stderr := a.run(t, command); a.runs != before+1 || !strings.Contains(stderr, "could not be downloaded") {
				t.Errorf("%s: %d audits, %s", command, a.runs-before, stderr)
			}
		}
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
