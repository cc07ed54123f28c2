package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// MaxValueBytes bounds what a store reads and writes under a key. Larger values are
// as if they were not there.
const MaxValueBytes = 16 << 20

// Store is a Redis. It is made by [Open] or [New], safe for any number of goroutines,
// and prints no secret.
type Store struct {
	client  goredis.UniversalClient
	timeout time.Duration
}

// Open makes a store of what settings say. It asks Redis for nothing: the first use
// does, and a Redis that is down at start is no error. [Store.Ping] tells.
func Open(settings Settings) (*Store, error) {
	if settings.Timeout == 0 {
		settings.Timeout = defaultTimeout
	}
	client, err := settings.client()
	if err != nil {
		return nil, fmt.Errorf("redis: settings: %w", err)
	}
	return &Store{client, settings.Timeout}, nil
}

// New makes a store of a client that the program has. Each use lasts no longer than
// timeout, where the client's options say ContextTimeoutEnabled. [Store.Close] closes
// the client.
func New(client goredis.UniversalClient, timeout time.Duration) (*Store, error) {
	if client == nil || timeout <= 0 || timeout > longestTimeout {
		return nil, fmt.Errorf("redis: the client is nil, or the timeout not between 0 and %v", longestTimeout)
	}
	return &Store{client, timeout}, nil
}

// Ping asks Redis for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return told(s.client.Ping(ctx).Err())
}

// Get returns the string under key and how long it stays; that is zero for one that
// stays for ever. The value is nil where there is none, one of another type or one
// above [MaxValueBytes].
func (s *Store) Get(ctx context.Context, key string) (value []byte, ttl time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	pipe := s.client.TxPipeline() // the life is that of the value
	left := pipe.PTTL(ctx, key)
	text := pipe.GetRange(ctx, key, 0, MaxValueBytes)
	_, err = pipe.Exec(ctx)
	switch {
	case goredis.HasErrorPrefix(err, "WRONGTYPE"):
		return nil, 0, nil
	case err != nil:
		return nil, 0, told(err)
	}
	value = []byte(text.Val())
	// -1 and -2 are none and no key.
	if ttl = max(left.Val(), 0); len(value) == 0 || len(value) > MaxValueBytes {
		return nil, 0, nil
	}
	return value, ttl, nil
}

// Set keeps value under key for ttl, which is rounded down to milliseconds. One that
// is empty or too large, or would stay for none, is not kept.
func (s *Store) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl = ttl.Truncate(time.Millisecond); ttl <= 0 || len(value) == 0 || len(value) > MaxValueBytes {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return told(s.client.Do(ctx, "set", key, value, "px", ttl.Milliseconds()).Err())
}

// Close closes the connections.
func (s *Store) Close() error { return told(s.client.Close()) }

// Format implements fmt.Formatter, for all verbs.
func (s *Store) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "redis.Store") }

// LogValue implements slog.LogValuer.
func (s *Store) LogValue() slog.Value { return slog.StringValue("redis.Store") }

// told is the error that callers get.
func told(err error) error {
	if err == nil || errors.Is(err, goredis.Nil) {
		return nil
	}
	return fmt.Errorf("redis: %w", err)
}
