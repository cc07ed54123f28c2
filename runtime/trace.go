package auth

import (
	"context"
	"log/slog"
	"net/http"
)

// told reports whether anybody is told of a decision: most requests are admitted and
// nobody is.
func (g *Guard) told(rule *Rule, c *Challenge) bool {
	return c != nil || g.opts.observer != nil || rule.Audit.on()
}

// tell tells the log, the observer and the auditor of a decision, and returns it: an
// audit event that is required and cannot be recorded makes it a denial. id may have
// been refused.
func (g *Guard) tell(r *http.Request, rule *Rule, id *Identity, c *Challenge) *Challenge {
	audited := g.ready() && r != nil && rule != nil && rule.Audit.on()
	required := audited && rule.Audit.Required
	if required {
		c = g.record(r, rule, id, c)
	}
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
	if audited && !required {
		g.audit(r, rule, id, c)
	}
	return c
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
