package frontegg

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
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

// idTokens returns the guard of id tokens, by the issuer and the keys that the guards
// of the client trust. That one is valid does not make it a token for a login.
func (c *Client) idTokens() (*auth.Guard, error) {
	c.signedIn.once.Do(func() { c.signedIn.guard, c.signedIn.err = c.idTokenGuard() })
	return c.signedIn.guard, c.signedIn.err
}

func (c *Client) idTokenGuard() (*auth.Guard, error) {
	url, opts := c.trust()
	opts = append(opts, c.options.guard.issuerOptions...)
	// Whatever those say of access tokens, an id token is what it is, and for us.
	all := []string{auth.Any}
	opts = append(opts, auth.Mapping(idTokenClaims()), auth.IssuesOnly(auth.KindUser), auth.Audience(c.settings.audiences()...),
		auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Unclear: true, Roles: all, Permissions: all, Scopes: all, Tenants: all, OwnsUserIDs: true}))
	guard, err := auth.New(context.Background(), auth.Issuer(url, opts...),
		auth.LazyStart(), auth.InsecureHTTP(c.settings.insecure...), auth.Clock(c.now), auth.Logger(c.logger),
		auth.HTTPClient(c.keyClient()))
	if err != nil {
		return nil, fmt.Errorf("frontegg: %w", err)
	}
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
