package auth_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

func pemKey(public any) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(public))})
}

// keyFunction is a function for FetchKeys whose answers a test changes.
type keyFunction struct {
	mu       sync.Mutex
	document []byte
	err      error
	asked    int
	clock    testClock
}

func newKeyFunction(document []byte) *keyFunction {
	return &keyFunction{document: document, clock: testClock{now: testNow}}
}

func (f *keyFunction) fetch(ctx context.Context) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if _, ok := ctx.Deadline(); !ok {
		return nil, errors.New("the context has no end")
	}
	return f.document, f.err
}

func (f *keyFunction) answer(document []byte, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.document, f.err = document, err
}

func (f *keyFunction) options(opts ...auth.IssuerOption) []auth.Option {
	all := append([]auth.IssuerOption{auth.Audience(testAudience), auth.Mapping(auth.MappingAuthgen), auth.FetchKeys("", f.fetch)}, opts...)
	return []auth.Option{auth.Issuer(testIssuer, all...), auth.Clock(f.clock.Now), quiet()}
}

// lasting makes a token that outlives all clock changes.
func lasting(by signer) string {
	return by.token(map[string]any{"exp": testNow.Add(1000 * time.Hour).Unix()})
}

// TestFetchKeysRotation holds that the one key of a function is replaced as soon as a
// token needs the next, whether tokens name keys or not, and that tokens which nobody
// signed cause few questions.
func TestFetchKeysRotation(t *testing.T) {
	t.Parallel()
	old, young := signer{"RS256", "", rsaPrivate()}, signer{"RS256", "", rsaOther()}
	for name, kids := range map[string][2]string{"no kid": {}, "a kid each": {"a", "b"}, "the same kid": {"a", "a"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old, young := signer{old.alg, kids[0], old.private}, signer{young.alg, kids[1], young.private}
			f := newKeyFunction(pemKey(&rsaPrivate().PublicKey))
			g := newGuard(t, f.options()...)
			before, after := lasting(old), lasting(young)
			for range 3 {
				if got := status(g, before); got != 200 {
					t.Errorf("the first key: %d", got)
				}
			}
			f.answer(pemKey(&rsaOther().PublicKey), nil)
			for range 20 {
				if got := status(g, after); got != 200 {
					t.Errorf("the new key: %d", got)
				}
				if got := status(g, before); got != 401 {
					t.Errorf("the withdrawn key: %d", got)
				}
			}
			if f.asked > 4 {
				t.Errorf("asked %d times", f.asked)
			}
		})
	}
}

// TestFetchKeysTrouble holds what becomes of requests while the function fails.
func TestFetchKeysTrouble(t *testing.T) {
	t.Parallel()
	good := jwks(edSigner().jwk())
	f := newKeyFunction(nil)
	for name, c := range map[string]struct {
		document []byte
		err      error
		want     string
	}{
		"an error":         {nil, errors.New("the gateway is down"), "key: the gateway is down"},
		"nothing":          {nil, nil, "key: "},
		"no key":           {[]byte(`{"keys":[]}`), nil, "no usable key"},
		"no PEM":           {[]byte("-----BEGIN PUBLIC KEY-----\nx"), nil, "key: it is no PEM"},
		"another's key":    {pemKey(must(p256Private().PublicKey.ECDH())), nil, "key: "},
		"a large document": {[]byte(`{"keys":[` + strings.Repeat(" ", 1<<20) + `]}`), nil, "larger than"},
		"a private key":    {[]byte(string(pemKey(&rsaPrivate().PublicKey)) + "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n"), nil, "key: "},
	} {
		f.answer(c.document, c.err)
		if name == "another's key" {
			newFails(t, c.want, f.options(auth.Algorithms("RS256"))...)
			continue
		}
		newFails(t, c.want, f.options()...)
	}
	panics := auth.Issuer(testIssuer, auth.Audience(testAudience), auth.FetchKeys("", func(context.Context) ([]byte, error) { panic("s3cr3t") }))
	newFails(t, "the fetch panicked", panics)

	f.answer(nil, errors.New("the gateway is down"))
	token := lasting(edSigner())
	g := newGuard(t, append(f.options(), auth.LazyStart())...)
	if got := status(g, token); got != 503 {
		t.Errorf("down at start: %d", got)
	}
	f.answer(good, nil)
	f.clock.advance(10 * time.Second)
	if got := status(g, token); got != 200 {
		t.Errorf("up: %d", got)
	}
	f.answer(nil, errors.New("the gateway is down"))
	f.clock.advance(23 * time.Hour)
	if got := status(g, token); got != 200 {
		t.Errorf("down for less than a day: %d", got)
	}
	auth.Settle(g)
	f.clock.advance(time.Hour + time.Minute)
	if got := status(g, token); got != 503 {
		t.Errorf("down for more than a day: %d", got)
	}
}

// tooEarly is an error of a function that asked nobody.
type tooEarly time.Duration

func (tooEarly) Error() string               { return "too early" }
func (e tooEarly) RetryAfter() time.Duration { return time.Duration(e) }

// TestFetchKeysPauses holds that a guard without usable keys asks for some each ten
// seconds, however long they could not be had, or when the function says that it is
// early enough; and that one with keys asks less often.
func TestFetchKeysPauses(t *testing.T) {
	t.Parallel()
	f := newKeyFunction(nil)
	f.answer(nil, errors.New("the gateway is down"))
	token := lasting(edSigner())
	g := newGuard(t, append(f.options(), auth.LazyStart())...)
	// fails asks each five seconds, and returns how many of these questions went on.
	fails := func(d time.Duration, want int) int {
		before := f.asked
		for range d / (5 * time.Second) {
			if got := status(g, token); got != want {
				t.Fatalf("down: %d, want %d", got, want)
			}
			auth.Settle(g)
			f.clock.advance(5 * time.Second)
		}
		return f.asked - before
	}
	recovers := func(after time.Duration) {
		t.Helper()
		f.answer(jwks(edSigner().jwk()), nil)
		if got := status(g, token); got != 503 {
			t.Errorf("in the pause: %d", got)
		}
		f.clock.advance(after)
		if got := status(g, token); got != 200 {
			t.Errorf("%v after the last failure: %d", after, got)
		}
		auth.Settle(g)
		f.answer(nil, errors.New("the gateway is down"))
	}
	if n := fails(5*time.Minute, 503); n != 30 {
		t.Errorf("without keys they were asked for %d times in five minutes", n)
	}
	_ = status(g, token)
	recovers(10 * time.Second)

	f.clock.advance(23*time.Hour + 55*time.Minute)
	if n := fails(5*time.Minute, 200); n < 5 || n > 8 {
		t.Errorf("with keys they were asked for %d times in five minutes", n)
	}
	// The last pause with keys is no reason for one of a minute without.
	fails(5*time.Second, 200) // a day old to the second
	if got := status(g, token); got != 503 {
		t.Errorf("too old: %d", got)
	}
	f.answer(jwks(edSigner().jwk()), nil)
	f.clock.advance(10 * time.Second)
	if got := status(g, token); got != 200 {
		t.Errorf("ten seconds after they were too old: %d", got)
	}
	auth.Settle(g)

	f.answer(nil, errors.New("the gateway is down"))
	f.clock.advance(25 * time.Hour)
	fails(time.Minute, 503)
	f.clock.advance(10 * time.Second)
	f.answer(nil, fmt.Errorf("the gateway: %w", tooEarly(3*time.Second)))
	_ = status(g, token)
	recovers(3 * time.Second)
	f.clock.advance(25 * time.Hour)
	f.answer(nil, tooEarly(time.Hour))
	_ = status(g, token)
	recovers(10 * time.Second)
}

// TestFetchKeysMistakes holds what New refuses.
func TestFetchKeysMistakes(t *testing.T) {
	t.Parallel()
	f := newKeyFunction(jwks(edSigner().jwk()))
	for _, c := range []struct {
		want string
		opts []auth.IssuerOption
	}{
		{"is given twice", []auth.IssuerOption{auth.FetchKeys("", f.fetch)}},
		{"the function is nil", []auth.IssuerOption{auth.FetchKeys("", nil)}},
		{"contradict", []auth.IssuerOption{auth.JWKS("https://id.example.com/keys")}},
		{"contradict", []auth.IssuerOption{auth.PublicJWKS(jwks(edSigner().jwk()))}},
		{"contradict", []auth.IssuerOption{auth.HMACSecret("", make([]byte, 32))}},
		{"HS256 needs HMACSecret", []auth.IssuerOption{auth.Algorithms("HS256")}},
	} {
		newFails(t, c.want, f.options(c.opts...)...)
	}
	newFails(t, "FetchKeys: it is not https", auth.Issuer(testIssuer, auth.Audience(testAudience), auth.FetchKeys("http://id.example.com/keys", f.fetch)))
}
