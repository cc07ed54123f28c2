package fronteggtest_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// TestNodeAuthenticator holds vendor authentication.
func TestNodeAuthenticator(t *testing.T) {
	t.Parallel()
	t.Run("request", func(t *testing.T) {
		t.Parallel()
		fake := ft.New(t)
		node := startNode(t, fake)
		var token string
		node.call(t, "authenticator.init", struct{}{}, &token)
		r := fake.Requests(ft.VendorAuthentication)[0]
		var sent map[string]string
		if err := json.Unmarshal(r.Body, &sent); err != nil {
			t.Fatal(err)
		}
		if r.URI != "/auth/vendor" || len(sent) != 2 || sent["clientId"] != fake.ClientID() || sent["secret"] != fake.APIKey() ||
			r.Header.Get("Authorization") != "" || r.Header.Get("X-Access-Token") != "" || strings.Count(token, ".") != 2 {
			t.Errorf("%+v, %s", r, r.Body)
		}
	})
	for name, fault := range map[string]ft.Fault{
		"status": ft.Status(http.StatusInternalServerError), "cut": ft.Cut(), "drop": ft.Drop(),
	} {
		t.Run("fails: "+name, func(t *testing.T) {
			t.Parallel()
			fake := ft.New(t)
			node := startNode(t, fake)
			fake.Fail(ft.VendorAuthentication, ft.Always, fault)
			_, thrown := node.try(t, "authenticator.init", struct{}{})
			if thrown == nil || thrown.Message != "Failed to authenticate with Frontegg" || !thrown.IsError {
				t.Errorf("threw %v", thrown)
			}
			if tries := fake.Calls(ft.VendorAuthentication); tries != 1 {
				t.Errorf("%d tries", tries)
			}
		})
	}
	t.Run("wrong secret", func(t *testing.T) {
		t.Parallel()
		fake := ft.New(t)
		node := startNode(t, fake)
		_, thrown := node.try(t, "authenticator.init", map[string]string{"apiKey": "wrong"})
		if thrown == nil || fake.Requests(ft.VendorAuthentication)[0].Status != 401 {
			t.Errorf("threw %v", thrown)
		}
	})
	t.Run("one retry", func(t *testing.T) {
		t.Parallel()
		fake := ft.New(t)
		node := startNode(t, fake, "FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES=2")
		fake.Fail(ft.VendorAuthentication, 1, ft.Status(http.StatusServiceUnavailable))
		node.call(t, "authenticator.init", struct{}{}, nil)
		if tries := fake.Calls(ft.VendorAuthentication); tries != 2 {
			t.Errorf("%d tries", tries)
		}
	})
	t.Run("refreshes at 0.8 of the life", func(t *testing.T) {
		t.Parallel()
		fake := ft.New(t, ft.WithExpiresIn(1))
		node := startNode(t, fake)
		node.call(t, "authenticator.init", struct{}{}, nil)
		if err := fake.Await(t.Context(), ft.VendorAuthentication, 2); err != nil {
			t.Fatal(err)
		}
		all := fake.Requests(ft.VendorAuthentication)
		if after := all[1].Time.Sub(all[0].Time).Seconds(); after < 0.75 {
			t.Errorf("refreshed after %v seconds", after)
		}
	})
	t.Run("a life of more than 31 days overflows", func(t *testing.T) {
		t.Parallel()
		fake := ft.New(t, ft.WithExpiresIn(2_700_000))
		node := startNode(t, fake)
		node.call(t, "authenticator.init", struct{}{}, nil)
		if err := fake.Await(t.Context(), ft.VendorAuthentication, 50); err != nil {
			t.Fatal(err)
		}
	})
}

// TestNodeHTTPClient holds the client for the rest of the API.
func TestNodeHTTPClient(t *testing.T) {
	t.Parallel()
	fake := ft.New(t, ft.WithHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.URL.Path))
	})))
	node := startNode(t, fake)
	get := func(t *testing.T, baseURL string, headers map[string]string) (data string, thrown *nodeError) {
		t.Helper()
		value, thrown := node.try(t, "http.get", map[string]any{"baseURL": baseURL, "path": "things", "headers": headers})
		if thrown != nil {
			return "", thrown
		}
		var answer struct{ Data string }
		if err := json.Unmarshal(value, &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Data, nil
	}
	last := func() ft.Request {
		all := fake.Requests(ft.Other)
		return all[len(all)-1]
	}
	t.Run("vendor token", func(t *testing.T) {
		if path, thrown := get(t, fake.URL(), nil); path != "/things" || thrown != nil || last().Header.Get("X-Access-Token") == "" {
			t.Errorf("%q, %v, %v", path, thrown, last().Header)
		}
	})
	t.Run("vendor host", func(t *testing.T) {
		path, thrown := get(t, fake.URL()+"/api/api", map[string]string{"frontegg-vendor-host": "acme"})
		if path != "/acme/api/things" || thrown != nil || last().Header.Get("Frontegg-Vendor-Host") != "acme" {
			t.Errorf("%q, %v, %v", path, thrown, last().Header)
		}
	})
	t.Run("401 is not tried again", func(t *testing.T) {
		before := fake.Calls(ft.Other)
		fake.Fail(ft.Other, 1, ft.Status(http.StatusUnauthorized))
		if _, thrown := get(t, fake.URL(), nil); thrown == nil || thrown.Answer != 401 || fake.Calls(ft.Other) != before+1 {
			t.Errorf("%v after %d calls", thrown, fake.Calls(ft.Other)-before)
		}
	})
}

// TestNodeAudits holds the audits client.
func TestNodeAudits(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	node := startNode(t, fake)
	type m = map[string]any
	for _, audit := range []m{
		{"tenantId": "t1", "severity": "Info", "action": "login", "user": "ada@example.com", "ip": "192.0.2.1"},
		{"tenantId": "t1", "severity": "High", "action": "delete", "user": "bob@example.com", "nested": m{"a": 1}},
		{"tenantId": "t1", "severity": "Medium", "action": "logout", "user": "ada@example.com"},
		{"tenantId": "t2", "severity": "Critical", "action": "login"},
	} {
		var nothing any
		if value, thrown := node.try(t, "audits.send", audit); thrown != nil || value != nil && json.Unmarshal(value, &nothing) == nil && nothing != nil {
			t.Fatalf("%s, %v", value, thrown)
		}
	}
	sent := fake.Requests(ft.SendAudit)[1]
	var body m
	if err := json.Unmarshal(sent.Body, &body); err != nil || body["tenantId"] != "t1" || body["nested"] == nil {
		t.Errorf("%s, %v", sent.Body, err)
	}
	if sent.URI != "/audits/" || sent.Header.Get("Frontegg-Tenant-Id") != "t1" || sent.Header.Get("X-Access-Token") == "" {
		t.Errorf("%+v", sent)
	}
	if len(fake.Audits("t1")) != 3 || len(fake.Audits("t2")) != 1 {
		t.Error("audits are lost")
	}

	type page struct {
		Data []struct {
			Action   string
			TenantID string `json:"tenantId"`
		}
		Total int
	}
	for _, c := range []struct {
		name    string
		params  m
		actions string
		total   int
	}{
		{"all", m{"offset": 0, "count": 10, "sortBy": "action", "sortDirection": "ASC"}, "delete login logout", 3},
		{"descending", m{"offset": 0, "count": 10, "sortBy": "action", "sortDirection": "DESC"}, "logout login delete", 3},
		{"second page", m{"offset": 1, "count": 1, "sortBy": "action", "sortDirection": "asc"}, "login", 3},
		{"beyond", m{"offset": 5, "count": 1}, "", 3},
		{"text", m{"offset": 0, "count": 10, "filter": "ADA@", "sortBy": "action", "sortDirection": "ASC"}, "login logout", 2},
		{"filters", m{"offset": 0, "count": 10, "filters": m{"severity": "High"}}, "delete", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.params["tenantId"] = "t1"
			var got page
			node.call(t, "audits.get", c.params, &got)
			var actions []string
			for _, audit := range got.Data {
				actions = append(actions, audit.Action)
			}
			if strings.Join(actions, " ") != c.actions || got.Total != c.total {
				t.Errorf("%+v, want %s of %d", got, c.actions, c.total)
			}
		})
	}
	t.Run("query", func(t *testing.T) {
		all := fake.Requests(ft.GetAudits)
		r := all[len(all)-1]
		u, err := url.Parse(r.URI)
		if err != nil {
			t.Fatal(err)
		}
		if q := u.Query(); u.Path != "/audits/" || q.Get("severity") != "High" || q.Get("tenantId") != "t1" || q.Has("filters") {
			t.Errorf("%s", r.URI)
		}
	})
	t.Run("stats", func(t *testing.T) {
		var stats map[string]int
		node.call(t, "audits.stats", m{"tenantId": "t1", "filters": m{"severity": "Info"}}, &stats)
		if stats["totalToday"] != 3 || stats["severeThisWeek"] != 1 {
			t.Errorf("%v", stats)
		}
		if r := fake.Requests(ft.AuditsStats)[0]; !strings.HasPrefix(r.URI, "/audits//stats") || strings.Contains(r.URI, "Info") {
			t.Errorf("%s", r.URI)
		}
	})
	t.Run("metadata", func(t *testing.T) {
		node.call(t, "audits.setMetadata", m{"entityName": "other", "properties": []string{"severity"}}, nil)
		var got struct {
			EntityName string
			Properties []string
		}
		node.call(t, "audits.metadata", nil, &got)
		if got.EntityName != "audits" || len(got.Properties) != 1 {
			t.Errorf("%+v", got)
		}
		for _, r := range append(fake.Requests(ft.GetAuditsMetadata), fake.Requests(ft.SetAuditsMetadata)...) {
			if r.Header.Get("Frontegg-Tenant-Id") != "" || r.Header.Get("X-Access-Token") == "" || !strings.HasPrefix(r.URI, "/metadata/") {
				t.Errorf("%s %s: %v", r.Method, r.URI, r.Header)
			}
		}
	})
	t.Run("severity that does not exist", func(t *testing.T) {
		if _, thrown := node.try(t, "audits.send", m{"tenantId": "t1", "severity": "Fatal"}); thrown == nil || thrown.Answer != 400 {
			t.Errorf("threw %v", thrown)
		}
	})
}

// TestNodeEvents holds the events client.
func TestNodeEvents(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	node := startNode(t, fake)
	type m = map[string]any
	var id string
	node.call(t, "events.send", m{"tenantId": "t1", "event": m{
		"eventKey": "user.created", "data": m{"title": "Hello", "description": "A user"}, "channelConfiguration": m{"email": m{"subject": "s"}},
	}}, &id)
	fake.SetEventStatus(id, "email", ft.ChannelStatus{Status: "SUCCESS"})
	var status struct {
		EventKey, EventID string
		Channels          map[string]ft.ChannelStatus
	}
	node.call(t, "events.status", m{"id": id}, &status)
	if status.EventKey != "user.created" || status.EventID != id || status.Channels["email"].Status != "SUCCESS" {
		t.Errorf("%+v", status)
	}
	if r := fake.Requests(ft.TriggerEvent)[0]; r.URI != "/event/resources/triggers/v3" || r.Header.Get("Frontegg-Tenant-Id") != "t1" {
		t.Errorf("%+v", r)
	}
	for name, event := range map[string]m{
		"no key":  {"data": m{"title": "t", "description": "d"}},
		"no data": {"eventKey": "k"},
	} {
		if _, thrown := node.try(t, "events.send", m{"tenantId": "t1", "event": event}); thrown == nil {
			t.Errorf("%s: sent", name)
		}
	}
	if calls := fake.Calls(ft.TriggerEvent); calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

// TestNodeHostedLogin holds the client of hosted login, with a user agent between
// its two steps.
func TestNodeHostedLogin(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	fake.SignIn(ft.User("ada"), ft.Roles("admin"))
	node := startNode(t, fake)
	const callback = "http://127.0.0.1:9/callback"
	type m = map[string]any
	var authorize string
	node.call(t, "login.authorize", m{"redirectURI": callback, "state": "s 1"}, &authorize)
	if !strings.HasPrefix(authorize, fake.Domain()+"/oauth/authorize?response_type=code&") || !strings.Contains(authorize, "scope=openid%2Bemail%2Bprofile") {
		t.Errorf("%s", authorize)
	}
	back := redirected(t, authorize)
	if got := back.Query(); back.Path != "/callback" || got.Get("code") == "" || got.Get("state") != "s 1" {
		t.Fatalf("%s", back)
	}
	code := back.Query().Get("code")
	var login struct {
		User struct {
			Sub   string
			Roles []string
		}
		AccessToken, RefreshToken string
	}
	node.call(t, "login.exchange", m{"redirectURI": callback, "code": code, "state": "s 1"}, &login)
	if login.User.Sub != "ada" || len(login.User.Roles) != 1 || login.AccessToken == "" || login.RefreshToken == "" {
		t.Errorf("%+v", login)
	}
	if got, err := node.guard(t, url.Values{"roles": {"admin"}}, "Authorization: Bearer "+login.AccessToken); err != nil || got.status != 200 {
		t.Errorf("the guard says %d, %v", got.status, err)
	}
	r := fake.Requests(ft.CodeExchange)[0]
	basic := basicAuth(fake.ClientID(), fake.APIKey())
	var sent map[string]string
	if err := json.Unmarshal(r.Body, &sent); err != nil || sent["grant_type"] != "authorization_code" || sent["redirect_uri"] != callback || sent["state"] != "s 1" {
		t.Errorf("%s, %v", r.Body, err)
	}
	if r.Header.Get("Authorization") != basic || r.Header.Get("X-Access-Token") == "" {
		t.Errorf("%v", r.Header)
	}
	_, thrown := node.try(t, "login.exchange", m{"redirectURI": callback, "code": code, "state": "s 1"})
	if thrown == nil || thrown.Message != "[400] invalid_grant" {
		t.Errorf("the code serves twice: %v", thrown)
	}
}

// redirected asks for address and returns where the answer sends the user.
func redirected(t *testing.T, address string) *url.URL {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	location, err := resp.Location()
	if err != nil || resp.StatusCode != 302 {
		t.Fatalf("%d, %v", resp.StatusCode, err)
	}
	return location
}

func basicAuth(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}
