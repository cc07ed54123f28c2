package frontegg

import (
	"context"
	"fmt"
	"net/http"

	"github.com/authgen/authgen/internal/provider"
	auth "github.com/authgen/authgen/runtime"
)

// issuerName is that of the environment in guards, for the directive issuer and logs.
const issuerName = "frontegg"

// New makes a guard for the tokens of one environment, of a client that it owns:
// [auth.Guard.Close] closes it. See [Connect] for the settings and [Client.Guard] for
// what the guard admits; [GuardOptions] gives it further options.
func New(ctx context.Context, opts ...Option) (*auth.Guard, error) {
	c, err := Connect(ctx, opts...)
	if err != nil {
		return nil, err
	}
	guard, err := c.Guard(ctx, auth.OnClose(c))
	if err != nil {
		_ = c.Close() // nothing was sent with it
		return nil, err
	}
	return guard, nil
}

// Guard makes a guard for the environment's tokens, which is named "frontegg" among
// issuers. opts come after those of [GuardOptions] and of the client.
//
// Tokens are signed with RS256 by a key of the environment, which is found by OIDC
// discovery at its own domain ([BaseURL]); iss is that domain and aud the client id
// or one of [ApplicationIDs]. Frontegg documents that and it was not observed:
// [TokenIssuer], [ConfigurationKey], [InsecureNoIssuer], [InsecureNoAudience] and
// [IssuerOptions] replace it. New keys count without a restart, see [auth.Issuer].
//
//	type             header         has to have                               user id
//	userToken        authorization  iss sub aud exp iat type tenantId         sub
//	userApiToken     authorization  iss sub aud exp iat type tenantId         createdByUserId
//	tenantApiToken   authorization  iss sub aud exp iat type tenantId         none
//	userAccessToken  x-api-key      iss sub aud exp iat type tenantId userId  userId
//	tenantAccessToken x-api-key     iss sub aud exp iat type tenantId         none
//	vendor           authorization  type vendorId iat exp                     none
//
// A token of another type, one in the header of another kind, one that lacks a claim
// and one with at_hash or c_hash, which is an ID token, is not valid (401), for which
// the log has the reason; [InsecureWithoutClaims] is for templates that leave claims
// out. A vendor token is ours when vendorId is the client id, and passes only rules
// that name the kind. The tenant is tenantId; the list tenantIds admits nobody.
//
// Rights are those in the token, in lists of strings. Access tokens have none: for
// each request with one [Client.AccessTokens] is asked whether it is active and what
// it may, whatever the rule demands. Features are answered by [Client.Entitlements],
// for which nobody is asked before a rule demands one. Audit events of rules go to
// [Audits.Sink].
//
// A guard is for the tokens of one environment; those of another are not valid (401). A
// service of several makes a client and a guard for each.
//
// Guard asks Frontegg for nothing: the first request with a token does. While keys
// cannot be had, requests with tokens get 503; [Client.Authenticate] tells at start
// whether the credentials are good. The guard is of no use after [Client.Close].
func (c *Client) Guard(ctx context.Context, opts ...auth.Option) (*auth.Guard, error) {
	if c == nil || c.settings == nil {
		return nil, errNotConnected
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("frontegg: %w", err)
	}
	all := []auth.Option{
		c.issuer(), auth.LazyStart(), auth.InsecureHTTP(c.settings.insecure...), auth.Logger(c.logger),
		auth.HTTPClient(c.keyClient()),
		auth.APIKeyHeader(), auth.TokensIn("Authorization", bearerKinds), auth.TokensIn("X-Api-Key", accessKinds),
		auth.LookUp(accessKinds, c.AccessTokens()), auth.Features(features{c}), auth.Auditor(c.Audits().Sink()),
	}
	if c.options.ownClock {
		all = append(all, auth.Clock(c.now))
	}
	all = append(all, c.options.guard.options...)
	guard, err := auth.New(ctx, append(all, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("frontegg: %w", err)
	}
	return guard, nil
}

// issuer is the environment, to a guard.
func (c *Client) issuer() auth.Option {
	o := &c.options.guard
	url, opts := c.trust()
	opts = append(opts, auth.Mapping(o.claims(c.settings.clientID)))
	if o.noAudience {
		opts = append(opts, auth.InsecureNoAudience())
	} else {
		opts = append(opts, auth.Audience(c.settings.audiences()...))
	}
	if o.lacks("exp") {
		opts = append(opts, auth.InsecureNoExpiry())
	}
	return auth.Issuer(url, append(opts, o.issuerOptions...)...)
}

// trust is how the environment's issuer and keys are known: those of its tokens, and
// of its id tokens.
func (c *Client) trust() (url string, opts []auth.IssuerOption) {
	o := &c.options.guard
	opts = []auth.IssuerOption{auth.Name(issuerName), auth.Algorithms("RS256")}
	url = o.issuer
	switch {
	case o.noIssuer:
		opts = append(opts, auth.InsecureNoIssuer())
	case url == "" && c.settings.baseURL != "":
		url = c.settings.baseURL
	case url == "":
		opts = append(opts, auth.FindIssuer(c.findIssuer))
	}
	if o.noIssuer || o.configurationKey {
		opts = append(opts, auth.FetchKeys(c.settings.services[IdentityService], c.configurationKey))
	}
	return url, opts
}

// keyClient makes the requests of guards for keys: those that are open end with
// [Client.Close], and others fail then.
func (c *Client) keyClient() *http.Client {
	return &http.Client{Transport: &provider.Ending{Base: c.base, Work: c.work, Closed: ErrClosed}, Timeout: c.options.timeout}
}

// findIssuer asks for the environment's domain, which is the issuer.
func (c *Client) findIssuer(ctx context.Context) (string, error) {
	ctx, end := c.work.Bind(ctx)
	defer end()
	url, err := c.baseURL(ctx)
	if err != nil {
		return "", fmt.Errorf("the environment's domain is not known (%s, or see TokenIssuer and InsecureNoIssuer): %w", envBaseURL, err)
	}
	return url, nil
}

// configurationKey asks for the key that signs tokens, which is PEM.
func (c *Client) configurationKey(ctx context.Context) ([]byte, error) {
	ctx, end := c.work.Bind(ctx)
	defer end()
	var answer struct {
		PublicKey string `json:"publicKey"`
	}
	if err := c.getJSON(ctx, &answer, IdentityService, "resources", "configurations", "v1"); err != nil {
		return nil, err
	}
	if answer.PublicKey == "" {
		return nil, malformed(IdentityService)
	}
	return []byte(answer.PublicKey), nil
}
