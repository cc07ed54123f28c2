package auth

import "context"

type contextKey struct{}

// NewContext returns a context that carries id. Adapters call it for handlers
// that take no identity parameter.
func NewContext(ctx context.Context, id *Identity) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

// From returns the identity that the guard admitted. It is false in handlers
// of public rules, and of optional ones when no credential came, unless the rule
// of an area in front of them admitted somebody.
func From(ctx context.Context) (*Identity, bool) {
	id, _ := ctx.Value(contextKey{}).(*Identity)
	return id, id != nil
}
