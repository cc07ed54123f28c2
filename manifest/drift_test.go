package manifest_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/authgen/authgen/manifest"
)

func TestDrift(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*manifest.Manifest)
		want   []string
	}{
		{"Nothing", func(*manifest.Manifest) {}, nil},
		{"Order", func(m *manifest.Manifest) { slices.Reverse(m.Routes) }, nil},
		{"Module", func(m *manifest.Manifest) { m.Module = "example.com/b" }, []string{"module was example.com/app, is example.com/b"}},
		{"Build", func(m *manifest.Manifest) {
			m.Build = manifest.Build{GOOS: "windows", GOARCH: "amd64", Tags: []string{"a", "c"}}
		}, []string{
			"build.goos was linux, is windows", "build tag c is new", "build tag b is gone",
		}},
		{"NewRoute", func(m *manifest.Manifest) {
			m.Routes = append(m.Routes, manifest.Route{Method: "GET", Path: "/new", Protection: manifest.Unprotected})
		}, []string{"route GET /new is new"}},
		{"GoneRoute", func(m *manifest.Manifest) { m.Routes = m.Routes[:1] }, []string{"route GET /a is gone"}},
		{"SecondOfTwo", func(m *manifest.Manifest) { m.Routes = append(m.Routes, m.Routes[1]) }, []string{"route GET /a is new"}},
		{"Protection", func(m *manifest.Manifest) { m.Routes[1].Protection = manifest.Unprotected }, []string{
			"route GET /a, protection: was declared, is unprotected",
		}},
		{"WeakerRule", func(m *manifest.Manifest) {
			weak := *m.Handlers[0].Rule
			weak.Roles, weak.Also, weak.Replace = []string{"admin", "read, write"}, nil, false
			m.Handlers[0].Rule = &weak
		}, []string{
			`handler example.com/app/files.(*API).Upload, roles: was [admin], is [admin, "read, write"]; ` +
				"also: was roles [auditor], is (none); replace: was true, is false",
		}},
		{"RuleOfRoute", func(m *manifest.Manifest) {
			weak := *m.Handlers[0].Rule
			weak.Roles = []string{"new"}
			m.Handlers[0].Rule, m.Routes[0].Rule, m.Roles = &weak, &weak, []string{"new"}
			m.Handlers[0].Demands = []manifest.Demand{{Demand: "roles=new", Source: "package files"}}
		}, []string{"handler example.com/app/files.(*API).Upload, roles: was [admin], is [new]"}},
		{"RouteBesideHandler", func(m *manifest.Manifest) {
			m.Handlers[1].Framework, m.Routes[1].Framework, m.Routes[1].Protection = "echo", "echo", manifest.Public
		}, []string{
			"handler example.com/app.A, framework: was gin, is echo",
			"route GET /a, framework: was gin, is echo; protection: was declared, is public",
		}},
		{"RouteWithHandler", func(m *manifest.Manifest) { m.Routes, m.Handlers = m.Routes[:1], m.Handlers[:1] }, []string{
			"handler example.com/app.A is gone",
		}},
		{"RouteThatHandlerLost", func(m *manifest.Manifest) { m.Routes, m.Handlers[0].Routes = m.Routes[1:], nil }, []string{
			"handler example.com/app/files.(*API).Upload, routes: was [\"POST /files\"], is (none)",
		}},
		{"RuleGone", func(m *manifest.Manifest) { m.Handlers[1].Rule = nil }, []string{
			"handler example.com/app.A, rule: was access public, is (none)",
		}},
		{"Demands", func(m *manifest.Manifest) { m.Handlers[0].Demands = nil }, []string{
			"handler example.com/app/files.(*API).Upload, demands: was [roles=admin (package files)], is (none)",
		}},
		{"Names", func(m *manifest.Manifest) { m.Roles, m.Permissions = []string{"admin"}, []string{"a<b>&c", "new"} }, []string{
			"role auditor is gone", "permission new is new",
		}},
		{"Frontier", func(m *manifest.Manifest) {
			m.FrontierPermissions = []manifest.FrontierPermission{{Check: "project#update", Key: "app.project.change"}, {Check: "project#get", Key: "app.project.get"}}
		}, []string{
			"permission project#get is new", "permission project#update, key: was app.project.update, is app.project.change",
			"permission storage/file#uploadFile is gone",
		}},
		{"Skipped", func(m *manifest.Manifest) { m.Skipped[0].Why = "does not parse" }, []string{
			"skipped files_windows.go, why: was build constraint, is does not parse",
		}},
		{"CommaInName", func(m *manifest.Manifest) { m.Routes[0].Chain = []string{`"z, a"`} }, []string{
			`route POST h/files of example.com/app/cmd/server, chain: was [z, a], is ["\"z, a\""]`,
		}},
		{"DeclaredRoutes", func(m *manifest.Manifest) { m.Handlers[0].Routes = nil }, []string{
			"handler example.com/app/files.(*API).Upload, routes: was [\"POST /files\"], is (none)",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := sample()
			c.change(m)
			var got []string
			for _, d := range manifest.Drift(sample(), m) {
				got = append(got, d.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestDriftSeesEveryField changes each field of each type alone.
func TestDriftSeesEveryField(t *testing.T) {
	t.Parallel()
	for _, part := range []func(*manifest.Manifest) any{
		func(m *manifest.Manifest) any { return m },
		func(m *manifest.Manifest) any { return &m.Build },
		func(m *manifest.Manifest) any { return &m.Routes[0] },
		func(m *manifest.Manifest) any { return &m.Handlers[0] },
		func(m *manifest.Manifest) any { return &m.Handlers[0].Demands[0] },
		func(m *manifest.Manifest) any { return m.Routes[0].Rule },
		func(m *manifest.Manifest) any { return &m.Rules[0] },
		func(m *manifest.Manifest) any { return &m.Skipped[0] },
	} {
		for i := range reflect.ValueOf(part(sample())).Elem().NumField() {
			m := sample()
			v := reflect.ValueOf(part(m)).Elem()
			name := v.Type().Name() + "." + v.Type().Field(i).Name
			v.Field(i).SetZero()
			changes := manifest.Drift(sample(), m)
			if shown := name != "Route.Position"; shown != (len(changes) > 0) {
				t.Errorf("%s: drift %v", name, changes)
			}
		}
	}
}
