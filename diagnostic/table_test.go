package diagnostic_test

import (
	"go/format"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/generator"
)

func TestEntries(t *testing.T) {
	t.Parallel()
	entries := diagnostic.Entries()
	form := regexp.MustCompile(`^AUTH[0-9]{3}$`)
	for i, e := range entries {
		if !form.MatchString(e.Code) {
			t.Errorf("%q is not of the form AUTHnnn", e.Code)
		}
		if i > 0 && entries[i-1].Code >= e.Code {
			t.Errorf("%s stands behind %s", e.Code, entries[i-1].Code)
		}
		if e.Title == "" || strings.ContainsAny(e.Title, "\n`") || strings.HasSuffix(e.Title, ".") || e.Title != strings.TrimSpace(e.Title) {
			t.Errorf("%s: the title %q is not one plain phrase", e.Code, e.Title)
		}
		if strings.TrimSpace(e.Text) == "" {
			t.Errorf("%s has no text", e.Code)
		}
		if e.Before != "" && e.After == "" {
			t.Errorf("%s shows what is wrong and not what to write instead", e.Code)
		}
		for _, part := range []string{e.Text, e.Before, e.After} {
			for line := range strings.Lines(part) {
				// A terminal of 100 columns shows these indented.
				if n := len([]rune(strings.TrimRight(line, "\n"))); n > 90 {
					t.Errorf("%s: a line of %d characters: %s", e.Code, n, line)
				}
				if strings.HasSuffix(strings.TrimSuffix(line, "\n"), " ") {
					t.Errorf("%s: space at the end of a line: %q", e.Code, line)
				}
			}
		}
	}
}

func TestEntriesIsACopy(t *testing.T) {
	t.Parallel()
	diagnostic.Entries()[0] = diagnostic.Entry{}
	if diagnostic.Entries()[0].Code == "" {
		t.Error("a change of the slice changed the table")
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for _, e := range diagnostic.Entries() {
		if got, ok := diagnostic.Lookup(e.Code); !ok || got != e {
			t.Errorf("%s: %v, %v", e.Code, got, ok)
		}
	}
	for _, code := range []string{"", "AUTH", "AUTH000", "AUTH999", "AUTH0001", "auth001", "1"} {
		if got, ok := diagnostic.Lookup(code); ok || got != (diagnostic.Entry{}) {
			t.Errorf("%q: %v, %v", code, got, ok)
		}
	}
}

// TestEveryCodeIsExplained holds that the table has an entry for each code that
// a package reports and no other.
func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	// The command is a program, which cannot be imported.
	source, err := os.ReadFile("../cmd/authgen/codes.go")
	if err != nil {
		t.Fatal(err)
	}
	var command []string
	for _, m := range regexp.MustCompile(`= "(AUTH[0-9]+)"`).FindAllSubmatch(source, -1) {
		command = append(command, string(m[1]))
	}
	if len(command) == 0 {
		t.Fatal("no codes in ../cmd/authgen/codes.go")
	}
	want := slices.Concat(annotations.Codes(), generator.Codes(), config.Codes(), audit.Codes(), command)
	slices.Sort(want)
	for i, code := range want {
		if i > 0 && code == want[i-1] {
			t.Errorf("two packages report %s", code)
		}
		if _, ok := diagnostic.Lookup(code); !ok {
			t.Errorf("%s is reported and not explained", code)
		}
	}
	for _, e := range diagnostic.Entries() {
		if !slices.Contains(want, e.Code) {
			t.Errorf("%s is explained and never reported", e.Code)
		}
	}
}

// TestExamplesAreGo holds that examples of generation are Go as gofmt writes
// it, but for what stands under the name of another file. What they cause is
// tested where they are generated for, in package generator.
func TestExamplesAreGo(t *testing.T) {
	t.Parallel()
	for _, code := range generator.Codes() {
		e, _ := diagnostic.Lookup(code)
		for _, part := range []string{e.Before, e.After} {
			if strings.HasPrefix(part, "# authgen.yaml\n") {
				_, part, _ = strings.Cut(part, ".go\n")
			}
			formatted, err := format.Source([]byte(part))
			if err != nil || string(formatted) != part {
				t.Errorf("%s: gofmt makes %q of %q, %v", code, formatted, part, err)
			}
		}
	}
}
