package generator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authgen/authgen/generator"
)

// TestVendor generates in a module that vendors its dependencies, where types
// come from the vendored copies.
func TestVendor(t *testing.T) {
	t.Parallel()
	dir := unpack(t, `
-- go.mod --
module example.com/app

go 1.26.0

require example.com/dep v1.0.0
-- vendor/modules.txt --
# example.com/dep v1.0.0
## explicit; go 1.26.0
example.com/dep
-- vendor/example.com/dep/dep.go --
package dep

import "net/http"

type Writer = http.ResponseWriter

// auth:roles=ignored, as this is another's code
func Handler() http.Handler { return http.NotFoundHandler() }
-- files/files.go --
package files

import (
	"net/http"

	"example.com/dep"
)

//auth:roles=admin
func Aliased(w dep.Writer, r *http.Request) {}

//auth:roles=admin
var Value = dep.Handler()
`)
	result := generate(t, generator.Config{Dir: dir})
	if got := findings(result); got != "" {
		t.Fatalf("findings:\n%s", got)
	}
	commit(t, result)
	for _, part := range []string{"func (p Protected) Aliased(w http.ResponseWriter, r *http.Request) {", "Value.ServeHTTP(w, r)"} {
		if !strings.Contains(read(t, dir, "files/auth_gen.go"), part) {
			t.Errorf("the generated file lacks %s:\n%s", part, read(t, dir, "files/auth_gen.go"))
		}
	}
}

// TestWorkspace generates a module of a go.work, whose types come from another
// module of it, and notices when that one changes.
func TestWorkspace(t *testing.T) {
	t.Parallel()
	dir := unpack(t, `
-- go.work --
go 1.26.0

use ./app
use ./dep
-- app/go.mod --
module example.com/app

go 1.26.0
-- app/files/files.go --
package files

import "example.com/dep"

//auth:roles=admin
var Value = dep.Handler()
-- dep/go.mod --
module example.com/dep

go 1.26.0
-- dep/dep.go --
package dep

import "net/http"

func Handler() http.Handler { return http.NotFoundHandler() }
`)
	app := generator.Config{Dir: filepath.Join(dir, "app")}
	result := generate(t, app)
	if got := findings(result); got != "" {
		t.Fatalf("findings:\n%s", got)
	}
	commit(t, result)
	if !strings.Contains(read(t, dir, "app/files/auth_gen.go"), "Value.ServeHTTP(w, r)") {
		t.Errorf("generated:\n%s", read(t, dir, "app/files/auth_gen.go"))
	}
	if !generate(t, app).Unchanged {
		t.Error("the second run did the work again")
	}
	write(t, dir, map[string]string{"dep/dep.go": `package dep

import "net/http"

func Handler() http.HandlerFunc { return http.NotFound }
`})
	result = generate(t, app)
	commit(t, result)
	if !strings.Contains(read(t, dir, "app/files/auth_gen.go"), "Value(w, r)") {
		t.Errorf("a change of the other module was not noticed: %v", paths(result))
	}
	commit(t, generate(t, app))
	write(t, dir, map[string]string{"go.work": read(t, dir, "go.work") + "\n// changed\n"})
	if generate(t, app).Unchanged {
		t.Error("a change of go.work is not noticed")
	}
}

// TestNestedModules holds that other modules below the root are left alone, as
// are folders that the go command does not look into.
func TestNestedModules(t *testing.T) {
	t.Parallel()
	const handler = "package x\n\nimport \"net/http\"\n\n//auth:roles=admin\nfunc X(w http.ResponseWriter, r *http.Request) {}\n\n// auth:roles=wrong\nvar y int\n"
	dir := unpack(t, smallModule)
	write(t, dir, map[string]string{
		"nested/go.mod": "module example.com/nested\n", "nested/x.go": handler,
		"testdata/x.go": handler, "_skip/x.go": handler, ".skip/x.go": handler, "vendor/x/x.go": handler, "files/_x.go": handler, "files/.x.go": handler,
	})
	result := generate(t, generator.Config{Dir: dir})
	if got := strings.Join(paths(result), " "); got != "auth.manifest.json files/auth_gen.go" || len(result.Diagnostics) > 0 {
		t.Errorf("files: %s\n%s", got, findings(result))
	}
}

// TestSettingsOfBuild holds that the manifest lists what is in the build that
// the settings name, and says what it leaves out.
func TestSettingsOfBuild(t *testing.T) {
	t.Parallel()
	dir := copyGolden(t, sources)
	write(t, dir, map[string]string{"authgen.yaml": read(t, dir, "authgen.yaml") + "build: {goos: windows, tags: [integration]}\n"})
	result := generate(t, generator.Config{Dir: dir})
	var handlers []string
	for _, h := range result.Manifest.Handlers {
		handlers = append(handlers, h.Handler)
	}
	all := strings.Join(handlers, " ")
	if !strings.Contains(all, "constrained.API.Windows") || strings.Contains(all, "constrained.API.Linux") || strings.Contains(all, "constrained.API.Tagged") {
		t.Errorf("handlers: %s", all)
	}
	var skipped []string
	for _, s := range result.Manifest.Skipped {
		skipped = append(skipped, s.What)
	}
	if got := strings.Join(skipped, " "); got != "constrained/collide_a.go constrained/collide_b.go constrained/either_b.go constrained/old.go constrained/perbuild_linux.go constrained/some_linux.go constrained/tagged.go constrained/type_linux.go constrained/type_linux_amd64.go" {
		t.Errorf("skipped: %s", got)
	}
}

// TestModuleWithoutDot generates in a module whose path looks like one of the
// standard library's.
func TestModuleWithoutDot(t *testing.T) {
	t.Parallel()
	dir := unpack(t, `
-- go.mod --
module app

go 1.26.0
-- web/web.go --
package web

import "net/http"

type Writer = http.ResponseWriter
-- files/files.go --
package files

import (
	"net/http"

	"app/web"
)

//auth:roles=admin
func Get(w web.Writer, r *http.Request) {}
`)
	result := generate(t, generator.Config{Dir: dir})
	if got := findings(result); got != "" || len(result.Files) != 2 {
		t.Errorf("files %v, findings:\n%s", paths(result), got)
	}
}

// TestDefaultsInDoubt holds that a function below a default is not left open
// because nobody can tell whether it is a handler.
func TestDefaultsInDoubt(t *testing.T) {
	t.Parallel()
	dir := unpack(t, `
-- files/files.go --
// Package files is guarded as a whole.
//
//auth:roles=admin
package files

import (
	"net/http"

	"example.com/nowhere"
)

func Aliased(w nowhere.Writer, r *http.Request) {}

func helper(db *DB) {}

type DB struct{}
`)
	result := generate(t, generator.Config{Dir: dir})
	if len(result.Diagnostics) != 1 || result.Diagnostics[0].Code != generator.CodeTypes || !strings.Contains(result.Diagnostics[0].Message, "Aliased") {
		t.Errorf("findings:\n%s", findings(result))
	}
	if got := paths(result); len(got) > 0 {
		t.Errorf("files: %v", got)
	}
}

// TestResultInDoubt does so for the result of a handler.
func TestResultInDoubt(t *testing.T) {
	t.Parallel()
	dir := unpack(t, `
-- go.mod --
module example.com/app

go 1.26.0

require github.com/labstack/echo/v4 v4.15.4

replace github.com/labstack/echo/v4 => ./echo
-- echo/go.mod --
module github.com/labstack/echo/v4
-- echo/echo.go --
package echo

type Context interface{}
-- files/files.go --
package files

import (
	"example.com/nowhere"
	"github.com/labstack/echo/v4"
)

//auth:roles=admin
type API struct{}

func (API) Get(c echo.Context) error { return nil }

func (API) Put(c echo.Context) nowhere.Error { return nil }
`)
	got := findings(generate(t, generator.Config{Dir: dir}))
	if !strings.Contains(got, "API.Put is cannot be told: the type of its result does not resolve") {
		t.Errorf("findings:\n%s", got)
	}
}

// TestOutsideWorkspace names what the go command says of a module that the
// workspace around it does not list.
func TestOutsideWorkspace(t *testing.T) {
	t.Parallel()
	dir := unpack(t, `
-- go.work --
go 1.26.0

use ./other
-- other/go.mod --
module example.com/other

go 1.26.0
-- app/go.mod --
module example.com/app

go 1.26.0
-- app/files/files.go --
package files

import "example.com/dep"

//auth:roles=admin
var Value = dep.Handler()
`)
	got := findings(generate(t, generator.Config{Dir: filepath.Join(dir, "app")}))
	if !strings.Contains(got, "AUTH044") || !strings.Contains(got, "not one of the workspace modules") {
		t.Errorf("findings:\n%s", got)
	}
}

// TestAliasPerBuild holds that of an alias with one declaration for each of
// several builds the right one says what is a handler below a default.
func TestAliasPerBuild(t *testing.T) {
	t.Parallel()
	dir := unpack(t, `
-- web/a_stub.go --
//go:build stub

package web

type Request = string
-- web/web.go --
//go:build !stub

package web

import "net/http"

type Request = http.Request
-- files/a_stub.go --
//go:build stub

package files

type Writer = string

func (API) Stub(w Writer, r *Writer) {}
-- files/files.go --
package files

import (
	"net/http"

	"example.com/app/web"
)

//auth:roles=admin
type API struct{}

func (API) Near(w Writer, r *http.Request) {}

func (API) Far(w http.ResponseWriter, r *web.Request) {}
-- files/writer.go --
//go:build !stub

package files

import "net/http"

type Writer = http.ResponseWriter
-- doubt/doubt.go --
//go:build other

package doubt

import (
	"net/http"

	"example.com/app/web"
)

//auth:roles=admin
type API struct{}

func (API) Open(w http.ResponseWriter, r *web.Request) {}
`)
	result := generate(t, generator.Config{Dir: dir})
	if len(result.Diagnostics) != 1 || result.Diagnostics[0].Code != generator.CodeTypes || !strings.Contains(result.Diagnostics[0].Message, "API.Open") {
		t.Errorf("findings:\n%s", findings(result))
	}
	commit(t, result)
	code := read(t, dir, "files/auth_gen.go")
	for _, method := range []string{"Near(", "Far("} {
		if !strings.Contains(code, "func (p ProtectedAPI) "+method) {
			t.Errorf("%s is not guarded:\n%s", method, code)
		}
	}
	if strings.Contains(strings.Join(paths(result), " "), "stub") {
		t.Errorf("files: %v", paths(result))
	}
}

// TestForgottenBehindAlias finds a handler without a rule whose types are
// another module's aliases, as those of a handler with one are.
func TestForgottenBehindAlias(t *testing.T) {
	t.Parallel()
	dir := unpack(t, `
-- go.mod --
module example.com/app

go 1.26.0

require (
	example.com/web v0.0.0
	github.com/gin-gonic/gin v1.10.1
)

replace (
	example.com/web => ./web
	github.com/gin-gonic/gin => ./gin
)
-- gin/go.mod --
module github.com/gin-gonic/gin
-- gin/gin.go --
package gin

type Context struct{}

func (*Context) Next() {}
-- web/go.mod --
module example.com/web
-- web/web.go --
package web

import "github.com/gin-gonic/gin"

type Context = gin.Context

type Other struct{}
-- files/files.go --
package files

import "example.com/web"

//auth:roles=admin
func Get(c *web.Context) {}

func Forgotten(c *web.Context) {}

func middleware(c *web.Context) { c.Next() }

func helper(o *web.Other) {}
`)
	result := generate(t, generator.Config{Dir: dir})
	if len(result.Diagnostics) != 1 || result.Diagnostics[0].Code != generator.CodeNoRule || !strings.HasPrefix(result.Diagnostics[0].Message, "Forgotten") {
		t.Errorf("findings:\n%s", findings(result))
	}
}

// TestRulesThatNameRules holds that rules which name each other many times cost
// no more than there are of them: the ways through them are beyond counting.
func TestRulesThatNameRules(t *testing.T) {
	t.Parallel()
	var settings strings.Builder
	settings.WriteString("rules:\n")
	for i := range 7 {
		fmt.Fprintf(&settings, "  r%d: ['policy=%s']\n", i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`rule("r%d") || `, i+1), 40), " || "))
	}
	files := `
-- files/files.go --
package files

import "net/http"

//auth:rule=r0
func Get(w http.ResponseWriter, r *http.Request) {}
-- authgen.yaml --
` + settings.String()
	result := generate(t, generator.Config{Dir: unpack(t, files+"  r7: [roles=admin]\n")})
	if len(result.Diagnostics) > 0 || len(result.Files) != 2 {
		t.Errorf("files: %v, findings:\n%s", paths(result), findings(result))
	}
	got := findings(generate(t, generator.Config{Dir: unpack(t, files+"  r7: [rule=r8]\n")}))
	if !strings.Contains(got, "files/files.go:6:6: Get: rule r8 is more than 8 rules deep") || strings.Count(got, "\n") > 10 {
		t.Errorf("findings:\n%s", got)
	}
}

// TestOddEntries holds that what only looks like a Go file does not stop a run:
// links that lead nowhere, or to folders.
func TestOddEntries(t *testing.T) {
	t.Parallel()
	dir := unpack(t, smallModule)
	for name, target := range map[string]string{"nowhere.go": "missing.go", "folder.go": "."} {
		if err := os.Symlink(target, filepath.Join(dir, "files", name)); err != nil {
			t.Fatal(err)
		}
	}
	result := generate(t, generator.Config{Dir: dir})
	if got := strings.Join(paths(result), " "); got != "auth.manifest.json files/auth_gen.go" || len(result.Diagnostics) > 0 {
		t.Errorf("files: %s, findings:\n%s", got, findings(result))
	}
}

// TestSettingsThatCannotBeRead holds that a run does not go on without settings
// that are there, also if nothing else changed since the last.
func TestSettingsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := unpack(t, smallModule)
	file := filepath.Join(dir, "authgen.yaml")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	commit(t, generate(t, generator.Config{Dir: dir}))
	if err := os.Symlink("missing.yaml", file); err != nil {
		t.Fatal(err)
	}
	if _, err := generator.Generate(t.Context(), generator.Config{Dir: dir}); err == nil {
		t.Error("a link that leads nowhere is taken for no settings")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := generator.Generate(t.Context(), generator.Config{Dir: dir}); err == nil {
		t.Error("a folder is taken for no settings")
	}
}

// TestNamesOfFiles holds that what go build leaves out for its name, up to the
// first dot, is left out of the general file and of the manifest.
func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	const handler = "package files\n\nimport \"net/http\"\n\n//auth:roles=admin\nfunc %s(w http.ResponseWriter, r *http.Request) {}\n"
	dir := unpack(t, smallModule)
	write(t, dir, map[string]string{
		"authgen.yaml":              "build: {goos: android}\n",
		"files/dots_windows.gen.go": strings.Replace(handler, "%s", "Dots", 1),
		"files/also_linux.go":       strings.Replace(handler, "%s", "Also", 1),
		"files/future.go":           "//go:build go1.999\n\n" + strings.Replace(handler, "%s", "Future", 1),
	})
	result := generate(t, generator.Config{Dir: dir})
	commit(t, result)
	if strings.Contains(read(t, dir, "files/auth_gen.go"), "Dots") || !strings.Contains(read(t, dir, "files/auth_windows_gen.go"), "Dots") {
		t.Error("the file's name counts up to its first dot")
	}
	var skipped []string
	for _, s := range result.Manifest.Skipped {
		skipped = append(skipped, s.What)
	}
	if got := strings.Join(skipped, " "); got != "files/dots_windows.gen.go files/future.go" {
		t.Errorf("skipped: %s", got)
	}
}

// TestNamedRulesInManifest holds that a weaker rule of the settings shows where
// only a policy names it.
func TestNamedRulesInManifest(t *testing.T) {
	t.Parallel()
	dir := unpack(t, "-- a/a.go --\npackage a\n\nimport \"net/http\"\n\n//auth:policy=rule(\"v\") || role(\"x\")\nfunc H(w http.ResponseWriter, r *http.Request) {}\n")
	write(t, dir, map[string]string{"authgen.yaml": "rules: {v: [actor=none, tokens=service]}\n"})
	commit(t, generate(t, generator.Config{Dir: dir}))
	write(t, dir, map[string]string{"authgen.yaml": "rules: {v: [tokens=service]}\n"})
	if got := strings.Join(paths(generate(t, generator.Config{Dir: dir})), " "); got != "a/auth_gen.go auth.manifest.json" {
		t.Errorf("files: %s", got)
	}
}
