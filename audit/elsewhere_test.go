package audit_test

import (
	"strings"
	"testing"

	"github.com/authgen/authgen/audit"
)

// TestElsewhere holds that frameworks which serve by themselves, and are not read, are
// told once each where the module serves with them.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"go.mod": `module example.com/elsewhere

go 1.26

require (
	github.com/gofiber/fiber/v2 v2.0.0
	github.com/labstack/echo/v5 v5.0.0
	github.com/valyala/fasthttp v1.0.0
)

replace github.com/gofiber/fiber/v2 => ./other/fiber

replace github.com/labstack/echo/v5 => ./other/echo

replace github.com/valyala/fasthttp => ./other/fasthttp
`,
		"other/fiber/go.mod":     "module github.com/gofiber/fiber/v2\n\ngo 1.26\n",
		"other/fiber/fiber.go":   "package fiber\n\ntype App struct{}\n\nfunc New() *App { return nil }\n\ntype Ctx struct{}\n",
		"other/echo/go.mod":      "module github.com/labstack/echo/v5\n\ngo 1.26\n",
		"other/echo/echo.go":     "package echo\n\ntype Echo struct{}\n\nfunc New() *Echo { return nil }\n",
		"other/fasthttp/go.mod":  "module github.com/valyala/fasthttp\n\ngo 1.26\n",
		"other/fasthttp/fast.go": "package fasthttp\n\ntype Client struct{}\n\ntype Server struct{}\n",
		"cmd/fiber/main.go":      "package main\n\nimport \"github.com/gofiber/fiber/v2\"\n\nfunc main() {\n\tfiber.New()\n}\n",
		"cmd/fiber/handlers.go":  "package main\n\nimport \"github.com/gofiber/fiber/v2\"\n\nfunc list(*fiber.Ctx) {}\n",
		"cmd/again/main.go":      "package main\n\nimport \"github.com/gofiber/fiber/v2\"\n\nfunc main() { fiber.New() }\n",
		"cmd/mixed/main.go":      "package main\n\nimport (\n\t\"net/http\"\n\n\t\"example.com/elsewhere/web\"\n)\n\nfunc main() {\n\tweb.Run()\n\thttp.ListenAndServe(\":8080\", http.NotFoundHandler())\n}\n",
		"web/web.go":             "package web\n\nimport e \"github.com/labstack/echo/v5\"\n\nfunc Run() {\n\te.New()\n}\n",
		"client/client.go":       "package client\n\nimport \"github.com/valyala/fasthttp\"\n\nvar C fasthttp.Client\n",
	})
	result, err := audit.Audit(t.Context(), audit.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range result.Diagnostics {
		if d.Code == audit.CodeEnd {
			got = append(got, d.String())
		}
	}
	want := []string{
		"cmd/again/main.go:5:15: the trail ends here: routes on github.com/gofiber/fiber/v2 are not read",
		"web/web.go:6:2: the trail ends here: routes on github.com/labstack/echo/v5 are not read",
	}
	if len(got) != len(want) || !strings.HasPrefix(got[0], want[0]) || !strings.HasPrefix(got[1], want[1]) {
		t.Errorf("got %q, want %q", got, want)
	}
}
