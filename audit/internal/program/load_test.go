package program_test

import (
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/authgen/authgen/audit/internal/program"
)

// module writes files into a new folder and returns it.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{
		"go.mod":          "module example.com/m\n\ngo 1.26\n",
		"a/a.go":          "package a\n\nfunc F() string { return \"x\" }\n",
		"a/a_windows.go":  "package a\n\nfunc W() {}\n",
		"main.go":         "package main\n\nimport (\n\t_ \"expvar\"\n\t\"example.com/m/a\"\n\t\"net/http\"\n)\n\nfunc main() { http.Handle(a.F(), nil) }\n",
		"other/go.mod":    "module example.com/other\n",
		"other/o.go":      "package other\n",
		"broken/b.go":     "package broken\n\nimport \"example.com/m/a\"\n\nvar X = a.G()\n\nfunc Fine() { a.F() }\n",
		"broken/parse.go": "package broken\n\nfunc Half( {\n",
	})
	p, err := program.Load(t.Context(), program.Config{Dir: dir, GOOS: "linux", GOARCH: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Module != "example.com/m" || len(p.Packages) != 3 {
		t.Fatalf("module %s with %d packages", p.Module, len(p.Packages))
	}
	a, broken, main := p.Package("example.com/m/a"), p.Package("example.com/m/broken"), p.Package("example.com/m")
	if len(broken.Errors) == 0 || len(a.Errors)+len(main.Errors) > 0 {
		t.Errorf("errors: a %v, broken %v, main %v", a.Errors, broken.Errors, main.Errors)
	}
	if d := p.Decl(broken.Types.Scope().Lookup("Fine").(*types.Func)); d == nil {
		t.Error("what is whole in a broken package is not read")
	}
	if want := []program.Skipped{{What: "a/a_windows.go", Why: "build constraint"}, {What: "other", Why: "another module"}}; !slices.Equal(p.Skipped, want) {
		t.Errorf("skipped %v, want %v", p.Skipped, want)
	}
	// The same function, seen from two packages, is one.
	f := a.Types.Scope().Lookup("F").(*types.Func)
	if d := p.Decl(f); d == nil || d.Func != f || d.Package != a {
		t.Errorf("declaration of a.F: %v", d)
	}
	// The source of a dependency is read when asked for.
	var handle *types.Func
	for _, obj := range main.Info.Uses {
		if fn, ok := obj.(*types.Func); ok && fn.FullName() == "net/http.Handle" {
			handle = fn
		}
	}
	d := p.Decl(handle)
	if d == nil || d.Syntax.Name.Name != "Handle" || d.Package.Own {
		t.Fatalf("declaration of http.Handle: %v", d)
	}
	if at := p.Position(d.Syntax.Pos()); at.Filename != "net/http/server.go" {
		t.Errorf("http.Handle stands in %s", at.Filename)
	}
}

func TestLoadNothing(t *testing.T) {
	t.Parallel()
	if _, err := program.Load(t.Context(), program.Config{Dir: module(t, map[string]string{"go.mod": "module example.com/m\n"})}); err == nil {
		t.Error("a module without packages is loaded")
	}
}
