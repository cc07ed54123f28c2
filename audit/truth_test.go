package audit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/go/ast/astutil"
)

// TestTruth runs the programs of the cases, all in one process, and holds that
// the routes that the cases want are those that the routers list, and that the
// states they want are what a caller without identity sees.
func TestTruth(t *testing.T) {
	t.Parallel()
	cases, err := cases()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeCases(t, dir, cases, runnable)
	generateTwins(t, dir)
	reports := runPrograms(t, dir, cases)
	for _, c := range cases {
		if c.notRun {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			for program, rows := range c.programs {
				r := reports[path.Join(module, c.name, program)]
				if r == nil {
					t.Fatalf("%q is not a program", program)
				}
				if r.Panic != "" {
					t.Errorf("%s panics: %s", program, r.Panic)
				}
				checkListed(t, rows, r.Routes)
				checkAnswers(t, rows, r.Status)
				requests := c.letsIn[program]
				for i, status := range r.Status[len(r.Status)-len(requests):] {
					if status < 200 || status > 299 {
						t.Errorf("%s: %d", requests[i].line, status)
					}
				}
			}
		})
	}
}

type truthReport struct {
	Routes []string
	Status []int
	Panic  string
}

type truthRow struct {
	Method, Host, Path string
	Headers            map[string]string
	Ask                bool
}

// checkListed compares what routers list with what is wanted.
func checkListed(t *testing.T, rows []wantRoute, listed []string) {
	t.Helper()
	for _, l := range listed {
		method, where, _ := strings.Cut(l, " ")
		if !slices.ContainsFunc(rows, func(r wantRoute) bool {
			if symbolic(r.path) {
				return strings.HasSuffix(where, r.path[strings.LastIndexByte(r.path, '}')+1:])
			}
			// A pattern behind which another router is hidden.
			if method == "ANY" && strings.HasSuffix(where, "/") && strings.HasPrefix(r.host+r.path, where) {
				return true
			}
			return r.host+r.path == where && slices.Contains(r.methods, method)
		}) {
			t.Errorf("not wanted: %s", l)
		}
	}
}

// checkAnswers compares the states that are wanted with what a caller without
// identity gets.
func checkAnswers(t *testing.T, rows []wantRoute, status []int) {
	t.Helper()
	i := 0
	for _, r := range rows {
		for _, m := range r.methods {
			got := status[i]
			i++
			if got == 0 {
				continue
			}
			denied := got == http.StatusUnauthorized || got == http.StatusForbidden || got == http.StatusServiceUnavailable || got == http.StatusFound || got == http.StatusSeeOther || got == http.StatusBadRequest
			missing := got == http.StatusNotFound || got == http.StatusMethodNotAllowed
			switch r.protection {
			case "guarded", "middleware":
				if !denied {
					t.Errorf("%s %s: a caller without identity gets %d", m, r.path, got)
				}
			case "public", "unprotected":
				if denied || missing && r.handler != "*" {
					t.Errorf("%s %s: a caller gets %d", m, r.path, got)
				}
			default:
				if missing && r.handler != "*" {
					t.Errorf("%s %s: %d", m, r.path, got)
				}
			}
		}
	}
}

// symbolic reports whether a path begins with a part that stands for a value.
func symbolic(path string) bool {
	i := strings.IndexByte(path, '{')
	j := strings.IndexByte(path, '}')
	return i >= 0 && j > i && (i == 0 || path[i-1] != '/' || strings.ContainsAny(strings.TrimSuffix(path[i:j], "..."), ".(["))
}

// runPrograms builds one program of all and runs it.
func runPrograms(t *testing.T, dir string, cases []*testCase) map[string]*truthReport {
	t.Helper()
	var imports, programs strings.Builder
	rows := map[string][]truthRow{}
	n := 0
	for _, c := range cases {
		if c.notRun {
			continue
		}
		for _, p := range c.mainPackages() {
			n++
			name := path.Join(module, c.name, p)
			fmt.Fprintf(&imports, "\tp%d %q\n", n, name)
			fmt.Fprintf(&programs, "\t\t%q: p%d.Main,\n", name, n)
			rows[name] = []truthRow{}
			for _, r := range c.programs[p] {
				for _, m := range r.methods {
					ask := r.protection != "*" && r.condition == "" && !symbolic(r.path)
					rows[name] = append(rows[name], truthRow{Method: m, Host: r.host, Path: r.path, Ask: ask})
				}
			}
			for _, r := range c.letsIn[p] {
				rows[name] = append(rows[name], truthRow{Method: r.method, Path: r.path, Headers: r.headers, Ask: true})
			}
		}
	}
	lib, err := os.ReadFile("testdata/truth/truth.go")
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"zz_truth/truth.go": string(lib),
		"zz_run/main.go": "package main\n\nimport (\n\t\"" + module + "/zz_truth\"\n" + imports.String() + ")\n\nfunc main() {\n\ttruth.Main(map[string]func(){\n" +
			programs.String() + "\t})\n}\n",
		"rows.json": string(data),
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", "run", "./zz_run")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// A program that serves for real instead of handing over its router never ends.
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, filepath.Join(dir, "run"), "rows.json", "reports.json")
	run.Dir = dir
	// A program that is not given a key must not start.
	run.Env = append(os.Environ(), "KEY="+strings.Repeat("k", 32))
	run.Cancel = func() error { return run.Process.Signal(syscall.SIGQUIT) } // says where it is
	run.WaitDelay = 10 * time.Second
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if data, err = os.ReadFile(filepath.Join(dir, "reports.json")); err != nil {
		t.Fatal(err)
	}
	reports := map[string]*truthReport{}
	if err := json.Unmarshal(data, &reports); err != nil {
		t.Fatal(err)
	}
	return reports
}

// runnable changes a file so that main can be called from another program, and
// a server tells package truth of its handler instead of listening.
func runnable(c *testCase, name string, data []byte) []byte {
	if !strings.HasSuffix(name, ".go") || c.notRun {
		return data
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, data, parser.ParseComments)
	if err != nil {
		return data
	}
	if file.Name.Name == "main" {
		file.Name.Name = "program"
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "main" {
				f.Name.Name = "Main"
			}
		}
	}
	changed := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg := ""
		if id, ok := sel.X.(*ast.Ident); ok && (id.Name == "http" || id.Name == "log" || id.Name == "os") {
			pkg = id.Name
		}
		instead, receiver := "", false
		switch pkg + "." + sel.Sel.Name {
		case "http.ListenAndServe", "http.ListenAndServeTLS", "http.Serve":
			instead = sel.Sel.Name
		case ".ListenAndServe", ".ListenAndServeTLS":
			instead, receiver = "Server", true
		case ".StartServer":
			instead, receiver = "StartServer", true
		case ".Run", ".Start":
			if len(call.Args) == 1 && isAddress(call.Args[0]) {
				instead, receiver = "Run", true
			}
		case "log.Fatal", ".Fatal", "os.Exit":
			instead = "Exit"
		case "log.Fatalf":
			instead = "Exitf"
		}
		if instead == "" {
			return true
		}
		if receiver {
			call.Args = append([]ast.Expr{sel.X}, call.Args...)
		} else {
			changed[pkg] = true
		}
		call.Fun = &ast.SelectorExpr{X: ast.NewIdent("truth"), Sel: ast.NewIdent(instead)}
		changed["truth"] = true
		return true
	})
	// What runs beside main runs before it goes on: servers return at once.
	astutil.Apply(file, nil, func(c *astutil.Cursor) bool {
		if g, ok := c.Node().(*ast.GoStmt); ok {
			c.Replace(&ast.ExprStmt{X: g.Call})
		}
		return true
	})
	var b strings.Builder
	if err := format.Node(&b, fset, file); err != nil {
		return data
	}
	text := b.String()
	if changed["truth"] {
		text = strings.Replace(text, "\nimport ", "\nimport truth "+strconv.Quote(module+"/zz_truth")+"\n\nimport ", 1)
	}
	for pkg, use := range map[string]string{"http": "http.StatusOK", "log": "log.Println", "os": "os.Args"} {
		if changed[pkg] {
			text += "\nvar _ = " + use + "\n"
		}
	}
	return []byte(text)
}

func isAddress(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && strings.HasPrefix(lit.Value, `":`)
}
