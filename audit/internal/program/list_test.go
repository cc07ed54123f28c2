package program

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// told writes down what the loader uses of packages.
func told(roots []*packages.Package) []string {
	var all []string
	for _, r := range roots {
		all = append(all, "root "+r.PkgPath)
	}
	packages.Visit(roots, nil, func(p *packages.Package) {
		var imports []string
		for _, path := range sortedImports(p) {
			imports = append(imports, path+"="+p.Imports[path].PkgPath)
		}
		module := ""
		if m := p.Module; m != nil {
			module = fmt.Sprint(m.Path, " ", m.Dir, " ", m.GoVersion, " ", m.Main)
		}
		ignored := slices.DeleteFunc(slices.Clone(p.IgnoredFiles), func(f string) bool { return !strings.HasSuffix(f, ".go") })
		all = append(all, fmt.Sprint(p.PkgPath, p.Name, p.Dir, p.ExportFile, p.GoFiles, ignored, imports, module, p.Errors))
	})
	return all
}

func TestListPlain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		plain bool
	}{
		{"Plain", map[string]string{
			"main.go":      "package main\n\nimport (\n\t\"net/http\"\n\t_ \"runtime/cgo\"\n\n\t\"example.com/m/a\"\n)\n\nfunc main() { _ = http.ListenAndServe(a.A, nil) }\n",
			"a/a.go":       "package a\n\nimport _ \"unsafe\"\n\nconst A = \"\"\n",
			"a/a_plan9.go": "package a\n",
			"a/text.plan9": "",
		}, true},
		{"Broken", map[string]string{"main.go": "package main\n\nfunc main() { missing() }\n"}, false},
		{"NoPackage", map[string]string{"main.go": "package main\n\nimport _ \"example.com/m/none\"\n\nfunc main() {}\n"}, false},
		{"NoModule", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if c.files != nil {
				c.files["go.mod"] = "module example.com/m\n\ngo 1.26\n"
			}
			for name, text := range c.files {
				name = filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			conf := &packages.Config{Context: t.Context(), Dir: dir, Env: append(os.Environ(), "GOOS=linux", "GOARCH=amd64"), BuildFlags: []string{"-tags="}, Mode: mode}
			got, ok := listPlain(conf, []string{"./..."})
			if ok != c.plain {
				t.Fatalf("plain: %t", ok)
			}
			if !ok {
				return
			}
			want, err := packages.Load(conf, "./...")
			if err != nil {
				t.Fatal(err)
			}
			g, w := told(got), told(want)
			slices.Sort(g)
			slices.Sort(w)
			if !slices.Equal(g, w) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(g, "\n"), strings.Join(w, "\n"))
			}
			if len(g) < 50 || !slices.ContainsFunc(g, func(s string) bool { return strings.Contains(s, "=vendor/") }) {
				t.Errorf("few packages: %d", len(g))
			}
			conf.Env = append(conf.Env, "GOPACKAGESDRIVER=other")
			if _, ok := listPlain(conf, []string{"./..."}); ok {
				t.Error("another driver was passed over")
			}
		})
	}
}
