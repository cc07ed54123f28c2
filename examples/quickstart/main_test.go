package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// edit is what somebody does to a file of an example service.
type edit struct{ file, old, new string }

// TestQuickstart runs the whole job in copies of the module: as it is, and once
// for each way in which somebody could break the protection. Each copy breaks
// all three services, which saves builds; every one must show, so that each
// alone would make it exit 1.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from  string // folder of the module, "" for its root
		edits []edit
		wrong int // answers of each service that are not the table's
		// refused is what keeps the first service from starting. Those with wrong
		// answers start all the same: they only log what Verify says.
		refused string
	}{
		"AsItIs": {},
		"GuardRemoved": {
			edits: []edit{
				{"nethttp/main.go", "files.ProtectAPI(guard, &files.API{}).RegisterRoutes(mux)", `api := &files.API{}
	protected := files.ProtectAPI(guard, api)
	mux.HandleFunc("GET /healthz", protected.Health)
	mux.HandleFunc("GET /me", protected.WhoAmI)
	mux.HandleFunc("GET /tenants/{tenantID}/files", api.List)
	mux.HandleFunc("PUT /tenants/{tenantID}/files/{name}", protected.Upload)
	mux.HandleFunc("DELETE /tenants/{tenantID}/files/{name}", protected.Delete)
	mux.HandleFunc("GET /users/{userID}", protected.Profile)
	mux.HandleFunc("GET /tenants/{tenantID}/export", protected.Export)`},
				{"gin/main.go", "files.ProtectAPI(guard, &files.API{}).RegisterRoutes(engine)", `api := &files.API{}
	protected := files.ProtectAPI(guard, api)
	engine.GET("/healthz", protected.Health)
	engine.GET("/me", protected.WhoAmI)
	engine.GET("/tenants/:tenantID/files", api.List)
	engine.PUT("/tenants/:tenantID/files/:name", protected.Upload)
	engine.DELETE("/tenants/:tenantID/files/:name", protected.Delete)
	engine.GET("/users/:userID", protected.Profile)
	engine.GET("/tenants/:tenantID/export", protected.Export)`},
				{"echo/main.go", "files.ProtectAPI(guard, &files.API{}).RegisterRoutes(e)", `api := &files.API{}
	protected := files.ProtectAPI(guard, api)
	e.GET("/healthz", protected.Health)
	e.GET("/me", protected.WhoAmI)
	e.GET("/tenants/:tenantID/files", api.List)
	e.PUT("/tenants/:tenantID/files/:name", protected.Upload)
	e.DELETE("/tenants/:tenantID/files/:name", protected.Delete)
	e.GET("/users/:userID", protected.Profile)
	e.GET("/tenants/:tenantID/export", protected.Export)`},
			},
			wrong: 3,
		},
		"RuleWeakened": {from: "examples/nethttp", edits: everywhere("files/files.go", "//auth:roles=admin\n", "//auth:authenticated\n"), wrong: 1},
		"NilGuard":     {edits: everywhere("main.go", "ProtectAPI(guard,", "ProtectAPI(nil,"), wrong: 42},
		"RefusedAtStart": {
			edits:   []edit{{"nethttp/main.go", "return mux, nethttp", "mux.HandleFunc(\"/debug\", http.NotFound)\n\treturn mux, nethttp"}},
			refused: "ANY /debug: is registered and not in the manifest",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := copyModule(t)
			for _, e := range c.edits {
				replace(t, filepath.Join(dir, "examples", e.file), e.old, e.new)
			}
			exit, says := 0, "every answer is the one that the table demands"
			switch {
			case c.wrong > 0:
				exit, says = 1, fmt.Sprintf("%d answers are not", 3*c.wrong)
				replace(t, filepath.Join(dir, "examples/internal/service/service.go"), "auth.VerifyGuard(guard)", "auth.VerifyGuard(guard), auth.VerifyLogOnly()")
			case c.refused != "":
				exit, says = 2, c.refused
			}
			var stdout, stderr bytes.Buffer
			if got := run(t.Context(), []string{"-dir", filepath.Join(dir, c.from)}, &stdout, &stderr); got != exit {
				t.Fatalf("exit %d, want %d\n%s%s", got, exit, &stdout, &stderr)
			}
			if out := stdout.String() + stderr.String(); !strings.Contains(out, says) {
				t.Fatalf("output lacks %q:\n%s", says, out)
			}
			wrong := map[string]int{}
			for line := range strings.Lines(stdout.String()) {
				service, _, _ := strings.Cut(line, " ")
				wrong[service] += strings.Count(line, "(want ")
			}
			for _, service := range services {
				if wrong[service] != c.wrong {
					t.Errorf("%s: %d wrong answers, want %d:\n%s", service, wrong[service], c.wrong, &stdout)
				}
			}
		})
	}
}

var services = []string{"nethttp", "gin", "echo"}

// everywhere is one edit in all services.
func everywhere(file, old, new string) (all []edit) {
	for _, service := range services {
		all = append(all, edit{service + "/" + file, old, new})
	}
	return all
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
	for _, part := range []string{"go.mod", "go.sum", "authgen.yaml", "runtime", "adapters", "authtest", "examples"} {
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
			case slices.Contains([]string{"quickstart", "frontegg", "frontier"}, d.Name()) && filepath.Dir(rel) == "examples":
				return filepath.SkipDir // the first runs here, not there; the others are no part of it
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
