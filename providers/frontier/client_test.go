package frontier_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

func keyFile(t *testing.T, k ft.Key, wrapped bool) []byte {
	t.Helper()
	var v any = k
	if wrapped {
		v = map[string]any{"key": k}
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// claimsOf reads a part of a JWT, 0 for the header.
func claimsOf(t *testing.T, token string, part int) (claims map[string]any) {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[part])
	if err == nil {
		err = json.Unmarshal(data, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestToken holds that each credential gets the token of its service user, from
// servers of both kinds, with one request.
func TestToken(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string][]ft.Option{"connect": nil, "rest": {ft.WithREST()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := authtest.NewClock(time.Now().Truncate(time.Second))
			s := &service{fake: ft.New(t, append(fake, ft.WithClock(clock))...), clock: clock, log: new(log)}
			f, p := s.fake, s.people()
			path := filepath.Join(t.TempDir(), "key.json")
			if err := os.WriteFile(path, keyFile(t, p.key, false), 0o600); err != nil {
				t.Fatal(err)
			}
			secret, err := frontier.SecretCredential(p.secret.ID, p.secret.Secret)
			if err != nil {
				t.Fatal(err)
			}
			for name, credential := range map[string]frontier.Option{
				"secret": frontier.Credentials(p.secret.ID, p.secret.Secret), "opaque token": frontier.Credentials(p.opaque.ID, p.opaque.Secret),
				"key": frontier.Key(keyFile(t, p.key, false)), "wrapped key": frontier.Key(keyFile(t, p.key, true)), "key file": frontier.KeyFile(path),
				"source": frontier.CredentialSource(func(context.Context) (frontier.Credential, error) { return secret, nil }),
			} {
				f.Forget()
				c, err := frontier.Connect(t.Context(), f.URL(), frontier.Environment(noEnvironment), frontier.Issuer(f.Issuer()), frontier.Clock(clock.Now), credential)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				var wait sync.WaitGroup
				for range 10 {
					wait.Go(func() {
						token, err := c.Token(t.Context())
						if err != nil || claimsOf(t, token, 1)["sub"] != p.machine.ID {
							t.Errorf("%s: %v", name, err)
						}
					})
				}
				wait.Wait()
				asked := f.Requests(ft.AuthToken)
				if len(asked) != 1 {
					t.Fatalf("%s: %d requests", name, len(asked))
				}
				if !strings.Contains(name, "key") {
					continue
				}
				_, assertion, _ := strings.Cut(asked[0].Header.Get("Authorization"), " ")
				header, claims := claimsOf(t, assertion, 0), claimsOf(t, assertion, 1)
				exp, _ := claims["exp"].(float64)
				if header["kid"] != p.key.ID || header["alg"] != "RS256" || claims["kid"] != p.key.ID || claims["jti"] == "" || claims["jti"] == nil ||
					claims["sub"] != p.machine.ID || int64(exp) != clock.Now().Add(5*time.Minute).Unix() {
					t.Errorf("%s: %v %v", name, header, claims)
				}
			}
		})
	}
}

// TestCredentialRotation holds that another credential counts without a restart.
func TestCredentialRotation(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	path := filepath.Join(t.TempDir(), "key.json")
	write := func(k ft.Key) {
		t.Helper()
		if err := os.WriteFile(path, keyFile(t, k, true), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	current := p.secret
	source := frontier.CredentialSource(func(context.Context) (frontier.Credential, error) {
		return frontier.SecretCredential(current.ID, current.Secret)
	})
	write(p.key)
	plain := []frontier.Option{frontier.Environment(noEnvironment), frontier.Issuer(f.Issuer()), frontier.Clock(s.clock.Now), frontier.Logger(slog.New(slog.DiscardHandler))}
	for name, c := range map[string]struct {
		option frontier.Option
		end    string
		rotate func()
	}{
		"source":   {source, p.secret.ID, func() { current = f.CreateCredential(p.machine.ID) }},
		"key file": {frontier.KeyFile(path), p.key.ID, func() { write(f.CreateKey(p.machine.ID)) }},
	} {
		client, err := frontier.Connect(t.Context(), f.URL(), append(plain, c.option)...)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		first, err := client.Token(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f.DeleteCredential(c.end)
		s.clock.Advance(2 * time.Hour)
		var answer *frontier.Error
		if _, err := client.Token(t.Context()); !errors.Is(err, frontier.ErrUnavailable) || !errors.Is(err, frontier.ErrUnauthenticated) || !errors.As(err, &answer) || answer.Status != 401 {
			t.Errorf("%s, refused: %v", name, err)
		}
		c.rotate()
		s.clock.Advance(time.Minute)
		if second, err := client.Token(t.Context()); err != nil || second == first {
			t.Errorf("%s, rotated: %v", name, err)
		}
	}
}

// TestBootstrapAccount holds that a program may be the account of the server's own
// configuration, for which the server makes no tokens: it calls by id and secret then.
func TestBootstrapAccount(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	root := f.Root()
	own := frontier.Credentials(root.ID, root.Secret)
	s.program = root
	on := s.another(t)
	if got := on.status("/any", cookie, "sid="+p.session.Cookie); got != 200 {
		t.Errorf("a session: %d\n%s", got, on.log)
	}
	c, err := frontier.Connect(t.Context(), f.URL(), frontier.Environment(noEnvironment), frontier.Issuer(f.Issuer()), frontier.Clock(s.clock.Now), own)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if made, err := c.CreatePermissions(t.Context(), "storage.file.upload"); err != nil || len(made) != 1 {
		t.Errorf("permissions: %v, %v", made, err)
	}
	if err := c.Audits().Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := c.Token(t.Context()); !errors.Is(err, frontier.ErrUnavailable) {
		t.Errorf("a token: %v", err)
	}
	f.Fail(ft.AuthToken, ft.Always, ft.Status(503, "unavailable", "down"))
	s.clock.Advance(time.Minute)
	if _, err := c.MissingPermissions(t.Context()); !errors.Is(err, frontier.ErrUnavailable) {
		t.Errorf("while there are no tokens for anybody: %v", err)
	}
	hides(t, on.log.String(), root.Secret)
}

// TestTokenRenewal holds that a token is replaced after 0.8 of its life, and serves to
// its end where that fails.
func TestTokenRenewal(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f := s.fake
	c := s.connect(t)
	first, err := c.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Forget()
	f.Fail(ft.AuthToken, ft.Always, ft.Status(503, "unavailable", "down"))
	s.clock.Advance(48 * time.Minute)
	if token, err := c.Token(t.Context()); err != nil || token != first {
		t.Errorf("at 0.8 of its life: %v", err)
	}
	if err := f.Await(t.Context(), ft.AuthToken, 1); err != nil {
		t.Error("nobody asked for another")
	}
	s.clock.Advance(12 * time.Minute)
	if _, err := c.Token(t.Context()); !errors.Is(err, frontier.ErrUnavailable) {
		t.Errorf("when it had ended: %v", err)
	}
	f.Heal()
	s.clock.Advance(time.Minute)
	if token, err := c.Token(t.Context()); err != nil || token == first {
		t.Errorf("later: %v", err)
	}
}

// TestSettings holds that all that is wrong is told at once, by name and not by value.
func TestSettings(t *testing.T) {
	t.Parallel()
	const id, value = "7c0ff0a2-5b0f-4a39-8a5d-1b5f0a3f9b11", "a-secret-that-nobody-may-see"
	type env = map[string]string
	good := env{"FRONTIER_URL": "https://frontier.example.com/", "FRONTIER_ISSUER": "frontier", "FRONTIER_CLIENT_ID": id, "FRONTIER_CLIENT_SECRET": value}
	with := func(name, value string) env {
		out := env{name: value}
		for k, v := range good {
			if k != name {
				out[k] = v
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		env  env
		url  string
		opts []frontier.Option
		want []string // parts of the error; none for success
	}{
		"all":                   {env: good},
		"nothing":               {want: []string{"FRONTIER_URL", "FRONTIER_ISSUER", "FRONTIER_CLIENT_ID"}},
		"http":                  {env: good, url: "http://frontier.example.com", want: []string{"is not https (see InsecureHTTP)"}},
		"http that is allowed":  {env: good, url: "http://frontier.internal", opts: []frontier.Option{frontier.InsecureHTTP("frontier.internal")}},
		"loopback":              {env: good, url: "http://127.0.0.1:8002"},
		"a query":               {env: good, url: "https://x.example/?a", want: []string{"without user, query and fragment"}},
		"the service user's id": {env: with("FRONTIER_CLIENT_ID", "su_1"), want: []string{"is no uuid"}},
		"a colon in the secret": {env: with("FRONTIER_CLIENT_SECRET", value+":"), want: []string{"has a colon"}},
		"two ways":              {env: with("FRONTIER_KEY_FILE", "k.json"), want: []string{"in several ways"}},
		"an option and others":  {env: with("FRONTIER_KEY_FILE", "k.json"), opts: []frontier.Option{frontier.Credentials(id, value)}},
		"two options":           {env: good, opts: []frontier.Option{frontier.Credentials(id, value), frontier.KeyFile("k")}, want: []string{"in several ways"}},
		"a malformed key":       {env: good, opts: []frontier.Option{frontier.Key([]byte(`{"kid":"` + value + `"}`))}, want: []string{"key: kid is no uuid"}},
		"orgs":                  {env: good, opts: []frontier.Option{frontier.Orgs("acme")}, want: []string{"Orgs: one is no uuid"}},
		"no projects":           {env: good, opts: []frontier.Option{frontier.Projects()}, want: []string{"Projects: is empty"}},
		"a long window":         {env: good, opts: []frontier.Option{frontier.ExchangeFor(time.Minute)}, want: []string{"ExchangeFor"}},
		"an origin by http":     {env: good, opts: []frontier.Option{frontier.AllowOrigins("http://orders.example.com")}, want: []string{"AllowOrigins: one is not https"}},
		"an origin's path":      {env: good, opts: []frontier.Option{frontier.AllowOrigins("https://orders.example.com/v1")}, want: []string{"AllowOrigins: one is more than an origin"}},
		"rest without any":      {env: env{"FRONTIER_URL": "https://x.example", "FRONTIER_ISSUER": "f"}, opts: []frontier.Option{frontier.SpeakAPI(frontier.RESTAPI)}},
	} {
		client, err := frontier.Connect(t.Context(), c.url, append([]frontier.Option{frontier.Environment(func(name string) (string, bool) {
			v, ok := c.env[name]
			return v, ok
		})}, c.opts...)...)
		_ = client.Close()
		if (err == nil) != (len(c.want) == 0) {
			t.Errorf("%s: %v", name, err)
		}
		for _, part := range c.want {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err != nil {
			hides(t, err.Error(), value, id)
		}
	}
}

// TestPrinting holds that nothing shows a secret.
func TestPrinting(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := s.people()
	c := s.connect(t)
	token, err := c.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	secret, err := frontier.SecretCredential(p.secret.ID, p.secret.Secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := frontier.KeyCredential(keyFile(t, p.key, false))
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	logger := slog.New(slog.NewJSONHandler(&told, nil))
	for _, v := range []any{c, *c.HTTPClient(), c.HTTPClient().Transport, secret, &secret, key} {
		fmt.Fprintf(&told, "%v %+v %#v %s", v, v, v, v)
		logger.Info("v", "v", v)
	}
	hides(t, told.String(), token, p.secret.Secret, s.program.Secret, p.key.PrivateKey[100:200])
}

// TestClose holds that nothing works after it, and that the second does nothing.
func TestClose(t *testing.T) {
	t.Parallel()
	s := newService(t)
	c := s.connect(t)
	g, err := c.Guard(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Token(t.Context()); !errors.Is(err, frontier.ErrClosed) {
		t.Errorf("Token: %v", err)
	}
	if _, err := g.Validate(t.Context(), "fpt_"+strings.Repeat("x", 43)); err == nil {
		t.Error("the guard admits")
	}
	var none *frontier.Client
	if none.Close() != nil || new(frontier.Client).Close() != nil {
		t.Error("closing nothing")
	}
	if _, err := none.Token(t.Context()); err == nil {
		t.Error("a token of nobody")
	}
	if _, err := none.Guard(t.Context()); err == nil {
		t.Error("a guard of nobody")
	}
}
