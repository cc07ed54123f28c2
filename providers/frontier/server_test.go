package frontier_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// The variables that name a server to test against: those of programs, and the domain
// of its test users (app.authentication.test_users) with their code.
const (
	envURL    = "FRONTIER_URL"
	envIssuer = "FRONTIER_ISSUER"
	envID     = "FRONTIER_CLIENT_ID"
	envSecret = "FRONTIER_CLIENT_SECRET"
	envDomain = "FRONTIER_TEST_USERS_DOMAIN"
	envCode   = "FRONTIER_TEST_USERS_OTP"
)

// server is a Frontier that tests named TestServer run against, by what its operator
// knows of it. All else the tests make through its API, under names of their own. Its
// clock is the computer's.
type server struct {
	url, issuer  string
	root         ft.Credential // of its bootstrap account
	domain, code string        // of users who need no mailbox
	old          bool          // it is of before v0.91.0, with a REST gateway
}

// theServer is the server that the environment names. Where it names none, it is a fake
// of the test's own.
func theServer(t *testing.T) *server {
	t.Helper()
	s := namedServer(t)
	s.old = s.call(t, "ListAuthStrategies", jsonObject{}).status == http.StatusNotFound
	return s
}

func namedServer(t *testing.T) *server {
	t.Helper()
	if os.Getenv(envURL) == "" {
		const domain, code = "frontier.test", "314159"
		f := ft.New(t, ft.WithTestUsers(domain, code))
		return &server{url: f.URL(), issuer: f.Issuer(), root: f.Root(), domain: domain, code: code}
	}
	get := func(name string) string {
		value := os.Getenv(name)
		if value == "" {
			t.Fatalf("%s is set, and %s is not", envURL, name)
		}
		return value
	}
	return &server{
		url: strings.TrimSuffix(get(envURL), "/"), issuer: get(envIssuer), root: ft.Credential{ID: get(envID), Secret: get(envSecret)},
		domain: get(envDomain), code: get(envCode),
	}
}

// options are those of a client of the server.
func (s *server) options(l *log, c frontier.Option, now func() time.Time) []frontier.Option {
	all := []frontier.Option{
		frontier.Environment(noEnvironment), frontier.Issuer(s.issuer), c, frontier.Timeout(time.Minute), frontier.Clock(now),
		frontier.Logger(slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))),
	}
	if u, err := url.Parse(s.url); err == nil && u.Scheme == "http" && !strings.Contains(u.Hostname(), ":") {
		all = append(all, frontier.InsecureHTTP(u.Hostname()))
	}
	return all
}

// answered is an answer of the server.
type answered struct {
	status int
	header http.Header
	body   map[string]any
}

// text returns a member of the answer, "" where there is none.
func (a answered) text(path ...string) string {
	var v any = a.body
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	text, _ := v.(string)
	return text
}

// adminRPCs are those of them that the tests call which are not of FrontierService.
var adminRPCs = map[string]bool{
	"AddOrganizationMembers": true, "AddPlatformUser": true, "CreatePermission": true, "DeletePermission": true, "ListAuditRecords": true,
}

// oldRPCs are where servers before v0.91.0 have those that the tests call. Names in
// braces are members of the request; of what ends with a # the member body is sent.
var oldRPCs = map[string]string{
	"AuthToken": "POST /v1beta1/auth/token", "AuthLogout": "DELETE /v1beta1/auth/logout", "ListPermissions": "GET /v1beta1/permissions",
	"CreateOrganization": "POST /v1beta1/organizations#", "CreateProject": "POST /v1beta1/projects#", "CreateGroup": "POST /v1beta1/organizations/{org_id}/groups#",
	"CreateProjectResource": "POST /v1beta1/projects/{project_id}/resources#", "AddOrganizationUsers": "POST /v1beta1/organizations/{id}/users",
	"AddPlatformUser": "POST /v1beta1/admin/platform/users", "CheckFeatureEntitlement": "POST /v1beta1/organizations/billing/check",
	"DisableOrganization": "POST /v1beta1/organizations/{id}/disable", "EnableOrganization": "POST /v1beta1/organizations/{id}/enable",
	"DeleteOrganization": "DELETE /v1beta1/organizations/{id}", "DisableUser": "POST /v1beta1/users/{id}/disable", "DeleteUser": "DELETE /v1beta1/users/{id}",
	"DeletePermission": "DELETE /v1beta1/permissions/{id}", "DeleteServiceUser": "DELETE /v1beta1/organizations/{org_id}/serviceusers/{id}",
	"DeleteServiceUserCredential": "DELETE /v1beta1/organizations/{org_id}/serviceusers/{id}/secrets/{secret_id}",
	"DeleteServiceUserToken":      "DELETE /v1beta1/organizations/{org_id}/serviceusers/{id}/tokens/{token_id}",
	"DeleteServiceUserJWK":        "DELETE /v1beta1/organizations/{org_id}/serviceusers/{id}/keys/{key_id}",
}

// request returns what asks for an RPC: method, path and body.
func (s *server) request(t *testing.T, rpc string, in jsonObject) (method, path string, body any) {
	t.Helper()
	if !s.old {
		service := "FrontierService"
		if adminRPCs[rpc] {
			service = "AdminService"
		}
		return http.MethodPost, "/raystack.frontier.v1beta1." + service + "/" + rpc, in
	}
	method, path, ok := strings.Cut(oldRPCs[rpc], " ")
	if !ok {
		t.Fatalf("%s: servers before v0.91.0 do not have it", rpc)
	}
	body = in
	if bare, ok := strings.CutSuffix(path, "#"); ok {
		path, body = bare, in["body"]
	}
	for name, value := range in {
		if text, ok := value.(string); ok {
			path = strings.Replace(path, "{"+name+"}", url.PathEscape(text), 1)
		}
	}
	return method, path, body
}

// call asks the server itself, with headers which are names and values in turn.
func (s *server) call(t *testing.T, rpc string, in jsonObject, headers ...string) answered {
	t.Helper()
	method, path, body := s.request(t, rpc, in)
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(method, s.url+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("the server of %s cannot be asked: %v", envURL, err)
	}
	defer response.Body.Close()
	if data, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	out := answered{response.StatusCode, response.Header, nil}
	_ = json.Unmarshal(data, &out.body) // it may be none
	return out
}

// must is call, and ends the test where that fails.
func (s *server) must(t *testing.T, rpc string, in jsonObject, headers ...string) answered {
	t.Helper()
	out := s.call(t, rpc, in, headers...)
	if out.status != http.StatusOK {
		t.Fatalf("%s: status %d: %v", rpc, out.status, out.body)
	}
	return out
}

// ahead is a clock that is ahead of the computer's.
type ahead struct{ by atomic.Int64 }

func (a *ahead) Now() time.Time          { return time.Now().Add(time.Duration(a.by.Load())) }
func (a *ahead) Advance(d time.Duration) { a.by.Add(int64(d)) }

// world is what tests make on a server. Its end removes or disables what it can.
type world struct {
	*server
	t       *testing.T
	clock   *ahead
	program ft.Credential // of a superuser in an organization of its own
	admin   *frontier.Client
	owner   person // of all organizations
}

// person is a user with a session, whose token has the session's organizations of when
// it was made.
type person struct{ id, email, cookie string }

func (p person) headers() []string { return []string{cookie, "sid=" + p.cookie} }

type jsonObject = map[string]any

// newWorld makes the program's own service user, and the owner of what else is made.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{server: theServer(t), t: t, clock: new(ahead)}
	w.admin = w.connect(frontier.Credentials(w.root.ID, w.root.Secret))
	w.owner = w.login()
	org := w.newOrg()
	admin := w.admin.Admin().As(w.token(w.owner))
	user, err := admin.CreateServiceUser(t.Context(), org, "program", nil)
	if err != nil {
		t.Fatal(err)
	}
	w.must(t, "AddPlatformUser", jsonObject{"serviceuser_id": user.ID, "relation": "admin"}, authorization, w.root.Basic())
	made, err := admin.CreateServiceUserToken(t.Context(), org, user.ID, "program")
	if err != nil {
		t.Fatal(err)
	}
	w.program = ft.Credential{ID: made.ID, Secret: made.Secret()}
	w.admin = w.connect(frontier.Credentials(w.program.ID, w.program.Secret))
	return w
}

// remove has something removed when the test ends, or else what the other RPC says.
func (w *world) remove(rpc, otherwise, id string) {
	by := w.program
	if by.ID == "" { // what this is itself part of
		by = w.root
	}
	w.t.Cleanup(func() {
		for _, rpc := range []string{rpc, otherwise} {
			if got := w.call(w.t, rpc, jsonObject{"id": id}, authorization, by.Basic()); got.status == http.StatusOK {
				return
			}
		}
	})
}

// login makes a user of a new address, and a session, as browsers do.
func (w *world) login() person {
	w.t.Helper()
	return w.loginAs(strings.ToLower(rand.Text()) + "@" + w.domain)
}

func (w *world) loginAs(email string) person {
	w.t.Helper()
	login, err := w.admin.Login(frontier.ReturnTo("/"))
	if err != nil {
		w.t.Fatal(err)
	}
	begun, err := login.Authenticate(w.t.Context(), frontier.AuthenticateRequest{Strategy: "mailotp", Email: email})
	if err != nil {
		w.t.Fatalf("a user of %s cannot begin to sign in: %v", w.domain, err)
	}
	session, err := login.AuthCallback(w.t.Context(), frontier.AuthCallbackRequest{Strategy: "mailotp", Code: w.code, State: begun.State})
	if err != nil {
		w.t.Fatalf("a user of %s cannot sign in with the code of test users: %v", w.domain, err)
	}
	user, err := login.GetCurrentUser(w.t.Context(), session)
	if err != nil || user.Email != email {
		w.t.Fatalf("who signed in is %q: %v", user.Email, err)
	}
	w.remove("DeleteUser", "DisableUser", user.ID)
	return person{user.ID, email, session.Value()}
}

// token is what the server makes of a person's session.
func (w *world) token(p person, headers ...string) string {
	w.t.Helper()
	return w.must(w.t, "AuthToken", jsonObject{}, append(headers, p.headers()...)...).text("access_token")
}

// name is one that nobody else has.
func name() string { return "authgen-" + strings.ToLower(rand.Text()) }

// newOrg makes an organization of the owner.
func (w *world) newOrg() string {
	w.t.Helper()
	made := w.must(w.t, "CreateOrganization", jsonObject{"body": jsonObject{"name": name(), "title": "a test of authgen"}}, w.owner.headers()...)
	id := made.text("organization", "id")
	w.remove("DeleteOrganization", "DisableOrganization", id)
	return id
}

func (w *world) newProject(org string) (id, called string) {
	w.t.Helper()
	called = name()
	made := w.must(w.t, "CreateProject", jsonObject{"body": jsonObject{"name": called, "org_id": org}}, w.owner.headers()...)
	return made.text("project", "id"), called
}

// newMember makes a user who may view an organization.
func (w *world) newMember(org string) person {
	w.t.Helper()
	p := w.login()
	if !w.old {
		in := jsonObject{"org_id": org, "members": []jsonObject{{"user_id": p.id, "role_id": w.role("app_organization_viewer")}}}
		if got := w.call(w.t, "AddOrganizationMembers", in, authorization, w.program.Basic()); got.status == http.StatusOK {
			if results, _ := got.body["results"].([]any); len(results) != 1 || results[0].(jsonObject)["success"] != true {
				w.t.Fatalf("a user cannot be made a member: %v", got.body)
			}
			return p
		}
	}
	// Before there was that.
	w.must(w.t, "AddOrganizationUsers", jsonObject{"id": org, "user_ids": []string{p.id}}, w.owner.headers()...)
	return p
}

// role finds a role of the platform.
func (w *world) role(called string) string {
	w.t.Helper()
	for _, r := range w.must(w.t, "ListRoles", jsonObject{}, authorization, w.program.Basic()).body["roles"].([]any) {
		if r := r.(jsonObject); r["name"] == called {
			return r["id"].(string)
		}
	}
	w.t.Fatalf("there is no role %s", called)
	return ""
}

// robot is a service user who may view its organization.
type robot struct{ id, org string }

func (w *world) newRobot(org string) robot {
	w.t.Helper()
	made, err := w.admin.Admin().CreateServiceUser(w.t.Context(), org, "robot", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return robot{made.ID, org}
}

func (w *world) secretOf(r robot) ft.Credential {
	w.t.Helper()
	made, err := w.admin.Admin().CreateServiceUserCredential(w.t.Context(), r.org, r.id, "secret")
	return credentialOf(w.t, made, err)
}

func (w *world) opaqueOf(r robot) ft.Credential {
	w.t.Helper()
	made, err := w.admin.Admin().CreateServiceUserToken(w.t.Context(), r.org, r.id, "token")
	return credentialOf(w.t, made, err)
}

func credentialOf(t *testing.T, made frontier.IssuedCredential, err error) ft.Credential {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return ft.Credential{ID: made.ID, Secret: made.Secret()}
}

func (w *world) keyOf(r robot) (k ft.Key) {
	w.t.Helper()
	made, err := w.admin.Admin().CreateServiceUserJWK(w.t.Context(), r.org, r.id, "key")
	if err == nil {
		err = json.Unmarshal(made.File(), &k)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

// needsNewer leaves a test out on servers before v0.91.0.
func (w *world) needsNewer(what string) {
	w.t.Helper()
	if w.old {
		w.t.Skipf("servers before v0.91.0 have no %s", what)
	}
}

// newPAT makes a personal access token that may view an organization.
func (w *world) newPAT(p person, org string) ft.PAT {
	w.t.Helper()
	return w.newPATFor(p, org, "app_organization_viewer", "app/organization", org)
}

// newPATFor makes a personal access token that has one role on one resource.
func (w *world) newPATFor(p person, org, role, namespace, id string) ft.PAT {
	w.t.Helper()
	made := w.call(w.t, "CreateCurrentUserPAT", jsonObject{
		"title": name(), "org_id": org, "expires_at": time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339),
		"scopes": []jsonObject{{"role_id": w.role(role), "resource_type": namespace, "resource_ids": []string{id}}},
	}, p.headers()...)
	if made.status != http.StatusOK {
		w.t.Fatalf("personal access tokens cannot be made (are they switched on there, app.pat.enabled?): %d %v", made.status, made.body)
	}
	return ft.PAT{ID: made.text("pat", "id"), Token: made.text("pat", "token"), UserID: p.id, OrgID: org}
}

// connect makes a client of the server, known as the program unless opts say another.
func (w *world) connect(opts ...frontier.Option) *frontier.Client {
	w.t.Helper()
	c, err := frontier.Connect(w.t.Context(), w.url, append(w.options(new(log), nil, w.clock.Now), opts...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	return c
}

// service makes a service behind a guard of the server, which is known as the program.
func (w *world) service(opts ...frontier.Option) *service {
	w.t.Helper()
	return w.serviceAs(w.program, opts...)
}

func (w *world) serviceAs(c ft.Credential, opts ...frontier.Option) *service {
	w.t.Helper()
	s := &service{log: new(log)}
	all := w.options(s.log, frontier.Credentials(c.ID, c.Secret), w.clock.Now)
	guard, err := frontier.New(w.t.Context(), w.url, append(all, opts...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	s.serve(w.t, guard)
	return s
}
