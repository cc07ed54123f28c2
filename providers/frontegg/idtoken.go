package frontegg

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"

	auth "github.com/authgen/authgen/runtime"
)

// idTokenClaims is what id tokens say.
func idTokenClaims() auth.Claims {
	claims := auth.MappingOIDC.Claims()
	claims.Refuse = nil // it refuses id tokens
	claims.Tenant, claims.Tenants = []string{"tenantId"}, []auth.ListClaim{auth.ClaimStrings("tenantIds")}
	return claims
}

// verifyIDToken verifies an id token with the keys of the environment's domain.
// That it is a valid token does not make it one for this login.
func (c *Client) verifyIDToken(ctx context.Context, idToken string) (*auth.Identity, error) {
	base, err := c.baseURL(ctx)
	if err != nil {
		return nil, err
	}
	guard, err := c.idTokenGuard(ctx, base)
	if err != nil {
		return nil, err
	}
	return guard.Validate(ctx, idToken)
}

// idTokenGuard returns the guard for id tokens of an issuer, which it keeps.
func (c *Client) idTokenGuard(ctx context.Context, issuer string) (*auth.Guard, error) {
	c.domain.mu.Lock()
	defer c.domain.mu.Unlock()
	if c.domain.guard != nil && c.domain.issuer == issuer {
		return c.domain.guard, nil
	}
	guard, err := auth.New(ctx,
		auth.Issuer(issuer, auth.Audience(c.settings.audiences()...), auth.Mapping(idTokenClaims()), auth.IssuesOnly(auth.KindUser), auth.Algorithms("RS256")),
		auth.LazyStart(), auth.InsecureHTTP(c.settings.insecure...), auth.Clock(c.now), auth.Logger(c.logger),
		auth.HTTPClient(&http.Client{Transport: c.base, Timeout: c.options.timeout}))
	if err != nil {
		return nil, fmt.Errorf("frontegg: %w", err)
	}
	c.domain.guard, c.domain.issuer = guard, issuer
	return guard, nil
}

// checkIDToken checks what a guard does not (OpenID Connect Core section 3.1.3.7):
// the party that the token was issued to, which is one of parties, and the nonce.
func checkIDToken(user *auth.Identity, parties []string, nonce string) error {
	if user == nil {
		return errors.New("was not verified")
	}
	azp, found := user.Claim("azp")
	party, _ := azp.(string)
	aud, _ := user.Claim("aud")
	if list, _ := aud.([]any); (found || len(list) > 1) && !slices.Contains(parties, party) {
		return errors.New("azp is not our client id")
	}
	if nonce == "" {
		return nil
	}
	value, _ := user.Claim("nonce")
	if text, ok := value.(string); !ok || subtle.ConstantTimeCompare([]byte(text), []byte(nonce)) != 1 {
		return errors.New("nonce is not that of the login")
	}
	return nil
}
