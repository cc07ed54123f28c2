package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestQuickstart runs the whole job in a copy of the module, once as it is and
// once for each way in which somebody could break the protection.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	const (
		main  = "examples/nethttp/main.go"
		files = "examples/nethttp/files/files.go"
	)
	for name, c := range map[string]struct {
		from           string // folder of the module, "" for its root
		file, old, new string
		exit           int
		says           string
	}{
		"AsItIs": {exit: 0, says: "every answer is the one that the table demands"},
		"GuardRemoved": {
			file: main,
			old:  "files.ProtectAPI(guard, &files.API{}).RegisterRoutes(mux)",
			new: `api := &files.API{}
	protected := files.ProtectAPI(guard, api)
	mux.HandleFunc("GET /healthz", protected.Health)
	mux.HandleFunc("GET /me", protected.WhoAmI)
	mux.HandleFunc("GET /tenants/{tenantID}/files", api.List)
	mux.HandleFunc("PUT /tenants/{tenantID}/files/{name}", protected.Upload)
	mux.HandleFunc("DELETE /tenants/{tenantID}/files/{name}", protected.Delete)
	mux.HandleFunc("GET /users/{userID}", protected.Profile)
	mux.HandleFunc("GET /tenants/{tenantID}/export", protected.Export)`,
			exit: 1, says: "3 answers are not",
		},
		"RuleWeakened": {from: "examples/nethttp", file: files, old: "//auth:roles=admin\n", new: "//auth:authenticated\n", exit: 1, says: "1 answers are not"},
		"NilGuard":     {file: main, old: "ProtectAPI(guard,", new: "ProtectAPI(nil,", exit: 1, says: "answers are not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := copyModule(t)
			if c.file != "" {
				replace(t, filepath.Join(dir, c.file), c.old, c.new)
			}
			var stdout, stderr bytes.Buffer
			if exit := run(t.Context(), []string{"-dir", filepath.Join(dir, c.from)}, &stdout, &stderr); exit != c.exit {
				t.Fatalf("exit %d, want %d\n%s%s", exit, c.exit, &stdout, &stderr)
			}
			if out := stdout.String() + stderr.String(); !strings.Contains(out, c.says) {
				t.Fatalf("output lacks %q:\n%s", c.says, out)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if exit := run(t.Context(), []string{"-h"}, &stdout, &stderr); exit != 0 || !strings.Contains(stderr.String(), "-dir") {
		t.Errorf("-h: exit %d\n%s", exit, &stderr)
	}
	if exit := run(t.Context(), []string{"-nothing"}, &stdout, &stderr); exit != 2 {
		t.Errorf("an unknown flag: exit %d", exit)
	}
}

// copyModule copies what the example services are built from.
func copyModule(t *testing.T) string {
	t.Helper()
	const root = "../.."
	dir := t.TempDir()
	for _, part := range []string{"go.mod", "go.sum", "runtime", "adapters", "authtest", "examples"} {
		err := filepath.WalkDir(filepath.Join(root, part), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			target := filepath.Join(dir, rel)
			switch {
			case rel == filepath.Join("examples", "quickstart"):
				return filepath.SkipDir // it runs here, not there
			case d.IsDir():
				return os.MkdirAll(target, 0o777)
			case strings.HasSuffix(path, "_test.go"):
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(target, data, 0o666)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func replace(t *testing.T, file, old, new string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), old); n != 1 {
		t.Fatalf("%s has %q %d times, want once", file, old, n)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(data), old, new, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
}
