package frontegg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/authgen/authgen/internal/provider"
	auth "github.com/authgen/authgen/runtime"
)

const (
	maxAuditText = 1 << 10
	maxHops      = 32
)

// Sink returns the receiver of the events of rules with an audit directive, for
// [auth.Auditor]. It queues them, without ever making a request wait or fail, and
// they are sent in the background, each at least once: where an answer is lost it is
// sent again, and Frontegg may then have it more often. When more than [AuditQueue]
// wait they are dropped, counted by [Audits.Dropped] and told of in the log.
//
//	tenantId     the identity's active tenant
//	severity     the directive's; Info where it names none
//	action       the name in the directive
//	description  "allowed", or "denied" with the code of the answer
//	user         the identity's user id, or its subject where it has none
//	email        the identity's
//	resource     method and path of the request, without its query
//	ip           the peer of the connection; where that is one of TrustedProxies,
//	             the last address in X-Forwarded-For that is none of them
//	userAgent    the header User-Agent
//	time         when the guard decided
//	allowed      whether the guard admitted the request
//	status       of the answer, where it was denied
//	requestId    the header X-Request-Id, as auth.Event has it
//	tokenKind    the kind of token, such as "user"
//
// Events that a rule requires are not queued: the request waits until Frontegg has
// taken one, which is tried again as long as [AuditTimeout]. Where the call is allowed
// and that fails, or the event has no tenant, the handler does not run.
//
// The reason of a denial, the rule and the handler are not sent: administrators of
// tenants can read audits. Texts end at 1024 bytes.
//
// An event without a tenant is logged at level INFO and not sent: it is that of a
// caller who is not known, most often a denied one, or of a vendor. As anybody can
// cause such events, the log has ten at once and one a second at most, and tells how
// many it has not.
//
// Where a guard trusts other issuers too, wrap this in a sink that passes on the
// events of identities whose tenants are Frontegg's, and has both methods.
func (a *Audits) Sink() auth.AuditRecorder {
	c := a.client
	return &auditSink{
		send: a.Send, queue: c.queue, timeout: c.options.auditTimeout, now: c.now, logger: c.logger, proxies: c.options.proxies,
		unsent: &provider.Limiter{Most: 10, Interval: time.Second},
	}
}

type auditSink struct {
	send    func(context.Context, Audit) error
	queue   *provider.Queue[Audit]
	timeout time.Duration // of events that are required
	now     func() time.Time
	logger  *slog.Logger
	proxies []netip.Prefix
	unsent  *provider.Limiter // of events without a tenant
}

// Audit implements auth.AuditSink.
func (s *auditSink) Audit(ctx context.Context, e auth.AuditEvent) {
	if !hasTenant(&e) {
		s.tellUnsent(ctx, &e)
		return
	}
	s.queue.Add(s.audit(&e))
}

// Record implements auth.AuditRecorder.
func (s *auditSink) Record(ctx context.Context, e auth.AuditEvent) error {
	if !hasTenant(&e) {
		// Anybody can be denied, so that those are not the guard's to log.
		if !e.Allowed {
			s.tellUnsent(ctx, &e)
			return nil
		}
		return errors.New("frontegg: an audit event without a tenant cannot be sent")
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	audit := s.audit(&e)
	for failures := 1; ; failures++ {
		err := s.send(ctx, audit)
		var answer *Error
		tooMany := errors.As(err, &answer) && answer.Status == http.StatusTooManyRequests // and the time to stay away is too long
		if err == nil || tooMany || !worthAnother(err) || !provider.Sleep(ctx, provider.Backoff(failures, provider.FirstQueuePause, provider.LongestFlushPause)) {
			return err
		}
	}
}

func hasTenant(e *auth.AuditEvent) bool { return e.Identity != nil && e.Identity.Tenant() != "" }

// tellUnsent logs an event that has no tenant, not too often.
func (s *auditSink) tellUnsent(ctx context.Context, e *auth.AuditEvent) {
	if ok, before := s.unsent.Allow(s.now()); ok {
		s.logger.LogAttrs(ctx, slog.LevelInfo, "frontegg: an audit event without a tenant is not sent",
			slog.String("name", e.Name), slog.Bool("allowed", e.Allowed), slog.Int("status", e.Status),
			slog.String("method", e.Method), slog.String("path", cut(e.Path, maxAuditText)),
			slog.String("ip", s.address(e)), slog.Uint64("not_logged", before))
	}
}

// audit is the event as Frontegg gets it. The identity has a tenant.
func (s *auditSink) audit(e *auth.AuditEvent) Audit {
	id := e.Identity
	a := Audit{
		TenantID: id.Tenant(), Severity: Severity(e.Severity), Action: e.Name, Description: "allowed",
		User: id.UserID(), Email: id.Email(), Resource: fmt.Sprintf("%s %s", e.Method, e.Path),
		IP: s.address(e), UserAgent: e.UserAgent, Time: e.Time,
		Fields: map[string]any{"allowed": e.Allowed, "tokenKind": id.Kind().String()},
	}
	if !a.Severity.known() {
		a.Severity = SeverityInfo
	}
	if a.User == "" {
		a.User = id.Subject()
	}
	if !e.Allowed {
		a.Description = "denied: " + e.Code
		a.Fields["status"] = e.Status
	}
	if e.RequestID != "" {
		a.Fields["requestId"] = e.RequestID
	}
	for _, text := range []*string{&a.User, &a.Email, &a.Resource, &a.UserAgent} {
		*text = cut(*text, maxAuditText)
	}
	return a
}

// address is the caller's, as far as somebody who is trusted says it. What no proxy
// that is named vouches for does not count: any caller can write such headers.
func (s *auditSink) address(e *auth.AuditEvent) string {
	host, _, err := net.SplitHostPort(e.Remote)
	if err != nil {
		host = e.Remote
	}
	peer, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	at := peer.Unmap().WithZone("")
	rest := e.ForwardedFor
	for range maxHops {
		if rest == "" || !s.trusted(at) {
			break
		}
		i := strings.LastIndexByte(rest, ',')
		next, err := netip.ParseAddr(strings.TrimSpace(rest[i+1:]))
		if err != nil {
			break
		}
		at, rest = next.Unmap().WithZone(""), rest[:max(i, 0)]
	}
	return at.String()
}

func (s *auditSink) trusted(address netip.Addr) bool {
	return slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

func (c *Client) newAuditQueue() *provider.Queue[Audit] {
	return provider.NewQueue(provider.QueueConfig[Audit]{
		Name: "frontegg", What: "audit events", Send: c.Audits().Send, Most: c.options.auditQueue, Now: c.now, Logger: c.logger, Work: c.work,
		Again: func(err error) (bool, time.Duration) { return worthAnother(err), stayAway(err) },
	})
}

// worthAnother reports whether an audit may be sent after this error.
func worthAnother(err error) bool {
	var answer *Error
	if errors.As(err, &answer) {
		return provider.Transient(answer.Status) || answer.Status == http.StatusUnauthorized || answer.Status == http.StatusRequestTimeout
	}
	return errors.Is(err, ErrUnavailable)
}
