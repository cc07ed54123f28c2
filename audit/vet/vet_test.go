package vet_test

import (
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/authgen/authgen/audit/vet"
	"github.com/authgen/authgen/diagnostic"
)

func TestComments(t *testing.T) {
	t.Parallel()
	run(t, vet.Comments, "comments")
}

func TestRaw(t *testing.T) {
	t.Parallel()
	run(t, vet.Raw, "files", "defaults", "web", "server")
}

// run compares findings with the comments in testdata, and what their fixes make
// with the golden files.
func run(t *testing.T, a *analysis.Analyzer, packages ...string) {
	t.Helper()
	fixes := 0
	for _, r := range analysistest.RunWithSuggestedFixes(t, analysistest.TestData(), a, packages...) {
		for _, d := range r.Diagnostics {
			if _, ok := diagnostic.Lookup(d.Category); !ok {
				t.Errorf("%q has the category %q", d.Message, d.Category)
			}
			fixes += len(d.SuggestedFixes)
		}
	}
	if fixes == 0 { // then no golden file was compared
		t.Error("no fix")
	}
}
