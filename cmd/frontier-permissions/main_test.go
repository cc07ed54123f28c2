package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authgen/authgen/providers/frontier/frontiertest"
)

const manifest = `{"schema": "authgen.manifest/v1", "frontier_permissions": [
	{"check": "storage/file#uploadFile", "key": "storage.file.upload"}, {"check": "project#get", "key": "app.project.get"}]}`

// TestRun holds what is printed and created, and the exit codes.
func TestRun(t *testing.T) {
	t.Parallel()
	server := frontiertest.New(t)
	root := server.Root()
	env := map[string]string{
		"FRONTIER_URL": server.URL(), "FRONTIER_ISSUER": server.Issuer(), "FRONTIER_CLIENT_ID": root.ID, "FRONTIER_CLIENT_SECRET": root.Secret,
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, bad := write("good.json", manifest), write("bad.json", `{"schema": "authgen.manifest/v1"}`)
	for i, c := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"-manifest", good}, 1, "missing storage.file.get\nmissing storage.file.upload\n", ""},
		{[]string{"-manifest", good, "-create"}, 0, "created storage.file.get\ncreated storage.file.upload\n", ""},
		{[]string{"-manifest", good, "-create"}, 0, "", ""},
		{[]string{"-manifest", good}, 0, "", ""},
		{[]string{"-manifest", bad}, 2, "", "authgen.yaml"},
		{[]string{"-manifest", filepath.Join(dir, "none")}, 2, "", "none"},
		{[]string{good}, 2, "", "no flag"},
		{[]string{"-delete"}, 2, "", "-delete"},
	} {
		var stdout, stderr strings.Builder
		lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
		code := run(t.Context(), c.args, lookup, &stdout, &stderr)
		if code != c.code || stdout.String() != c.stdout || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("%d: %d\n%s%s", i, code, &stdout, &stderr)
		}
		if strings.Contains(stdout.String()+stderr.String(), root.Secret) {
			t.Errorf("%d: the secret is shown", i)
		}
	}
	delete(env, "FRONTIER_ISSUER")
	var stderr strings.Builder
	if code := run(t.Context(), []string{"-manifest", good}, func(name string) (string, bool) { v, ok := env[name]; return v, ok }, &stderr, &stderr); code != 2 {
		t.Errorf("without settings: %d %s", code, &stderr)
	}
}
