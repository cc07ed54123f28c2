package generator_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/authgen/authgen/generator"
)

// TestReached holds that packages count which are imported though patterns pass
// over them, in the module and in those beside it, and that others do not.
func TestReached(t *testing.T) {
	t.Parallel()
	dir := unpack(t, smallModule+`
-- main.go --
package main

import (
	_ "example.com/app/_own"
	_ "example.com/app/linked/deep"
	_ "example.com/app/testdata/own"
	_ "example.com/beside/testdata/data"
	`+"_ `example.com/quoted/_data`"+`
	_ "example.com/work"
)

func main() {}
-- _own/own.go --
package own
-- testdata/own/own.go --
package own

import _ "example.com/app/testdata/next"
-- testdata/own/own_test.go --
package own
-- testdata/next/next.go --
package next
-- testdata/other/other.go --
package other
`)
	outside := t.TempDir()
	write(t, outside, map[string]string{
		"linked/deep/deep.go":       "package deep\n",
		"beside/go.mod":             "module example.com/renamed\n",
		"beside/beside.go":          "package beside\n",
		"beside/testdata/data/d.go": "package data\n",
		"quoted/go.mod":             "module example.com/quoted\n",
		"quoted/_data/d.go":         "package data\n",
		"work/go.mod":               "module example.com/work\n",
		"work/work.go":              "package work\n",
	})
	for link, target := range map[string]string{"linked": "linked", "beside": "beside", "work": "work"} {
		if err := os.Symlink(filepath.Join(outside, target), filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, map[string]string{
		"go.mod":  "module example.com/app\n\ngo 1.26.0\n\nreplace example.com/beside => ./beside\n\nreplace example.com/quoted => " + outside + "/quoted\n",
		"go.work": "go 1.26.0\n\nuse (\n\t.\n\t./work\n)\n",
	})
	for _, c := range []struct {
		dir, name string
		same      bool
	}{
		{dir, "_own/own.go", false},
		{dir, "_own/new.go", false},
		{dir, "testdata/next/next.go", false},
		{dir, "testdata/own/own.go", false},
		{dir, "testdata/own/own_test.go", true},
		{dir, "testdata/own/page.html", true},
		{dir, "testdata/other/other.go", true},
		{outside, "linked/deep/deep.go", false},
		{outside, "linked/other/other.go", true},
		{outside, "beside/beside.go", false},
		{outside, "beside/testdata/data/d.go", false},
		{outside, "quoted/_data/d.go", false},
		{outside, "work/work.go", false},
	} {
		before := sumOf(t, dir)
		write(t, c.dir, map[string]string{c.name: "package changed\n"})
		if after := sumOf(t, dir); (after == before) != c.same {
			t.Errorf("%s: the same: %v, want %v", c.name, after == before, c.same)
		}
	}
}

// TestEmbedded holds that it counts whether there is what a program embeds, and
// not what that is.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	dir := unpack(t, smallModule+`
-- web/web.go --
package web

import "embed"

var (
	//go:embed "dist" all:hidden/*
	FS embed.FS
)
`)
	for _, c := range []struct {
		name, text string
		same       bool
	}{
		{"web/dist/.keep", "", true},
		{"web/dist/_app/a.js", "", true},
		{"web/dist/css/a.css", "one", false},
		{"web/dist/css/a.css", "two", true},
		{"web/dist/index.html", "", true},
		{"web/hidden/.keep", "", false},
		{"web/other/index.html", "", true},
	} {
		before := sumOf(t, dir)
		write(t, dir, map[string]string{c.name: c.text})
		if after := sumOf(t, dir); (after == before) != c.same {
			t.Errorf("%s: the same: %v, want %v", c.name, after == before, c.same)
		}
	}
	before := sumOf(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "web/dist")); err != nil {
		t.Fatal(err)
	}
	if sumOf(t, dir) == before {
		t.Error("what was embedded is gone, and that changes nothing")
	}
}

// TestOtherDriver holds that nothing is kept where another program than the go
// command says what a build reads.
func TestOtherDriver(t *testing.T) {
	dir := unpack(t, smallModule)
	t.Setenv("GOPACKAGESDRIVER", "off")
	sumOf(t, dir)
	t.Setenv("GOPACKAGESDRIVER", "other")
	if in, err := generator.ReadInputs(t.Context(), generator.Config{Dir: dir}); err != nil || in.Sum != "" {
		t.Errorf("%+v, %v", in, err)
	}
}

func sumOf(t *testing.T, dir string) string {
	t.Helper()
	in, err := generator.ReadInputs(t.Context(), generator.Config{Dir: dir})
	if err != nil || in.Sum == "" {
		t.Fatalf("%+v, %v", in, err)
	}
	return in.Sum
}
