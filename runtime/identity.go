package auth

import (
	"encoding/json"
	"slices"
	"sync/atomic"
	"time"
)

// Identity is who is calling, as a valid token says. It does not change, and
// any number of goroutines may read it: accessors return values and copies.
// The zero Identity is nobody.
//
// An identity is the pair of issuer and subject; a subject alone is not unique
// in a program that trusts several issuers.
//
// Pass on a pointer, such as &user.Identity of a [User]; requests with the same token
// share it. [As] of a copy returns the identity that was copied, and an assignment to
// one would change who is calling, for requests under way with the same token too: go
// vet reports both.
type Identity struct {
	_ noCopy
	facts
	parsed   atomic.Pointer[document]
	lookedUp atomic.Pointer[lookedUp] // nil before the first, and in one that was looked up
	self     *Identity                // this one, but in an identity that somebody assigned to
	typed    any                      // the typed identity that holds this one
}

// facts are what is known of an identity. They do not change.
type facts struct {
	kind    Kinds
	issuer  *issuer
	subject string
	userID  string
	tenant  string
	tenants nameSet
	// fitTenant and fitUserID are tenant and userID where a path parameter that
	// equals them, byte for byte, is that of the caller. They are empty where more
	// has to be looked at.
	fitTenant, fitUserID string
	membership           bool // tenants count as active, see Claims.TenantsAreMemberships
	// rightsLookedUp says that roles and permissions are those of a [RightsSource].
	rightsLookedUp bool

	roles, permissions, scopes nameSet
	// dropped holds what the token asserts beyond its issuer's limits.
	dropped  grants
	patterns []string // held permissions with wildcards that count

	stepUp  stepUpFacts
	actor   *Actor
	tokenID string
	// token is the text of the token, by a pointer because fmt prints what is behind
	// unexported fields, but not behind pointers there. It is nil without KeepTokens.
	token *string
	// payload is the text of the claims. It is parsed again when somebody asks for
	// one that is not kept here: most requests do not, and memory for all tokens
	// costs more than time for some.
	payload string
	nodes   int // of parsed at most
	tokenTimes
}

// noCopy is a lock to the eyes of go vet.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// grants are rights by name.
type grants struct{ roles, permissions, scopes []string }

// Actor is the party that acts for the subject: impersonation or delegation
// (RFC 8693 section 4.1).
type Actor struct {
	Subject string
	Issuer  string
}

// Subject returns the claim sub.
func (id *Identity) Subject() string { return id.subject }

// UserID returns the id of the person behind the token, by its kind: that of
// the caller for a User, that of the owner for tokens made by a person, and ""
// for services, tenants' tokens and tokens of an unclear kind. User ids are those
// of one issuer: identities of an issuer that has [Asserts] without OwnsUserIDs
// have none, and are known by Issuer and Subject.
func (id *Identity) UserID() string {
	if !id.ownsUserIDs() {
		return ""
	}
	return id.userID
}

func (id *Identity) ownsUserIDs() bool { return id.issuer != nil && id.issuer.ownsUserIDs() }

// Kind returns the kind of token, or KindUnclear.
func (id *Identity) Kind() Kinds { return id.kind }

// Issuer returns the issuer's URL, the claim iss.
func (id *Identity) Issuer() string {
	if id.issuer == nil {
		return ""
	}
	if id.issuer.url == "" { // the token's, with InsecureNoIssuer or FindIssuer
		return id.text([]string{"iss"})
	}
	return id.issuer.url
}

// IssuerName returns the issuer's name in this guard, see [Name].
func (id *Identity) IssuerName() string {
	if id.issuer == nil {
		return ""
	}
	return id.issuer.name
}

// Tenant returns the active tenant, or "".
func (id *Identity) Tenant() string { return id.tenant }

// Tenants returns the tenants that the token lists, but for those which its
// issuer may not assert, see [Asserts].
func (id *Identity) Tenants() []string {
	return slices.DeleteFunc(id.tenants.names(), func(tenant string) bool {
		return id.issuer == nil || !id.issuer.mayAssertTenant(tenant)
	})
}

// Roles returns the roles: those that the token lists, or those that were looked up,
// see [LookUp].
func (id *Identity) Roles() []string { return id.roles.names() }

// Permissions returns the permissions as the token lists them, or those that were
// looked up, see [LookUp].
func (id *Identity) Permissions() []string { return id.permissions.names() }

// AnyPermission reports whether match accepts one of the permissions that Permissions
// returns. It allocates nothing, and does not keep match.
func (id *Identity) AnyPermission(match func(held string) bool) bool {
	for i := range id.permissions.spans {
		if match(id.permissions.at(i)) {
			return true
		}
	}
	return false
}

// Scopes returns the OAuth scopes.
func (id *Identity) Scopes() []string { return id.scopes.names() }

// HasRole reports whether the identity holds role, byte for byte.
func (id *Identity) HasRole(role string) bool { return id.roles.has(role) }

// HasPermission reports whether the identity holds permission. Wildcards in
// held permissions count where the issuer's mapping says so.
func (id *Identity) HasPermission(permission string) bool {
	if id.permissions.has(permission) {
		return true
	}
	return permission != "" && slices.ContainsFunc(id.patterns, func(held string) bool { return wildcardMatch(held, permission) })
}

// HasScope reports whether the identity holds scope, byte for byte.
func (id *Identity) HasScope(scope string) bool { return id.scopes.has(scope) }

// Expiry returns when the token expires; the zero time when it does not.
func (id *Identity) Expiry() time.Time { return id.expiry }

// IssuedAt returns when the token was issued, by its claim iat; the zero time when
// it does not say.
func (id *Identity) IssuedAt() time.Time { return id.issued }

// TokenID returns the token's own id, the claim jti, or "". It is one issuer's.
func (id *Identity) TokenID() string { return id.tokenID }

// Token returns the text of the token that was verified, which is the one that a
// credential was exchanged for ([Exchange]); "" unless the guard has [KeepTokens].
// It is a secret: whoever has it can act as the caller.
func (id *Identity) Token() string {
	if id.token == nil {
		return ""
	}
	return *id.token
}

// size estimates the memory of id.
func (id *Identity) size() int64 {
	size := 768 + len(id.payload) + 16*id.nodes
	for _, set := range []*nameSet{&id.tenants, &id.roles, &id.permissions, &id.scopes} {
		size += 8*len(set.spans) + 2*len(set.index)
	}
	for _, names := range [...][]string{id.patterns, id.stepUp.amr, id.dropped.roles, id.dropped.permissions, id.dropped.scopes} {
		size += 16 * cap(names)
	}
	if id.issuer != nil && id.issuer.looksUp(id.kind) {
		size += lookedUpBytes
	}
	return int64(size)
}

// Actor returns who acts for the subject, and false when nobody does.
func (id *Identity) Actor() (Actor, bool) {
	if id.actor == nil {
		return Actor{}, false
	}
	return *id.actor, true
}

// Name returns the display name, or "".
func (id *Identity) Name() string { return id.text(id.mapping().Name) }

// Email returns the email address, or "". See EmailVerified.
func (id *Identity) Email() string { return id.text(id.mapping().Email) }

// EmailVerified reports whether the issuer vouches for the address. Only the
// JSON value true counts.
func (id *Identity) EmailVerified() bool {
	claims := id.claims()
	n, ok := claims.find(id.mapping().EmailVerified)
	return ok && claims.nodes[n].kind == kindTrue
}

// SessionID returns the session, or "".
func (id *Identity) SessionID() string { return id.firstText(id.mapping().SessionID) }

// ApplicationID returns the application that the token was issued to, or "".
func (id *Identity) ApplicationID() string { return id.firstText(id.mapping().ApplicationID) }

func (id *Identity) firstText(paths [][]string) string {
	for _, path := range paths {
		if text := id.text(path); text != "" {
			return text
		}
	}
	return ""
}

// VendorID returns the vendor or environment, or "".
func (id *Identity) VendorID() string { return id.text(id.mapping().VendorID) }

// CreatedByUserID returns the user who made an API token, or "". Like UserID it
// is empty where the issuer does not own the user ids.
func (id *Identity) CreatedByUserID() string {
	if !id.ownsUserIDs() {
		return ""
	}
	return id.text(id.mapping().CreatedBy)
}

// Metadata returns a copy of the tenant's or token's metadata, nil when there
// is none. Numbers are of type json.Number.
func (id *Identity) Metadata() map[string]any { return id.object(id.mapping().Metadata) }

// UserMetadata returns a copy of the user's metadata, like Metadata.
func (id *Identity) UserMetadata() map[string]any { return id.object(id.mapping().UserMetadata) }

// CustomClaims returns a copy of the custom claims, like Metadata.
func (id *Identity) CustomClaims() map[string]any { return id.object(id.mapping().CustomClaims) }

// SAMLAttributes returns a copy of the attributes from SAML, like Metadata.
func (id *Identity) SAMLAttributes() map[string]any { return id.object(id.mapping().SAMLAttributes) }

// ACR returns the authentication context class, or "".
func (id *Identity) ACR() string { return id.stepUp.acr }

// AMR returns the authentication methods.
func (id *Identity) AMR() []string { return slices.Clone(id.stepUp.amr) }

// AuthTime returns when the user authenticated; the zero time when the token
// does not say.
func (id *Identity) AuthTime() time.Time { return id.stepUp.authTime }

// RawClaims returns a copy of the token's payload.
func (id *Identity) RawClaims() json.RawMessage {
	if id.payload == "" {
		return nil
	}
	return json.RawMessage(id.payload)
}

// Payload returns the token's payload like RawClaims, as a text that is not copied; ""
// for nobody. It is for providers that look into it on each request.
func (id *Identity) Payload() string { return id.payload }

// Claim returns a copy of the claim of exactly this name: nil, bool, string,
// json.Number, []any or map[string]any.
func (id *Identity) Claim(name string) (any, bool) {
	claims := id.claims()
	n, ok := claims.find([]string{name})
	if !ok {
		return nil, false
	}
	return claims.value(n), true
}

// ClaimText returns the claim of exactly this name where it is a string, and "" where
// it is not. Unlike Claim it copies nothing.
func (id *Identity) ClaimText(name string) string { return id.text([]string{name}) }

// claims returns the token's claims; nil for nobody.
func (id *Identity) claims() *document {
	if id.payload == "" {
		return nil
	}
	if d := id.parsed.Load(); d != nil {
		return d
	}
	// It was parsed by the same limits before.
	d, err := parseObject(id.payload, claimsLimits)
	if err != nil {
		return nil
	}
	id.parsed.Store(d)
	return d
}

func (id *Identity) mapping() *Claims {
	if id.issuer == nil {
		return &noClaims
	}
	return &id.issuer.claims
}

var noClaims Claims

func (id *Identity) text(path []string) string {
	claims := id.claims()
	n, ok := claims.find(path)
	if !ok {
		return ""
	}
	s, _ := claims.text(n)
	return s
}

func (id *Identity) object(path []string) map[string]any {
	claims := id.claims()
	n, ok := claims.find(path)
	if !ok {
		return nil
	}
	m, _ := claims.value(n).(map[string]any)
	return m
}
