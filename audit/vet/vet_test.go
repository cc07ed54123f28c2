package vet_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/authgen/authgen/audit/vet"
)

func TestComments(t *testing.T) {
	t.Parallel()
	analysistest.RunWithSuggestedFixes(t, analysistest.TestData(), vet.Comments, "comments")
}

func TestRaw(t *testing.T) {
	t.Parallel()
	analysistest.RunWithSuggestedFixes(t, analysistest.TestData(), vet.Raw, "files", "defaults", "web", "server")
}
