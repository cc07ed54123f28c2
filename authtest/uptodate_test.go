package authtest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
)

// recorder is a test that fails without failing.
type recorder struct {
	testing.TB
	text string
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.text = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// failure returns the text with which do fails, "" when it does not.
func failure(t *testing.T, do func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(r)
	}()
	<-done
	return r.text
}

// fakeTool stands for the command: it finds fault with every file that says so.
const fakeTool = `package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	if got := strings.Join(os.Args[1:], " "); got != "check -code-only" {
		fmt.Fprintf(os.Stderr, "arguments %q\n", got)
		os.Exit(2)
	}
	for _, name := range []string{"files/files.go", "other/other.go"} {
		data, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if strings.Contains(string(data), "STALE") {
			fmt.Fprintf(os.Stderr, "%s:1: generated file is not what its sources give\n", name)
			os.Exit(1)
		}
	}
}
`

// past is the age of all files here. The go command takes no result from its
// cache that rests on files younger than two seconds.
var past = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

// module writes a module that has a tool authgen, and returns its folder.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, past, past); err != nil {
		t.Fatal(err)
	}
}

func TestUpToDate(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{
		"go.mod":              "module example.com/app\n\ngo 1.26.0\n\ntool example.com/app/cmd/authgen\n",
		"cmd/authgen/main.go": fakeTool,
		"files/files.go":      "package files\n",
		"other/other.go":      "package other\n",
	})
	below := filepath.Join(dir, "files")
	check := func(t testing.TB) { authtest.UpToDateIn(t, below) }
	if got := failure(t, check); got != "" {
		t.Fatalf("up to date, but fails: %s", got)
	}
	write(t, filepath.Join(dir, "other/other.go"), "package other // STALE\n")
	if got := failure(t, check); !strings.Contains(got, "other/other.go:1: generated file") {
		t.Errorf("fails with %q, want the output of the tool", got)
	}
	if err := os.Remove(filepath.Join(dir, "other/other.go")); err != nil {
		t.Fatal(err)
	}
	if got := failure(t, check); !strings.Contains(got, "no such file") {
		t.Errorf("fails with %q, want the output of the tool", got)
	}
	write(t, filepath.Join(dir, "go.mod"), "module example.com/app\n\ngo 1.26.0\n")
	if got := failure(t, check); !strings.Contains(got, "go get -tool github.com/authgen/authgen/cmd/authgen@latest") {
		t.Errorf("fails with %q, want how to install the tool", got)
	}
}

// TestUpToDateIsNotCached holds that go test does not show an old result after
// a rule changed in a package that the test does not import.
func TestUpToDateIsNotCached(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("uptodate.go")
	if err != nil {
		t.Fatal(err)
	}
	dir := module(t, map[string]string{
		"go.mod":               "module example.com/app\n\ngo 1.26.0\n\ntool example.com/app/cmd/authgen\n",
		"cmd/authgen/main.go":  fakeTool,
		"files/files.go":       "package files\n",
		"other/other.go":       "package other\n",
		"authtest/uptodate.go": string(source),
		"authtest/tb.go":       "package authtest\n\ntype TB interface {\n\tHelper()\n\tFatalf(string, ...any)\n}\n",
		"main_test.go": `package app

import (
	"testing"

	"example.com/app/authtest"
)

func TestUpToDate(t *testing.T) { authtest.UpToDate(t) }
`,
	})
	run := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", "test", ".")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	// Folders count too.
	age := func() {
		for _, name := range []string{".", "cmd", "cmd/authgen", "files", "other", "authtest"} {
			if err := os.Chtimes(filepath.Join(dir, name), past, past); err != nil {
				t.Fatal(err)
			}
		}
	}
	age()
	for _, want := range []string{"ok", "(cached)"} {
		if out, err := run(); err != nil || !strings.Contains(out, want) {
			t.Fatalf("%v, want %q:\n%s", err, want, out)
		}
	}
	write(t, filepath.Join(dir, "other/other.go"), "package other // STALE\n")
	age()
	if out, err := run(); err == nil || !strings.Contains(out, "other/other.go:1: generated file") {
		t.Errorf("%v, want the finding:\n%s", err, out)
	}
}
