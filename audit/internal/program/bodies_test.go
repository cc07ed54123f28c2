package program_test

import (
	"go/ast"
	"go/types"
	"slices"
	"testing"

	"github.com/authgen/authgen/audit/internal/program"
)

const shapes = `package shapes

import (
	"errors"
	. "fmt"
	_ "image/png"
	nethttp "net/http"
	"os"
	"strings"
)

type T struct{ name string }

type List[E any] struct{ all []E }

var made = func() string { return strings.ToUpper("x") }()

func (l *List[E]) Add(e E) { l.all = append(l.all, e) }

func (T) Unnamed(int, string) error { return errors.New("x") }

func (t *T) Mixed(_ int, s ...string) (n int, err error) {
	type local struct{ v int }
	defer func() { err = errors.Join(err) }()
	for i, s := range s {
		n += i + len(s) + local{v: i}.v
	}
loop:
	for {
		break loop
	}
	t.name = strings.Repeat("x", n)
	return n, nil
}

func Generic[K comparable](k K) map[K]bool { return map[K]bool{k: true} }

func Dot() { Println(Generic(1), Sprint(made)) }

func Shadowed(os T) string { return os.name }

func Renamed(w nethttp.ResponseWriter) { w.WriteHeader(nethttp.StatusTeapot) }

func Env() string {
	strings := os.Getenv("X")
	return strings
}

func Literal() func() int {
	x := 1
	return func() int { x++; return x }
}

func init() { made = "y" }
`

// only is a file with nothing but an import that no code speaks of.
const only = "package shapes\n\nimport _ \"embed\"\n"

// TestBodies checks functions one by one and compares with what a checker of the
// whole package knows.
func TestBodies(t *testing.T) {
	t.Parallel()
	files := map[string]string{"go.mod": "module example.com/m\n\ngo 1.26\n", "shapes/shapes.go": shapes, "shapes/only.go": only}
	p, err := program.Load(t.Context(), program.Config{Dir: module(t, files), GOOS: "linux", GOARCH: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	pkg := p.Package("example.com/m/shapes")
	functions := 0
	for _, part := range p.Parts() {
		if d, ok := part.Decl.(*ast.FuncDecl); ok && d.Name.Name != "init" {
			decl := p.Decl(pkg.Info.Defs[d.Name].(*types.Func))
			if decl == nil || decl.Syntax != d {
				t.Fatalf("no declaration of %s", d.Name.Name)
			}
			functions++
		}
		for id, expr := range unknown(pkg.Info, part.Decl) {
			t.Errorf("%s: nothing is known of %s", p.Position(expr.Pos()), id)
		}
	}
	if functions != 9 || len(pkg.Errors) > 0 {
		t.Errorf("%d functions, errors %v", functions, pkg.Errors)
	}
	for _, c := range []struct {
		pkg, name string
		want      []string
	}{
		{"", "name", []string{"Mixed", "Shadowed"}},
		{"os", "Getenv", []string{"Env"}},
		{"fmt", "Sprint", []string{"Dot"}},
		{"net/http", "StatusTeapot", []string{"Renamed"}},
		{"example.com/m/shapes", "Generic", []string{"Generic", "Dot"}},
	} {
		var got []string
		for _, part := range p.Mentioning(c.pkg, c.name) {
			if d, ok := part.Decl.(*ast.FuncDecl); ok {
				got = append(got, d.Name.Name)
			}
		}
		for _, want := range c.want {
			if !slices.Contains(got, want) {
				t.Errorf("%s.%s is spoken of in %v, want %v", c.pkg, c.name, got, c.want)
			}
		}
	}
	for name, want := range map[string]string{"made": "init", "name": "Mixed", "x": "Literal"} {
		found := false
		for _, part := range p.Writing(name) {
			d, ok := part.Decl.(*ast.FuncDecl)
			found = found || ok && d.Name.Name == want
		}
		if !found {
			t.Errorf("nothing is known of %s writing %s", want, name)
		}
	}
}

// unknown returns the identifiers and calls of which nothing is known.
func unknown(info *types.Info, decl ast.Decl) map[string]ast.Expr {
	missing := map[string]ast.Expr{}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.LabeledStmt:
			return false
		case *ast.Ident:
			if info.ObjectOf(n) == nil && n.Name != "_" {
				missing[n.Name] = n
			}
		case *ast.CallExpr:
			if info.TypeOf(n) == nil {
				missing["a call"] = n
			}
		case *ast.SelectorExpr:
			if _, isPackage := info.Uses[n.Sel]; !isPackage {
				missing[n.Sel.Name] = n
			}
		}
		return true
	})
	return missing
}
