package generator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/generator"
)

// settingsOf are those under which the examples of a code are meant, where the
// examples do not show them.
var settingsOf = map[string]string{
	generator.CodeReason: "strict: {public-reason: true}\n",
}

// TestExamples holds that what the entries of comments, of generation and of
// authgen.yaml show as wrong causes their finding and no other, and that what
// they show as right causes none.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, code := range slices.Concat(annotations.Codes(), generator.Codes(), config.Codes()) {
		e, ok := diagnostic.Lookup(code)
		if !ok {
			t.Errorf("%s has no entry", code)
			continue
		}
		if e.Before == "" || code == config.CodeIgnored { // whose examples name files
			continue
		}
		if slices.Contains(config.Codes(), code) {
			e.Before, e.After = "# authgen.yaml\n"+e.Before, "# authgen.yaml\n"+e.After
		}
		settings, before := example(e.Before)
		if settings == "" {
			settings = settingsOf[code]
		}
		changed, after := example(e.After)
		if changed == "" {
			changed = settings // the example shows what changes
		}
		if got, text := codesOf(t, settings, before); !slices.Equal(slices.Compact(got), []string{code}) {
			t.Errorf("%s: Before causes %v:\n%s", code, got, text)
		}
		if got, text := codesOf(t, changed, after); len(got) > 0 {
			t.Errorf("%s: After causes %v:\n%s", code, got, text)
		}
	}
}

// example takes the settings that an example shows from its declarations.
func example(text string) (settings, declarations string) {
	settings, ok := strings.CutPrefix(text, "# authgen.yaml\n")
	if !ok {
		return "", text
	}
	settings, declarations, _ = strings.Cut(settings, "\n// ")
	_, declarations, _ = strings.Cut(declarations, ".go\n")
	return settings, declarations
}

// codesOf generates for declarations of a net/http package, and returns the
// codes of what is found, and the findings.
func codesOf(t *testing.T, settings, declarations string) (codes []string, text string) {
	t.Helper()
	imports := ""
	for name, path := range map[string]string{
		"http.": `"net/http"`, "auth.": `auth "github.com/authgen/authgen/runtime"`,
		"promhttp.": `"github.com/prometheus/client_golang/prometheus/promhttp"`,
	} {
		if strings.Contains(declarations, name) {
			imports += "import " + path + "\n"
		}
	}
	dir := unpack(t, fmt.Sprintf("-- authgen.yaml --\n%s\n-- files.go --\npackage files\n\n%s\n%s\n", settings, imports, declarations))
	result := generate(t, generator.Config{Dir: dir})
	for _, d := range result.Diagnostics {
		codes = append(codes, d.Code)
	}
	return codes, findings(result)
}
