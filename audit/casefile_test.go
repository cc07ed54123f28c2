package audit_test

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/generator"
)

// module is the module that all cases are packages of.
const module = "example.com/cases"

// testCase is a file of testdata: programs below module/NAME, and what is to be
// found in them. The file want has one thing a line:
//
//	program cmd/server                 the lines below are of this main package, relative to the case
//	METHOD HOST/PATH PROTECTION HANDLER   a route; * is anything, {*} a part of a path that is not known
//	… if WORDS                         words that its condition must hold
//	                                   PROTECTION may be !middleware: not proven
//	AUTHnnn file.go: words | words     a finding, and words that must stand in it
//	lets in GET /path Name: value | …  a request without identity that is answered, with these headers
//	ends 1                             so many places where the trail ends
//	stale files                        the generated file of this package is to be taken for a stale one
//	not run                            the program cannot be run for the truth
//	not yet: WHY                       the audit does not do this, for a known reason
//
// METHOD may be a list, gin.Any or echo.Any. The findings that every route of a
// state has are not listed.
type testCase struct {
	name     string
	files    map[string][]byte // by path relative to the case
	programs map[string][]wantRoute
	findings []wantFinding
	ends     int
	letsIn   map[string][]wantRequest // by program
	stale    []string                 // import paths
	notRun   bool
	notYet   string
}

type wantRoute struct {
	methods                   []string
	host, path                string
	protection, handler, line string
	condition                 string // words of it, "" for none
}

type wantRequest struct {
	method, path string
	headers      map[string]string
	line         string
}

type wantFinding struct {
	code, file string
	words      []string
	line       string
}

var anyMethods = map[string][]string{
	"gin.Any":  {"GET", "POST", "PUT", "PATCH", "HEAD", "OPTIONS", "DELETE", "CONNECT", "TRACE"},
	"echo.Any": {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PROPFIND", "PUT", "TRACE", "REPORT"},
}

var cases = sync.OnceValues(readCases)

func readCases() ([]*testCase, error) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		return nil, err
	}
	var all []*testCase
	for _, file := range files {
		c, err := readCase(file)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func readCase(file string) (*testCase, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	c := &testCase{
		name:  strings.TrimSuffix(filepath.Base(file), ".txtar"),
		files: map[string][]byte{}, programs: map[string][]wantRoute{}, letsIn: map[string][]wantRequest{},
	}
	for _, f := range archive.Files {
		if f.Name != "want" {
			c.files[f.Name] = f.Data
		} else if err := c.read(string(f.Data)); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return c, nil
}

func (c *testCase) read(want string) error {
	program := ""
	for line := range strings.Lines(want) {
		line = strings.TrimSpace(line)
		fields := strings.Fields(line)
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "not yet: "):
			c.notYet = strings.TrimPrefix(line, "not yet: ")
		case line == "not run":
			c.notRun = true
		case fields[0] == "program" && len(fields) == 2:
			program = fields[1]
			c.programs[program] = nil
		case fields[0] == "stale" && len(fields) == 2:
			c.stale = append(c.stale, path.Join(module, c.name, fields[1]))
		case fields[0] == "ends":
			if _, err := fmt.Sscan(fields[1], &c.ends); err != nil {
				return err
			}
		case strings.HasPrefix(line, "lets in "):
			r := wantRequest{method: fields[2], path: fields[3], headers: map[string]string{}, line: line}
			_, headers, _ := strings.Cut(line, fields[3])
			for h := range strings.SplitSeq(headers, "|") {
				if name, value, ok := strings.Cut(strings.TrimSpace(h), ": "); ok {
					r.headers[name] = value
				}
			}
			c.letsIn[program] = append(c.letsIn[program], r)
		case strings.HasPrefix(line, "AUTH"):
			place, words, _ := strings.Cut(line, ": ")
			code, file, _ := strings.Cut(place, " ")
			f := wantFinding{code: code, file: file, line: line}
			for w := range strings.SplitSeq(words, "|") {
				f.words = append(f.words, strings.TrimSpace(w))
			}
			c.findings = append(c.findings, f)
		case len(fields) == 4 || len(fields) > 5 && fields[4] == "if":
			_, condition, _ := strings.Cut(line, " if ")
			r := wantRoute{condition: condition, methods: anyMethods[fields[0]], protection: fields[2], handler: fields[3], line: line}
			if r.methods == nil {
				r.methods = strings.Split(fields[0], ",")
			}
			r.path = fields[1]
			if i := strings.IndexByte(r.path, '/'); i > 0 && r.path[0] != '{' && r.path[0] != '*' {
				r.host, r.path = r.path[:i], r.path[i:]
			}
			c.programs[program] = append(c.programs[program], r)
		default:
			return fmt.Errorf("want: %q", line)
		}
	}
	return nil
}

// writeCases makes the module of all cases. change may replace a file.
func writeCases(t *testing.T, dir string, cases []*testCase, change func(c *testCase, name string, data []byte) []byte) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module github.com/authgen/authgen", "module "+module, 1)
	text += "\nrequire github.com/authgen/authgen v0.0.0\n\nreplace github.com/authgen/authgen => " + root + "\n"
	files := map[string][]byte{"go.mod": []byte(text), "go.sum": sum}
	if settings := mergeSettings(cases); len(settings) > 2 {
		files[config.FileName] = []byte(strings.Join(settings, ""))
	}
	for _, c := range cases {
		for name, data := range c.files {
			if name == config.FileName {
				continue
			}
			if change != nil {
				data = change(c, name, data)
			}
			files[path.Join(c.name, name)] = data
		}
	}
	for name, data := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// mergeSettings makes one file of the settings of all cases, as lines.
func mergeSettings(cases []*testCase) (lines []string) {
	for _, key := range []string{"public:", "middleware:"} {
		lines = append(lines, key+"\n")
		for _, c := range cases {
			in := ""
			for line := range strings.Lines(string(c.files[config.FileName])) {
				if line[0] != ' ' {
					in = strings.TrimSpace(line)
				} else if in == key {
					lines = append(lines, line)
				}
			}
		}
	}
	return lines
}

// generateTwins runs the generator over the module of the cases.
func generateTwins(t *testing.T, dir string) *generator.Result {
	t.Helper()
	result, err := generator.Generate(t.Context(), generator.Config{Dir: dir, NoCache: true, CodeOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Diagnostics {
		t.Error(d)
	}
	if err := result.Commit(); err != nil {
		t.Fatal(err)
	}
	return result
}

// mainPackages returns the main packages of a case, relative to it.
func (c *testCase) mainPackages() []string {
	found := map[string]bool{}
	for name, data := range c.files {
		if strings.HasSuffix(name, ".go") && strings.HasPrefix("\n"+string(data), "\npackage main\n") || strings.Contains(string(data), "\npackage main\n") {
			dir := path.Dir(name)
			if dir == "." {
				dir = ""
			}
			found[dir] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
