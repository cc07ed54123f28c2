package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// keysFresh is how long keys are used without asking for newer ones.
	keysFresh = 10 * time.Minute
	// keysDue is how long they are used while newer ones are fetched. After that
	// a request waits for these: a key that the issuer withdrew is not trusted any
	// longer, however seldom requests come, unless newer ones cannot be had.
	keysDue = 15 * time.Minute
	// keysMaxAge is how long keys are used when newer ones cannot be had.
	keysMaxAge = 24 * time.Hour
	// keysCalm is the least time between two attempts to fetch keys, whatever
	// became of the first: unknown kids are the caller's to invent.
	keysCalm = 10 * time.Second
	// clockSlack is how far a clock may be set back without a doubt about the age
	// of keys.
	clockSlack = time.Minute
)

// keySource holds an issuer's keys and fetches them anew when it is time.
// Fetching replaces the set: what the issuer withdrew is gone. A set without a
// usable key is taken for a mistake and replaces nothing; an issuer withdraws its
// last key by publishing another.
type keySource struct {
	issuer string
	logger *slog.Logger
	clock  func() time.Time
	algs   []string
	fetch  *fetcher // nil for keys that never change

	loaded atomic.Pointer[loadedKeys]

	mu       sync.Mutex
	inFlight chan struct{} // closed when the fetch under way is done
	tried    time.Time     // when the last fetch began
	failed   error         // of the last fetch
	failedAt time.Time     // when it began, if it failed
	told     []string      // ignored keys that were logged

	// observe, unless nil, is told of each attempt to fetch keys, before those who
	// wait for it go on: why it failed or how many keys it ignored, and how long it
	// took. It is called by one goroutine at a time.
	observe func(err error, ignored int, took time.Duration)
	// observerLogs says that failures are left to observe to log.
	observerLogs bool
}

// loadedKeys is what is in force. From from until until there is
// nothing to do about it.
type loadedKeys struct {
	set         *keySet
	at          time.Time // when the keys were asked for
	from, until instant
}

// staticKeySet holds keys that are never due.
func staticKeySet(set *keySet) *loadedKeys {
	return &loadedKeys{set: set, from: always, until: never}
}

// fetchedKeySet holds keys that the issuer was asked for at this time.
func fetchedKeySet(set *keySet, at time.Time) *loadedKeys {
	return &loadedKeys{set: set, at: at, from: instantOf(at.Add(-clockSlack)), until: instantOf(at.Add(keysFresh))}
}

// fresh reports whether there is nothing to do about the keys at this time: what
// was verified with one of them that is not withdrawn still holds. Otherwise
// current says what to do.
func (s *keySource) fresh(now instant) bool {
	l := s.loaded.Load()
	if l == nil {
		return false
	}
	return l.from <= now && now < l.until
}

// current returns the keys, nil when there are none or they are too old. When
// they are no longer fresh, it starts to fetch newer ones and does not wait for
// them. When due, the caller waits with refresh before it uses any.
func (s *keySource) current() (set *keySet, due bool) {
	l := s.loaded.Load()
	if l == nil {
		return nil, false
	}
	if s.fetch == nil {
		return l.set, false
	}
	now := s.clock()
	age := now.Sub(l.at)
	if age > keysDue {
		due = !s.failedLately(now)
	}
	if age > keysFresh {
		s.begin()
	}
	if age > keysMaxAge {
		return nil, false
	}
	return l.set, due
}

// failedLately reports whether an attempt tells that newer keys cannot be had.
// It does while it is too soon for another or that one may last: then nobody
// waits while an issuer is out of reach. A failure before tells nothing.
func (s *keySource) failedLately(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.failedAt.IsZero() && now.Sub(s.failedAt) < min(keysCalm+s.fetch.longest(), keysFresh)
}

// start fetches the first keys.
func (s *keySource) start(ctx context.Context) error {
	if s.fetch == nil {
		return nil
	}
	return s.refresh(ctx, nil, "")
}

// noUsableKey tells why a set without a usable key is refused.
func noUsableKey(set *keySet) error {
	text := "the key set has no usable key"
	for i, k := range set.ignored[:min(4, len(set.ignored))] {
		text += []string{": ", "; "}[min(i, 1)] + k.String()
	}
	return errors.New(text)
}

// refresh fetches keys unless there are others than old already, or it is too
// soon. kid is that of the token for which old has no key, or "". It returns an
// error when newer keys could not be had.
func (s *keySource) refresh(ctx context.Context, old *keySet, kid string) error {
	if s.fetch == nil {
		return nil
	}
	if l := s.loaded.Load(); l != nil && l.set != old && s.clock().Sub(l.at) <= keysMaxAge {
		return nil
	}
	if done := s.begin(); done != nil {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// begin starts a fetch, or joins the one under way. It returns nil when it is
// too soon for another.
func (s *keySource) begin() <-chan struct{} {
	if s.fetch == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inFlight != nil {
		return s.inFlight
	}
	now := s.clock()
	if since := now.Sub(s.tried); !s.tried.IsZero() && since >= 0 && since < keysCalm {
		return nil
	}
	s.tried = now
	done := make(chan struct{})
	s.inFlight = done
	// No request owns the fetch: one that goes away must not end it for others.
	go s.run(done, now)
	return done
}

func (s *keySource) run(done chan struct{}, now time.Time) {
	err := errors.New("the fetch panicked") // unless it returns
	defer func() {
		if p := recover(); p != nil {
			s.logger.Error("auth: fetching keys panicked", "issuer", s.issuer, "panic", fmt.Sprintf("%T", p))
		}
		s.mu.Lock()
		s.failed, s.failedAt, s.inFlight = err, time.Time{}, nil
		if err != nil {
			s.failedAt = now
		}
		s.mu.Unlock()
		close(done)
	}()
	ignored := 0
	if s.observe != nil {
		defer func() { s.observe(err, ignored, s.clock().Sub(now)) }()
	}
	set, failed := s.fetch.keys(s.algs)
	if failed == nil && set.empty() {
		failed = noUsableKey(set)
	}
	if err = failed; err != nil {
		if !s.observerLogs {
			s.logger.Warn("auth: keys could not be fetched", "issuer", s.issuer, "reason", err.Error())
		}
		return
	}
	ignored = len(set.ignored)
	if l := s.loaded.Load(); l != nil {
		set.succeed(l.set)
	}
	s.loaded.Store(fetchedKeySet(set, now))
	s.tell(set) // a logger that panics keeps no keys from anybody
}

// tell logs each ignored key once, for as long as it is there.
func (s *keySource) tell(set *keySet) {
	var now []string
	for _, k := range set.ignored {
		text := k.String()
		if !slices.Contains(s.told, text) {
			s.logger.Warn("auth: a key of the issuer cannot be used", "issuer", s.issuer, "key", text)
		}
		now = append(now, text)
	}
	s.told = now
}

// serves reports whether tokens that were verified with keys of the source may be
// admitted still, as far as the age of the keys tells.
func (s *keySource) serves(now instant) bool {
	if s.fresh(now) {
		return true
	}
	set, due := s.current()
	return set != nil && !due
}
