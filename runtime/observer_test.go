package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// recorder keeps the events of a guard, but for those of its token cache.
type recorder struct {
	mu     sync.Mutex
	events []auth.Event
}

func (r *recorder) Observe(_ context.Context, e auth.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Kind != auth.EventCacheHit && e.Kind != auth.EventCacheMiss {
		r.events = append(r.events, e)
	}
}

// take returns the events since it was last called.
func (r *recorder) take() []auth.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

// slow is a provider that takes a second, and says yes to "yes".
type slow struct{}

func (slow) Entitled(_ context.Context, _ *auth.Identity, feature string) (bool, error) {
	time.Sleep(time.Second)
	switch feature {
	case "error":
		return false, errors.New("unreachable")
	case "panic":
		panic("s3cr3t")
	}
	return feature == "yes", nil
}

// TestObserver holds what an observer is told of each decision: once, who asked
// for what, and no value of a claim.
func TestObserver(t *testing.T) {
	t.Parallel()
	seen := new(recorder)
	g := guardWith(t, auth.Observe(seen), auth.Checker(new(oracle)))
	token := func(claims map[string]any) string {
		all := map[string]any{"sub": "s3cr3t", "tenantId": "s3cr3t", "email": "s3cr3t", "roles": []string{"s3cr3t"}}
		for name, value := range claims {
			all[name] = value
		}
		return edSigner().token(all)
	}
	user := auth.Event{Handler: "test", Method: "GET", TokenKind: auth.KindUser, Issuer: testIssuer}
	nobody := auth.Event{Handler: "test", Method: "GET"}
	with := func(e auth.Event, change func(*auth.Event)) []auth.Event { change(&e); return []auth.Event{e} }
	denied := func(e auth.Event, status int, code, oauthError, reason string) []auth.Event {
		return with(e, func(e *auth.Event) {
			e.Kind, e.Status, e.Code, e.OAuthError, e.Reason = auth.EventDenied, status, code, oauthError, reason
		})
	}
	allowed := func(e auth.Event) []auth.Event {
		return with(e, func(e *auth.Event) { e.Kind = auth.EventAllowed })
	}
	for name, c := range map[string]struct {
		request *http.Request
		rule    *auth.Rule
		want    []auth.Event
	}{
		"admitted": {bearer(token(nil)), protected(), allowed(user)},
		"public":   {bearer(token(nil)), &auth.Rule{Handler: "test", Access: auth.Public}, allowed(nobody)},
		"lacks a role": {bearer(token(nil)), protected(auth.Demands{Roles: []string{"a"}}),
			denied(user, 403, "permission_denied", "insufficient_scope", `lacks role "a"`)},
		"step-up": {bearer(token(nil)), protected(auth.Demands{StepUp: auth.StepUp{Required: true}}),
			denied(user, 401, "unauthenticated", "insufficient_user_authentication", "acr shows no step-up")},
		"no credential": {httptest.NewRequest("GET", "/", nil), protected(),
			denied(nobody, 401, "unauthenticated", "", "no credential")},
		"expired": {bearer(token(map[string]any{"exp": 1})), protected(),
			denied(nobody, 401, "unauthenticated", "invalid_token", "issuer "+testIssuer+": the token has expired")},
		"malformed": {withHeader("Authorization", "Bearer"), protected(),
			denied(nobody, 400, "invalid_request", "invalid_request", "Authorization is malformed")},
		"no provider": {bearer(token(nil)), protected(auth.Demands{Features: []string{"a"}}),
			denied(user, 503, "unavailable", "", "needs a feature provider: the guard has none")},
	} {
		g.Admit(c.request, nil, c.rule)
		if got := seen.take(); !slices.Equal(got, c.want) || strings.Contains(fmt.Sprintf("%+v", got), "s3cr3t") {
			t.Errorf("%s: %+v\nwant %+v", name, got, c.want)
		}
	}

	// Those who admit for handlers with an identity tell of their own decision.
	r, rule := bearer(token(map[string]any{"type": "service"})), protected()
	service := user
	service.TokenKind = auth.KindService
	want := denied(service, 403, "permission_denied", "insufficient_scope", "is of kind service, and the handler takes user")
	if auth.AdmitAs[auth.User](g, r, nil, rule); !slices.Equal(seen.take(), want) {
		t.Error("AdmitAs tells something else")
	}
	if auth.AdmitIdentity(g, r, nil, rule); !slices.Equal(seen.take(), allowed(service)) {
		t.Error("AdmitIdentity tells something else")
	}
	// Validate has its caller to tell.
	if _, err := g.Validate(t.Context(), token(nil), auth.Roles("a")); err == nil || seen.take() != nil {
		t.Error("Validate made an event")
	}
	// Nobody is there to be told.
	for _, g := range []*auth.Guard{nil, {}} {
		if answer(g, bearer(token(nil)), nil, protected()) != http.StatusServiceUnavailable {
			t.Error("a zero guard admits")
		}
	}
}

// TestObserverCache holds what is told of tokens seen before and of others.
func TestObserverCache(t *testing.T) {
	t.Parallel()
	var seen []auth.Event
	g := guardWith(t, auth.Observe(observed(func(_ context.Context, e auth.Event) { seen = append(seen, e) })))
	miss := auth.Event{Kind: auth.EventCacheMiss, Handler: "test"}
	hit := auth.Event{Kind: auth.EventCacheHit, Handler: "test", TokenKind: auth.KindUser, Issuer: testIssuer}
	for _, want := range []auth.Event{miss, hit, hit} {
		seen = nil
		if got := answer(g, bearer(edSigner().token(nil)), nil, protected()); got != 200 || len(seen) != 2 || seen[0] != want {
			t.Errorf("%d: %+v\nwant %+v", got, seen, want)
		}
	}
	seen = nil
	answer(g, bearer(edSigner().token(map[string]any{"exp": 1})), nil, protected())
	if len(seen) != 2 || seen[0] != miss {
		t.Errorf("expired: %+v", seen)
	}
	// Nothing is looked up for who has no token or needs none.
	seen = nil
	answer(g, carried("GET"), nil, protected())
	answer(g, bearer(edSigner().token(nil)), nil, &auth.Rule{Access: auth.Public})
	for _, e := range seen {
		if e.Kind != auth.EventAllowed && e.Kind != auth.EventDenied {
			t.Errorf("%+v", e)
		}
	}
}

// TestObserverProviders holds what is told of each question to a provider, and
// of how long it took.
func TestObserverProviders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := new(recorder)
		g := guardWith(t, auth.Observe(seen), auth.Features(slow{}), auth.Checker(new(oracle)))
		features := auth.Event{Kind: auth.EventProviderCall, Provider: auth.ProviderFeatures, Duration: time.Second}
		yes := features
		yes.Yes = true
		checker := auth.Event{Kind: auth.EventProviderCall, Provider: auth.ProviderChecker}
		for _, c := range []struct {
			demands auth.Demands
			err     string // of the last call
			want    []auth.Event
		}{
			{auth.Demands{Features: []string{"yes"}}, "<nil>", []auth.Event{yes}},
			{auth.Demands{Features: []string{"no", "yes"}}, "<nil>", []auth.Event{features, yes}},
			{auth.Demands{Features: []string{"error"}}, "unreachable", []auth.Event{features}},
			{auth.Demands{Features: []string{"panic"}}, "string", []auth.Event{features}},
			{auth.Demands{Roles: []string{"a"}, Features: []string{"yes"}}, "<nil>", nil},
			{checks("no"), "<nil>", []auth.Event{checker}},
			{checks("error"), "unreachable", []auth.Event{checker}},
		} {
			_, denial := g.Admit(bearer(edSigner().token(nil)), path{"id": "p1"}, protected(c.demands))
			events := seen.take()
			last := events[len(events)-1]
			if (last.Kind == auth.EventAllowed) != (denial == nil) {
				t.Errorf("%+v: the last event is %+v", c.demands, last)
			}
			events = events[:len(events)-1]
			for i := range events {
				if i == len(events)-1 {
					if text := fmt.Sprint(events[i].Err); text != c.err {
						t.Errorf("%+v: error %q, want %q", c.demands, text, c.err)
					}
				}
				events[i].Err = nil
			}
			if !slices.Equal(events, c.want) {
				t.Errorf("%+v: %+v\nwant %+v", c.demands, events, c.want)
			}
		}
	})
}

// observed is an observer that does what its function does.
type observed func(context.Context, auth.Event)

func (f observed) Observe(ctx context.Context, e auth.Event) { f(ctx, e) }

// TestObserverPanics holds that an observer which panics changes nothing, and is
// told of without what it panicked with.
func TestObserverPanics(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	g := guardWith(t, logTo(&log), auth.Checker(new(oracle)), auth.Observe(observed(func(context.Context, auth.Event) { panic(errors.New("s3cr3t")) })))
	r, p := bearer(edSigner().token(nil)), path{"id": "p1"}
	for want, demands := range map[int]auth.Demands{200: checks("yes"), 403: checks("no"), 503: checks("error")} {
		log.Reset()
		if got := answer(g, r, p, protected(demands)); got != want {
			t.Errorf("status %d, want %d", got, want)
		}
		if text := log.String(); !strings.Contains(text, `level=ERROR msg="auth: the observer panicked" panic=*errors.errorString`) || strings.Contains(text, "s3cr3t") {
			t.Error(text)
		}
	}
}

// TestLogObserverPanics holds that a logger which panics keeps neither an admitted
// caller out nor keys from the guard.
func TestLogObserverPanics(t *testing.T) {
	t.Parallel()
	logger := slog.New(handler(func(context.Context) { panic("log") }))
	s := newKeyServer(t, edSigner().jwk())
	g := s.guard(t, auth.Logger(logger), auth.Observe(auth.LogObserver(logger)))
	if got := status(g, s.token(edSigner())); got != http.StatusOK {
		t.Errorf("%d", got)
	}
}

// TestObserverContext holds that an observer gets the request's context.
func TestObserverContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	told := 0
	g := guardWith(t, auth.Checker(new(oracle)), auth.Observe(observed(func(ctx context.Context, e auth.Event) {
		if ctx.Value(key{}) != "request" {
			t.Errorf("event %s has another context", e.Kind)
		}
		told++
	})))
	r := bearer(edSigner().token(nil))
	g.Admit(r.WithContext(context.WithValue(r.Context(), key{}, "request")), path{"id": "p1"}, protected(checks("yes")))
	if told < 2 {
		t.Errorf("%d events", told)
	}
}

// TestObserverCost holds that events cost no allocation, neither of decisions nor
// of questions to providers.
func TestObserverCost(t *testing.T) { // not parallel, for AllocsPerRun
	var told int
	observer := auth.Observe(observed(func(_ context.Context, e auth.Event) { told += len(e.RequestID) }))
	r := bearer(edSigner().token(nil))
	r.Header.Set("X-Request-Id", "01J-abc")
	for name, demands := range map[string]auth.Demands{"token": {}, "provider": {Features: []string{""}, Policy: func(d *auth.Decision) auth.Truth { return auth.Or(auth.True, d.Feature("t1")) }}} {
		rule := protected(demands)
		cost := func(opts ...auth.Option) float64 {
			g := guardWith(t, append(opts, auth.Features(ownTenant{}))...)
			// The race detector makes pools forget now and then.
			least := math.Inf(1)
			for range 50 {
				least = min(least, testing.AllocsPerRun(1, func() { g.Admit(r, nil, rule) }))
			}
			return least
		}
		if without, with := cost(), cost(observer); with > without {
			t.Errorf("%s: %v allocations with an observer, %v without", name, with, without)
		}
	}
	if told == 0 {
		t.Error("nothing was observed")
	}
}

// TestLogObserver holds that what a guard logs of denials is logged once, at the
// same levels and with the same text, by its observer or by the guard itself.
func TestLogObserver(t *testing.T) {
	t.Parallel()
	var own, observer strings.Builder
	toObserver := auth.Observe(auth.LogObserver(slog.New(slog.NewTextHandler(&observer, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	g, watched := guardWith(t, logTo(&own)), guardWith(t, logTo(&own), toObserver)
	for _, r := range []*http.Request{
		bearer(edSigner().token(nil)), bearer("a.b.c"), bearer(""), httptest.NewRequest("POST", "/", nil), withHeader("X-Request-Id", "r1"),
	} {
		for _, rule := range []*auth.Rule{protected(auth.Demands{Roles: []string{"a"}}), protected(auth.Demands{Features: []string{"a"}}), {}} {
			own.Reset()
			observer.Reset()
			g.Admit(r, nil, rule)
			want := own.String()
			own.Reset()
			watched.Admit(r, nil, rule)
			if own.Len() > 0 {
				t.Errorf("the guard logs as well: %s", own.String())
			}
			_, want, _ = strings.Cut(want, " ") // time
			if got := observer.String(); strings.Count(got, "auth: denied") != 1 || !strings.HasSuffix(got, want) || want == "" {
				t.Errorf("%s\nwant %s", got, want)
			}
		}
	}
	// Another observer takes nothing from the log.
	own.Reset()
	guardWith(t, logTo(&own), auth.Observe(new(recorder))).Admit(bearer("a.b.c"), nil, protected())
	if strings.Count(own.String(), "auth: denied") != 1 {
		t.Errorf("logged %q", own.String())
	}
	// Whatever else happens is for debugging.
	observer.Reset()
	guardWith(t, logTo(&own), toObserver, auth.Features(ownTenant{})).Admit(
		bearer(edSigner().token(map[string]any{"tenantId": "t1"})), nil, protected(auth.Demands{Features: []string{"t1"}}))
	for _, want := range []string{
		`level=DEBUG msg="auth: provider call" provider="feature provider" yes=true duration=`,
		`level=DEBUG msg="auth: allowed" handler=test method=GET issuer=` + testIssuer + " kind=user\n",
	} {
		if !strings.Contains(observer.String(), want) {
			t.Errorf("%s\nwant %s", observer.String(), want)
		}
	}
	newFails(t, "Observe: is given twice", toObserver, toObserver)
	newFails(t, "Observe: the observer is nil", auth.Observe(nil))
}

// TestRequestID holds which ids of requests are repeated in events, the log and
// audits: such as can be mistaken for nothing else there.
func TestRequestID(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	seen := new(recorder)
	g := guardWith(t, logTo(&log), auth.Observe(seen))
	rule := protected()
	rule.Audit.Name = "Upload"
	for _, c := range []struct {
		ids  []string
		want string
	}{
		{[]string{"01J-aZ_9.x"}, "01J-aZ_9.x"},
		{[]string{strings.Repeat("a", 128)}, strings.Repeat("a", 128)},
		{[]string{strings.Repeat("a", 129)}, ""},
		{[]string{""}, ""},
		{[]string{"a", "a"}, ""},
		{nil, ""},
		{[]string{"a b"}, ""}, {[]string{"a\nb"}, ""}, {[]string{"a,b"}, ""}, {[]string{"a=b"}, ""}, {[]string{`a"`}, ""},
		{[]string{"a/b"}, ""}, {[]string{"a:b"}, ""}, {[]string{"\x00"}, ""}, {[]string{"é"}, ""}, {[]string{"a\x7f"}, ""},
		{[]string{"`"}, ""}, {[]string{"["}, ""}, {[]string{"@"}, ""}, {[]string{"{"}, ""},
	} {
		log.Reset()
		r := bearer("a.b.c")
		r.Header["X-Request-Id"] = c.ids
		g.Admit(r, nil, rule)
		attribute := ""
		if c.want != "" {
			attribute = " request_id=" + c.want
		}
		for line := range strings.Lines(log.String()) {
			if _, after, _ := strings.Cut(line, " request_id="); strings.Contains(line, "request_id") != (c.want != "") || strings.TrimSpace(after) != c.want {
				t.Errorf("%q: %s", c.ids, line)
			}
		}
		if strings.Count(log.String(), attribute) < 2 {
			t.Errorf("%q: %s", c.ids, log.String())
		}
		if events := seen.take(); len(events) != 1 || events[0].RequestID != c.want {
			t.Errorf("%q: %+v", c.ids, events)
		}
	}
}

// TestObserverKeys holds what is told of each fetch of keys, and that a failed
// one is logged once, by LogObserver or by the guard itself.
func TestObserverKeys(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk(), map[string]any{"kty": "oct", "k": "x"})
	good := s.keys
	s.handle(func(w http.ResponseWriter, r *http.Request) {
		s.clock.advance(2 * time.Second)
		good(w, r)
	})
	seen := new(recorder)
	s.guard(t, auth.Observe(seen))
	want := auth.Event{Kind: auth.EventKeyRefresh, Issuer: s.URL, IgnoredKeys: 1, Duration: 2 * time.Second}
	if got := seen.take(); len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	var observer strings.Builder
	toObserver := auth.Observe(auth.LogObserver(slog.New(slog.NewTextHandler(&observer, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	s.guard(t, toObserver)
	if want := `level=DEBUG msg="auth: key refresh" issuer=` + s.URL + " ignored_keys=1 duration=2s\n"; !strings.HasSuffix(observer.String(), want) {
		t.Errorf("%s\nwant %s", observer.String(), want)
	}

	s.answer("garbage")
	newFails(t, "key set", s.options(auth.Observe(seen))...)
	if got := seen.take(); len(got) != 1 || got[0].Kind != auth.EventKeyRefresh || got[0].Err == nil || got[0].IgnoredKeys != 0 {
		t.Errorf("%+v", got)
	}
	const failed = "level=WARN"
	for _, c := range []struct {
		observer      auth.Option
		own, observed int // warnings
	}{{auth.Observe(seen), 1, 0}, {toObserver, 0, 1}} {
		var own strings.Builder
		observer.Reset()
		if _, err := auth.New(t.Context(), s.options(logTo(&own), c.observer)...); err == nil {
			t.Error("garbage is a key set")
		}
		if strings.Count(own.String(), failed) != c.own || strings.Count(observer.String(), failed) != c.observed || strings.Count(own.String()+observer.String(), "reason=") != 1 {
			t.Errorf("the guard logs %q and the observer %q", own.String(), observer.String())
		}
	}
}
