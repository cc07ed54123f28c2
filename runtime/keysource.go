package auth

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// lifeDefault is the lifetime of keys whose answer does not tell it. The life
	// that one tells counts within the bounds of lifeLeast and lifeMost.
	lifeDefault = 15 * time.Minute
	lifeLeast   = time.Minute
	lifeMost    = time.Hour
	// keysMaxAge is how long keys are used when newer ones cannot be had.
	keysMaxAge = 24 * time.Hour
	// firstPause follows on an attempt to fetch keys that failed; each failure
	// doubles it, up to longestPause. While there are no keys to use, callers are
	// told when the next attempt is, and it does not get longer.
	firstPause   = retryAfter
	longestPause = time.Minute
	// Unknown kids are the caller's to invent. Together they cause askBurst
	// attempts, and one more each askInterval, whatever becomes of these.
	askBurst    = 3
	askInterval = 3 * time.Second
	// absentFor is how long a kid for which keys were fetched in vain causes no
	// other attempt; absentKids is how many are known.
	absentFor  = 5 * time.Second
	absentKids = 1024
	// maxWaiting is how many requests may wait for keys that their kids demand.
	maxWaiting = 1000
	// clockSlack is how far before the fetch a clock may be set without a doubt about
	// the age of keys.
	clockSlack = time.Minute
	// maxReason is the length, in bytes, of an error that an issuer causes.
	maxReason = 400
)

// keySource holds an issuer's keys and fetches them anew when it is time.
// Fetching replaces the set: what the issuer withdrew is gone. A set without a
// usable key is taken for a mistake and replaces nothing; an issuer withdraws its
// last key by publishing another.
//
// Keys have a lifetime, which the issuer may tell. After two thirds of it newer
// ones are fetched while these are used. At its end a request waits for the newer
// ones: a key that the issuer withdrew is not trusted any longer, however seldom
// requests come, unless newer ones cannot be had. Requests begin all fetches;
// nothing runs by itself.
type keySource struct {
	issuer string
	logger *slog.Logger
	clock  func() time.Time
	algs   []string
	fetch  *fetcher // nil for keys that never change

	loaded atomic.Pointer[loadedKeys]

	mu       sync.Mutex
	inFlight chan struct{} // closed when the fetch under way is done
	failed   error         // of the last fetch
	pause    time.Duration // after the last failure, 0 after success
	failedAt time.Time     // when that pause began
	waiting  int           // requests that wait for an unknown kid's key
	spent    time.Time     // until when attempts for unknown kids are used up
	absent   []absentKid   // by hash; nil before the first
	seed     maphash.Seed
	told     []string // ignored keys that were logged

	// observe, unless nil, is told of each attempt to fetch keys, before those who
	// wait for it go on: why it failed or how many keys it ignored, and how long it
	// took. It is called by one goroutine at a time.
	observe func(err error, ignored int, took time.Duration)
	// observerLogs says that failures are left to observe to log.
	observerLogs bool
}

// absentKid is a kid, by its hash, that the issuer did not have lately.
type absentKid struct {
	hash  uint64
	until time.Time
}

// loadedKeys is what is in force. From from until until there is nothing to do about
// it.
type loadedKeys struct {
	set         *keySet
	at          time.Time // when the keys were asked for
	life        time.Duration
	from, until instant
}

// staticKeySet holds keys that are never due.
func staticKeySet(set *keySet) *loadedKeys {
	return &loadedKeys{set: set, from: always, until: never}
}

// fetchedKeySet holds keys that the issuer was asked for at this time.
func fetchedKeySet(set *keySet, at time.Time, life time.Duration) *loadedKeys {
	return &loadedKeys{set: set, at: at, life: life, from: instantOf(at.Add(-clockSlack)), until: instantOf(at.Add(life * 2 / 3))}
}

// age is how old the keys are. By a clock that was set back they are due.
func (l *loadedKeys) age(now time.Time) time.Duration {
	// One reading stands still while the machine sleeps, the other may be set.
	age := max(now.Sub(l.at), now.Round(0).Sub(l.at.Round(0)))
	if age < -clockSlack {
		return l.life
	}
	return age
}

// fresh reports whether there is nothing to do about the keys at this time: what
// was verified with one of them that is not withdrawn still holds. Otherwise
// current says what to do.
func (s *keySource) fresh(now instant) bool {
	l := s.loaded.Load()
	return l != nil && l.fresh(now)
}

func (l *loadedKeys) fresh(now instant) bool { return l.from <= now && now < l.until }

// serves reports whether tokens that were verified with keys of the source may be
// admitted still, as far as the age of the keys tells.
func (s *keySource) serves(now instant) bool {
	if s.fresh(now) {
		return true
	}
	set, due := s.current()
	return set != nil && !due
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
	if l.fresh(instantOf(now)) {
		return l.set, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l = s.loaded.Load(); l.fresh(instantOf(now)) { // a fetch ended
		return l.set, false
	}
	s.schedule(now)
	age := l.age(now)
	if age > keysMaxAge {
		return nil, false
	}
	return l.set, age >= l.life && !s.outOfReach(now)
}

// outOfReach reports whether a failure tells that newer keys cannot be had. It
// does during the pause after it and while the next attempt may last: then nobody
// waits for an issuer that does not answer. A failure before tells nothing.
func (s *keySource) outOfReach(now time.Time) bool {
	return s.within(now, s.pause+min(s.fetch.longest(), longestPause))
}

// within reports whether it is less than d since the last attempt, if that failed.
func (s *keySource) within(now time.Time, d time.Duration) bool {
	since := now.Sub(s.failedAt)
	return s.pause > 0 && -clockSlack <= since && since < d
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
	done, leave, err := s.join(old, kid)
	if done == nil {
		return err
	}
	defer leave()
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// join returns the fetch that refresh waits for, and what to call after that; or
// nil, with the error of refresh, when there is none to wait for.
func (s *keySource) join(old *keySet, kid string) (done <-chan struct{}, leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, l := s.clock(), s.loaded.Load()
	usable := l != nil && l.age(now) <= keysMaxAge
	if usable && l.set != old {
		return nil, nil, nil
	}
	// Whose keys are due waits, but nobody does for an issuer out of reach.
	due := !usable || l.age(now) >= l.life
	limited := !due || s.outOfReach(now)
	if due {
		s.schedule(now)
	}
	if limited && s.waiting >= maxWaiting {
		return nil, nil, errors.New("too many requests wait for newer ones")
	}
	if s.inFlight == nil {
		if !usable || !s.mayAsk(kid, now) {
			return nil, nil, s.failed
		}
		s.begin(now, s.hash(kid))
	}
	if !limited {
		return s.inFlight, func() {}, nil
	}
	s.waiting++
	return s.inFlight, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.waiting--
	}, nil
}

// schedule sees to it that a fetch is under way, unless one failed and the pause
// after it is not over.
func (s *keySource) schedule(now time.Time) {
	if s.inFlight == nil && !s.pausing(now) {
		s.begin(now, 0)
	}
}

// pausing reports whether a failure is so recent that no other attempt begins.
func (s *keySource) pausing(now time.Time) bool {
	pause := s.pause
	if l := s.loaded.Load(); l == nil || l.age(now) > keysMaxAge {
		pause = min(pause, firstPause)
	}
	return s.within(now, pause)
}

// mayAsk reports whether a kid that the keys lack may cause a fetch, and counts
// that, whatever will become of it.
func (s *keySource) mayAsk(kid string, now time.Time) bool {
	if s.absent != nil {
		hash := s.hash(kid)
		left := s.absent[hash%absentKids]
		if wait := left.until.Sub(now); left.hash == hash && 0 < wait && wait <= absentFor {
			return false
		}
	}
	used := s.spent.Sub(now)
	if used < 0 || used > askBurst*askInterval { // the clock was set back
		used = 0
	}
	if used > (askBurst-1)*askInterval {
		return false
	}
	s.spent = now.Add(used + askInterval)
	return true
}

// hash returns a number for kid that nobody else can tell; never 0.
func (s *keySource) hash(kid string) uint64 {
	if s.absent == nil {
		s.absent, s.seed = make([]absentKid, absentKids), maphash.MakeSeed()
	}
	return max(1, maphash.String(s.seed, kid))
}

// begin begins a fetch, on behalf of the kid with this hash or of none (0).
func (s *keySource) begin(now time.Time, hash uint64) {
	s.inFlight = make(chan struct{})
	// No request owns the fetch: one that goes away must not end it for others.
	go s.run(now, hash)
}

func (s *keySource) run(began time.Time, hash uint64) {
	err := errors.New("the fetch panicked") // unless it returns
	var wait time.Duration
	defer func() {
		if p := recover(); p != nil {
			s.tellPanic(p)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.settle(began, hash, wait, err)
		close(s.inFlight)
		s.inFlight = nil
	}()
	ignored := 0
	if s.observe != nil {
		defer func() { s.observe(err, ignored, s.clock().Sub(began)) }()
	}
	set, life, failed := s.fetch.keys(s.algs)
	if failed == nil && set.empty() {
		failed = noUsableKey(set)
	}
	if failed != nil {
		var paused interface{ RetryAfter() time.Duration }
		if errors.As(failed, &paused) {
			wait = paused.RetryAfter()
		}
		if text := failed.Error(); len(text) > maxReason {
			failed = errors.New(text[:maxReason])
		}
		err = failed
		if !s.observerLogs {
			s.logger.Warn("auth: keys could not be fetched", "issuer", s.issuer, "reason", err.Error())
		}
		return
	}
	err, ignored = nil, len(set.ignored)
	if l := s.loaded.Load(); l != nil {
		set.succeed(l.set)
	}
	s.loaded.Store(fetchedKeySet(set, began, life))
	s.tell(set) // a logger that panics keeps no keys from anybody
}

// tellPanic logs a panic, which may be the logger's own.
func (s *keySource) tellPanic(p any) {
	defer func() { _ = recover() }()
	s.logger.Error("auth: fetching keys panicked", "issuer", s.issuer, "panic", fmt.Sprintf("%T", p))
}

// settle notes what became of a fetch. wait, unless it is zero, is when one that
// failed as it came too early can be tried again.
func (s *keySource) settle(began time.Time, hash uint64, wait time.Duration, err error) {
	now := s.clock()
	s.failed = err
	if err == nil {
		s.pause = 0
		if hash != 0 {
			s.absent[hash%absentKids] = absentKid{hash, now.Add(absentFor)}
		}
		return
	}
	// Callers' kids neither prolong a pause nor make the next one longer.
	if s.pausing(began) {
		return
	}
	s.pause = min(max(firstPause, 2*s.pause), longestPause)
	if wait > 0 {
		s.pause = min(s.pause, wait)
	}
	s.failedAt = now
	if l := s.loaded.Load(); l != nil {
		paused := *l
		// A clock that is set back must not make the pause longer.
		paused.from = max(l.from, instantOf(now.Add(-clockSlack)))
		quiet := now.Add(min(s.pause, keysMaxAge-l.age(now)))
		paused.until = max(l.until, instantOf(quiet))
		s.loaded.Store(&paused)
	}
}

// tell logs each ignored key once, for as long as it is there. Its place may change.
func (s *keySource) tell(set *keySet) {
	told := s.told
	s.told = nil
	for _, k := range set.ignored {
		text := k.String()
		k.index = 0
		same := k.String()
		if i := slices.Index(told, same); i >= 0 {
			told = slices.Delete(told, i, i+1)
		} else {
			s.logger.Warn("auth: a key of the issuer cannot be used", "issuer", s.issuer, "key", text)
		}
		s.told = append(s.told, same)
	}
}
