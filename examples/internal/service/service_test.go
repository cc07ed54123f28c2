package service

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

func routes(guard *auth.Guard, _ ...auth.VerifyOption) (http.Handler, error) {
	rule := &auth.Rule{Handler: "test", Access: auth.Restricted}
	return nethttp.HandlerFunc(guard, rule, func(w http.ResponseWriter, r *http.Request) {}), nil
}

// started runs the service until the test ends and returns its URL and the
// other lines that it prints, as many as asked for.
func started(t *testing.T, lines int, args ...string) (url string, more []string) {
	t.Helper()
	return startedWith(t, routes, lines, args...)
}

func startedWith(t *testing.T, routes Routes, lines int, args ...string) (url string, more []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, "test", args, write, routes)
		close(ended)
		write.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the service ended with %v", err)
		}
	})
	out := bufio.NewReader(read)
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatal(<-ended)
	}
	for range lines {
		next, err := out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		more = append(more, strings.TrimSpace(next))
	}
	return strings.TrimPrefix(strings.TrimSpace(line), "listening on "), more
}

func status(t *testing.T, url, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestDevelopmentIssuer(t *testing.T) {
	t.Parallel()
	url, lines := started(t, 2, "-listen", "127.0.0.1:0")
	_, token, ok := strings.Cut(lines[0], "token of an admin: ")
	if !ok {
		t.Fatalf("no token in %q", lines)
	}
	if got := status(t, url, token); got != 200 {
		t.Errorf("with the printed token: %d", got)
	}
	if got := status(t, url, ""); got != 401 {
		t.Errorf("without a token: %d", got)
	}
}

// foreignIssuer serves discovery and keys as any OIDC issuer does, and returns
// its URL and what signs claims. It shares no code with package authtest.
func foreignIssuer(t *testing.T) (url string, sign func(claims jwt.MapClaims) string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for path, document := range map[string]any{
		"/.well-known/openid-configuration": map[string]any{"issuer": server.URL, "jwks_uri": server.URL + "/keys"},
		"/keys": map[string]any{"keys": []any{map[string]any{
			"kty": "EC", "crv": "P-256", "kid": "k1", "alg": "ES256", "use": "sig",
			"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:]),
		}}},
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if err := json.NewEncoder(w).Encode(document); err != nil {
				t.Error(err)
			}
		})
	}
	return server.URL, func(claims jwt.MapClaims) string {
		claims["iss"], claims["exp"] = server.URL, time.Now().Add(time.Hour).Unix()
		token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
		token.Header["kid"] = "k1"
		signed, err := token.SignedString(key)
		if err != nil {
			t.Error(err)
		}
		return signed
	}
}

// tenantsFiles is what the rules of the example services ask for.
func tenantsFiles(guard *auth.Guard, _ ...auth.VerifyOption) (http.Handler, error) {
	rule := &auth.Rule{Handler: "test", Access: auth.Restricted, All: []auth.Demands{{
		Kinds: auth.KindUser, Roles: []string{"admin"}, Permissions: []string{"readFile"}, Tenant: "tenant",
	}}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}", nethttp.HandlerFunc(guard, rule, func(w http.ResponseWriter, r *http.Request) {}))
	return mux, nil
}

// checkForeign holds that the service at url takes the tokens of an issuer with
// plain claims for what they say.
func checkForeign(t *testing.T, url, audience string, sign func(jwt.MapClaims) string) {
	t.Helper()
	token := func(change, value string) string {
		claims := jwt.MapClaims{
			"sub": "ada", "aud": audience, "type": "userToken", "tenantId": "t1",
			"roles": []string{"admin"}, "permissions": []string{"readFile"},
		}
		if change != "" {
			claims[change] = value
		}
		return sign(claims)
	}
	for name, c := range map[string]struct {
		token string
		want  int
	}{
		"right":          {token("", ""), 200},
		"other tenant":   {token("tenantId", "t2"), 403},
		"other kind":     {token("type", "tenantApiToken"), 403},
		"other audience": {token("aud", "nobody's"), 401},
		"none":           {"", 401},
	} {
		if got := status(t, url+"/t1", c.token); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestRealIssuer needs -issuer, -audience and -listen, and nothing else.
func TestRealIssuer(t *testing.T) {
	t.Parallel()
	issuer, sign := foreignIssuer(t)
	url, _ := startedWith(t, tenantsFiles, 0, "-issuer", issuer, "-audience", "other-api", "-listen", "127.0.0.1:0")
	checkForeign(t, url, "other-api", sign)
}

// TestEnvironment is TestRealIssuer by the environment, which is the whole
// process's: it is not parallel.
func TestEnvironment(t *testing.T) {
	issuer, sign := foreignIssuer(t)
	t.Setenv("ISSUER", issuer)
	t.Setenv("AUDIENCE", "other-api")
	t.Setenv("LISTEN", "127.0.0.1:0")
	url, _ := startedWith(t, tenantsFiles, 0)
	checkForeign(t, url, "other-api", sign)
}

// TestMapping holds that the claims of the mapping asked for count: Frontegg's
// tokens have a tenant.
func TestMapping(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t, authtest.WithAudience(Audience))
	token := issuer.Token(authtest.User("ada"))
	for mapping, want := range map[string]int{"frontegg": 401, "auth0": 401, "authgen": 200} {
		rule := &auth.Rule{Handler: "test", Access: auth.Restricted, All: []auth.Demands{{Kinds: auth.KindUser}}}
		url, _ := startedWith(t, func(guard *auth.Guard, _ ...auth.VerifyOption) (http.Handler, error) {
			return nethttp.HandlerFunc(guard, rule, func(w http.ResponseWriter, r *http.Request) {}), nil
		}, 0, "-issuer", issuer.URL(), "-mapping", mapping, "-listen", "127.0.0.1:0")
		if got := status(t, url, token); got != want {
			t.Errorf("with the mapping %q: %d, want %d", mapping, got, want)
		}
	}
}

func TestExit(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]int{nil: 0, flag.ErrHelp: 0, errors.New("broken"): 1} {
		var stderr strings.Builder
		if got := exit("test", &stderr, err); got != want || (got != 0) != strings.Contains(stderr.String(), "broken") {
			t.Errorf("%v: exit %d, want %d; printed %q", err, got, want, stderr.String())
		}
	}
	if err := run(t.Context(), "test", []string{"-h"}, io.Discard, routes); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: %v", err)
	}
}

// TestRefuses holds above all that nobody beyond this machine can reach a
// service that trusts its own issuer.
func TestRefuses(t *testing.T) {
	t.Parallel()
	for says, args := range map[string][]string{
		`the mapping "oidc" does not have`:  {"-issuer", "https://id.example.com", "-mapping", "oidc"},
		`the mapping "entra" does not have`: {"-issuer", "https://id.example.com", "-mapping", "entra"},
		"loopback addresses only":           {"-listen", "0.0.0.0:0"},
		"loopback addresses only, not [::":  {"-listen", "[::]:0"},
		"unexpected argument":               {"more"},
		"unknown mapping":                   {"-issuer", "https://id.example.com", "-mapping", "nobody"},
		"-mapping is for a real issuer":     {"-mapping", "auth0"},
		"flag provided but not defined":     {"-nothing"},
		"discovery":                         {"-issuer", "http://127.0.0.1:1", "-mapping", "frontegg", "-listen", "127.0.0.1:0"},
		"address":                           {"-listen", "nonsense"},
	} {
		// One that is not refused would serve for as long as it may.
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := run(ctx, "test", args, io.Discard, routes)
		cancel()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, want %q", args, err, says)
		}
	}
}

// TestStart holds that a program does not serve routes that are refused at start, and
// that the issuer of this process is accepted there and no other on this machine.
func TestStart(t *testing.T) {
	t.Parallel()
	issuer, _ := foreignIssuer(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"its own issuer": {nil, "refused"},
		"another":        {[]string{"-issuer", issuer}, "(local issuer)"},
		"accepted":       {[]string{"-issuer", issuer, "-local-issuer"}, "refused"},
	} {
		verify := func(_ *auth.Guard, start ...auth.VerifyOption) (http.Handler, error) {
			m := auth.EmbeddedManifest(`{"schema":"authgen.manifest/v1","module":"m","routes":[],"handlers":[]}`)
			if err := nethttp.Verify(&nethttp.Recorder{}, m, start...); err != nil {
				return nil, err
			}
			return nil, errors.New("refused")
		}
		err := run(t.Context(), "test", append(c.args, "-listen", "127.0.0.1:0"), io.Discard, verify)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
