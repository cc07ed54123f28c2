package frontegg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/authgen/authgen/internal/provider"
	auth "github.com/authgen/authgen/runtime"
)

// accessTokenLife is how long what was looked up of access tokens counts, and so how
// long a token that was switched off, or a new one, may go unnoticed.
const accessTokenLife = 10 * time.Second

// accessTokens looks up access tokens, which carry no rights of their own: whether
// they are active, and their roles and permissions. It is the [auth.RightsSource] of
// guards for the kinds userAccessToken and tenantAccessToken.
//
// A token is active when it is on the list of those that are, and its entity is of the
// tenant, and of the user, that the token names and has not expired. The list comes
// first, so that tokens that were deleted cost no lookup each, and nothing is kept of
// them.
type accessTokens struct {
	client *Client
	cache  *sharedCache // nil where findings stay in this process
	local  findings
	joined flights
}

func newAccessTokens(c *Client) *accessTokens {
	return &accessTokens{client: c, cache: newSharedCache(c)}
}

// AccessTokens looks up tokens of the kinds userAccessToken and tenantAccessToken, for
// a guard that is made by hand:
//
//	guard, err := auth.New(ctx, …, auth.LookUp(auth.KindUserAccess|auth.KindTenantAccess, client.AccessTokens()))
//
// A token that is not active (401) is one that is not on Frontegg's list of active
// ones, that Frontegg does not know, that has expired there, whose tenant or user is
// another there, or whose sub has other characters than letters, digits, "-" and "_".
// While access tokens are switched off in the environment, none is active. Roles and
// permissions are those that Frontegg knows; what the token says of them does not
// count.
//
// What was found counts for ten seconds, in this process or in all that share a
// cache (see [CacheTokens]). All requests that need the same lookup at a time wait for
// one, at most as long as [Timeout]. What cannot be looked up is unknown (503), and
// Frontegg is asked for it again a second later, or when it wants to be (Retry-After).
func (c *Client) AccessTokens() auth.RightsSource { return c.access }

// accessKind is whose an access token is.
type accessKind uint8

const (
	ofUser accessKind = iota
	ofTenant
)

// segments are the names of the kinds in paths, and tokenTypes those in tokens.
var (
	segments   = [...]string{ofUser: "users", ofTenant: "tenants"}
	tokenTypes = [...]string{ofUser: "userAccessToken", ofTenant: "tenantAccessToken"}
)

// subject is the token that is asked about; with an empty id it is the list of those
// of the kind that are active.
type subject struct {
	kind accessKind
	id   string
}

// inactive is a reason for 401.
func inactive(why string) error { return fmt.Errorf("%w: %s", auth.ErrNotActive, why) }

var (
	errUnfitID      = inactive("its sub is no id of an access token")
	errNotListed    = inactive("it is not on the list of active access tokens")
	errNotFound     = inactive("Frontegg knows no such access token, or has access tokens switched off")
	errOtherTenant  = inactive("its tenant is another than that of the access token")
	errOtherUser    = inactive("its user is another than that of the access token")
	errTokenExpired = inactive("the access token has expired")
	errPanicked     = errors.New("the lookup panicked")
	errNoAccess     = errors.New("frontegg: it is no access token")
)

// Rights implements auth.RightsSource.
func (a *accessTokens) Rights(ctx context.Context, id *auth.Identity) (auth.Rights, error) {
	s := subject{id: id.Subject()}
	switch id.Kind() {
	case auth.KindUserAccess:
		s.kind = ofUser
	case auth.KindTenantAccess:
		s.kind = ofTenant
	default:
		return auth.Rights{}, errNoAccess
	}
	if !isTokenID(s.id) {
		return auth.Rights{}, errUnfitID
	}
	list, err := a.find(ctx, subject{kind: s.kind})
	if err != nil {
		return auth.Rights{}, err
	}
	if !list.lists(s.id) {
		return auth.Rights{}, errNotListed
	}
	found, err := a.find(ctx, s)
	if err != nil {
		return auth.Rights{}, err
	}
	e := found.entity
	switch {
	case e == nil:
		return auth.Rights{}, errNotFound
	case e.tenantID != id.Tenant():
		return auth.Rights{}, errOtherTenant
	case s.kind == ofUser && (e.userID == "" || e.userID != id.UserID()):
		return auth.Rights{}, errOtherUser
	case !e.expires.IsZero() && !a.client.now().Before(e.expires):
		return auth.Rights{}, errTokenExpired
	}
	return e.rights, nil
}

// isTokenID reports whether s is formed like an id, and nothing else in a path or in
// the name of a key.
func isTokenID(s string) bool {
	if s == "" || len(s) > 128 || s == activeSegment || s == idsKey {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// find returns what is known of s: from this process, from the shared cache, or from
// Frontegg. All who ask at a time wait for one lookup.
func (a *accessTokens) find(ctx context.Context, s subject) (*finding, error) {
	if f := a.local.get(s, a.client.now()); f != nil && f.failed == nil {
		return f, nil
	}
	return a.joined.do(ctx, a.client.work, s, func(ctx context.Context) (*finding, func(), error) {
		// Another lookup may have landed since.
		known := a.local.get(s, a.client.now())
		if known != nil && known.failed == nil {
			return known, nil, nil
		}
		if f := a.cache.get(ctx, s); f != nil {
			a.local.put(s, f)
			return f, nil, nil
		}
		if known != nil {
			return nil, nil, known.failed
		}
		f, text, err := a.ask(ctx, s)
		if err != nil {
			if now := a.client.now(); ctx.Err() == nil {
				a.local.put(s, &finding{from: now, until: now.Add(lookupPause(err)), bytes: 512, failed: err})
			}
			return nil, nil, err
		}
		a.local.put(s, f)
		return f, func() { a.cache.put(s, text, f.until) }, nil
	})
}

// lookupPause is how long Frontegg is not asked again after a lookup that failed. It is
// the time that a token of ours still has to be waited for, where that was missing.
func lookupPause(err error) time.Duration {
	if paused := (*provider.Paused)(nil); errors.As(err, &paused) {
		return paused.RetryAfter()
	}
	return max(firstLookupPause, stayAway(err))
}

const (
	// firstLookupPause is the pause where the answer does not say how long it is.
	firstLookupPause = time.Second

	activeSegment = "active"
	// disabledMessage is how Frontegg says that an environment has no access tokens.
	disabledMessage = "Api tokens are disabled"
)

// ask asks Frontegg. text is what is to be shared.
func (a *accessTokens) ask(ctx context.Context, s subject) (f *finding, text []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, a.client.options.timeout)
	defer cancel()
	last := s.id
	if last == "" {
		last = activeSegment
	}
	began := a.client.now()
	text, err = a.client.get(ctx, IdentityService, "resources", "vendor-only", segments[s.kind], "access-tokens", "v1", last)
	f = &finding{from: began, until: began.Add(accessTokenLife)}
	switch {
	case err == nil && f.read(s, text):
		return f, text, nil
	case err == nil:
		return nil, nil, malformed(IdentityService)
	case isNothing(s, err) && f.readShared(s, nothing(s), false):
		return f, nothing(s), nil
	}
	// Whatever else it is says nothing of the token: the reason may be ours.
	return nil, nil, unavailable(err)
}

// isNothing reports whether Frontegg says that there is no such token, or none at all.
func isNothing(s subject, err error) bool {
	var refused *Error
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Status {
	case http.StatusForbidden:
		return len(refused.Messages) > 0 && refused.Messages[0] == disabledMessage
	case http.StatusNotFound:
		return s.id != ""
	}
	return false
}
