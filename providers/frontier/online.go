package frontier

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// principal is who a token is for.
type principal struct {
	kind    auth.Kinds
	subject string
}

// online asks the server whether callers are still there. It is an
// [auth.RevocationChecker].
type online struct {
	client  *Client
	keep    time.Duration
	revoked *memory[principal, bool]
}

func newOnline(c *Client) *online {
	o := &online{client: c, keep: c.options.checks.onlineFor, revoked: newMemory[principal, bool](c)}
	if !c.options.checks.online {
		o.keep = c.options.checks.decisionsFor
	}
	o.revoked.fresh = o.keep == 0
	return o
}

// Revoked implements [auth.RevocationChecker]. Identities of other issuers are not the
// server's to revoke.
func (o *online) Revoked(ctx context.Context, id *auth.Identity) (bool, error) {
	switch {
	case id.Issuer() != o.client.settings.issuer:
		return false, nil
	case !o.client.knows(id):
		return false, errors.New("frontier: the identity is none that the server has")
	}
	who := principal{id.Kind(), id.Subject()}
	if known, ok := o.revoked.find(who); ok {
		return known.value, nil
	}
	token, owner := id.Token(), id.UserID()
	if token == "" {
		return false, errNoToken
	}
	who.subject = strings.Clone(who.subject)
	known, err := o.revoked.once(ctx, who, func(ctx context.Context) (known[bool], error) {
		return o.ask(ctx, who, owner, token)
	})
	return known.value, err
}

// ask asks who a token is for. owner is the user behind it.
func (o *online) ask(ctx context.Context, who principal, owner, token string) (known[bool], error) {
	began := o.client.now()
	var out struct {
		User        byID `json:"user"`
		ServiceUser byID `json:"serviceuser"`
	}
	err := o.client.call(ctx, mainService, rpcCurrentUser, bearer(token), nil, &out)
	answer := known[bool]{spanFrom(began, o.keep), err != nil}
	var told *Error
	switch {
	case err == nil:
		found := out.User.ID
		if who.kind == auth.KindService {
			found = out.ServiceUser.ID
		}
		if who.kind != auth.KindPAT {
			owner = who.subject // guards with other issuers may leave the user's id out
		}
		if found == "" || found != owner {
			return known[bool]{}, unavailable(fmt.Errorf("frontier: %s: the answer is not about the caller", rpcCurrentUser))
		}
		return answer, nil
	case isGone(err), errors.Is(err, ErrPermissionDenied):
		return answer, nil
	case errors.Is(err, ErrUnauthenticated), who.kind == auth.KindService && errors.As(err, &told) && told.Code == "internal":
		// Of this token, or what the server says of service users that were deleted,
		// and perhaps of its own trouble: not to be remembered.
		return known[bool]{value: true}, nil
	}
	return known[bool]{}, err
}

// check answers the check frontier:identity#online.
func (o *online) check(ctx context.Context, id *auth.Identity, object, permission string) auth.CheckAnswer {
	if object != onlineObject || permission != onlinePermission {
		return auth.CheckAnswer{Err: errors.New("frontier: there is no such check")}
	}
	revoked, err := o.Revoked(ctx, id)
	return auth.CheckAnswer{Allowed: err == nil && !revoked, Err: err}
}
