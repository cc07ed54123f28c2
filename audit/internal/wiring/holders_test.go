package wiring

import (
	"go/ast"
	"go/types"
	"os"
	"path/filepath"
	"testing"

	"github.com/authgen/authgen/audit/internal/program"
)

const holdersCode = `package app

import "net/http"

type S struct{ H http.Handler }
type embeds struct{ S }
type embedsTwice struct{ *embeds }
type list []*S
type makes func() *S
type same S
type alias = S
type box[T any] struct{ V T }
type boxed struct{ box[S] }
type inside struct{ in S }
type gives interface{ Give() *S }
type givesAlso interface{ gives }
type generic interface{ of[S] }
type of[T any] interface{ Of() *T }
type other struct{ H http.Handler }

var table map[string]*S

func newS() *S                       { return nil }
func each() func(func(int, *S) bool) { return nil }
func (i *inside) at() *S             { return &i.in }

func yesItself(s *S)             { s.H = nil }
func yesEmbeds(e *embeds)        { e.H = nil }
func yesTwice(e *embedsTwice)    { e.H = nil }
func yesList(l list)             { l[0].H = nil }
func yesMakes(f makes)           { f().H = nil }
func yesSame(s *same)            { s.H = nil }
func yesAlias(a *alias)          { a.H = nil }
func yesBox(b *box[S])           { b.V.H = nil }
func yesBoxed(b *boxed)          { b.V.H = nil }
func yesInside(i *inside)        { i.in.H = nil }
func yesAt(i *inside)            { i.at().H = nil }
func yesGives(g gives)           { g.Give().H = nil }
func yesAlso(g givesAlso)        { g.Give().H = nil }
func yesGeneric(g generic)       { g.Of().H = nil }
func yesTable()                  { table[""].H = nil }
func yesNew()                    { s := newS(); s.H = nil }
func yesEach()                   { for _, s := range each() { s.H = nil } }
func yesUnnamed(x struct{ c S }) { x.c.H = nil }
func noOther(o *other)           { o.H = nil }
func noMap(m map[string]*other)  { m[""].H = nil }
`

// TestHolders holds that code which can come to a value of a type is known by what
// it speaks of, and that code of other types is told from that.
func TestHolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module example.com/app\n\ngo 1.25\n", "app.go": holdersCode} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	p, err := program.Load(t.Context(), program.Config{Dir: dir, Touching: []string{httpPath}})
	if err != nil {
		t.Fatal(err)
	}
	pkg := p.Packages[0]
	if len(pkg.Errors) > 0 {
		t.Fatal(pkg.Errors)
	}
	h, s := newHolders(p), pkg.Types.Scope().Lookup("S").(*types.TypeName)
	asked := 0
	for _, part := range p.Parts() {
		d, ok := part.Decl.(*ast.FuncDecl)
		if !ok || d.Name.Name[:2] != "ye" && d.Name.Name[:2] != "no" {
			continue
		}
		asked++
		if got, want := h.mayHold(part, s), d.Name.Name[:2] == "ye"; got != want {
			t.Errorf("%s: %v, want %v", d.Name.Name, got, want)
		}
	}
	if asked != 20 {
		t.Errorf("%d functions were asked about", asked)
	}
}
