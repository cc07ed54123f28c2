//go:build unix

package redis_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/authgen/authgen/internal/redistest"
	"github.com/authgen/authgen/stores/redis"
)

// patience is for stores of tests that do not try timeouts: the machine may be slow.
const patience = 20 * time.Second

const password = "password-that-nobody-may-see"

func open(t *testing.T, settings redis.Settings) *redis.Store {
	t.Helper()
	if settings.Timeout == 0 {
		settings.Timeout = patience
	}
	s, err := redis.Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// raw is a client of a server, to do what the store does not.
func raw(t *testing.T, address string) *goredis.Client {
	t.Helper()
	c := goredis.NewClient(&goredis.Options{Addr: address, Protocol: 2, DisableIdentity: true})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func host(t *testing.T, address string) (string, int) {
	t.Helper()
	name, text, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return name, port
}

// keeps sets a value and gets it.
func keeps(t *testing.T, s *redis.Store) {
	t.Helper()
	want := `{"id":"x","` + rand.Text() + `":"\u0000"}`
	if err := s.Set(t.Context(), "a-key", []byte(want), time.Minute); err != nil {
		t.Fatal(err)
	}
	value, ttl, err := s.Get(t.Context(), "a-key")
	if err != nil || string(value) != want || ttl <= 0 || ttl > time.Minute {
		t.Errorf("got %q for %v, %v", value, ttl, err)
	}
}

// TestWays reaches Redis in every way that settings have.
func TestWays(t *testing.T) {
	t.Parallel()
	plain := redistest.Start(t)
	secured := redistest.Start(t, "--requirepass", password)
	name, port := host(t, plain.Address())
	securedName, securedPort := host(t, secured.Address())
	t.Run("URL", func(t *testing.T) {
		keeps(t, open(t, redis.Settings{URL: "redis://" + plain.Address()}))
		keeps(t, open(t, redis.Settings{URL: "redis://:" + password + "@" + secured.Address() + "/3"}))
		if n := raw(t, plain.Address()).Exists(t.Context(), "a-key").Val(); n != 1 {
			t.Error("the value is elsewhere")
		}
	})
	t.Run("host", func(t *testing.T) {
		keeps(t, open(t, redis.Settings{Host: name, Port: port, DB: 2}))
		keeps(t, open(t, redis.Settings{Host: securedName, Port: securedPort, Username: "default", Password: password}))
		in2 := goredis.NewClient(&goredis.Options{Addr: plain.Address(), DB: 2, Protocol: 2})
		defer in2.Close()
		if n := in2.Exists(t.Context(), "a-key").Val(); n != 1 {
			t.Error("the value is not in the database")
		}
	})
	t.Run("wrong password", func(t *testing.T) {
		s := open(t, redis.Settings{Host: securedName, Port: securedPort, Password: "wrong"})
		if err := s.Ping(t.Context()); err == nil {
			t.Error("a wrong password is no error")
		}
		if _, _, err := s.Get(t.Context(), "a-key"); err == nil {
			t.Error("nothing was refused")
		}
	})
	t.Run("sentinel", func(t *testing.T) {
		sentinel := redistest.Start(t, "--sentinel")
		c := raw(t, sentinel.Address())
		if err := c.Do(t.Context(), "sentinel", "monitor", "main", securedName, securedPort, 1).Err(); err != nil {
			t.Fatal(err)
		}
		keeps(t, open(t, redis.Settings{Sentinels: []string{sentinel.Address()}, Master: "main", Password: password}))
	})
	t.Run("cluster", func(t *testing.T) {
		node := redistest.Start(t, "--cluster-enabled", "yes")
		c := raw(t, node.Address())
		if err := c.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
			t.Fatal(err)
		}
		s := open(t, redis.Settings{Cluster: []string{node.Address()}})
		for s.Ping(t.Context()) != nil || !strings.Contains(c.ClusterInfo(t.Context()).Val(), "cluster_state:ok") {
			time.Sleep(10 * time.Millisecond) // of another process
		}
		keeps(t, s)
		keeps(t, open(t, redis.Settings{Cluster: []string{freeAddress(t), node.Address()}})) // one is down
	})
	t.Run("a client", func(t *testing.T) {
		s, err := redis.New(raw(t, plain.Address()), patience)
		if err != nil {
			t.Fatal(err)
		}
		keeps(t, s)
	})
}

func TestTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cert, key, roots := certificate(t, folder)
	_, port := host(t, freeAddress(t))
	redistest.Start(t, "--tls-port", strconv.Itoa(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no")
	url := fmt.Sprintf("rediss://127.0.0.1:%d", port)
	trusting := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
	keeps(t, open(t, redis.Settings{URL: url, TLS: trusting}))
	keeps(t, open(t, redis.Settings{Host: "127.0.0.1", Port: port, TLS: trusting}))
	if err := open(t, redis.Settings{URL: url}).Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// certificate writes a certificate of 127.0.0.1 and its key.
func certificate(t *testing.T, folder string) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for name, data := range map[string][]byte{cert: text, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return cert, key, roots
}

// TestGet holds what is there and what is not.
func TestGet(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Settings{URL: "redis://" + server.Address()}), raw(t, server.Address())
	ctx := t.Context()
	for _, err := range []error{
		c.Set(ctx, "ever", "v", 0).Err(), c.Set(ctx, "hour", "v", time.Hour).Err(), c.Set(ctx, "empty", "", time.Hour).Err(),
		c.RPush(ctx, "list", "v").Err(), c.HSet(ctx, "hash", "v", "v").Err(),
		c.Set(ctx, "most", strings.Repeat("a", redis.MaxValueBytes), time.Hour).Err(),
		c.Set(ctx, "more", strings.Repeat("a", redis.MaxValueBytes+1), time.Hour).Err(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for key, want := range map[string]struct {
		length  int
		forEver bool
	}{
		"ever": {1, true}, "hour": {1, false}, "empty": {0, true}, "list": {0, true}, "hash": {0, true}, "none": {0, true},
		"most": {redis.MaxValueBytes, false}, "more": {0, true},
	} {
		value, ttl, err := s.Get(ctx, key)
		if err != nil || len(value) != want.length || (ttl == 0) != want.forEver || (value == nil) != (want.length == 0) {
			t.Errorf("%s: %d bytes for %v, %v", key, len(value), ttl, err)
		}
	}
	for name, set := range map[string]struct {
		value string
		ttl   time.Duration
	}{
		"no value": {"", time.Hour}, "no time": {"v", 0}, "less": {"v", -time.Second}, "almost none": {"v", time.Microsecond},
		"too much": {strings.Repeat("a", redis.MaxValueBytes+1), time.Hour},
	} {
		if err := s.Set(ctx, name, []byte(set.value), set.ttl); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := c.Exists(ctx, name).Val(); n != 0 {
			t.Errorf("%s: is kept", name)
		}
	}
}

// interrupted does something before the command that gets a value is sent.
type interrupted struct {
	net.Conn
	by func()
}

func (i interrupted) Write(data []byte) (int, error) {
	at := max(bytes.Index(data, []byte("*4\r\n$8\r\ngetrange\r\n")), 0)
	n, err := i.Conn.Write(data[:at])
	if err != nil {
		return n, err
	}
	if at > 0 {
		i.by()
	}
	m, err := i.Conn.Write(data[at:])
	return n + m, err
}

// TestGetReplaced holds that a value never has the life of the one before.
func TestGetReplaced(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c, replaced := raw(t, server.Address()), 0
	client := goredis.NewClient(&goredis.Options{
		Addr: server.Address(), Protocol: 2, DisableIdentity: true, ContextTimeoutEnabled: true,
		Dialer: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return interrupted{conn, func() {
				if err := c.Set(t.Context(), "k", "new", time.Minute).Err(); err != nil {
					t.Error(err)
				}
				replaced++
			}}, err
		},
	})
	s, err := redis.New(client, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := c.Set(t.Context(), "k", "old", time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	value, ttl, err := s.Get(t.Context(), "k")
	if err != nil || replaced != 1 || string(value) == "new" && ttl > time.Minute {
		t.Errorf("%s for %v after %d times, %v", value, ttl, replaced, err)
	}
}

// TestRights holds which commands a user of Redis needs, as the package says.
func TestRights(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := raw(t, server.Address())
	needed := []any{"+getrange", "+pttl", "+set", "+multi", "+exec", "+select", "+ping"}
	for i := range needed {
		all := append([]any{"acl", "setuser", fmt.Sprint("all-but-", i), "on", ">" + password, "~*"}, needed...)
		all[6+i] = "+info" // and none of those that are needed
		if err := c.Do(t.Context(), all...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Do(t.Context(), append([]any{"acl", "setuser", "app", "on", ">" + password, "~*"}, needed...)...).Err(); err != nil {
		t.Fatal(err)
	}
	uses := func(user string) error {
		s := open(t, redis.Settings{URL: "redis://" + user + ":" + password + "@" + server.Address() + "/1"})
		_, _, err := s.Get(t.Context(), "k")
		return errors.Join(err, s.Set(t.Context(), "k", []byte("v"), time.Minute), s.Ping(t.Context()))
	}
	if err := uses("app"); err != nil {
		t.Error(err)
	}
	for i, command := range needed {
		if err := uses(fmt.Sprint("all-but-", i)); err == nil {
			t.Errorf("without %s: %v", command, err)
		}
	}
}

// TestDown holds that a server that is down, or hangs, is an error after the timeout,
// and that the store finds it again.
func TestDown(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	patient := open(t, redis.Settings{URL: "redis://" + server.Address()})
	hasty := open(t, redis.Settings{URL: "redis://" + server.Address(), Timeout: 50 * time.Millisecond})
	keeps(t, patient)
	fails := func(why string) {
		t.Helper()
		began := time.Now()
		if _, _, err := hasty.Get(t.Context(), "a-key"); err == nil {
			t.Errorf("%s: Get is no error", why)
		}
		if err := hasty.Set(t.Context(), "a-key", []byte("v"), time.Hour); err == nil {
			t.Errorf("%s: Set is no error", why)
		}
		if took := time.Since(began); took > 5*time.Second { // by far less than what go-redis waits on its own
			t.Errorf("%s: took %v", why, took)
		}
	}
	server.Hang()
	fails("hanging")
	server.Resume()
	keeps(t, patient)
	server.Kill()
	fails("killed")
	server.Restart()
	keeps(t, patient)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := patient.Get(ctx, "a-key"); err == nil {
		t.Error("a context that ended is no error")
	}
}
