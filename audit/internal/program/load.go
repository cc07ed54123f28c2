package program

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/authgen/authgen/internal/platform"
)

// Config says what to load.
type Config struct {
	Dir      string   // the module's root, or a folder of it
	Patterns []string // as the go command takes them; none means ./...
	// Touching are import paths. Of the module, the packages that import one of
	// them, themselves or through others, are read at once; the rest is known by
	// its export data until it is asked for. Without any all are read.
	Touching []string
	// GOOS, GOARCH and Tags are what the program is built for. Empty ones are
	// those of the go command.
	GOOS, GOARCH string
	Tags         []string
}

// ErrNoPackages is returned when the patterns match nothing.
var ErrNoPackages = errors.New("no Go packages there")

// Load reads a module. Packages with errors are loaded as far as they can be,
// see [Package.Errors]; an error means that nothing could be.
func Load(ctx context.Context, cfg Config) (*Program, error) {
	patterns := cfg.Patterns
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	env := os.Environ()
	if cfg.GOOS != "" {
		env = append(env, "GOOS="+cfg.GOOS)
	}
	if cfg.GOARCH != "" {
		env = append(env, "GOARCH="+cfg.GOARCH)
	}
	conf := &packages.Config{Context: ctx, Dir: cfg.Dir, Mode: mode}
	conf.Env, conf.BuildFlags = platform.GivenModFile(env, platform.BuildFlags(cfg.Tags))
	roots, err := list(conf, patterns)
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	if len(roots) == 0 {
		return nil, fmt.Errorf("%s: %w; go list says why", strings.Join(patterns, " "), ErrNoPackages)
	}
	l := &loader{
		fset: token.NewFileSet(), listed: map[string]*packages.Package{}, byDir: map[string]string{}, own: map[string]bool{}, source: map[string]bool{},
		checked: map[string]*Package{}, sizes: types.SizesFor("gc", goarch(cfg)),
	}
	l.exports = importer.ForCompiler(l.fset, "gc", l.open)
	p := &Program{Fset: l.fset, loader: l, decls: map[*types.Func]*Decl{}, reaching: map[string]map[string]bool{}}
	l.list(p, roots)
	if p.Module == "" && len(roots[0].Errors) > 0 {
		// Such as a module that go.work does not list.
		return nil, fmt.Errorf("go list: %s", strings.Join(strings.Fields(roots[0].Errors[0].Msg), " "))
	}
	l.choose(cfg.Touching)
	if err := l.checkOwn(ctx, p, cfg); err != nil {
		return nil, err
	}
	for _, pkg := range p.Packages {
		p.declare(pkg)
	}
	p.index = newIndex(l, p.Packages)
	return p, nil
}

func goarch(cfg Config) string {
	if cfg.GOARCH != "" {
		return cfg.GOARCH
	}
	return runtime.GOARCH
}

// loader holds what is known of packages before and while they are checked.
type loader struct {
	fset   *token.FileSet
	sizes  types.Sizes
	listed map[string]*packages.Package // by import path
	byDir  map[string]string            // import paths of those, by folder
	own    map[string]bool              // of the module
	source map[string]bool              // of the module, whose source is read at once

	buffers sync.Pool // of *bytes.Buffer: a syntax tree keeps nothing of its source

	mu      sync.Mutex
	exports types.Importer      // from export data
	checked map[string]*Package // from source
}

// list notes the packages that the go command told of. The module is that of the
// packages that were asked for: of a workspace, the other modules are as they are
// without it, dependencies.
func (l *loader) list(p *Program, roots []*packages.Package) {
	for _, pkg := range roots {
		if m := pkg.Module; m != nil && m.Main && p.Root == "" {
			p.Root, p.Module = m.Dir, m.Path
		}
	}
	packages.Visit(roots, nil, func(pkg *packages.Package) {
		l.listed[pkg.PkgPath] = pkg
		l.byDir[pkg.Dir] = pkg.PkgPath
		if m := pkg.Module; m != nil && m.Main && m.Path == p.Module {
			l.own[pkg.PkgPath] = true
		}
	})
	for _, pkg := range roots {
		l.own[pkg.PkgPath] = true
	}
	if real, err := filepath.EvalSymlinks(p.Root); err == nil {
		p.Root = real
	}
}

// choose says which packages of the module are read at once.
func (l *loader) choose(touching []string) {
	done := map[string]bool{}
	var visit func(path string) bool
	visit = func(path string) bool {
		if done[path] {
			return l.source[path]
		}
		done[path] = true
		pkg := l.listed[path]
		read := len(touching) == 0 || pkg.ExportFile == "" || len(pkg.Errors) > 0
		for _, imported := range pkg.Imports {
			if slices.Contains(touching, imported.PkgPath) || l.own[imported.PkgPath] && visit(imported.PkgPath) {
				read = true
			}
		}
		if read {
			l.source[path] = true
		}
		return read
	}
	for path := range l.own {
		visit(path)
	}
}

// checkOwn parses and type-checks the packages of the module, imported ones
// first.
func (l *loader) checkOwn(ctx context.Context, p *Program, cfg Config) error {
	var order []*packages.Package
	done := map[string]chan struct{}{}
	var visit func(pkg *packages.Package)
	visit = func(pkg *packages.Package) {
		if !l.source[pkg.PkgPath] || done[pkg.PkgPath] != nil {
			return
		}
		done[pkg.PkgPath] = make(chan struct{})
		for _, path := range sortedImports(pkg) {
			visit(pkg.Imports[path])
		}
		order = append(order, pkg)
	}
	paths := make([]string, 0, len(l.source))
	for path := range l.source {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		visit(l.listed[path])
	}
	out := make([]*Package, len(order))
	var next sync.Mutex
	at := 0
	var failed any // what a worker panicked with, for code that the type checker does not understand
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(order)) {
		workers.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					next.Lock()
					defer next.Unlock()
					failed = r
				}
			}()
			for {
				next.Lock()
				i := at
				at++
				next.Unlock()
				if i >= len(order) {
					return
				}
				pkg := order[i]
				files, errs := l.parse(ctx, pkg)
				// What comes earlier in order is in work or done: this ends.
				for _, path := range sortedImports(pkg) {
					if wait := done[pkg.Imports[path].PkgPath]; wait != nil {
						<-wait
					}
				}
				func() {
					defer close(done[pkg.PkgPath])
					out[i] = l.check(pkg, files, errs, true)
				}()
			}
		})
	}
	workers.Wait()
	if failed != nil {
		panic(failed) // where it is caught
	}
	p.Packages = out
	target := buildContext(cfg)
	for path := range l.own {
		for _, file := range l.listed[path].IgnoredFiles {
			if sourceFile(file) {
				why := buildConstraint
				if matches(target, file) && needsCgo(target, file) {
					why = CgoOff
				}
				p.Skipped = append(p.Skipped, Skipped{What: p.relative(file), Why: why})
			}
		}
	}
	for i, pkg := range order {
		for _, e := range pkg.Errors {
			if e.Kind == packages.ListError {
				out[i].Errors = append(out[i].Errors, e)
			}
		}
	}
	p.skipFolders(cfg)
	return ctx.Err()
}

const buildConstraint = "build constraint"

// CgoOff is why a file was skipped that is built where cgo is on: see go help
// environment, CGO_ENABLED.
const CgoOff = "cgo is off"

func sortedImports(pkg *packages.Package) []string {
	paths := make([]string, 0, len(pkg.Imports))
	for path := range pkg.Imports {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

func (l *loader) parse(ctx context.Context, pkg *packages.Package) (files []*ast.File, errs []error) {
	buf, _ := l.buffers.Get().(*bytes.Buffer)
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	defer l.buffers.Put(buf)
	for _, name := range pkg.GoFiles {
		if ctx.Err() != nil {
			return files, append(errs, ctx.Err())
		}
		buf.Reset()
		if err := readFile(buf, name); err != nil {
			errs = append(errs, err)
			continue
		}
		f, err := parser.ParseFile(l.fset, name, buf.Bytes(), parser.SkipObjectResolution)
		if err != nil {
			errs = append(errs, err)
		}
		if f != nil {
			files = append(files, f)
		}
	}
	return files, errs
}

// maxGrow is how much is set aside for a file on its word, in bytes.
const maxGrow = 64 << 20

// readFile appends a file to buf.
func readFile(buf *bytes.Buffer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() < maxGrow {
		buf.Grow(int(info.Size()) + bytes.MinRead) // ReadFrom would double it time and again
	}
	_, err = buf.ReadFrom(f)
	return err
}

// check type-checks the source of one package.
func (l *loader) check(pkg *packages.Package, files []*ast.File, errs []error, own bool) *Package {
	out := &Package{Path: pkg.PkgPath, Files: files, Own: own, Errors: errs}
	shell := &shell{}
	compiles := pkg.ExportFile != "" && len(pkg.Errors) == 0 && len(errs) == 0
	if compiles {
		shell = newShell(files, pkg)
		out.unchecked, out.unread = shell.unchecked, shell.unread
	}
	// Half of the identifiers declare something, and half of the expressions have a
	// type of their own.
	out.Info = &types.Info{
		Types: make(map[ast.Expr]types.TypeAndValue, shell.exprs/2), Defs: make(map[*ast.Ident]types.Object, shell.idents/2), Uses: make(map[*ast.Ident]types.Object, shell.idents/2),
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{},
	}
	for _, path := range sortedImports(pkg) {
		out.Imports = append(out.Imports, pkg.Imports[path].PkgPath)
	}
	conf := types.Config{
		Importer: importerFunc(func(path string) (*types.Package, error) { return l.importPath(pkg, path) }),
		Sizes:    l.sizes, FakeImportC: true,
		Error: func(err error) { out.Errors = append(out.Errors, err) },
	}
	if pkg.Module != nil {
		conf.GoVersion = "go" + cmp.Or(pkg.Module.GoVersion, "1.16") // as the go command takes it
	}
	if compiles {
		conf.Error = func(err error) {
			if unused, ok := err.(types.Error); !ok || !unused.Soft || !strings.HasSuffix(unused.Msg, " and not used") { // but for bodies
				out.Errors = append(out.Errors, err)
			}
		}
		out.Types, _ = conf.Check(pkg.PkgPath, l.fset, files, out.Info)
		shell.restore()
	} else {
		out.Types, _ = conf.Check(pkg.PkgPath, l.fset, files, out.Info)
	}
	if out.Types == nil {
		out.Types = types.NewPackage(pkg.PkgPath, pkg.Name)
	}
	l.mu.Lock()
	l.checked[pkg.PkgPath] = out
	l.mu.Unlock()
	return out
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// importPath finds what path means in a package: the package of the module that
// was checked, or what the compiler exported of another.
func (l *loader) importPath(from *packages.Package, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg := from.Imports[path]
	if pkg == nil {
		return nil, fmt.Errorf("%s is not known to the go command", path)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.source[pkg.PkgPath] {
		if c := l.checked[pkg.PkgPath]; c != nil {
			return c.Types, nil
		}
		return nil, fmt.Errorf("%s imports itself", pkg.PkgPath)
	}
	return l.exported(pkg)
}

// exported reads export data. The caller holds mu.
func (l *loader) exported(pkg *packages.Package) (*types.Package, error) {
	t, err := l.exports.Import(pkg.PkgPath)
	if err != nil {
		return nil, fmt.Errorf("export data of %s: %w", pkg.PkgPath, err)
	}
	return t, nil
}

// open returns the export data of a package.
func (l *loader) open(path string) (io.ReadCloser, error) {
	pkg := l.listed[path]
	if pkg == nil || pkg.ExportFile == "" {
		return nil, fmt.Errorf("%s does not compile", path)
	}
	return os.Open(pkg.ExportFile)
}
