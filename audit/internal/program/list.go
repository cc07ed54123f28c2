package program

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/go/packages"
)

// mode is what is asked of packages.
const mode = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedExportFile | packages.NeedModule

// list returns the packages of patterns, with all that they depend on.
func list(conf *packages.Config, patterns []string) ([]*packages.Package, error) {
	if roots, ok := listPlain(conf, patterns); ok {
		return roots, nil
	}
	return packages.Load(conf, patterns...)
}

// listedPackage is what the go command tells of a package.
type listedPackage struct {
	ImportPath, Name, Dir, Export              string
	GoFiles, CgoFiles, IgnoredGoFiles, Imports []string
	ImportMap                                  map[string]string // of imports whose path is another than that of the package
	Module                                     *struct {
		Path, Dir, GoVersion string
		Main                 bool
		Replace              *struct{ Path string }
	}
	DepOnly bool
	Error   json.RawMessage
}

const listedFields = "-json=ImportPath,Name,Dir,Export,GoFiles,CgoFiles,IgnoredGoFiles,Imports,ImportMap,Module,DepOnly,Error"

// listPlain does what [packages.Load] does of packages without errors, in half the
// time: it asks for what is needed alone, and asks once. It is not ok when
// something is out of the ordinary, such as an error or another driver than the go
// command: then packages.Load knows what to make of it.
func listPlain(conf *packages.Config, patterns []string) (roots []*packages.Package, ok bool) {
	if foreignDriver(conf.Env) || slices.ContainsFunc(patterns, func(p string) bool { return strings.Contains(p, "=") }) {
		return nil, false
	}
	ctx, cancel := context.WithCancel(conf.Context)
	defer cancel()
	args := append([]string{"list"}, conf.BuildFlags...)
	args = append(args, "-e", listedFields, "-export", "-deps", "-buildvcs=false", "-pgo=off", "--")
	cmd := exec.CommandContext(ctx, "go", append(args, patterns...)...)
	cmd.Dir = conf.Dir
	cmd.Env = append(slices.Clip(conf.Env), "PWD="+conf.Dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return nil, false
	}
	found := map[string]*packages.Package{}
	read := func() bool {
		for decoder := json.NewDecoder(out); ; {
			var p listedPackage
			if err := decoder.Decode(&p); err != nil {
				return errors.Is(err, io.EOF)
			}
			if p.Error != nil || p.ImportPath == "" || found[p.ImportPath] != nil || strings.Contains(p.ImportPath, " ") || !filepath.IsAbs(p.Dir) {
				return false
			}
			pkg := p.plain(found)
			if pkg == nil {
				return false
			}
			found[p.ImportPath] = pkg
			if !p.DepOnly {
				roots = append(roots, pkg)
			}
		}
	}
	if !read() {
		cancel()
		_ = cmd.Wait()
		return nil, false
	}
	if cmd.Wait() != nil {
		return nil, false
	}
	return roots, true
}

// plain is the package, whose imports were listed before it. It is nil when one
// was not.
func (p *listedPackage) plain(found map[string]*packages.Package) *packages.Package {
	pkg := &packages.Package{
		ID: p.ImportPath, PkgPath: p.ImportPath, Name: p.Name, Dir: p.Dir, ExportFile: p.Export,
		GoFiles: under(p.Dir, p.GoFiles, p.CgoFiles), IgnoredFiles: under(p.Dir, p.IgnoredGoFiles),
		Imports: make(map[string]*packages.Package, len(p.Imports)),
	}
	if m := p.Module; m != nil {
		pkg.Module = &packages.Module{Path: m.Path, Dir: m.Dir, GoVersion: m.GoVersion, Main: m.Main}
		if m.Replace != nil {
			pkg.Module.Replace = &packages.Module{Path: m.Replace.Path}
		}
	}
	for _, path := range p.Imports {
		if path != "C" {
			pkg.Imports[path] = found[path]
		}
	}
	for path, id := range p.ImportMap {
		delete(pkg.Imports, id)
		pkg.Imports[path] = found[id]
	}
	for _, imported := range pkg.Imports {
		if imported == nil {
			return nil
		}
	}
	return pkg
}

// under returns the paths of files of a folder.
func under(dir string, lists ...[]string) []string {
	var all []string
	for _, files := range lists {
		for _, file := range files {
			all = append(all, filepath.Join(dir, file))
		}
	}
	return all
}

// foreignDriver reports whether [packages.Load] would ask another program than the
// go command.
func foreignDriver(env []string) bool {
	const name = "GOPACKAGESDRIVER="
	for _, v := range env {
		if strings.HasPrefix(v, name) && v != name && v != name+"off" {
			return true
		}
	}
	_, err := exec.LookPath("gopackagesdriver")
	return err == nil
}
