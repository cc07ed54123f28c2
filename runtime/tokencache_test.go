package auth_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// cacheCounter counts the tokens that were seen before and those that were not.
type cacheCounter struct{ hits, misses atomic.Int32 }

func (c *cacheCounter) Observe(_ context.Context, e auth.Event) {
	switch e.Kind {
	case auth.EventCacheHit:
		c.hits.Add(1)
	case auth.EventCacheMiss:
		c.misses.Add(1)
	}
}

// next returns what was counted since it was last called.
func (c *cacheCounter) next() (hits, misses int32) { return c.hits.Swap(0), c.misses.Swap(0) }

// clockedGuard is a guard with a clock and a counter.
func clockedGuard(t testing.TB, opts ...any) (*auth.Guard, *testClock, *cacheCounter) {
	t.Helper()
	clock, counter := &testClock{now: testNow}, new(cacheCounter)
	issuer := []auth.IssuerOption{auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(auth.MappingAuthgen)}
	all := []auth.Option{auth.Clock(clock.Now), auth.Observe(counter), quiet()}
	for _, opt := range opts {
		switch opt := opt.(type) {
		case auth.IssuerOption:
			issuer = append(issuer, opt)
		case auth.Option:
			all = append(all, opt)
		}
	}
	return newGuard(t, append(all, auth.Issuer(testIssuer, issuer...))...), clock, counter
}

func TestR27TokenCache(t *testing.T) {
	t.Parallel()

	t.Run("a hit is the same identity", func(t *testing.T) {
		t.Parallel()
		g, _, counter := clockedGuard(t)
		token := edSigner().token(nil)
		first := accepts(t, g, token)
		if hits, misses := counter.next(); hits != 0 || misses != 1 {
			t.Errorf("first: %d hits, %d misses", hits, misses)
		}
		id, c := g.Admit(bearer(token), nil, protected())
		if hits, misses := counter.next(); hits != 1 || misses != 0 || c != nil || id != first {
			t.Errorf("second: %d hits, %d misses, %v, same identity: %v", hits, misses, c, id == first)
		}
	})

	t.Run("the key is the whole token", func(t *testing.T) {
		t.Parallel()
		g, _, _ := clockedGuard(t)
		token := edSigner().token(nil)
		accepts(t, g, token)
		for i := range token {
			for _, c := range []byte("AQgw") { // of each value of the bits that a last character may leave open
				if changed := token[:i] + string(c) + token[i+1:]; changed != token {
					refuses(t, g, changed, "")
				}
			}
		}
		for _, other := range []string{token + "=", "A" + token, token[1:], token[:len(token)-1], token + "." + token[strings.LastIndex(token, ".")+1:]} {
			if answer(g, bearer(other), nil, protected()) == http.StatusOK {
				t.Errorf("accepted: %s", other)
			}
		}
		// The same end, where the place of a token in the table comes from.
		signature := token[strings.LastIndex(token, "."):]
		refuses(t, g, b64([]byte(edSigner().header()))+"."+b64([]byte(claimsWith(map[string]any{"roles": []string{"admin"}})))+signature, "signature")
	})

	t.Run("it belongs to one configuration", func(t *testing.T) {
		t.Parallel()
		g, _, _ := clockedGuard(t)
		other, _, _ := clockedGuard(t, auth.Audience("other"))
		stranger := issuerGuard(t, auth.RequireType("at+jwt"))
		token := edSigner().token(nil)
		accepts(t, g, token)
		accepts(t, other, token) // it allows both audiences
		refuses(t, stranger, token, "typ")
	})

	t.Run("the rule is asked on each hit", func(t *testing.T) {
		t.Parallel()
		g, _, counter := clockedGuard(t)
		token := edSigner().token(map[string]any{"roles": []string{"editor"}})
		rules := map[*auth.Rule]int{
			protected(): 200, protected(auth.Demands{Roles: []string{"editor"}}): 200,
			protected(auth.Demands{Roles: []string{"admin"}}): 403, protected(auth.Demands{Tenant: "t"}): 403,
		}
		for range 3 {
			for rule, want := range rules {
				if got := answer(g, bearer(token), path{"t": "t1"}, rule); got != want {
					t.Errorf("%v: %d, want %d", rule.All, got, want)
				}
			}
		}
		if hits, misses := counter.next(); hits != 11 || misses != 1 {
			t.Errorf("%d hits, %d misses: what a rule denies is a good token all the same", hits, misses)
		}
	})

	t.Run("times are compared on each hit", func(t *testing.T) {
		t.Parallel()
		at := func(d time.Duration) int64 { return testNow.Add(d).Unix() }
		for name, c := range map[string]struct {
			claims map[string]any
			option auth.IssuerOption
			last   time.Duration // when the token is good still
		}{
			"exp":          {map[string]any{"exp": at(time.Minute)}, nil, time.Minute + 9*time.Second},
			"exp, leeway":  {map[string]any{"exp": at(time.Minute)}, auth.Leeway(0), time.Minute - time.Second},
			"maximum age":  {map[string]any{"iat": at(0)}, auth.MaxTokenAge(time.Minute), time.Minute + 9*time.Second},
			"nbf":          {map[string]any{"nbf": at(0)}, nil, -10 * time.Second},
			"nbf, leeway":  {map[string]any{"nbf": at(0)}, auth.Leeway(0), 0},
			"iat":          {map[string]any{"iat": at(0)}, auth.Leeway(time.Minute), -time.Minute},
			"ages are far": {map[string]any{"exp": int64(253402300799)}, nil, 9 * time.Minute},
		} {
			g, clock, counter := clockedGuard(t, c.option)
			token := edSigner().token(c.claims)
			accepts(t, g, token)
			clock.advance(c.last)
			if id, err := g.Validate(t.Context(), token); err != nil || id == nil {
				t.Errorf("%s: %v after %v", name, err, c.last)
			}
			if hits, _ := counter.next(); hits != 1 {
				t.Errorf("%s: no hit after %v", name, c.last)
			}
			if name == "ages are far" {
				continue
			}
			clock.advance(time.Duration(sign(c.last)) * 2 * time.Second)
			refuses(t, g, token, "")
			clock.advance(time.Duration(-sign(c.last)) * 2 * time.Second)
			accepts(t, g, token)
		}
	})

	t.Run("step-up ages on each hit", func(t *testing.T) {
		t.Parallel()
		g, clock, _ := clockedGuard(t)
		token := edSigner().token(map[string]any{
			"auth_time": testNow.Unix(), "amr": []string{"mfa", "otp"}, "acr": "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
		})
		rule := protected(auth.Demands{StepUp: auth.StepUp{Required: true, MaxAge: 5 * time.Minute}})
		for _, want := range []int{200, 200, 200, 401} {
			if got := answer(g, bearer(token), nil, rule); got != want {
				t.Errorf("%v: %d, want %d", clock.Now().Sub(testNow), got, want)
			}
			clock.advance(2 * time.Minute)
		}
	})

	t.Run("an entry lives no longer than the cap", func(t *testing.T) {
		t.Parallel()
		for want, opt := range map[time.Duration]auth.Option{10 * time.Minute: nil, time.Minute: auth.TokenCache(auth.CacheLimits{Age: time.Minute})} {
			g, clock, counter := clockedGuard(t, opt)
			token := edSigner().token(nil)
			accepts(t, g, token)
			clock.advance(want - time.Second)
			accepts(t, g, token) // and does not live longer for being asked
			clock.advance(2 * time.Second)
			accepts(t, g, token)
			if hits, misses := counter.next(); hits != 1 || misses != 2 {
				t.Errorf("%v: %d hits, %d misses", want, hits, misses)
			}
		}
	})

	t.Run("withdrawn keys drop their tokens at once", func(t *testing.T) {
		t.Parallel()
		old, young := edSigner(), signer{"ES256", "k2", p256Private()}
		s := newKeyServer(t, old.jwk())
		counter := new(cacheCounter)
		g := s.guard(t, auth.Observe(counter))
		token := s.token(old)
		for range 2 {
			if got := status(g, token); got != 200 {
				t.Fatal(got)
			}
		}
		if hits, _ := counter.next(); hits != 1 {
			t.Errorf("%d hits", hits)
		}
		s.answer(string(jwks(old.jwk(), young.jwk())))
		s.clock.advance(time.Minute)
		if got := status(g, s.token(young)); got != 200 {
			t.Errorf("young key: %d", got)
		}
		counter.next()
		if got := status(g, token); got != 200 {
			t.Errorf("kept key: %d", got)
		}
		if hits, _ := counter.next(); hits != 1 {
			t.Error("a set with another key dropped the tokens of those that stayed")
		}
		s.answer(string(jwks(young.jwk())))
		s.clock.advance(time.Minute)
		status(g, s.token(signer{"EdDSA", "k3", edPrivate()})) // fetches
		if got := status(g, token); got != 401 {
			t.Errorf("withdrawn key: %d", got)
		}
	})

	t.Run("a key that is no longer the only one", func(t *testing.T) {
		t.Parallel()
		old, young := edSigner(), signer{"ES256", "k2", p256Private()}
		s := newKeyServer(t, old.jwk())
		g := s.guard(t)
		unnamed := s.token(signer{"EdDSA", "", edPrivate()})
		for range 2 {
			if got := status(g, unnamed); got != 200 {
				t.Fatal(got)
			}
		}
		s.answer(string(jwks(old.jwk(), young.jwk())))
		s.clock.advance(time.Minute)
		status(g, s.token(young))
		if got := status(g, unnamed); got != 401 {
			t.Errorf("no kid, and two keys: %d", got)
		}
	})

	t.Run("tokens of old keys wait for newer ones", func(t *testing.T) {
		t.Parallel()
		s := newKeyServer(t, edSigner().jwk())
		g := s.guard(t, auth.TokenCache(auth.CacheLimits{Age: 1000 * time.Hour}))
		token := s.token(edSigner())
		if got := status(g, token); got != 200 {
			t.Fatal(got)
		}
		s.answer(string(jwks(signer{"ES256", "k2", p256Private()}.jwk())))
		s.clock.advance(2 * time.Hour) // nobody came meanwhile
		if got := status(g, token); got != 401 {
			t.Errorf("withdrawn while idle: %d", got)
		}
		s.answer(string(jwks(edSigner().jwk())))
		s.clock.advance(2 * time.Hour)
		if got := status(g, token); got != 200 {
			t.Errorf("published again: %d", got)
		}
		s.handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		s.clock.advance(25 * time.Hour)
		if got := status(g, token); got != 503 {
			t.Errorf("keys that are too old: %d", got)
		}
	})

	t.Run("bad tokens evict nothing", func(t *testing.T) {
		t.Parallel()
		g, _, counter := clockedGuard(t, auth.TokenCache(auth.CacheLimits{Entries: 2}))
		good := []string{edSigner().token(nil), edSigner().token(map[string]any{"sub": "u2"})}
		for _, token := range good {
			accepts(t, g, token)
		}
		stranger := signer{"EdDSA", "k1", newEd25519()}
		for i := range 50 {
			refuses(t, g, stranger.token(map[string]any{"jti": fmt.Sprint(i)}), "signature")
			refuses(t, g, edSigner().token(map[string]any{"jti": fmt.Sprint(i), "exp": testNow.Add(-time.Hour).Unix()}), "expired")
			refuses(t, g, edSigner().token(map[string]any{"jti": fmt.Sprint(i), "aud": "other"}), "aud")
		}
		counter.next()
		for _, token := range good {
			accepts(t, g, token)
		}
		if hits, misses := counter.next(); hits != 2 || misses != 0 {
			t.Errorf("%d hits, %d misses", hits, misses)
		}
	})

	t.Run("tokens in use stay when it is full", func(t *testing.T) {
		t.Parallel()
		g, _, counter := clockedGuard(t, auth.TokenCache(auth.CacheLimits{Entries: 8}))
		used := edSigner().token(nil)
		for i := range 200 {
			accepts(t, g, used)
			accepts(t, g, edSigner().token(map[string]any{"jti": fmt.Sprint(i)}))
		}
		if hits, _ := counter.next(); hits != 199 {
			t.Errorf("%d hits of 199", hits)
		}
	})

	t.Run("without a cache", func(t *testing.T) {
		t.Parallel()
		g, _, counter := clockedGuard(t, auth.NoTokenCache())
		token := edSigner().token(nil)
		first := accepts(t, g, token)
		if second := accepts(t, g, token); first == second {
			t.Error("one identity for two requests")
		}
		if hits, misses := counter.next(); hits != 0 || misses != 2 {
			t.Errorf("%d hits, %d misses", hits, misses)
		}
		newFails(t, "TokenCache", auth.TokenCache(auth.CacheLimits{Entries: -1}))
		newFails(t, "TokenCache", auth.TokenCache(auth.CacheLimits{Entries: 1 << 30}))
		newFails(t, "TokenCache", auth.TokenCache(auth.CacheLimits{Age: math.MaxInt64})) // would be over before it began
	})

	t.Run("another request's identity is not changed", func(t *testing.T) {
		t.Parallel()
		g, _, _ := clockedGuard(t)
		token := edSigner().token(map[string]any{"roles": []string{"editor"}, "metadata": map[string]any{"plan": "free"}})
		first := accepts(t, g, token)
		first.Roles()[0] = "admin"
		first.Metadata()["plan"] = "gold"
		if second := accepts(t, g, token); second.HasRole("admin") || second.Metadata()["plan"] != "free" {
			t.Error("what one request did to its copy reached another")
		}
		// A handler can assign all the same. No later request sees it.
		admin := accepts(t, g, edSigner().token(map[string]any{"roles": []string{"admin"}}))
		for _, value := range []any{admin, new(auth.Identity)} {
			first := accepts(t, g, token)
			reflect.ValueOf(first).Elem().Set(reflect.ValueOf(value).Elem()) // as *first = *admin, which go vet reports
			if third := accepts(t, g, token); third == first || third.HasRole("admin") || !third.HasRole("editor") {
				t.Error("what one request assigned reached another")
			}
		}
	})
}

// TestR27CacheAdmitsNoMore compares a guard with a guard without a cache, while the
// clock moves to and fro and two issuers change their keys.
func TestR27CacheAdmitsNoMore(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	k1, k2, unnamed, unknown := edSigner(), signer{"EdDSA", "k2", newEd25519()}, signer{"EdDSA", "", edPrivate()}, signer{"EdDSA", "k9", edPrivate()}
	sets := []string{
		string(jwks(k1.jwk())), string(jwks(k1.jwk(), k2.jwk())), string(jwks(k2.jwk())), string(jwks(unnamed.jwk())),
		string(jwks(unnamed.jwk(), k2.jwk())), string(jwks(k1.jwk(), k1.jwk())), "garbage",
	}
	options := []auth.IssuerOption{nil, auth.MaxTokenAge(20 * time.Minute), auth.Leeway(0), auth.InsecureNoExpiry()}
	rules := []*auth.Rule{
		protected(), protected(auth.Demands{Roles: []string{"admin"}}),
		protected(auth.Demands{Owner: "u"}), protected(auth.Demands{StepUp: auth.StepUp{Required: true, MaxAge: 10 * time.Minute}}),
	}
	forged := signer{"EdDSA", "k1", newEd25519()}.token(nil)
	counter := new(cacheCounter)
	for round := range 30 {
		clock := &testClock{now: testNow}
		servers := []*keyServer{newKeyServer(t, k1.jwk()), newKeyServer(t, k1.jwk())}
		option := options[random.IntN(len(options))]
		// Each has servers of its own: who asks for keys when is another matter.
		guard := func(more ...auth.Option) *auth.Guard {
			for i, s := range servers {
				more = append(more, auth.Issuer(s.URL, auth.Audience(testAudience), auth.Mapping(auth.MappingAuthgen), option,
					auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Roles: [][]string{{auth.Any}, {"editor"}}[i], OwnsUserIDs: i == 0})))
			}
			return newGuard(t, append(more, auth.Clock(clock.Now), quiet())...)
		}
		cached := guard(auth.TokenCache(auth.CacheLimits{Age: 10 * time.Hour, Entries: 1 + random.IntN(20)}), auth.Observe(counter))
		fresh := guard(auth.NoTokenCache())
		at := func(from, to int) int64 { return testNow.Unix() + int64(from+random.IntN(to-from)) }
		var tokens []string
		for range 20 {
			claims := map[string]any{
				"iss": servers[random.IntN(2)].URL, "sub": fmt.Sprint(random.IntN(2)), "iat": at(-900, 20), "exp": at(0, 8000),
				"roles": []string{"editor", "admin"}[:random.IntN(3)], "auth_time": at(-900, 20), "amr": []string{"mfa"},
				"acr": "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
			}
			switch random.IntN(5) {
			case 0:
				claims["nbf"] = at(-600, 300)
			case 1:
				claims["exp"] = nil
			case 2:
				claims["exp"] = float64(at(0, 1000)) + random.Float64()
			}
			tokens = append(tokens, []signer{k1, k1, k1, k2, unnamed, unknown}[random.IntN(6)].token(claims))
		}
		for range 100 {
			switch random.IntN(40) {
			case 0, 1, 2, 3:
				clock.advance(time.Duration(random.IntN(60)) * time.Second)
			case 4:
				clock.advance(time.Duration(random.IntN(7200)-3600) * time.Second)
			case 5, 6:
				servers[random.IntN(2)].answer(sets[random.IntN(len(sets))])
			default:
				for _, g := range []*auth.Guard{cached, fresh} {
					status(g, forged) // both issuers' keys are looked at, and fetched when it is time
					auth.Settle(g)
				}
				r, rule := bearer(tokens[random.IntN(len(tokens))]), rules[random.IntN(len(rules))]
				got, want := answer(cached, r, path{"u": "1"}, rule), answer(fresh, r, path{"u": "1"}, rule)
				if (got == 200) != (want == 200) {
					t.Fatalf("round %d: %d, without a cache %d, %v, %v", round, got, want, rule.All, clock.Now().Sub(testNow))
				}
			}
		}
	}
	if hits, misses := counter.next(); hits < 100 || misses < 100 {
		t.Errorf("%d hits, %d misses: nothing was compared", hits, misses)
	}
}

func sign(d time.Duration) int {
	if d <= 0 {
		return -1
	}
	return 1
}

// revocations are tokens that were revoked, by jti.
type revocations struct {
	mu      sync.Mutex
	revoked map[string]bool
	err     error
	panics  bool
}

func (r *revocations) Revoked(_ context.Context, id *auth.Identity) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.panics {
		panic("no list")
	}
	return r.revoked[id.TokenID()], r.err
}

func (r *revocations) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

func TestR28Revocation(t *testing.T) {
	t.Parallel()
	list := &revocations{revoked: map[string]bool{}}
	g, _, _ := clockedGuard(t, auth.Revocations(list))
	token, other := edSigner().token(map[string]any{"jti": "j1"}), edSigner().token(map[string]any{"jti": "j2"})
	for range 2 {
		accepts(t, g, token)
		accepts(t, g, other)
	}
	list.set(func() { list.revoked["j1"] = true })
	for range 2 {
		refuses(t, g, token, "revoked")
		if _, err := g.Validate(t.Context(), token); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("Validate: %v", err)
		}
		accepts(t, g, other)
	}
	fresh := edSigner().token(map[string]any{"jti": "j1", "sub": "u9"}) // not seen before
	refuses(t, g, fresh, "revoked")

	list.set(func() {
		maps.DeleteFunc(list.revoked, func(string, bool) bool { return true })
		list.err = errors.New("out of reach")
	})
	if got := status(g, other); got != 503 {
		t.Errorf("an error: %d", got)
	}
	list.set(func() { list.err, list.panics = nil, true })
	if got := status(g, other); got != 503 {
		t.Errorf("a panic: %d", got)
	}
	list.set(func() { list.panics = false })
	accepts(t, g, token)
	// Nobody is asked about nobody.
	list.set(func() { list.panics = true })
	if got := answer(g, bearer(token), nil, &auth.Rule{Access: auth.Public}); got != 200 {
		t.Errorf("public: %d", got)
	}
	refuses(t, g, edSigner().token(map[string]any{"aud": "other"}), "aud")
	newFails(t, "Revocations", auth.Revocations(nil))
}

// TestR27WithdrawnInFlight withdraws the key of a token while the token is being
// verified: what may be remembered of it admits nobody.
func TestR27WithdrawnInFlight(t *testing.T) {
	t.Parallel()
	young := signer{"ES256", "k2", p256Private()}
	withdrawn := 0
	for moment := 1; moment < 10; moment++ { // by how often the clock was looked at
		s := newKeyServer(t, edSigner().jwk())
		var looks atomic.Int32
		looks.Store(-1000)
		var g *auth.Guard
		g = newGuard(t, auth.Issuer(s.URL, auth.Audience(testAudience), auth.Mapping(auth.MappingAuthgen)), quiet(), auth.Clock(func() time.Time {
			if looks.Add(1) == int32(moment) {
				looks.Store(-1000)
				if got := status(g, s.token(young)); got != 200 {
					t.Errorf("new key: %d", got)
				}
				withdrawn++
			}
			return s.clock.Now()
		}))
		token := s.token(edSigner())
		s.answer(string(jwks(young.jwk())))
		looks.Store(0)
		status(g, token) // it was valid when the request began
		looks.Store(-1000)
		if got := status(g, token); got != 401 && withdrawn == moment {
			t.Errorf("withdrawn at moment %d, seen again: %d", moment, got)
		}
	}
	if withdrawn < 3 {
		t.Errorf("%d moments", withdrawn)
	}
}

// TestR28RevokedInFlight revokes a token while it is being verified.
func TestR28RevokedInFlight(t *testing.T) {
	t.Parallel()
	young := signer{"ES256", "k2", p256Private()}
	s := newKeyServer(t, edSigner().jwk())
	list := &revocations{revoked: map[string]bool{}}
	g := s.guard(t, auth.Revocations(list))
	entered, leave := make(chan struct{}), make(chan struct{})
	s.handle(func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		w.Write(jwks(young.jwk()))
	})
	s.clock.advance(time.Minute)
	token := young.token(map[string]any{"iss": s.URL, "jti": "j1"})
	result := make(chan int)
	go func() { result <- status(g, token) }()
	<-entered // the verification waits for the key
	list.set(func() { list.revoked["j1"] = true })
	close(leave)
	if got := <-result; got != 401 {
		t.Errorf("revoked in flight: %d", got)
	}
	if got := status(g, token); got != 401 {
		t.Errorf("revoked in flight, seen again: %d", got)
	}
}

// TestAllocations holds what a request allocates. Handlers with a typed identity
// cost nothing for a token seen before.
func TestAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	params := auth.Params(path{"tenantID": "t-7f3c9a2e"})
	rules := map[string]*auth.Rule{
		"every check": everyCheck(),
		"a policy": protected(auth.Demands{Policy: func(d *auth.Decision) auth.Truth {
			return auth.Or(d.Role("nobody"), auth.And(d.Permission("app.p39.w"), d.Tenant("tenantID")))
		}}),
		"several sets": protected(auth.Demands{Roles: []string{"admin"}}, auth.Demands{Owner: "user"}, auth.Demands{Kinds: auth.KindUser}),
	}
	for _, s := range benchSigners() {
		token := s.sign(s.header(), fronteggLike(t, nil))
		g := benchGuard(t, s)
		r := bearer(token)
		for name, rule := range rules {
			p := params
			if name == "several sets" {
				p = path{"user": "8d1f8a52-6a0e-4b43-9a3a-2f9e3f9a11aa"}
			}
			if _, c := auth.AdmitAs[auth.User](g, r, p, rule); c != nil {
				t.Fatalf("%s, %s: %s", s.alg, name, c.Reason())
			}
			if n := testing.AllocsPerRun(1000, func() { auth.AdmitAs[auth.User](g, r, p, rule) }); n != 0 {
				t.Errorf("%s, %s, seen before: %v allocations", s.alg, name, n)
			}
		}
		// Two tokens and room for one: each is new when it comes.
		g = benchGuard(t, s, auth.TokenCache(auth.CacheLimits{Entries: 1}))
		requests := []*http.Request{bearer(token), bearer(s.sign(s.header(), strings.Replace(fronteggLike(t, nil), "sss", "ttt", 1)))}
		i, rule := 0, everyCheck()
		if n := testing.AllocsPerRun(100, func() {
			if _, c := auth.AdmitAs[auth.User](g, requests[i%2], params, rule); c != nil {
				t.Fatal(c.Reason())
			}
			i++
		}); n > 20 {
			t.Errorf("%s, new: %v allocations", s.alg, n)
		}
	}
}
