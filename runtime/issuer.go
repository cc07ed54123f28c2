package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// issuer is one trusted issuer of a guard; it does not change after New, but
// for its keys.
type issuer struct {
	url, name string
	audiences []string
	claims    Claims
	algs      []string
	types     []string // typ header; nil for the default set
	leeway    time.Duration
	maxAge    time.Duration

	noAudience, noExpiry bool
	noIssuer             bool
	find                 func(context.Context) (string, error) // the URL; nil where that is known
	otherURLs            []string                              // of the guard's other issuers
	only                 Kinds
	asserts              *Assertion
	otherTenants         []string // that other issuers of the guard assert

	jwksURL string
	ownKeys func(context.Context) ([]byte, error)
	// ownKeysURL is what ownKeys asks; "" for nothing.
	ownKeysURL string
	static     []staticKeys
	secrets    []secret
	keys       *keySource
	watched    watched
	seed       uint64 // of the identities' name sets

	lookupKinds Kinds // whose rights are looked up
	accept      []func(*Identity) error
}

type staticKeys struct {
	what string // the option, for messages
	pem  bool
	data []byte
}

type secret struct {
	kid   string
	bytes []byte
}

// IssuerOption configures one issuer.
type IssuerOption func(*issuer) error

// Issuer makes the guard trust an issuer. url is compared with the claim iss
// byte for byte. Without [JWKS], [FetchKeys], [PublicKeyPEM], [PublicJWKS] or
// [HMACSecret] the keys are found by OIDC discovery at url.
//
// Fetched keys live as long as the answer with the keys says in Cache-Control
// (max-age less Age, RFC 9111; no-store and no-cache are no time), but between one
// minute and one hour, and 15 minutes when it does not say. Newer ones replace them,
// fetched after two thirds of that time or when a token needs another: a key that
// the issuer withdrew is trusted no longer than that time. While newer ones cannot
// be had, or a fetched set has no usable key, the last good ones serve for 24 hours
// and then their tokens are 503: an issuer cannot withdraw its last key by an empty
// set. Tokens that name keys which are not there cause a fetch each three seconds at
// most, but three at once.
func Issuer(url string, opts ...IssuerOption) Option {
	return func(o *options) error {
		is := &issuer{url: url, name: url, claims: MappingOIDC.Claims(), leeway: defaultLeeway}
		for _, opt := range opts {
			if opt == nil {
				continue
			}
			if err := opt(is); err != nil {
				return fmt.Errorf("issuer %q: %w", url, err)
			}
		}
		o.issuers = append(o.issuers, is)
		return nil
	}
}

// Name names the issuer for the directive issuer and in logs. It is the URL
// unless set.
func Name(name string) IssuerOption {
	return func(is *issuer) error {
		if name == "" {
			return errors.New("Name: is empty")
		}
		is.name = name
		return nil
	}
}

// Audience states which audiences are ours; a token must name one of them. It
// is required, see [InsecureNoAudience].
func Audience(audiences ...string) IssuerOption {
	return func(is *issuer) error {
		if len(audiences) == 0 || slices.Contains(audiences, "") {
			return errors.New("Audience: is empty")
		}
		is.audiences = append(is.audiences, audiences...)
		return nil
	}
}

// JWKS names the URL of the issuer's key set, instead of discovery.
func JWKS(url string) IssuerOption {
	return func(is *issuer) error {
		if url == "" {
			return errors.New("JWKS: is empty")
		}
		if is.jwksURL != "" {
			return errors.New("JWKS: is given twice")
		}
		is.jwksURL = url
		return nil
	}
}

// PublicKeyPEM adds a public key (PKIX or PKCS #1) or certificate. The key has
// no key id, so it must be the issuer's only one.
func PublicKeyPEM(pem []byte) IssuerOption {
	return func(is *issuer) error {
		is.static = append(is.static, staticKeys{"PublicKeyPEM", true, slices.Clone(pem)})
		return nil
	}
}

// PublicJWKS adds the public keys of a JWK Set or a single JWK. Keys that cannot
// be used, and such as show their private part, are left out and logged.
func PublicJWKS(document []byte) IssuerOption {
	return func(is *issuer) error {
		is.static = append(is.static, staticKeys{"PublicJWKS", false, slices.Clone(document)})
		return nil
	}
}

// HMACSecret trusts tokens that are signed with a shared secret, of at least 32
// bytes for HS256, 48 for HS384 and 64 for HS512. Everybody who can verify such
// a token can make one. kid may be empty when the issuer has one secret.
func HMACSecret(kid string, bytes []byte) IssuerOption {
	return func(is *issuer) error {
		is.secrets = append(is.secrets, secret{kid, slices.Clone(bytes)})
		return nil
	}
}

// Algorithms limits the signature algorithms. Unless set these are RS, PS and
// ES of 256, 384 and 512 bits and EdDSA, or HS256 to HS512 with [HMACSecret].
func Algorithms(names ...string) IssuerOption {
	return func(is *issuer) error {
		if len(names) == 0 {
			return errors.New("Algorithms: is empty")
		}
		for _, name := range names {
			if _, ok := algorithms[name]; !ok {
				return fmt.Errorf("Algorithms: %q is not supported", name)
			}
		}
		is.algs = slices.Clone(names)
		return nil
	}
}

// RequireType accepts only tokens whose typ header is one of these, without
// regard to case; "at+jwt" is the profile of RFC 9068 and also stands for
// "application/at+jwt". Unless set, typ may be absent, JWT or at+jwt.
func RequireType(types ...string) IssuerOption {
	return func(is *issuer) error {
		if len(types) == 0 || slices.Contains(types, "") {
			return errors.New("RequireType: is empty")
		}
		is.types = nil
		for _, t := range types {
			is.types = append(is.types, mediaType(t))
		}
		return nil
	}
}

// Leeway is how far the issuer's clock may be off, ten seconds unless set and
// at most a minute.
func Leeway(d time.Duration) IssuerOption {
	return func(is *issuer) error {
		if d < 0 || d > maxLeeway {
			return fmt.Errorf("Leeway: %v is not between 0 and %v", d, maxLeeway)
		}
		is.leeway = d
		return nil
	}
}

// MaxTokenAge refuses tokens that were issued longer ago, by their claim iat,
// which is then required.
func MaxTokenAge(d time.Duration) IssuerOption {
	return func(is *issuer) error {
		if d <= 0 {
			return errors.New("MaxTokenAge: must be positive")
		}
		is.maxAge = d
		return nil
	}
}

// Mapping says what the issuer's claims mean. It is [MappingOIDC] unless set.
func Mapping(mapping ClaimMapping) IssuerOption {
	return func(is *issuer) error {
		if mapping == nil {
			return errors.New("Mapping: is nil")
		}
		claims := mapping.mapping()
		if err := claims.check(); err != nil {
			return fmt.Errorf("Mapping: %w", err)
		}
		is.claims = claims
		return nil
	}
}

// IssuesOnly states that every token of this issuer is of one kind, for issuers
// whose tokens do not show it: with a sign-in service that serves people only,
// IssuesOnly(KindUser) lets plain access tokens reach handlers that take a
// *User. A token with evidence of another kind is then of an unclear kind.
func IssuesOnly(kind Kinds) IssuerOption {
	return func(is *issuer) error {
		if newIdentity(kind).typed == nil {
			return errors.New("IssuesOnly: name exactly one kind")
		}
		is.only = kind
		return nil
	}
}

// InsecureNoAudience accepts tokens for any audience. A token that was issued
// for another service of the same issuer, and leaked or was kept there, then
// opens this one.
func InsecureNoAudience() IssuerOption {
	return func(is *issuer) error {
		is.noAudience = true
		return nil
	}
}

// InsecureNoExpiry accepts tokens without an expiry. Such a token works until
// its key is withdrawn.
func InsecureNoExpiry() IssuerOption {
	return func(is *issuer) error {
		is.noExpiry = true
		return nil
	}
}

// Any stands in an [Assertion] for every value.
const Any = "*"

// Assertion limits what an issuer may say. It is required of each issuer when a
// guard trusts several, so that one of them cannot speak for another's users.
type Assertion struct {
	// Kinds of token. Tokens of other kinds are not valid.
	Kinds Kinds
	// Unclear admits tokens of an unclear kind too.
	Unclear bool
	// Roles, Permissions and Scopes that tokens may grant: nil for none, or
	// [Any]. What a token holds beyond them grants nothing.
	Roles, Permissions, Scopes []string
	// Tenants of this issuer. Tokens with another active tenant are not valid.
	// No tenant may belong to two issuers; [Any] stands for every tenant that no
	// other issuer of the guard names.
	Tenants []string
	// OwnsUserIDs says that the user ids in paths are this issuer's. At most one
	// issuer of a guard can own them; owner denies the identities of all others,
	// and their UserID is empty.
	OwnsUserIDs bool
}

// Asserts limits what the issuer may say.
func Asserts(a Assertion) IssuerOption {
	a.Roles, a.Permissions = slices.Clone(a.Roles), slices.Clone(a.Permissions)
	a.Scopes, a.Tenants = slices.Clone(a.Scopes), slices.Clone(a.Tenants)
	return func(is *issuer) error {
		if a.Kinds == 0 && !a.Unclear {
			return errors.New("Asserts: no kind of token is named")
		}
		asserts := a // the option may serve several guards
		is.asserts = &asserts
		return nil
	}
}

// checkIssuers decides what only all issuers together show.
func checkIssuers(issuers []*issuer) error {
	if err := checkURLs(issuers); err != nil {
		return err
	}
	owners := 0
	tenants := map[string]string{}
	for i, is := range issuers {
		for _, other := range issuers[:i] {
			if other.url == is.url && is.url != "" {
				return fmt.Errorf("issuer %q is given twice", is.url)
			}
			if other.name == is.name {
				return fmt.Errorf("two issuers have the name %q", is.name)
			}
		}
		if len(issuers) == 1 {
			break
		}
		if is.asserts == nil {
			return fmt.Errorf("issuer %q: with several issuers each needs Asserts", is.name)
		}
		if is.asserts.OwnsUserIDs {
			if owners++; owners > 1 {
				return fmt.Errorf("issuer %q: another issuer owns the user ids already", is.name)
			}
		}
		for _, tenant := range is.asserts.Tenants {
			if other, ok := tenants[tenant]; ok {
				return fmt.Errorf("issuer %q: tenant %q belongs to issuer %q already", is.name, tenant, other)
			}
			tenants[tenant] = is.name
		}
	}
	for _, is := range issuers {
		for tenant, owner := range tenants {
			if owner != is.name && tenant != Any {
				is.otherTenants = append(is.otherTenants, tenant)
			}
		}
	}
	return nil
}

// mayAssertTenant reports whether tenant is one of the issuer's.
func (is *issuer) mayAssertTenant(tenant string) bool {
	if is.asserts == nil {
		return true
	}
	if slices.Contains(is.asserts.Tenants, tenant) && tenant != Any {
		return true
	}
	return slices.Contains(is.asserts.Tenants, Any) && !slices.Contains(is.otherTenants, tenant)
}

// mapsTenants reports whether the issuer's tokens name tenants.
func (is *issuer) mapsTenants() bool {
	return len(is.claims.Tenant) > 0 || is.claims.TenantsAreMemberships && len(is.claims.Tenants) > 0
}

// ownsUserIDs reports whether user ids in paths are the issuer's.
func (is *issuer) ownsUserIDs() bool { return is.asserts == nil || is.asserts.OwnsUserIDs }

// limit splits held into what the issuer may grant and the rest.
func limit(held, allowed []string) (kept, dropped []string) {
	for _, v := range held {
		if slices.Contains(allowed, v) {
			kept = append(kept, v)
		} else {
			dropped = append(dropped, v)
		}
	}
	return kept, dropped
}

// mediaType returns a typ header in the form that is compared (RFC 7515
// section 4.1.9).
func mediaType(typ string) string {
	typ = strings.ToLower(typ)
	if rest, ok := strings.CutPrefix(typ, "application/"); ok && !strings.Contains(rest, "/") {
		return rest
	}
	return typ
}
