package auth

import (
	"context"
	"time"
)

// FeatureProvider answers the directive features. An error, a panic or an
// ended context makes the answer unknown: the caller gets 503, and the text of
// the error is logged and part of [Challenge.Reason], so it should hold no
// secrets and nothing of the caller. Of a panic only the type is told.
// Implementations are called by many requests at a time.
type FeatureProvider interface {
	Entitled(ctx context.Context, id *Identity, feature string) (bool, error)
}

// Preparer is a [FeatureProvider] that has something to do before it can answer.
// [Guard.Require] calls Prepare for each rule that demands features; it returns at
// once.
type Preparer interface{ Prepare() }

// ResourceChecker answers the directive check: may id do permission on the
// object? object never holds a slash, backslash, percent sign, control
// character or dot segment that came from the request's path. Errors and
// panics count, and are told of, as for [FeatureProvider].
type ResourceChecker interface {
	Check(ctx context.Context, id *Identity, typ, object, permission string) (bool, error)
}

// RevocationChecker tells whether a valid token was revoked before it expires. It
// is asked for each request, also when the token was verified before, so it should
// look at memory and not allocate. A revoked token is answered with 401. Errors
// and panics count, and are told of, as for [FeatureProvider].
type RevocationChecker interface {
	Revoked(ctx context.Context, id *Identity) (bool, error)
}

// AuditSink receives an event for each decision on a handler with an audit
// directive. It is called before the handler runs, so it must not block.
type AuditSink interface {
	Audit(ctx context.Context, event AuditEvent)
}

// AuditRecorder is a sink that can tell whether it has an event. Rules whose audit is
// required need one. A sink that wraps another implements it by asking that one.
type AuditRecorder interface {
	AuditSink
	// Record takes the place of Audit for rules whose audit is required. It returns
	// nil when the event is recorded, and bounds by itself how long that lasts: the
	// request waits. Where the call is allowed, the handler runs after a nil alone;
	// an error or a panic is answered with 503, as those of [FeatureProvider] are.
	// A denial stays what it is, errors are logged, and ctx does not end when the
	// caller hangs up.
	//
	// An event that was recorded and says allowed can be of a call whose handler
	// did not run: the answer may have been lost.
	Record(ctx context.Context, event AuditEvent) error
}

// AuditPreparer is an [AuditSink] that can tell at start that it will not be able to
// take events. [Guard.Require] calls PrepareAudit for each rule with an audit
// directive, and panics with its error.
type AuditPreparer interface {
	PrepareAudit(handler string) error
}

// AuditEvent is one decision.
type AuditEvent struct {
	Name     string
	Severity string
	Handler  string // Rule.Handler
	Time     time.Time
	Allowed  bool
	Status   int       // of the challenge; 0 when allowed
	Code     string    // of the challenge; "" when allowed
	Reason   string    // of the challenge, see [Challenge.Reason]; "" when allowed
	Identity *Identity // nil when the caller is unknown
	Method   string
	Path     string
	Remote   string // address of the peer, as net/http gives it
	// RequestID is the header X-Request-Id, see [Event].
	RequestID string
	// UserAgent and ForwardedFor are the headers User-Agent and X-Forwarded-For, as
	// they came: what several of the latter say, in their order, with commas between.
	// Any caller can write them.
	UserAgent, ForwardedFor string
}
