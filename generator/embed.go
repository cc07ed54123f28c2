package generator

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// embedName is the generated file of the package that embeds the manifest.
const embedName = "auth_manifest_gen.go"

// PutManifest makes m the module's manifest: the files to write are then that of
// the module root and the copy of the package that embeds it, as far as they
// differ from what is on disk. It does nothing for a run that has no manifest,
// and while packages have errors: half of one would hide what is missing.
func (r *Result) PutManifest(m *manifest.Manifest) error {
	if r.Manifest == nil {
		return nil
	}
	data, err := manifest.Marshal(m)
	if err != nil {
		return err
	}
	r.Manifest = m
	if r.partial {
		return nil
	}
	copies := []string{manifest.FileName}
	if r.embed != "" {
		copies = append(copies, path.Join(r.embed, manifest.FileName))
	}
	r.Files = slices.DeleteFunc(r.Files, func(f File) bool { return slices.Contains(copies, f.Path) })
	for _, name := range copies {
		disk, err := readFile(r.Root, name)
		switch {
		case err == nil && bytes.Equal(disk, data):
			continue
		case errors.Is(err, fs.ErrNotExist) && r.embed == "" && len(m.Handlers)+len(m.Routes) == 0:
			continue // a module without rules and routes gets no file that says so
		}
		r.Files = append(r.Files, File{Path: name, Content: data})
	}
	sortFiles(r.Files)
	return nil
}

// claimEmbed keeps the file of the embedding package from being left over, and
// from having the name of a handlers' file.
func (g *generation) claimEmbed() {
	if d := g.byDir[g.config.Embed]; d != nil {
		d.outputs = append(d.outputs, map[string]bool{path.Join(d.dir, embedName): true})
	}
}

// dropEmbed removes the copy of the manifest beside a file that embeds it and is
// left over.
func (g *generation) dropEmbed(f *goFile) {
	name := path.Join(f.dir(), manifest.FileName)
	if f.dir() == "." || f.base() != embedName || !bytes.Contains(f.data, []byte("\n//go:embed "+manifest.FileName+"\n")) {
		return
	}
	if _, err := readFile(g.module.root, name); err == nil {
		g.write(File{Path: name, Remove: true})
	}
}

// embed renders the package that embeds the manifest. The copy of the manifest
// is added by [Result.PutManifest].
func (g *generation) embed() {
	dir := g.config.Embed
	if dir == "" {
		return
	}
	for parent := dir; parent != "."; parent = path.Dir(parent) {
		if hasGoMod(filepath.Join(g.module.root, filepath.FromSlash(parent))) {
			g.report(diagnostic.Diagnostic{
				Code: config.CodeType, Position: diagnostic.Position{File: config.FileName, Line: 1, Column: 1},
				Message: fmt.Sprintf("embed: %q is in the module of %s/go.mod", dir, parent), Suggestion: "name a folder of this module",
			})
			return
		}
	}
	name := path.Base(dir)
	var there *goFile
	var files []*goFile
	if d := g.byDir[dir]; d != nil {
		files, there = d.files, d.file(path.Join(dir, embedName))
	}
	for _, f := range files {
		if f != there && !f.test() {
			// A package of the user's own keeps its name.
			if parsed, err := parser.ParseFile(token.NewFileSet(), "", f.data, parser.PackageClauseOnly); err == nil {
				name = parsed.Name.Name
			}
		}
	}
	file := jen.NewFilePathName(g.module.importPath(dir), name)
	file.HeaderComment(header)
	if name == path.Base(dir) {
		file.PackageComment("// Package " + name + " holds the manifest of the module, for the Verify functions of the")
		file.PackageComment("// adapters: a program cannot embed a file above its folder.")
	}
	file.ImportAlias(runtimePath, "auth")
	file.Anon("embed")
	file.Const().Id("_").Op("=").Qual(runtimePath, "GeneratedLevel1")
	file.Line()
	file.Comment("//go:embed " + manifest.FileName)
	file.Var().Id("manifest_").String()
	file.Line()
	file.Comment("// Manifest returns the manifest that this package was generated with. What is")
	file.Comment("// wrong with it is told by Verify.")
	file.Func().Id("Manifest").Params().Op("*").Qual(runtimePath, "Manifest").Block(
		jen.Return(jen.Qual(runtimePath, "EmbeddedManifest").Call(jen.Id("manifest_"))))
	var out bytes.Buffer
	if err := file.Render(&out); err != nil { // nothing in it depends on the sources but a name that is one
		panic("generator: " + err.Error())
	}
	g.put(path.Join(dir, embedName), out.Bytes(), there)
}
