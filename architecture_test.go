package authgen_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

const modulePath = "github.com/authgen/authgen"

// layers says for each folder what its packages may import beside the standard
// library and their own folder: folders of this module, and other modules by
// their path. Tests may import anything.
var layers = map[string][]string{
	"annotations": {"internal/spelling"},
	"manifest":    {},
	"diagnostic":  {},
	"config":      {"internal/frontiername", "internal/platform", "internal/spelling", "github.com/goccy/go-yaml"},
	"generator":   {"annotations", "config", "diagnostic", "manifest", "internal/frontiername", "internal/moduletree", "internal/platform", "internal/spelling", "github.com/dave/jennifer", "golang.org/x/mod", "golang.org/x/tools"},
	"audit":       {"annotations", "config", "diagnostic", "manifest", "internal/moduletree", "internal/platform", "golang.org/x/tools"},

	"runtime":          {"github.com/golang-jwt/jwt/v5"},
	"adapters/nethttp": {"runtime"},
	"adapters/gin":     {"runtime", "github.com/gin-gonic/gin"},
	"adapters/echo":    {"runtime", "github.com/labstack/echo/v4"},

	"adapters/internal/conformance":   {},
	"providers/frontegg":              {"internal/provider", "runtime"},
	"providers/frontegg/fronteggtest": {"authtest", "internal/loopback", "github.com/golang-jwt/jwt/v5"},
	"providers/frontier":              {"internal/frontiername", "internal/provider", "runtime", "github.com/golang-jwt/jwt/v5"},
	"providers/frontier/frontiertest": {"authtest", "internal/loopback", "github.com/golang-jwt/jwt/v5"},
	"stores/redis":                    {"runtime", "github.com/redis/go-redis/v9"},
	"authtest":                        {"runtime", "github.com/golang-jwt/jwt/v5"},

	"cmd/authgen": {
		"annotations", "audit", "config", "diagnostic", "generator", "manifest", "internal/moduletree", "internal/spelling",
		"github.com/golang-jwt/jwt/v5", "golang.org/x/mod",
	},
	"cmd/frontier-permissions": {"providers/frontier"},
	"examples": {
		"adapters/echo", "adapters/gin", "adapters/nethttp", "authtest", "diagnostic", "generator",
		"providers/frontegg", "providers/frontegg/fronteggtest", "providers/frontier", "providers/frontier/frontiertest", "runtime",
		"github.com/gin-gonic/gin", "github.com/labstack/echo/v4",
	},
	"internal/browsertest":     {},
	"internal/loopback":        {},
	"internal/consumer":        {"golang.org/x/mod"},
	"internal/soak":            {"adapters/nethttp", "runtime"},
	"internal/diagnosticspage": {"diagnostic"},
	"internal/moduletree":      {},
	"internal/platform":        {},
	"internal/frontiername":    {},
	"internal/provider":        {},
	"internal/redistest":       {},
	"internal/spelling":        {},
}

// listed is what go list tells about a package.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Module     *struct {
		Path string
		Main bool
	}
}

func goList(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps", "-json=ImportPath,Standard,Imports,Module"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// layer returns the entry of layers that a folder belongs to.
func layer(folder string) (string, bool) {
	for at := folder; ; {
		if _, ok := layers[at]; ok {
			return at, true
		}
		i := strings.LastIndexByte(at, '/')
		if i < 0 {
			return "", false
		}
		at = at[:i]
	}
}

// TestImportDirection holds the direction of imports.
func TestImportDirection(t *testing.T) {
	t.Parallel()
	packages := goList(t, "./...")
	modules := map[string]string{} // of packages outside this module
	for _, p := range packages {
		if p.Module != nil && !p.Module.Main {
			modules[p.ImportPath] = p.Module.Path
		}
	}
	standard := map[string]bool{}
	for _, p := range packages {
		standard[p.ImportPath] = p.Standard
	}
	for _, p := range packages {
		if p.Module == nil || !p.Module.Main || p.ImportPath == modulePath {
			continue
		}
		folder := strings.TrimPrefix(p.ImportPath, modulePath+"/")
		from, ok := layer(folder)
		if !ok {
			t.Errorf("%s: say in layers what it may import", folder)
			continue
		}
		for _, imported := range p.Imports {
			if standard[imported] || imported == "C" {
				continue
			}
			to := modules[imported]
			if to == "" {
				to, _ = layer(strings.TrimPrefix(imported, modulePath+"/"))
			}
			if to != from && !slices.Contains(layers[from], to) {
				t.Errorf("%s imports %s, which its layer may not", folder, imported)
			}
		}
	}
}

// TestRuntimeIsSmall holds what a service with net/http carries.
func TestRuntimeIsSmall(t *testing.T) {
	t.Parallel()
	for _, p := range goList(t, "./adapters/nethttp") {
		if !p.Standard && !p.Module.Main && p.Module.Path != "github.com/golang-jwt/jwt/v5" {
			t.Errorf("adapters/nethttp needs %s", p.ImportPath)
		}
	}
}

// TestModuleFile forbids what works in this clone and in no module that
// requires this one.
func TestModuleFile(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if mod.Module.Mod.Path != modulePath {
		t.Errorf("module is %s, want %s", mod.Module.Mod.Path, modulePath)
	}
	for _, r := range mod.Replace {
		t.Errorf("go.mod replaces %s: modules that require this one do not see that", r.Old.Path)
	}
	for _, e := range mod.Exclude {
		t.Errorf("go.mod excludes %s: modules that require this one do not see that", e.Mod.Path)
	}
}

// TestMaps holds that the map of a large package names each of its files, and
// none else.
func TestMaps(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"audit/internal/judge", "audit/internal/wiring"} {
		doc, err := os.ReadFile(filepath.Join(dir, "doc.go"))
		if err != nil {
			t.Fatal(err)
		}
		named := regexp.MustCompile(`[a-z]+\.go`).FindAllString(string(doc), -1)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var files []string
		for _, e := range entries {
			if name := e.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name != "doc.go" {
				files = append(files, name)
			}
		}
		slices.Sort(named)
		if diff := difference(files, named); len(diff) > 0 {
			t.Errorf("%s/doc.go does not name %s", dir, strings.Join(diff, ", "))
		}
		if diff := difference(named, files); len(diff) > 0 {
			t.Errorf("%s/doc.go names what is not there: %s", dir, strings.Join(diff, ", "))
		}
		if len(named) > len(files) {
			t.Errorf("%s/doc.go names a file twice", dir)
		}
	}
}

// difference returns what is in one list and not in another.
func difference(all, but []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(but, s) })
}
