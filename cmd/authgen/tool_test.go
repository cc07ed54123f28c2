package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool builds the command and returns a function that runs it in a module with
// one handler.
func tool(t *testing.T, cache, source string, flags ...string) (run func() (string, error)) {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "authgen")
	if out, err := exec.CommandContext(t.Context(), "go", append(append([]string{"build", "-o", exe}, flags...), ".")...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return func() (string, error) {
		dir := filepath.Join(cache, "module")
		for name, text := range map[string]string{"go.mod": "module example.com/app\n\ngo 1.26.0\n", "app.go": source} {
			if err := os.MkdirAll(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), exe, "-code-only") // the audit asks the go command always
		cmd.Dir = dir
		cmd.Env = []string{"HOME=" + cache, "XDG_CACHE_HOME=" + filepath.Join(cache, "cache"), "PATH="}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
}

const plainHandler = "package app\n\nimport \"net/http\"\n\n//auth:roles=admin\nfunc Get(w http.ResponseWriter, r *http.Request) {}\n"

// TestOtherTool holds that what one build of the tool left is not taken for
// unchanged by another.
func TestOtherTool(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, other := tool(t, dir, plainHandler), tool(t, dir, plainHandler, "-ldflags=-s -w")
	for i, c := range []struct {
		run     func() (string, error)
		records int
	}{{one, 1}, {one, 1}, {other, 2}} {
		if out, err := c.run(); err != nil {
			t.Fatalf("run %d: %v\n%s", i, err, out)
		}
		records, err := filepath.Glob(filepath.Join(dir, "cache", "authgen", "*"))
		if err != nil || len(records) != c.records {
			t.Errorf("run %d: records %q, want %d", i, records, c.records)
		}
	}
}

// TestTypesAreLoadedWhereNeeded holds that the go command, which is not there,
// is asked only about what syntax leaves open.
func TestTypesAreLoadedWhereNeeded(t *testing.T) {
	t.Parallel()
	if out, err := tool(t, t.TempDir(), plainHandler)(); err != nil || strings.TrimSpace(out) != "" {
		t.Errorf("%v\n%s", err, out)
	}
	const open = "package app\n\nimport \"expvar\"\n\n//auth:roles=admin\nvar Get = expvar.Handler()\n"
	if out, err := tool(t, t.TempDir(), open)(); err == nil || !strings.Contains(out, "AUTH044") {
		t.Errorf("%v\n%s", err, out)
	}
}
