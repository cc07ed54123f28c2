package audit

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"testing"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// TestLets holds when a wider route is weaker than a narrower one.
func TestLets(t *testing.T) {
	t.Parallel()
	rule := func(r manifest.Rule) *manifest.Rule { return &r }
	signedIn := rule(manifest.Rule{Access: "authenticated"})
	admin := rule(manifest.Rule{Roles: []string{"admin"}})
	either := rule(manifest.Rule{Roles: []string{"admin", "reader"}})
	tenant := rule(manifest.Rule{Tenant: "tenantID"})
	for _, tt := range []struct {
		name   string
		state  manifest.Protection // of the wider route
		wide   *manifest.Rule
		narrow *manifest.Rule // nil for middleware
		want   bool
	}{
		{"public beside a rule", manifest.Public, nil, signedIn, true},
		{"open beside a rule", manifest.Unprotected, nil, admin, true},
		{"open beside middleware", manifest.Unprotected, nil, nil, true},
		{"not known", manifest.Unproven, nil, admin, false},
		{"under a condition", manifest.Conditional, nil, admin, false},
		{"middleware beside a role", manifest.Middleware, nil, admin, true},
		{"middleware beside any identity", manifest.Middleware, nil, signedIn, false},
		{"middleware beside middleware", manifest.Middleware, nil, nil, false},
		{"a rule beside middleware", manifest.Guarded, signedIn, nil, false},
		{"the same rule", manifest.Guarded, admin, admin, false},
		{"any identity beside a role", manifest.Guarded, signedIn, admin, true},
		{"a role beside any identity", manifest.Guarded, admin, signedIn, false},
		{"more roles beside one", manifest.Guarded, either, admin, true},
		{"one role of those", manifest.Guarded, admin, either, false},
		{"a role beside a permission", manifest.Guarded, admin, rule(manifest.Rule{Permissions: []string{"admin"}}), true},
		{"no tenant", manifest.Guarded, admin, tenant, true},
		{"a tenant of another name", manifest.Guarded, rule(manifest.Rule{Tenant: "id"}), tenant, false},
		{"a tenant beside an owner", manifest.Guarded, tenant, rule(manifest.Rule{Owner: "tenantID"}), true},
		{"older step-up", manifest.Guarded, rule(manifest.Rule{StepUp: "1h"}), rule(manifest.Rule{StepUp: "10m"}), true},
		{"any step-up", manifest.Guarded, rule(manifest.Rule{StepUp: "any"}), rule(manifest.Rule{StepUp: "10m"}), true},
		{"newer step-up", manifest.Guarded, rule(manifest.Rule{StepUp: "10m"}), rule(manifest.Rule{StepUp: "1h"}), false},
		{"step-up where any will do", manifest.Guarded, rule(manifest.Rule{StepUp: "10m"}), rule(manifest.Rule{StepUp: "any"}), false},
		{"one check of two", manifest.Guarded, rule(manifest.Rule{Checks: []string{"a:{id}#b"}}), rule(manifest.Rule{Checks: []string{"a:{id}#b", "a:{id}#c"}}), true},
		{"a policy", manifest.Guarded, admin, rule(manifest.Rule{Policy: `role("admin") || role("x")`}), true},
		{"a demand of the defaults", manifest.Guarded, admin, rule(manifest.Rule{Roles: []string{"admin"}, Also: []manifest.Rule{{Actor: "none"}}}), true},
		{"demands of the defaults", manifest.Guarded, rule(manifest.Rule{Actor: "none", Also: []manifest.Rule{{Roles: []string{"admin"}}}}), admin, false},
	} {
		wide, narrow := &route{state: tt.state}, &route{state: manifest.Middleware}
		if tt.wide != nil {
			wide.twin = &Twin{Rule: tt.wide}
		}
		if tt.narrow != nil {
			narrow.state, narrow.areas = manifest.Guarded, []*Twin{{Rule: tt.narrow}}
		}
		if got := wide.lets(narrow.demanded()); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// synthetic is an audit of n routes in groups, of which every third is open, and
// of a public one that covers them all.
func synthetic(n int) *audit {
	settings := config.Default()
	a := &audit{settings: settings, twins: newTwins(Config{}), program: &program.Program{Fset: token.NewFileSet(), Root: "/src"}, publicUsed: map[*config.PublicRoute]bool{}}
	a.judge = judge.New(a.program)
	file := a.program.Fset.AddFile("/src/main.go", -1, max(n, 1)*20)
	for i := range n {
		file.AddLine(i * 20)
	}
	router := routerOf(wiring.Gin)
	router.Groups[0].Pos = file.Pos(0)
	fn := types.NewFunc(token.NoPos, nil, "Routes", types.NewSignatureType(nil, nil, nil, nil, nil, false))
	twin := &Twin{Rule: &manifest.Rule{Roles: []string{"admin"}}, Handler: "example.com/app.Admin"}
	var group *wiring.Group
	p := &wiring.Program{Path: "example.com/app", Routers: []*wiring.Router{router}}
	for i := range n {
		if i%20 == 0 {
			group = &wiring.Group{Router: router, Parent: router.Groups[0], Prefix: &value.Text{Parts: []value.Part{{Known: fmt.Sprintf("/api/area%d", i)}}}, Order: i, Pos: file.Pos(i * 20)}
			router.Groups = append(router.Groups, group)
			router.Uses = append(router.Uses, &wiring.Use{Group: group, Order: i + 10, Pos: file.Pos(i * 20)})
		}
		path := [...]string{"%s/items%d", "%s/:id/things%[3]d", "%s/:id/*rest", "%s/items%d/:part"}[i%4]
		r := routeOf(router, "GET", "", fmt.Sprintf(path, group.Prefix, i, i))
		r.Group, r.Order, r.In, r.Pos, r.program, r.Name = group, i, fn, file.Pos(i*20), p.Path, fmt.Sprintf("example.com/app/h%d.Serve", i)
		r.state, r.twin = manifest.Guarded, twin
		if i%3 == 0 {
			r.state, r.twin = manifest.Unprotected, nil
		}
		a.routes = append(a.routes, r)
		p.Routes = append(p.Routes, r.Route)
	}
	wide := routeOf(router, "GET", "", "/api/*rest")
	wide.Order, wide.In, wide.Pos, wide.program, wide.state = n, fn, file.Pos(0), p.Path, manifest.Public
	a.routes = append(a.routes, wide)
	a.programs = []*wiring.Program{p}
	return a
}

// TestFindingsOfMany holds that each open route of many is told once.
func TestFindingsOfMany(t *testing.T) {
	t.Parallel()
	a := synthetic(3000)
	count := map[string]int{}
	for _, d := range a.findings(nil) {
		count[d.Code]++
		if d.Position == (diagnostic.Position{}) {
			t.Errorf("no position: %s", d)
		}
	}
	if count[CodeUnprotected] != 1000 || count[CodeOverlap] == 0 {
		t.Errorf("%v", count)
	}
}

// BenchmarkFindings measures the findings of 20,000 routes.
func BenchmarkFindings(b *testing.B) {
	a := synthetic(20000)
	for b.Loop() {
		a.findings(nil)
	}
}

// TestOneFindingPerCall holds that a call that registers all methods, or GET with
// HEAD, is told once, and other methods of one call each by themselves.
func TestOneFindingPerCall(t *testing.T) {
	t.Parallel()
	a := synthetic(0)
	router := a.programs[0].Routers[0]
	order := 0
	call := func(path string, methods ...string) {
		order++
		for _, m := range methods {
			r := routeOf(router, m, "", path)
			r.Order, r.state, r.program, r.Name = order, manifest.Unprotected, "example.com/app", "example.com/app.H"
			a.routes = append(a.routes, r)
		}
	}
	call("/any", "GET", "POST", "PUT", "PATCH", "HEAD", "OPTIONS", "DELETE", "CONNECT", "TRACE")
	call("/file", "GET", "HEAD")
	call("/match", "POST", "PUT")
	call("/head", "HEAD")
	var got []string
	for _, d := range a.findings(nil) {
		if d.Code == CodeUnprotected {
			got = append(got, d.Route)
		}
	}
	want := []string{"ANY /any", "GET /file", "POST /match", "PUT /match", "HEAD /head"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
