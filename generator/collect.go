package generator

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/diagnostic"
)

// directory is a folder with Go files.
type directory struct {
	dir     string
	files   []*goFile
	sources []*source         // all but generated files, in order; when somebody asked for them
	outputs []map[string]bool // paths that were rendered, one set for each package
	once    sync.Once
}

// source is a parsed file.
type source struct {
	*goFile
	fset       *token.FileSet
	syntax     *ast.File
	faults     error // why the file does not parse
	notes      *annotations.File
	constraint string            // the file's build constraint, "" for none
	imports    map[string]string // local name to path, see importsOf
	dotImports []string
	unsure     []string // paths of imports whose package name is a guess
}

// pkg is a package that has rules: the files of a folder with one package
// clause. An external test package is one of its own.
type pkg struct {
	dir        string
	name       string
	importPath string
	external   bool // an external test package
	sources    []*source
	directory  *directory
	broken     bool // an error was reported: nothing is generated

	types    map[string]*typeDecl
	names    map[string]token.Position // package-level names
	handlers []*handler
	bare     []bareFunction
	defaults []layer
}

// typeDecl is a package-level type.
type typeDecl struct {
	spec     *ast.TypeSpec
	source   *source
	defaults []layer
	// constraints are those of the files that declare it: more than one when
	// it is declared once for each of several builds.
	constraints []string
}

// collect parses the files that speak of rules and makes the packages.
func (g *generation) collect(files []*goFile) {
	g.byDir = map[string]*directory{}
	hot := map[*directory]bool{}
	for _, f := range files {
		d := g.byDir[f.dir()]
		if d == nil {
			d = &directory{dir: f.dir()}
			g.byDir[f.dir()] = d
		}
		d.files = append(d.files, f)
		if !hot[d] && (f.generated || annotations.Mentions(f.data)) {
			hot[d] = true
			g.mentioned = append(g.mentioned, d)
		}
	}
	parallel(g.mentioned, func(d *directory) { d.parse(g.fset) })
	for _, d := range g.mentioned {
		g.packages = append(g.packages, g.split(d)...)
	}
}

// parallel calls work for each item, on all processors.
func parallel[T any](items []T, work func(T)) {
	var group sync.WaitGroup
	next := make(chan T)
	for range min(len(items), processors()) {
		group.Go(func() {
			for item := range next {
				work(item)
			}
		})
	}
	for _, item := range items {
		next <- item
	}
	close(next)
	group.Wait()
}

// parse parses all files of the folder but generated ones.
func (d *directory) parse(fset *token.FileSet) {
	d.once.Do(func() {
		for _, f := range d.files {
			if !f.generated {
				d.sources = append(d.sources, parseSource(fset, f))
			}
		}
	})
}

func parseSource(fset *token.FileSet, f *goFile) *source {
	s := &source{goFile: f, fset: fset}
	// Faults of syntax are reported where a file has rules; what could be
	// understood is in the tree.
	src := f.data
	if !annotations.Mentions(src) { // then nothing inside a body matters
		src = stripBodies(src)
	}
	s.syntax, s.faults = parser.ParseFile(s.fset, f.path, src, parser.ParseComments|parser.SkipObjectResolution)
	if s.syntax == nil || s.syntax.Name == nil {
		s.syntax = &ast.File{Name: ast.NewIdent("_")}
	}
	s.notes = annotations.ParseFile(s.fset, s.syntax, f.data)
	s.constraint = constraintOf(f, s.syntax, s.fset)
	s.readImports()
	return s
}

// body returns the body of a function, also if the file was parsed without.
func (s *source) body(d *ast.FuncDecl) *ast.BlockStmt {
	if d.Body == nil || len(d.Body.List) > 0 {
		return d.Body
	}
	fset := token.NewFileSet()
	full, err := parser.ParseFile(fset, s.path, s.data, parser.SkipObjectResolution)
	if err != nil {
		return d.Body
	}
	offset := s.fset.Position(d.Pos()).Offset
	for _, decl := range full.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && fset.Position(f.Pos()).Offset == offset {
			return f.Body
		}
	}
	return d.Body
}

// syntaxErrors returns the faults of a file that does not parse.
func (s *source) syntaxErrors() (found []diagnostic.Diagnostic) {
	list, ok := s.faults.(scanner.ErrorList)
	if s.faults != nil && !ok {
		list = scanner.ErrorList{{Pos: token.Position{Filename: s.path}, Msg: s.faults.Error()}}
	}
	for _, e := range list {
		found = append(found, diagnostic.Diagnostic{
			Code: CodeSyntax, Position: diagnostic.Position{File: s.path, Line: e.Pos.Line, Column: e.Pos.Column},
			Message: "the file has rules and does not parse: " + e.Msg, Suggestion: "mend the syntax first",
		})
	}
	return found
}

// split makes the packages of a folder that have rules.
func (g *generation) split(d *directory) []*pkg {
	byName := map[string]*pkg{}
	var list []*pkg
	for _, s := range d.sources {
		name := s.syntax.Name.Name
		unit := byName[name]
		if unit == nil {
			unit = &pkg{
				dir: d.dir, name: name, importPath: g.module.importPath(d.dir), directory: d,
				external: s.test() && strings.HasSuffix(name, "_test"),
				types:    map[string]*typeDecl{}, names: map[string]token.Position{},
			}
			if unit.external {
				unit.importPath += "_test"
			}
			byName[name] = unit
			list = append(list, unit)
		}
		unit.sources = append(unit.sources, s)
	}
	for _, unit := range list {
		g.index(unit)
	}
	return list
}

// index notes the package-level names and reports what is wrong with the
// comments.
func (g *generation) index(p *pkg) {
	for _, s := range p.sources {
		spoken := len(s.notes.Decls) > 0 || s.notes.Package != nil || len(s.notes.Problems) > 0
		for _, problem := range s.notes.Problems {
			p.broken = true
			g.report(diagnostic.Diagnostic{
				Code: problem.Code, Position: s.position(problem.Span.Start, problem.Span.End),
				Message: problem.Message, Suggestion: problem.Suggestion,
			})
		}
		if spoken {
			if faults := s.syntaxErrors(); len(faults) > 0 {
				p.broken = true
				g.diagnostics = append(g.diagnostics, faults...)
			}
		}
		note := func(id *ast.Ident) {
			if id.Name != "_" {
				if _, ok := p.names[id.Name]; !ok {
					p.names[id.Name] = s.fset.Position(id.Pos())
				}
			}
		}
		for _, decl := range s.syntax.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name != "init" {
					note(d.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch sp := spec.(type) {
					case *ast.TypeSpec:
						note(sp.Name)
						if p.types[sp.Name.Name] == nil {
							p.types[sp.Name.Name] = &typeDecl{spec: sp, source: s}
						}
						t := p.types[sp.Name.Name]
						t.constraints = append(t.constraints, s.constraint)
					case *ast.ValueSpec:
						for _, id := range sp.Names {
							note(id)
						}
					}
				}
			}
		}
	}
}

// hasRules reports whether a comment of the package states a rule.
func (p *pkg) hasRules() bool {
	return slices.ContainsFunc(p.sources, func(s *source) bool {
		return len(s.notes.Decls) > 0 || s.notes.Package != nil
	})
}

// position returns the range of source from start to end.
func (s *source) position(start, end token.Pos) diagnostic.Position {
	from := s.fset.Position(start)
	to := s.fset.Position(end)
	return diagnostic.Position{File: s.path, Line: from.Line, Column: from.Column, EndLine: to.Line, EndColumn: to.Column}
}

func (s *source) at(n ast.Node) diagnostic.Position { return s.position(n.Pos(), n.End()) }

func fromToken(p token.Position) diagnostic.Position {
	return diagnostic.Position{File: p.Filename, Line: p.Line, Column: p.Column}
}

// knownNames are the names of packages that the last element of their path does
// not tell.
var knownNames = map[string]string{
	runtimePath: "auth",
	"github.com/authgen/authgen/adapters/gin":  "authgin",
	"github.com/authgen/authgen/adapters/echo": "authecho",
}

// readImports maps the local names of imports to their paths. The name of a
// package that is imported without one is guessed from its path; guesses are
// never relied on where two could be meant, see resolveImport.
func (s *source) readImports() {
	s.imports = map[string]string{}
	for _, spec := range s.syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		switch {
		case spec.Name == nil:
			s.imports[guessName(p)] = p
			if knownNames[p] == "" && strings.Contains(strings.Split(p, "/")[0], ".") {
				s.unsure = append(s.unsure, p)
			}
		case spec.Name.Name == ".":
			s.dotImports = append(s.dotImports, p)
		case spec.Name.Name != "_":
			s.imports[spec.Name.Name] = p
		}
	}
}

// guessName returns what a package of this path is most likely called.
func guessName(p string) string {
	if name := knownNames[p]; name != "" {
		return name
	}
	base := path.Base(p)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" && strings.Contains(p, "/") {
		base = path.Base(path.Dir(p))
	}
	if i := strings.LastIndex(base, ".v"); i > 0 {
		base = base[:i]
	}
	base = strings.TrimPrefix(base, "go-")
	base = strings.TrimSuffix(strings.TrimSuffix(base, "-go"), ".go")
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '.' {
			return -1
		}
		return r
	}, base)
}

// resolveImport returns the path that a package name stands for in the file.
func (s *source) resolveImport(name string) (p string, ok bool) {
	if p, ok := s.imports[name]; ok {
		return p, true
	}
	// One import whose name is not known for sure must be the one meant.
	if len(s.unsure) == 1 {
		return s.unsure[0], true
	}
	near := slices.IndexFunc(s.unsure, func(p string) bool { return strings.Contains(p, name) })
	if near >= 0 {
		return s.unsure[near], true
	}
	return "", false
}
