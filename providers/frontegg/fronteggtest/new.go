package fronteggtest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/internal/loopback"
)

// defaultExpiresIn is how many seconds a vendor token is valid.
const defaultExpiresIn = 24 * 60 * 60

// Option configures a fake. None is needed.
type Option func(*Fake)

// WithCredentials sets the client id and API key that vendor authentication
// takes. Unless set, they are random.
func WithCredentials(clientID, apiKey string) Option {
	return func(f *Fake) { f.clientID, f.apiKey = clientID, apiKey }
}

// WithClock makes the fake live by clock, not by the computer's: issuing and
// expiry of all tokens, dates of audits. [Delay] takes real time nevertheless.
func WithClock(clock *authtest.Clock) Option {
	return func(f *Fake) { f.now = clock.Now }
}

// WithExpiresIn sets for how many seconds vendor tokens are valid, a day unless
// set. [Fake.SetExpiresIn] changes it later.
func WithExpiresIn(seconds int64) Option {
	return func(f *Fake) { f.expiresIn = seconds }
}

// WithHandler serves what else a program calls through Frontegg's gateway: it gets
// the requests for paths that the fake does not know, when they carry a vendor
// token that is valid. Without it they are answered with 404.
func WithHandler(handler http.Handler) Option {
	return func(f *Fake) { f.other = handler }
}

// New starts a fake that ends with the test. It panics in a program that go test
// did not build, whatever t is: programs say [Start].
func New(t testing.TB, opts ...Option) *Fake {
	// A t that somebody else wrote need not stop at Fatalf.
	if !testing.Testing() {
		panic("fronteggtest: New is for tests: this program was not built by go test")
	}
	t.Helper()
	f := &Fake{helper: t.Helper, fail: t.Fatalf}
	if err := f.start(opts); err != nil {
		t.Fatalf("fronteggtest: %v", err)
	}
	t.Cleanup(f.Close)
	return f
}

// Start starts a fake outside tests, for a program on the developer's own
// machine. Keys and credentials are made anew for each process, it listens on
// loopback only, and hosted login signs in whoever asks. Methods that are called
// wrongly panic. The caller closes it.
//
// A program that trusts it admits whoever can reach it: it must serve loopback
// addresses only.
func Start(opts ...Option) (*Fake, error) {
	f := &Fake{
		helper: func() {},
		fail:   func(format string, args ...any) { panic(fmt.Sprintf(format, args...)) },
	}
	if err := f.start(opts); err != nil {
		return nil, fmt.Errorf("fronteggtest: %w", err)
	}
	return f, nil
}

func (f *Fake) start(opts []Option) error {
	f.clientID, f.apiKey = rand.Text(), rand.Text()
	f.now, f.expiresIn = time.Now, defaultExpiresIn
	for _, opt := range opts {
		opt(f)
	}
	if f.clientID == "" || f.apiKey == "" {
		return errors.New("the client id or the API key is empty")
	}
	signing, err := newKey()
	if err != nil {
		return err
	}
	f.key, f.published = signing, []*key{signing}
	f.vendorTokens = map[string]int64{}
	f.access = map[Subject]AccessToken{}
	f.events = map[string]*event{}
	f.codes = map[string]*login{}
	f.refreshes = map[string]*login{}
	f.metadata = []byte(`{"entityName":"audits"}`)
	f.signIn = []TokenOption{}
	f.person = User(DefaultUser)
	f.traffic = loopback.NewTraffic(Any)

	f.gateway = loopback.NewSocket(f.handler(gatewayRoutes))
	f.domain = loopback.NewSocket(f.handler(domainRoutes))
	if err := f.gateway.Start(); err != nil {
		return err
	}
	if err := f.domain.Start(); err != nil {
		f.gateway.Stop()
		return err
	}
	f.SetEntitlements(Entitlements{})
	return nil
}
