package service

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

func routes(guard *auth.Guard) http.Handler {
	rule := &auth.Rule{Handler: "test", Access: auth.Restricted}
	return nethttp.HandlerFunc(guard, rule, func(w http.ResponseWriter, r *http.Request) {})
}

// started runs the service until the test ends and returns its URL and the
// other lines that it prints, as many as asked for.
func started(t *testing.T, lines int, args ...string) (url string, more []string) {
	t.Helper()
	return startedWith(t, routes, lines, args...)
}

func startedWith(t *testing.T, routes func(*auth.Guard) http.Handler, lines int, args ...string) (url string, more []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, "test", args, write, routes)
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

func TestRealIssuer(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t, authtest.WithAudience("other-api"))
	url, _ := started(t, 0, "-issuer", issuer.URL(), "-mapping", "authgen", "-audience", "other-api", "-listen", "127.0.0.1:0")
	if got := status(t, url, issuer.Token(authtest.User("ada"))); got != 200 {
		t.Errorf("with a token: %d", got)
	}
	if got := status(t, url, issuer.Token(authtest.User("ada"), authtest.WrongAudience())); got != 401 {
		t.Errorf("with a token for another audience: %d", got)
	}
}

// TestMapping holds that the claims of the mapping asked for count: Frontegg's
// tokens have a tenant.
func TestMapping(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t, authtest.WithAudience(Audience))
	token := issuer.Token(authtest.User("ada"))
	for mapping, want := range map[string]int{"frontegg": 401, "authgen": 200} {
		rule := &auth.Rule{Handler: "test", Access: auth.Restricted, All: []auth.Demands{{Kinds: auth.KindUser}}}
		url, _ := startedWith(t, func(guard *auth.Guard) http.Handler {
			return nethttp.HandlerFunc(guard, rule, func(w http.ResponseWriter, r *http.Request) {})
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
		`the mapping "oidc" does not have`:  {"-issuer", "https://id.example.com"},
		`the mapping "entra" does not have`: {"-issuer", "https://id.example.com", "-mapping", "entra"},
		`the mapping "auth0" does not have`: {"-issuer", "https://id.example.com", "-mapping", "auth0"},
		"loopback addresses only":           {"-listen", "0.0.0.0:0"},
		"loopback addresses only, not [::":  {"-listen", "[::]:0"},
		"unexpected argument":               {"more"},
		"unknown mapping":                   {"-issuer", "https://id.example.com", "-mapping", "nobody"},
		"-mapping is for a real issuer":     {"-mapping", "auth0"},
		"flag provided but not defined":     {"-nothing"},
		"discovery":                         {"-issuer", "http://127.0.0.1:1", "-mapping", "frontegg", "-listen", "127.0.0.1:0"},
		"address":                           {"-listen", "nonsense"},
	} {
		if err := run(t.Context(), "test", args, io.Discard, routes); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, want %q", args, err, says)
		}
	}
}
