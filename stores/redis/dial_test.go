//go:build unix

package redis_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/authgen/authgen/stores/redis"
)

// spoken is what go-redis says by the logger that the process has one of.
type spoken struct {
	mu    sync.Mutex
	lines []string
}

var ofGoRedis spoken

func (s *spoken) Printf(_ context.Context, format string, values ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf(format, values...))
}

func (s *spoken) about(text string) (lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.lines {
		if strings.Contains(line, text) {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestMain(m *testing.M) {
	goredis.SetLogger(&ofGoRedis) // before a test begins: it is not synchronised
	os.Exit(m.Run())
}

// TestDownIsToldOnce holds that a Redis which cannot be reached is an error with its
// reason for who uses the store, and nothing that go-redis writes to standard error.
func TestDownIsToldOnce(t *testing.T) {
	t.Parallel()
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	for name, settings := range map[string]func(address string) redis.Settings{
		"URL": func(address string) redis.Settings { return redis.Settings{URL: "redis://" + address} },
		"secured": func(address string) redis.Settings {
			return redis.Settings{URL: "redis://:" + hidden + "@" + address + "/1"}
		},
		"TLS":     func(address string) redis.Settings { return redis.Settings{URL: "rediss://" + address, TLS: config} },
		"cluster": func(address string) redis.Settings { return redis.Settings{Cluster: []string{address}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := freeAddress(t)
			chosen := settings(address)
			chosen.Timeout = 5 * time.Second
			store, err := redis.Open(chosen)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				_, _, got := store.Get(t.Context(), "k")
				for _, err := range []error{got, store.Set(t.Context(), "k", []byte("v"), time.Minute), store.Ping(t.Context())} {
					if err == nil || !strings.Contains(err.Error(), address) {
						t.Fatalf("%v does not tell of %s", err, address)
					}
				}
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
			if lines := ofGoRedis.about(address); len(lines) > 0 {
				t.Errorf("go-redis wrote %d lines: %s", len(lines), lines[0])
			}
		})
	}
}
