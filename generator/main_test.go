package generator_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/authgen/authgen/generator"
	"github.com/authgen/authgen/manifest"
)

var update = flag.Bool("update", false, "write what the cases of errors give into them")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

// run gives the tests a cache of their own.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "authgen-generator-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer os.RemoveAll(dir)
	// The build cache stays where it is: only this package's own is moved.
	if out, err := exec.Command("go", "env", "GOCACHE").Output(); err == nil {
		os.Setenv("GOCACHE", strings.TrimSpace(string(out)))
	}
	os.Setenv("XDG_CACHE_HOME", dir)
	return m.Run()
}

// write makes files below dir, each named by a slash-separated path.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// unpack makes a module of a txtar archive.
func unpack(t testing.TB, archive string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{"go.mod": "module example.com/app\n\ngo 1.26.0\n"})
	for _, f := range txtar.Parse([]byte(archive)).Files {
		write(t, dir, map[string]string{f.Name: string(f.Data)})
	}
	return dir
}

func read(t testing.TB, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func generate(t testing.TB, cfg generator.Config) *generator.Result {
	t.Helper()
	result, err := generator.Generate(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// audited puts into the manifest of the golden module what an audit finds: it has
// no programs, and authgen from beside it. The tests of the command hold that.
func audited(t testing.TB, result *generator.Result) *generator.Result {
	t.Helper()
	skipped := []manifest.Skipped{{What: "github.com/authgen/authgen", Why: "from a replace directive, and taken for the original"}}
	if err := result.SetRoutes(nil, nil, skipped); err != nil {
		t.Error(err)
	}
	return result
}

func commit(t testing.TB, result *generator.Result) {
	t.Helper()
	if err := result.Commit(); err != nil {
		t.Fatal(err)
	}
}

// findings returns the diagnostics as the command prints them.
func findings(result *generator.Result) string {
	var b strings.Builder
	for _, d := range result.Diagnostics {
		fmt.Fprintln(&b, d)
		for _, r := range d.Related {
			fmt.Fprintf(&b, "\t%s: %s\n", r.Position, r.Message)
		}
	}
	return b.String()
}

// paths returns the paths of the files that would be written, with a minus in
// front of those that would be removed.
func paths(result *generator.Result) (list []string) {
	for _, f := range result.Files {
		if f.Remove {
			f.Path = "-" + f.Path
		}
		list = append(list, f.Path)
	}
	return list
}

// goCommand runs the go command in dir and returns its output.
func goCommand(t testing.TB, dir string, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GOWORK=off"), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

const golden = "../testdata/golden"

// copyGolden copies the golden module, so that a test can change it. keep says
// which files to take.
func copyGolden(t testing.TB, keep func(path string) bool) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(golden, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(golden, path)
		if err != nil || !keep(filepath.ToSlash(rel)) {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if rel == "go.mod" {
			data = []byte(strings.Replace(string(data), "=> ../..", "=> "+root, 1))
		}
		write(t, dir, map[string]string{filepath.ToSlash(rel): string(data)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func isGenerated(path string) bool {
	base := filepath.Base(path)
	return base == "auth.manifest.json" || strings.HasPrefix(base, "auth_") && (strings.HasSuffix(base, "_gen.go") || strings.HasSuffix(base, "_gen_test.go"))
}

func everything(string) bool { return true }

func sources(path string) bool { return !isGenerated(path) }
