package authgen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// tokenRules is how many rules about tokens there are.
const tokenRules = 28

// TestSecurityTable holds that docs/security.md has a row for each rule about
// tokens, in order, and that the tests it names exist.
func TestSecurityTable(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := runtimeTests(t)
	rules := 0
	row := regexp.MustCompile(`(?m)^\| R(\d+) \| [^|]+ \| ([^|]+) \|$`)
	for _, match := range row.FindAllStringSubmatch(string(page), -1) {
		rules++
		if want := strconv.Itoa(rules); match[1] != want {
			t.Fatalf("row R%s, want R%s", match[1], want)
		}
		own := false
		for _, name := range strings.Split(match[2], ", ") {
			name = strings.Trim(name, "`")
			if !tests[name] {
				t.Errorf("R%s: there is no %s in the runtime", match[1], name)
			}
			own = own || regexp.MustCompile(`^TestR`+match[1]+`[A-Z]`).MatchString(name)
		}
		if !own {
			t.Errorf("R%s: no test is named after it", match[1])
		}
	}
	if rules != tokenRules {
		t.Errorf("%d rules, want %d", rules, tokenRules)
	}
	for _, name := range regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Za-z0-9]+)`").FindAllStringSubmatch(string(page), -1) {
		if !tests[name[1]] && name[1] != "TestTrap" {
			t.Errorf("there is no %s in the runtime", name[1])
		}
	}
}

// runtimeTests returns the names of the runtime's tests, fuzz targets and
// benchmarks.
func runtimeTests(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("runtime/*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	names := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}
