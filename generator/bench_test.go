package generator_test

import (
	"fmt"
	"testing"

	"github.com/authgen/authgen/generator"
)

// corpus makes a module of n files: ten to a package, one of them with two
// handlers, the others as long as ordinary files are.
func corpus(b *testing.B, n int) string {
	b.Helper()
	dir := b.TempDir()
	files := map[string]string{"go.mod": "module example.com/app\n\ngo 1.26.0\n"}
	for i := range n {
		pkg := fmt.Sprintf("p%04d", i/10)
		name := fmt.Sprintf("%s/f%d.go", pkg, i%10)
		text := fmt.Sprintf("package %s\n\n", pkg)
		if i%10 == 0 {
			text += `import (
	"net/http"

	auth "github.com/authgen/authgen/runtime"
)

// API has the handlers.
type API struct{}

// Get reads a thing.
//
//auth:route=GET /tenants/{tenantID}/things/{id}
//auth:permissions=readThing
//auth:tenant=tenantID
func (*API) Get(w http.ResponseWriter, r *http.Request) {}

// Put writes a thing.
//
//auth:route=PUT /tenants/{tenantID}/things/{id}
//auth:policy=role("admin") || permission("writeThing") && !role("blocked")
//auth:tenant=tenantID
func (*API) Put(w http.ResponseWriter, r *http.Request, user *auth.User) {}
`
		}
		for f := range 20 {
			text += fmt.Sprintf(`
// sum%[1]d%[2]d adds what it is given, and so is as long as a function often is.
func sum%[1]d%[2]d(values []int, limit int) (total int, err error) {
	for _, v := range values {
		if total += v; total > limit {
			return total, nil
		}
	}
	return total, nil
}
`, i%10, f)
		}
		files[name] = text
	}
	write(b, dir, files)
	return dir
}

// BenchmarkUnchanged is a run in which nothing changed.
func BenchmarkUnchanged(b *testing.B) {
	for _, n := range []int{500, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cfg := generator.Config{Dir: corpus(b, n)}
			first := generate(b, cfg)
			if err := first.Commit(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if !generate(b, cfg).Unchanged {
					b.Fatal("the run was not skipped")
				}
			}
		})
	}
}

// BenchmarkRegenerate is a run that does all of the work on the code: no file
// was generated before.
func BenchmarkRegenerate(b *testing.B) {
	for _, n := range []int{500, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cfg := generator.Config{Dir: corpus(b, n), CodeOnly: true, NoCache: true}
			b.ReportAllocs()
			for b.Loop() {
				if got := len(generate(b, cfg).Files); got != n/10 {
					b.Fatalf("%d files", got)
				}
			}
		})
	}
}
