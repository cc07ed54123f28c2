//go:build unix

package frontegg_test

import (
	"context"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/authgen/authgen/internal/redistest"
	"github.com/authgen/authgen/providers/frontegg"
	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
	"github.com/authgen/authgen/stores/redis"
)

// openStore opens a store of a server, and a client to look behind it.
func openStore(t *testing.T, server *redistest.Server, timeout time.Duration) (*redis.Store, *goredis.Client) {
	t.Helper()
	store, err := redis.Open(redis.Settings{URL: "redis://" + server.Address(), Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	c := goredis.NewClient(&goredis.Options{Addr: server.Address(), Protocol: 2, DisableIdentity: true})
	t.Cleanup(func() { _, _ = store.Close(), c.Close() })
	return store, c
}

// patient is a cache that a busy machine may wait for longer than callers do.
type patient struct{ *redis.Store }

func (p patient) Get(ctx context.Context, key string) ([]byte, time.Duration, error) {
	return p.Store.Get(context.WithoutCancel(ctx), key)
}

func (p patient) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return p.Store.Set(context.WithoutCancel(ctx), key, value, ttl)
}

// awaitKeys waits until Redis has as many keys: they are written when callers have
// their answers.
func awaitKeys(t *testing.T, c *goredis.Client, n int) []string {
	t.Helper()
	for t.Context().Err() == nil {
		if keys := c.Keys(t.Context(), "*").Val(); len(keys) >= n {
			return keys
		}
		time.Sleep(time.Millisecond) // of another process
	}
	t.Fatal("the keys are not there")
	return nil
}

// TestTokenCacheKeys holds what is kept, under which names and for how long.
func TestTokenCacheKeys(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for name, c := range map[string]struct {
		options []frontegg.CacheKeys
		prefix  string // without an end; "" for one that hides the environment
		of      fronteggtest.Subject
	}{
		"own of user":      {nil, "", fronteggtest.UserAccess("m-1")},
		"own of tenant":    {[]frontegg.CacheKeys{frontegg.OwnKeys}, "", fronteggtest.TenantAccess("m-1")},
		"Node of user":     {[]frontegg.CacheKeys{frontegg.NodeKeys}, "frontegg_sdk_v1_tenant_access_tokens_", fronteggtest.UserAccess("m-1")},
		"Node of tenant":   {[]frontegg.CacheKeys{frontegg.NodeKeys}, "frontegg_sdk_v1_user_access_tokens_", fronteggtest.TenantAccess("m-1")},
		"Python of user":   {[]frontegg.CacheKeys{frontegg.PythonKeys}, "frontegg_sdk_v1_user_access_tokens_", fronteggtest.UserAccess("m-1")},
		"Python of tenant": {[]frontegg.CacheKeys{frontegg.PythonKeys}, "frontegg_sdk_v1_tenant_access_tokens_", fronteggtest.TenantAccess("m-1")},
	} {
		t.Run(name, func(t *testing.T) { // one at a time: they share a server
			store, redisClient := openStore(t, server, 20*time.Second)
			redisClient.FlushAll(t.Context())
			m := newMachines(t, frontegg.CacheTokens(patient{store}, c.options...))
			token := m.fake.IssueAccessToken(c.of, fronteggtest.AccessToken{Roles: []string{"r"}})
			if got := m.status(t, token, auth.Roles("r")); got != 200 {
				t.Errorf("status %d", got)
			}
			m.looked(t, "first", 1, 1)
			for _, key := range awaitKeys(t, redisClient, 2) {
				value, ttl := redisClient.Get(t.Context(), key).Val(), redisClient.PTTL(t.Context(), key).Val()
				if ttl <= 0 || ttl > 10*time.Second {
					t.Errorf("%s stays for %v", key, ttl)
				}
				prefix, end := key[:len(key)-len("m-1")], key[len(key)-len("m-1"):]
				if c.prefix != "" && prefix != c.prefix || c.prefix == "" && (!strings.HasPrefix(key, "authgen:frontegg:") || strings.Contains(key, m.fake.ClientID())) {
					t.Errorf("key %s", key)
				}
				switch {
				case end == "ids" && value == `["m-1"]`:
				case end == "m-1" && strings.HasPrefix(value, "{") && strings.Contains(value, `"tenantId":"tenant-1"`):
				default:
					t.Errorf("%s is %s", key, value)
				}
			}
			// Another process does not look it up.
			other := m.join(t, frontegg.CacheTokens(patient{store}, c.options...))
			if got := other.status(t, token, auth.Roles("r")); got != 200 {
				t.Errorf("status %d of another process", got)
			}
			other.looked(t, "another process", 0, 0)
			// One of another environment does, by keys of our own.
			if c.prefix == "" {
				if foreign := newMachines(t, frontegg.CacheTokens(patient{store})); foreign.status(t, foreign.fake.Token(c.of)) != 401 {
					t.Error("an entry of another environment counts")
				}
			}
		})
	}
}

// TestTokenCacheNothing holds how it is shared that there is no token.
func TestTokenCacheNothing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store, c := openStore(t, server, 20*time.Second)
	m := newMachines(t, frontegg.CacheTokens(patient{store}, frontegg.PythonKeys))
	token := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-1"), fronteggtest.AccessToken{})
	m.fake.Fail(fronteggtest.UserAccessToken, 1, fronteggtest.Status(403, "Api tokens are disabled"))
	if got := m.status(t, token); got != 401 {
		t.Errorf("status %d", got)
	}
	awaitKeys(t, c, 2)
	if got := c.Get(t.Context(), "frontegg_sdk_v1_user_access_tokens_m-1").Val(); got != `{"empty":true}` {
		t.Errorf("kept as %s", got)
	}
	m.fake.DisableAccessTokens(true)
	if got := m.status(t, m.fake.Token(fronteggtest.TenantAccess("m-1"))); got != 401 {
		t.Errorf("status %d", got)
	}
	awaitKeys(t, c, 3)
	if got := c.Get(t.Context(), "frontegg_sdk_v1_tenant_access_tokens_ids").Val(); got != `[]` {
		t.Errorf("kept as %s", got)
	}
	m.fake.DisableAccessTokens(false)
	m.fake.Forget()
	other := m.join(t, frontegg.CacheTokens(patient{store}, frontegg.PythonKeys))
	if got := other.status(t, token); got != 401 {
		t.Errorf("status %d of another process", got)
	}
	other.looked(t, "another process", 0, 0)
}

// TestTokenCachePoison holds which entries count, whoever wrote them.
func TestTokenCachePoison(t *testing.T) {
	t.Parallel()
	const (
		ids   = "frontegg_sdk_v1_user_access_tokens_ids"
		entry = "frontegg_sdk_v1_user_access_tokens_m-1"
		admin = `{"id":"m-1","tenantId":"tenant-1","userId":"user-1","roles":["admin"],"permissions":[]}`
	)
	server := redistest.Start(t)
	store, c := openStore(t, server, 20*time.Second)
	plain := func(key, value string, ttl time.Duration) func(*testing.T) {
		return func(t *testing.T) {
			if err := c.Set(t.Context(), key, value, ttl).Err(); err != nil {
				t.Error(err)
			}
		}
	}
	for name, tc := range map[string]struct {
		write       func(*testing.T)
		admin, user int    // status of a rule for admins, and of one for all
		looked      [2]int // lists and tokens
	}{
		"entry that counts":    {plain(entry, admin, 9*time.Second), 200, 200, [2]int{1, 0}},
		"list that counts":     {plain(ids, `[]`, 9*time.Second), 401, 401, [2]int{0, 0}},
		"none that counts":     {plain(entry, `{"empty":true}`, 9*time.Second), 401, 401, [2]int{1, 0}},
		"of another tenant":    {plain(entry, strings.Replace(admin, "tenant-1", "tenant-2", 1), 9*time.Second), 401, 401, [2]int{1, 0}},
		"of another user":      {plain(entry, strings.Replace(admin, "user-1", "user-2", 1), 9*time.Second), 401, 401, [2]int{1, 0}},
		"for ever":             {plain(entry, admin, 0), 403, 200, [2]int{1, 1}},
		"for too long":         {plain(entry, admin, 20*time.Second), 403, 200, [2]int{1, 1}},
		"list for ever":        {plain(ids, `[]`, 0), 403, 200, [2]int{1, 1}},
		"none for ever":        {plain(entry, `{"empty":true}`, 0), 403, 200, [2]int{1, 1}},
		"of another id":        {plain(entry, strings.Replace(admin, "m-1", "m-2", 1), 9*time.Second), 403, 200, [2]int{1, 1}},
		"no id":                {plain(entry, strings.Replace(admin, `"id":"m-1",`, "", 1), 9*time.Second), 403, 200, [2]int{1, 1}},
		"no tenant":            {plain(entry, strings.Replace(admin, "tenant-1", "", 1), 9*time.Second), 403, 200, [2]int{1, 1}},
		"roles in text":        {plain(entry, strings.Replace(admin, `["admin"]`, `"admin"`, 1), 9*time.Second), 403, 200, [2]int{1, 1}},
		"a list for an entry":  {plain(entry, `["admin"]`, 9*time.Second), 403, 200, [2]int{1, 1}},
		"an entry for a list":  {plain(ids, admin, 9*time.Second), 403, 200, [2]int{1, 1}},
		"none for a list":      {plain(ids, `{"empty":true}`, 9*time.Second), 403, 200, [2]int{1, 1}},
		"a list of numbers":    {plain(ids, `[1]`, 9*time.Second), 403, 200, [2]int{1, 1}},
		"null for a list":      {plain(ids, `null`, 9*time.Second), 403, 200, [2]int{1, 1}},
		"empty that is a text": {plain(entry, `{"empty":"true"}`, 9*time.Second), 403, 200, [2]int{1, 1}},
		"too large":            {plain(entry, strings.Replace(admin, `"permissions":[]`, `"permissions":["`+strings.Repeat("p", redis.MaxValueBytes)+`"]`, 1), 9*time.Second), 403, 200, [2]int{1, 1}},
		"half":                 {plain(entry, admin[:30], 9*time.Second), 403, 200, [2]int{1, 1}},
		"more":                 {plain(entry, admin+"{}", 9*time.Second), 403, 200, [2]int{1, 1}},
		"an entry of Redis' own": {func(t *testing.T) {
			c.RPush(t.Context(), entry, admin)
			c.Expire(t.Context(), entry, 9*time.Second)
		}, 403, 200, [2]int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) { // one at a time: they share a server
			c.FlushAll(t.Context())
			m := newMachines(t, frontegg.CacheTokens(patient{store}, frontegg.PythonKeys))
			token := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-1"), fronteggtest.AccessToken{Roles: []string{"viewer"}})
			tc.write(t)
			if got := m.status(t, token, auth.Roles("admin")); got != tc.admin {
				t.Errorf("status %d of admins, want %d", got, tc.admin)
			}
			if got := m.status(t, token); got != tc.user {
				t.Errorf("status %d, want %d", got, tc.user)
			}
			m.looked(t, name, tc.looked[0], tc.looked[1])
			// Those that count do so for as long as they stay there.
			c.FlushAll(t.Context())
			m.clock.Advance(9 * time.Second)
			if tc.looked == [2]int{1, 1} {
				m.clock.Advance(time.Second)
			}
			if got := m.status(t, token, auth.Roles("viewer")); got != 200 {
				t.Errorf("status %d after that, want 200", got)
			}
		})
	}
}

// TestTokenCacheOfNode holds what counts of the entries that the SDK for Node makes: the
// claims of the token, with the rights that were looked up.
func TestTokenCacheOfNode(t *testing.T) {
	t.Parallel()
	const entry = `{"sub":"m-1","type":"userAccessToken","tenantId":"tenant-1","userId":"user-1","roles":["admin"],"permissions":[],"exp":9}`
	server := redistest.Start(t)
	store, c := openStore(t, server, 20*time.Second)
	for name, tc := range map[string]struct {
		keys  frontegg.CacheKeys
		value string
		want  int // status of a rule for admins, which the token is not
	}{
		"counts":            {frontegg.NodeKeys, entry, 200},
		"by another SDK":    {frontegg.PythonKeys, entry, 403},
		"of another sub":    {frontegg.NodeKeys, strings.Replace(entry, "m-1", "m-2", 1), 403},
		"of another type":   {frontegg.NodeKeys, strings.Replace(entry, "userAccess", "tenantAccess", 1), 403},
		"of no type":        {frontegg.NodeKeys, strings.Replace(entry, "type", "kind", 1), 403},
		"of another id":     {frontegg.NodeKeys, strings.Replace(entry, "{", `{"id":"m-2",`, 1), 403},
		"of another tenant": {frontegg.NodeKeys, strings.Replace(entry, "tenant-1", "tenant-2", 1), 401},
		"of another user":   {frontegg.NodeKeys, strings.Replace(entry, "user-1", "user-2", 1), 401},
		"of no tenant":      {frontegg.NodeKeys, strings.Replace(entry, "tenant-1", "", 1), 403},
	} {
		t.Run(name, func(t *testing.T) { // one at a time: they share a server
			c.FlushAll(t.Context())
			for _, prefix := range []string{"user", "tenant"} {
				if err := c.Set(t.Context(), "frontegg_sdk_v1_"+prefix+"_access_tokens_m-1", tc.value, 9*time.Second).Err(); err != nil {
					t.Fatal(err)
				}
			}
			m := newMachines(t, frontegg.CacheTokens(patient{store}, tc.keys))
			token := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-1"), fronteggtest.AccessToken{Roles: []string{"viewer"}})
			if got := m.status(t, token, auth.Roles("admin")); got != tc.want {
				t.Errorf("status %d, want %d", got, tc.want)
			}
		})
	}
}

// TestTokenCacheDown holds that a cache that is down, or hangs, costs nobody an
// answer, and is used again when it is back.
func TestTokenCacheDown(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store, c := openStore(t, server, 200*time.Millisecond)
	var told log
	m := newMachines(t, frontegg.CacheTokens(store), frontegg.Logger(told.logger()))
	token := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-1"), fronteggtest.AccessToken{})
	for m.client.Authenticate(t.Context()) != nil && t.Context().Err() == nil {
		continue // the machine is slow
	}
	answers := func(why string) {
		t.Helper()
		m.clock.Advance(10 * time.Second)
		m.fake.Forget()
		began := time.Now()
		if got := m.status(t, token); got != 200 {
			t.Errorf("%s: status %d", why, got)
		}
		if took := time.Since(began); took > 8*time.Second { // of real time: by far less than it hangs
			t.Errorf("%s: took %v", why, took)
		}
	}
	looksUp := func(why string) {
		t.Helper()
		answers(why)
		m.looked(t, why, 1, 1)
	}
	server.Kill()
	looksUp("killed")
	looksUp("still down")
	if n := strings.Count(told.String(), "the cache of access tokens fails"); n != 1 {
		t.Errorf("was told %d times: %s", n, told.String())
	}
	server.Restart()
	for t.Context().Err() == nil && c.DBSize(t.Context()).Val() < 2 {
		answers("back")
	}
	if !strings.Contains(told.String(), "works again") {
		t.Error("nobody was told that it works again")
	}
	server.Hang()
	looksUp("hanging")
	server.Resume()
	server.Kill()
	server.Restart()
	for t.Context().Err() == nil && c.DBSize(t.Context()).Val() < 2 {
		answers("back again")
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	looksUp("closed")
}

func TestCacheTokens(t *testing.T) {
	t.Parallel()
	store, err := redis.Open(redis.Settings{Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for name, option := range map[string]frontegg.Option{
		"no cache": frontegg.CacheTokens(nil), "no keys": frontegg.CacheTokens(store, 9), "two keys": frontegg.CacheTokens(store, frontegg.NodeKeys, frontegg.PythonKeys),
	} {
		if _, err := frontegg.Connect(t.Context(), frontegg.Environment(noEnvironment), frontegg.Credentials(testClientID, testAPIKey), option); err == nil || !strings.Contains(err.Error(), "CacheTokens") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
