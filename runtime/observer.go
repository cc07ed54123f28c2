package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Observer is told what a guard does, for metrics, traces and logs. Observe is
// called by many goroutines at a time, on the way of the request that the event
// is of: it must not block. One that panics changes nothing; the guard logs the
// type of the panic. ctx is the request's, or the background context for keys.
type Observer interface {
	Observe(ctx context.Context, e Event)
}

// Event is one thing that a guard did. It holds no token, no secret and no value
// of a claim; Err and Reason hold the text of a provider's error as it is. Fields
// that an event has no word on are zero.
type Event struct {
	Kind EventKind
	// Handler is Rule.Handler, in events of decisions and of cached tokens.
	Handler string
	// Method and RequestID are those of the request, in events of decisions.
	// RequestID is its header X-Request-Id, "" unless that stands there once and is
	// 1 to 128 characters of A-Z, a-z, 0-9, dot, underscore and hyphen.
	Method, RequestID string
	// TokenKind and Issuer are the kind of token and the name of its issuer, where
	// the caller is known; Issuer is also whose keys were fetched.
	TokenKind Kinds
	Issuer    string
	// Status and Code are those of the challenge. OAuthError is its error code
	// (RFC 6750 section 3.1), "" where no credential came and for 503. Reason is
	// for developers, see [Challenge.Reason].
	Status     int
	Code       string
	OAuthError string
	Reason     string
	// Provider was asked, and said Yes or not, unless there is Err.
	Provider Provider
	Yes      bool
	// Duration is how long the provider or the fetch of keys took.
	Duration time.Duration
	// Err tells why the provider or the fetch failed. Of a panic it has the type.
	Err error
	// IgnoredKeys is the number of keys in the fetched set that cannot be used.
	IgnoredKeys int
}

// EventKind says what an [Event] is of.
type EventKind uint8

// The kinds of event.
const (
	// EventAllowed and EventDenied are of each decision on a request. Public rules
	// allow too. [Guard.Validate] makes none: its caller has the error.
	EventAllowed EventKind = iota + 1
	// EventDenied has Status, Code, OAuthError and Reason.
	EventDenied
	// EventCacheHit and EventCacheMiss tell whether a token had been verified
	// before: that of the request, or the one that it was exchanged for.
	EventCacheHit
	EventCacheMiss
	// EventKeyRefresh is of each fetch of an issuer's keys: Issuer, Duration, and
	// Err or IgnoredKeys.
	EventKeyRefresh
	// EventProviderCall is of each question to a provider: Provider, Duration, and
	// Err or Yes.
	EventProviderCall
)

var eventNames = [...]string{
	EventAllowed: "allowed", EventDenied: "denied", EventCacheHit: "cache hit", EventCacheMiss: "cache miss",
	EventKeyRefresh: "key refresh", EventProviderCall: "provider call",
}

// String returns the name of the kind, such as "cache hit".
func (k EventKind) String() string {
	if int(k) < len(eventNames) && k != 0 {
		return eventNames[k]
	}
	return "unknown"
}

// Provider names who was asked, in events and reasons.
type Provider string

// The providers.
const (
	ProviderFeatures   Provider = "feature provider"
	ProviderChecker    Provider = "resource checker"
	ProviderRevocation Provider = "revocation checker"
	// ProviderRights is asked by [LookUp]; Yes says that the token is active.
	ProviderRights Provider = "rights source"
	// ProviderExchange is asked by [Exchange]; Yes says that it returned a token.
	ProviderExchange Provider = "credential exchanger"
	// ProviderAudit is asked to record events that a rule requires; Yes says that it
	// has.
	ProviderAudit Provider = "audit sink"
)

// Observe sets who is told what the guard does. A guard has one observer.
func Observe(observer Observer) Option {
	return func(o *options) error {
		switch {
		case observer == nil:
			return errors.New("Observe: the observer is nil")
		case o.observer != nil:
			return errors.New("Observe: is given twice")
		}
		o.observer = observer
		_, o.observerLogs = observer.(*logObserver)
		return nil
	}
}

// observe tells the observer. Callers make events only where there is one
// (g.opts.observer), so that guards without pay for a comparison alone.
func (g *Guard) observe(ctx context.Context, e Event) { g.opts.observe(ctx, e) }

func (o *options) observe(ctx context.Context, e Event) {
	if o.observer == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			defer func() { _ = recover() }() // the logger may be what panicked
			o.logger.LogAttrs(ctx, slog.LevelError, "auth: the observer panicked", slog.String("panic", fmt.Sprintf("%T", p)))
		}
	}()
	o.observer.Observe(ctx, e)
}

// LogObserver returns an observer that writes to logger: denials and failed
// fetches of keys at the levels at which a guard without it logs them, and
// everything else at debug level. A guard with it leaves these two to it, so
// that they are logged once; not so where an observer of another type passes events
// on to it. logger stands for slog.Default() where it is nil.
func LogObserver(logger *slog.Logger) Observer {
	if logger == nil {
		logger = slog.Default()
	}
	return &logObserver{logger}
}

type logObserver struct{ logger *slog.Logger }

// Observe implements Observer.
func (o *logObserver) Observe(ctx context.Context, e Event) {
	level := slog.LevelDebug
	switch {
	case e.Kind == EventDenied:
		level = e.denialLevel(ctx)
	case e.Kind == EventKeyRefresh && e.Err != nil:
		level = slog.LevelWarn
	}
	if o.logger.Enabled(ctx, level) {
		o.logger.LogAttrs(ctx, level, "auth: "+e.Kind.String(), e.attributes()...)
	}
}

// denialLevel is the level at which a denial is logged. Callers without a
// credential, or who hung up while we asked others, are everyday and told at
// debug level only.
func (e *Event) denialLevel(ctx context.Context) slog.Level {
	switch {
	case e.Status == http.StatusServiceUnavailable && !errors.Is(ctx.Err(), context.Canceled):
		return slog.LevelError
	case e.OAuthError == "": // 503 too
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// attributes are the fields of an event that say something.
func (e *Event) attributes() []slog.Attr {
	var list []slog.Attr
	text := func(name, value string) {
		if value != "" {
			list = append(list, slog.String(name, value))
		}
	}
	if e.Kind == EventDenied {
		list = append(list, slog.Int("status", e.Status))
	}
	text("reason", e.Reason)
	text("handler", e.Handler)
	text("method", e.Method)
	text("request_id", e.RequestID)
	text("issuer", e.Issuer)
	if e.TokenKind != KindUnclear {
		text("kind", e.TokenKind.String())
	}
	switch e.Kind {
	case EventProviderCall:
		text("provider", string(e.Provider))
		if e.Err == nil {
			list = append(list, slog.Bool("yes", e.Yes))
		}
	case EventKeyRefresh:
		if e.Err == nil {
			list = append(list, slog.Int("ignored_keys", e.IgnoredKeys))
		}
	default:
		return list
	}
	if e.Err != nil {
		text("reason", e.Err.Error())
	}
	return append(list, slog.Duration("duration", e.Duration))
}
