package auth_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// vendorTokens are access tokens as the platforms issue them, for a person and for
// a program, with all claims that these usually have, and what a guard makes of
// them. EXP, IAT and AUTH stand for times.
var vendorTokens = []struct {
	name             string
	mapping          auth.ClaimMapping
	issuer, audience string
	typ, claims      string
	want             vendorIdentity
}{
	// https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
	{
		"Auth0 user", auth.MappingAuth0, "https://my-domain.auth0.com/", "https://example.com/health-api", "JWT", `{
			"iss": "https://my-domain.auth0.com/", "sub": "auth0|123456",
			"aud": ["https://example.com/health-api", "https://my-domain.auth0.com/userinfo"],
			"azp": "my_client_id", "exp": EXP, "iat": IAT, "scope": "openid profile read:patients", "org_id": "org_9ybsU1dN2dKfDkBi",
			"permissions": ["read:patients", "read:admin"], "my_custom_claim": "my_custom_value"}`,
		vendorIdentity{
			kind: auth.KindUser, user: "auth0|123456", tenant: "org_9ybsU1dN2dKfDkBi", permissions: "read:patients read:admin",
			scopes: "openid profile read:patients", application: "my_client_id",
		},
	}, {
		"Auth0 user, RFC 9068", auth.MappingAuth0, "https://my-domain.auth0.com/", "https://example.com/health-api", "at+jwt", `{
			"iss": "https://my-domain.auth0.com/", "sub": "google-oauth2|103547991597142817347",
			"aud": ["https://example.com/health-api", "https://my-domain.auth0.com/userinfo"],
			"client_id": "my_client_id", "exp": EXP, "iat": IAT, "jti": "73WakrfVbNJBaAmhQtEeDv", "scope": "openid profile read:patients"}`,
		vendorIdentity{kind: auth.KindUser, user: "google-oauth2|103547991597142817347", scopes: "openid profile read:patients", application: "my_client_id"},
	}, {
		"Auth0 service", auth.MappingAuth0, "https://my-domain.auth0.com/", "https://example.com/health-api", "JWT", `{
			"iss": "https://my-domain.auth0.com/", "sub": "my_client_id@clients", "aud": "https://example.com/health-api",
			"iat": IAT, "exp": EXP, "azp": "my_client_id", "scope": "read:patients", "gty": "client-credentials", "permissions": ["read:patients"]}`,
		vendorIdentity{kind: auth.KindService, permissions: "read:patients", scopes: "read:patients", application: "my_client_id"},
	}, {
		// This profile has no gty.
		"Auth0 service, RFC 9068", auth.MappingAuth0, "https://my-domain.auth0.com/", "https://example.com/health-api", "at+jwt", `{
			"iss": "https://my-domain.auth0.com/", "sub": "my_client_id@clients", "aud": "https://example.com/health-api",
			"iat": IAT, "exp": EXP, "jti": "73WakrfVbNJBaAmhQtEeDv", "client_id": "my_client_id", "scope": "read:patients"}`,
		vendorIdentity{kind: auth.KindService, scopes: "read:patients", application: "my_client_id"},
	},

	// https://www.keycloak.org/docs/latest/server_admin/#_protocol-mappers and
	// #_service_accounts
	{
		"Keycloak user", auth.MappingKeycloak, "https://id.example.com/realms/main", "files-api", "JWT", `{
			"exp": EXP, "iat": IAT, "auth_time": AUTH, "jti": "onrtac:1c4f9a0e-8f6b-4f6c-9d0f-3d1a5f4c2b7e",
			"iss": "https://id.example.com/realms/main", "aud": ["files-api", "account"], "sub": "7ddaf89f-69eb-4ecf-a9ca-acba11211986",
			"typ": "Bearer", "azp": "web", "sid": "c2bd1a7c-1a3e-4a9b-8a53-0f3a6a0c9a35", "acr": "1", "allowed-origins": ["https://app.example.com"],
			"realm_access": {"roles": ["offline_access", "default-roles-main", "admin"]},
			"resource_access": {"files-api": {"roles": ["editor"]}, "account": {"roles": ["manage-account", "view-profile"]}},
			"scope": "openid email profile", "email_verified": true, "name": "Ada Lovelace", "preferred_username": "ada",
			"given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.com"}`,
		vendorIdentity{
			kind: auth.KindUser, user: "7ddaf89f-69eb-4ecf-a9ca-acba11211986", roles: "offline_access default-roles-main admin",
			scopes: "openid email profile", application: "web", email: "ada@example.com",
		},
	}, {
		"Keycloak user with a client's roles", keycloakClient("files-api"), "https://id.example.com/realms/main", "files-api", "JWT", `{
			"exp": EXP, "iat": IAT, "jti": "onrtac:1c4f9a0e-8f6b-4f6c-9d0f-3d1a5f4c2b7e",
			"iss": "https://id.example.com/realms/main", "aud": ["files-api", "account"], "sub": "7ddaf89f-69eb-4ecf-a9ca-acba11211986",
			"typ": "Bearer", "azp": "web", "session_state": "c2bd1a7c-1a3e-4a9b-8a53-0f3a6a0c9a35", "sid": "c2bd1a7c-1a3e-4a9b-8a53-0f3a6a0c9a35",
			"realm_access": {"roles": ["admin"]}, "resource_access": {"files-api": {"roles": ["editor"]}, "account": {"roles": ["manage-account"]}},
			"scope": "openid", "preferred_username": "ada"}`,
		vendorIdentity{kind: auth.KindUser, user: "7ddaf89f-69eb-4ecf-a9ca-acba11211986", roles: "admin editor", scopes: "openid", application: "web"},
	}, {
		"Keycloak service", keycloakClient("files-api"), "https://id.example.com/realms/main", "files-api", "JWT", `{
			"exp": EXP, "iat": IAT, "jti": "trrtcc:f73a4a37-9550-4f88-97ef-3b45abee06f1",
			"iss": "https://id.example.com/realms/main", "aud": ["files-api", "account"], "sub": "0b8f4e0c-2f0e-4b59-9c1b-5b7f2f0d8f11",
			"typ": "Bearer", "azp": "nightly", "acr": "1", "allowed-origins": ["/*"], "realm_access": {"roles": ["default-roles-main"]},
			"resource_access": {"files-api": {"roles": ["importer"]}}, "scope": "email profile", "clientHost": "192.0.2.7", "email_verified": false,
			"preferred_username": "service-account-nightly", "clientAddress": "192.0.2.7", "client_id": "nightly"}`,
		vendorIdentity{kind: auth.KindService, roles: "default-roles-main importer", scopes: "email profile", application: "nightly"},
	},

	// https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/#access-token
	{
		"Okta user", auth.MappingOkta, "https://example.okta.com/oauth2/default", "api://default", "", `{
			"ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "iss": "https://example.okta.com/oauth2/default",
			"aud": "api://default", "sub": "ada@example.com", "iat": IAT, "exp": EXP, "cid": "0oabskvc6442nkvQO0h7", "uid": "00ucmukel4KHsPARU0h7",
			"scp": ["openid", "profile", "files"], "auth_time": AUTH, "groups": ["Everyone", "admin"]}`,
		vendorIdentity{kind: auth.KindUser, user: "00ucmukel4KHsPARU0h7", roles: "Everyone admin", scopes: "openid profile files", application: "0oabskvc6442nkvQO0h7"},
	}, {
		"Okta service", auth.MappingOkta, "https://example.okta.com/oauth2/default", "api://default", "", `{
			"ver": 1, "jti": "AT.k6WfRv0lA6yiZ1XvBpmk6iSbU3oVMXoDnGHvJ6b9dQg", "iss": "https://example.okta.com/oauth2/default",
			"aud": "api://default", "iat": IAT, "exp": EXP, "cid": "0oabskvc6442nkvQO0h7", "scp": ["files"], "sub": "0oabskvc6442nkvQO0h7"}`,
		vendorIdentity{kind: auth.KindService, scopes: "files", application: "0oabskvc6442nkvQO0h7"},
	},

	// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
	{
		"Entra user, version 2", auth.MappingEntra, "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0", "6e74172b-be56-4843-9ff4-e66a39bb12e3", "JWT", `{
			"aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3", "iss": "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
			"iat": IAT, "nbf": IAT, "exp": EXP, "aio": "AXQAi/8IAAAAtAaZLo3ChMif6KOn", "azp": "6e74172b-be56-4843-9ff4-e66a39bb12e3", "azpacr": "0",
			"name": "Ada Lovelace", "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474", "preferred_username": "ada@example.com", "email": "ada@example.com",
			"rh": "I", "roles": ["Files.Admin"], "scp": "access_as_user Files.Read", "sid": "5f0e8a4c-0f2e-4e7a-8f30-6a1c0c7b3f11",
			"sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47", "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0"}`,
		vendorIdentity{
			kind: auth.KindUser, user: "690222be-ff1a-4d56-abd1-7e4f7d38e474", tenant: "72f988bf-86f1-41af-91ab-2d7cd011db47", roles: "Files.Admin",
			scopes: "access_as_user Files.Read", application: "6e74172b-be56-4843-9ff4-e66a39bb12e3", email: "ada@example.com",
		},
	}, {
		"Entra user, version 1", auth.MappingEntra, "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/", "api://ef1da9d4-ff77-4c3e-a005-840c3f830745", "JWT", `{
			"aud": "api://ef1da9d4-ff77-4c3e-a005-840c3f830745", "iss": "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
			"iat": IAT, "nbf": IAT, "exp": EXP, "acr": "1", "aio": "AXQAi/8IAAAAFm+E/QTG", "amr": ["pwd", "mfa"],
			"appid": "75dbe77f-10a3-4e59-85fd-8c127544f17c", "appidacr": "0", "email": "ada@example.com", "family_name": "Lovelace", "given_name": "Ada",
			"idp": "https://sts.windows.net/fa15d692-e9c7-4460-a743-29f2956fd429/", "ipaddr": "192.0.2.7", "name": "Ada Lovelace",
			"oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474", "rh": "I", "scp": "user_impersonation",
			"sub": "l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA", "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47",
			"unique_name": "ada@example.com", "uti": "FVsGxYXI30-TuikuuUoFAA", "ver": "1.0"}`,
		vendorIdentity{
			kind: auth.KindUser, user: "690222be-ff1a-4d56-abd1-7e4f7d38e474", tenant: "72f988bf-86f1-41af-91ab-2d7cd011db47",
			scopes: "user_impersonation", application: "75dbe77f-10a3-4e59-85fd-8c127544f17c", email: "ada@example.com",
		},
	}, {
		"Entra service, version 2", auth.MappingEntra, "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0", "6e74172b-be56-4843-9ff4-e66a39bb12e3", "JWT", `{
			"aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3", "iss": "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
			"iat": IAT, "nbf": IAT, "exp": EXP, "aio": "E2ZgYEhKLbr0ZUfIAA==", "azp": "75dbe77f-10a3-4e59-85fd-8c127544f17c", "azpacr": "1",
			"oid": "d5c3c2f1-41a5-4b9e-8c36-33f1f1f2d0aa", "rh": "I", "roles": ["Files.Read.All"], "sub": "d5c3c2f1-41a5-4b9e-8c36-33f1f1f2d0aa",
			"tid": "72f988bf-86f1-41af-91ab-2d7cd011db47", "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0"}`,
		vendorIdentity{
			kind: auth.KindService, tenant: "72f988bf-86f1-41af-91ab-2d7cd011db47", roles: "Files.Read.All", application: "75dbe77f-10a3-4e59-85fd-8c127544f17c",
		},
	}, {
		"Entra service, version 1", auth.MappingEntra, "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/", "api://ef1da9d4-ff77-4c3e-a005-840c3f830745", "JWT", `{
			"aud": "api://ef1da9d4-ff77-4c3e-a005-840c3f830745", "iss": "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
			"iat": IAT, "nbf": IAT, "exp": EXP, "aio": "E2ZgYEhKLbr0ZUfIAA==", "appid": "75dbe77f-10a3-4e59-85fd-8c127544f17c", "appidacr": "1",
			"idp": "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/", "idtyp": "app", "oid": "d5c3c2f1-41a5-4b9e-8c36-33f1f1f2d0aa", "rh": "I",
			"roles": ["Files.Read.All"], "sub": "d5c3c2f1-41a5-4b9e-8c36-33f1f1f2d0aa", "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47",
			"uti": "FVsGxYXI30-TuikuuUoFAA", "ver": "1.0"}`,
		vendorIdentity{
			kind: auth.KindService, tenant: "72f988bf-86f1-41af-91ab-2d7cd011db47", roles: "Files.Read.All", application: "75dbe77f-10a3-4e59-85fd-8c127544f17c",
		},
	},

	// https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
	{
		"Cognito user", auth.MappingCognito, "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example", "xxxxxxxxxxxxexample", "", `{
			"sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "device_key": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": ["admin"],
			"iss": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example", "version": 2, "client_id": "xxxxxxxxxxxxexample",
			"origin_jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "event_id": "64f513be-32db-42b0-b78e-b02127b4f463", "token_use": "access",
			"scope": "openid profile resourceserver.1/files", "auth_time": AUTH, "exp": EXP, "iat": IAT,
			"jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "username": "my-test-user"}`,
		vendorIdentity{
			kind: auth.KindUser, user: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", roles: "admin", scopes: "openid profile resourceserver.1/files", application: "xxxxxxxxxxxxexample",
		},
	}, {
		"Cognito service", auth.MappingCognito, "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example", "xxxxxxxxxxxxexample", "", `{
			"sub": "xxxxxxxxxxxxexample", "token_use": "access", "scope": "resourceserver.1/files", "auth_time": IAT,
			"iss": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example", "exp": EXP, "iat": IAT, "version": 2,
			"jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "client_id": "xxxxxxxxxxxxexample"}`,
		vendorIdentity{kind: auth.KindService, scopes: "resourceserver.1/files", application: "xxxxxxxxxxxxexample"},
	},

	// https://zitadel.com/docs/apis/openidoauth/claims
	{
		"Zitadel user", auth.MappingZitadel, "https://example.zitadel.cloud", "344374183645413380", "JWT", `{
			"iss": "https://example.zitadel.cloud", "sub": "259242039378444290", "aud": ["259241944654282754", "344374183645413380"],
			"exp": EXP, "iat": IAT, "nbf": IAT, "jti": "259242041391710210", "client_id": "259241944654282754",
			"urn:zitadel:iam:org:project:roles": {"admin": {"259241812001226754": "example.zitadel.cloud"}, "auditor": {"344373908297744388": "other.example"}},
			"urn:zitadel:iam:org:project:344374183645413380:roles": {"admin": {"259241812001226754": "example.zitadel.cloud"}},
			"urn:zitadel:iam:user:metadata": {"ContractNumber": "MTIzNA"}, "urn:zitadel:iam:user:resourceowner:id": "259241812001226754",
			"urn:zitadel:iam:user:resourceowner:name": "Example", "urn:zitadel:iam:user:resourceowner:primary_domain": "example.zitadel.cloud"}`,
		vendorIdentity{kind: auth.KindUnclear, tenant: "259241812001226754", roles: "admin", application: "259241944654282754"},
	}, {
		"Zitadel service", auth.MappingZitadel, "https://example.zitadel.cloud", "344374183645413380", "JWT", `{
			"iss": "https://example.zitadel.cloud", "sub": "345377791925026818", "aud": ["344374183645413380"], "exp": EXP, "iat": IAT, "nbf": IAT,
			"jti": "345377793000000000", "client_id": "nightly",
			"urn:zitadel:iam:org:project:roles": {"importer": {"344373908297744388": "example.zitadel.cloud"}},
			"urn:zitadel:iam:user:resourceowner:id": "344373908297744388"}`,
		vendorIdentity{kind: auth.KindUnclear, tenant: "344373908297744388", roles: "importer", application: "nightly"},
	},

	// https://developers.frontegg.com/ciam/guides/authentication/jwt
	{
		"Frontegg user", auth.MappingFrontegg, "https://acme.frontegg.com", "6e0a5a3e-5f1e-4bb5-9a41-1d8c25d3a4a1", "JWT", `{
			"sub": "d9a8c9a2-58a3-4a39-8a3c-3c8f2c9c0c11", "name": "Ada Lovelace", "email": "ada@example.com", "email_verified": true, "metadata": {},
			"roles": ["Admin"], "permissions": ["fe.secure.read.users", "fe.connectivity.*"], "tenantId": "1b0a7f6e-6c3c-4b8e-9e8e-2f3d4c5b6a70",
			"tenantIds": ["1b0a7f6e-6c3c-4b8e-9e8e-2f3d4c5b6a70"], "profilePictureUrl": "https://example.com/a.png", "sid": "0c8a7b6d-1111-4c1c-8f1e-3f2d1c0b9a88",
			"type": "userToken", "applicationId": "app-1", "aud": "6e0a5a3e-5f1e-4bb5-9a41-1d8c25d3a4a1", "iss": "https://acme.frontegg.com", "iat": IAT, "exp": EXP}`,
		vendorIdentity{
			kind: auth.KindUser, user: "d9a8c9a2-58a3-4a39-8a3c-3c8f2c9c0c11", tenant: "1b0a7f6e-6c3c-4b8e-9e8e-2f3d4c5b6a70",
			memberships: "1b0a7f6e-6c3c-4b8e-9e8e-2f3d4c5b6a70", roles: "Admin",
			permissions: "fe.secure.read.users fe.connectivity.*", application: "app-1", email: "ada@example.com",
		},
	}, {
		"Frontegg tenant's API token", auth.MappingFrontegg, "https://acme.frontegg.com", "6e0a5a3e-5f1e-4bb5-9a41-1d8c25d3a4a1", "JWT", `{
			"sub": "58d7e0b4-7d6e-4f0c-8a61-4d2f9b0c3e55", "tenantId": "1b0a7f6e-6c3c-4b8e-9e8e-2f3d4c5b6a70", "roles": ["Importer"], "permissions": ["files.write"],
			"metadata": {}, "createdByUserId": "d9a8c9a2-58a3-4a39-8a3c-3c8f2c9c0c11", "type": "tenantApiToken", "userMetadata": {},
			"aud": "6e0a5a3e-5f1e-4bb5-9a41-1d8c25d3a4a1", "iss": "https://acme.frontegg.com", "iat": IAT, "exp": EXP}`,
		vendorIdentity{kind: auth.KindTenantAPI, tenant: "1b0a7f6e-6c3c-4b8e-9e8e-2f3d4c5b6a70", roles: "Importer", permissions: "files.write"},
	},

	// https://raystack.org/docs/frontier/
	{
		"Frontier user", auth.MappingFrontier, "https://frontier.example.com", "", "JWT", `{
			"iss": "https://frontier.example.com", "sub": "2b9c7e50-5d0a-4e5a-9f4e-8a4b6c1d2e3f", "iat": IAT, "nbf": IAT, "exp": EXP,
			"jti": "0f4a3b2c-1d0e-4f5a-8b6c-7d8e9f0a1b2c", "kid": "tJ6k", "gen": "system", "sub_type": "app/user", "auth_via": "session",
			"email": "ada@example.com", "org_ids": "o1,o2", "sid": "3c2b1a09-8f7e-4d6c-9b5a-4e3f2d1c0b9a", "project_id": "p1"}`,
		vendorIdentity{kind: auth.KindUser, user: "2b9c7e50-5d0a-4e5a-9f4e-8a4b6c1d2e3f", memberships: "o1 o2", email: "ada@example.com"},
	}, {
		"Frontier service", auth.MappingFrontier, "https://frontier.example.com", "", "JWT", `{
			"iss": "https://frontier.example.com", "sub": "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d", "iat": IAT, "nbf": IAT, "exp": EXP,
			"jti": "1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d", "kid": "tJ6k", "gen": "system", "sub_type": "app/serviceuser",
			"auth_via": "client_credentials", "org_ids": "o1"}`,
		vendorIdentity{kind: auth.KindService, memberships: "o1"},
	},

	// https://www.rfc-editor.org/rfc/rfc9068#section-2.2
	{
		"OIDC user", auth.MappingOIDC, "https://authorization-server.example.com/", "https://rs.example.com/", "at+jwt", `{
			"iss": "https://authorization-server.example.com/", "sub": "5ba552d67", "aud": "https://rs.example.com/", "exp": EXP, "iat": IAT,
			"auth_time": AUTH, "acr": "urn:mace:incommon:iap:silver", "amr": ["pwd"], "jti": "dbe39bf3a3ba4238a513f51d6e1691c4", "client_id": "s6BhdRkqt3",
			"scope": "openid profile reademail", "roles": ["editor"], "groups": ["staff"], "entitlements": ["files"]}`,
		vendorIdentity{kind: auth.KindUser, user: "5ba552d67", roles: "editor", scopes: "openid profile reademail", application: "s6BhdRkqt3"},
	}, {
		"OIDC service", auth.MappingOIDC, "https://authorization-server.example.com/", "https://rs.example.com/", "at+jwt", `{
			"iss": "https://authorization-server.example.com/", "sub": "s6BhdRkqt3", "aud": "https://rs.example.com/", "exp": EXP, "iat": IAT,
			"jti": "dbe39bf3a3ba4238a513f51d6e1691c4", "client_id": "s6BhdRkqt3", "scope": "files"}`,
		vendorIdentity{kind: auth.KindService, scopes: "files", application: "s6BhdRkqt3"},
	},
}

// vendorIdentity is what handlers see of a token, lists with a space between.
type vendorIdentity struct {
	kind                                    auth.Kinds
	user, tenant, memberships, email        string
	roles, permissions, scopes, application string
}

// keycloakClient has the roles that Keycloak gives for a client too.
func keycloakClient(client string) auth.Claims {
	claims := auth.MappingKeycloak.Claims()
	claims.Roles = append(claims.Roles, auth.ClaimStrings("resource_access", client, "roles"))
	return claims
}

// TestVendorTokens holds what the known mappings make of whole tokens.
func TestVendorTokens(t *testing.T) {
	t.Parallel()
	unix := func(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
	times := strings.NewReplacer("EXP", unix(testNow.Add(time.Hour)), "IAT", unix(testNow.Add(-time.Minute)), "AUTH", unix(testNow.Add(-time.Hour)))
	for _, c := range vendorTokens {
		audience := auth.Audience(c.audience)
		if c.audience == "" {
			audience = auth.InsecureNoAudience()
		}
		issuer := func(name string) auth.Option {
			return auth.Issuer(name, audience, auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(c.mapping))
		}
		header := `{"alg":"EdDSA","kid":"k1"}`
		if c.typ != "" {
			header = fmt.Sprintf(`{"alg":"EdDSA","typ":%q,"kid":"k1"}`, c.typ)
		}
		token := edSigner().sign(header, times.Replace(c.claims))
		id := accepts(t, newGuard(t, issuer(c.issuer), auth.Clock(fixedClock), quiet()), token)
		list := func(names []string) string { return strings.Join(names, " ") }
		got := vendorIdentity{
			kind: id.Kind(), user: id.UserID(), tenant: id.Tenant(), memberships: list(id.Tenants()), roles: list(id.Roles()),
			permissions: list(id.Permissions()), scopes: list(id.Scopes()), application: id.ApplicationID(), email: id.Email(),
		}
		if got != c.want {
			t.Errorf("%s: %+v\nwant %+v", c.name, got, c.want)
		}
		refuses(t, newGuard(t, issuer("https://other.example.com"), auth.Clock(fixedClock), quiet()), token, "iss is missing or that of another issuer")
	}
}
