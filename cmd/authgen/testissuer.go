package main

import (
	"context"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"

	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
)

// testIssuers are the packages for tests that make keys of their own, by their
// paths, with the names that findings call them by.
var testIssuers = map[string]string{
	"github.com/authgen/authgen/authtest":                        "authtest",
	"github.com/authgen/authgen/providers/frontegg/fronteggtest": "fronteggtest",
	"github.com/authgen/authgen/providers/frontier/frontiertest": "frontiertest",
}

// importer is a package of the module with what it imports and where.
type importer struct {
	main    bool
	imports []importSpec
}

// source is a file as far as its imports.
type source struct {
	path   string // slash-separated, relative to the root
	syntax *ast.File
}

type importSpec struct {
	path     string
	position diagnostic.Position
}

// findTestIssuers reports main packages that import an issuer for tests, also
// through other packages of the module: a program that is deployed must not
// trust keys that it made itself. Files that the module's build settings leave
// out do not count.
func findTestIssuers(ctx context.Context, root, module string) ([]diagnostic.Diagnostic, error) {
	var files []source
	fset := token.NewFileSet()
	if err := goFiles(root, func(file string, src []byte) error {
		// Files that do not parse are left out: the generator reports them.
		if syntax, err := parser.ParseFile(fset, file, src, parser.ImportsOnly|parser.SkipObjectResolution); err == nil {
			files = append(files, source{file, syntax})
		}
		return ctx.Err()
	}); err != nil {
		return nil, err
	}
	settings, _, err := config.Load(filepath.Join(root, config.FileName))
	if err != nil {
		return nil, err
	}
	packages := importers(root, module, fset, files, buildContext(settings))
	var found []diagnostic.Diagnostic
	for _, f := range files {
		pkg := path.Join(module, path.Dir(f.path))
		if p := packages[pkg]; p != nil && p.main {
			if d, ok := p.trail(packages); ok {
				found = append(found, d)
			}
			p.main = false // once is enough
		}
	}
	return found, nil
}

func buildContext(settings *config.Config) *build.Context {
	c := build.Default
	c.GOOS, c.GOARCH = "linux", "amd64"
	if settings != nil {
		if settings.Build.GOOS != "" {
			c.GOOS = settings.Build.GOOS
		}
		if settings.Build.GOARCH != "" {
			c.GOARCH = settings.Build.GOARCH
		}
		c.BuildTags = settings.Build.Tags
	}
	c.CgoEnabled = true
	return &c
}

// importers reads the imports of the files that are built, by import path.
func importers(root, module string, fset *token.FileSet, files []source, target *build.Context) map[string]*importer {
	packages := map[string]*importer{}
	for _, f := range files {
		if match, err := target.MatchFile(filepath.Join(root, filepath.FromSlash(path.Dir(f.path))), path.Base(f.path)); err != nil || !match {
			continue
		}
		pkg := path.Join(module, path.Dir(f.path))
		p := packages[pkg]
		if p == nil {
			p = new(importer)
			packages[pkg] = p
		}
		p.main = p.main || f.syntax.Name.Name == "main"
		for _, spec := range f.syntax.Imports {
			p.imports = append(p.imports, importSpec{importPath(spec), span(fset, f.path, spec.Path)})
		}
	}
	return packages
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	return p
}

func span(fset *token.FileSet, file string, node ast.Node) diagnostic.Position {
	start, end := fset.PositionFor(node.Pos(), false), fset.PositionFor(node.End(), false)
	return diagnostic.Position{File: file, Line: start.Line, Column: start.Column, EndLine: end.Line, EndColumn: end.Column}
}

// trail looks for the shortest way from p to an issuer for tests. The finding stands at
// the import of p that leads there.
func (p *importer) trail(packages map[string]*importer) (diagnostic.Diagnostic, bool) {
	type step struct {
		pkg   *importer
		first importSpec // in the main package
	}
	queue := []step{{pkg: p}}
	seen := map[*importer]bool{p: true}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, spec := range at.pkg.imports {
			first := at.first
			if at.pkg == p {
				first = spec
			}
			if name := testIssuers[spec.path]; name != "" {
				d := diagnostic.Diagnostic{
					Code:       codeTestIssuer,
					Position:   first.position,
					Message:    "main package imports " + name + ", whose issuer vouches for anybody",
					Suggestion: "move it behind a build constraint, or into a test",
				}
				if at.pkg != p {
					d.Message = "main package imports " + strconv.Quote(first.path) + ", which leads to " + name + ", whose issuer vouches for anybody"
					d.Related = []diagnostic.Related{{Position: spec.position, Message: name + " is imported here"}}
				}
				return d, true
			}
			if next := packages[spec.path]; next != nil && !seen[next] {
				seen[next] = true
				queue = append(queue, step{next, first})
			}
		}
	}
	return diagnostic.Diagnostic{}, false
}
