package audit

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
)

// programsRead reports what keeps the list of routes from being whole.
func (f *findings) programsRead() {
	f.ends()
	f.withoutCgo()
	f.noRoutes()
	f.elsewhere()
	f.errors()
}

// ends reports the places where the trail ends.
func (f *findings) ends() {
	for _, p := range f.programs {
		for _, e := range p.Ends {
			d := diagnostic.Diagnostic{
				Code: CodeEnd, Program: p.Path, Position: f.position(e.Pos),
				Message:    "the trail ends here: " + f.shortNames(e.Why),
				Suggestion: "register what stands here in a way that can be read, or accept the finding in authgen.yaml and say who looks at the routes",
			}
			if !e.Pos.IsValid() {
				d.Position = diagnostic.Position{File: "go.mod", Line: 1, Column: 1}
			}
			f.add(d)
		}
	}
}

// withoutCgo reports the files that are left out since cgo is off, which the
// settings do not say, and that speak of routers: where it is on there are more
// routes.
func (f *findings) withoutCgo() {
	for _, s := range f.program.Skipped {
		if s.Why != program.CgoOff {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(f.program.Root, filepath.FromSlash(s.What)), nil, parser.ImportsOnly)
		if err != nil {
			continue // nothing builds it
		}
		for _, spec := range file.Imports {
			if path, _ := strconv.Unquote(spec.Path.Value); slices.Contains(wiring.Touching(), path) {
				f.add(diagnostic.Diagnostic{
					Code: CodeEnd, Position: diagnostic.Position{File: s.What, Line: 1, Column: 1},
					Message:    "the trail ends here: the file imports " + path + " and was not read, for cgo is off",
					Suggestion: "set CGO_ENABLED=1, with a C compiler for the platform of build: in authgen.yaml, or accept the finding and say who looks at the routes",
				})
				break
			}
		}
	}
}

// noRoutes reports a main package that speaks of routers and registers nothing,
// and a module whose programs register nothing though one of its packages speaks
// of them.
func (f *findings) noRoutes() {
	has := map[string]bool{}
	for _, r := range f.routes {
		has[r.program] = true
		if r.In != nil && r.In.Pkg() != nil {
			has[r.In.Pkg().Path()] = true // a plugin, say, which another program calls
		}
	}
	var mains []*program.Package
	for _, pkg := range f.program.Packages {
		if pkg.Types.Name() == "main" {
			mains = append(mains, pkg)
		}
	}
	said := false
	report := func(pkg *program.Package, program, who string) {
		f.program.Complete(pkg)
		if pos, what := speaksOfRouters(pkg); what != "" && !said {
			f.add(diagnostic.Diagnostic{
				Code: CodeNoRoutes, Program: program, Position: f.position(pos.Pos()),
				Message:    fmt.Sprintf("no route was found of %s, though it calls %s", who, what),
				Suggestion: "if it serves nothing, accept the finding in authgen.yaml and say why",
			})
			said = len(has) == 0
		}
	}
	for _, pkg := range mains {
		if !has[pkg.Path] {
			report(pkg, pkg.Path, pkg.Path)
		}
	}
	if len(has) > 0 || len(mains) == 0 {
		return
	}
	reached := f.reached(mains)
	for _, pkg := range f.program.Packages {
		if reached[pkg.Path] {
			report(pkg, "", "any program")
		}
	}
}

// speaksOfRouters returns the first place where a package makes, serves or
// registers on a router, and what it does in words.
func speaksOfRouters(pkg *program.Package) (at ast.Node, what string) {
	for _, file := range pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok || what != "" {
				return what == ""
			}
			fn, ok := pkg.Info.Uses[id].(*types.Func)
			if !ok || fn.Pkg() == nil {
				return true
			}
			switch name := fn.Pkg().Path() + "." + fn.Name(); {
			case fn.Signature().Recv() != nil:
			case name == "net/http.NewServeMux", name == "net/http.ListenAndServe", name == "net/http.ListenAndServeTLS",
				name == routers.GinPath+".New", name == routers.GinPath+".Default", name == routers.EchoPath+".New":
				at, what = id, short(name)
			}
			if c := routers.Lookup(fn); what == "" && c != nil {
				at, what = id, short(wiring.FuncName(fn))
			}
			return what == ""
		})
	}
	return at, what
}

// reached are the packages of the module that main packages depend on.
func (f *findings) reached(mains []*program.Package) map[string]bool {
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if seen[path] || !f.program.Own(path) {
			return
		}
		seen[path] = true
		if pkg := f.program.Package(path); pkg != nil {
			for _, p := range pkg.Imports {
				visit(p)
			}
		}
	}
	for _, pkg := range mains {
		visit(pkg.Path)
	}
	return seen
}

// errors reports packages that do not compile: what they register is judged as far
// as it was understood. One that no program imports may be meant to be a program.
func (f *findings) errors() {
	mains := slices.DeleteFunc(slices.Clone(f.program.Packages), func(p *program.Package) bool { return p.Types.Name() != "main" })
	reached := f.reached(mains)
	for _, pkg := range f.program.Packages {
		if len(pkg.Errors) == 0 {
			continue
		}
		what := "routes of it may be missing"
		if !reached[pkg.Path] && len(mains) > 0 {
			what = "no program is seen to import it"
		}
		pos, text := f.firstError(pkg)
		f.add(diagnostic.Diagnostic{
			Code: CodeErrors, Position: pos,
			Message:    fmt.Sprintf("%s does not compile, and %s: %s", pkg.Path, what, text),
			Suggestion: "mend what go build reports",
		})
	}
}

// firstError returns the first error of a package whose place is known, else
// the place of the package.
func (f *findings) firstError(pkg *program.Package) (diagnostic.Position, string) {
	for _, err := range pkg.Errors {
		var typed types.Error
		var syntax scanner.ErrorList
		switch {
		case errors.As(err, &typed) && typed.Pos.IsValid():
			return f.position(typed.Pos), oneLine(typed.Msg)
		case errors.As(err, &syntax) && len(syntax) > 0:
			p := syntax[0].Pos
			p.Filename = f.relativeFile(pkg, p.Filename)
			return diagnostic.Position{File: p.Filename, Line: p.Line, Column: p.Column}, oneLine(syntax[0].Msg)
		}
	}
	at, text := diagnostic.Position{File: "go.mod", Line: 1, Column: 1}, "it cannot be loaded"
	if len(pkg.Files) > 0 {
		at = f.position(pkg.Files[0].Package)
	}
	var listed packages.Error
	if errors.As(pkg.Errors[0], &listed) && !strings.Contains(listed.Msg, f.program.Root) {
		text = oneLine(listed.Msg)
	}
	return at, text
}

// relativeFile is the path below the root of a file of a package.
func (f *findings) relativeFile(pkg *program.Package, name string) string {
	for _, file := range pkg.Files {
		if f.program.Fset.Position(file.FileStart).Filename == name {
			return f.program.Position(file.FileStart).Filename
		}
	}
	return strings.TrimPrefix(strings.TrimPrefix(strings.ReplaceAll(name, "\\", "/"), strings.ReplaceAll(f.program.Root, "\\", "/")), "/")
}

// oneLine joins the lines of an error: what was had and what is wanted, say.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
