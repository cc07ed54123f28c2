package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
)

// trace tells the log, the observer and the auditor of a decision; id may have
// been refused.
func (g *Guard) trace(r *http.Request, rule *Rule, id *Identity, c *Challenge) {
	observed := g.ready() && g.opts.observer != nil
	if c != nil && !(observed && g.opts.observerLogs) {
		g.logDenial(r, rule, c)
	}
	if observed {
		g.observeDecision(r, rule, id, c)
	}
	if rule != nil && rule.Audit.Name != "" {
		g.audit(r, rule, id, c)
	}
}

// denialLevel is the level at which a denial is logged. Callers without a
// credential, or who hung up while we asked others, are everyday and told at
// debug level only.
func denialLevel(ctx context.Context, status int, oauthError string) slog.Level {
	switch {
	case status == http.StatusServiceUnavailable && !errors.Is(ctx.Err(), context.Canceled):
		return slog.LevelError
	case oauthError == "": // 503 too
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// logDenial explains a denial to the developer.
func (g *Guard) logDenial(r *http.Request, rule *Rule, c *Challenge) {
	logger, ctx := slog.Default(), context.Background()
	if g.ready() {
		logger = g.opts.logger
	}
	if r != nil {
		ctx = r.Context()
	}
	level := denialLevel(ctx, c.Status(), challengeTable[c.kind].oauthError)
	if !logger.Enabled(ctx, level) {
		return
	}
	attributes := []slog.Attr{slog.Int("status", c.Status()), slog.String("reason", c.reason)}
	if rule != nil {
		attributes = append(attributes, slog.String("handler", rule.Handler))
	}
	if r != nil {
		attributes = append(attributes, slog.String("method", r.Method))
		if id := requestID(r); id != "" {
			attributes = append(attributes, slog.String("request_id", id))
		}
	}
	logger.LogAttrs(ctx, level, "auth: denied", attributes...)
}

// audit reports a decision. A sink that panics does not change it.
func (g *Guard) audit(r *http.Request, rule *Rule, id *Identity, c *Challenge) {
	if !g.ready() || r == nil {
		return
	}
	event := AuditEvent{
		Name: rule.Audit.Name, Severity: rule.Audit.Severity, Handler: rule.Handler,
		Time: g.opts.clock(), Allowed: c == nil, Identity: id, Method: r.Method, Remote: r.RemoteAddr,
		RequestID: requestID(r),
	}
	if r.URL != nil {
		event.Path = r.URL.Path
	}
	if c != nil {
		event.Status, event.Code, event.Reason = c.Status(), c.Code(), c.reason
	}
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
