package auth

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// newCached makes what put takes.
func newCached(until instant) (*Identity, *verifyKey) {
	id := new(Identity)
	id.self = id
	id.from, id.until = always, until
	return id, new(verifyKey)
}

// TestTokenTable compares the table with a map, entry by entry, while tokens come,
// expire and are withdrawn.
func TestTokenTable(t *testing.T) {
	t.Parallel()
	const entries = 50
	random := rand.New(rand.NewPCG(1, 2))
	c := newTokenCache(CacheLimits{Entries: entries, Age: time.Hour})
	put := map[string]*cachedToken{}
	now := instant(1)
	for range 20_000 {
		now += instant(time.Second)
		token := fmt.Sprintf("%d.%08d", random.IntN(5), random.IntN(200))
		switch random.IntN(10) {
		case 0: // withdrawn
			if e := put[token]; e != nil {
				e.key.withdrawn.Store(true)
			}
		case 1, 2, 3, 4:
			id, key := newCached(now + instant(time.Duration(random.IntN(300))*time.Second))
			c.put(token, id, key, now)
			put[token] = &cachedToken{id: id, key: key, from: id.from, until: id.until}
		default:
			e, want := c.get(token, now), put[token]
			if e != nil && (e.text != token || want == nil || e.id != want.id || !want.alive(now)) {
				t.Fatalf("%s is %+v, want %+v", token, e, want)
			}
		}
		check(t, c)
		if c.count > entries {
			t.Fatalf("%d entries", c.count)
		}
	}
}

// check counts the entries, finds each where a probe does, and adds up their cost.
func check(t *testing.T, c *tokenCache) {
	t.Helper()
	slots, count, bytes := *c.slots.Load(), 0, int64(0)
	for i := range slots {
		e := slots[i].Load()
		if e == nil {
			continue
		}
		count++
		bytes += e.cost
		for j := int(e.hash) & (len(slots) - 1); j != i; j = (j + 1) & (len(slots) - 1) {
			if slots[j].Load() == nil {
				t.Fatalf("a probe for slot %d ends at %d", i, j)
			}
		}
	}
	if count != c.count || bytes != c.bytes || 2*count > len(slots) {
		t.Fatalf("%d entries of %d bytes in %d slots, counted as %d of %d", count, bytes, len(slots), c.count, c.bytes)
	}
}

func TestTokenTableBytes(t *testing.T) {
	t.Parallel()
	c := newTokenCache(CacheLimits{Bytes: 10_000})
	for i := range 100 {
		id, key := newCached(never)
		c.put(fmt.Sprintf("token.%08d", i), id, key, 1)
		if check(t, c); c.bytes > 10_000 || c.count == 0 {
			t.Fatalf("%d bytes, %d entries", c.bytes, c.count)
		}
	}
	id, key := newCached(never)
	id.payload = string(make([]byte, 10_000))
	c.put("larger than all", id, key, 1)
	if c.get("larger than all", 1) != nil || c.count == 0 {
		t.Error("one that is too large came in, or drove out the others")
	}
}

// TestTokenTableForgets holds that what is void does not stay for as long as there
// is room.
func TestTokenTableForgets(t *testing.T) {
	t.Parallel()
	c := newTokenCache(CacheLimits{})
	for i := range 1000 {
		id, key := newCached(10)
		c.put(fmt.Sprintf("old.%08d", i), id, key, 1)
	}
	for i := range 6000 {
		id, key := newCached(never)
		c.put(fmt.Sprintf("new.%08d", i%10), id, key, 20)
	}
	if check(t, c); c.count != 10 {
		t.Errorf("%d entries, want 10", c.count)
	}
}

// TestTokenTableConcurrently is for the race detector. A reader may miss what is
// there, and must never get what was not asked for.
func TestTokenTableConcurrently(t *testing.T) {
	t.Parallel()
	c := newTokenCache(CacheLimits{Entries: 32})
	var group sync.WaitGroup
	for g := range uint64(4) {
		group.Go(func() {
			random := rand.New(rand.NewPCG(g, 1))
			for range 5000 {
				token := fmt.Sprintf("token.%08d", random.IntN(100))
				if e := c.get(token, 1); e != nil && e.id.subject != token {
					t.Errorf("%s is %s", token, e.id.subject)
				}
				if random.IntN(3) == 0 {
					id, key := newCached(never)
					id.subject = token
					c.put(token, id, key, 1)
				}
			}
		})
	}
	group.Wait()
	check(t, c)
}

// TestTokenTableInUse holds that a token which is used all the time can be evicted.
func TestTokenTableInUse(t *testing.T) {
	t.Parallel()
	c := newTokenCache(CacheLimits{})
	const token = "token.00000001"
	id, key := newCached(never)
	c.put(token, id, key, 1)
	for _, keep := range []keeping{keepValid, keepUsed, keepNone} {
		for range len(*c.slots.Load()) {
			if c.get(token, 1) == nil && keep != keepNone {
				t.Errorf("%d: gone", keep)
			}
			c.step(1, keep)
		}
	}
	if check(t, c); c.count != 0 {
		t.Errorf("%d entries", c.count)
	}
}

// TestIdentitySize holds that names which a token writes in two bytes are counted for
// the memory that they take, also when they grant nothing.
func TestIdentitySize(t *testing.T) {
	t.Parallel()
	const names = 6000
	claims := Claims{Scopes: []ListClaim{ClaimScopes("scope")}}
	for i, allowed := range [][]string{{Any}, {"a"}, nil} {
		is := &issuer{claims: claims, noAudience: true, noExpiry: true, asserts: &Assertion{Unclear: true, Scopes: allowed}}
		d, err := parseObject(`{"sub":"u","scope":"`+strings.Repeat("a ", names)+`"}`, claimsLimits)
		if err != nil {
			t.Fatal(err)
		}
		id, err := is.identify(d, "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if size, least := id.size(), []int64{8, 8, 16}[i]*names; size < least+2*names {
			t.Errorf("of %q: %d bytes", allowed, size)
		}
	}
}

// TestCoarseClockWaits holds that who waits to start the clock starts it by the time
// after the wait.
func TestCoarseClockWaits(t *testing.T) {
	t.Parallel()
	var c coarseClock
	c.mu.Lock()
	got := make(chan instant)
	go func() { got <- c.now() }()
	for range 1000 {
		runtime.Gosched() // it comes to the lock, most of the time
	}
	free := instantOf(time.Now())
	c.mu.Unlock()
	if now := <-got; now < free {
		t.Errorf("%v behind", time.Duration(free-now))
	}
}

func TestCoarseClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c coarseClock
		start := time.Now()
		// asked tells how far behind the clock is when it was not asked for so long.
		asked := func(after time.Duration) time.Duration {
			time.Sleep(after)
			behind := time.Since(c.now().time())
			if behind < 0 || behind > clockResolution {
				t.Errorf("after %v the clock is %v behind", time.Since(start), behind)
			}
			return behind
		}
		if asked(0) != 0 || asked(3*time.Millisecond) == 0 {
			t.Error("the clock is read while the timer runs")
		}
		for range 100 {
			asked(time.Millisecond)
		}
		if asked(time.Hour) != 0 {
			t.Error("a clock that nobody asked is behind")
		}
		time.Sleep(time.Second)
		if c.read.Load() != 0 {
			t.Error("the timer runs on while nobody asks")
		}
	})
}

func TestInstants(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_900_000_000, 5)
	for want, got := range map[instant]instant{
		1_900_000_000_000_000_005: instantOf(at),
		never:                     instantOf(time.Unix(maxDate, 0)),
		always:                    instantOf(time.Time{}),
		0:                         instantOf(time.Unix(0, 0)),
	} {
		if got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
	if !instantOf(at).time().Equal(at) {
		t.Error("an instant is another time")
	}
}

func TestNameSet(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 8, 9, 40, 1000, 40_000} {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("files.%d.%s", i, "read-everything"[:i%15]))
		}
		s := newNameSet(names, 7)
		for _, name := range names[:min(n, 2000)] {
			if !s.has(name) || s.has(name+"x") || s.has(name[1:]) || s.has("x"+name) {
				t.Fatalf("of %d: %q", n, name)
			}
		}
		if s.has("") || s.has("files.-1.") {
			t.Errorf("of %d: a name that is not there", n)
		}
	}
	same := newNameSet(slices.Repeat([]string{"a"}, 6000), 7)
	same.index = slices.DeleteFunc(slices.Clone(same.index), func(place uint16) bool { return place == 0 })
	if len(same.index) != 1 {
		t.Errorf("equal names are in %d slots", len(same.index))
	}
	empty := newNameSet(append(make([]string, 20), "a"), 7)
	if empty.has("") || !empty.has("a") {
		t.Error("empty names")
	}
}
