package authtest

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

const (
	defaultAudience = "authtest"
	discoveryPath   = "/.well-known/openid-configuration"
	keysPath        = "/jwks"
)

// Issuer is an OIDC issuer on a socket of 127.0.0.1. Over HTTP it answers
// discovery and its public keys, and nothing else: tokens are made by calling
// Token. Its methods may be called by many goroutines at a time.
type Issuer struct {
	url      string
	audience string
	now      func() time.Time
	server   *http.Server
	options  []auth.Option // of its guards
	helper   func()
	fail     func(format string, args ...any) // does not return

	mu      sync.Mutex
	key     *key // signs tokens
	retired *key // signed them before; no longer published
}

// Option configures an issuer.
type Option func(*Issuer)

// WithAudience sets the audience of tokens and guards, "authtest" unless set.
func WithAudience(audience string) Option {
	return func(i *Issuer) { i.audience = audience }
}

// WithClock makes the issuer and its guards live by clock.
func WithClock(clock *Clock) Option {
	return func(i *Issuer) { i.now = clock.Now }
}

// start fills in the rest of i and serves it. It keeps nothing on disk: keys
// live as long as the issuer.
func (i *Issuer) start(opts []Option) error {
	i.audience, i.now = defaultAudience, time.Now
	for _, opt := range opts {
		opt(i)
	}
	if i.audience == "" {
		return errors.New("the audience is empty")
	}
	var err error
	if i.key, err = newKey(); err != nil {
		return err
	}
	if i.retired, err = newKey(); err != nil {
		return err
	}
	// The address is not for the caller to choose: nobody on the network may
	// come to trust this issuer.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	i.url = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+discoveryPath, i.serveDiscovery)
	mux.HandleFunc("GET "+keysPath, i.serveKeys)
	i.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	// It ends with Close; there is nobody to tell about a listener that broke.
	go func() { _ = i.server.Serve(listener) }()
	return nil
}

// URL returns the issuer's URL, the claim iss of its tokens.
func (i *Issuer) URL() string { return i.url }

// Audience returns the claim aud of its tokens.
func (i *Issuer) Audience() string { return i.audience }

// Close stops serving: guards can no longer fetch keys. An issuer of [New] is
// closed when its test ends.
func (i *Issuer) Close() { _ = i.server.Close() }

// Rotate makes a new signing key and withdraws the one before. A guard learns
// that when it meets the first token of the new key: it accepts that token and
// refuses those of the key before from then on. After three tokens of keys that
// it did not know, it asks for keys once in three seconds: advance its [Clock] by
// that much.
func (i *Issuer) Rotate() {
	i.helper()
	k, err := newKey()
	if err != nil {
		i.fail("authtest: %v", err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key, i.retired = k, i.key
}

// Trust returns the option by which a guard trusts this issuer, for guards of
// several issuers: each then needs [auth.Asserts].
func (i *Issuer) Trust(opts ...auth.IssuerOption) auth.Option {
	all := []auth.IssuerOption{auth.Audience(i.audience), auth.Mapping(auth.MappingAuthgen)}
	return auth.Issuer(i.url, append(all, opts...)...)
}

func (i *Issuer) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{
		"issuer":                                i.url,
		"jwks_uri":                              i.url + keysPath,
		"id_token_signing_alg_values_supported": []string{keyMethod.Alg()},
		"subject_types_supported":               []string{"public"},
		"response_types_supported":              []string{"none"},
	})
}

func (i *Issuer) serveKeys(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	k := i.key
	i.mu.Unlock()
	writeJSON(w, map[string]any{"keys": []any{k.public()}})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v) // the client went away
}
