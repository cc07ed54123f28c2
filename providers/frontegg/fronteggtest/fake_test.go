package fronteggtest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// client calls a fake as a program does.
type client struct {
	t    *testing.T
	fake *ft.Fake
	http *http.Client
}

func newClient(t *testing.T, fake *ft.Fake) *client {
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t, fake, &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// do sends a request; header is pairs of names and values. path begins with the
// scheme for other sockets than the gateway's.
func (c *client) do(method, path, body string, header ...string) (answer, error) {
	c.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = c.fake.URL() + path
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(data)}, err
}

// want sends a request and checks the status.
func (c *client) want(status int, method, path, body string, header ...string) answer {
	c.t.Helper()
	got, err := c.do(method, path, body, header...)
	if err != nil || got.status != status {
		c.t.Fatalf("%s %s: %d %s, %v; want %d", method, path, got.status, got.body, err, status)
	}
	return got
}

// vendorToken authenticates.
func (c *client) vendorToken() string {
	c.t.Helper()
	got := c.want(200, "POST", "/auth/vendor", `{"clientId":"`+c.fake.ClientID()+`","secret":"`+c.fake.APIKey()+`"}`)
	return read[struct{ Token string }](c.t, got).Token
}

// read reads JSON.
func read[T any](t *testing.T, a answer) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	if !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		t.Errorf("type %q", a.header.Get("Content-Type"))
	}
	return v
}

// firstError returns the first of Frontegg's errors.
func firstError(t *testing.T, a answer) string {
	t.Helper()
	if all := read[struct{ Errors []string }](t, a).Errors; len(all) > 0 {
		return all[0]
	}
	return ""
}

func TestVendorAuthentication(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	fake := ft.New(t, ft.WithClock(clock), ft.WithCredentials("client", "key"), ft.WithExpiresIn(60))
	c := newClient(t, fake)
	const right = `{"clientId":"client","secret":"key"}`
	for body, status := range map[string]int{
		right:                                  200,
		`{"clientId":"client","secret":"Key"}`: 401,
		`{"clientId":"other","secret":"key"}`:  401,
		`{}`:                                   401,
		`no JSON`:                              400,
		``:                                     400,
	} {
		c.want(status, "POST", "/auth/vendor", body)
	}
	c.want(401, "GET", "/auth/vendor", "")      // an unknown path, for which a vendor token is needed
	c.want(200, "POST", "/auth/vendor/", right) // as the SDK for Python says it
	got := read[struct {
		Token     string
		ExpiresIn int64
	}](t, c.want(200, "POST", "/auth/vendor", right))
	if got.ExpiresIn != 60 {
		t.Errorf("expiresIn %d", got.ExpiresIn)
	}
	claims := verify(t, fake, got.Token)
	if claims["type"] != "vendor" || claims["vendorId"] != "client" || claims["exp"] != float64(clock.Now().Unix()+60) {
		t.Errorf("%v", claims)
	}
	const path = "/vendors/base-url"
	clock.Advance(59 * time.Second)
	c.want(200, "GET", path, "", "x-access-token", got.Token)
	clock.Advance(time.Second)
	c.want(401, "GET", path, "", "x-access-token", got.Token)

	fake.SetExpiresIn(1 << 62)
	forever := c.vendorToken()
	clock.Advance(100 * 365 * 24 * time.Hour)
	c.want(200, "GET", path, "", "x-access-token", forever)
	fake.RevokeVendorTokens()
	c.want(401, "GET", path, "", "x-access-token", forever)
	c.want(200, "GET", path, "", "x-access-token", c.vendorToken())
}

// endpoints are those of the gateway that need a vendor token, with a path each.
var endpoints = map[ft.Endpoint]string{
	ft.Configurations:           "/identity/resources/configurations/v1",
	ft.UserAccessToken:          "/identity/resources/vendor-only/users/access-tokens/v1/x",
	ft.ActiveUserAccessTokens:   "/identity/resources/vendor-only/users/access-tokens/v1/active",
	ft.TenantAccessToken:        "/identity/resources/vendor-only/tenants/access-tokens/v1/x",
	ft.ActiveTenantAccessTokens: "/identity/resources/vendor-only/tenants/access-tokens/v1/active",
	ft.SnapshotOffset:           "/entitlements/api/v1/vendor-entitlements-snapshot-offset",
	ft.Snapshot:                 "/entitlements/api/v1/vendor-entitlements",
	ft.SendAudit:                "/audits/",
	ft.GetAudits:                "/audits/",
	ft.AuditsStats:              "/audits//stats",
	ft.GetAuditsMetadata:        "/metadata/?entityName=audits",
	ft.SetAuditsMetadata:        "/metadata/",
	ft.TriggerEvent:             "/event/resources/triggers/v3",
	ft.EventStatuses:            "/event/resources/triggers/v3/x/statuses",
	ft.BaseURL:                  "/vendors/base-url",
	ft.CodeExchange:             "/oauth/token",
	ft.Other:                    "/identity/resources/users/v2",
}

func TestEveryCallNeedsAVendorToken(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	token := c.vendorToken()
	for endpoint, path := range endpoints {
		method := "GET"
		if strings.HasPrefix(string(endpoint), "POST ") {
			method = "POST"
		}
		c.want(401, method, path, "")
		c.want(401, method, path, "", "x-access-token", "other")
		c.want(401, method, path, "", "authorization", "Bearer "+token)
		// Tokens of our own environment that nobody was given.
		c.want(401, method, path, "", "x-access-token", fake.Token(ft.Vendor(fake.ClientID())))
		if got, err := c.do(method, path, "", "x-access-token", token); err != nil || got.status == 401 && endpoint != ft.CodeExchange {
			t.Errorf("%s: %d %s, %v", endpoint, got.status, got.body, err)
		}
		if calls := fake.Calls(endpoint); calls != 5 {
			t.Errorf("%s: %d calls", endpoint, calls)
		}
	}
	for endpoint := range endpoints {
		tenant := endpoint == ft.SendAudit || endpoint == ft.GetAudits || endpoint == ft.AuditsStats || endpoint == ft.TriggerEvent
		all := fake.Requests(endpoint)
		if last := all[len(all)-1]; tenant && last.Status != 400 {
			t.Errorf("%s without a tenant: %d", endpoint, last.Status)
		}
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	fake := ft.New(t, ft.WithHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(append(body, r.URL.Path...))
	})))
	c := newClient(t, fake)
	c.want(401, "PUT", "/identity/x", "body")
	if got := c.want(418, "PUT", "/identity/x", "body", "x-access-token", c.vendorToken()); got.body != "body/identity/x" {
		t.Errorf("%q", got.body)
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	fake := ft.New(t, ft.WithClock(clock))
	c := newClient(t, fake)
	c.want(401, "POST", "/audits/?a=b%20c", "the body", "X-Thing", "v")
	got := fake.Requests(ft.SendAudit)
	if len(got) != 1 {
		t.Fatalf("%d requests", len(got))
	}
	r := got[0]
	if r.Endpoint != ft.SendAudit || r.Method != "POST" || r.URI != "/audits/?a=b%20c" || string(r.Body) != "the body" ||
		r.Header.Get("X-Thing") != "v" || !r.Time.Equal(clock.Now()) || r.Status != 401 {
		t.Errorf("%+v", r)
	}
	c.want(404, "GET", fake.Domain()+"/x", "")
	if fake.Calls(ft.SendAudit) != 1 || fake.Calls(ft.Other) != 1 || fake.Calls(ft.Any) != 2 || len(fake.Requests(ft.Any)) != 2 {
		t.Error("calls are lost")
	}
	fake.Forget()
	if fake.Calls(ft.Any) != 0 || fake.Requests(ft.Any) != nil {
		t.Error("nothing is forgotten")
	}
}

func TestStopAndRestart(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	token, gateway, domain := c.vendorToken(), fake.URL(), fake.Domain()
	fake.Stop()
	fake.Stop()
	for _, address := range []string{gateway, domain} {
		var refused *net.OpError
		if _, err := c.do("GET", address+"/", ""); !errors.As(err, &refused) {
			t.Errorf("%s: %v", address, err)
		}
	}
	fake.Restart()
	fake.Restart()
	if fake.URL() != gateway || fake.Domain() != domain {
		t.Error("the addresses are others")
	}
	c.want(200, "GET", "/vendors/base-url", "", "x-access-token", token)
	c.want(200, "GET", domain+"/.well-known/jwks.json", "")
}

// TestCloseLeavesNothing holds that requests which wait end, and goroutines too.
func TestCloseLeavesNothing(t *testing.T) {
	// Not parallel: it looks at all goroutines of the process.
	fake, err := ft.Start()
	if err != nil {
		t.Fatal(err)
	}
	fake.Fail(ft.JWKS, ft.Always, ft.Hang())
	fake.Fail(ft.Discovery, ft.Always, ft.Delay(time.Hour))
	fake.Hold(ft.Configurations)
	c := newClient(t, fake)
	var waiting sync.WaitGroup
	for path, body := range map[string]string{
		fake.Domain() + jwksPath:                            "",
		fake.Domain() + "/.well-known/openid-configuration": strings.Repeat("x", 16<<20), // nobody reads so much
		"/identity/resources/configurations/v1":             "",
	} {
		waiting.Go(func() {
			if got, err := c.do("GET", path, body); err == nil {
				t.Errorf("%s: %d", path, got.status)
			}
		})
	}
	if err := fake.Await(t.Context(), ft.Any, 3); err != nil {
		t.Fatal(err)
	}
	fake.Close()
	fake.Close()
	waiting.Wait()
	var all strings.Builder
	for range 1000 { // net/http's goroutines end after they have said so
		all.Reset()
		if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(all.String(), "fronteggtest.(*") && !strings.Contains(all.String(), "http.(*conn)") {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("goroutines are left:\n%s", &all)
}

// TestCloseWaits holds that nothing of a fake runs when Close returns.
func TestCloseWaits(t *testing.T) {
	t.Parallel()
	var ended atomic.Bool
	fake := ft.New(t, ft.WithHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		for range 10_000 {
			runtime.Gosched()
		}
		ended.Store(true)
	})))
	c := newClient(t, fake)
	token := c.vendorToken()
	var waiting sync.WaitGroup
	waiting.Go(func() { _, _ = c.do("GET", "/x", "", "x-access-token", token) })
	if err := fake.Await(t.Context(), ft.Other, 1); err != nil {
		t.Fatal(err)
	}
	fake.Close()
	if !ended.Load() {
		t.Error("a handler runs on")
	}
	waiting.Wait()
}

// TestStart holds what programs get: mistakes panic.
func TestStart(t *testing.T) {
	t.Parallel()
	fake, err := ft.Start(ft.WithCredentials("client", "key"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	for _, address := range []string{fake.URL(), fake.Domain()} {
		if !strings.HasPrefix(address, "http://127.0.0.1:") {
			t.Errorf("it listens on %s", address)
		}
	}
	settings := fake.Settings()
	if settings["FRONTEGG_CLIENT_ID"] != "client" || settings["FRONTEGG_API_KEY"] != "key" ||
		settings["FRONTEGG_API_GATEWAY_URL"] != fake.URL() || settings["FRONTEGG_BASE_URL"] != fake.Domain() {
		t.Errorf("%v", settings)
	}
	if _, err := ft.Start(ft.WithCredentials("", "")); err == nil {
		t.Error("no credentials are good")
	}
	for name, mistake := range map[string]func(){
		"algorithm":    func() { fake.Token(ft.User("ada"), ft.Algorithm("ES256")) },
		"access token": func() { fake.AddAccessToken(ft.User("ada"), ft.AccessToken{}) },
		"times":        func() { fake.Fail(ft.Any, 0, ft.Drop()) },
		"fault":        func() { fake.Fail(ft.Any, 1) },
		"event":        func() { fake.SetEventStatus("x", "email", ft.ChannelStatus{}) },
		"restart":      func() { fake.Close(); fake.Restart() },
	} {
		if name == "restart" {
			defer wantPanic(t, name, mistake)
			continue
		}
		wantPanic(t, name, mistake)
	}
}

func wantPanic(t *testing.T, name string, mistake func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", name)
		}
	}()
	mistake()
}

// outsider is a program, not a test, that comes with a t of its own.
const outsider = `package main

import (
	"fmt"
	"testing"

	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

type fake struct{ testing.TB }

func (fake) Helper()               {}
func (fake) Cleanup(func())        {}
func (fake) Fatalf(string, ...any) {}

func main() {
	fmt.Println(fronteggtest.New(fake{}).Token(fronteggtest.User("ada")))
}
`

func TestRefusesPrograms(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(program, []byte(outsider), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "run", program).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "fronteggtest: New is for tests") || strings.Contains(string(out), "eyJ") {
		t.Errorf("a program with a t of its own: %v\n%s", err, out)
	}
}
