package judge

import (
	"fmt"
	"go/ast"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// branches is middleware that goes on after any of so many branches.
func branches(name string, n int) string {
	var b strings.Builder
	b.WriteString("\nfunc " + name + "(next http.Handler) http.Handler {\n\treturn http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\n\t\tn := \"\"\n")
	for i := range n {
		fmt.Fprintf(&b, "\t\tif r.Header.Get(\"A%d\") == \"x\" {\n\t\t\tn += \"%[1]d\"\n\t\t} else if r.Header.Get(\"B%[1]d\") == n {\n\t\t\treturn\n\t\t}\n", i)
	}
	b.WriteString("\t\tif n == \"0\" {\n\t\t\tnext.ServeHTTP(w, r)\n\t\t}\n\t})\n}\n")
	return b.String()
}

// endless returns middleware that cannot be read to its end: branches after
// branches, loops in loops, calls that call twice.
func endless() string {
	var b strings.Builder
	b.WriteString("package endless\n\nimport \"net/http\"\n\nvar s [99]string\n")
	b.WriteString(branches("Branches", 900))
	b.WriteString("\nfunc Loops(next http.Handler) http.Handler {\n\treturn http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\n\t\tn := \"\"\n")
	for i := range 8 {
		fmt.Fprintf(&b, "\t\tfor i%d := range r.Header[\"A\"+n] {\n\t\t\tif s[i%[1]d] == n {\n\t\t\t\tn += s[i%[1]d]\n\t\t\t}\n", i)
	}
	b.WriteString("\t\tif n == r.Header.Get(\"X\") {\n\t\t\tnext.ServeHTTP(w, r)\n\t\t}\n" + strings.Repeat("\t\t}\n", 8) + "\t})\n}\n")
	b.WriteString("\nfunc Calls(next http.Handler) http.Handler {\n\treturn http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c0(next, w, r, \"\") })\n}\n")
	for i := range 12 {
		fmt.Fprintf(&b, "\nfunc c%d(next http.Handler, w http.ResponseWriter, r *http.Request, n string) {\n\tif r.Header.Get(n) == \"%[1]d\" {\n\t\tc%d(next, w, r, n+\"a\")\n\t}\n\tc%[2]d(next, w, r, n+\"b\")\n}\n", i, i+1)
	}
	b.WriteString("\nfunc c12(next http.Handler, w http.ResponseWriter, r *http.Request, n string) {\n\tif r.Header.Get(n) == \"\" {\n\t\tnext.ServeHTTP(w, r)\n\t}\n}\n")
	return b.String()
}

func endlessLinks(t testing.TB) (*program.Program, map[string]*wiring.Link) {
	t.Helper()
	return linksOf(t, endless())
}

func linksOf(t testing.TB, code string) (*program.Program, map[string]*wiring.Link) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/endless\n\ngo 1.26\n", "endless.go": code} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	p, err := program.Load(t.Context(), program.Config{Dir: dir, GOOS: "linux", GOARCH: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	links := map[string]*wiring.Link{}
	for _, pkg := range p.Packages {
		for _, f := range pkg.Files {
			for _, d := range f.Decls {
				if d, ok := d.(*ast.FuncDecl); ok && d.Name.IsExported() {
					links[d.Name.Name] = link(t, pkg.Info.Defs[d.Name].(*types.Func))
				}
			}
		}
	}
	return p, links
}

// TestBounds: what cannot be read to its end is given up after a bounded amount
// of work, and never denies.
func TestBounds(t *testing.T) {
	t.Parallel()
	p, links := endlessLinks(t)
	for name, l := range links {
		if v := New(p).Link(l, "GET"); v.State == Denies || v.State == Conditional {
			t.Errorf("%s: %s", name, v.State)
		}
	}
	if len(links) != 3 {
		t.Errorf("%d links", len(links))
	}
}

// TestTight: what has too many ways to keep them all apart is read with few.
func TestTight(t *testing.T) {
	t.Parallel()
	p, links := linksOf(t, "package endless\n\nimport \"net/http\"\n"+branches("Branches", 260))
	j := New(p)
	if v := j.Link(links["Branches"], "GET"); v.State != Open || len(j.tight) != 1 {
		t.Errorf("%s after %d steps, %d were run again", v.State, j.steps, len(j.tight))
	}
}

// TestTotal: a link that was too long is not read again for other callers, and
// when all links of a program cost too much only short ones are read.
func TestTotal(t *testing.T) {
	t.Parallel()
	p, links := endlessLinks(t)
	for name, l := range links {
		j := New(p)
		j.Link(l, "GET")
		once := j.steps
		if v := j.Route(&wiring.Route{Method: "GET", Chain: []*wiring.Link{l}}); v.State != Unknown || j.steps != once {
			t.Errorf("%s: %s after %d steps and %d more", name, v.State, once, j.steps-once)
		}
		late := New(p)
		late.steps = maxTotal + 1
		if v := late.Link(l, "GET"); v.State != Unknown || late.steps > maxTotal+maxLate+100 {
			t.Errorf("%s: %s after %d steps", name, v.State, late.steps-maxTotal)
		}
	}
}

// BenchmarkBounds is the most that one link may cost.
func BenchmarkBounds(b *testing.B) {
	p, links := endlessLinks(b)
	for name, l := range links {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				New(p).Link(l, "GET")
			}
		})
	}
}
