package authgen_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/authgen/authgen/internal/consumer"
)

// application is a service as it is before it uses authgen, and its handlers
// and main function with rules.
type application struct {
	name, requirement string
	before            string
	files, main       string
}

var applications = []application{
	{
		name: "nethttp",
		before: `package main

import "net/http"

func main() { _ = http.NewServeMux() }
`,
		files: `package files

import (
	"net/http"

	auth "github.com/authgen/authgen/runtime"
)

type API struct{}

//auth:route=POST /files
//auth:permissions=uploadFile
func (*API) Upload(w http.ResponseWriter, r *http.Request, user *auth.User) {}
`,
		main: `mux := http.NewServeMux()
	files.ProtectAPI(guard, &files.API{}).RegisterRoutes(mux)`,
	},
	{
		name:        "gin",
		requirement: "github.com/gin-gonic/gin v1.10.0",
		before: `package main

import "github.com/gin-gonic/gin"

func main() { _ = gin.New() }
`,
		files: `package files

import (
	"github.com/gin-gonic/gin"

	auth "github.com/authgen/authgen/runtime"
)

type API struct{}

//auth:route=POST /files
//auth:permissions=uploadFile
func (*API) Upload(c *gin.Context, user *auth.User) {}
`,
		main: `engine := gin.New()
	api := files.ProtectAPI(guard, &files.API{})
	engine.POST("/other", api.Upload)
	api.RegisterRoutes(engine)`,
	},
	{
		name:        "echo",
		requirement: "github.com/labstack/echo/v4 v4.13.3",
		before: `package main

import "github.com/labstack/echo/v4"

func main() { _ = echo.New() }
`,
		files: `package files

import (
	"github.com/labstack/echo/v4"

	auth "github.com/authgen/authgen/runtime"
)

type API struct{}

//auth:route=POST /files
//auth:permissions=uploadFile
func (*API) Upload(c echo.Context, user *auth.User) error { return nil }
`,
		main: `e := echo.New()
	api := files.ProtectAPI(guard, &files.API{})
	e.POST("/other", api.Upload)
	api.RegisterRoutes(e)`,
	},
}

// mainFile returns main.go with rules in use.
func (a application) mainFile() string {
	framework := "net/http"
	if path, _, ok := strings.Cut(a.requirement, " "); ok {
		framework = path
	}
	// A line of this file that began like that would run here.
	return "package main\n\n//go:generate go tool authgen\n" + `
import (
	"context"
	"log"

	"` + framework + `"

	"example.com/app/files"
	auth "github.com/authgen/authgen/runtime"
)

func main() {
	guard, err := auth.New(context.Background(), auth.Issuer("https://id.example.com", auth.Audience("files-api")))
	if err != nil {
		log.Fatal(err)
	}
	` + a.main + `
}
`
}

// readmeBlock returns the block of README with a marker that holds a text.
func readmeBlock(t *testing.T, marker, text string) block {
	t.Helper()
	for _, b := range blocks(t, "README.md") {
		if b.marker == marker && strings.Contains(b.text, text) {
			return b
		}
	}
	t.Fatalf("README has no block %q with %q", marker, text)
	return block{}
}

// TestInstall runs README's commands in modules that use the frameworks at
// versions older than those this module requires.
func TestInstall(t *testing.T) {
	t.Parallel()
	commands := readmeBlock(t, "run", "go get -tool").text
	for _, a := range applications {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			var requirements []string
			if a.requirement != "" {
				requirements = append(requirements, a.requirement)
			}
			m := consumer.New(t, requirements...)
			m.Write(t, "main.go", a.before)
			m.Must(t, "go mod tidy")

			m.Write(t, "files/files.go", a.files)
			m.Write(t, "main.go", a.mainFile())
			m.Must(t, commands)
			m.Must(t, "go mod tidy -diff && go build ./... && go vet ./...")
			if out := m.Must(t, "go tool authgen version"); !strings.Contains(out, consumer.Version) {
				t.Errorf("version %q, want %s", out, consumer.Version)
			}
			if out := m.Must(t, "ls -A . files"); !strings.Contains(out, "auth_gen.go") || !strings.Contains(out, "auth.manifest.json") {
				t.Errorf("generation left %q", out)
			}
		})
	}
}

// TestInstallFromClone runs README's commands for the time before a release.
func TestInstallFromClone(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	m := consumer.New(t)
	a := applications[0]
	m.Write(t, "files/files.go", a.files)
	m.Write(t, "main.go", a.mainFile())
	m.Must(t, strings.ReplaceAll(readmeBlock(t, "clone", "-replace").text, "../authgen", root))
	m.Must(t, "go mod tidy -diff && go build ./... && go vet ./...")
	if out := m.Must(t, "go list -m "+modulePath); !strings.Contains(out, "=> "+root) {
		t.Errorf("the module is not the clone: %s", out)
	}
}

// TestReadmeVersions holds that README names the versions of the frameworks to
// which installing raises an application's.
func TestReadmeVersions(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"gin": "github.com/gin-gonic/gin", "echo": "github.com/labstack/echo/v4"} {
		_, version, _ := strings.Cut(string(mod), path+" ")
		version, _, _ = strings.Cut(version, "\n")
		if want := name + " " + version; !strings.Contains(string(readme), want) {
			t.Errorf("README does not name %s", want)
		}
	}
}

// TestReadmeExample holds that README's guard admits a token of its issuer that
// satisfies README's rule, and no other.
func TestReadmeExample(t *testing.T) {
	t.Parallel()
	m := consumer.New(t)
	for _, b := range blocks(t, "README.md") {
		if name, ok := strings.CutPrefix(b.marker, "file: "); ok {
			m.Write(t, name, b.text)
		}
	}
	guard := regexp.MustCompile(`(?s)auth\.New\(.*?\)\)\)`).FindString(readmeBlock(t, "file: main.go", "auth.New").text)
	issuer := regexp.MustCompile(`"https://[^"]*"`)
	if !issuer.MatchString(guard) {
		t.Fatalf("no guard with an issuer in README: %q", guard)
	}
	m.Write(t, "files/files_test.go", `package files_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/app/files"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

func TestUpload(t *testing.T) {
	issuer := authtest.New(t, authtest.WithAudience("files-api"))
	guard, err := `+issuer.ReplaceAllString(guard, "issuer.URL()")+`
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	files.Protect(guard).RegisterRoutes(mux)
	for tenant, want := range map[string]int{"t1": http.StatusCreated, "t2": http.StatusForbidden} {
		token := issuer.Token(authtest.User("auth0|ada"), authtest.Claim("org_id", tenant),
			authtest.Claim("azp", "app"), authtest.Permissions("uploadFile"))
		r := httptest.NewRequest("POST", "/tenants/t1/files", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("tenant %s: status %d, want %d", tenant, w.Code, want)
		}
	}
}
`)
	m.Must(t, readmeBlock(t, "run", "go get -tool").text+"go test ./files")
}

// TestNetHTTPConsumer holds that a service with net/http builds golang-jwt and
// nothing else besides this module's own packages.
func TestNetHTTPConsumer(t *testing.T) {
	t.Parallel()
	m := consumer.New(t)
	m.Write(t, "main.go", `package main

import (
	"context"
	"net/http"

	"github.com/authgen/authgen/adapters/nethttp"
	auth "github.com/authgen/authgen/runtime"
)

func main() {
	guard, err := auth.New(context.Background())
	if err != nil {
		panic(err)
	}
	rule := &auth.Rule{Handler: "main", Access: auth.Restricted, All: []auth.Demands{{Roles: []string{"admin"}}}}
	http.Handle("/", nethttp.Handler(guard, rule, http.NotFoundHandler()))
}
`)
	m.Must(t, "go get github.com/authgen/authgen/runtime@latest\ngo mod tidy\ngo build ./...")
	const own = modulePath + "@" + consumer.Version
	out := m.Must(t, `go list -deps -f '{{if not .Standard}}{{with .Module}}{{.Path}}{{with .Version}}@{{.}}{{end}}{{end}}{{end}}' ./... | sort -u`)
	for line := range strings.Lines(out) {
		switch module := strings.TrimSpace(line); {
		case module == "" || module == "example.com/app" || module == own || strings.HasPrefix(module, "github.com/golang-jwt/jwt/v5@"):
		default:
			t.Errorf("the service builds packages of %s", module)
		}
	}
	if !strings.Contains(out, own) {
		t.Errorf("the service does not build %s:\n%s", own, out)
	}
	if mod := m.Must(t, "cat go.mod"); strings.Count(mod, "// indirect") != 1 {
		t.Errorf("go.mod requires more than golang-jwt beside authgen:\n%s", mod)
	}
}
