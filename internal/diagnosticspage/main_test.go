package main

import (
	"os"
	"strings"
	"testing"

	"github.com/authgen/authgen/diagnostic"
)

func TestPageIsUpToDate(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/diagnostics.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != page(diagnostic.Entries()) {
		t.Error("docs/diagnostics.md differs from the table: run go generate ./diagnostic")
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	got := page([]diagnostic.Entry{
		{Code: "AUTH001", Title: "a *T", Text: "see `*T` and <x>", Before: "//auth:x\n\nfunc X() {}", After: "y"},
		{Code: "AUTH002", Title: "b", Text: "t", Severity: diagnostic.Warning},
		{Code: "AUTH061", Title: "c", Text: "t"},
		{Code: "AUTH100", Title: "d", Text: "t"},
	})
	for _, want := range []string{
		"## Comments\n\n### AUTH001: a \\*T\n\nsee `*T` and &lt;x>\n\nBefore:\n\n    //auth:x\n\n    func X() {}\n\nAfter:\n\n    y\n",
		"### AUTH002: b\n\nA warning.\n\nt\n",
		"\n## authgen.yaml\n\n### AUTH061: c\n",
		"\n## Routes\n\n### AUTH100: d\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("page lacks %q:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n## "); n != 3 {
		t.Errorf("%d sections, want 3", n)
	}
}
