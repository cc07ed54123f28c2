package generator

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"runtime"
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

	name     string // see packageName
	nameOnce sync.Once

	types     map[string]*typeDecl // see typesOf
	typesOnce sync.Once
}

// nameless stands for the package of a file whose package clause is not
// understood. No package can be called so.
const nameless = "_"

// source is a parsed file.
type source struct {
	*goFile
	fset       *token.FileSet
	syntax     *ast.File
	faults     error // why the file does not parse
	notes      *annotations.File
	constraint string            // the file's build constraint, "" for none
	imports    map[string]string // local name to path, see readImports
	dotImports []string
	unsure     []string // paths of imports whose package name is a guess

	bodies     map[int]*ast.BlockStmt // see body; by the offset of the function
	bodiesOnce sync.Once
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
	unread     bool // a file does not parse: handlers may be missing

	types    map[string]*typeDecl
	names    map[string]token.Position // package-level names
	handlers []*handler
	refused  []*handler // with a rule, and no handlers
	bare     []bareFunction
	defaults []layer
	slugs    map[string]string // see slugsOf
	loader   *typeLoader       // nil unless types were needed
}

// typeDecl is a package-level type. It has several declarations when there is
// one for each of several builds.
type typeDecl struct {
	// spec and source are the declaration that is part of the settings' build
	// where there is one.
	spec     *ast.TypeSpec
	source   *source
	all      []typeVariant
	defaults []layer
}

// typeVariant is one declaration of a type.
type typeVariant struct {
	spec   *ast.TypeSpec
	source *source
}

// declare notes a declaration of a type.
func (g *generation) declare(types map[string]*typeDecl, spec *ast.TypeSpec, s *source) {
	t := types[spec.Name.Name]
	switch {
	case t == nil:
		t = &typeDecl{spec: spec, source: s}
		types[spec.Name.Name] = t
	case !g.built(t.source.constraint) && g.built(s.constraint):
		t.spec, t.source = spec, s
	}
	t.all = append(t.all, typeVariant{spec, s})
}

// seenFrom returns the declaration that a file's code means. It reports false
// when that depends on the build.
func (g *generation) seenFrom(s *source, t *typeDecl) (typeVariant, bool) {
	if len(t.all) == 1 {
		return t.all[0], true
	}
	for _, v := range t.all {
		if v.source.constraint == s.constraint {
			return v, true
		}
	}
	return typeVariant{t.spec, t.source}, g.built(s.constraint)
}

// collect parses the files that speak of rules, in the folders that are wanted,
// and makes the packages.
func (g *generation) collect(files []*goFile, wanted func(dir string) bool) {
	g.byDir = map[string]*directory{}
	hot := map[*directory]bool{}
	for _, f := range files {
		d := g.byDir[f.dir()]
		if d == nil {
			d = &directory{dir: f.dir()}
			g.byDir[f.dir()] = d
		}
		d.files = append(d.files, f)
		if !hot[d] && (f.generated || annotations.Mentions(f.data)) && wanted(d.dir) {
			hot[d] = true
			g.mentioned = append(g.mentioned, d)
		}
	}
	parallel(g.mentioned, func(d *directory) { d.parse(g.fset) })
	for _, d := range g.mentioned {
		g.packages = append(g.packages, g.split(d)...)
	}
}

// inOrder calls work for each item, one after the other.
func inOrder[T any](items []T, work func(T)) {
	for _, item := range items {
		work(item)
	}
}

// parallel calls work for each item, on all processors.
func parallel[T any](items []T, work func(T)) {
	var group sync.WaitGroup
	next := make(chan T)
	for range min(len(items), runtime.GOMAXPROCS(0)) {
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
			if !f.generated && !f.lostHeader() {
				d.sources = append(d.sources, parseSource(fset, f))
			}
		}
	})
}

func parseSource(fset *token.FileSet, f *goFile) *source {
	s := &source{goFile: f, fset: fset}
	// Faults of syntax are reported where rules are; what could be understood
	// is in the tree.
	src := f.data
	if !annotations.Mentions(src) { // then nothing inside a body matters
		src = stripBodies(src)
	}
	s.syntax, s.faults = parser.ParseFile(s.fset, f.path, src, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	if s.syntax == nil || s.syntax.Name == nil || s.syntax.Name.Name == "" {
		s.syntax = &ast.File{Name: ast.NewIdent(nameless)}
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
	s.bodiesOnce.Do(func() {
		s.bodies = map[int]*ast.BlockStmt{}
		fset := token.NewFileSet()
		full, err := parser.ParseFile(fset, s.path, s.data, parser.SkipObjectResolution)
		if err != nil {
			return
		}
		for _, decl := range full.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				s.bodies[fset.PositionFor(f.Pos(), false).Offset] = f.Body
			}
		}
	})
	if body := s.bodies[s.place(d.Pos()).Offset]; body != nil {
		return body
	}
	return d.Body
}

// syntaxErrors returns the first faults of a file that does not parse.
func (s *source) syntaxErrors() (found []diagnostic.Diagnostic) {
	list, ok := s.faults.(scanner.ErrorList)
	if s.faults != nil && !ok {
		list = scanner.ErrorList{{Msg: s.faults.Error()}}
	}
	list.RemoveMultiples()
	const most = 10
	for _, e := range list[:min(len(list), most)] {
		// The offset stays true under //line comments.
		before := s.data[:min(e.Pos.Offset, len(s.data))]
		line := bytes.Count(before, []byte("\n")) + 1
		column := len(before) - bytes.LastIndexByte(before, '\n')
		found = append(found, diagnostic.Diagnostic{
			Code: CodeSyntax, Position: diagnostic.Position{File: s.path, Line: line, Column: column},
			Message: "the file does not parse, so its rules are not known: " + e.Msg, Suggestion: "mend the syntax first",
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
	if unknown := byName[nameless]; unknown != nil && unknown.broken {
		// It may belong to any of them.
		for _, unit := range list {
			unit.broken, unit.unread = true, true
		}
	}
	return list
}

// index notes the package-level names and reports what is wrong with the
// comments.
func (g *generation) index(p *pkg) {
	ruled := p.hasRules()
	for _, s := range p.sources {
		for _, problem := range s.notes.Problems {
			p.broken = true
			g.report(diagnostic.Diagnostic{
				Code: problem.Code, Position: s.position(problem.Span.Start, problem.Span.End),
				Message: problem.Message, Suggestion: problem.Suggestion,
			})
		}
		// Handlers may be lost with what was not understood, in any file.
		if s.faults != nil && (ruled || annotations.Mentions(s.data)) {
			p.broken, p.unread = true, true
			for _, d := range s.syntaxErrors() {
				g.report(d)
			}
		}
		note := func(id *ast.Ident) {
			if id.Name != "_" {
				if _, ok := p.names[id.Name]; !ok {
					p.names[id.Name] = s.place(id.Pos())
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
						g.declare(p.types, sp, s)
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
	from, to := s.place(start), s.place(end)
	return diagnostic.Position{File: s.path, Line: from.Line, Column: from.Column, EndLine: to.Line, EndColumn: to.Column}
}

// place returns where a position is in the file itself, whatever //line
// comments say.
func (s *source) place(pos token.Pos) token.Position { return s.fset.PositionFor(pos, false) }

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
// never relied on where two could be meant, see importOf.
func (s *source) readImports() {
	s.imports = map[string]string{}
	certain, guesses := map[string]bool{}, map[string]int{}
	for _, spec := range s.syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		switch {
		case spec.Name == nil:
			guess := guessName(p)
			if isSure(p) {
				s.imports[guess], certain[guess] = p, true
				continue
			}
			s.unsure = append(s.unsure, p)
			if guesses[guess]++; certain[guess] {
				continue
			}
			s.imports[guess] = p
			if guesses[guess] > 1 {
				delete(s.imports, guess) // all but one of them are called otherwise
			}
		case spec.Name.Name == ".":
			s.dotImports = append(s.dotImports, p)
		case spec.Name.Name != "_":
			s.imports[spec.Name.Name], certain[spec.Name.Name] = p, true
		}
	}
}

// isSure reports whether guessName knows the name of a package.
func isSure(p string) bool { return knownNames[p] != "" || isStandard(p) }

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

// importOf returns the path of the package that a name stands for in a file.
func (g *generation) importOf(s *source, name string) (p string, ok bool) {
	if p, ok := s.imports[name]; ok && (!slices.Contains(s.unsure, p) || g.mayBeCalled(p, name)) {
		return p, true
	}
	// One import whose name is not known for sure must be the one meant.
	var candidates []string
	for _, p := range s.unsure {
		if g.mayBeCalled(p, name) {
			candidates = append(candidates, p)
		}
	}
	if len(candidates) > 1 {
		candidates = slices.DeleteFunc(candidates, func(p string) bool { return !strings.Contains(p, name) })
	}
	if len(candidates) == 1 {
		return candidates[0], true
	}
	return "", false
}

// mayBeCalled reports whether a package may have a name: that of this module's
// packages is known.
func (g *generation) mayBeCalled(path, name string) bool {
	known := g.packageName(path)
	return known == "" || known == name
}

// packageName returns the name of a package of this module, "" of others.
func (g *generation) packageName(path string) string {
	d := g.folder(path)
	if d == nil {
		return ""
	}
	d.nameOnce.Do(func() {
		for _, f := range d.files {
			if f.test() {
				continue
			}
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, f.path, f.data, parser.PackageClauseOnly|parser.ParseComments)
			if err == nil && file.Name.Name != "main" && g.built(constraintOf(f, file, fset)) {
				d.name = file.Name.Name
				return
			}
		}
	})
	return d.name
}
