package frontiertest

import (
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/internal/loopback"
)

// DefaultIssuer is the claim iss of tokens unless [WithIssuer] sets another.
const DefaultIssuer = "http://localhost.frontier"

// Option configures a server. None is needed.
type Option func(*Server)

// WithClock makes the server live by clock, not by the computer's: issuing and
// expiry of tokens, sessions and login codes, dates of everything created.
func WithClock(clock *authtest.Clock) Option { return func(s *Server) { s.now = clock.Now } }

// WithIssuer sets the claim iss of tokens.
func WithIssuer(issuer string) Option { return func(s *Server) { s.issuer = issuer } }

// WithTokenLife sets how long tokens are valid, an hour unless set.
func WithTokenLife(d time.Duration) Option { return func(s *Server) { s.tokenLife = d } }

// WithReturnTo allows URLs as return_to of a login.
func WithReturnTo(urls ...string) Option {
	return func(s *Server) { s.returnTo = append(s.returnTo, urls...) }
}

// WithTestUsers makes code the login code of all addresses of a domain, as Frontier
// can be configured for tests. Codes of others are random: see [Server.MailCode].
func WithTestUsers(domain, code string) Option {
	return func(s *Server) { s.testDomain, s.testCode = domain, code }
}

// WithRoot sets the credential of the bootstrap service user: an id, which is a UUID,
// and a secret of any shape without a colon. Unless set, it is random. It has no
// effect with [Beside].
func WithRoot(id, secret string) Option {
	return func(s *Server) { s.root = Credential{id, secret} }
}

// WithREST makes the server an older one: the REST gateway under /v1beta1 and the
// public well-known JWKS instead of Connect.
func WithREST() Option { return func(s *Server) { s.rest = true } }

// WithoutKeys configures no RSA key: GetJWKs is empty, AuthToken 500.
func WithoutKeys() Option { return func(s *Server) { s.noKeys = true } }

// WithoutSessions switches sessions off: cookies are ignored.
func WithoutSessions() Option { return func(s *Server) { s.noSessions = true } }

// WithoutPATs switches personal access tokens off.
func WithoutPATs() Option { return func(s *Server) { s.noPATs = true } }

// Beside makes the server another instance on the database of other: it knows the
// same users, credentials and rules. It has the clock, issuer and keys of other,
// and keys of its own for session cookies.
func Beside(other *Server) Option {
	return func(s *Server) {
		s.db, s.now, s.issuer, s.tokenLife = other.db, other.now, other.issuer, other.tokenLife
		s.keys = other.signingKeys()
	}
}

// WithKeysReversed turns the order of the keys that [Beside] took, so that another
// one signs.
func WithKeysReversed() Option { return func(s *Server) { slices.Reverse(s.keys) } }

// New starts a server that ends with the test. It panics in a program that go test
// did not build, whatever t is: programs say [Start].
func New(t testing.TB, opts ...Option) *Server {
	// A t that somebody else wrote need not stop at Fatalf.
	if !testing.Testing() {
		panic("frontiertest: New is for tests: this program was not built by go test")
	}
	t.Helper()
	s := &Server{helper: t.Helper, fatal: t.Fatalf}
	if err := s.start(opts); err != nil {
		t.Fatalf("frontiertest: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a server outside tests, for a program on the developer's own
// machine. Keys and credentials are made anew for each process, and it listens on
// loopback only. Methods that are called wrongly panic. The caller closes it.
//
// A program that trusts it admits whoever can reach it: it must serve loopback
// addresses only.
func Start(opts ...Option) (*Server, error) {
	s := &Server{
		helper: func() {},
		fatal:  func(format string, args ...any) { panic(fmt.Sprintf(format, args...)) },
	}
	if err := s.start(opts); err != nil {
		return nil, fmt.Errorf("frontiertest: %w", err)
	}
	return s, nil
}

func (s *Server) start(opts []Option) error {
	s.now, s.issuer, s.tokenLife = time.Now, DefaultIssuer, time.Hour
	s.hashKey = make([]byte, 32)
	_, _ = rand.Read(s.hashKey) // never fails
	for _, opt := range opts {
		opt(s)
	}
	if s.noKeys {
		s.keys = nil
	}
	if s.db == nil {
		s.db = newDatabase(s.now(), s.root)
	}
	s.traffic = loopback.NewTraffic(Any)
	s.socket = loopback.NewSocket(s.handler())
	return s.socket.Start()
}
