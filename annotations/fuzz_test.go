package annotations_test

import (
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"

	"github.com/authgen/authgen/annotations"
)

// FuzzParse shows that no text makes the parser panic, that spans lie inside
// the text, and that a rule which was understood is read back from its printed
// form unchanged.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"public reason=\"a b\"", "roles=admin,\"x y\"\ntenant=t", "policy=(role(\"a\") || !scope(\"b\")) && stepup(\"10m\")",
		"check=project:{id}#update", "route=GET /x/{id}\nroute=/y", "tokens=user\nstepup=1h", "audit=A severity=High required\nreplace",
		"roles=\xff", "policy=check(\"a:b#c\")||rule(\"x\")", "optional", "//auth:roles=a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		got, problems := annotations.Parse(source)
		for _, p := range problems {
			if p.Span.Start < 1 || p.Span.End < p.Span.Start || int(p.Span.End) > len(source)+1 {
				t.Errorf("span %v of %q is outside a text of %d bytes", p.Span, p.Message, len(source))
			}
		}
		if len(problems) > 0 || got == nil {
			return
		}
		printed := strings.Join(got.Rule.Directives(), "\n")
		again, problems := annotations.Parse(printed)
		if len(problems) > 0 {
			t.Fatalf("%q is printed as %q: %v", source, printed, problems)
		}
		if again == nil {
			again = &annotations.Annotation{}
		}
		for _, rule := range []annotations.Rule{got.Rule, again.Rule} {
			annotations.Walk(rule.Policy, func(p *annotations.Predicate, _ bool) { p.Span = annotations.Span{} })
		}
		if !reflect.DeepEqual(again.Rule, got.Rule) {
			t.Fatalf("%q is printed as %q, which is another rule", source, printed)
		}
	})
}

// FuzzParseFile shows that no comment makes the reader of files panic, and that
// Mentions never hides what it would find.
func FuzzParseFile(f *testing.F) {
	for _, seed := range []string{
		"//auth:roles=a", "// auth:roles=a", "/*\n * auth:roles=a\n*/", "//\u0430uth:public", "// a u t h : public", "//ａｕｔｈ:x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, comment string) {
		src := "package p\n\n" + comment + "\nfunc H() {}\n"
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "x.go", src, parser.ParseComments|parser.SkipObjectResolution)
		if file == nil || err != nil && len(file.Decls) == 0 {
			return
		}
		// What the text mentions at its end makes ParseFile look at every comment
		// of the file, whatever Mentions would have said of the file itself.
		const always = "\n//auth:roles=always\nfunc Always() {}\n"
		got := annotations.ParseFile(fset, file, []byte(src+always))
		if (len(got.Decls) > 0 || len(got.Problems) > 0 || got.Package != nil) && !annotations.Mentions([]byte(src)) {
			t.Errorf("Mentions says no, but there are %v and %v in %q", got.Decls, got.Problems, src)
		}
	})
}

func BenchmarkMentions(b *testing.B) {
	src := []byte(strings.Repeat("func (h *Handler) Serve(w http.ResponseWriter, r *http.Request) { a := map[string]int{\"x\": 1} }\n", 1000))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if annotations.Mentions(src) {
			b.Fatal("there is nothing to find")
		}
	}
}
