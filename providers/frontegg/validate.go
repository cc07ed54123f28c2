package frontegg

import (
	"context"
	"strings"
	"sync"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// madeGuard is a guard that the first who needs it makes.
type madeGuard struct {
	once  sync.Once
	guard *auth.Guard
	err   error
}

// Validate checks a token where no guarded handler is, as validateToken and
// validateIdentityOnToken of the other SDKs' IdentityClient do: by what
// [Client.Guard] admits, whatever header the token came in. "Bearer", in small or
// capital letters, and spaces before it are left out. Demands must all hold; beside
// those of this package it takes all of package auth, such as [auth.Tenant].
//
// The error is a *[auth.Challenge], whose Status is 401, 403 or 503 and whose Reason
// is for the log, unless the client cannot make a guard; it matches
// [auth.ErrUnauthenticated], [auth.ErrPermissionDenied], [auth.ErrStepUpRequired] or
// [auth.ErrUnavailable]. The identity is nil with an error.
func (c *Client) Validate(ctx context.Context, token string, demands ...auth.Demand) (*auth.Identity, error) {
	if c == nil {
		return nil, errNotConnected
	}
	c.hand.once.Do(func() { c.hand.guard, c.hand.err = c.Guard(context.Background()) })
	guard, err := c.hand.guard, c.hand.err
	if err != nil {
		return nil, err
	}
	const scheme = "Bearer " // in any case, as in a header
	if len(token) > len(scheme) && strings.EqualFold(token[:len(scheme)], scheme) {
		token = strings.TrimLeft(token[len(scheme):], " ")
	}
	return guard.Validate(ctx, token, demands...)
}

// Roles demands one of these roles, byte for byte. With [Permissions] both must hold.
// Nobody has one of none.
func Roles(keys ...string) auth.Demand { return auth.Roles(keys...) }

// Permissions demands one of these permissions, byte for byte. A wildcard that the
// token holds counts as a permission of that name alone. Nobody has one of none.
func Permissions(keys ...string) auth.Demand { return auth.Permissions(keys...) }

// WithRolesAndPermissions demands a token whose roles and permissions are known:
// those that the token says, and those that were looked up for an access token, which
// its identity always has. Vendor tokens have none.
func WithRolesAndPermissions() auth.Demand {
	return auth.Tokens(bearerKinds&^auth.KindVendor | accessKinds)
}

// AnyAge is the age of a step-up that may be as old as it is.
const AnyAge = auth.AnyAge

// StepUp demands that the user passed step-up authentication at most maxAge ago;
// [AnyAge] stands for any time, and zero for now, within ten seconds. Nothing else
// does: an auth_time that is absent, in the future or no number of seconds, and an amr
// that is no list, ask the user to step up again (401); tokens of machines and a
// negative age deny (403).
func StepUp(maxAge time.Duration) auth.Demand { return auth.StepUpWithin(maxAge) }
