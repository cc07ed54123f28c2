package manifest_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authgen/authgen/manifest"
)

// sample returns a manifest in which every field of every type is set, in an
// order that Marshal has to change.
func sample() *manifest.Manifest {
	rule := &manifest.Rule{
		Access: "authenticated", Reason: "r", Roles: []string{"admin"}, Permissions: []string{"a<b>&c"}, Scopes: []string{"files:read"},
		Tokens: []string{"user"}, Issuers: []string{"partner"}, Features: []string{"sso"}, Tenant: "tenantID", Owner: "userID",
		StepUp: "10m0s", Actor: "none", Checks: []string{"project:{id}#update"}, Policy: `role("admin")`,
		Also: []manifest.Rule{{Roles: []string{"auditor"}}}, Audit: "Upload", Severity: "High", AuditRequired: true, Replace: true,
	}
	return &manifest.Manifest{
		Schema: manifest.Schema,
		Module: "example.com/app",
		Build:  manifest.Build{GOOS: "linux", GOARCH: "amd64", Tags: []string{"b", "a"}},
		Routes: []manifest.Route{
			{
				Program: "example.com/app/cmd/server", Router: "1", Method: "POST", Host: "h", Path: "/files", Framework: "nethttp",
				Handler: "example.com/app/files.(*API).Upload", Protection: manifest.Guarded, Rule: rule, RuleSource: "files/files.go",
				Registered: "cmd/server/main.go: main", Chain: []string{"z", "a"}, Condition: "c", Evidence: "e", Position: "main.go:1:2",
			},
			{Method: "GET", Path: "/a", Framework: "gin", Handler: "example.com/app.A", Protection: manifest.Declared},
		},
		Rules: []manifest.NamedRule{{Name: "billing", Rule: &manifest.Rule{Roles: []string{"accountant"}}}},
		Handlers: []manifest.Handler{
			{
				Handler: "example.com/app/files.(*API).Upload", Framework: "nethttp", Rule: rule, RuleSource: "files/files.go", Registered: new(true),
				Demands: []manifest.Demand{{Demand: "roles=admin", Source: "package files"}}, Routes: []string{"POST /files"},
			},
			{Handler: "example.com/app.A", Framework: "gin", Rule: &manifest.Rule{Access: "public"}, RuleSource: "a.go"},
		},
		Roles:               []string{"auditor", "admin"},
		Permissions:         []string{"a<b>&c"},
		FrontierPermissions: []manifest.FrontierPermission{{Check: "storage/file#uploadFile", Key: "storage.file.upload"}, {Check: "project#update", Key: "app.project.update"}},
		Skipped:             []manifest.Skipped{{What: "files_windows.go", Why: "build constraint"}},
	}
}

func marshal(t *testing.T, m *manifest.Manifest) []byte {
	t.Helper()
	data, err := manifest.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestMarshalIsCanonical(t *testing.T) {
	t.Parallel()
	m := sample()
	data := marshal(t, m)
	if m.Routes[0].Method != "POST" || m.Roles[0] != "auditor" || m.Build.Tags[0] != "b" || m.Routes[0].Position == "" {
		t.Error("Marshal changed its argument")
	}
	other := sample()
	other.Routes[0], other.Routes[1] = other.Routes[1], other.Routes[0]
	other.Handlers[0], other.Handlers[1] = other.Handlers[1], other.Handlers[0]
	other.Roles[0], other.Roles[1] = other.Roles[1], other.Roles[0]
	if !bytes.Equal(data, marshal(t, other)) || !manifest.Equal(m, other) {
		t.Error("the order of entries changes the output")
	}
	if !bytes.HasSuffix(data, []byte("}\n")) || bytes.HasSuffix(data, []byte("\n\n")) {
		t.Error("want one newline at the end")
	}
	if !bytes.Contains(data, []byte(`"a<b>&c"`)) {
		t.Error("output is escaped for HTML")
	}
	if bytes.Contains(data, []byte("main.go:1:2")) {
		t.Error("output holds a position")
	}
	if !bytes.Contains(data, []byte("\"z\",\n        \"a\"")) {
		t.Error("the order of the chain is not kept")
	}
}

func TestMarshalEmptyLists(t *testing.T) {
	t.Parallel()
	data := marshal(t, &manifest.Manifest{Schema: manifest.Schema, Module: "m", Routes: []manifest.Route{{}}})
	if bytes.Contains(data, []byte("null")) {
		t.Errorf("want [] for empty lists:\n%s", data)
	}
	if n := bytes.Count(data, []byte("[]")); n != 6 {
		t.Errorf("%d empty lists, want 6:\n%s", n, data)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	data := marshal(t, sample())
	path := filepath.Join(t.TempDir(), manifest.FileName)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, marshal(t, m)) {
		t.Error("reading and writing changes the manifest")
	}
	if _, err := manifest.Read(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want one that says the file does not exist", err)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	const head = `{"schema": "authgen.manifest/v1", `
	for _, c := range []struct{ name, in, want string }{
		{"Empty", "", "1:1: unexpected end"},
		{"Blank", " \n", "unexpected end"},
		{"NotJSON", "routes:\n", "1:1: invalid character"},
		{"List", "[]", "1:1: want one JSON object"},
		{"Number", "1", "1:1: want one JSON object"},
		{"Cut", "{\n\"schema\":", "2:"},
		{"CutInList", head + `"roles": ["a"`, "unexpected end"},
		{"NoSchema", "{}", "no schema field"},
		{"SchemaNumber", `{"schema": 1}`, "1:12: schema: a JSON number does not fit"},
		{"OtherSchema", `{"schema": "authgen.manifest/v2", "new": 1}`, `schema "authgen.manifest/v2" is not known`},
		{"UnknownField", head + `"rotues": []}`, `unknown field "rotues"`},
		{"Capitals", head + "\n\"Routes\": []}", `2:8: unknown field "Routes"`},
		{"LongS", head + `"routeſ": []}`, `unknown field "routeſ"`},
		{"Twice", head + `"roles": [],` + "\n" + `"roles": []}`, `2:7: field "roles" stands twice`},
		{"TwiceInside", head + `"routes": [{"rule": {}, "rule": null}]}`, `field "rule" stands twice`},
		{"WrongType", head + "\n\"routes\": [{\"path\": 1}]}", "2:"},
		{"After", head + `"roles": []} {}`, "text after the end"},
		{"Protection", head + `"routes": [{"method": "GET", "path": "/a", "protection": "Guarded"}]}`, `routes[0] (GET /a): protection "Guarded" is not known`},
		{"Merge", "{\n<<<<<<< HEAD\n", "unresolved merge"},
		{"Deep", strings.Repeat("[", 100000), "want one JSON object"},
		{"DeepInside", `{"a":` + strings.Repeat("[", 100000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, err := manifest.Parse([]byte(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if m != nil {
				t.Error("a manifest came with the error")
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	data, err := manifest.Marshal(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema": "authgen.manifest/v1"}`))
	f.Add([]byte(`{"schema": "authgen.manifest/v1", "routes": null, "roles": [""]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Parse(data)
		if err != nil {
			return
		}
		again, err := manifest.Parse(marshal(t, m))
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if !manifest.Equal(m, again) || len(manifest.Drift(m, again)) != 0 {
			t.Error("what was read changes when written")
		}
	})
}
