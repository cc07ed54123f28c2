package conformance_test

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// hostile are values of a path parameter as they stand in the request, with all
// values that some router or proxy could read them as. No identity whose tenant
// is one of these may get in: the next reader may see another.
var hostile = map[string][]string{
	"":                 {"", "/"},
	"/":                {"", "/"},
	".":                {".", ""},
	"..":               {"..", ""},
	"%2e":              {"%2e", "."},
	"%2e%2e":           {"%2e%2e", ".."},
	"%2E.":             {"%2E.", ".."},
	"%2F":              {"%2F", "/"},
	"t1%2F":            {"t1%2F", "t1/", "t1"},
	"t1/":              {"t1/", "t1"},
	"/t1":              {"/t1", "t1"},
	"%2ft1":            {"%2ft1", "/t1", "t1"},
	"t1%2ft2":          {"t1%2ft2", "t1/t2", "t1", "t2"},
	"t1/t2":            {"t1/t2", "t1", "t2"},
	"t1%5ct2":          {"t1%5ct2", `t1\t2`, "t1"},
	"t1%25":            {"t1%25", "t1%"},
	"t1%252ft2":        {"t1%252ft2", "t1%2ft2", "t1/t2"},
	"%2e%2e%2ft1":      {"%2e%2e%2ft1", "../t1", "t1"},
	"../t1":            {"../t1", "t1"},
	"./t1":             {"./t1", "t1"},
	"t1/.":             {"t1/.", "t1"},
	"t1/..":            {"t1/..", "t1"},
	"t1%00":            {"t1%00", "t1\x00", "t1"},
	"t1%0a":            {"t1%0a", "t1\n", "t1"},
	"t1%7f":            {"t1%7f", "t1\x7f"},
	"t1%c2%85":         {"t1%c2%85", "t1\u0085"},
	"%ff":              {"%ff", "\xff", "\ufffd"},
	"t1;x":             {"t1", "x"},
	"t1?t2":            {"t2"},
	"t1%3Ft2":          {"t1", "t2"},
	"t1%20":            {"t1"},
	"+t1":              {"t1", " t1"},
	"%74%31%2f..%2ft2": {"t2", "t1"},
}

// TestHostileParameters sends them to tenant, owner and check, as callers whose
// token names exactly what the router may read.
func TestHostileParameters(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	targets := serve(t, app{guard: issuer.Guard(auth.Checker(allowAll{})), routes: []route{
		{"", "/tenant/{id}", protected(auth.Demands{Tenant: "id"}), formContext},
		{"", "/tenant/{id}/files", protected(auth.Demands{Tenant: "id"}), formUser},
		{"", "/owner/{id}", protected(auth.Demands{Owner: "id"}), formIdentity},
		{"", "/check/{id}", protected(auth.Demands{Checks: []auth.ResourceCheck{{Type: "project", ID: "{id}", Permission: "update"}}}), formUser},
	}})
	methods := []string{http.MethodGet, http.MethodPost, http.MethodConnect}
	for segment, readings := range hostile {
		for _, reading := range readings {
			token := issuer.Token(authtest.User(cmp.Or(reading, "u1")), authtest.Tenant(reading), authtest.Claim("userId", reading))
			for _, path := range []string{"/tenant/" + segment, "/tenant/" + segment + "/files", "/owner/" + segment} {
				for _, method := range methods {
					refused(t, targets, request{method: method, path: path}.bearer(token))
				}
			}
		}
		if strings.ContainsAny(segment, ";?+") || strings.HasPrefix(segment, "t1%3") || segment == "t1%20" {
			continue // clean values, only not those of the token
		}
		for _, method := range methods {
			refused(t, targets, request{method: method, path: "/check/" + segment}.bearer(issuer.Token(authtest.User("u1"))))
		}
	}
	// What is clean gets in, by any method.
	token := issuer.Token(authtest.User("u1"), authtest.Tenant("t-1.a_b~c"))
	for _, method := range methods {
		expect(t, targets, request{method: method, path: "/tenant/t-1.a_b~c"}.bearer(token), 200, "user u1")
		expect(t, targets, request{method: method, path: "/owner/u1"}.bearer(token), 200, "user u1")
	}
	// Percent-encoded without need it gets in where the framework decodes it;
	// echo hands it on as it stands, to handlers too.
	for _, to := range targets {
		want := 200
		if to.name == "echo" {
			want = 403
		}
		if got := to.send(t, get("/tenant/%74-1.a_b~c").bearer(token)); got.status != want {
			t.Errorf("%s: encoded: %v, want %d", to.name, got, want)
		}
		to.trail.take()
	}
}

// TestRawPathOfGin sends the hostile values to gin's routers of raw paths, which
// match before they decode or do not decode at all.
func TestRawPathOfGin(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	for _, unescape := range []bool{true, false} {
		a := &app{guard: issuer.Guard(), trail: new(trail)}
		engine := gin.New()
		engine.UseRawPath, engine.UnescapePathValues = true, unescape
		for _, path := range []string{"/tenant/:id", "/tenant/:id/files"} {
			engine.Any(path, a.ginTwin(route{rule: protected(auth.Demands{Tenant: "id"})}))
		}
		targets := []target{one(t, "gin", a, engine)}
		for segment, readings := range hostile {
			for _, reading := range readings {
				if segment == "+t1" && reading == " t1" {
					continue // what this router makes of it, for handlers too
				}
				token := issuer.Token(authtest.User("u1"), authtest.Tenant(reading))
				refused(t, targets, get("/tenant/"+segment).bearer(token))
				refused(t, targets, get("/tenant/"+segment+"/files").bearer(token))
			}
		}
		if got := targets[0].send(t, get("/tenant/t1/files").bearer(issuer.Token(authtest.User("u1"), authtest.Tenant("t1")))); got.status != 200 {
			t.Errorf("%v", got)
		}
	}
}

// allowAll is a checker that would let every object through.
type allowAll struct{}

func (allowAll) Check(context.Context, *auth.Identity, string, string, string) (bool, error) {
	return true, nil
}

// refused sends r to all targets and wants that no handler runs. Routers differ
// in what they answer to odd paths before a handler is found.
func refused(t *testing.T, targets []target, r request) {
	t.Helper()
	for _, to := range targets {
		got := to.send(t, r)
		if got.status < 300 || got.status >= 500 {
			t.Errorf("%s: %s %q answers %d %s", to.name, r.method, r.path, got.status, got.body)
		}
		if events := to.trail.take(); slices.Contains(events, "handler") || slices.Contains(events, "later") {
			t.Errorf("%s: %s %q: %q happened", to.name, r.method, r.path, events)
		}
	}
}

// TestUncleanedConnect holds that a path which net/http does not clean, as it
// does for all methods but CONNECT, opens nothing.
func TestUncleanedConnect(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	targets := serve(t, app{guard: issuer.Guard(), routes: []route{
		{"", "/tenants/{id}/files", protected(auth.Demands{Tenant: "id"}), formContext},
		{"", "/tenants/{id}/users/{user}", protected(auth.Demands{Tenant: "id"}), formContext},
		{"", "/open", &auth.Rule{Access: auth.Public}, formContext},
	}})
	token := issuer.Token(authtest.User("u1"), authtest.Tenant("t1"))
	for _, path := range []string{"/tenants/t2/../t1/files", "/tenants/../files", "/tenants/./files", "/tenants//files",
		"/tenants//users/t1", "/tenants//users/", "//", "/open/../tenants/t2/files", "//tenants/t2/files"} {
		refused(t, targets, request{method: http.MethodConnect, path: path}.bearer(token))
	}
	expect(t, targets, request{method: http.MethodConnect, path: "/tenants/t1/files"}.bearer(token), 200, "user u1")
	expect(t, targets, request{method: http.MethodConnect, path: "/tenants/t2/files"}.bearer(token), 403, "")
	expect(t, targets, request{method: http.MethodConnect, path: "/tenants/t1/files"}, 401, "")
}

// TestCatchAll holds that a catch-all parameter, which generation refuses,
// denies at run time.
func TestCatchAll(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := app{guard: issuer.Guard(), trail: new(trail)}
	rule := protected(auth.Demands{Tenant: "id"})
	targets := catchAlls(t, &a, rule)
	for _, reading := range []string{"t1", "t1/t2", "/t1", "*"} {
		token := issuer.Token(authtest.User("u1"), authtest.Tenant(reading))
		for _, path := range []string{"/all/t1/t2", "/all//t1", "/all/*"} {
			if reading == "t1" && strings.HasSuffix(path, "t1") || reading == "*" {
				continue // refused for another reason than its form
			}
			refused(t, targets, get(path).bearer(token))
		}
	}
}
