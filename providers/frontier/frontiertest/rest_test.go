package frontiertest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestREST proves what an older server answers.
func TestREST(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t, frontiertest.WithREST())
	org := s.CreateOrg("acme")
	machine := s.CreateServiceUser(org.ID, "ci")
	secret, key := s.CreateCredential(machine.ID), s.CreateKey(machine.ID)

	for _, path := range []string{"/.well-known/jwks.json", "/v1beta1/auth/jwks"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var set struct{ Keys []struct{ Kid string } }
		err = json.NewDecoder(response.Body).Decode(&set)
		response.Body.Close()
		if err != nil || response.StatusCode != 200 || len(set.Keys) != 1 || set.Keys[0].Kid == "" {
			t.Errorf("%s: %d %v %v", path, response.StatusCode, set, err)
		}
	}
	if got := s.Calls(frontiertest.WellKnown); got != 2 {
		t.Errorf("%d requests for keys", got)
	}

	bearer := "Bearer " + s.Token(machine.Principal())
	for _, c := range []struct {
		name, path, body string
		headers          []string
		status           int
		code             float64
	}{
		{"secret in the body", "/v1beta1/auth/token", `{"grant_type":"client_credentials","client_id":"` + secret.ID + `","client_secret":"` + secret.Secret + `"}`, nil, 200, 0},
		{"assertion in the body", "/v1beta1/auth/token", `{"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer","assertion":"` + s.Assertion(key) + `"}`, nil, 200, 0},
		{"secret in the header", "/v1beta1/auth/token", `{}`, []string{"Authorization", secret.Basic()}, 200, 0},
		{"secret in the body of another grant", "/v1beta1/auth/token", `{"client_id":"` + secret.ID + `","client_secret":"` + secret.Secret + `"}`, nil, 401, 16},
		{"wrong secret in the body", "/v1beta1/auth/token", `{"grant_type":"client_credentials","client_id":"` + secret.ID + `","client_secret":"wrong"}`, nil, 401, 16},
		{"nothing", "/v1beta1/auth/token", `{}`, nil, 401, 16},
		{"malformed", "/v1beta1/auth/token", `{`, nil, 400, 3},
		{"check", "/v1beta1/check", `{"resource":"org:acme","permission":"get"}`, []string{"Authorization", bearer}, 200, 0},
		{"check of an unknown permission", "/v1beta1/check", `{"resource":"org:acme","permission":"fly"}`, []string{"Authorization", bearer}, 404, 5},
		{"batch", "/v1beta1/batchcheck", `{"bodies":[{"resource":"org:acme","permission":"get"}]}`, []string{"Authorization", bearer}, 200, 0},
		{"federated", "/v1beta1/admin/check", `{"subject":"` + machine.Principal() + `","resource":"org:acme","permission":"get"}`, []string{"Authorization", s.Root().Basic()}, 200, 0},
		{"federated, not allowed", "/v1beta1/admin/check", `{}`, []string{"Authorization", bearer}, 403, 7},
		{"Connect", service + "GetJWKs", `{}`, []string{"Authorization", bearer}, 404, 5},
	} {
		got := post(t, s, c.path, c.body, c.headers...)
		if code, _ := got.body["code"].(float64); got.status != c.status || code != c.code {
			t.Errorf("%s: %d %v, not %d with code %v", c.name, got.status, got.body, c.status, c.code)
		}
		if c.status == 200 && len(got.body) == 0 {
			t.Errorf("%s: the answer is empty", c.name)
		}
	}
}

// TestRESTShape proves how an older server writes messages and errors, and what it
// makes of methods, queries and redirects.
func TestRESTShape(t *testing.T) {
	t.Parallel()
	const to = "https://app.example.com/in"
	s := frontiertest.New(t, frontiertest.WithREST(), frontiertest.WithReturnTo(to))
	org := s.CreateOrg("acme")
	user := s.CreateUser("ada@example.com")
	s.Grant(user.Principal(), "app_organization_viewer", "app/organization:"+org.ID)
	bearer := "Bearer " + s.Token(user.Principal())
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(method, path, body string, headers ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		data, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response, string(data)
	}
	s.DisableOrg(org.ID)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		want                     string // a part of the answer
	}{
		{"denied", "POST", "/v1beta1/check", `{"resource":"org:acme","permission":"delete"}`, 200, `{"status":false}`},
		{"a user", "GET", "/v1beta1/users/self", "", 200, `"serviceuser":null`},
		{"keys", "GET", "/v1beta1/auth/jwks", "", 200, `"crv":""`},
		{"a disabled organization", "GET", "/v1beta1/organizations/" + org.ID, "", 200, `"state":"disabled"`},
		{"another method", "GET", "/v1beta1/check", "", 501, `{"code":12,"details":[],"message":"Method Not Allowed"}`},
		{"no such path", "GET", "/v1beta1/organizations/" + org.ID + "/auditlogs", "", 404, `{"code":5,"details":[],"message":"Not Found"}`},
	} {
		if got, text := ask(c.method, c.path, c.body, "Authorization", bearer); got.StatusCode != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d %s", c.name, got.StatusCode, text)
		}
	}
	if got, text := ask("GET", "/v1beta1/users/self", ""); got.StatusCode != 401 || got.Header.Get("WWW-Authenticate") != "not authenticated" {
		t.Errorf("nobody: %d %v %s", got.StatusCode, got.Header, text)
	}
	if got, _ := ask("DELETE", "/v1beta1/auth/logout", ""); got.StatusCode != 200 || len(got.Cookies()) != 1 {
		t.Errorf("logout of nobody: %d %v", got.StatusCode, got.Header)
	}
	_, text := ask("GET", "/v1beta1/auth/register/mailotp?email=ada@example.com&return_to="+to, "")
	var begun struct{ State string }
	if err := json.Unmarshal([]byte(text), &begun); err != nil || begun.State == "" || !strings.Contains(text, `"endpoint":""`) {
		t.Errorf("%s: %v", text, err)
	}
	got, _ := ask("GET", "/v1beta1/auth/callback?strategyName=mailotp&state="+begun.State+"&code="+s.MailCode("ada@example.com"), "")
	if got.StatusCode != 303 || got.Header.Get("Location") != to || len(got.Cookies()) != 1 {
		t.Errorf("callback: %d %v", got.StatusCode, got.Header)
	}
}

// TestNames proves that requests may have both forms of names, and that a charset
// decides about the answer's.
func TestNames(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	org := s.CreateOrg("acme")
	for _, body := range []string{
		`{"org_id":"` + org.ID + `","body":{"title":"ci","metadata":{"keepAs_is":1}}}`, `{"orgId":"` + org.ID + `","body":{"title":"ci","metadata":{"keepAs_is":1}},"unknown":1}`,
	} {
		for contentType, name := range map[string]string{"application/json": "org_id", "application/json; charset=utf-8": "orgId", "application/json;charset=UTF-8": "orgId"} {
			got := post(t, s, service+"CreateServiceUser", body, "Authorization", s.Root().Basic(), "Content-Type", contentType)
			made, _ := got.body["serviceuser"].(map[string]any)
			metadata, _ := made["metadata"].(map[string]any)
			if got.status != 200 || made[name] != org.ID || metadata["keepAs_is"] != 1.0 {
				t.Errorf("%s: %d %v has no %s", contentType, got.status, got.body, name)
			}
		}
	}
}

// TestAuditRecords proves that a test sees what was recorded.
func TestAuditRecords(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	session := s.Login(s.CreateUser("ada@example.com").ID)
	body := `{"actor":{"id":"` + session.ID + `","type":"app/user"},"event":"file.uploaded","resource":{"id":"1","type":"app/organization"},` +
		`"occurred_at":"2026-11-20T20:00:00Z","idempotency_key":"11111111-1111-4111-8111-111111111111"}`
	for range 2 {
		if got := post(t, s, service+"CreateAuditRecord", body, "Authorization", s.Root().Basic()); got.status != 200 {
			t.Fatalf("%d %v", got.status, got.body)
		}
	}
	all := s.AuditRecords()
	if len(all) != 1 || all[0]["event"] != "file.uploaded" || all[0]["actor"].(map[string]any)["name"] != "ada_example_com" {
		t.Errorf("%v", all)
	}
}
