package auth

import "slices"

// KnownMapping is a claim mapping that the package brings. Claims returns a
// copy to adapt.
type KnownMapping uint8

// The known mappings. Each says below what shows the kind of a token; where an
// issuer's tokens do not show it, see [IssuesOnly].
//
// Those with evidence of step-up take an amr with "mfa" (RFC 8176 section 2),
// but for Frontegg's, which MappingAuthgen shares: the acr of PAPE's multi-factor
// policy, and an amr with "mfa" and one of otp, sms, hwk and sso. The access
// tokens of Auth0, Okta, Cognito, Zitadel and Frontier say nothing of it on their
// own: whoever makes them say it names that in StepUp of a copy.
//
// No mapping takes an ID token for an access token where the two can be told
// apart.
// Dex writes at_hash into its access tokens too, so that MappingOIDC refuses
// them: use a copy of its Claims with Refuse set to nil.
const (
	// MappingOIDC is for any OpenID Connect or OAuth 2.0 issuer: roles,
	// permissions and scope (or scp). A token whose client_id or azp is its sub
	// is a service's (RFC 9068 section 2.2); one with auth_time or sid is a
	// user's. Tokens with at_hash or c_hash are ID tokens.
	MappingOIDC KnownMapping = iota
	// MappingAuthgen is for tokens of package authtest: the claim type has the
	// kind (userToken, userApiToken, tenantApiToken, userAccessToken,
	// tenantAccessToken, pat, service or vendor), tenantId and tenantIds the
	// tenants, roles, permissions and scope the rights. userId is the user
	// behind tokens of other kinds than userToken, whose sub it is.
	MappingAuthgen
	// MappingFrontegg has the kind in the claim type: userToken, userApiToken,
	// tenantApiToken, userAccessToken, tenantAccessToken or vendor, and no other.
	// All but vendor tokens have a tenantId.
	MappingFrontegg
	// MappingFrontier is for raystack Frontier, whose tokens name memberships
	// and no rights, and no audience: it needs [InsecureNoAudience]. The kind is
	// in sub_type.
	MappingFrontier
	// MappingAuth0 has permissions, and org_id as the tenant. Tokens of the client
	// credentials grant say so in gty, or by @clients behind the client id in the
	// subject; those of users have a subject of two parts with a bar between. Access
	// tokens have azp or client_id.
	MappingAuth0
	// MappingKeycloak has the roles of the realm. Add those of a client with
	// ClaimStrings("resource_access", client, "roles"). Tokens of service
	// accounts have client_id, those of users a session; the kind of those with
	// both is unclear.
	MappingKeycloak
	// MappingOkta has groups as roles. Tokens of services have the client id as
	// their subject, those of users have uid, which is the user id. Access tokens
	// have cid.
	MappingOkta
	// MappingEntra is for Microsoft Entra ID: app roles, tid as the tenant, and
	// oid as the user id. Tokens with scp are users'; those with idtyp "app", or
	// without scp and with oid as their subject, are services'. Access tokens
	// have azp, or appid in version 1.
	MappingEntra
	// MappingCognito has groups as roles and client_id as the audience; only
	// access tokens are accepted. Tokens with the client id as their subject are
	// services', those with username are users'.
	MappingCognito
	// MappingZitadel has the project roles of the user's own organization, for
	// which clients must ask for the scope that adds the resource owner. Its
	// tokens do not show their kind. Those with at_hash, c_hash or nonce are ID
	// tokens.
	MappingZitadel
)

// Evidence of step-up: what Frontegg issues after a second factor, and what RFC
// 8176 section 2 has for more than one.
var (
	stepUpFrontegg = StepUpEvidence{
		ACR: []string{"http://schemas.openid.net/pape/policies/2007/06/multi-factor"},
		AMR: [][]string{{"mfa"}, {"otp", "sms", "hwk", "sso"}},
	}
	stepUpMFA = StepUpEvidence{AMR: [][]string{{"mfa"}}}
)

// Claims of ID tokens. An access token cannot hold the hash of itself, and only
// issuers that are known not to write nonce into access tokens are held to that:
// Keycloak did.
var (
	idTokenHashes = []Condition{HasClaim("at_hash"), HasClaim("c_hash")}
	idTokenClaims = append([]Condition{HasClaim("nonce")}, idTokenHashes...)
)

// whyRefused explains the refusal of a claim.
var whyRefused = map[string]string{
	"at_hash": ": it is one of ID tokens", "c_hash": ": it is one of ID tokens", "nonce": ": it is one of ID tokens",
}

var oauthScopes = []ListClaim{ClaimScopes("scope"), ClaimScopes("scp")}

// knownMappings is the whole of what the package knows about issuers, but for
// the claims that Claims adds to all.
var knownMappings = [...]Claims{
	MappingOIDC: {
		Kinds: []KindRule{
			{KindService, []Condition{ClaimsEqual("client_id", "sub")}},
			{KindService, []Condition{ClaimsEqual("azp", "sub")}},
			{KindUser, []Condition{HasDate("auth_time")}},
			{KindUser, []Condition{HasClaim("sid")}},
		},
		Refuse:  idTokenHashes,
		UserIDs: []UserIDFrom{{KindUser, "sub"}},
		Roles:   []ListClaim{ClaimStrings("roles")}, Permissions: []ListClaim{ClaimStrings("permissions")}, Scopes: oauthScopes,
		StepUp:    stepUpMFA,
		SessionID: [][]string{{"sid"}}, ApplicationID: [][]string{{"client_id"}},
	},
	MappingAuthgen: {
		Kinds: slices.Concat(fronteggKinds, []KindRule{
			{KindPAT, []Condition{ClaimIs("type", "pat")}},
			{KindService, []Condition{ClaimIs("type", "service")}},
		}),
		UserIDs: []UserIDFrom{{KindUser, "sub"}, {KindUserAPI | KindUserAccess | KindPAT, "userId"}},
		Tenant:  []string{"tenantId"}, Tenants: []ListClaim{ClaimStrings("tenantIds")},
		Roles: []ListClaim{ClaimStrings("roles")}, Permissions: []ListClaim{ClaimStrings("permissions")}, Scopes: oauthScopes,
		StepUp:    stepUpFrontegg,
		SessionID: [][]string{{"sid"}}, ApplicationID: [][]string{{"applicationId"}}, VendorID: []string{"vendorId"},
		CreatedBy: []string{"createdByUserId"}, Metadata: []string{"metadata"}, UserMetadata: []string{"userMetadata"},
		CustomClaims: []string{"customClaims"}, SAMLAttributes: []string{"samlAttributes"},
	},
	MappingFrontegg: {
		Kinds:    fronteggKinds,
		Require:  []Condition{ClaimIs("type", "userToken", "userApiToken", "tenantApiToken", "userAccessToken", "tenantAccessToken", "vendor")},
		Required: []Requirement{{Claims: []string{"iat", "type"}}, {Kinds: ^KindVendor & allKinds, Claims: []string{"tenantId"}}},
		UserIDs:  []UserIDFrom{{KindUser, "sub"}, {KindUserAPI, "createdByUserId"}, {KindUserAccess, "userId"}},
		Tenant:   []string{"tenantId"}, Tenants: []ListClaim{ClaimStrings("tenantIds")},
		Roles: []ListClaim{ClaimStrings("roles")}, Permissions: []ListClaim{ClaimStrings("permissions")}, Scopes: oauthScopes,
		StepUp:    stepUpFrontegg,
		SessionID: [][]string{{"sid"}}, ApplicationID: [][]string{{"applicationId"}}, VendorID: []string{"vendorId"},
		CreatedBy: []string{"createdByUserId"}, Metadata: []string{"metadata"}, UserMetadata: []string{"userMetadata"},
		CustomClaims: []string{"customClaims"}, SAMLAttributes: []string{"samlAttributes"},
	},
	MappingFrontier: {
		Kinds: []KindRule{
			{KindUser, []Condition{ClaimIs("sub_type", "app/user")}},
			{KindService, []Condition{ClaimIs("sub_type", "app/serviceuser")}},
			{KindPAT, []Condition{ClaimIs("sub_type", "app/pat")}},
		},
		Require:  []Condition{ClaimIs("gen", "system")},
		Required: []Requirement{{Claims: []string{"iat", "jti", "sub_type"}}, {Kinds: KindPAT, Claims: []string{"user_id"}}},
		UserIDs:  []UserIDFrom{{KindUser, "sub"}, {KindPAT, "user_id"}},
		Tenants:  []ListClaim{ClaimCommas("org_ids")}, TenantsAreMemberships: true,
		SessionID: [][]string{{"sid"}, {"session_id"}},
	},
	MappingAuth0: {
		Kinds: []KindRule{
			{KindService, []Condition{ClaimIs("gty", "client-credentials")}},
			{KindService, []Condition{ClaimContains("sub", "@clients")}},
			{KindUser, []Condition{ClaimContains("sub", "|")}},
		},
		Require: []Condition{HasClaim("azp", "client_id")},
		Refuse:  idTokenClaims,
		UserIDs: []UserIDFrom{{KindUser, "sub"}},
		Tenant:  []string{"org_id"},
		Roles:   []ListClaim{ClaimStrings("roles")}, Permissions: []ListClaim{ClaimStrings("permissions")}, Scopes: oauthScopes,
		SessionID: [][]string{{"sid"}}, ApplicationID: [][]string{{"azp"}, {"client_id"}},
	},
	MappingKeycloak: {
		Kinds: []KindRule{
			{KindService, []Condition{HasClaim("client_id")}},
			{KindService, []Condition{HasClaim("clientId")}},
			{KindUser, []Condition{HasClaim("sid")}},
		},
		Require: []Condition{ClaimIs("typ", "Bearer")},
		UserIDs: []UserIDFrom{{KindUser, "sub"}},
		Roles:   []ListClaim{ClaimStrings("realm_access", "roles")}, Scopes: oauthScopes,
		StepUp:    stepUpMFA,
		SessionID: [][]string{{"sid"}}, ApplicationID: [][]string{{"azp"}},
	},
	MappingOkta: {
		Kinds: []KindRule{
			{KindService, []Condition{ClaimsEqual("cid", "sub")}},
			{KindUser, []Condition{HasClaim("uid")}},
		},
		Require: []Condition{HasClaim("cid")},
		Refuse:  idTokenClaims,
		UserIDs: []UserIDFrom{{KindUser, "uid"}},
		Roles:   []ListClaim{ClaimStrings("groups")}, Scopes: oauthScopes,
		ApplicationID: [][]string{{"cid"}},
	},
	MappingEntra: {
		Kinds: []KindRule{
			{KindService, []Condition{ClaimIs("idtyp", "app")}},
			{KindService, []Condition{LacksClaim("scp"), ClaimsEqual("oid", "sub")}},
			{KindUser, []Condition{HasClaim("scp")}},
		},
		Require:  []Condition{HasClaim("azp", "appid")},
		Refuse:   idTokenClaims,
		Required: []Requirement{{Claims: []string{"oid", "tid"}}},
		UserIDs:  []UserIDFrom{{KindUser, "oid"}},
		Tenant:   []string{"tid"},
		Roles:    []ListClaim{ClaimStrings("roles")}, Scopes: oauthScopes,
		StepUp:    stepUpMFA,
		SessionID: [][]string{{"sid"}}, ApplicationID: [][]string{{"azp"}, {"appid"}},
	},
	MappingCognito: {
		Kinds: []KindRule{
			{KindService, []Condition{ClaimsEqual("client_id", "sub")}},
			{KindUser, []Condition{HasClaim("username")}},
		},
		Require:      []Condition{ClaimIs("token_use", "access")},
		AudienceFrom: "client_id",
		UserIDs:      []UserIDFrom{{KindUser, "sub"}},
		Roles:        []ListClaim{ClaimStrings("cognito:groups")}, Scopes: oauthScopes,
		ApplicationID: [][]string{{"client_id"}},
	},
	MappingZitadel: {
		Refuse:  idTokenClaims,
		UserIDs: []UserIDFrom{{KindUser, "sub"}},
		Tenant:  []string{"urn:zitadel:iam:user:resourceowner:id"},
		Roles:   []ListClaim{ClaimKeysByTenant("urn:zitadel:iam:org:project:roles")}, Scopes: oauthScopes,
		ApplicationID: [][]string{{"client_id"}, {"azp"}},
	},
}

// fronteggKinds are the values of the claim type.
var fronteggKinds = []KindRule{
	{KindUser, []Condition{ClaimIs("type", "userToken")}},
	{KindUserAPI, []Condition{ClaimIs("type", "userApiToken")}},
	{KindTenantAPI, []Condition{ClaimIs("type", "tenantApiToken")}},
	{KindUserAccess, []Condition{ClaimIs("type", "userAccessToken")}},
	{KindTenantAccess, []Condition{ClaimIs("type", "tenantAccessToken")}},
	{KindVendor, []Condition{ClaimIs("type", "vendor")}},
}

// Claims returns a copy of the mapping, for changes.
func (m KnownMapping) Claims() Claims {
	if int(m) >= len(knownMappings) {
		return Claims{Kinds: []KindRule{{}}} // refused by check
	}
	c := knownMappings[m].clone()
	c.Name, c.Email, c.EmailVerified = []string{"name"}, []string{"email"}, []string{"email_verified"}
	return c
}

func (m KnownMapping) mapping() Claims { return m.Claims() }
