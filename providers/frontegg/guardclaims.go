package frontegg

import (
	"slices"

	auth "github.com/authgen/authgen/runtime"
)

const (
	accessKinds = auth.KindUserAccess | auth.KindTenantAccess
	bearerKinds = auth.KindUser | auth.KindUserAPI | auth.KindTenantAPI | auth.KindVendor
)

// requiredClaims are the claims that tokens have to have, by kind. Of iss, sub, aud
// and exp, which guards require of all tokens, a kind need not have what it does not
// name.
var requiredClaims = []auth.Requirement{
	{Kinds: auth.KindUser | auth.KindUserAPI | auth.KindTenantAPI | auth.KindTenantAccess, Claims: []string{"iss", "sub", "aud", "exp", "iat", "type", "tenantId"}},
	{Kinds: auth.KindUserAccess, Claims: []string{"iss", "sub", "aud", "exp", "iat", "type", "tenantId", "userId"}},
	{Kinds: auth.KindVendor, Claims: []string{"type", "vendorId", "iat", "exp"}},
}

// optionalClaims are those that [InsecureWithoutClaims] may name.
var optionalClaims = []string{"iss", "sub", "aud", "exp", "iat", "tenantId"}

// claims is what the environment's tokens say. vendorID is that of our own vendor
// tokens.
func (o *guardOptions) claims(vendorID string) auth.Claims {
	claims := auth.MappingFrontegg.Claims()
	claims.Required = nil
	// An access token cannot hold a hash of itself: these are ID tokens.
	claims.Refuse = append(claims.Refuse, auth.HasClaim("at_hash"), auth.HasClaim("c_hash"))
	claims.StepUp.ChallengeMalformed = true // as the other SDKs answer
	for _, row := range requiredClaims {
		// The guard requires these itself, and names them in reasons as others do.
		named := slices.DeleteFunc(slices.Clone(row.Claims), func(name string) bool {
			return name == "iss" || name == "sub" || name == "aud" || name == "exp" || o.lacks(name)
		})
		required := auth.Requirement{Kinds: row.Kinds, Claims: named}
		if row.Kinds == auth.KindVendor {
			required.Conditions = []auth.Condition{auth.ClaimIs("vendorId", vendorID)}
		}
		claims.Required = append(claims.Required, required)
		for _, name := range []string{"iss", "sub", "aud"} {
			if !slices.Contains(row.Claims, name) || o.lacks(name) {
				claims.MayLack = append(claims.MayLack, auth.Exemption{Kinds: row.Kinds, Claims: []string{name}})
			}
		}
	}
	return claims
}

// lacks reports whether an option says that tokens may lack a claim.
func (o *guardOptions) lacks(claim string) bool { return slices.Contains(o.without, claim) }
