package frontegg_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontegg"
	auth "github.com/authgen/authgen/runtime"
)

// audited is a rule with an audit directive.
func audited(severity string, all ...auth.Demands) *auth.Rule {
	return &auth.Rule{Handler: "files.Upload", Access: auth.Restricted, All: all, Audit: auth.Audit{Name: "Upload", Severity: severity}}
}

func requestBy(token string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/files/1?secret=x", nil)
	r.RemoteAddr = "192.0.2.7:4711"
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// TestAuditSink holds how the fields of an event are filled, and that the table of
// the documentation has all of them.
func TestAuditSink(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	issuer := authtest.New(t, authtest.WithClock(clock))
	user := issuer.Token(authtest.User("u1"), authtest.Tenant("t1"), authtest.Email("u@example.com"))
	service := issuer.Token(authtest.TenantAPI("s1"), authtest.Tenant("t1"))
	filled := map[string]any{}
	for name, c := range map[string]struct {
		token string
		rule  *auth.Rule
		want  map[string]any // beside those of every event
	}{
		"allowed": {user, audited("High"), map[string]any{
			"severity": "High", "description": "allowed", "user": "u1", "email": "u@example.com", "allowed": true, "tokenKind": "user",
		}},
		"denied": {user, audited("", auth.Demands{Roles: []string{"admin"}}), map[string]any{
			"severity": "Info", "description": "denied: permission_denied", "user": "u1", "email": "u@example.com", "allowed": false, "status": 403.0, "tokenKind": "user",
		}},
		"a tenant's token": {service, audited("Error"), map[string]any{
			"severity": "Error", "description": "allowed", "user": "s1", "allowed": true, "tokenKind": "tenantApi",
		}},
	} {
		g := newGateway(t, nil)
		client := g.connect(t)
		guard := issuer.Guard(auth.Auditor(client.Audits().Sink()))
		r := requestBy(c.token)
		r.Header.Set("X-Request-Id", "r1")
		r.Header.Set("User-Agent", "curl/8")
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		guard.Admit(r, nil, c.rule)
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		c.want["tenantId"], c.want["action"], c.want["resource"], c.want["ip"] = "t1", "Upload", "POST /files/1", "192.0.2.7"
		c.want["userAgent"], c.want["requestId"], c.want["time"] = "curl/8", "r1", clock.Now().Format(time.RFC3339)
		sent := object(t, g.one(t).body)
		if !reflect.DeepEqual(sent, c.want) {
			t.Errorf("%s: sent %v\nwant %v", name, sent, c.want)
		}
		maps.Copy(filled, sent)
	}
	page, err := os.ReadFile("../../docs/frontegg.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Audits\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var told []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(section, -1) {
		told = append(told, row[1])
	}
	if got := slices.Sorted(maps.Keys(filled)); !slices.Equal(slices.Sorted(slices.Values(told)), got) {
		t.Errorf("the documentation's table has %q, events have %q", told, got)
	}
}

// TestAuditAddress holds whose word on the caller's address counts.
func TestAuditAddress(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	token := issuer.Token(authtest.User("u1"), authtest.Tenant("t1"))
	proxies := frontegg.TrustedProxies(netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32"))
	for name, c := range map[string]struct {
		opts      []frontegg.Option
		remote    string
		forwarded []string
		want      any // nil for no address
	}{
		"no proxy named":        {nil, "10.0.0.1:1", []string{"203.0.113.9"}, "10.0.0.1"},
		"peer is no proxy":      {[]frontegg.Option{proxies}, "192.0.2.1:1", []string{"203.0.113.9"}, "192.0.2.1"},
		"one proxy":             {[]frontegg.Option{proxies}, "10.0.0.1:1", []string{"203.0.113.9"}, "203.0.113.9"},
		"invented before":       {[]frontegg.Option{proxies}, "10.0.0.1:1", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"two proxies":           {[]frontegg.Option{proxies}, "10.0.0.1:1", []string{"198.51.100.1", "203.0.113.9 , 10.9.9.9"}, "203.0.113.9"},
		"version 6":             {[]frontegg.Option{proxies}, "[2001:db8::1]:1", []string{"2a00::1"}, "2a00::1"},
		"mapped":                {[]frontegg.Option{proxies}, "[::ffff:10.0.0.1]:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"only proxies":          {[]frontegg.Option{proxies}, "10.0.0.1:1", []string{"10.0.0.3,10.0.0.2"}, "10.0.0.3"},
		"nonsense":              {[]frontegg.Option{proxies}, "10.0.0.1:1", []string{"203.0.113.9,<script>"}, "10.0.0.1"},
		"nothing":               {[]frontegg.Option{proxies}, "10.0.0.1:1", nil, "10.0.0.1"},
		"without end":           {[]frontegg.Option{proxies}, "10.0.0.1:1", []string{"203.0.113.9" + strings.Repeat(",10.0.0.1", 5000)}, "10.0.0.1"},
		"no address at all":     {nil, "@", nil, nil},
		"an address, no port":   {nil, "192.0.2.1", nil, "192.0.2.1"},
		"a zone is not for all": {nil, "[fe80::1%eth0]:1", nil, "fe80::1"},
	} {
		g := newGateway(t, nil)
		client := g.connect(t, c.opts...)
		r := requestBy(token)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.remote, c.forwarded
		issuer.Guard(auth.Auditor(client.Audits().Sink())).Admit(r, nil, audited(""))
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		if got := object(t, g.one(t).body)["ip"]; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestAuditAnonymous holds that events without a tenant are logged, not too often,
// and not sent.
func TestAuditAnonymous(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	issuer := authtest.New(t, authtest.WithClock(clock))
	g := newGateway(t, nil)
	var told log
	client := g.connect(t, frontegg.Logger(told.logger()), frontegg.Clock(clock.Now))
	guard := issuer.Guard(auth.Auditor(client.Audits().Sink()))
	optional := &auth.Rule{Access: auth.Optional, Audit: auth.Audit{Name: "Look"}}
	guard.Admit(requestBy(""), nil, audited(""))
	guard.Admit(requestBy(issuer.Token(authtest.User("u1"), authtest.Forged(), authtest.Tenant("t1"))), nil, audited(""))
	guard.Admit(requestBy(""), nil, optional)
	guard.Admit(requestBy(issuer.Token(authtest.User("u1"))), nil, audited(""))
	if n := strings.Count(told.String(), "without a tenant"); n != 4 || !strings.Contains(told.String(), "ip=192.0.2.7") {
		t.Errorf("%d lines: %s", n, told.String())
	}
	for range 1000 {
		guard.Admit(requestBy(""), nil, audited(""))
	}
	if n := strings.Count(told.String(), "without a tenant"); n != 10 {
		t.Errorf("%d lines", n)
	}
	clock.Advance(time.Second)
	guard.Admit(requestBy(""), nil, audited(""))
	guard.Admit(requestBy(""), nil, audited(""))
	if n := strings.Count(told.String(), "without a tenant"); n != 11 || !strings.Contains(told.String(), "not_logged=994") {
		t.Errorf("%d lines: %s", n, told.String())
	}
	if err := client.Close(); err != nil || len(g.seen()) != 0 || client.Audits().Dropped() != 0 {
		t.Errorf("%v, sent %+v", err, g.seen())
	}
}

// auditing is an event that can be sent.
func auditing(t *testing.T, name string) auth.AuditEvent {
	t.Helper()
	issuer := authtest.New(t)
	id, err := issuer.Guard().Validate(t.Context(), issuer.Token(authtest.User("u1"), authtest.Tenant("t1")))
	if err != nil {
		t.Fatal(err)
	}
	return auth.AuditEvent{Name: name, Allowed: true, Identity: id, Method: "GET", Path: "/"}
}

// TestAuditQueueFull holds that nobody waits for a queue that is full, and that what
// is dropped is counted and told of.
func TestAuditQueueFull(t *testing.T) {
	t.Parallel()
	gone, came := make(chan struct{}), make(chan struct{}, 100)
	g := newGateway(t, func(http.ResponseWriter, *http.Request) { came <- struct{}{}; <-gone })
	var told log
	client := g.connect(t, frontegg.AuditQueue(3), frontegg.Logger(told.logger()))
	sink, event := client.Audits().Sink(), auditing(t, "Upload")
	for range 4 { // as many as are sent at a time
		sink.Audit(t.Context(), event)
		<-came
	}
	for range 10 {
		sink.Audit(t.Context(), event)
	}
	if n := client.Audits().Dropped(); n != 7 {
		t.Errorf("%d dropped, want 7", n)
	}
	if n := strings.Count(told.String(), "audit events are dropped"); n != 1 {
		t.Errorf("%d lines: %s", n, told.String())
	}
	close(gone)
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if n := len(g.seen()); n != 7 {
		t.Errorf("%d sent, want 7", n)
	}
	sink.Audit(t.Context(), event)
	if n := client.Audits().Dropped(); n != 8 || len(g.seen()) != 7 {
		t.Errorf("%d dropped after Close, want 8", n)
	}
}

// TestAuditQueueRetries holds which events are tried again, and for how long.
func TestAuditQueueRetries(t *testing.T) {
	t.Parallel()
	event := auditing(t, "Upload")
	for name, c := range map[string]struct {
		api           http.HandlerFunc
		sent, dropped int // sent at least, that is as often as it was tried
		least, most   time.Duration
	}{
		"taken":             {writes(201, ""), 1, 0, 0, 0},
		"taken, cut":        {cutsBody, 1, 0, 0, 0},
		"taken at the last": {answersInTurn(writes(503, ""), cuts, writes(429, ""), writes(200, "")), 4, 0, time.Second, 4 * time.Second},
		"asked to stay away": {answersInTurn(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(429)
		}, writes(201, "")), 2, 0, 150 * time.Second, 2*time.Minute + 5*time.Second},
		"refused": {writes(400, ""), 1, 1, 0, 0},
		"never":   {writes(503, ""), 20, 1, 10 * time.Minute, 11 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, c.api)
			synctest.Test(t, func(t *testing.T) {
				client := g.connect(t)
				sink := client.Audits().Sink()
				sink.Audit(t.Context(), event)
				began, done := time.Now(), time.Duration(0)
				for client.Audits().Dropped() == 0 && time.Since(began) < time.Hour {
					before := len(g.seen())
					time.Sleep(time.Second) // of the bubble
					if len(g.seen()) != before {
						done = time.Since(began)
					}
				}
				if n := client.Audits().Dropped(); n != uint64(c.dropped) {
					t.Errorf("%d dropped", n)
				}
				if n := len(g.seen()); n < c.sent || c.dropped == 0 && n != c.sent {
					t.Errorf("tried %d times", n)
				}
				if done > c.most+time.Second || done < c.least-31*time.Second {
					t.Errorf("tried for %v", done)
				}
			})
		})
	}
}

// TestAuditSenders holds how many events are sent at a time.
func TestAuditSenders(t *testing.T) {
	t.Parallel()
	event := auditing(t, "Upload")
	g := newGateway(t, writes(503, ""))
	synctest.Test(t, func(t *testing.T) {
		client := g.connect(t, frontegg.FlushTimeout(0))
		sink := client.Audits().Sink()
		for range 100 {
			sink.Audit(t.Context(), event)
		}
		time.Sleep(time.Millisecond) // of the bubble: all have been tried once, and wait
		if n := len(g.seen()); n != 4 {
			t.Errorf("%d events are sent at a time, want 4", n)
		}
	})
}

// TestAuditFlushNow holds that Close does not wait for the pause of an event that
// could not be sent before, whoever asked for it.
func TestAuditFlushNow(t *testing.T) {
	t.Parallel()
	event := auditing(t, "Upload")
	later := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(503)
	}
	for name, c := range map[string]struct {
		failing http.HandlerFunc
		before  int // tries before Close, and more in it
		more    int
		most    time.Duration
	}{
		"after failures":      {writes(503, ""), 7, 0, 0},
		"asked to stay away":  {later, 2, 0, 0},
		"and again meanwhile": {later, 1, 2, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries := c.before + c.more
			g := newGateway(t, answersInTurn(append(slices.Repeat([]http.HandlerFunc{c.failing}, tries), writes(201, ""))...))
			synctest.Test(t, func(t *testing.T) {
				client := g.connect(t)
				client.Audits().Sink().Audit(t.Context(), event)
				for len(g.seen()) < c.before {
					time.Sleep(time.Second) // of the bubble
				}
				began := time.Now()
				if err := client.Close(); err != nil || time.Since(began) > c.most || len(g.seen()) != tries+1 {
					t.Errorf("%v after %v and %d tries", err, time.Since(began), len(g.seen()))
				}
			})
		})
	}
}

// TestAuditFlush holds that Close sends what waits, as long as that may last.
func TestAuditFlush(t *testing.T) {
	t.Parallel()
	event := auditing(t, "Upload")
	failing := func(g *gateway) { g.answers(answer{status: 503}) }
	for name, c := range map[string]struct {
		prepare func(*gateway)
		api     http.HandlerFunc
		err     bool
		sent    int
		took    time.Duration // at most
	}{
		"all":           {nil, writes(201, ""), false, 100, 0},
		"after trouble": {nil, answersInTurn(append(slices.Repeat([]http.HandlerFunc{writes(503, "")}, 20), writes(201, ""))...), false, 120, 3 * time.Second},
		"no token":      {failing, writes(201, ""), true, 0, 7 * time.Second},
		"down":          {nil, writes(503, ""), true, -1, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, c.api)
			if c.prepare != nil {
				c.prepare(g)
			}
			synctest.Test(t, func(t *testing.T) {
				client := g.connect(t, frontegg.FlushTimeout(7*time.Second))
				sink := client.Audits().Sink()
				for range 100 {
					sink.Audit(t.Context(), event)
				}
				began := time.Now()
				err := client.Close()
				if took := time.Since(began); took > c.took || c.err && took < c.took {
					t.Errorf("Close took %v", took)
				}
				if (err != nil) != c.err || c.sent >= 0 && len(g.seen()) != c.sent {
					t.Errorf("%v, %d sent", err, len(g.seen()))
				}
				if c.err && (client.Audits().Dropped() != 100 || err.Error() != fmt.Sprintf("frontegg: %d audit events could not be sent", 100)) {
					t.Errorf("%d dropped, %v", client.Audits().Dropped(), err)
				}
			})
		})
	}
}
