package generator

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// skeleton lists what is declared in a source, with positions.
func skeleton(src []byte) (list []string, ok bool) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, false
	}
	note := func(n ast.Node) {
		list = append(list, string(src[fset.Position(n.Pos()).Offset:fset.Position(n.End()).Offset]), fset.Position(n.Pos()).String())
	}
	for _, d := range file.Decls {
		f, isFunc := d.(*ast.FuncDecl)
		if !isFunc {
			note(d)
			continue
		}
		note(f.Name)
		note(f.Type)
		if f.Recv != nil {
			note(f.Recv)
		}
		if f.Body != nil {
			list = append(list, fset.Position(f.Body.Lbrace).String(), fset.Position(f.Body.Rbrace).String())
		}
	}
	return list, true
}

// TestStripBodies holds that sources of the standard library declare the same
// at the same places without the bodies of their functions.
func TestStripBodies(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := strings.TrimSpace(string(out))
	files := 0
	for _, pattern := range []string{"net/http/*.go", "go/types/*.go", "runtime/*.go", "encoding/json/*.go", "internal/types/testdata/fixedbugs/*.go"} {
		matches, err := filepath.Glob(filepath.Join(root, "src", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range matches {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, ok := skeleton(src)
			if !ok {
				continue
			}
			files++
			if got, ok := skeleton(stripBodies(src)); !ok || !slices.Equal(got, want) {
				t.Errorf("%s declares something else without bodies", file)
			}
		}
	}
	if files < 500 {
		t.Errorf("only %d files were compared", files)
	}
}

func FuzzStripBodies(f *testing.F) {
	for _, seed := range []string{
		"package p\nfunc f() struct{ a int } { return struct{ a int }{1} }\nfunc g()\nvar x = func() { }\n",
		"package p; func f() { _ = `{` + \"{\" + string('{') /* { */ // {\n}; func g() {}",
		"package p\nfunc (T[P]) f(func() interface{ m() }) map[string]struct{} {\n}\nfunc f[T interface{ ~int }]() {}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		got := stripBodies(src)
		if len(got) != len(src) || bytes.Count(got, []byte("\n")) != bytes.Count(src, []byte("\n")) {
			t.Fatal("positions moved")
		}
		want, ok := skeleton(src)
		if !ok {
			return
		}
		if list, ok := skeleton(got); !ok || !slices.Equal(list, want) {
			t.Fatalf("another skeleton:\n%s", got)
		}
	})
}
