package frontegg_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg"
	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
	"github.com/authgen/authgen/stores/redis"
)

// TestAccessTokensTogether holds that all who need a lookup at a time wait for one.
func TestAccessTokensTogether(t *testing.T) {
	t.Parallel()
	m := newMachines(t)
	token := m.fake.IssueAccessToken(fronteggtest.TenantAccess("m-1"), fronteggtest.AccessToken{})
	if err := m.client.Authenticate(t.Context()); err != nil {
		t.Fatal(err)
	}
	release := m.fake.Hold(fronteggtest.ActiveTenantAccessTokens)
	leaves, leave := context.WithCancel(t.Context())
	var all, begun sync.WaitGroup
	left := make(chan struct{})
	all.Go(func() { // who is first leaves too
		defer close(left)
		if _, err := m.guard.Validate(leaves, token); statusOf(t, err) != 503 {
			t.Errorf("the first: %v", err)
		}
	})
	if err := m.fake.Await(t.Context(), fronteggtest.ActiveTenantAccessTokens, 1); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		begun.Add(1)
		all.Go(func() {
			ctx, want := t.Context(), 200
			if i%5 == 0 {
				ctx, want = leaves, 503
			}
			begun.Done()
			_, err := m.guard.Validate(ctx, token)
			if got := statusOf(t, err); got != want {
				t.Errorf("status %d, want %d", got, want)
			}
		})
	}
	begun.Wait()
	leave()
	<-left // without an answer
	release()
	all.Wait()
	m.looked(t, "50 at a time", 1, 1)
}

// TestAccessTokensBounded holds that what is kept of many tokens goes before it is
// more than the memory for it.
func TestAccessTokensBounded(t *testing.T) {
	t.Parallel()
	m := newMachines(t)
	large := []string{strings.Repeat("r", 300<<10)}
	var tokens []string
	for i := range 40 {
		tokens = append(tokens, m.fake.IssueAccessToken(fronteggtest.TenantAccess(fmt.Sprint("m-", i)), fronteggtest.AccessToken{Roles: large}))
	}
	for _, token := range tokens {
		if got := m.status(t, token); got != 200 {
			t.Errorf("status %d", got)
		}
	}
	m.looked(t, "each", 1, len(tokens))
	for _, i := range []int{len(tokens) - 1, 0} {
		if got := m.status(t, tokens[i]); got != 200 {
			t.Errorf("status %d", got)
		}
	}
	m.looked(t, "the last is kept, the first is not", 0, 1)
	// One that would take it all is not kept, and drives nothing out.
	s := fronteggtest.TenantAccess("m-0")
	m.fake.AddAccessToken(s, fronteggtest.AccessToken{Roles: []string{strings.Repeat("r", 5<<20)}})
	m.clock.Advance(10 * time.Second)
	for _, token := range []string{tokens[1], tokens[0], tokens[0], tokens[1]} {
		if got := m.status(t, token); got != 200 {
			t.Errorf("status %d", got)
		}
	}
	m.looked(t, "all but the large one are kept", 1, 3)
}

// TestAccessTokenAllocations holds that a token that was looked up costs no memory.
func TestAccessTokenAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	m := newMachines(t)
	token := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-1"), fronteggtest.AccessToken{Roles: []string{"r"}})
	r, err := http.NewRequest(http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	rule := &auth.Rule{Access: auth.Restricted, All: []auth.Demands{{Roles: []string{"r"}}}}
	if got := testing.AllocsPerRun(100, func() {
		if _, c := m.guard.Admit(r, nil, rule); c != nil {
			t.Error(c.Reason())
		}
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// brokenCache is a cache that fails, or that gives no answer.
type brokenCache struct {
	hangs bool
	asked atomic.Int32
}

func (c *brokenCache) Get(ctx context.Context, _ string) ([]byte, time.Duration, error) {
	c.asked.Add(1)
	if c.hangs {
		<-ctx.Done()
	}
	return nil, 0, errors.New("broken")
}

func (c *brokenCache) Set(context.Context, string, []byte, time.Duration) error {
	c.asked.Add(1)
	return errors.New("broken")
}

// TestTokenCacheLeftAlone holds that a cache that fails is asked once a second.
func TestTokenCacheLeftAlone(t *testing.T) {
	t.Parallel()
	for _, hangs := range []bool{false, true} {
		cache := &brokenCache{hangs: hangs}
		m := newMachines(t, frontegg.CacheTokens(cache))
		fresh := 0
		ask := func() int32 {
			t.Helper()
			fresh++
			s := fronteggtest.TenantAccess(fmt.Sprint("m-", fresh))
			token := m.fake.IssueAccessToken(s, fronteggtest.AccessToken{})
			if fresh > 1 { // it is not on the list that is known
				m.fake.DeleteAccessToken(s)
			}
			if got := m.status(t, token); got != map[bool]int{true: 200, false: 401}[fresh == 1] {
				t.Errorf("status %d", got)
			}
			return cache.asked.Load()
		}
		for range 2 { // for the list, and not for the token
			if got := ask(); got != 1 {
				t.Errorf("hangs %v: asked %d times at once", hangs, got)
			}
		}
		// What is kept beside an answer may fail only now, and begins a pause again.
		for again := int32(1); again == 1; again = ask() {
			if fresh > 10 {
				t.Fatalf("hangs %v: is not asked again", hangs)
			}
			m.clock.Advance(10 * time.Second)
		}
	}
}

// panickingCache is a cache that panics.
type panickingCache struct{}

func (panickingCache) Get(context.Context, string) ([]byte, time.Duration, error) { panic("get") }
func (panickingCache) Set(context.Context, string, []byte, time.Duration) error   { panic("set") }

// TestTokenCachePanics holds that a cache that panics, as a store does that could not be
// opened, is done without like one that is down.
func TestTokenCachePanics(t *testing.T) {
	t.Parallel()
	for name, cache := range map[string]frontegg.TokenCache{"get and set": panickingCache{}, "no store": (*redis.Store)(nil)} {
		var told log
		m := newMachines(t, frontegg.CacheTokens(cache), frontegg.Logger(told.logger()))
		token := m.fake.IssueAccessToken(fronteggtest.TenantAccess("m-1"), fronteggtest.AccessToken{})
		for range 2 {
			if got := m.status(t, token); got != 200 {
				t.Errorf("%s: status %d", name, got)
			}
			m.clock.Advance(10 * time.Second)
		}
		if !strings.Contains(told.String(), "the cache of access tokens fails") || strings.Contains(told.String(), "work in the background") {
			t.Errorf("%s: %s", name, &told)
		}
	}
}

// seenKeys is a cache that has nothing, and the keys that it was asked for.
type seenKeys struct {
	mu   sync.Mutex
	keys []string
}

func (c *seenKeys) Get(_ context.Context, key string) ([]byte, time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys = append(c.keys, key)
	return nil, 0, nil
}

func (c *seenKeys) Set(context.Context, string, []byte, time.Duration) error { return nil }

// TestTokenCacheKeysAgain holds that the last CacheTokens counts as a whole.
func TestTokenCacheKeysAgain(t *testing.T) {
	t.Parallel()
	cache := new(seenKeys)
	m := newMachines(t, frontegg.CacheTokens(new(seenKeys), frontegg.NodeKeys), frontegg.CacheTokens(cache))
	if got := m.status(t, m.fake.IssueAccessToken(fronteggtest.TenantAccess("m-1"), fronteggtest.AccessToken{})); got != 200 || len(cache.keys) == 0 {
		t.Fatalf("status %d", got)
	}
	for _, key := range cache.keys {
		if !strings.HasPrefix(key, "authgen:frontegg:") {
			t.Errorf("key %s", key)
		}
	}
}

// TestTokenCacheOfEnvironments holds that no two environments share a key, though all
// but one setting is the same, and that processes of one do.
func TestTokenCacheOfEnvironments(t *testing.T) {
	t.Parallel()
	m := newMachines(t)
	token := m.fake.IssueAccessToken(fronteggtest.TenantAccess("m-1"), fronteggtest.AccessToken{})
	seen, nowhere := map[string]string{}, frontegg.GatewayURL("http://127.0.0.1:1")
	for _, c := range []struct {
		name string
		opts []frontegg.Option
		want int
	}{
		{"it", nil, 200},
		{"another client id", []frontegg.Option{frontegg.Credentials("client-2", "key")}, 503},
		{"another gateway", []frontegg.Option{nowhere, frontegg.ServiceURL(frontegg.IdentityService, m.fake.URL()+"/identity")}, 503},
		{"another identity service", []frontegg.Option{frontegg.ServiceURL(frontegg.IdentityService, "http://127.0.0.1:1")}, 503},
		{"another of both", []frontegg.Option{nowhere}, 503},
		{"it again", nil, 200},
	} {
		cache := new(seenKeys)
		if got := m.join(t, append(c.opts, frontegg.CacheTokens(cache), frontegg.NumberOfTries(1))...).status(t, token); got != c.want || len(cache.keys) == 0 {
			t.Errorf("%s: status %d, asked for %q", c.name, got, cache.keys)
		}
		for _, key := range cache.keys {
			if other, ok := seen[key]; ok != (c.name == "it again") {
				t.Errorf("%s has %s, which %s had: %v", c.name, key, other, ok)
			}
			seen[key] = c.name
		}
	}
}
