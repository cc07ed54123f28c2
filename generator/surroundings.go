package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/authgen/authgen/internal/platform"
)

// goVariables are what the go command reads of the environment and what changes
// which files it builds, and how.
var goVariables = []string{
	"GOFLAGS", "GOWORK", "GOEXPERIMENT", "CGO_ENABLED", "GOOS", "GOARCH", "GOTOOLCHAIN", "GOROOT", "GOENV", "GOPATH", "GOMODCACHE", "GO111MODULE",
	"GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM", "GOFIPS140",
	"CC", "CXX", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS", "PKG_CONFIG", "PKG_CONFIG_PATH",
}

func goEnvironment() (values []string) {
	for _, name := range goVariables {
		values = append(values, os.Getenv(name))
	}
	// Whether there is a C compiler says whether cgo is on by itself.
	for _, name := range []string{"gcc", "clang"} {
		file, _ := exec.LookPath(name)
		values = append(values, file)
	}
	return values
}

// otherDriver reports whether another program than the go command says what a
// build reads. What its answer depends on is not known.
func otherDriver() bool {
	if name := os.Getenv("GOPACKAGESDRIVER"); name != "" {
		return name != "off"
	}
	_, err := exec.LookPath("gopackagesdriver")
	return err == nil
}

// goEnvFile returns the file that go env -w writes, "" for none.
func goEnvFile() string {
	switch file := os.Getenv("GOENV"); file {
	case "":
	case "off":
		return ""
	default:
		return file
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "go", "env")
}

// toolIdentity tells builds of the tool apart. The version of a build from a
// working tree says little, so the executable's size and time count too.
func toolIdentity() string {
	var parts []string
	if info, ok := debug.ReadBuildInfo(); ok {
		parts = append(parts, info.Main.Path, info.Main.Version)
		for _, dep := range info.Deps {
			if strings.HasSuffix(dep.Path, "authgen/authgen") {
				parts = append(parts, dep.Version, dep.Sum)
			}
		}
	}
	if exe, err := os.Executable(); err == nil {
		parts = append(parts, fileIdentity(exe))
	}
	return strings.Join(parts, " ")
}

// goIdentity tells versions of the go command apart.
func goIdentity() string {
	file, err := exec.LookPath("go")
	if err != nil {
		return ""
	}
	return file + " " + fileIdentity(file)
}

func fileIdentity(name string) string {
	info, err := os.Stat(name)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano())
}

// workFile returns the go.work file that applies to a folder, "" for none.
func workFile(dir string) string {
	switch work := os.Getenv("GOWORK"); work {
	case "":
	case "off":
		return ""
	default:
		return work
	}
	for ; ; dir = filepath.Dir(dir) {
		file := filepath.Join(dir, "go.work")
		if _, err := os.Lstat(file); err == nil {
			return file
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// moduleFile returns the file that the go command reads as go.mod of the module
// in a folder.
func moduleFile(root string) string {
	file, _ := platform.ModFile(os.Getenv("GOFLAGS"))
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(root, cmp.Or(file, "go.mod"))
}

// besides returns the other modules that a build reads as they are on disk: what
// go.mod and go.work replace by a folder, and the workspace's modules.
func besides(root, work string) (trees []tree) {
	add := func(base, dir, path string) {
		if dir = filepath.FromSlash(dir); !filepath.IsAbs(dir) {
			dir = filepath.Join(base, dir)
		}
		t := moduleIn(filepath.Clean(dir))
		if path != "" { // its packages are imported by the name of what it replaces
			t.path = path
		}
		if t.dir != root && !slices.Contains(trees, t) {
			trees = append(trees, t)
		}
	}
	replaced := func(base string, list []*modfile.Replace) {
		for _, r := range list {
			if r.New.Version == "" {
				add(base, r.New.Path, r.Old.Path)
			}
		}
	}
	// What cannot be parsed is not built either.
	if data, err := os.ReadFile(moduleFile(root)); err == nil {
		if mod, err := modfile.Parse("go.mod", data, nil); err == nil {
			replaced(root, mod.Replace)
		}
	}
	if work == "" {
		return trees
	}
	if data, err := os.ReadFile(work); err == nil {
		if file, err := modfile.ParseWork(work, data, nil); err == nil {
			for _, use := range file.Use {
				add(filepath.Dir(work), use.Path, "")
			}
			replaced(filepath.Dir(work), file.Replace)
		}
	}
	return trees
}

// addModule takes the Go files and the module file of a folder into account, and
// returns the files.
func (m *memory) addModule(dir string) []*goFile {
	for _, name := range []string{filepath.Join(dir, "go.mod"), moduleFile(dir)} {
		m.add(name, name)
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		root = dir
	}
	// What cannot be read is left out; to build it fails as well.
	files, _ := (&module{root: root}).readAll(context.Background())
	for _, f := range files {
		if !f.test() {
			m.sums[filepath.Join(dir, filepath.FromSlash(f.path))] = f.sum
		}
	}
	return files
}

// addVendor takes the Go files of a folder's vendor folder into account: any,
// since what is imported may have a name that patterns pass over. It reports false
// where it cannot tell what a build reads.
func (m *memory) addVendor(dir string) bool {
	vendor := &module{root: filepath.Join(dir, "vendor")}
	name := filepath.Join(vendor.root, "modules.txt")
	m.add(name, name)
	var files []*goFile
	err := filepath.WalkDir(vendor.root, func(p string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(p, "_test.go"):
		case entry.Type()&fs.ModeSymlink != 0:
			return fmt.Errorf("%s leads elsewhere", p)
		case strings.HasSuffix(p, ".go") && entry.Type().IsRegular():
			files = append(files, &goFile{path: vendor.rel(p)})
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) && len(files) == 0 {
		return true
	}
	if err != nil || vendor.readFiles(files) != nil {
		return false
	}
	for _, f := range files {
		m.sums[filepath.Join(vendor.root, filepath.FromSlash(f.path))] = f.sum
	}
	return true
}
