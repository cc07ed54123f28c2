package config_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/authgen/authgen/config"
)

func TestEntries(t *testing.T) {
	t.Parallel()
	c, problems := config.Parse([]byte(`public:
  - {route: GET /healthz, reason: load balancer}
  - route: "GET /files/{id}"
    reason: links that expire
    program: example.com/app/cmd/server
  - {route: "ANY example.com/:a/*", reason: "a, b"}
middleware: [example.com/app/mw.RequireUser, "example.com/app/mw.(*Auth).Check"]
accepted:
  - {finding: AUTH100, route: POST /import, reason: internal network, until: 2027-01-31, count: 2}
  - {finding: AUTH115, file: server/main.go, program: example.com/app, reason: plug-ins}
`))
	if len(problems) > 0 {
		t.Fatalf("problems %v", problems)
	}
	if want := []config.PublicRoute{
		{Method: "GET", Path: "/healthz", Reason: "load balancer", Position: at(2, 5)},
		{Method: "GET", Path: "/files/{id}", Reason: "links that expire", Program: "example.com/app/cmd/server", Position: at(3, 5)},
		{Method: "ANY", Path: "example.com/:a/*", Reason: "a, b", Position: at(6, 5)},
	}; !reflect.DeepEqual(c.Public, want) {
		t.Errorf("public %+v\nwant %+v", c.Public, want)
	}
	if want := []config.Name{
		{Name: "example.com/app/mw.RequireUser", Position: at(7, 14)},
		{Name: "example.com/app/mw.(*Auth).Check", Position: at(7, 47)},
	}; !reflect.DeepEqual(c.Middleware, want) {
		t.Errorf("middleware %+v\nwant %+v", c.Middleware, want)
	}
	if want := []config.Accepted{
		{Finding: "AUTH100", Route: "POST /import", Reason: "internal network", Count: 2, Until: time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), Position: at(9, 5)},
		{Finding: "AUTH115", File: "server/main.go", Program: "example.com/app", Reason: "plug-ins", Count: 1, Position: at(10, 5)},
	}; !reflect.DeepEqual(c.Accepted, want) {
		t.Errorf("accepted %+v\nwant %+v", c.Accepted, want)
	}
}

// TestEntriesWithProblems holds that an entry that is not understood opens
// nothing and accepts nothing.
func TestEntriesWithProblems(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"NoReason":        "public: [{route: GET /a}]\naccepted: [{finding: AUTH100, route: GET /a}]\n",
		"EmptyReason":     "public: [{route: GET /a, reason: \"\"}]\naccepted: [{finding: AUTH100, route: GET /a, reason:}]\n",
		"NoRoute":         "public: [{reason: x}]\naccepted: [{finding: AUTH100, reason: x}]\n",
		"NoMethod":        "public: [{route: /a, reason: x}]\naccepted: [{finding: AUTH100, route: /a, reason: x}]\n",
		"LowerMethod":     "public: [{route: get /a, reason: x}]\naccepted: [{finding: AUTH100, route: get /a, reason: x}]\n",
		"TwoSpaces":       "public: [{route: GET  /a, reason: x}]\naccepted: [{finding: AUTH100, route: GET  /a, reason: x}]\n",
		"UnknownKey":      "public: [{route: GET /a, reason: x, until: 2027-01-31}]\naccepted: [{finding: AUTH100, route: GET /a, reason: x, unitl: 2027-01-31}]\n",
		"Text":            "public: [GET /a]\naccepted: [AUTH100]\n",
		"Mapping":         "public: {GET /a: x}\naccepted: {AUTH100: x}\n",
		"Nothing":         "public:\naccepted:\n",
		"OtherFinding":    "accepted: [{finding: AUTH030, route: GET /a, reason: x}]\n",
		"RouteAndFile":    "accepted: [{finding: AUTH100, route: GET /a, file: a.go, reason: x}]\n",
		"AbsoluteFile":    "accepted: [{finding: AUTH115, file: /a.go, reason: x}]\n",
		"UncleanFile":     "accepted: [{finding: AUTH115, file: ./a.go, reason: x}]\n",
		"CountZero":       "accepted: [{finding: AUTH100, route: GET /a, reason: x, count: 0}]\n",
		"CountText":       "accepted: [{finding: AUTH100, route: GET /a, reason: x, count: all}]\n",
		"UntilNoDay":      "accepted: [{finding: AUTH100, route: GET /a, reason: x, until: 2027-02-30}]\n",
		"UntilOtherForm":  "accepted: [{finding: AUTH100, route: GET /a, reason: x, until: 31.1.2027}]\n",
		"UntilEmpty":      "accepted: [{finding: AUTH100, route: GET /a, reason: x, until:}]\n",
		"MiddlewareLocal": "middleware: [RequireUser, example.com/mw, example.com/mw., example.com/mw.A B, 1, [a]]\n",
		"MiddlewareText":  "middleware: example.com/app/mw.A\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, problems := config.Parse([]byte(source))
			if len(problems) == 0 || len(c.Public)+len(c.Accepted)+len(c.Middleware) > 0 {
				t.Errorf("problems %v; public %v, accepted %v, middleware %v", problems, c.Public, c.Accepted, c.Middleware)
			}
		})
	}
}

func TestPublicRouteMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		entry                 config.PublicRoute
		program, method, path string
		want                  bool
	}{
		{config.PublicRoute{Method: "GET", Path: "/a"}, "p", "GET", "/a", true},
		{config.PublicRoute{Method: "GET", Path: "/a"}, "p", "HEAD", "/a", false},
		{config.PublicRoute{Method: "GET", Path: "/a"}, "p", "ANY", "/a", false},
		{config.PublicRoute{Method: "GET", Path: "/a"}, "p", "GET", "/a/", false},
		{config.PublicRoute{Method: "ANY", Path: "/a"}, "p", "POST", "/a", true},
		{config.PublicRoute{Method: "GET", Path: "/a", Program: "p"}, "p", "GET", "/a", true},
		{config.PublicRoute{Method: "GET", Path: "/a", Program: "q"}, "p", "GET", "/a", false},
	} {
		if got := c.entry.Matches(c.program, c.method, c.path); got != c.want {
			t.Errorf("%+v, %s %s of %s: %v", c.entry, c.method, c.path, c.program, got)
		}
	}
}

// TestFrontierWithProblems holds that a name that is not understood is reported, and
// that checks stay looked at.
func TestFrontierWithProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source string
		at     config.Position
	}{
		"Nothing":     {"frontier:\n", at(1, 1)},
		"Text":        {"frontier: yes\n", at(1, 11)},
		"UnknownKey":  {"frontier: {permission: {a: upload}}\n", at(1, 12)},
		"NoMapping":   {"frontier: {permissions: [upload]}\n", at(1, 25)},
		"NoVerb":      {"frontier: {permissions: {a: }}\n", at(1, 28)},
		"Number":      {"frontier: {permissions: {a: 12}}\n", at(1, 29)},
		"CapitalVerb": {"frontier: {permissions: {a: Upload}}\n", at(1, 29)},
		"ShortVerb":   {"frontier: {permissions: {a: do}}\n", at(1, 29)},
		"Reserved":    {"frontier: {permissions: {a: project}}\n", at(1, 29)},
		"NoName":      {"frontier: {permissions: {a b: upload}}\n", at(1, 26)},
		"Twice":       {"frontier: {permissions: {a: upload, a: upload}}\n", at(1, 37)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, problems := config.Parse([]byte(c.source))
			if len(problems) != 1 || problems[0].Position != c.at || got.Frontier == nil {
				t.Errorf("problems %v; %v", problems, got.Frontier)
			}
		})
	}
}
