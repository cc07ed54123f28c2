package frontiertest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/authgen/authgen/providers/frontier/frontiertest"
)

const (
	service = "/raystack.frontier.v1beta1.FrontierService/"
	admin   = "/raystack.frontier.v1beta1.AdminService/"
)

// answered is an answer of the server.
type answered struct {
	status int
	header http.Header
	body   map[string]any
}

// post calls path with a body and with headers, given as name and value.
func post(t *testing.T, s *frontiertest.Server, path, body string, headers ...string) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+path, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := answered{status: response.StatusCode, header: response.Header}
	_ = json.Unmarshal(text, &got.body) // not all are JSON
	return got
}

// TestPrincipals proves that each kind of credential authenticates its principal.
func TestPrincipals(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	org := s.CreateOrg("acme")
	user := s.CreateUser("ada@example.com")
	s.Grant(user.Principal(), "app_organization_viewer", "app/organization:"+org.ID)
	machine := s.CreateServiceUser(org.ID, "ci")
	pat := s.CreatePAT(user.ID, org.ID, frontiertest.Scope{Role: "app_organization_viewer"})
	for _, c := range []struct{ name, header, value, kind, id string }{
		{"session", "Cookie", "sid=" + s.Login(user.ID).Cookie, "user", user.ID},
		{"token of a user", "Authorization", "Bearer " + s.Token(user.Principal()), "user", user.ID},
		{"token in X-User-Token", "X-User-Token", s.Token(user.Principal()), "user", user.ID},
		{"personal access token", "Authorization", "Bearer " + pat.Token, "user", user.ID},
		{"token of a personal access token", "Authorization", "Bearer " + s.Token(pat.Principal()), "user", user.ID},
		{"secret", "Authorization", s.CreateCredential(machine.ID).Basic(), "serviceuser", machine.ID},
		{"opaque token", "Authorization", s.CreateOpaqueToken(machine.ID).Basic(), "serviceuser", machine.ID},
		{"assertion", "Authorization", "Bearer " + s.Assertion(s.CreateKey(machine.ID)), "serviceuser", machine.ID},
		{"token of a service user", "Authorization", "Bearer " + s.Token(machine.Principal()), "serviceuser", machine.ID},
		{"bootstrap", "Authorization", s.Root().Basic(), "serviceuser", frontiertest.RootID},
		{"token of the bootstrap service user", "Authorization", "Bearer " + s.Token("app/serviceuser:"+frontiertest.RootID), "serviceuser", frontiertest.RootID},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := post(t, s, service+"GetCurrentUser", "{}", c.header, c.value)
			who, _ := got.body[c.kind].(map[string]any)
			if got.status != http.StatusOK || who["id"] != c.id {
				t.Errorf("%d %v, not %s %s", got.status, got.body, c.kind, c.id)
			}
		})
	}
}

// TestTransport proves what is answered before a request is an RPC's.
func TestTransport(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	root := s.Root().Basic()
	for _, c := range []struct {
		name, path, contentType, body string
		want                          int
	}{
		{"of an RPC", service + "GetCurrentUser", "application/json", "{}", 200},
		{"service of another RPC", service + "CreatePermission", "application/json", "{}", 404},
		{"other service of the RPC", admin + "GetCurrentUser", "application/json", "{}", 404},
		{"no content type", service + "GetCurrentUser", "", "{}", 415},
		{"other charset", service + "GetCurrentUser", "application/json; charset=latin1", "{}", 415},
		{"other parameter", service + "GetCurrentUser", "application/json; charset=utf-8; a=b", "{}", 415},
		{"an array", service + "GetCurrentUser", "application/json", "[]", 400},
		{"null", service + "GetCurrentUser", "application/json", "null", 400},
		{"a field of another type", service + "CheckResourcePermission", "application/json", `{"resource":1,"permission":"get"}`, 400},
		{"too large", service + "GetCurrentUser", "application/json", `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, 413},
	} {
		if got := post(t, s, c.path, c.body, "Authorization", root, "Content-Type", c.contentType); got.status != c.want {
			t.Errorf("%s: %d %v, not %d", c.name, got.status, got.body, c.want)
		}
	}
}

// TestStart proves that a program can start a server, and what becomes of calls that
// are wrong.
func TestStart(t *testing.T) {
	t.Parallel()
	root := frontiertest.Credential{ID: "11111111-1111-4111-8111-111111111111", Secret: "of any shape"}
	s, err := frontiertest.Start(frontiertest.WithIssuer("https://id.example.com"), frontiertest.WithRoot(root.ID, root.Secret))
	if err != nil {
		t.Fatal(err)
	}
	if s.Root() != root {
		t.Errorf("root is %v", s.Root())
	}
	if got := post(t, s, service+"GetCurrentUser", "{}", "Authorization", s.Root().Basic()); got.status != 200 || s.Issuer() != "https://id.example.com" {
		t.Errorf("%d, issuer %s", got.status, s.Issuer())
	}
	for name, wrong := range map[string]func(){
		"Token":             func() { s.Token("ada") },
		"Grant":             func() { s.Grant("app/user:1", "nothing", "org:1") },
		"Login":             func() { s.Login("nobody") },
		"CreateProject":     func() { s.CreateProject("nothing", "p") },
		"CreateServiceUser": func() { s.CreateServiceUser("nothing", "ci") },
		"CreateCredential":  func() { s.CreateCredential("nobody") },
		"CreatePermission":  func() { s.CreatePermission("uploadFile") },
		"Fail":              func() { s.Fail(frontiertest.Any, 0) },
	} {
		if !panics(wrong) {
			t.Errorf("%s does not panic", name)
		}
	}
	s.Close()
	s.Close()
	if _, err := http.Get(s.URL() + "/ping"); err == nil {
		t.Error("a server that was closed answers")
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
