package auth

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// CacheLimits bound the cache of verified tokens. A field that is zero has its
// default.
type CacheLimits struct {
	Entries int           // tokens, 10,000 unless set and at most 16 million
	Bytes   int64         // of memory, about; 64 MiB unless set
	Age     time.Duration // after which a token is verified again, ten minutes unless set and at most a year
}

const (
	defaultCacheEntries = 10_000
	defaultCacheBytes   = 64 << 20
	defaultCacheAge     = 10 * time.Minute
	maxCacheEntries     = 16 << 20
	maxCacheAge         = 365 * 24 * time.Hour
)

// TokenCache sets the limits of the cache of verified tokens. A guard keeps what
// it verified, whatever the rule then says, until the token expires, the issuer
// withdraws the key, or Age is over; when the cache is full, those go that were
// not used lately. Tokens that are not valid never enter. What can change is
// looked at for each request: times, revocation ([Revocations]) and the rule. Times
// are compared with a clock that is read every ten milliseconds.
func TokenCache(limits CacheLimits) Option {
	return func(o *options) error {
		if limits.Entries < 0 || limits.Bytes < 0 || limits.Age < 0 || limits.Entries > maxCacheEntries || limits.Age > maxCacheAge {
			return errors.New("TokenCache: a limit is negative or too large")
		}
		o.cache = limits
		o.noCache = false
		return nil
	}
}

// NoTokenCache makes the guard verify the token of each request anew.
func NoTokenCache() Option {
	return func(o *options) error {
		o.noCache = true
		return nil
	}
}

// cachedToken is a token that was verified. It does not change but for used.
type cachedToken struct {
	hash uint64
	text string // all of it: what only resembles a token is another one
	id   *Identity
	key  *verifyKey // that verified it
	// from and until bound when it may be used, with all that the issuer's options
	// and the cache's say.
	from, until instant
	cost        int64
	used        atomic.Bool // since the hand last came by
}

// tokenCache maps the texts of verified tokens to identities. Looking up takes no
// lock and, but for the first use of an entry, writes nothing, so that processors
// do not wait for each other. It belongs to one guard: what one configuration
// accepts says nothing about another.
//
// It is a hash table with linear probing. A reader that meets it while an entry is
// moved may miss a token that is there; the token is then verified once more.
type tokenCache struct {
	limits CacheLimits
	seed   uint64
	slots  atomic.Pointer[[]atomic.Pointer[cachedToken]] // a power of two, at most half full

	mu    sync.Mutex // of those who write
	count int
	bytes int64
	hand  int // the slot that eviction looks at next
}

func newTokenCache(limits CacheLimits) *tokenCache {
	if limits.Entries == 0 {
		limits.Entries = defaultCacheEntries
	}
	if limits.Bytes == 0 {
		limits.Bytes = defaultCacheBytes
	}
	if limits.Age == 0 {
		limits.Age = defaultCacheAge
	}
	c := &tokenCache{limits: limits, seed: rand.Uint64()}
	slots := make([]atomic.Pointer[cachedToken], 16)
	c.slots.Store(&slots)
	return c
}

// hash hashes the end of a token, which is random for everybody but its issuer:
// 48 bits of the signature. Whoever does not know a cached token does not find its
// slot, where the whole text is compared.
func (c *tokenCache) hash(token string) uint64 {
	if len(token) < 8 {
		return 0 // no token is so short
	}
	return mix(load64(token[len(token)-8:]) ^ c.seed)
}

// get returns a token that was verified and is still valid at now as far as its
// times and its key tell, or nil. The key may be too old, see [keySource.fresh].
// A nil cache has none.
func (c *tokenCache) get(token string, now instant) *cachedToken {
	if c == nil {
		return nil
	}
	hash, slots := c.hash(token), *c.slots.Load()
	mask := len(slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		e := slots[i].Load()
		if e == nil {
			return nil
		}
		if e.hash != hash || e.text != token {
			continue
		}
		// An identity that a handler assigned to, which compiles, is not used again.
		if !e.alive(now) || e.id.self != e.id {
			return nil
		}
		if !e.used.Load() {
			e.used.Store(true)
		}
		return e
	}
}

func (e *cachedToken) alive(now instant) bool {
	return e.from <= now && now < e.until && !e.key.withdrawn.Load()
}

// put remembers a token that key verified. A key that is withdrawn meanwhile
// makes the entry void, see [cachedToken.alive].
func (c *tokenCache) put(token string, id *Identity, key *verifyKey, now instant) {
	if c == nil {
		return
	}
	text := id.Token()
	if text == "" {
		text = strings.Clone(token)
	}
	e := &cachedToken{
		hash: c.hash(token), text: text, id: id, key: key,
		from: id.from, until: min(id.until, now+instant(c.limits.Age)), cost: id.size() + int64(len(token)) + 128,
	}
	if e.cost > c.limits.Bytes {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(token, e.hash)
	c.step(now, keepValid) // what is void goes with time, also while there is room
	// What is used all the time must not keep the hand going round.
	once, keep := len(*c.slots.Load()), keepUsed
	for i := 0; c.count >= c.limits.Entries || c.bytes+e.cost > c.limits.Bytes; i++ {
		if i == once {
			keep = keepNone
		}
		c.step(now, keep)
	}
	c.grow()
	c.insert(*c.slots.Load(), e)
	c.count++
	c.bytes += e.cost
}

// keeping says what step leaves where it is.
type keeping uint8

const (
	keepValid keeping = iota
	keepUsed          // since the hand last came by
	keepNone
)

// step looks at the slot under the hand, and removes what is void or not to be kept.
func (c *tokenCache) step(now instant, keep keeping) {
	slots := *c.slots.Load()
	c.hand &= len(slots) - 1
	e := slots[c.hand].Load()
	if e != nil && (!e.alive(now) || keep == keepNone || keep == keepUsed && !e.used.Swap(false)) {
		c.removeAt(slots, c.hand) // another entry may stand there now: the hand stays
		return
	}
	c.hand++
}

// grow doubles the table when it is half full.
func (c *tokenCache) grow() {
	old := *c.slots.Load()
	if 2*(c.count+1) <= len(old) {
		return
	}
	slots := make([]atomic.Pointer[cachedToken], 2*len(old))
	for i := range old {
		if e := old[i].Load(); e != nil {
			c.insert(slots, e)
		}
	}
	c.slots.Store(&slots)
}

func (c *tokenCache) insert(slots []atomic.Pointer[cachedToken], e *cachedToken) {
	mask := len(slots) - 1
	i := int(e.hash) & mask
	for slots[i].Load() != nil {
		i = (i + 1) & mask
	}
	slots[i].Store(e)
}

// remove removes the entry of a token, if there is one.
func (c *tokenCache) remove(token string, hash uint64) {
	slots := *c.slots.Load()
	mask := len(slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		switch e := slots[i].Load(); {
		case e == nil:
			return
		case e.hash == hash && e.text == token:
			c.removeAt(slots, i)
			return
		}
	}
}

// removeAt empties a slot and closes the gap, so that no probe ends early.
func (c *tokenCache) removeAt(slots []atomic.Pointer[cachedToken], gap int) {
	mask := len(slots) - 1
	c.count--
	c.bytes -= slots[gap].Load().cost
	for i := (gap + 1) & mask; ; i = (i + 1) & mask {
		e := slots[i].Load()
		if e == nil {
			slots[gap].Store(nil)
			return
		}
		// It may move to the gap unless its home lies behind the gap.
		if home := int(e.hash) & mask; (i-home)&mask >= (i-gap)&mask {
			slots[gap].Store(e)
			gap = i
		}
	}
}
