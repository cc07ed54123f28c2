package auth

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Settle waits for the fetches of keys that are under way.
func Settle(g *Guard) {
	for _, is := range g.issuers {
		is.keys.mu.Lock()
		done := is.keys.inFlight
		is.keys.mu.Unlock()
		if done != nil {
			<-done
		}
	}
}

// publicJWK is an Ed25519 key that follows from seed, with these members more.
func publicJWK(seed byte, more string) string {
	public := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune('a'+seed)), 32))).Public().(ed25519.PublicKey)
	return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q%s}`, base64.RawURLEncoding.EncodeToString(public), more)
}

func parseSet(t *testing.T, keys ...string) *keySet {
	t.Helper()
	found, ignored, err := parseJWKS([]byte(`{"keys":[`+strings.Join(keys, ",")+`]}`), asymmetric, false)
	if err != nil {
		t.Fatal(err)
	}
	return newKeySet(found, ignored)
}

// TestR24WithdrawnKeys holds that a key stays the same value while nothing about
// it changes, and that all who hold it learn when it is gone.
func TestR24WithdrawnKeys(t *testing.T) {
	t.Parallel()
	a, b, bare := publicJWK(0, `,"kid":"a"`), publicJWK(1, `,"kid":"b"`), publicJWK(2, "")
	for name, c := range map[string]struct {
		before, after []string
		kid           string // of the key before
		stays         bool
	}{
		"same set":            {[]string{a, b}, []string{a, b}, "a", true},
		"other order":         {[]string{a, b}, []string{b, a}, "a", true},
		"one more":            {[]string{a, b}, []string{a, b, publicJWK(2, `,"kid":"c"`)}, "a", true},
		"other member":        {[]string{a, b}, []string{publicJWK(0, `,"kid":"a","x5t":"x"`), b}, "a", true},
		"becomes the only":    {[]string{a, b}, []string{a}, "a", true},
		"stays the only":      {[]string{a}, []string{a}, "a", true},
		"only, without kid":   {[]string{bare}, []string{bare}, "", true},
		"no longer the only":  {[]string{a}, []string{a, b}, "a", true},
		"no longer alone":     {[]string{bare}, []string{publicJWK(2, `,"kid":"c"`)}, "", false},
		"gone":                {[]string{a, b}, []string{b}, "a", false},
		"other key":           {[]string{a, b}, []string{publicJWK(3, `,"kid":"a"`), b}, "a", false},
		"other kid":           {[]string{a, b}, []string{publicJWK(0, `,"kid":"c"`), b}, "a", false},
		"kid goes":            {[]string{a}, []string{publicJWK(0, "")}, "a", false},
		"algorithm":           {[]string{a, b}, []string{publicJWK(0, `,"kid":"a","alg":"EdDSA"`), b}, "a", false},
		"ambiguous":           {[]string{a, b}, []string{a, publicJWK(3, `,"kid":"a"`), b}, "a", false},
		"use":                 {[]string{a, b}, []string{publicJWK(0, `,"kid":"a","use":"enc"`), b}, "a", false},
		"other key, no kid":   {[]string{bare}, []string{publicJWK(3, "")}, "", false},
		"empty kid for none":  {[]string{bare}, []string{publicJWK(2, `,"kid":""`), a}, "", false},
		"none for empty kid":  {[]string{publicJWK(2, `,"kid":""`)}, []string{bare}, "", false},
		"other kind of key":   {[]string{a, b}, []string{`{"kty":"EC","crv":"P-256","kid":"a","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY","y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"}`, b}, "a", false},
		"only, and then none": {[]string{a}, []string{b}, "a", false},
	} {
		before, after := parseSet(t, c.before...), parseSet(t, c.after...)
		k, _ := before.lookup(c.kid, c.kid != "")
		after.succeed(before)
		got, _ := after.lookup(c.kid, c.kid != "")
		if stays := got == k; stays != c.stays || k.withdrawn.Load() == c.stays {
			t.Errorf("%s: stays %v, withdrawn %v", name, stays, k.withdrawn.Load())
		}
		if got, _ := before.lookup(c.kid, c.kid != ""); (got == nil) == c.stays {
			t.Errorf("%s: the set before says %v", name, got)
		}
		for k := range after.all() {
			if k.withdrawn.Load() {
				t.Errorf("%s: the set has a withdrawn key %q", name, k.kid)
			}
			if byKid, _ := after.lookup(k.kid, k.hasKid); byKid != k {
				t.Errorf("%s: the set has two values for key %q", name, k.kid)
			}
		}
	}
}

// TestR24Fresh holds when there is something to do about keys, and that asking
// costs nothing.
func TestR24Fresh(t *testing.T) { // not parallel, for AllocsPerRun
	answer := `{"keys":[` + publicJWK(0, "") + `]}`
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
	t.Cleanup(served.Close)
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	s := &keySource{
		issuer: served.URL, logger: slog.New(slog.DiscardHandler), clock: func() time.Time { return now }, algs: asymmetric,
		fetch: &fetcher{client: newClient(nil), jwksURL: served.URL},
	}
	if s.fresh(instantOf(now)) {
		t.Error("there are no keys")
	}
	var failures, ignored, attempts int
	s.observe = func(err error, n int, took time.Duration) {
		attempts, ignored = attempts+1, ignored+n
		if err != nil {
			failures++
		}
	}
	if err := s.start(context.Background()); err != nil {
		t.Fatal(err)
	}
	for d, want := range map[time.Duration]bool{
		0: true, 10*time.Minute - 1: true, 10 * time.Minute: false, 24 * time.Hour: false,
		-time.Minute: true, -time.Minute - 1: false,
	} {
		if got := s.fresh(instantOf(now.Add(d))); got != want {
			t.Errorf("after %v: %v", d, got)
		}
	}
	if got := testing.AllocsPerRun(100, func() { s.fresh(instantOf(now)) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
	answer = `{"keys":[1,` + publicJWK(0, "") + `]}`
	now = now.Add(time.Hour)
	if err := s.refresh(context.Background(), s.loaded.Load().set, ""); err != nil {
		t.Error(err)
	}
	answer = ""
	now = now.Add(time.Hour)
	if err := s.refresh(context.Background(), s.loaded.Load().set, ""); err == nil {
		t.Error("an empty document is a key set")
	}
	// There is nothing to do in the pause after a failure, however old the keys are,
	// until they are too old.
	for d, want := range map[time.Duration]bool{0: true, firstPause - 1: true, firstPause: false} {
		if got := s.fresh(instantOf(now.Add(d))); got != want {
			t.Errorf("%v after a failure: %v", d, got)
		}
	}
	if attempts != 3 || ignored != 1 || failures != 1 {
		t.Errorf("%d attempts, %d ignored keys, %d failures were observed", attempts, ignored, failures)
	}
	static := &keySource{}
	static.loaded.Store(staticKeySet(parseSet(t, publicJWK(0, ""))))
	if !static.fresh(instantOf(now)) || !static.fresh(instantOf(time.Time{})) {
		t.Error("static keys are not fresh")
	}
}
