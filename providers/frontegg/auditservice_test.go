package frontegg_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontegg"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
)

// Rules as the generator writes them.
var (
	ruleUpload = auth.Rule{
		Handler: "example.com/app/files.Upload", Access: auth.Restricted,
		All:   []auth.Demands{{Permissions: []string{"uploadFile"}}},
		Audit: auth.Audit{Name: "Upload", Severity: "High"},
	}
	ruleRotate = auth.Rule{
		Handler: "example.com/app/keys.Rotate", Access: auth.Restricted,
		All:   []auth.Demands{{Roles: []string{"admin"}}},
		Audit: auth.Audit{Name: "Rotate", Severity: "Critical", Required: true},
	}
)

// auditedService is a program on a real socket, in an environment of its own.
type auditedService struct {
	fake   *ft.Fake
	client *frontegg.Client
	log    *log
	url    string
	calls  atomic.Int32 // of handlers
}

func newAuditedService(t *testing.T, opts ...frontegg.Option) *auditedService {
	t.Helper()
	clock := authtest.NewClock(time.Now().Truncate(time.Second)) // stands still, and with it the pace of the log
	s := &auditedService{fake: ft.New(t, ft.WithClock(clock)), log: new(log)}
	client, err := frontegg.Connect(t.Context(), append([]frontegg.Option{
		environment(s.fake.Settings()), frontegg.Clock(clock.Now), frontegg.Logger(s.log.logger()),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	guard, err := client.Guard(t.Context(), auth.Auditor(client.Audits().Sink()))
	if err != nil {
		t.Fatal(err)
	}
	guard.Require(&ruleUpload, &ruleRotate)
	mux := http.NewServeMux()
	handler := func(w http.ResponseWriter, _ *http.Request, id *auth.Identity) {
		s.calls.Add(1)
		fmt.Fprint(w, id.UserID())
	}
	mux.HandleFunc("POST /files/{id}", nethttp.HandlerIdentity(guard, &ruleUpload, handler))
	mux.HandleFunc("POST /keys", nethttp.HandlerIdentity(guard, &ruleRotate, handler))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.client, s.url = client, server.URL
	return s
}

// post returns the status of the answer, and whether the handler ran.
func (s *auditedService) post(t *testing.T, path, token string) (status int, ran bool) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"User-Agent": {"curl/8"}, "X-Request-Id": {"r1"}, "X-Forwarded-For": {"203.0.113.9"}}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	before := s.calls.Load()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode, s.calls.Load() > before
}

// TestAuditedService holds what Frontegg has of the calls of a program, as its client
// reads it back.
func TestAuditedService(t *testing.T) {
	t.Parallel()
	s := newAuditedService(t)
	ada := s.fake.Token(ft.User("ada"), ft.Permissions("uploadFile"), ft.Email("ada@example.com"))
	admin := s.fake.Token(ft.User("eve"), ft.Roles("admin"), ft.Tenant("t2"))
	// Nobody waits for Frontegg, which answers nothing, or learns of it.
	release := s.fake.Hold(ft.SendAudit)
	for _, c := range []struct {
		token  string
		status int
	}{{ada, 200}, {admin, 403}, {"", 401}, {s.fake.Token(ft.User("ada"), ft.Expired()), 401}} {
		if status, ran := s.post(t, "/files/1?secret=x", c.token); status != c.status || ran != (status == 200) {
			t.Errorf("answered %d, want %d; the handler ran: %v", status, c.status, ran)
		}
	}
	release()
	if err := s.fake.Await(t.Context(), ft.SendAudit, 2); err != nil {
		t.Fatal(err)
	}
	// What is required is there before the answer is, and otherwise there is none.
	if status, ran := s.post(t, "/keys", admin); status != 200 || !ran {
		t.Errorf("answered %d, the handler ran: %v", status, ran)
	}
	recorded := func() int {
		return len(slices.DeleteFunc(s.fake.Audits("t2"), func(a map[string]any) bool { return a["action"] != "Rotate" }))
	}
	if n := recorded(); n != 1 {
		t.Errorf("%d events of the call that was answered", n)
	}
	s.fake.Fail(ft.SendAudit, 2, ft.Status(http.StatusBadRequest))
	if status, ran := s.post(t, "/keys", admin); status != 503 || ran {
		t.Errorf("answered %d, the handler ran: %v", status, ran)
	}
	if status, ran := s.post(t, "/keys", ada); status != 403 || ran {
		t.Errorf("answered %d, the handler ran: %v", status, ran)
	}
	if n := strings.Count(s.log.String(), "a required audit event is not recorded\""); n != 1 || recorded() != 1 {
		t.Errorf("%d denials are told of as not recorded, %d events", n, recorded())
	}
	if status, _ := s.post(t, "/keys", ""); status != 401 {
		t.Errorf("answered %d", status)
	}

	reader, err := frontegg.Connect(t.Context(), environment(s.fake.Settings()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := s.client.Close(); err != nil || s.client.Audits().Dropped() != 0 {
		t.Errorf("%v, %d dropped", err, s.client.Audits().Dropped())
	}
	for _, c := range []struct {
		query frontegg.AuditQuery
		want  []string
	}{
		{frontegg.AuditQuery{TenantID: ft.DefaultTenant}, []string{"High Upload allowed ada@example.com 127.0.0.1 curl/8"}},
		{frontegg.AuditQuery{TenantID: "t2", Filters: map[string]string{"action": "Upload"}}, []string{"High Upload denied: permission_denied eve@example.com 127.0.0.1 curl/8"}},
		{frontegg.AuditQuery{TenantID: "t2", Filters: map[string]string{"severity": "Critical"}, Count: 1}, []string{"Critical Rotate allowed eve@example.com 127.0.0.1 curl/8"}},
	} {
		page, err := reader.Audits().List(t.Context(), c.query)
		var got []string
		for _, a := range page.Data {
			got = append(got, fmt.Sprint(a.Severity, " ", a.Action, " ", a.Description, " ", a.Email, " ", a.IP, " ", a.UserAgent))
			for _, field := range []string{`"resource":"POST /`, `"requestId":"r1"`, `"tokenKind":"user"`, `"time":"`} {
				if !strings.Contains(string(a.Raw), field) || strings.Contains(string(a.Raw), "secret") {
					t.Errorf("%s is not in %s, or the query is", field, a.Raw)
				}
			}
		}
		if err != nil || page.Total != len(c.want) || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q of %d, %v; want %q", c.query, got, page.Total, err, c.want)
		}
	}
	if stats, err := reader.Audits().Stats(t.Context(), "t2", nil); err != nil || stats.TotalToday != 2 || stats.SevereThisWeek != 2 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// TestAuditedServiceFlood holds that neither anonymous callers nor a Frontegg that
// does not answer makes a program slow, or loses events silently.
func TestAuditedServiceFlood(t *testing.T) {
	t.Parallel()
	s := newAuditedService(t, frontegg.AuditQueue(2), frontegg.AuditTimeout(50*time.Millisecond), frontegg.FlushTimeout(0))
	for range 50 {
		s.post(t, "/files/1", "")
		s.post(t, "/keys", "")
	}
	if n := strings.Count(s.log.String(), "without a tenant is not sent"); n != 10 || s.fake.Calls(ft.SendAudit) != 0 {
		t.Errorf("%d lines, %d sent", n, s.fake.Calls(ft.SendAudit))
	}
	if err := s.client.Authenticate(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.fake.Hold(ft.SendAudit)()
	ada := s.fake.Token(ft.User("ada"), ft.Permissions("uploadFile"), ft.Roles("admin"))
	for i := range 4 { // as many as are sent at a time
		if status, _ := s.post(t, "/files/1", ada); status != 200 {
			t.Errorf("answered %d", status)
		}
		if err := s.fake.Await(t.Context(), ft.SendAudit, i+1); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		if status, _ := s.post(t, "/files/1", ada); status != 200 {
			t.Errorf("answered %d", status)
		}
	}
	if n := s.client.Audits().Dropped(); n != 8 || strings.Count(s.log.String(), "audit events are dropped") != 1 {
		t.Errorf("%d dropped, want 8", n)
	}
	if status, ran := s.post(t, "/keys", ada); status != 503 || ran {
		t.Errorf("answered %d, the handler ran: %v", status, ran)
	}
	if err := s.client.Close(); err == nil || s.client.Audits().Dropped() != 14 {
		t.Errorf("%v, %d dropped, want all 14", err, s.client.Audits().Dropped())
	}
}
