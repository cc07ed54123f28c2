package audit_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/authgen/authgen/audit"
)

// perPackage is the number of routes of each package of the corpus.
const perPackage = 8

// corpus makes a gin application of n packages, each with a controller that
// registers routes in a group behind middleware, a service that it calls and a
// repository that has nothing to do with routes.
func corpus(b *testing.B, n int) string {
	b.Helper()
	dir := b.TempDir()
	files := map[string]string{}
	var imports, calls bytes.Buffer
	for i := range (n + 2) / 3 {
		name := fmt.Sprintf("area%04d", i)
		fmt.Fprintf(&imports, "\t\"%s/%s\"\n", module, name)
		fmt.Fprintf(&calls, "\t%s.New(%[1]s.NewService()).Register(r.Group(\"/%[1]s\", mw.User(store)))\n", name)
		var routes, handlers bytes.Buffer
		for k := range perPackage {
			fmt.Fprintf(&routes, "\tg.GET(\"/things%d/:id\", c.get%[1]d)\n", k)
			fmt.Fprintf(&handlers, "\nfunc (c *Controller) get%d(ctx *gin.Context) {\n\tv, err := c.service.Sum([]int{%[1]d}, 1)\n\tif err != nil {\n\t\tctx.AbortWithStatus(500)\n\t\treturn\n\t}\n\tctx.JSON(200, v)\n}\n", k)
		}
		var work bytes.Buffer
		for k := range 40 {
			fmt.Fprintf(&work, "\nfunc (s *Service) sum%d(values []int, limit int) (total int, err error) {\n\tfor _, v := range values {\n\t\tif total += v; total > limit {\n\t\t\treturn total, nil\n\t\t}\n\t}\n\treturn total, nil\n}\n", k)
		}
		files[name+"/controller.go"] = fmt.Sprintf(`package %s

import "github.com/gin-gonic/gin"

// Controller has handlers.
type Controller struct{ service *Service }

// New makes one.
func New(s *Service) *Controller { return &Controller{s} }

// Register adds the routes.
func (c *Controller) Register(g *gin.RouterGroup) {
%s}
%s`, name, &routes, &handlers)
		files[name+"/service.go"] = fmt.Sprintf("package %s\n\nimport \"%s/%s/repo\"\n\n// Service sums.\ntype Service struct{ repo repo.Repo }\n\n// NewService makes one.\nfunc NewService() *Service { return &Service{} }\n\n// Sum sums.\nfunc (s *Service) Sum(values []int, limit int) (int, error) { return s.sum0(values, limit) }\n%s", name, module, name, &work)
		files[name+"/repo/repo.go"] = "// Package repo stores.\npackage repo\n\n// Repo stores.\ntype Repo struct{ Rows []string }\n"
	}
	files["mw/mw.go"] = `// Package mw has middleware.
package mw

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// User lets in who has a session.
func User(sessions map[string]string) gin.HandlerFunc {
	return func(c *gin.Context) {
		if _, ok := sessions[c.GetHeader("Authorization")]; !ok {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		c.Next()
	}
}
`
	files["main.go"] = fmt.Sprintf("package main\n\nimport (\n\t\"github.com/gin-gonic/gin\"\n\n%s\t\"%s/mw\"\n)\n\nvar store = map[string]string{}\n\nfunc main() {\n\tr := gin.New()\n%s\t_ = r.Run()\n}\n", &imports, module, &calls)
	writeModule(b, dir, files)
	return dir
}

// writeModule writes the files of a module that needs what this one does.
func writeModule(tb testing.TB, dir string, files map[string]string) {
	tb.Helper()
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		tb.Fatal(err)
	}
	sum, err := os.ReadFile("../go.sum")
	if err != nil {
		tb.Fatal(err)
	}
	files["go.mod"] = string(bytes.Replace(mod, []byte("module github.com/authgen/authgen"), []byte("module "+module), 1))
	files["go.sum"] = string(sum)
	writeFiles(tb, dir, files)
}

// writeFiles writes files, by their paths in a folder.
func writeFiles(tb testing.TB, dir string, files map[string]string) {
	tb.Helper()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			tb.Fatal(err)
		}
	}
}

// cpu returns the CPU time of this process and of those that it started and
// that ended.
func cpu(b *testing.B) (total time.Duration) {
	b.Helper()
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		total += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return total
}

// BenchmarkAudit finds and judges the routes of applications of n packages, in
// CPU time beside that of the go command that it starts with. The build cache is
// warm.
func BenchmarkAudit(b *testing.B) {
	for _, n := range []int{15, 150, 1500} {
		b.Run(fmt.Sprintf("packages=%d", n), func(b *testing.B) {
			dir := corpus(b, n)
			list := func() {
				cmd := exec.CommandContext(b.Context(), "go", "list", "-export", "-deps", "./...")
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
			}
			list()
			before := cpu(b)
			list()
			floor := cpu(b) - before
			before = cpu(b)
			runs := 0
			for b.Loop() {
				result, err := audit.Audit(b.Context(), audit.Config{Dir: dir})
				if err != nil {
					b.Fatal(err)
				}
				if want := (n + 2) / 3 * perPackage; len(result.Routes) != want {
					b.Fatalf("%d routes, want %d", len(result.Routes), want)
				}
				for _, r := range result.Routes {
					if r.Protection != "middleware" {
						b.Fatalf("%s %s: %s", r.Path, r.Protection, r.Evidence)
					}
				}
				runs++
			}
			used := (cpu(b) - before) / time.Duration(runs)
			b.ReportMetric(used.Seconds()*1000, "cpu-ms/op")
			b.ReportMetric(float64(used)/float64(floor), "x-go-list")
		})
	}
}
