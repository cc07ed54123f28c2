package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
)

// audit reports a decision. A sink that panics does not change it.
func (g *Guard) audit(r *http.Request, rule *Rule, id *Identity, c *Challenge) {
	event := g.auditEvent(r, rule, id, c)
	if g.opts.auditor == nil {
		g.opts.logger.LogAttrs(r.Context(), slog.LevelInfo, "auth: audit", event.attributes()...)
		return
	}
	defer func() {
		if p := recover(); p != nil {
			g.opts.logger.LogAttrs(r.Context(), slog.LevelError, "auth: the audit sink panicked", slog.String("panic", fmt.Sprintf("%T", p)))
		}
	}()
	g.opts.auditor.Audit(r.Context(), event)
}

// record has an audit event recorded that the rule requires, and returns the
// decision: without the event nobody is admitted.
func (g *Guard) record(r *http.Request, rule *Rule, id *Identity, c *Challenge) *Challenge {
	ctx := r.Context()
	if c != nil {
		// Who hangs up is not to leave no trace.
		ctx = context.WithoutCancel(ctx)
	}
	event := g.auditEvent(r, rule, id, c)
	_, trouble, err := g.consult(ctx, ProviderAudit, func() (bool, error) {
		if g.opts.recorder == nil {
			return false, errors.New("the guard has none that can tell whether it has an event (auth.AuditRecorder)")
		}
		err := g.opts.recorder.Record(ctx, event)
		return err == nil, err
	})
	switch {
	case err == nil:
	case c == nil:
		return g.challenge(challengeUnavailable, "the required audit event is not recorded: "+trouble+": "+err.Error())
	default:
		attributes := append(event.attributes(), slog.String("error", trouble+": "+err.Error()))
		g.opts.logger.LogAttrs(ctx, slog.LevelError, "auth: a required audit event is not recorded", attributes...)
	}
	return c
}

// auditEvent makes the event of a decision.
func (g *Guard) auditEvent(r *http.Request, rule *Rule, id *Identity, c *Challenge) AuditEvent {
	event := AuditEvent{
		Name: rule.Audit.Name, Severity: rule.Audit.Severity, Handler: rule.Handler,
		Time: g.opts.clock(), Allowed: c == nil, Identity: id, Method: r.Method, Remote: r.RemoteAddr,
		RequestID: requestID(r), UserAgent: r.UserAgent(), ForwardedFor: strings.Join(r.Header["X-Forwarded-For"], ","),
	}
	if r.URL != nil {
		event.Path = r.URL.Path
	}
	if c != nil {
		event.Status, event.Code, event.Reason = c.Status(), c.Code(), c.reason
	}
	return event
}

// attributes are the event for a log, without values of claims.
func (e *AuditEvent) attributes() []slog.Attr {
	list := []slog.Attr{
		slog.String("name", e.Name), slog.String("severity", e.Severity), slog.String("handler", e.Handler),
		slog.Bool("allowed", e.Allowed),
	}
	if !e.Allowed {
		list = append(list, slog.Int("status", e.Status), slog.String("reason", e.Reason))
	}
	list = append(list, slog.String("method", e.Method), slog.String("path", e.Path), slog.String("remote", e.Remote))
	if e.RequestID != "" {
		list = append(list, slog.String("request_id", e.RequestID))
	}
	if e.Identity != nil {
		list = append(list, slog.String("kind", e.Identity.Kind().String()), slog.String("issuer", e.Identity.IssuerName()))
	}
	return list
}
