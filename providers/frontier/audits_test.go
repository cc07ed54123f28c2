package frontier_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

const nobody = "00000000-0000-0000-0000-000000000000"

// audited is a service whose rules ask for audit events.
type audited struct {
	*service
	client *frontier.Client
	people people
	ran    int
}

func newAudited(t *testing.T, opts ...frontier.Option) *audited {
	t.Helper()
	s := &audited{service: newService(t)}
	s.people = s.service.people()
	s.client = s.connect(t, opts...)
	guard, err := s.client.Guard(t.Context(), auth.Auditor(s.client.Audits().Sink()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guard.Close() })
	mux := http.NewServeMux()
	for path, rule := range map[string]auth.Rule{
		"/file":      {Access: auth.Restricted, Audit: auth.Audit{Name: "file.read", Severity: "High"}},
		"/ab":        {Access: auth.Restricted, Audit: auth.Audit{Name: "ab"}},
		"/org/{org}": {Access: auth.Restricted, Audit: auth.Audit{Name: "org.read"}, All: []auth.Demands{{Tenant: "org"}}},
		"/required":  {Access: auth.Restricted, Audit: auth.Audit{Name: "key.rotated", Required: true}},
		"/anybody":   {Access: auth.Optional, Audit: auth.Audit{Name: "page.seen"}},
		"/nobody":    {Access: auth.Optional, Audit: auth.Audit{Name: "page.seen", Required: true}},
	} {
		rule.Handler = "files.Read"
		mux.HandleFunc(path, nethttp.HandlerIdentity(guard, &rule, func(http.ResponseWriter, *http.Request, *auth.Identity) { s.ran++ }))
	}
	s.http = frontier.RequestIDs(mux)
	return s
}

// newUnprivileged makes a service that is known as a service user who may nothing.
func newUnprivileged(t *testing.T) (s *audited, machine ft.ServiceUser) {
	t.Helper()
	fake := newService(t)
	machine = fake.fake.CreateServiceUser(fake.fake.CreateOrg("vendor").ID, "service")
	token := fake.fake.CreateOpaqueToken(machine.ID)
	s = &audited{service: fake}
	s.people = fake.people()
	client, err := frontier.Connect(t.Context(), fake.fake.URL(), frontier.Environment(noEnvironment), frontier.Issuer(fake.fake.Issuer()),
		frontier.Credentials(token.ID, token.Secret), frontier.Clock(fake.clock.Now))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	s.client = client
	return s, machine
}

func (s *audited) get(t *testing.T, path string, want int, headers ...string) {
	t.Helper()
	if got := s.status(path, headers...); got != want {
		t.Errorf("%s: status %d, want %d", path, got, want)
	}
}

// flush closes the client, and returns what the server has written.
func (s *audited) flush(t *testing.T) []map[string]any {
	t.Helper()
	if err := s.client.Close(); err != nil {
		t.Error(err)
	}
	return s.fake.AuditRecords()
}

func textOf(record map[string]any, path ...string) string {
	var v any = record
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return fmt.Sprint(v)
}

// TestAudits holds what the server gets of each kind of caller.
func TestAudits(t *testing.T) {
	t.Parallel()
	s := newAudited(t)
	p := s.people
	ended := s.fake.Login(p.user.ID)
	lost := s.fake.Token(p.user.Principal(), ft.Claim("sid", ended.ID))
	s.fake.EndSession(ended.ID)
	gone, dismissed := s.fake.CreateUser("gone@example.com"), s.fake.CreateServiceUser(p.org.ID, "dismissed")
	ofGone, ofDismissed := s.fake.Token(gone.Principal(), ft.SessionOf(s.fake.Login(gone.ID))), s.fake.Token(dismissed.Principal())
	s.fake.DeleteUser(gone.ID)
	s.fake.DeleteServiceUser(dismissed.ID)
	cases := []struct {
		name, path string
		headers    []string
		status     int
		want       map[string]string
	}{
		{"a user", "/file?secret=x", []string{"Cookie", "sid=" + p.session.Cookie, "User-Agent", "Firefox"}, 200, map[string]string{
			"event": "file.read", "actor.type": "app/user", "actor.id": p.session.ID, "org_id": p.org.ID, "resource.id": p.org.ID, "resource.type": "app/organization",
			"occurred_at": s.clock.Now().UTC().Format(time.RFC3339), "metadata.subject": p.user.ID, "metadata.subject_type": "app/user",
			"metadata.allowed": "true", "metadata.severity": "High", "metadata.method": "GET", "metadata.path": "/file", "metadata.user_agent": "Firefox", "metadata.status": "<nil>",
		}},
		{"a service user", "/ab", []string{"Authorization", "Bearer " + s.fake.Token(p.machine.Principal())}, 200, map[string]string{
			"event": "audit.ab", "actor.type": "app/serviceuser", "actor.id": p.machine.ID, "metadata.subject": p.machine.ID, "org_id": p.org.ID,
		}},
		{"a personal access token", "/file", []string{"Authorization", "Bearer " + p.pat.Token}, 200, map[string]string{
			"actor.type": "app/pat", "actor.id": p.pat.ID, "metadata.subject": p.pat.ID, "metadata.subject_type": "app/pat", "metadata.owner": p.user.ID,
		}},
		{"a user without a session", "/file", []string{"Authorization", "Bearer " + s.fake.Token(p.user.Principal(), ft.Claim("sid", nil))}, 200, map[string]string{
			"actor.type": "system", "actor.id": nobody, "metadata.subject": p.user.ID, "metadata.subject_type": "app/user",
		}},
		{"a user whose session ended", "/file", []string{"Authorization", "Bearer " + lost}, 200, map[string]string{
			"actor.type": "app/user", "actor.id": ended.ID, "metadata.subject": p.user.ID,
		}},
		{"a user who was deleted", "/file", []string{"Authorization", "Bearer " + ofGone}, 200, map[string]string{
			"actor.type": "system", "actor.id": nobody, "metadata.subject": gone.ID, "metadata.subject_type": "app/user",
		}},
		{"a service user that was deleted", "/file", []string{"Authorization", "Bearer " + ofDismissed}, 200, map[string]string{
			"actor.type": "system", "actor.id": nobody, "metadata.subject": dismissed.ID, "metadata.subject_type": "app/serviceuser",
		}},
		{"a required event of one", "/required", []string{"Authorization", "Bearer " + ofDismissed}, 200, map[string]string{
			"actor.type": "system", "actor.id": nobody, "metadata.subject": dismissed.ID,
		}},
		{"a user of no organization", "/file", []string{"Authorization", "Bearer " + s.fake.Token(s.fake.CreateUser("eve@other.example").Principal())}, 200, map[string]string{
			"org_id": nobody, "resource.type": "app/platform",
		}},
		{"a denial", "/org/" + nobody, []string{"Cookie", "sid=" + p.session.Cookie}, 403, map[string]string{
			"event": "org.read", "actor.id": p.session.ID, "metadata.allowed": "false", "metadata.status": "403",
		}},
		{"a required event", "/required", []string{"Cookie", "sid=" + p.session.Cookie}, 200, map[string]string{
			"event": "key.rotated", "actor.id": p.session.ID,
		}},
	}
	for i, c := range cases {
		s.get(t, c.path, c.status, append(c.headers, "X-Request-ID", fmt.Sprint("req-", i))...)
	}
	records := map[string]map[string]any{}
	for _, record := range s.flush(t) {
		records[textOf(record, "request_id")] = record
	}
	for i, c := range cases {
		for path, want := range c.want {
			if got := textOf(records[fmt.Sprint("req-", i)], strings.Split(path, ".")...); got != want {
				t.Errorf("%s: %s is %q, want %q", c.name, path, got, want)
			}
		}
	}
	sent := s.fake.Requests(ft.CreateAuditRecord)
	if len(records) != 11 || len(sent) != 14 || s.client.Audits().Dropped() != 0 {
		t.Errorf("%d records of %d requests, %d dropped", len(records), len(sent), s.client.Audits().Dropped())
	}
	keys := map[string]int{}
	for _, r := range sent {
		keys[keyOf(t, r)]++
		if strings.Contains(string(r.Body), "files.Read") || strings.Contains(string(r.Body), "secret=x") {
			t.Errorf("sent: %s", r.Body)
		}
	}
	if len(keys) != 11 {
		t.Errorf("%d keys for 11 events", len(keys))
	}
}

func keyOf(t *testing.T, r ft.Request) string {
	t.Helper()
	var in struct {
		Key string `json:"idempotency_key"`
	}
	if err := json.Unmarshal(r.Body, &in); err != nil || in.Key == "" {
		t.Errorf("no key: %s", r.Body)
	}
	return in.Key
}

// TestAuditOfOlderServers holds that servers which take no personal access token for an
// actor get the event all the same.
func TestAuditOfOlderServers(t *testing.T) {
	t.Parallel()
	s := newAudited(t)
	s.fake.Fail(ft.CreateAuditRecord, 1, ft.Status(400, "invalid_argument", "invalid actor type"))
	s.get(t, "/required", 200, "Authorization", "Bearer "+s.people.pat.Token)
	records := s.flush(t)
	if len(records) != 1 || textOf(records[0], "actor", "type") != "system" || textOf(records[0], "metadata", "subject") != s.people.pat.ID {
		t.Errorf("%v", records)
	}
}

// TestAuditAfterTrouble holds that a service user stays the actor of its event where the
// server answers an error of its own, which is also its answer about one that was deleted.
func TestAuditAfterTrouble(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/file", "/required"} {
		s := newAudited(t)
		s.fake.Fail(ft.CreateAuditRecord, 2, ft.Status(500, "internal", "internal server error"))
		s.get(t, path, 200, "Authorization", "Bearer "+s.fake.Token(s.people.machine.Principal()))
		records := s.flush(t)
		if len(records) != 1 || textOf(records[0], "actor", "type") != "app/serviceuser" || textOf(records[0], "actor", "id") != s.people.machine.ID {
			t.Errorf("%s: %v", path, records)
		}
	}
}

// TestAuditAgain holds that an event that is sent again is the same, and is written
// once though its first answer was lost.
func TestAuditAgain(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/file", "/required"} {
		s := newAudited(t)
		s.fake.Fail(ft.CreateAuditRecord, 1, ft.Status(503, "unavailable", "down"))
		s.fake.Fail(ft.CreateAuditRecord, 1, ft.Cut())
		s.get(t, path, 200, "Cookie", "sid="+s.people.session.Cookie)
		records, sent := s.flush(t), s.fake.Requests(ft.CreateAuditRecord)
		if len(records) != 1 || len(sent) != 3 || !slices.Equal(sent[0].Body, sent[1].Body) || !slices.Equal(sent[1].Body, sent[2].Body) {
			t.Errorf("%s: %d records of %d requests", path, len(records), len(sent))
		}
	}
}

// TestAuditRefused holds that an event whose credential was refused is sent again.
func TestAuditRefused(t *testing.T) {
	t.Parallel()
	s := newAudited(t)
	s.fake.Fail(ft.CreateAuditRecord, 2, ft.Status(401, "unauthenticated", "not authenticated")) // with another token too
	s.get(t, "/file", 200, "Cookie", "sid="+s.people.session.Cookie)
	if records := s.flush(t); len(records) != 1 || s.fake.Calls(ft.CreateAuditRecord) != 3 {
		t.Errorf("%d records of %d requests", len(records), s.fake.Calls(ft.CreateAuditRecord))
	}
}

// TestAuditTimeout holds how long a request waits for the event that its rule requires.
func TestAuditTimeout(t *testing.T) {
	t.Parallel()
	s := newAudited(t, frontier.AuditTimeout(time.Millisecond))
	defer s.fake.Hold(ft.CreateAuditRecord)()
	if got := s.ask("/required", "Cookie", "sid="+s.people.session.Cookie); got.StatusCode != 503 || got.Header.Get("Retry-After") == "" || s.ran != 0 {
		t.Errorf("%d, %d handlers ran", got.StatusCode, s.ran)
	}
	const timeout = 25 * time.Second
	ends := make(chan time.Time, 1)
	s = newAudited(t, frontier.AuditTimeout(timeout), frontier.Timeout(timeout), frontier.Transport(deadlines{ft.CreateAuditRecord, ends}))
	began := time.Now()
	s.get(t, "/required", 200, "Cookie", "sid="+s.people.session.Cookie)
	if end := <-ends; end.Before(began.Add(timeout)) {
		t.Errorf("the answer is waited for for %v", end.Sub(began))
	}
}

// TestAuditQueue holds that requests never wait for events, how many of these wait,
// and that Close sends them.
func TestAuditQueue(t *testing.T) {
	t.Parallel()
	s := newAudited(t, frontier.AuditQueue(2))
	release := s.fake.Hold(ft.CreateAuditRecord)
	for sent := 1; sent <= 4; sent++ { // as many as are sent at a time
		s.get(t, "/file", 200, "Cookie", "sid="+s.people.session.Cookie)
		if err := s.fake.Await(t.Context(), ft.CreateAuditRecord, sent); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		s.get(t, "/file", 200, "Cookie", "sid="+s.people.session.Cookie)
	}
	if n := s.client.Audits().Dropped(); n != 3 || strings.Count(s.log.String(), "audit events are dropped") != 1 {
		t.Errorf("%d dropped: %s", n, s.log)
	}
	release()
	if records := s.flush(t); len(records) != 6 {
		t.Errorf("%d records", len(records))
	}
}

// TestAuditClose holds that Close tells of what it could not send.
func TestAuditClose(t *testing.T) {
	t.Parallel()
	s := newAudited(t, frontier.FlushTimeout(time.Millisecond))
	defer s.fake.Hold(ft.CreateAuditRecord)()
	s.get(t, "/file", 200, "Cookie", "sid="+s.people.session.Cookie)
	if err := s.client.Close(); err == nil || err.Error() != "frontier: 1 audit events could not be sent" {
		t.Errorf("%v", err)
	}
}

// TestAuditNobody holds that events of callers who are not known are logged, not sent.
func TestAuditNobody(t *testing.T) {
	t.Parallel()
	s := newAudited(t)
	s.get(t, "/file", 401)
	s.get(t, "/required", 401)
	s.get(t, "/anybody", 200)
	s.get(t, "/nobody", 503)
	if n := strings.Count(s.log.String(), "is not sent"); n != 3 || s.ran != 1 || len(s.flush(t)) != 0 || s.fake.Calls(ft.CreateAuditRecord) != 0 {
		t.Errorf("%d logged, %d handlers ran: %s", n, s.ran, s.log)
	}
}

// wireAudit wires a rule with an event, and returns what it panics with, "" for nothing.
func (s *audited) wireAudit(guard *auth.Guard) (problem string) {
	defer func() {
		if p := recover(); p != nil {
			problem = fmt.Sprint(p)
		}
	}()
	guard.Require(&auth.Rule{Handler: "files.Read", Access: auth.Restricted, Audit: auth.Audit{Name: "file.read"}})
	return ""
}

// TestAuditOld holds that servers without audit records are told of at start, and not
// by each event.
func TestAuditOld(t *testing.T) {
	t.Parallel()
	s := &audited{service: newServiceOf(t, []ft.Option{ft.WithREST()})}
	s.client = s.connect(t)
	guard, err := s.client.Guard(t.Context(), auth.Auditor(s.client.Audits().Sink()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guard.Close() })
	if said := s.wireAudit(guard); !strings.Contains(said, "takes no audit records") {
		t.Errorf("wired: %q", said)
	}
	record := frontier.AuditRecord{Event: "file.read", Actor: frontier.AuditEntity{Type: "system", ID: nobody}, IdempotencyKey: frontier.NewIdempotencyKey()}
	for what, err := range map[string]error{"Ready": s.client.Audits().Ready(t.Context()), "Create": s.client.Audits().Create(t.Context(), record)} {
		if !errors.Is(err, frontier.ErrNoAudits) || errors.Is(err, frontier.ErrUnavailable) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestAuditForbidden holds that the start tells what the server would refuse, and that
// a rule that requires its event denies then.
func TestAuditForbidden(t *testing.T) {
	t.Parallel()
	s, machine := newUnprivileged(t)
	record := frontier.AuditRecord{Event: "file.read", Actor: frontier.AuditEntity{Type: "system", ID: nobody}, IdempotencyKey: frontier.NewIdempotencyKey()}
	if err := s.client.Audits().Ready(t.Context()); !errors.Is(err, frontier.ErrPermissionDenied) || !strings.Contains(err.Error(), "may not write audit records") {
		t.Errorf("Ready: %v", err)
	}
	if err := s.client.Audits().Create(t.Context(), record); !errors.Is(err, frontier.ErrPermissionDenied) {
		t.Errorf("Create: %v", err)
	}
	guard, err := s.client.Guard(t.Context(), auth.Auditor(s.client.Audits().Sink()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guard.Close() })
	if said := s.wireAudit(guard); !strings.Contains(said, "files.Read") || !strings.Contains(said, "may not write audit records") {
		t.Errorf("wired: %q", said)
	}
	// A server that is down at start does not keep the service from it.
	s.fake.Fail(ft.CheckFederatedResourcePermission, ft.Always, ft.Status(503, "unavailable", "down"))
	asked := s.fake.Calls(ft.CheckFederatedResourcePermission)
	if said := s.wireAudit(guard) + s.wireAudit(guard); said != "" || s.fake.Calls(ft.CheckFederatedResourcePermission) != asked+1 {
		t.Errorf("wired while it is down: %s", said)
	}
	s.fake.Heal()
	mux := http.NewServeMux()
	required := &auth.Rule{Handler: "files.Read", Access: auth.Restricted, Audit: auth.Audit{Name: "file.read", Required: true}}
	mux.HandleFunc("/required", nethttp.HandlerIdentity(guard, required, func(http.ResponseWriter, *http.Request, *auth.Identity) { s.ran++ }))
	s.http = mux
	s.get(t, "/required", 503, "Cookie", "sid="+s.people.session.Cookie)
	if s.ran != 0 || s.fake.Calls(ft.CreateAuditRecord) != 2 {
		t.Errorf("%d handlers ran, the server was asked %d times", s.ran, s.fake.Calls(ft.CreateAuditRecord))
	}
	s.fake.AddPlatformUser(machine.Principal(), "member")
	if err := s.client.Audits().Ready(t.Context()); err != nil {
		t.Errorf("Ready of a member: %v", err)
	}
	s.get(t, "/required", 200, "Cookie", "sid="+s.people.session.Cookie)
	if n := len(s.fake.AuditRecords()); n != 1 || s.ran != 1 {
		t.Errorf("%d records, %d handlers ran", n, s.ran)
	}
	s.fake.Stop()
	if err := s.client.Audits().Ready(t.Context()); !errors.Is(err, frontier.ErrUnavailable) {
		t.Errorf("Ready without a server: %v", err)
	}
}

// TestAuditCreate holds what an idempotency key does.
func TestAuditCreate(t *testing.T) {
	t.Parallel()
	s := newAudited(t)
	audits := s.client.Audits()
	record := frontier.AuditRecord{
		Event: "file.read", Actor: frontier.AuditEntity{Type: "app/serviceuser", ID: s.people.machine.ID}, Target: frontier.AuditEntity{ID: "f1", Type: "storage/file"},
		OccurredAt: s.clock.Now(), OrgID: s.people.org.ID, IdempotencyKey: frontier.NewIdempotencyKey(),
	}
	if err := errors.Join(audits.Create(t.Context(), record), audits.Create(t.Context(), record)); err != nil {
		t.Error(err)
	}
	other := record
	other.Event = "file.deleted"
	var told *frontier.Error
	if err := audits.Create(t.Context(), other); !errors.As(err, &told) || told.Status != http.StatusConflict || told.Code != "already_exists" {
		t.Errorf("another record: %v", err)
	}
	other.Event = "ab"
	keyless := record
	keyless.IdempotencyKey = ""
	calls := s.fake.Calls(ft.CreateAuditRecord)
	if audits.Create(t.Context(), other) == nil || audits.Create(t.Context(), keyless) == nil || s.fake.Calls(ft.CreateAuditRecord) != calls {
		t.Error("what the server refuses is sent")
	}
	if records := s.flush(t); len(records) != 1 {
		t.Errorf("%d records", len(records))
	}
	if err := audits.Create(t.Context(), record); !errors.Is(err, frontier.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
