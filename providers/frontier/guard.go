package frontier

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	auth "github.com/authgen/authgen/runtime"
)

// IssuerName is that of the server in guards, for the directive issuer and logs.
const IssuerName = "frontier"

// New makes a guard for the server at url, of a client that it owns:
// [auth.Guard.Close] closes it. See [Connect] for the settings and [Client.Guard] for
// what the guard admits; [GuardOptions] gives it further options.
func New(ctx context.Context, url string, opts ...Option) (*auth.Guard, error) {
	c, err := Connect(ctx, url, opts...)
	if err != nil {
		return nil, err
	}
	guard, err := c.Guard(ctx, auth.OnClose(c))
	if err != nil {
		_ = c.Close() // nothing waits
		return nil, err
	}
	return guard, nil
}

// Guard makes a guard for the server's users, service users and personal access
// tokens. The server is named "frontier" among issuers, unless [IssuerOptions] say
// otherwise. opts come after those of
// [GuardOptions] and of the client.
//
//	credential                            in                              is
//	access token                          Authorization: Bearer, X-User-Token  verified here
//	personal access token (fpt_…)         Authorization: Bearer, X-User-Token  exchanged
//	assertion of a service user's key     Authorization: Bearer, X-User-Token  exchanged
//	id and secret, id and opaque token    Authorization: Basic            exchanged
//	session                               cookie sid                      exchanged
//
// Access tokens are JWTs that the server made: signed with RS256 by one of its keys
// (GetJWKs, new ones count without a restart), iss as [Issuer] says, gen "system",
// sub_type that of a user, a service user or a personal access token, and sub a uuid.
// They have no audience: one that was made for any application of the server passes,
// which the guard warns of at start unless [Orgs] or [Projects] is given, and
// [auth.Guard.Weaknesses] tells of unless Projects is.
//
// What is exchanged is sent to the server (AuthToken), and the token that comes back
// is verified as any other. The answer counts for [ExchangeFor], after which what was
// deleted, revoked or logged out is refused; access tokens count until they end,
// whatever became of who they are for. Two refusals are alike to the server, so all
// are 401; where it does not answer, or answers with an error of its own (500), the
// guard answers 503. Comparing a service user's secret costs the server most of a
// second: what has not the form of its secrets (see [BasicSecrets]) is refused without
// asking, and there are no more than two such exchanges of one id at a time, and eight
// in all. A part of these is for credentials that were good before, for which others
// wait for as long as [Timeout]; where too many wait the guard answers 503, and where
// more than 256 others (sessions, personal access tokens, assertions) are exchanged.
//
// Two credentials in headers are refused (400), and a session beside one is not looked
// at, unless [ServerOrder] is given. With the session cookie, all methods but GET, HEAD
// and OPTIONS and all WebSockets need proof that they come from a page of the
// service's own origin or one of [TrustedOrigins], see [auth.SameOriginCookies].
//
// Memberships are [auth.Identity.Tenants]; a personal access token's owner is its
// UserID. Tokens have no roles and no permissions.
//
// The server answers the checks of rules, for its own identities alone and asked with
// the caller's own token (CheckResourcePermission, several of one rule by one
// BatchCheckPermission), and an answer counts for [DecisionsFor]. The type of a check
// is a namespace of the server (app/project, storage/file) or one of its short names
// (project, organization, org, group); the id a uuid, see [ResourceNames]; and the
// permission is called there as [Permissions] says. A permission that the server does
// not have is 503, and tells of itself when the guard is wired, where the server
// answers then. What is in an organization that is disabled is denied, which the
// server alone does not do: it is asked for the organization too, as the caller or, for
// those who may not "get" it, as this program. Where neither may, the answer is 503.
// See [ResourceProject] for namespaces of one's own.
//
// Features are those of the organization of the token's project, which [Orgs] has to
// admit, or for tokens of no project of the only organization that the token names and
// Orgs admits; callers with several are denied (CheckFeatureEntitlement).
//
// Access tokens outlive what became of who they are for. With [CheckOnline] all
// requests, and with the check frontier:identity#online those of a rule, are denied
// once the server knows the caller no more (GetCurrentUser): users that were disabled
// or deleted, service users that were deleted, personal access tokens that were, and
// service users and tokens of an organization that was disabled. A session that ended
// and a secret that was deleted do not end tokens that were made before, and the
// server does not tell: callers who bring session or secret themselves are refused
// after [ExchangeFor]. CheckOnline answers 401, the check 403.
//
// Guard asks the server for nothing: the first request with a credential does. The
// guard is of no use after [Client.Close].
func (c *Client) Guard(ctx context.Context, opts ...auth.Option) (*auth.Guard, error) {
	if c == nil || c.settings == nil {
		return nil, errNotConnected
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("frontier: %w", err)
	}
	if len(c.options.orgs) == 0 && len(c.options.projects) == 0 {
		c.logger.WarnContext(ctx, "frontier: tokens have no audience: one that was made for any application of this server is admitted (see Orgs and Projects)")
	}
	all := []auth.Option{
		c.issuer(), auth.LazyStart(), auth.InsecureHTTP(c.options.insecureHosts...), auth.Logger(c.logger),
		auth.HTTPClient(&http.Client{Transport: c.base, Timeout: c.options.timeout}),
		auth.UserTokenHeader(), auth.Cookie(sessionCookie), auth.SameOriginCookies(c.options.trustedOrigins...),
		auth.Exchange(c.exchanges, auth.CarrierBearer, auth.CarrierUserToken, auth.CarrierBasic, auth.CarrierCookie),
	}
	all = append(all, auth.KeepTokens(), auth.Checker(c.checker), auth.Features(c.checker))
	if c.options.checks.online {
		all = append(all, auth.Revocations(c.online))
	}
	if c.options.serverOrder {
		all = append(all, auth.CredentialOrder(auth.CarrierCookie, auth.CarrierBearer, auth.CarrierUserToken, auth.CarrierBasic))
	}
	if c.options.ownClock {
		all = append(all, auth.Clock(c.now))
	}
	all = append(all, c.options.guardOptions...)
	guard, err := auth.New(ctx, append(all, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("frontier: %w", err)
	}
	return guard, nil
}

// issuer is the server, to a guard.
func (c *Client) issuer() auth.Option {
	claims := auth.MappingFrontier.Claims()
	opts := []auth.IssuerOption{
		auth.Name(IssuerName), auth.Algorithms("RS256"), auth.FetchKeys(c.settings.url, c.keySet), auth.Accept(c.accepts),
	}
	if projects := c.options.projects; len(projects) > 0 {
		claims.AudienceFrom = "project_id"
		opts = append(opts, auth.Audience(projects...))
	} else {
		opts = append(opts, auth.InsecureNoAudience())
	}
	opts = append(opts, auth.Mapping(claims))
	return auth.Issuer(c.settings.issuer, append(opts, c.options.issuerOptions...)...)
}

// accepts is what tokens meet beside what their mapping says.
func (c *Client) accepts(id *auth.Identity) error {
	switch {
	case !ownKinds.Has(id.Kind()):
		return errors.New("sub_type is none that is known")
	case !isUUID(id.Subject()):
		return errors.New("sub is no uuid")
	case len(c.options.orgs) > 0 && !slices.ContainsFunc(id.Tenants(), func(org string) bool { return slices.Contains(c.options.orgs, org) }):
		return errors.New("org_ids names none of the organizations that are admitted (Orgs)")
	}
	return nil
}

const ownKinds = auth.KindUser | auth.KindService | auth.KindPAT
