package program

import (
	"cmp"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/authgen/authgen/internal/moduletree"
)

// buildContext is what the module is built for, with cgo.
func buildContext(cfg Config) *build.Context {
	target := build.Default
	target.GOOS, target.GOARCH, target.BuildTags, target.CgoEnabled = cmp.Or(cfg.GOOS, target.GOOS), goarch(cfg), cfg.Tags, true
	return &target
}

func matches(target *build.Context, file string) bool {
	ok, err := target.MatchFile(filepath.Split(file))
	return ok && err == nil
}

// needsCgo reports whether a file, which is built for target, is not where cgo is
// off.
func needsCgo(target *build.Context, file string) bool {
	off := *target
	off.CgoEnabled = false
	if !matches(&off, file) {
		return true
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	return err == nil && slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"C"` })
}

// sourceFile reports whether a file may be one of a program.
func sourceFile(name string) bool {
	base := filepath.Base(name)
	return strings.HasSuffix(base, ".go") && !strings.HasSuffix(base, "_test.go") && base[0] != '.' && base[0] != '_'
}

// skipFolders notes the modules that stand in folders of this one and, of the whole
// module, the files of folders that the go command leaves out since nothing there is
// to be built.
func (p *Program) skipFolders(cfg Config) {
	target := buildContext(cfg)
	listed := map[string]bool{}
	for dir, path := range p.loader.byDir {
		if p.loader.own[path] {
			listed[p.relative(dir)] = true
		}
	}
	folder, known := "", false // where the last file stood
	// What cannot be read holds no module that anybody can build.
	_ = moduletree.Walk(p.Root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || name == p.Root:
			return nil
		case !d.IsDir():
			if len(cfg.Patterns) != 0 || !sourceFile(name) {
				return nil
			}
			if dir := filepath.Dir(name); dir != folder {
				folder, known = dir, listed[p.relative(dir)]
			}
			if !known {
				why := buildConstraint
				switch {
				case !matches(target, name):
				case needsCgo(target, name):
					why = CgoOff
				default:
					why = "ignored by the go command"
				}
				p.Skipped = append(p.Skipped, Skipped{What: p.relative(name), Why: why})
			}
			return nil
		}
		if base := d.Name(); base == "vendor" || base == "testdata" || base == "node_modules" || base[0] == '.' || base[0] == '_' {
			return filepath.SkipDir
		}
		return nil
	}, func(dir string) {
		p.Skipped = append(p.Skipped, Skipped{What: p.relative(dir), Why: "another module"})
	})
}
