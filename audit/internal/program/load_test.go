package program_test

import (
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
		"go.mod":           "module example.com/m\n\ngo 1.26\n\nignore ./assets\n",
		"win/w_windows.go": "package win\n",
		"win/tagged.go":    "//go:build integration\n\npackage win\n",
		"assets/x.go":      "package assets\n",
		"testdata/x.go":    "package x\n",
		"a/a.go":           "package a\n\nfunc F() string { return \"x\" }\n",
		"a/a_windows.go":   "package a\n\nfunc W() {}\n",
		"main.go":          "package main\n\nimport (\n\t_ \"expvar\"\n\t\"example.com/m/a\"\n\t\"net/http\"\n)\n\nfunc main() { http.Handle(a.F(), nil) }\n",
		"other/go.mod":     "module example.com/other\n",
		"other/o.go":       "package other\n",
		"broken/b.go":      "package broken\n\nimport \"example.com/m/a\"\n\nvar X = a.G()\n\nfunc Fine() { a.F() }\n",
		"broken/parse.go":  "package broken\n\nfunc Half( {\n",
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
	if want := []program.Skipped{
		{What: "a/a_windows.go", Why: "build constraint"}, {What: "assets/x.go", Why: "ignored by the go command"}, {What: "other", Why: "another module"},
		{What: "win/tagged.go", Why: "build constraint"}, {What: "win/w_windows.go", Why: "build constraint"},
	}; !slices.Equal(p.Skipped, want) {
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
	outside := module(t, map[string]string{
		"go.work": "go 1.26\n\nuse ./other\n", "other/go.mod": "module example.com/other\n\ngo 1.26\n", "other/o.go": "package other\n",
		"app/go.mod": "module example.com/app\n\ngo 1.26\n", "app/a.go": "package app\n",
	})
	if _, err := program.Load(t.Context(), program.Config{Dir: filepath.Join(outside, "app")}); err == nil || !strings.Contains(err.Error(), "listed in go.work") {
		t.Errorf("a module that go.work does not list: %v", err)
	}
	if _, err := program.Load(t.Context(), program.Config{Dir: module(t, map[string]string{"go.mod": "module example.com/m\n"})}); err == nil {
		t.Error("a module without packages is loaded")
	}
}

// TestOtherModules holds that files of other modules are told by import path,
// whether they come from vendor, from a workspace or by replace, and that a
// workspace makes no packages of theirs the module's own.
func TestOtherModules(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"app/go.mod":      "module example.com/app\n\ngo 1.26\n\nrequire example.com/dep v0.0.0\n\nreplace example.com/dep => ./dep\n",
		"app/main.go":     "package main\n\nimport \"example.com/dep/mw\"\n\nfunc main() { mw.F() }\n",
		"app/dep/go.mod":  "module example.com/dep\n\ngo 1.26\n",
		"app/dep/mw/m.go": "package mw\n\nfunc F() {}\n",
	}
	for name, more := range map[string]map[string]string{
		"Replace":   nil,
		"Workspace": {"go.work": "go 1.26\n\nuse (\n\t./app/dep\n\t./app\n)\n"},
		"Vendor": {
			"app/vendor/modules.txt":             "# example.com/dep v0.0.0 => ./dep\n## explicit; go 1.26\nexample.com/dep/mw\n# example.com/dep => ./dep\n",
			"app/vendor/example.com/dep/mw/m.go": files["app/dep/mw/m.go"],
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := maps.Clone(files)
			maps.Copy(all, more)
			p, err := program.Load(t.Context(), program.Config{Dir: filepath.Join(module(t, all), "app")})
			if err != nil {
				t.Fatal(err)
			}
			if p.Module != "example.com/app" || p.Own("example.com/dep/mw") || !p.Own("example.com/app") {
				t.Errorf("module %s, own: dep %v", p.Module, p.Own("example.com/dep/mw"))
			}
			if other := p.Other("example.com/dep/mw"); !strings.HasPrefix(other, strings.ToLower(name)) || other == "" || p.Other("example.com/app") != "" || p.Other("example.com/none") != "" {
				t.Errorf("dep comes from %q", other)
			}
			f := p.Read("example.com/dep/mw").Types.Scope().Lookup("F").(*types.Func)
			if at := p.Position(p.Decl(f).Syntax.Pos()); at.Filename != "example.com/dep/mw/m.go" {
				t.Errorf("F stands in %s", at.Filename)
			}
			if want := []program.Skipped{{What: "dep", Why: "another module"}}; !slices.Equal(p.Skipped, want) {
				t.Errorf("skipped %v", p.Skipped)
			}
		})
	}
}
