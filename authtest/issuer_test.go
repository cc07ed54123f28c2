package authtest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

func TestEveryKindInOneLine(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	for want, option := range map[auth.Kinds]authtest.TokenOption{
		auth.KindUser:         authtest.User("x1"),
		auth.KindUserAPI:      authtest.UserAPI("x1"),
		auth.KindTenantAPI:    authtest.TenantAPI("x1"),
		auth.KindUserAccess:   authtest.UserAccess("x1"),
		auth.KindTenantAccess: authtest.TenantAccess("x1"),
		auth.KindPAT:          authtest.PAT("x1"),
		auth.KindService:      authtest.Service("x1"),
		auth.KindVendor:       authtest.Vendor("x1"),
	} {
		id, err := guard.Validate(t.Context(), issuer.Token(option), auth.Tokens(want))
		if err != nil {
			t.Errorf("%v: %v", want, err)
			continue
		}
		if id.Kind() != want || id.Subject() != "x1" || id.Issuer() != issuer.URL() {
			t.Errorf("%v: got %v %q of %q", want, id.Kind(), id.Subject(), id.Issuer())
		}
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	issuer := authtest.New(t, authtest.WithClock(clock), authtest.WithAudience("files-api"))
	at := clock.Now().Add(-time.Minute)
	token := issuer.Token(authtest.User("u1"), authtest.Roles("admin", "editor"), authtest.Permissions("read"),
		authtest.Scopes("files:read", "files:write"), authtest.Tenant("t1"), authtest.Tenants("t1", "t2"), authtest.Name("Ada"),
		authtest.Email("ada@example.com"), authtest.StepUp(at), authtest.Actor("support"), authtest.Claim("plan", "gold"))
	id, err := issuer.Guard().Validate(t.Context(), token, auth.Roles("editor"), auth.Permissions("read"), auth.Scopes("files:write"),
		auth.Tenant("t1"), auth.Owner("u1"), auth.StepUpWithin(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	actor, _ := id.Actor()
	plan, _ := id.Claim("plan")
	if id.Name() != "Ada" || id.Email() != "ada@example.com" || !id.EmailVerified() || actor.Subject != "support" || plan != "gold" ||
		!id.AuthTime().Equal(at) || len(id.Tenants()) != 2 || !id.Expiry().Equal(clock.Now().Add(time.Hour)) {
		t.Errorf("claims are lost: %s", id.RawClaims())
	}
	if issuer.Audience() != "files-api" {
		t.Errorf("audience %q", issuer.Audience())
	}
	pat, err := issuer.Guard().Validate(t.Context(), issuer.Token(authtest.PAT("k1"), authtest.OwnedBy("u1"), authtest.CreatedBy("u2"),
		authtest.Claim("tenantId", "t1"), authtest.Claim("tenantId", nil), authtest.Roles()))
	if err != nil {
		t.Fatal(err)
	}
	if pat.UserID() != "u1" || pat.CreatedByUserID() != "u2" || pat.Tenant() != "" {
		t.Errorf("claims are lost: %s", pat.RawClaims())
	}
}

func TestFaultsAreRefused(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	for name, fault := range map[string]authtest.TokenOption{
		"expired":       authtest.Expired(),
		"not yet valid": authtest.NotYetValid(),
		"audience":      authtest.WrongAudience(),
		"issuer":        authtest.WrongIssuer(),
		"retired key":   authtest.RetiredKey(),
		"forged":        authtest.Forged(),
		"unsigned":      authtest.Unsigned(),
		"confused":      authtest.Confused(),
		"short":         authtest.ValidFor(-time.Minute),
		"no expiry":     authtest.Claim("exp", nil),
	} {
		if _, err := guard.Validate(t.Context(), issuer.Token(authtest.User("u1"), fault)); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	clock := authtest.NewClock(time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC))
	issuer := authtest.New(t, authtest.WithClock(clock))
	guard := issuer.Guard()
	before := issuer.Token(authtest.User("u1"))
	issuer.Rotate()
	if _, err := guard.Validate(t.Context(), before); err != nil {
		t.Errorf("the guard has the old key until it asks again: %v", err)
	}
	if _, err := guard.Validate(t.Context(), issuer.Token(authtest.User("u1"))); err != nil {
		t.Errorf("token of the new key: %v", err)
	}
	for name, token := range map[string]string{"before": before, "retired": issuer.Token(authtest.User("u1"), authtest.RetiredKey())} {
		if _, err := guard.Validate(t.Context(), token); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}

func TestClockDecidesOnExpiry(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	issuer := authtest.New(t, authtest.WithClock(clock))
	guard := issuer.Guard()
	token := issuer.Token(authtest.User("u1"), authtest.ValidFor(time.Minute))
	if _, err := guard.Validate(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Minute)
	if _, err := guard.Validate(t.Context(), token); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("after its expiry: %v", err)
	}
}

func TestClosedIssuer(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard(auth.LazyStart())
	issuer.Close()
	if _, err := guard.Validate(t.Context(), issuer.Token(authtest.User("u1"))); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("without keys: %v", err)
	}
}

func TestTwoIssuers(t *testing.T) {
	t.Parallel()
	ours, partner := authtest.New(t), authtest.New(t)
	guard, err := auth.New(t.Context(),
		ours.Trust(auth.Name("ours"), auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Roles: []string{auth.Any}})),
		partner.Trust(auth.Name("partner"), auth.Asserts(auth.Assertion{Kinds: auth.KindUser})))
	if err != nil {
		t.Fatal(err)
	}
	token := partner.Token(authtest.User("u1"), authtest.Roles("admin"))
	if _, err := guard.Validate(t.Context(), token, auth.FromIssuer("partner")); err != nil {
		t.Error(err)
	}
	if _, err := guard.Validate(t.Context(), token, auth.Roles("admin")); !errors.Is(err, auth.ErrPermissionDenied) {
		t.Errorf("a role that the partner may not grant: %v", err)
	}
}

// TestOverHTTP holds that nothing but public keys is to be had from the socket.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	development, err := authtest.StartDevelopmentIssuer("files-api")
	if err != nil {
		t.Fatal(err)
	}
	defer development.Close()
	for _, issuer := range []*authtest.Issuer{authtest.New(t), development} {
		u, err := url.Parse(issuer.URL())
		if err != nil || !net.ParseIP(u.Hostname()).IsLoopback() {
			t.Errorf("listens on %s", issuer.URL())
		}
		var discovery map[string]any
		getJSON(t, issuer.URL()+"/.well-known/openid-configuration", &discovery)
		if discovery["issuer"] != issuer.URL() {
			t.Errorf("discovery %v", discovery)
		}
		for name := range discovery {
			if strings.HasSuffix(name, "_endpoint") {
				t.Errorf("discovery offers %s", name)
			}
		}
		var keys struct{ Keys []map[string]any }
		getJSON(t, discovery["jwks_uri"].(string), &keys)
		if len(keys.Keys) != 1 || keys.Keys[0]["kid"] == "" || keys.Keys[0]["d"] != nil {
			t.Errorf("keys %v", keys)
		}
		for _, path := range []string{"/", "/token", "/oauth/token", "/authorize", "/userinfo", "/mint", "/.well-known/openid-configuration", "/jwks"} {
			for _, method := range []string{"GET", "POST", "PUT"} {
				if method == "GET" && (strings.HasPrefix(path, "/.well") || path == "/jwks") {
					continue
				}
				response := send(t, method, issuer.URL()+path)
				body, _ := io.ReadAll(response.Body)
				if response.StatusCode < 400 || strings.Contains(string(body), "eyJ") {
					t.Errorf("%s %s: %d %s", method, path, response.StatusCode, body)
				}
			}
		}
	}
}

func TestDevelopmentIssuer(t *testing.T) {
	t.Parallel()
	issuers := [2]*authtest.Issuer{}
	for i := range issuers {
		issuer, err := authtest.StartDevelopmentIssuer("files-api")
		if err != nil {
			t.Fatal(err)
		}
		defer issuer.Close()
		issuers[i] = issuer
	}
	guard := issuers[0].Guard()
	if _, err := guard.Validate(t.Context(), issuers[0].Token(authtest.User("u1"))); err != nil {
		t.Error(err)
	}
	other := issuers[1].Token(authtest.User("u1"), authtest.Claim("iss", issuers[0].URL()))
	if _, err := guard.Validate(t.Context(), other); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("two issuers share a key: %v", err)
	}
	if _, err := authtest.StartDevelopmentIssuer(""); err == nil {
		t.Error("an empty audience is accepted")
	}
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "authtest.User") {
			t.Errorf("a token of no kind: %q", text)
		}
	}()
	issuers[0].Token()
}

func TestMistakesFailTheTest(t *testing.T) {
	t.Parallel()
	for want, do := range map[string]func(testing.TB){
		"say whose it is":          func(t testing.TB) { authtest.New(t).Token(authtest.Roles("admin")) },
		"a token is of one kind":   func(t testing.TB) { authtest.New(t).Token(authtest.User("u"), authtest.Service("s")) },
		"unsupported type":         func(t testing.TB) { authtest.New(t).Token(authtest.User("u"), authtest.Claim("x", func() {})) },
		"Realm":                    func(t testing.TB) { authtest.New(t).Guard(auth.Realm("")) },
		"the audience is empty":    func(t testing.TB) { authtest.New(t, authtest.WithAudience("")) },
		"the test does not run in": func(t testing.TB) { authtest.UpToDateIn(t, "/") },
	} {
		if got := failure(t, do); !strings.Contains(got, want) {
			t.Errorf("failed with %q, want %q", got, want)
		}
	}
}

// outsider is a program, not a test, that comes with a t of its own.
const outsider = `package main

import (
	"fmt"
	"testing"

	"github.com/authgen/authgen/authtest"
)

type fake struct{ testing.TB }

func (fake) Helper()               {}
func (fake) Cleanup(func())        {}
func (fake) Logf(string, ...any)   {}
func (fake) Fatalf(string, ...any) {}

func main() {
	fmt.Println(authtest.New(fake{}).Token(authtest.User("ada")))
}
`

// TestRefusesPrograms holds that outside tests there is only the door whose
// name says what it is.
func TestRefusesPrograms(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(program, []byte(outsider), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "run", program).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "authtest: New is for tests") || strings.Contains(string(out), "eyJ") {
		t.Errorf("a program with a t of its own: %v\n%s", err, out)
	}
}

func getJSON(t *testing.T, url string, v any) {
	t.Helper()
	response := send(t, http.MethodGet, url)
	if err := json.NewDecoder(response.Body).Decode(v); err != nil {
		t.Fatal(err)
	}
}

func send(t *testing.T, method, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}
