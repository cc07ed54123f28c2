package frontier_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

func page(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/frontier.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestSettingsDocs holds that the page has a row for each option, and names each
// variable of the environment.
func TestSettingsDocs(t *testing.T) {
	t.Parallel()
	text := page(t)
	_, table, _ := strings.Cut(text, "\n## Settings\n")
	table, _, _ = strings.Cut(table, "\n## ")
	named := map[string]bool{} // by the first column
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			for name := range strings.SplitSeq(cells[1], ",") {
				named[strings.Trim(name, " `")] = true
			}
		}
	}
	files, err := filepath.Glob("options*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || f.Type.Results == nil {
				continue
			}
			if result, ok := f.Type.Results.List[0].Type.(*ast.Ident); ok && result.Name == "Option" && !named[f.Name.Name] {
				t.Errorf("%s has no row", f.Name.Name)
			}
		}
	}
	for _, name := range frontier.Variables() {
		if !strings.Contains(table, "`"+name+"`") {
			t.Errorf("%s is not named", name)
		}
	}
}

// TestLimitsDocs holds that the page states the limits that there are.
func TestLimitsDocs(t *testing.T) {
	t.Parallel()
	words := strings.NewReplacer("10m0s", "10 minutes", "24h0m0s", "24 hours", "30s", "30 seconds", " 5s", " 5 seconds")
	text := page(t)
	for _, row := range frontier.Limits() {
		if row = words.Replace(row); !strings.Contains(text, "\n"+row+"\n") {
			t.Errorf("no row\n%s", row)
		}
	}
}

// TestAnswersDocs holds what becomes of answers of the server that are no success, as
// the page shows it.
func TestAnswersDocs(t *testing.T) {
	t.Parallel()
	now := []frontier.Option{frontier.ExchangeFor(0), frontier.DecisionsFor(0)}
	s := newService(t, now...)
	asks := s.another(t, append(now, frontier.CheckOnline(0))...)
	e := s.estate()
	s.guarded("/project/{id}", "project:{id}#update")
	user, machine := e.bearer(s.fake), []string{authorization, "Bearer " + s.fake.Token(e.machine.Principal())}
	text := page(t)
	for _, c := range []struct {
		name  string
		fault ft.Fault
	}{
		{"401 `unauthenticated`", ft.Status(401, "unauthenticated", "not authenticated")},
		{"403 `permission_denied`", ft.Status(403, "permission_denied", "not authorized")},
		{"404 `not_found` \"user doesn't exist\"", ft.Status(404, "not_found", "user doesn't exist")},
		{"404 `not_found`", ft.Status(404, "not_found", "not found")},
		{"400 `failed_precondition`", ft.Status(400, "failed_precondition", "org is disabled")},
		{"400 `invalid_argument`", ft.Status(400, "invalid_argument", "invalid syntax in body")},
		{"500 `internal`", ft.Status(500, "internal", "internal server error")},
		{"503 `unavailable`, 429, 504", ft.Status(503, "unavailable", "down")},
		{"403 of a proxy", ft.Answer(403, "text/html", "<html>")},
		{"a redirect", ft.Answer(307, "", "")},
		{"no answer, or none that can be read", ft.Garbage()},
	} {
		fails := func(on *service, rpc ft.RPC, path string, headers ...string) (status int) {
			t.Helper()
			s.clock.Advance(5 * time.Second) // a refusal is remembered
			if got := on.status(path, headers...); got >= 300 {
				t.Fatalf("%s: %d without the fault: %s", c.name, got, on.log)
			}
			s.fake.Fail(rpc, 1, c.fault)
			defer s.fake.Heal()
			return on.status(path, headers...)
		}
		row := fmt.Sprintf("\n| %s | %d | %d | %d | %d |\n", c.name,
			fails(s, ft.AuthToken, "/any", cookie, "sid="+e.session.Cookie),
			fails(s, ft.CheckResourcePermission, "/project/"+e.project, user...),
			fails(asks, ft.GetCurrentUser, "/any", user...),
			fails(asks, ft.GetCurrentUser, "/any", machine...))
		if !strings.Contains(text, row) {
			t.Errorf("the page has another row than%s", row)
		}
	}
}

// TestTroubleDocs holds that the symptoms which the page quotes are what the log says.
func TestTroubleDocs(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	token := "Bearer " + f.Token(p.user.Principal())
	many := strings.Repeat(p.org.ID+",", 320) + p.org.ID
	down := ft.New(t)
	down.Stop()
	text := page(t)
	for says, c := range map[string]struct {
		status  int
		url     string // of another server
		opts    []frontier.Option
		headers []string
	}{
		"iss is missing or that of another issuer":  {status: 401, opts: []frontier.Option{frontier.Issuer("frontier")}, headers: []string{authorization, token}},
		"AuthToken: status 401":                     {status: 503, opts: []frontier.Option{frontier.Credentials(p.machine.ID, p.secret.Secret)}, headers: []string{authorization, token}},
		"how the server is spoken to is not known":  {status: 503, url: down.URL(), headers: []string{authorization, token}},
		"has not the form of what the server makes": {status: 401, headers: []string{authorization, basic(p.machine.ID, "fs_secret_x")}},
		"no key fits kid":                           {status: 401, headers: []string{authorization, "Bearer " + f.Assertion(p.key, ft.Claim("kid", nil))}},
		"not three segments":                        {status: 401, headers: []string{authorization, "Bearer " + p.opaque.Secret}},
		"the token has expired":                     {status: 401, headers: []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.ValidFor(-time.Minute))}},
		"without proof that its origin":             {status: 403, headers: []string{cookie, "sid=" + p.session.Cookie, "Upgrade", "websocket"}},
		"the cookie is given twice":                 {status: 400, headers: []string{cookie, "sid=a; sid=b"}},
		"two credentials":                           {status: 400, headers: []string{authorization, token, userToken, token}},
		"project_id is missing":                     {status: 401, opts: []frontier.Option{frontier.Projects(someID)}, headers: []string{authorization, token}},
		"the token is too long":                     {status: 401, headers: []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Claim("org_ids", many))}},
	} {
		told := new(log)
		root, url := f.Root(), f.URL()
		if c.url != "" {
			url = c.url
		}
		opts := append([]frontier.Option{
			frontier.Environment(func(name string) (string, bool) {
				value, ok := map[string]string{"FRONTIER_ISSUER": f.Issuer(), "FRONTIER_CLIENT_ID": root.ID, "FRONTIER_CLIENT_SECRET": root.Secret}[name]
				return value, ok
			}),
			frontier.Clock(s.clock.Now), frontier.Logger(slog.New(slog.NewTextHandler(told, nil))),
		}, c.opts...)
		guard, err := frontier.New(t.Context(), url, opts...)
		if err != nil {
			t.Fatal(err)
		}
		defer guard.Close()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for i := 0; i < len(c.headers); i += 2 {
			r.Header.Set(c.headers[i], c.headers[i+1])
		}
		w := httptest.NewRecorder()
		nethttp.HandlerIdentity(guard, restricted(), func(http.ResponseWriter, *http.Request, *auth.Identity) {})(w, r)
		if w.Code != c.status || !strings.Contains(told.String(), says) {
			t.Errorf("%s: %d\n%s", says, w.Code, told)
		}
		if !strings.Contains(text, fmt.Sprintf("%d, %q", c.status, says)) {
			t.Errorf("the page does not quote %d, %q", c.status, says)
		}
	}
}
