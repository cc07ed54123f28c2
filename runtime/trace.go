package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
)

// trace tells of a decision, where somebody is told: small, because most requests
// are admitted and nobody is.
func (g *Guard) trace(r *http.Request, rule *Rule, id *Identity, c *Challenge) {
	if c != nil || g.opts.observer != nil || rule.Audit.Name != "" {
		g.tell(r, rule, id, c)
	}
}

// tell tells the log, the observer and the auditor of a decision; id may have
// been refused.
func (g *Guard) tell(r *http.Request, rule *Rule, id *Identity, c *Challenge) {
	observed := g.ready() && g.opts.observer != nil
	if observed || c != nil {
		ctx, e := decisionEvent(r, rule, id, c)
		if c != nil && !(observed && g.opts.observerLogs) {
			g.logDenial(ctx, e)
		}
		if observed {
			g.observe(ctx, e)
		}
	}
	if rule != nil && rule.Audit.Name != "" {
		g.audit(r, rule, id, c)
	}
}

// logDenial explains a denial to the developer.
func (g *Guard) logDenial(ctx context.Context, e Event) {
	log := logObserver{slog.Default()}
	if g.ready() {
		log.logger = g.opts.logger
	}
	log.Observe(ctx, e)
}

// decisionEvent makes the event of a decision, and returns its context; r, rule,
// id and c may be nil.
func decisionEvent(r *http.Request, rule *Rule, id *Identity, c *Challenge) (context.Context, Event) {
	ctx, e := context.Background(), Event{Kind: EventAllowed}
	if r != nil {
		ctx, e.Method, e.RequestID = r.Context(), r.Method, requestID(r)
	}
	if rule != nil {
		e.Handler = rule.Handler
	}
	if id != nil {
		e.TokenKind, e.Issuer = id.kind, id.IssuerName()
	}
	if c != nil {
		e.Kind = EventDenied
		e.Status, e.Code, e.OAuthError, e.Reason = c.Status(), c.Code(), challengeTable[c.kind].oauthError, c.reason
	}
	return ctx, e
}

// maxRequestID is the length of the longest request id that is repeated.
const maxRequestID = 128

// requestID returns the request's id as its sender says it, "" when it does not
// or says what could pass for something else in a log.
func requestID(r *http.Request) string {
	values := r.Header["X-Request-Id"]
	if len(values) != 1 || len(values[0]) > maxRequestID {
		return ""
	}
	for i := range len(values[0]) {
		switch c := values[0][i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return ""
		}
	}
	return values[0]
}

// audit reports a decision. A sink that panics does not change it.
func (g *Guard) audit(r *http.Request, rule *Rule, id *Identity, c *Challenge) {
	if !g.ready() || r == nil {
		return
	}
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
