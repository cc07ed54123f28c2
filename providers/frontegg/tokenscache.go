package frontegg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

// TokenCache keeps what was looked up of access tokens, for all processes of a
// service. Package stores/redis has one. Its methods are called by many goroutines at
// a time, and return soon after their context ends. Errors are logged, so they should
// hold no secrets.
type TokenCache interface {
	// Get returns the value under key and how long it stays. The value is nil where
	// there is none; ttl is zero for one that stays for ever.
	Get(ctx context.Context, key string) (value []byte, ttl time.Duration, err error)
	// Set keeps value under key for ttl, and no longer.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
}

// CacheKeys says under which keys access tokens are kept in a [TokenCache].
type CacheKeys uint8

// The ways to name keys. The values that are kept are the same with all: what Frontegg
// answers as JSON, {"empty":true} for a token that there is not, and [] for a list
// without any.
//
// Frontegg's SDKs name keys frontegg_sdk_v1_<prefix>_access_tokens_<sub|ids>, without
// saying which environment it is: a Redis that is shared with them belongs to one
// environment. And they disagree: that for Node says "user" where it keeps tokens of
// tenants, and "tenant" for those of users; that for Python says what it keeps. Which
// of the two is right cannot be seen from a list of ids, and services that disagree
// refuse each other's callers. So say whose keys they are; a Redis that both SDKs use
// is wrong already, and nothing here makes it right.
const (
	// OwnKeys hold a hash of gateway and client id, so that several environments can
	// share a Redis.
	OwnKeys CacheKeys = iota
	// NodeKeys are those of @frontegg/client for Node. What it keeps of a token are the
	// rights that were looked up among the claims of the token: that the tenant and the
	// user are those that Frontegg knows, and that the token has not expired there, is
	// then held by the list of active tokens alone.
	NodeKeys
	// PythonKeys are those of Frontegg's SDK for Python.
	PythonKeys
)

// CacheTokens shares what was looked up of access tokens through a cache, by
// [OwnKeys] unless another way is named. Without it each process looks up on its own.
//
// What is found there counts for as long as the cache says that it stays, at most ten
// seconds. Entries that would stay longer, or for ever, are not looked at, and so are
// those of another form or about another token than their key says. A cache that is
// down, panics, or does not answer within half a second, is done without: Frontegg is
// asked, and the cache is left alone for a second. [Client.Close] does not close it.
//
// Whoever can write the cache is trusted with the rights of access tokens: for
// tokens that Frontegg has signed, and that have not expired, they can make one
// active that was deleted or switched off, give it any roles and permissions, and
// refuse all access tokens, for as long as they go on writing. They cannot make a
// token, change whose it is, its tenant or its user, or touch tokens of other kinds.
// Whoever can read it learns ids, tenants and rights of access tokens, and no token.
func CacheTokens(cache TokenCache, keys ...CacheKeys) Option {
	return func(o *options) error {
		switch {
		case cache == nil:
			return errors.New("CacheTokens: the cache is nil")
		case len(keys) > 1 || len(keys) == 1 && keys[0] > PythonKeys:
			return errors.New("CacheTokens: the keys are no way, or more than one")
		}
		o.tokenCache, o.cacheKeys = cache, OwnKeys
		if len(keys) == 1 {
			o.cacheKeys = keys[0]
		}
		return nil
	}
}

const (
	// cacheTimeout is how long one use of the cache may last.
	cacheTimeout = 500 * time.Millisecond
	// cachePause is how long a cache that failed is left alone.
	cachePause = time.Second
	// idsKey is the end of the key of a list.
	idsKey = "ids"
)

// sharedCache is a TokenCache with its keys. A nil one is empty.
type sharedCache struct {
	cache    TokenCache
	prefixes [len(segments)]string
	client   *Client

	mu    sync.Mutex
	from  time.Time // when it failed; zero while it works
	quiet time.Time // until when it is left alone
}

func newSharedCache(c *Client) *sharedCache {
	if c.options.tokenCache == nil {
		return nil
	}
	s := &sharedCache{cache: c.options.tokenCache, client: c}
	switch c.options.cacheKeys {
	case NodeKeys:
		s.prefixes = [...]string{ofUser: "frontegg_sdk_v1_tenant_access_tokens_", ofTenant: "frontegg_sdk_v1_user_access_tokens_"}
	case PythonKeys:
		s.prefixes = [...]string{ofUser: "frontegg_sdk_v1_user_access_tokens_", ofTenant: "frontegg_sdk_v1_tenant_access_tokens_"}
	default:
		hash := sha256.Sum256([]byte(c.settings.gateway + " " + c.settings.services[IdentityService] + " " + c.settings.clientID))
		own := "authgen:frontegg:" + hex.EncodeToString(hash[:16])
		s.prefixes = [...]string{ofUser: own + ":user:", ofTenant: own + ":tenant:"}
	}
	return s
}

func (c *sharedCache) key(s subject) string {
	if s.id == "" {
		return c.prefixes[s.kind] + idsKey
	}
	return c.prefixes[s.kind] + s.id
}

// get returns what is kept of s, or nil.
func (c *sharedCache) get(ctx context.Context, s subject) *finding {
	if c == nil || !c.works() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	now := c.client.now()
	var value []byte
	var ttl time.Duration
	err := calm(func() (err error) {
		value, ttl, err = c.cache.Get(ctx, c.key(s))
		return err
	})
	if c.note(ctx, err); err != nil || value == nil || ttl <= 0 || ttl > accessTokenLife {
		return nil
	}
	f := &finding{from: now, until: now.Add(ttl)}
	if !f.readShared(s, value, c.client.options.cacheKeys == NodeKeys) {
		return nil
	}
	return f
}

// put keeps a finding until its end.
func (c *sharedCache) put(s subject, text []byte, until time.Time) {
	if c == nil || !c.works() {
		return
	}
	ctx, cancel := context.WithTimeout(c.client.work.Context(), cacheTimeout)
	defer cancel()
	if ttl := until.Sub(c.client.now()); 0 < ttl && ttl <= accessTokenLife {
		c.note(ctx, calm(func() error { return c.cache.Set(ctx, c.key(s), text, ttl) }))
	}
}

// calm makes an error of a panic, such as that of a store that could not be opened.
func calm(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the cache panicked: %T", p)
		}
	}()
	return f()
}

// works reports whether to ask the cache. One that failed is asked by one at a time.
func (c *sharedCache) works() bool {
	now := c.client.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from.IsZero() {
		return true
	}
	if now.Before(c.quiet) && !now.Before(c.from.Add(-provider.ClockSlack)) {
		return false
	}
	c.from, c.quiet = now, now.Add(cachePause)
	return true
}

// note notes how the cache answered, and logs when that changes.
func (c *sharedCache) note(ctx context.Context, err error) {
	if errors.Is(ctx.Err(), context.Canceled) { // by closing the client
		return
	}
	failed := c.switched(err, c.client.now())
	switch {
	case failed && err == nil:
		c.client.logger.Info("frontegg: the cache of access tokens works again")
	case !failed && err != nil:
		c.client.logger.Warn("frontegg: the cache of access tokens fails; Frontegg is asked", "reason", fmt.Sprint(err))
	}
}

// switched sets whether the cache fails, and reports whether it did before.
func (c *sharedCache) switched(err error, now time.Time) (failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	failed = !c.from.IsZero()
	c.from, c.quiet = time.Time{}, time.Time{}
	if err != nil {
		c.from, c.quiet = now, now.Add(cachePause)
	}
	return failed
}
