package frontiertest

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/authgen/authgen/internal/loopback"
)

// Server is one instance of Frontier on a socket of 127.0.0.1. Its methods may be
// called by many goroutines at a time.
type Server struct {
	now        func() time.Time
	issuer     string
	tokenLife  time.Duration
	returnTo   []string
	root       Credential // zero for a random one
	testDomain string     // whose login code is testCode
	testCode   string
	hashKey    []byte // of session cookies
	rest       bool
	noKeys     bool
	noSessions bool
	noPATs     bool

	helper  func()
	fatal   func(format string, args ...any) // does not return
	socket  *loopback.Socket
	traffic *loopback.Traffic[RPC]
	db      *database // may be that of other instances too

	mu   sync.Mutex
	keys []*key // the first one signs
}

// URL returns the server's URL, without a slash at its end.
func (s *Server) URL() string { return s.socket.URL() }

// Issuer returns the claim iss of tokens.
func (s *Server) Issuer() string { return s.issuer }

// Root returns the credential of the bootstrap service user, a superuser. As Frontier,
// a server that is no older one makes no tokens for it: AuthToken answers 500.
func (s *Server) Root() Credential {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	return s.db.root
}

// Stop closes the socket and all connections: connections are refused until
// [Server.Restart]. What the server knows stays.
func (s *Server) Stop() { s.socket.Stop() }

// Restart serves again, on the same address.
func (s *Server) Restart() {
	s.helper()
	if err := s.socket.Start(); err != nil {
		s.fatal("frontiertest: Restart: %v", err)
	}
}

// Close stops serving, ends requests that are held, and waits for all that the
// server runs. A server of [New] is closed when its test ends. Closing twice does
// nothing.
func (s *Server) Close() { s.socket.Stop() }

// newID returns a random UUID, version 4 (RFC 9562).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// isID reports whether text is a UUID in its usual form.
func isID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(text) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F'):
			return false
		}
	}
	return true
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
