package manifest_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/authgen/authgen/manifest"
)

// routes returns a manifest with a route of each kind, in no order, of one or of
// several routers.
func routes(several bool) *manifest.Manifest {
	const server, admin = "example.com/app/cmd/server", "example.com/app/cmd/admin"
	m := &manifest.Manifest{Schema: manifest.Schema, Module: "example.com/app", Routes: []manifest.Route{
		{
			Program: server, Router: "1", Method: "POST", Path: "/files", Framework: "nethttp", Handler: "example.com/app/files.(*API).Upload",
			Protection: manifest.Guarded, Rule: &manifest.Rule{Roles: []string{"admin", "editor"}, StepUp: "any", Also: []manifest.Rule{{Tenant: "id"}}},
			RuleSource: "files/files.go", Registered: "main.go: main", Chain: []string{"mw.Log", "mw.Trace"}, Position: "main.go:12:3",
		},
		{
			Program: server, Router: "1", Method: "ANY", Host: "example.com", Path: "/{cfg.Base}|x`", Framework: "nethttp", Handler: "net/http.NotFound",
			Protection: manifest.Unproven, Evidence: "main.go: h is what load(\"a\tb\") returns", Condition: "cfg.Debug", Position: "main.go:14:3",
		},
		{
			Program: server, Router: "1", Method: "GET", Path: "/healthz", Framework: "nethttp", Handler: "example.com/app/files.Health",
			Protection: manifest.Public, Rule: &manifest.Rule{Access: "public", Reason: "load balancer"}, Position: "main.go:13:3",
		},
	}}
	if several {
		m.Routes = append(m.Routes,
			manifest.Route{Program: server, Router: "10", Method: "GET", Path: "/b", Framework: "gin", Handler: "main.b", Protection: manifest.Middleware, Evidence: "mw.go: denies when user is nil"},
			manifest.Route{Program: server, Router: "2", Method: "GET", Path: "/a", Framework: "gin", Handler: "main.a", Protection: manifest.Unprotected},
			manifest.Route{Program: admin, Router: "1", Method: "GET", Path: "/a", Framework: "echo", Handler: "main.a", Protection: manifest.Conditional, Evidence: "only when cfg.Auth"},
			manifest.Route{Method: "GET", Path: "/lib", Framework: "gin", Handler: "example.com/app/lib.H", Protection: manifest.Declared, Rule: &manifest.Rule{Policy: `role("a")`}},
		)
	}
	return m
}

func TestWriteText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		several, details bool
		want             string
	}{
		{"OneRouter", false, false, `
METHOD  PATH                       PROTECTION  HANDLER              RULE OR EVIDENCE
POST    /files                     guarded     files.(*API).Upload  roles=admin,editor; stepup; tenant=id
GET     /healthz                   public      files.Health         public reason="load balancer"
ANY     example.com/{cfg.Base}|x` + "`" + `  unproven    net/http.NotFound    main.go: h is what load("a\tb") returns

3 routes: 1 guarded, 1 public, 1 unproven
`},
		{"Details", false, true, `
METHOD  PATH                       PROTECTION  HANDLER              RULE OR EVIDENCE
POST    /files                     guarded     files.(*API).Upload  roles=admin,editor; stepup; tenant=id
    at: main.go:12:3
    in: main.go: main
    behind: mw.Log, mw.Trace
    rule from: files/files.go
GET     /healthz                   public      files.Health         public reason="load balancer"
    at: main.go:13:3
ANY     example.com/{cfg.Base}|x` + "`" + `  unproven    net/http.NotFound    main.go: h is what load("a\tb") returns
    at: main.go:14:3
    when: cfg.Debug

3 routes: 1 guarded, 1 public, 1 unproven
`},
		{"Several", true, false, `
declared and not registered by a program of the module
  METHOD  PATH  PROTECTION  HANDLER  RULE OR EVIDENCE
  GET     /lib  declared    lib.H    policy=role("a")

example.com/app/cmd/admin, router 1 (echo)
  METHOD  PATH  PROTECTION   HANDLER  RULE OR EVIDENCE
  GET     /a    conditional  main.a   only when cfg.Auth

example.com/app/cmd/server, router 1 (nethttp)
  METHOD  PATH                       PROTECTION  HANDLER              RULE OR EVIDENCE
  POST    /files                     guarded     files.(*API).Upload  roles=admin,editor; stepup; tenant=id
  GET     /healthz                   public      files.Health         public reason="load balancer"
  ANY     example.com/{cfg.Base}|x` + "`" + `  unproven    net/http.NotFound    main.go: h is what load("a\tb") returns

example.com/app/cmd/server, router 2 (gin)
  METHOD  PATH  PROTECTION   HANDLER  RULE OR EVIDENCE
  GET     /a    unprotected  main.a

example.com/app/cmd/server, router 10 (gin)
  METHOD  PATH  PROTECTION  HANDLER  RULE OR EVIDENCE
  GET     /b    middleware  main.b   mw.go: denies when user is nil

7 routes: 1 guarded, 1 middleware, 1 public, 1 declared, 1 conditional, 1 unproven, 1 unprotected
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := manifest.WriteText(&b, routes(c.several), c.details); err != nil {
				t.Fatal(err)
			}
			if got := "\n" + b.String(); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
	// What is too wide for a line is whole below it.
	long := strings.Repeat("é when x ", 20) + "end"
	wide := &manifest.Manifest{Module: "example.com/app/v2", Routes: []manifest.Route{{Method: "GET", Path: "/", Handler: "example.com/app/v2.h", Protection: manifest.Conditional, Evidence: long, Chain: []string{"example.com/app/v2/mw.A", "net/http.B"}}}}
	for _, details := range []bool{false, true} {
		var b strings.Builder
		if err := manifest.WriteText(&b, wide, details); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "    evidence: "+long+"\n") != details || strings.Contains(b.String(), "    behind: mw.A, net/http.B\n") != details || !strings.Contains(b.String(), "conditional  app.h ") || !strings.Contains(b.String(), " …\n") {
			t.Errorf("details %v:\n%s", details, &b)
		}
	}
	// The bytes of a path are no part of the table's form.
	odd := &manifest.Manifest{Module: "m", Routes: []manifest.Route{
		{Method: "GET", Path: "/a\xff\x1b[0m\n", Handler: "m.h", Protection: manifest.Unprotected}, {Method: "GET", Path: "/b", Handler: "m.b", Protection: manifest.Unprotected},
	}}
	var table strings.Builder
	if err := manifest.WriteText(&table, odd, false); err != nil || !strings.Contains(table.String(), "\nGET     /a\\xff\\x1b[0m\\n  unprotected  m.h\nGET     /b               unprotected  m.b\n") {
		t.Errorf("%v\n%s", err, &table)
	}
	var b strings.Builder
	if err := manifest.WriteText(&b, new(manifest.Manifest), false); err != nil || b.String() != "0 routes\n" {
		t.Errorf("without routes: %q, %v", b.String(), err)
	}
}

func TestWriteMarkdown(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := manifest.WriteMarkdown(&b, routes(false)); err != nil {
		t.Fatal(err)
	}
	const want = "| method | path | protection | handler | rule or evidence |\n|---|---|---|---|---|\n" +
		"| POST | `/files` | guarded | `files.(*API).Upload` | roles=admin,editor; stepup; tenant=id |\n" +
		"| GET | `/healthz` | public | `files.Health` | public reason=\"load balancer\" |\n" +
		"| ANY | `` example.com/{cfg.Base}\\|x` `` | unproven | `net/http.NotFound` | main.go: h is what load(\"a\\\\tb\") returns |\n\n" +
		"3 routes: 1 guarded, 1 public, 1 unproven\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := manifest.WriteMarkdown(&b, routes(true)); err != nil || strings.Count(b.String(), "\n### ")+1 != 5 {
		t.Errorf("%v, want 5 headings:\n%s", err, b.String())
	}
}

func TestWriteCSV(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := manifest.WriteCSV(&b, routes(true)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 8 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	const want = "example.com/app/cmd/server 1 POST  /files nethttp example.com/app/files.(*API).Upload guarded roles=admin,editor; stepup; tenant=id " +
		"files/files.go main.go: main mw.Log > mw.Trace   main.go:12:3"
	if got := strings.Join(rows[3], " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := strings.Join(rows[0], " "); got != "program router method host path framework handler protection rule rule_source registered chain condition evidence position" {
		t.Errorf("head %s", got)
	}
	b.Reset()
	sheet := &manifest.Manifest{Routes: []manifest.Route{{Method: "=A1", Host: "@x", Path: "/-", Condition: "-1 < n", Evidence: "a\n+b, \"c\""}}}
	if err := manifest.WriteCSV(&b, sheet); err != nil {
		t.Fatal(err)
	}
	if rows, err = csv.NewReader(&b).ReadAll(); err != nil || strings.Join(rows[1], " ") != "  '=A1 '@x /-        '-1 < n a\n+b, \"c\" " {
		t.Errorf("formulas: %q, %v", rows, err)
	}
}

// TestMarshalListing holds that a listing is a manifest with positions, each
// with its own route.
func TestMarshalListing(t *testing.T) {
	t.Parallel()
	data, err := manifest.MarshalListing(routes(true))
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range m.Routes {
		if want := map[string]string{"/files": "main.go:12:3", "/healthz": "main.go:13:3"}[r.Path]; want != "" && r.Position != want {
			t.Errorf("%s stands at %q, want %q", r.Pattern(), r.Position, want)
		}
	}
	if !manifest.Equal(m, routes(true)) {
		t.Error("the listing has other content than the manifest")
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	root := loadSchema(t)
	for _, wrong := range root.validate(root, "listing", value) {
		t.Error(wrong)
	}
}
