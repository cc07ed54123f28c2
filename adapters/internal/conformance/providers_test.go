package conformance_test

import (
	"context"
	"errors"
	"sync"

	auth "github.com/authgen/authgen/runtime"
)

// auditLog keeps audit events.
type auditLog struct {
	mu     sync.Mutex
	events []auth.AuditEvent
}

func (l *auditLog) Audit(_ context.Context, event auth.AuditEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, event)
}

func (l *auditLog) take() []auth.AuditEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	events := l.events
	l.events = nil
	return events
}

// provider entitles everybody to sso and allows callers their own projects,
// "of-" and their subject. Other names say how it fails.
type provider struct{}

func (provider) Entitled(_ context.Context, _ *auth.Identity, feature string) (bool, error) {
	return provide(feature, "sso")
}

func (provider) Check(_ context.Context, id *auth.Identity, typ, object, permission string) (bool, error) {
	if typ != "project" || permission != "update" {
		return false, errors.New("unknown question")
	}
	return provide(object, "of-"+id.Subject())
}

func provide(question, yes string) (bool, error) {
	switch question {
	case "down":
		return false, errors.New("unreachable")
	case "broken":
		panic("the provider is broken")
	}
	return question == yes, nil
}
