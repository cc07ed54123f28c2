package fronteggtest

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/authgen/authgen/internal/loopback"
)

// Fake is a Frontegg environment on two sockets of 127.0.0.1: the gateway, which
// programs call with a vendor token, and the environment's own domain, which is
// the issuer of its tokens and where users sign in. Its methods may be called by
// many goroutines at a time.
type Fake struct {
	clientID, apiKey string
	now              func() time.Time
	other            http.Handler // nil for none
	helper           func()
	fail             func(format string, args ...any) // does not return
	gateway, domain  *loopback.Socket
	traffic          *loopback.Traffic[Endpoint]

	mu        sync.Mutex
	closed    bool
	expiresIn int64 // of vendor tokens, seconds

	key       *key   // signs tokens
	published []*key // those of the JWKS, the first one in the configurations
	retired   *key   // signed tokens once; nil until wanted

	vendorTokens map[string]int64 // to their expiry, seconds since 1970
	access       map[Subject]AccessToken
	disabled     bool // access tokens

	snapshot json.RawMessage
	offset   int64

	audits    []map[string]any
	metadata  json.RawMessage
	events    map[string]*event
	codes     map[string]*login // by the code of the redirect
	refreshes map[string]*login // by the refresh token
	person    Subject           // who signs in
	signIn    []TokenOption     // how
	idToken   []TokenOption     // what differs in the id token
	denied    string            // error of the redirect; empty for none
}

// URL returns the gateway's URL, without a slash at its end.
func (f *Fake) URL() string { return f.gateway.URL() }

// Domain returns the URL of the environment's own domain: the claim iss of
// tokens, the base of OIDC discovery and of hosted login.
func (f *Fake) Domain() string { return f.domain.URL() }

// ClientID returns the client id that vendor authentication takes.
func (f *Fake) ClientID() string { return f.clientID }

// APIKey returns the API key that vendor authentication takes.
func (f *Fake) APIKey() string { return f.apiKey }

// Settings returns the environment variables that make a program use this fake:
// client id, API key, URL of the gateway and of the environment's domain.
func (f *Fake) Settings() map[string]string {
	return map[string]string{
		"FRONTEGG_CLIENT_ID":       f.clientID,
		"FRONTEGG_API_KEY":         f.apiKey,
		"FRONTEGG_API_GATEWAY_URL": f.URL(),
		"FRONTEGG_BASE_URL":        f.Domain(),
	}
}

// Stop closes both sockets and all connections: connections are refused from
// then on, until [Fake.Restart]. What the fake knows stays: keys, tokens,
// audits, the record of requests.
func (f *Fake) Stop() {
	f.gateway.Stop()
	f.domain.Stop()
}

// Restart serves again, on the same addresses. A fake that was closed stays
// closed.
func (f *Fake) Restart() {
	f.helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		f.fail("fronteggtest: Restart: the fake is closed")
	}
	for _, s := range []*loopback.Socket{f.gateway, f.domain} {
		if err := s.Start(); err != nil {
			f.fail("fronteggtest: Restart: %v", err)
		}
	}
}

// Close stops serving, ends requests that are still held, and waits for all that
// the fake runs. A fake of [New] is closed when its test ends. Closing twice does
// nothing.
func (f *Fake) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.Stop()
}
