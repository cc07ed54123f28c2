package frontier_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestAssertions holds what the program says in an assertion, of which no two are the
// same.
func TestAssertions(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	path := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(path, keyFile(t, p.key, true), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := frontier.Connect(t.Context(), f.URL(), frontier.Environment(noEnvironment), frontier.Issuer(f.Issuer()), frontier.Clock(s.clock.Now), frontier.KeyFile(path))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	seen := map[any]bool{}
	for range 3 {
		f.Forget()
		s.clock.Advance(2 * time.Hour)
		if _, err := c.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		asked := f.Requests(ft.AuthToken)
		if len(asked) != 1 {
			t.Fatalf("%d requests", len(asked))
		}
		_, assertion, _ := strings.Cut(asked[0].Header.Get(authorization), " ")
		header, claims := claimsOf(t, assertion, 0), claimsOf(t, assertion, 1)
		now := float64(s.clock.Now().Unix())
		for name, want := range map[string]any{
			"iss": p.machine.ID, "sub": p.machine.ID, "aud": f.Issuer(), "kid": p.key.ID, "iat": now - 60, "exp": now + 300,
		} {
			if claims[name] != want {
				t.Errorf("%s is %v, not %v", name, claims[name], want)
			}
		}
		if header["kid"] != p.key.ID || len(claims) != 7 || strings.Contains(string(asked[0].Body), "PRIVATE") {
			t.Errorf("%v %v", header, claims)
		}
		if id, _ := claims["jti"].(string); id == "" || seen[id] {
			t.Errorf("jti %q", id)
		}
		seen[claims["jti"]] = true
	}
}

// TestRotationUnderWay holds that no request fails for a credential that is rotated
// while requests run, and that the new one is asked for once.
func TestRotationUnderWay(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	var (
		current atomic.Pointer[ft.Credential]
		ended   atomic.Pointer[string] // the token of the credential before
		began   sync.WaitGroup
		rotated = make(chan struct{})
	)
	current.Store(&p.secret)
	peer := newPeer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			began.Done()
			<-rotated // and it counts no more when the request is looked at
		}
		if old := ended.Load(); old != nil && r.Header.Get(authorization) == "Bearer "+*old {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	c, err := frontier.Connect(t.Context(), f.URL(), frontier.Environment(noEnvironment), frontier.Issuer(f.Issuer()), frontier.Clock(s.clock.Now),
		frontier.AllowOrigins(peer.URL), frontier.CredentialSource(func(context.Context) (frontier.Credential, error) {
			now := current.Load()
			return frontier.SecretCredential(now.ID, now.Secret)
		}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	first, err := c.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Forget()
	get := func(path string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, peer.URL+path, nil)
		if err != nil {
			t.Error(err)
			return
		}
		response, err := c.HTTPClient().Do(r)
		if err != nil {
			t.Error(err)
			return
		}
		if _ = response.Body.Close(); response.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
	var running sync.WaitGroup
	began.Add(8)
	for range 8 {
		running.Go(func() { get("/slow") })
	}
	began.Wait()
	began.Add(8) // those that come again
	next := f.CreateCredential(p.machine.ID)
	current.Store(&next)
	f.DeleteCredential(p.secret.ID)
	ended.Store(&first)
	close(rotated)
	running.Wait()
	get("/later")
	if got := f.Requests(ft.AuthToken); len(got) != 1 || got[0].Header.Get(authorization) != next.Basic() {
		t.Errorf("%d tokens were asked for", len(got))
	}
}

// TestIDsOfCalls holds that what has no id gets one, and that one which is given stays.
func TestIDsOfCalls(t *testing.T) {
	t.Parallel()
	s := newService(t)
	peer := newPeer(t, nil)
	c := s.connect(t, frontier.AllowOrigins(peer.URL))
	ids := map[string]bool{}
	for range 2 {
		if _, err := c.MissingPermissions(t.Context()); err != nil {
			t.Fatal(err)
		}
		send(t, c.HTTPClient(), peer.URL, nil)
	}
	send(t, c.HTTPClient(), peer.URL, func(r *http.Request) { r.Header.Set("X-Request-ID", "mine") })
	for _, r := range s.fake.Requests(ft.Any) {
		ids[r.Header.Get("X-Request-ID")] = true
	}
	for _, r := range peer.take() {
		ids[r.Header.Get("X-Request-ID")] = true
	}
	// The token, how the server is spoken to, two lists, and three of the peer's.
	if delete(ids, ""); len(ids) != s.fake.Calls(ft.Any)+3 || !ids["mine"] {
		t.Errorf("%d calls: %v", s.fake.Calls(ft.Any), ids)
	}
	ctx := frontier.WithRequestID(t.Context(), "theirs")
	s.fake.Forget()
	if _, err := c.MissingPermissions(ctx); err != nil {
		t.Fatal(err)
	}
	if got := s.fake.Requests(ft.ListPermissions); len(got) != 1 || got[0].Header.Get("X-Request-ID") != "theirs" {
		t.Errorf("%v", got)
	}
}
