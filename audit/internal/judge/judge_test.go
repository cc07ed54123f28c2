package judge

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// TestCases judges the functions of testdata. A function whose comment has a
// line "want: STATE | words | words", or "want: !STATE", is a middleware, or a constructor of one;
// "chain: A B" says which others stand before it; "method: M" that of the route.
func TestCases(t *testing.T) {
	t.Parallel()
	p, cases := routesOf(t)
	j := New(p)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { check(t, p, c.want, j.Route(c.route)) })
	}
	if len(cases) < 60 {
		t.Errorf("%d cases", len(cases))
	}
}

// TestServed judges the routes of a program whose middleware is of other modules:
// the first part of a path is what is wanted.
func TestServed(t *testing.T) {
	t.Parallel()
	p := load(t)
	programs, err := wiring.Read(t.Context(), p, wiring.Config{})
	if err != nil {
		t.Fatal(err)
	}
	j, routes := New(p), 0
	for _, program := range programs {
		for _, r := range program.Routes {
			path := r.Path.String()
			if path == "/" {
				continue
			}
			routes++
			want, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
			t.Run(string(r.Router.Framework)+path, func(t *testing.T) { check(t, p, want, j.Route(r)) })
		}
	}
	if routes < 15 {
		t.Errorf("%d routes", routes)
	}
}

type chainCase struct {
	name, want string
	route      *wiring.Route
}

// routesOf loads testdata and returns its cases.
func routesOf(t testing.TB) (p *program.Program, cases []chainCase) {
	t.Helper()
	p = load(t)
	for _, pkg := range p.Packages {
		funcs := map[string]*types.Func{}
		for _, f := range pkg.Files {
			for _, d := range f.Decls {
				if d, ok := d.(*ast.FuncDecl); ok && d.Recv == nil {
					funcs[d.Name.Name], _ = pkg.Info.Defs[d.Name].(*types.Func)
				}
			}
		}
		for _, f := range pkg.Files {
			f, err := parser.ParseFile(token.NewFileSet(), p.Fset.Position(f.Pos()).Filename, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				d, ok := d.(*ast.FuncDecl)
				if !ok || d.Doc == nil {
					continue
				}
				want, chain, method := "", []string{d.Name.Name}, "POST"
				for line := range strings.Lines(d.Doc.Text()) {
					line = strings.TrimSpace(line)
					if rest, ok := strings.CutPrefix(line, "want:"); ok {
						want = strings.TrimSpace(rest)
					}
					if rest, ok := strings.CutPrefix(line, "chain:"); ok {
						chain = append(strings.Fields(rest), d.Name.Name)
					}
					if rest, ok := strings.CutPrefix(line, "method:"); ok {
						method = strings.TrimSpace(rest)
					}
				}
				if want == "" {
					continue
				}
				route := &wiring.Route{Method: strings.TrimPrefix(method, "ANY")}
				for _, name := range chain {
					route.Chain = append(route.Chain, link(t, funcs[name]))
				}
				cases = append(cases, chainCase{pkg.Types.Name() + "/" + d.Name.Name, want, route})
			}
		}
	}
	return p, cases
}

func check(t *testing.T, p *program.Program, want string, got Verdict) {
	t.Helper()
	state, words, _ := strings.Cut(want, "|")
	var all []string
	for _, e := range got.Evidence {
		all = append(all, p.Position(e.Pos).String()+": "+e.Text)
	}
	evidence := strings.Join(all, "\n")
	if not, ok := strings.CutPrefix(strings.TrimSpace(state), "!"); ok && got.State.String() != not {
		return
	}
	if got.State.String() != strings.TrimSpace(state) {
		t.Errorf("%s, want %s\n%s", got.State, state, evidence)
		return
	}
	for w := range strings.SplitSeq(words, "|") {
		if !strings.Contains(evidence, strings.TrimSpace(w)) {
			t.Errorf("the evidence lacks %q:\n%s", strings.TrimSpace(w), evidence)
		}
	}
}

// link makes the link that the wiring makes of a function: the function itself,
// or what it returns when it is called.
func link(t testing.TB, fn *types.Func) *wiring.Link {
	t.Helper()
	if fn == nil {
		t.Fatal("no such function")
	}
	sig := fn.Signature()
	l := &wiring.Link{Name: fn.FullName(), Pos: fn.Pos(), Func: &value.Func{Fn: fn, Name: fn.FullName()}}
	first := ""
	if sig.Params().Len() > 0 {
		first = types.TypeString(sig.Params().At(0).Type(), nil)
	}
	switch {
	case strings.HasSuffix(first, "gin.Context"):
		l.Framework = wiring.Gin
	case strings.HasSuffix(first, "echo/v4.HandlerFunc"):
		l.Framework = wiring.Echo
	case first == "net/http.Handler":
		next := &value.Ref{To: &value.Cell{V: &value.Struct{}}}
		l.Framework, l.Next = wiring.NetHTTP, []value.Value{next}
		l.Func = &value.Unknown{Callee: fn, From: []value.Value{next}, Pos: fn.Pos(), Why: fn.Name()}
	default: // a constructor
		result := types.TypeString(sig.Results().At(0).Type(), nil)
		l.Framework = wiring.Gin
		if strings.Contains(result, "echo") {
			l.Framework = wiring.Echo
		}
		l.Func = &value.Unknown{Callee: fn, Pos: fn.Pos(), Why: fn.Name()}
	}
	return l
}

// load loads the programs of testdata as one module.
func load(t testing.TB) *program.Program {
	t.Helper()
	debug = true
	dir := t.TempDir()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		for _, f := range a.Files {
			to := filepath.Join(dir, name, f.Name)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	root := "../../.."
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	module := strings.Replace(string(mod), "module github.com/authgen/authgen", "module example.com/cases", 1)
	for path, dir := range map[string]string{
		"example.org/gate v0.0.0": "gate", "example.org/cache v0.0.0": "known/cache", "github.com/zerodha/simplesessions v0.0.0": "sessions",
		"github.com/jmoiron/sqlx v1.4.0": "known/sqlx", "gorm.io/gorm v1.30.0": "known/gorm", "github.com/gorilla/csrf v1.7.3": "known/csrf", "github.com/google/uuid v1.6.0": "known/uuid", "github.com/gorilla/securecookie v1.1.2": "known/securecookie",
		"go.mongodb.org/mongo-driver v1.17.0": "known/mongo", "github.com/go-jose/go-jose/v4 v4.1.0": "known/jose", "github.com/coreos/go-oidc/v3 v3.15.0": "known/oidc", "github.com/lestrrat-go/jwx/v2 v2.1.0": "known/jwx",
		"github.com/hashicorp/golang-lru/v2 v2.0.7": "known/lru", "github.com/jackc/pgx/v5 v5.7.6": "known/pgx", "github.com/gorilla/sessions v1.4.0": "known/gorilla",
	} {
		name, _, _ := strings.Cut(path, " ")
		module += "\nrequire " + path + "\n\nreplace " + name + " => ./lib/" + dir + "\n"
	}
	mod = []byte(module)
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"go.mod": mod, "go.sum": sum} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := program.Load(context.Background(), program.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range p.Packages {
		for _, err := range pkg.Errors {
			t.Error(err)
		}
	}
	return p
}
