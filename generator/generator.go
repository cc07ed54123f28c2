// Package generator turns the annotations of a module into guarded Go code and
// a manifest.
//
// The way of the data: [Generate] reads the module's files, collects annotated
// declarations, resolves what shape of handler each has, joins their rules with
// the defaults around them, and renders one file per package. It writes
// nothing; [Result.Commit] does.
package generator

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"

	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// Config says what to generate.
type Config struct {
	// Dir is a folder of the module, "" for the current one.
	Dir string
	// Patterns limit the run to packages: paths that begin with ./ or ../, or
	// import paths, each with an optional /... at its end. Without any, or with
	// one that is all of the module, the run includes the manifest.
	Patterns []string
	// CodeOnly leaves the manifest alone.
	CodeOnly bool
	// NoCache does the work even if nothing changed since the last run, and
	// does not remember this one.
	NoCache bool
	// Sought are texts, such as import paths, see [Result.Found].
	Sought []string
}

// Result is what a run found and would write.
type Result struct {
	// Root is the folder of the module's go.mod, Module its path.
	Root, Module string
	// Whole says that the run was the whole module's.
	Whole bool
	// Unchanged says that every file is as the last run left it. Then there
	// are no files, diagnostics and twins, and no manifest.
	Unchanged bool
	// Files differ from what is on disk, in order of their paths. The manifest is
	// one of them with the routes that handlers declare, until SetRoutes.
	Files []File
	// Manifest is the module's, nil when the run is not the whole module's.
	Manifest *manifest.Manifest
	// Twins are the guarded forms of all annotated handlers of the build that
	// the settings name, but for those of packages with errors.
	Twins []Twin
	// Stale are the import paths of packages with errors, or whose generated
	// files are not on disk as their sources give them; sorted. What Commit and
	// CommitCode wrote is no longer among them.
	Stale []string
	// Found says that a Go file of the module that is no test has a text in it that
	// was sought.
	Found bool
	// Settings are those of the module, never nil but when Unchanged.
	Settings *config.Config
	// Diagnostics are all findings, sorted. Packages with errors keep the
	// files that they have.
	Diagnostics []diagnostic.Diagnostic

	broken  []string // import paths of packages with errors
	memory  *memory  // nil when the run is not to be remembered
	embed   string   // the folder of the package that embeds the manifest, "" for none
	partial bool     // a package has errors: the manifest lacks what it holds
	audited bool     // the manifest holds what an audit found
}

// File is one file to write or remove.
type File struct {
	Path    string // slash-separated, relative to Root
	Content []byte
	Remove  bool

	written bool
}

func sortFiles(files []File) {
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
}

// ErrNoModule is returned when the folder is in no module.
var ErrNoModule = errors.New("no go.mod here or in a parent folder")

// Generate reads a module and returns what is to be written. Mistakes in the
// module's files are diagnostics; an error means that the job could not be
// done. It may be called at the same time with the same module.
func Generate(ctx context.Context, cfg Config) (*Result, error) {
	m, err := findModule(cfg.Dir)
	if err != nil {
		return nil, err
	}
	result := &Result{Root: m.root, Module: m.path}
	files, err := m.readAll(ctx)
	if err != nil {
		return nil, err
	}
	wanted, whole, err := m.selector(cfg, func() ([]*goFile, error) { return files, nil })
	if err != nil {
		return nil, err
	}
	result.Whole = whole
	if whole && !cfg.NoCache {
		result.memory = newMemory(m, files, cfg.CodeOnly)
		if len(m.ignored) == 0 && result.memory.same() {
			result.Unchanged = true
			return result, nil
		}
	}
	result.Found = slices.ContainsFunc(files, func(f *goFile) bool { return !f.test() && f.speaks(cfg.Sought) })
	g := &generation{module: m, ctx: ctx, fset: token.NewFileSet(), diagnostics: m.ignored}
	if g.config, err = g.readConfig(); err != nil {
		return nil, err
	}
	g.collect(files, wanted)
	g.claimEmbed()
	g.resolve()
	g.generate()
	g.removeLeftovers()
	if whole && !cfg.CodeOnly {
		g.embed()
		g.makeManifest()
		result.Manifest, result.embed = g.manifest, g.config.Embed
		result.partial = slices.ContainsFunc(g.packages, func(p *pkg) bool { return p.broken })
		if g.config.Embed != "" {
			g.outside = append(g.outside, filepath.Join(m.root, filepath.FromSlash(g.config.Embed), manifest.FileName))
		}
	}
	diagnostic.Sort(g.diagnostics)
	result.Diagnostics = slices.CompactFunc(g.diagnostics, func(a, b diagnostic.Diagnostic) bool {
		return a.String() == b.String()
	})
	sortFiles(g.files)
	result.Files, result.Settings = g.files, g.config
	if err := result.PutManifest(result.Manifest); err != nil {
		return nil, err
	}
	g.noteTwins(result)
	result.noteStale()
	if result.memory != nil {
		result.memory.outside = g.outside
	}
	return result, ctx.Err()
}

// generation is the state of one run.
type generation struct {
	ctx        context.Context
	module     *module
	fset       *token.FileSet
	config     *config.Config
	namedRules map[string]*namedRule
	// frontierNames are permissions of checks by what Frontier calls them.
	frontierNames map[string]string
	packages      []*pkg
	byDir         map[string]*directory
	mentioned     []*directory // with comments that may be rules, or generated files
	outside       []string     // files of other modules that types were read from
	manifest      *manifest.Manifest
	mu            sync.Mutex // guards diagnostics and files
	diagnostics   []diagnostic.Diagnostic
	files         []File
	handlers      []*handler // of all packages without errors
}

func (g *generation) report(d diagnostic.Diagnostic) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.diagnostics = append(g.diagnostics, d)
}

// write adds a file to those that are to be written or removed.
func (g *generation) write(f File) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.files = append(g.files, f)
}

// module is the module that is read.
type module struct {
	root string // absolute, symbolic links resolved
	path string
	dir  string // absolute folder that patterns are relative to

	ignored []diagnostic.Diagnostic // of files that readAll took for settings
}

func findModule(dir string) (*module, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	for root := dir; ; root = filepath.Dir(root) {
		data, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if err == nil {
			path := modfile.ModulePath(data)
			if path == "" {
				return nil, fmt.Errorf("%s names no module", filepath.Join(root, "go.mod"))
			}
			return &module{root: root, path: path, dir: dir}, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if root == filepath.Dir(root) {
			return nil, fmt.Errorf("%s: %w", dir, ErrNoModule)
		}
	}
}

// rel returns a path relative to the module root, with slashes.
func (m *module) rel(file string) string {
	if rel, err := filepath.Rel(m.root, file); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(file)
}

// importPath returns the import path of a folder given relative to the root.
func (m *module) importPath(dir string) string {
	if dir == "." {
		return m.path
	}
	return m.path + "/" + dir
}

// selector returns which folders, relative to the root, the patterns name, and
// whether that is the whole module. Each pattern must name one with Go files; list
// is asked for those of the module where a pattern names less than all.
func (m *module) selector(cfg Config, list func() ([]*goFile, error)) (wanted func(dir string) bool, whole bool, err error) {
	if len(cfg.Patterns) == 0 {
		return func(string) bool { return true }, true, nil
	}
	var matches []match
	for _, pattern := range cfg.Patterns {
		base, tree := strings.CutSuffix(pattern, "...")
		base = strings.TrimSuffix(base, "/")
		switch {
		case pattern == "...", pattern == "./...", base == ".", base == "..", strings.HasPrefix(base, "./"), strings.HasPrefix(base, "../"):
			base = m.rel(filepath.Join(m.dir, filepath.FromSlash(base)))
		case filepath.IsAbs(base):
			base = m.rel(base)
		case base == m.path:
			base = "."
		default:
			rest, ok := strings.CutPrefix(base, m.path+"/")
			if !ok {
				return nil, false, fmt.Errorf("package %s is not in module %s; write ./%s for a folder", pattern, m.path, pattern)
			}
			base = rest
		}
		if base == ".." || strings.HasPrefix(base, "../") {
			return nil, false, fmt.Errorf("package %s is not in module %s", pattern, m.path)
		}
		info, err := os.Stat(filepath.Join(m.root, filepath.FromSlash(base)))
		if err != nil {
			return nil, false, fmt.Errorf("package %s: %w", pattern, err)
		}
		if !info.IsDir() {
			return nil, false, fmt.Errorf("package %s is a file; write its folder", pattern)
		}
		one := match{base, tree}
		whole = whole || one.whole() // who types ./... out of habit misses nothing
		if !one.whole() {
			files, err := list()
			if err != nil {
				return nil, false, err
			}
			if !slices.ContainsFunc(files, func(f *goFile) bool { return one.has(f.dir()) }) {
				return nil, false, fmt.Errorf("package %s: no Go files of module %s there", pattern, m.path)
			}
		}
		matches = append(matches, one)
	}
	return func(dir string) bool {
		return slices.ContainsFunc(matches, func(m match) bool { return m.has(dir) })
	}, whole, nil
}

// match is a folder that a pattern names, or the tree below it.
type match struct {
	dir  string // relative to the module's root
	tree bool
}

func (m match) whole() bool { return m.dir == "." && m.tree }

func (m match) has(dir string) bool {
	return dir == m.dir || m.tree && (m.dir == "." || strings.HasPrefix(dir, m.dir+"/"))
}
