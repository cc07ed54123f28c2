package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/tools/txtar"
)

// writeModule writes the files of a txtar archive to a new folder.
func writeModule(t *testing.T, archive string) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(root, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFindTestIssuers(t *testing.T) {
	t.Parallel()
	const (
		direct = `import "github.com/authgen/authgen/authtest"`
		fake   = `import "github.com/authgen/authgen/providers/frontegg/fronteggtest"`
	)
	for _, c := range []struct {
		name, module string
		want         []string
	}{
		{"Direct", "-- main.go --\npackage main\n\n" + direct + "\n", []string{
			"main.go:3:8: main package imports authtest, whose issuer vouches for anybody; move it behind a build constraint, or into a test (AUTH076)",
		}},
		{"Renamed", "-- cmd/a/main.go --\npackage main\n\nimport (\n\tx `github.com/authgen/authgen/authtest`\n)\n", []string{
			"cmd/a/main.go:4:4: main package imports authtest, whose issuer vouches for anybody; move it behind a build constraint, or into a test (AUTH076)",
		}},
		{"Frontegg", "-- main.go --\npackage main\n\n" + fake + "\n", []string{
			"main.go:3:8: main package imports fronteggtest, whose issuer vouches for anybody; move it behind a build constraint, or into a test (AUTH076)",
		}},
		{"Frontier", "-- main.go --\npackage main\n\nimport \"github.com/authgen/authgen/providers/frontier/frontiertest\"\n", []string{
			"main.go:3:8: main package imports frontiertest, whose issuer vouches for anybody; move it behind a build constraint, or into a test (AUTH076)",
		}},
		{"FronteggThrough", "-- main.go --\npackage main\n\nimport \"example.com/app/dev\"\n-- dev/dev.go --\npackage dev\n\n" + fake + "\n", []string{
			`main.go:3:8: main package imports "example.com/app/dev", which leads to fronteggtest, whose issuer vouches for anybody; move it behind a build constraint, or into a test (AUTH076)`,
			"dev/dev.go:3:8: fronteggtest is imported here",
		}},
		{"Through", `
-- cmd/a/main.go --
package main

import "example.com/app/internal/serve"
-- cmd/b/main.go --
package main
-- internal/serve/serve.go --
package serve

import "example.com/app/internal/dev"
-- internal/dev/dev.go --
package dev

` + direct + "\n", []string{
			`cmd/a/main.go:3:8: main package imports "example.com/app/internal/serve", which leads to authtest, whose issuer vouches for anybody; move it behind a build constraint, or into a test (AUTH076)`,
			"internal/dev/dev.go:3:8: authtest is imported here",
		}},
		{"Cycle", `
-- a/a.go --
package a

import "example.com/app/b"
-- b/b.go --
package b

import "example.com/app/a"
-- main.go --
package main

import "example.com/app/a"
-- unused/unused.go --
package unused

` + direct + "\n", nil},
		{"Library", "-- dev.go --\npackage dev\n\n" + direct + "\n", nil},
		{"Test", "-- main.go --\npackage main\n-- main_test.go --\npackage main\n\n" + direct + "\n", nil},
		{"OtherTag", "-- main.go --\n//go:build authdev\n\npackage main\n\n" + direct + "\n", nil},
		{"OtherSystem", "-- main_windows.go --\npackage main\n\n" + direct + "\n", nil},
		{"ConfiguredTag", "-- authgen.yaml --\nbuild: {tags: [authdev]}\n-- main.go --\n//go:build authdev\n\npackage main\n\n" + direct + "\n", []string{
			"main.go:5:8: main package imports authtest, whose issuer vouches for anybody; move it behind a build constraint, or into a test (AUTH076)",
		}},
		{"NestedModule", "-- sub/go.mod --\nmodule x\n-- sub/main.go --\npackage main\n\n" + direct + "\n", nil},
		{"Testdata", "-- testdata/main.go --\npackage main\n\n" + direct + "\n", nil},
		{"Broken", "-- main.go --\npackage main\n\n" + direct + "\n\nimport (\n", nil},
		{"Twice", "-- a.go --\npackage main\n\n" + direct + "\n-- b.go --\npackage main\n\n" + direct + "\n", []string{
			"a.go:3:8: main package imports authtest, whose issuer vouches for anybody; move it behind a build constraint, or into a test (AUTH076)",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, err := findTestIssuers(t.Context(), writeModule(t, c.module), "example.com/app")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range found {
				got = append(got, d.String())
				for _, r := range d.Related {
					got = append(got, r.Position.String()+": "+r.Message)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
