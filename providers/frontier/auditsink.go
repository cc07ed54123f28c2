package frontier

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/authgen/authgen/internal/provider"
	auth "github.com/authgen/authgen/runtime"
)

const (
	maxAuditText  = 1 << 10
	maxAuditEvent = 255 // as the server's database takes
)

// Sink returns the receiver of the events of rules with an audit directive, for
// [auth.Auditor]. It queues them, without ever making a request wait or fail, and they
// are sent in the background (CreateAuditRecord). Each has an idempotency key of its
// own, which stays the same however often it is sent, so that it is written once. When
// more than [AuditQueue] wait they are dropped, counted by [Audits.Dropped] and told of
// in the log.
//
//	event        the name in the directive, after "audit." where it is shorter than
//	             three characters
//	actor        a user's session (the claim sid), a service user, or a personal
//	             access token
//	org_id       the identity's tenant or the only one that it has; else the nil uuid
//	resource     that organization, or the platform
//	request_id   the header X-Request-Id, as auth.Event has it
//	occurred_at  when the guard decided
//	metadata     subject, subject_type and, of personal access tokens, owner; allowed,
//	             and status and code of a denial; severity, method, path (without its
//	             query), user_agent
//
// The server takes no user, but a session, for an actor, and one that is over for a day
// yet. So users whose token has no sid, callers whom the server does not know any more
// (disabled users, and what was deleted), and personal access tokens on older servers are
// "system" there, and metadata alone says who they are.
//
// Events that a rule requires are not queued: the request waits until the server has
// taken one, which is tried again as long as [AuditTimeout]. Where the call is allowed
// and that fails, the handler does not run.
//
// Whether this program may write records is asked where the first rule with an audit
// directive is wired ([Audits.Ready]), which panics where it may not and where the
// server has no records. A server that does not answer then is told of in the log.
//
// Events of callers who are not known, or of another issuer, are logged at level INFO
// and not sent: ten at once and one a second at most, as anybody can cause them. A rule
// that requires them denies such callers. The reason of a denial, the rule and the
// handler are not sent. Texts end at 1024 bytes, events at 255.
func (a *Audits) Sink() auth.AuditRecorder {
	return &auditSink{client: a.client, unsent: &provider.Limiter{Most: 10, Interval: time.Second}}
}

type auditSink struct {
	client *Client
	unsent *provider.Limiter

	mu    sync.Mutex
	asked bool // whether records may be written
}

// PrepareAudit implements auth.AuditPreparer.
func (s *auditSink) PrepareAudit(handler string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked {
		return nil
	}
	switch err := s.client.Audits().Ready(context.Background()); {
	case errors.Is(err, ErrPermissionDenied), errors.Is(err, ErrNoAudits):
		return err
	case err != nil:
		s.client.logger.Warn("frontier: whether audit records may be written is not known, as the server does not answer", "handler", handler, "error", err)
	}
	s.asked = true // a server that is down would be waited for by each rule
	return nil
}

// Audit implements auth.AuditSink.
func (s *auditSink) Audit(ctx context.Context, e auth.AuditEvent) {
	if !s.knows(&e) {
		s.tellUnsent(ctx, &e)
		return
	}
	s.client.queue.Add(recordOf(&e))
}

// Record implements auth.AuditRecorder.
func (s *auditSink) Record(ctx context.Context, e auth.AuditEvent) error {
	if !s.knows(&e) {
		// Anybody can be denied, so that those are not the guard's to log.
		if !e.Allowed {
			s.tellUnsent(ctx, &e)
			return nil
		}
		return errors.New("frontier: an audit event of nobody that the server knows cannot be sent")
	}
	ctx, cancel := context.WithTimeout(ctx, s.client.options.audits.timeout)
	defer cancel()
	r := recordOf(&e)
	for failures := 1; ; failures++ {
		err := s.client.Audits().deliver(ctx, r)
		if err == nil {
			return nil
		}
		again, least := worthAnother(err)
		if !again || !provider.Sleep(ctx, max(provider.Backoff(failures, provider.FirstQueuePause, provider.LongestFlushPause), least)) {
			return err
		}
	}
}

func (s *auditSink) knows(e *auth.AuditEvent) bool {
	return e.Identity != nil && s.client.knows(e.Identity)
}

// tellUnsent logs an event that is not sent, not too often.
func (s *auditSink) tellUnsent(ctx context.Context, e *auth.AuditEvent) {
	if ok, before := s.unsent.Allow(s.client.now()); ok {
		s.client.logger.LogAttrs(ctx, slog.LevelInfo, "frontier: an audit event of nobody that the server knows is not sent",
			slog.String("name", e.Name), slog.Bool("allowed", e.Allowed), slog.Int("status", e.Status),
			slog.String("method", e.Method), slog.String("path", short(e.Path)), slog.Uint64("not_logged", before))
	}
}

// recordOf is the event as the server gets it. It keeps nothing of the identity's
// token alive.
func recordOf(e *auth.AuditEvent) *AuditRecord {
	id := e.Identity
	org := id.Tenant()
	if all := id.Tenants(); org == "" && len(all) == 1 {
		org = all[0]
	}
	r := &AuditRecord{
		Actor: AuditEntity{ID: nilUUID, Type: actorSystem}, Event: cut(e.Name, maxAuditEvent), OrgID: nilUUID,
		Resource:   AuditEntity{ID: nilUUID, Type: "app/platform", Name: "platform"},
		OccurredAt: e.Time.UTC(), RequestID: e.RequestID, IdempotencyKey: NewIdempotencyKey(),
		Metadata: map[string]any{
			"subject": short(id.Subject()), "allowed": e.Allowed, "severity": e.Severity,
			"method": short(e.Method), "path": short(e.Path), "user_agent": short(e.UserAgent),
		},
	}
	if len(r.Event) < shortestEvent {
		r.Event = "audit." + r.Event
	}
	if isUUID(org) {
		r.OrgID = strings.Clone(org)
		r.Resource = AuditEntity{ID: r.OrgID, Type: typeOrganization}
	}
	switch id.Kind() {
	case auth.KindUser:
		r.Metadata["subject_type"] = actorUser
		if sid := id.SessionID(); isUUID(sid) {
			r.Actor = AuditEntity{ID: strings.Clone(sid), Type: actorUser}
		}
	case auth.KindService:
		r.Metadata["subject_type"] = actorService
		r.Actor = AuditEntity{ID: short(id.Subject()), Type: actorService}
	case auth.KindPAT:
		r.Metadata["subject_type"], r.Metadata["owner"] = actorPAT, short(id.UserID())
		r.Actor = AuditEntity{ID: short(id.Subject()), Type: actorPAT}
	}
	if !e.Allowed {
		r.Metadata["status"], r.Metadata["code"] = e.Status, e.Code
	}
	return r
}

// short is a copy of text, cut.
func short(text string) string { return cut(text, maxAuditText) }

func cut(text string, most int) string {
	return strings.Clone(strings.ToValidUTF8(text[:min(len(text), most)], ""))
}
