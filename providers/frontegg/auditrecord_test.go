package frontegg_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontegg"
	auth "github.com/authgen/authgen/runtime"
)

// later is a sink that is made in a bubble, for a guard that is not.
type later struct{ auth.AuditRecorder }

// TestAuditRecord holds how long a request waits for an event that its rule requires,
// and what it is answered. Times are those of the bubble.
func TestAuditRecord(t *testing.T) {
	t.Parallel()
	admin := auth.Demands{Roles: []string{"admin"}}
	for name, c := range map[string]struct {
		api       http.HandlerFunc
		opts      []frontegg.Option
		demands   []auth.Demands
		status    int
		sent      int // at least, where it took long
		took      time.Duration
		log       string // of the guard
		vendorOff bool
	}{
		"taken":             {api: writes(201, ""), status: 200, sent: 1},
		"taken, denied":     {api: writes(201, ""), demands: []auth.Demands{admin}, status: 403, sent: 1},
		"taken, cut":        {api: cutsBody, status: 200, sent: 1},
		"taken in the end":  {api: answersInTurn(writes(503, ""), cuts, writes(201, "")), status: 200, sent: 3, took: time.Second},
		"refused":           {api: writes(400, ""), status: 503, sent: 1, log: "is not recorded: the audit sink did not answer: frontegg: POST"},
		"refused, denied":   {api: writes(400, ""), demands: []auth.Demands{admin}, status: 403, sent: 1, log: "is not recorded"},
		"down":              {api: writes(503, ""), status: 503, sent: 8, took: 5 * time.Second, log: "status 503"},
		"down, denied":      {api: writes(503, ""), demands: []auth.Demands{admin}, status: 403, sent: 8, took: 5 * time.Second, log: "status 503"},
		"down, less time":   {api: writes(503, ""), opts: []frontegg.Option{frontegg.AuditTimeout(time.Second)}, status: 503, sent: 2, took: time.Second, log: "status 503"},
		"without a token":   {vendorOff: true, status: 503, took: 5 * time.Second, log: "is not recorded"},
		"Retry-After of it": {api: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "60"); w.WriteHeader(429) }, status: 503, sent: 1, took: 5 * time.Second, log: "is not recorded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, c.api)
			if c.vendorOff {
				g.answers(answer{status: 503})
			}
			var told log
			sink := new(later)
			issuer := authtest.New(t, authtest.WithClock(new(authtest.Clock)))
			guard := issuer.Guard(auth.Auditor(sink), auth.Logger(told.logger()))
			token := issuer.Token(authtest.User("u1"), authtest.Tenant("t1"))
			synctest.Test(t, func(t *testing.T) {
				client := g.connect(t, c.opts...)
				sink.AuditRecorder = client.Audits().Sink()
				rule := audited("High", c.demands...)
				rule.Audit.Required = true
				began, status := time.Now(), http.StatusOK
				if _, challenge := guard.Admit(requestBy(token), nil, rule); challenge != nil {
					status = challenge.Status()
				}
				took, sent := time.Since(began), len(g.seen())
				if status != c.status || took > c.took || c.took == 0 && sent != c.sent || sent < c.sent || sent > 2*c.sent+2 {
					t.Errorf("%d after %v, sent %d times; want %d, at most %v, %d\n%s", status, took, sent, c.status, c.took, c.sent, told.String())
				}
				if !strings.Contains(told.String(), c.log) {
					t.Errorf("logged %s, want %q", told.String(), c.log)
				}
				if client.Audits().Dropped() != 0 {
					t.Error("the event was queued")
				}
			})
		})
	}
}

// TestAuditRecordTenant holds that an event that is required and has no tenant lets
// nobody in, that those who are denied cannot fill a log with it, and that a closed
// client records nothing.
func TestAuditRecordTenant(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	issuer := authtest.New(t, authtest.WithClock(clock))
	g := newGateway(t, writes(201, ""))
	var told log
	client := g.connect(t, frontegg.Logger(told.logger()), frontegg.Clock(clock.Now))
	guard := issuer.Guard(auth.Auditor(client.Audits().Sink()), auth.Logger(told.logger()))
	open, closed := audited("High"), audited("High")
	open.Access = auth.Optional
	open.Audit.Required, closed.Audit.Required = true, true
	guard.Require(open, closed)
	member := issuer.Token(authtest.User("u1"), authtest.Tenant("t1"))
	admit := func(token string, rule *auth.Rule) int {
		_, c := guard.Admit(requestBy(token), nil, rule)
		if c == nil {
			return http.StatusOK
		}
		return c.Status()
	}
	var got []int
	for _, token := range []string{"", issuer.Token(authtest.User("u1")), member} {
		got = append(got, admit(token, open), admit(token, closed))
	}
	if want := []int{503, 401, 503, 503, 200, 200}; !slices.Equal(got, want) {
		t.Errorf("answered %v, want %v", got, want)
	}
	if text := told.String(); !strings.Contains(text, "the audit sink did not answer: frontegg: an audit event without a tenant cannot be sent") {
		t.Errorf("logged %s", text)
	}
	for range 1000 {
		admit("", closed)
	}
	if text := told.String(); strings.Count(text, "is not sent") != 10 || strings.Contains(text, "a required audit event is not recorded\"") {
		t.Errorf("%d lines", strings.Count(text, "is not sent"))
	}
	if n := len(g.seen()); n != 2 {
		t.Errorf("%d events were sent, want 2", n)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if status := admit(member, closed); status != 503 || len(g.seen()) != 2 {
		t.Errorf("after Close: %d, %d sent", status, len(g.seen()))
	}
}
