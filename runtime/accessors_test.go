package auth_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// accessed calls every accessor of an identity that takes no argument, and
// returns the answers that are not empty.
func accessed(id *auth.Identity) map[string]any {
	answers := map[string]any{}
	v := reflect.ValueOf(id)
	for i := range v.NumMethod() {
		if m := v.Method(i); m.Type().NumIn() == 0 {
			if answer := m.Call(nil)[0]; !answer.IsZero() && (answer.Kind() != reflect.Slice && answer.Kind() != reflect.Map || answer.Len() > 0) {
				answers[v.Type().Method(i).Name] = answer.Interface()
			}
		}
	}
	return answers
}

// TestAccessors holds what every accessor makes of the tokens that each platform
// issues, and that a token is refused without the claims that the mapping needs.
func TestAccessors(t *testing.T) {
	t.Parallel()
	type claims = map[string]any
	type answers = map[string]any
	type names = []string
	seconds := func(ago time.Duration) (int64, time.Time) {
		at := testNow.Add(-ago).Unix()
		return at, time.Unix(at, 0)
	}
	signedIn, signedInTime := seconds(5 * time.Minute)
	_, expiry := seconds(-time.Hour)
	_, issued := seconds(time.Minute)
	with := func(base, more claims) claims {
		all := maps.Clone(base)
		maps.Copy(all, more)
		return all
	}

	// What OpenID Connect and RFC 8693 name is the same for all of them.
	person := claims{
		"name": "Ada L.", "email": "ada@example.com", "email_verified": true, "acr": "gold", "amr": names{"pwd", "otp"},
		"auth_time": signedIn, "act": claims{"sub": "support", "iss": "https://desk.example"},
	}
	ofPerson := answers{
		"Name": "Ada L.", "Email": "ada@example.com", "EmailVerified": true, "ACR": "gold", "AMR": names{"pwd", "otp"},
		"AuthTime": signedInTime, "Actor": auth.Actor{Subject: "support", Issuer: "https://desk.example"},
	}
	rights := claims{"roles": names{"admin", "editor"}, "permissions": names{"files.read", "files.*"}}
	ofRights := answers{"Roles": names{"admin", "editor"}, "Permissions": names{"files.read", "files.*"}}
	user := with(answers{"Kind": auth.KindUser, "Subject": "u1", "UserID": "u1"}, ofPerson)
	kind := func(k auth.Kinds, subject, user string, more answers) answers {
		return with(answers{"Kind": k, "Subject": subject, "UserID": user}, more)
	}

	// Frontegg, and authtest, which speaks like it.
	frontegg := with(rights, claims{
		"tenantId": "t1", "tenantIds": names{"t1", "t2"}, "scope": "openid files", "sid": "s1", "applicationId": "app-1", "vendorId": "v1",
		"metadata": claims{"plan": "pro", "seats": 3}, "userMetadata": claims{"theme": "dark"}, "customClaims": claims{"region": "eu"},
		"samlAttributes": claims{"groups": names{"dev"}}, "createdByUserId": "u7", "userId": "u8",
	})
	ofFrontegg := with(ofRights, answers{
		"Tenant": "t1", "Tenants": names{"t1", "t2"}, "Scopes": names{"openid", "files"}, "SessionID": "s1", "ApplicationID": "app-1", "VendorID": "v1",
		"Metadata": answers{"plan": "pro", "seats": json.Number("3")}, "UserMetadata": answers{"theme": "dark"},
		"CustomClaims": answers{"region": "eu"}, "SAMLAttributes": answers{"groups": []any{"dev"}}, "CreatedByUserID": "u7",
	})
	typed := func(name string) claims { return with(frontegg, claims{"type": name}) }

	const rolesOfZitadel, orgOfZitadel = "urn:zitadel:iam:org:project:roles", "urn:zitadel:iam:user:resourceowner:id"
	frontier := claims{"gen": "system", "jti": "j1", "aud": nil, "auth_via": "session", "project_id": "p1", "kid": "k1"}
	entra := claims{"oid": "o1", "tid": "t1", "azp": "app-1", "roles": names{"Files.Read.All"}}
	keycloak := claims{"typ": "Bearer", "azp": "web", "realm_access": claims{"roles": names{"admin"}}, "resource_access": claims{"web": claims{"roles": names{"x"}}}, "scp": "x"}
	ofKeycloak := answers{"Roles": names{"admin"}, "Scopes": names{"x"}, "ApplicationID": "web"}
	okta := claims{"cid": "app-1", "groups": names{"Everyone"}, "scp": names{"files.read", "files.write"}}
	ofOkta := answers{"Roles": names{"Everyone"}, "Scopes": names{"files.read", "files.write"}, "ApplicationID": "app-1"}
	cognito := claims{"token_use": "access", "client_id": testAudience, "aud": nil, "cognito:groups": names{"admin"}, "scope": "files"}
	ofCognito := answers{"Roles": names{"admin"}, "Scopes": names{"files"}, "ApplicationID": testAudience}
	zitadel := claims{
		orgOfZitadel: "org1", "client_id": "app-1", "scope": "openid",
		rolesOfZitadel: claims{"admin": claims{"org1": "one.example"}, "owner": claims{"org2": "two.example"}},
	}
	ofZitadel := answers{"Tenant": "org1", "Roles": names{"admin"}, "Scopes": names{"openid"}, "ApplicationID": "app-1"}

	for name, c := range map[string]struct {
		mapping auth.KnownMapping
		claims  claims
		want    answers
		needs   names // claims without which the token is refused
		more    []auth.IssuerOption
	}{
		"OIDC user": {
			mapping: auth.MappingOIDC, claims: with(person, with(rights, claims{"scope": "a b", "sid": "s1", "client_id": "app-1"})),
			want: with(user, with(ofRights, answers{"Scopes": names{"a", "b"}, "SessionID": "s1", "ApplicationID": "app-1"})),
		},
		"OIDC user by the time":    {mapping: auth.MappingOIDC, claims: claims{"auth_time": signedIn}, want: kind(auth.KindUser, "u1", "u1", answers{"AuthTime": signedInTime})},
		"OIDC user by the session": {mapping: auth.MappingOIDC, claims: claims{"sid": "s1"}, want: kind(auth.KindUser, "u1", "u1", answers{"SessionID": "s1"})},
		"OIDC service": {
			mapping: auth.MappingOIDC, claims: claims{"sub": "svc", "client_id": "svc", "scp": names{"a", "b c"}},
			want: answers{"Kind": auth.KindService, "Subject": "svc", "Scopes": names{"a", "b c"}, "ApplicationID": "svc"},
		},
		"OIDC service by azp": {mapping: auth.MappingOIDC, claims: claims{"sub": "svc", "azp": "svc"}, want: answers{"Kind": auth.KindService, "Subject": "svc"}},

		"authgen user":              {mapping: auth.MappingAuthgen, claims: with(person, typed("userToken")), want: with(user, ofFrontegg)},
		"authgen user's API":        {mapping: auth.MappingAuthgen, claims: typed("userApiToken"), want: kind(auth.KindUserAPI, "u1", "u8", ofFrontegg)},
		"authgen tenant's API":      {mapping: auth.MappingAuthgen, claims: typed("tenantApiToken"), want: with(ofFrontegg, answers{"Kind": auth.KindTenantAPI, "Subject": "u1"})},
		"authgen user's access":     {mapping: auth.MappingAuthgen, claims: typed("userAccessToken"), want: kind(auth.KindUserAccess, "u1", "u8", ofFrontegg)},
		"authgen tenant's access":   {mapping: auth.MappingAuthgen, claims: typed("tenantAccessToken"), want: with(ofFrontegg, answers{"Kind": auth.KindTenantAccess, "Subject": "u1"})},
		"authgen personal access":   {mapping: auth.MappingAuthgen, claims: typed("pat"), want: kind(auth.KindPAT, "u1", "u8", ofFrontegg)},
		"authgen service":           {mapping: auth.MappingAuthgen, claims: typed("service"), want: with(ofFrontegg, answers{"Kind": auth.KindService, "Subject": "u1"})},
		"authgen vendor":            {mapping: auth.MappingAuthgen, claims: typed("vendor"), want: with(ofFrontegg, answers{"Kind": auth.KindVendor, "Subject": "u1"})},
		"authgen of no kind":        {mapping: auth.MappingAuthgen, claims: claims{"type": "mystery"}, want: answers{"Subject": "u1"}},
		"authgen unverified":        {mapping: auth.MappingAuthgen, claims: claims{"type": "userToken", "email": "a@example.com", "email_verified": "true"}, want: kind(auth.KindUser, "u1", "u1", answers{"Email": "a@example.com"})},
		"authgen of other forms":    {mapping: auth.MappingAuthgen, claims: claims{"type": "userToken", "name": 1, "sid": names{"s1"}, "metadata": "x", "vendorId": claims{}, "createdByUserId": 7}, want: kind(auth.KindUser, "u1", "u1", nil)},
		"authgen by another issuer": {mapping: auth.MappingAuthgen, claims: claims{"type": "userToken", "createdByUserId": "u7"}, want: answers{"Kind": auth.KindUser, "Subject": "u1"}, more: []auth.IssuerOption{auth.Asserts(auth.Assertion{Kinds: auth.KindUser})}},

		"Frontegg user":            {mapping: auth.MappingFrontegg, claims: with(person, typed("userToken")), want: with(user, ofFrontegg), needs: names{"type", "tenantId", "iat"}},
		"Frontegg user's API":      {mapping: auth.MappingFrontegg, claims: typed("userApiToken"), want: kind(auth.KindUserAPI, "u1", "u7", ofFrontegg), needs: names{"tenantId"}},
		"Frontegg tenant's API":    {mapping: auth.MappingFrontegg, claims: typed("tenantApiToken"), want: with(ofFrontegg, answers{"Kind": auth.KindTenantAPI, "Subject": "u1"}), needs: names{"tenantId"}},
		"Frontegg user's access":   {mapping: auth.MappingFrontegg, claims: typed("userAccessToken"), want: kind(auth.KindUserAccess, "u1", "u8", ofFrontegg), needs: names{"tenantId"}},
		"Frontegg tenant's access": {mapping: auth.MappingFrontegg, claims: typed("tenantAccessToken"), want: with(ofFrontegg, answers{"Kind": auth.KindTenantAccess, "Subject": "u1"}), needs: names{"tenantId"}},
		"Frontegg vendor":          {mapping: auth.MappingFrontegg, claims: claims{"type": "vendor", "vendorId": "v1"}, want: answers{"Kind": auth.KindVendor, "Subject": "u1", "VendorID": "v1"}},

		"Frontier user": {
			mapping: auth.MappingFrontier, claims: with(frontier, claims{"sub_type": "app/user", "email": "ada@example.com", "org_ids": "o1,o2", "sid": "s1"}),
			want:  kind(auth.KindUser, "u1", "u1", answers{"Email": "ada@example.com", "Tenants": names{"o1", "o2"}, "SessionID": "s1"}),
			needs: names{"gen", "jti", "iat", "sub_type"},
		},
		"Frontier user of older servers":   {mapping: auth.MappingFrontier, claims: with(frontier, claims{"sub_type": "app/user", "session_id": "s2"}), want: kind(auth.KindUser, "u1", "u1", answers{"SessionID": "s2"})},
		"Frontier user of no organization": {mapping: auth.MappingFrontier, claims: with(frontier, claims{"sub_type": "app/user", "org_ids": ""}), want: kind(auth.KindUser, "u1", "u1", nil)},
		"Frontier service":                 {mapping: auth.MappingFrontier, claims: with(frontier, claims{"sub_type": "app/serviceuser", "org_ids": "o1"}), want: answers{"Kind": auth.KindService, "Subject": "u1", "Tenants": names{"o1"}}},
		"Frontier personal access":         {mapping: auth.MappingFrontier, claims: with(frontier, claims{"sub_type": "app/pat", "user_id": "u8"}), want: kind(auth.KindPAT, "u1", "u8", nil), needs: names{"user_id"}},

		"Auth0 user": {
			mapping: auth.MappingAuth0, claims: with(person, with(rights, claims{"sub": "auth0|5f7c", "azp": "app-1", "org_id": "org_1", "scope": "openid profile", "sid": "s1"})),
			want: with(with(ofPerson, ofRights), answers{
				"Kind": auth.KindUser, "Subject": "auth0|5f7c", "UserID": "auth0|5f7c", "Tenant": "org_1", "Scopes": names{"openid", "profile"}, "SessionID": "s1", "ApplicationID": "app-1",
			}),
			needs: names{"azp"},
		},
		"Auth0 user by RFC 9068": {mapping: auth.MappingAuth0, claims: claims{"sub": "auth0|5f7c", "client_id": "app-1"}, want: kind(auth.KindUser, "auth0|5f7c", "auth0|5f7c", answers{"ApplicationID": "app-1"}), needs: names{"client_id"}},
		"Auth0 service": {
			mapping: auth.MappingAuth0, claims: claims{"sub": "app-1@clients", "azp": "app-1", "gty": "client-credentials", "scope": "files"},
			want: answers{"Kind": auth.KindService, "Subject": "app-1@clients", "ApplicationID": "app-1", "Scopes": names{"files"}},
		},

		"Keycloak user":           {mapping: auth.MappingKeycloak, claims: with(person, with(keycloak, claims{"sid": "s1"})), want: with(user, with(ofKeycloak, answers{"SessionID": "s1"})), needs: names{"typ"}},
		"Keycloak service":        {mapping: auth.MappingKeycloak, claims: with(keycloak, claims{"client_id": "svc"}), want: with(ofKeycloak, answers{"Kind": auth.KindService, "Subject": "u1"})},
		"Keycloak service of old": {mapping: auth.MappingKeycloak, claims: with(keycloak, claims{"clientId": "svc"}), want: with(ofKeycloak, answers{"Kind": auth.KindService, "Subject": "u1"})},

		"Okta user":    {mapping: auth.MappingOkta, claims: with(person, with(okta, claims{"sub": "ada@example.com", "uid": "00u1"})), want: with(user, with(ofOkta, answers{"Subject": "ada@example.com", "UserID": "00u1"})), needs: names{"cid"}},
		"Okta service": {mapping: auth.MappingOkta, claims: with(okta, claims{"sub": "app-1"}), want: with(ofOkta, answers{"Kind": auth.KindService, "Subject": "app-1"})},

		"Entra user": {
			mapping: auth.MappingEntra, claims: with(person, with(entra, claims{"scp": "Files.Read Files.Write", "sid": "s1"})),
			want: with(user, answers{
				"UserID": "o1", "Tenant": "t1", "Roles": names{"Files.Read.All"}, "Scopes": names{"Files.Read", "Files.Write"}, "SessionID": "s1", "ApplicationID": "app-1",
			}),
			needs: names{"oid", "tid", "azp"},
		},
		"Entra service": {
			mapping: auth.MappingEntra, claims: with(entra, claims{"sub": "x", "idtyp": "app"}),
			want: answers{"Kind": auth.KindService, "Subject": "x", "Tenant": "t1", "Roles": names{"Files.Read.All"}, "ApplicationID": "app-1"},
		},
		"Entra service by its object, version 1": {
			mapping: auth.MappingEntra, claims: with(entra, claims{"sub": "o1", "azp": nil, "appid": "app-2"}),
			want:  answers{"Kind": auth.KindService, "Subject": "o1", "Tenant": "t1", "Roles": names{"Files.Read.All"}, "ApplicationID": "app-2"},
			needs: names{"appid"},
		},
		"Entra of unclear kind": {
			mapping: auth.MappingEntra, claims: with(entra, claims{"sub": "o1", "scp": "x", "idtyp": "app"}),
			want: answers{"Subject": "o1", "Tenant": "t1", "Roles": names{"Files.Read.All"}, "Scopes": names{"x"}, "ApplicationID": "app-1"},
		},
		"Entra user whose object is the subject": {
			mapping: auth.MappingEntra, claims: with(entra, claims{"sub": "o1", "scp": "x"}),
			want: kind(auth.KindUser, "o1", "o1", answers{"Tenant": "t1", "Roles": names{"Files.Read.All"}, "Scopes": names{"x"}, "ApplicationID": "app-1"}),
		},

		"Cognito user":    {mapping: auth.MappingCognito, claims: with(person, with(cognito, claims{"username": "ada"})), want: with(user, ofCognito), needs: names{"token_use", "client_id"}},
		"Cognito service": {mapping: auth.MappingCognito, claims: with(cognito, claims{"sub": testAudience}), want: with(ofCognito, answers{"Kind": auth.KindService, "Subject": testAudience})},

		"Zitadel":        {mapping: auth.MappingZitadel, claims: with(person, zitadel), want: with(ofPerson, with(ofZitadel, answers{"Subject": "u1"}))},
		"Zitadel by azp": {mapping: auth.MappingZitadel, claims: with(zitadel, claims{"client_id": nil, "azp": "app-1"}), want: with(ofZitadel, answers{"Subject": "u1"})},
		"Zitadel users":  {mapping: auth.MappingZitadel, claims: zitadel, want: kind(auth.KindUser, "u1", "u1", ofZitadel), more: []auth.IssuerOption{auth.IssuesOnly(auth.KindUser)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := append([]auth.IssuerOption{auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(c.mapping)}, c.more...)
			if c.mapping == auth.MappingFrontier {
				opts = append(opts, auth.InsecureNoAudience())
			} else {
				opts = append(opts, auth.Audience(testAudience))
			}
			g := newGuard(t, auth.Issuer(testIssuer, opts...), auth.Clock(fixedClock), quiet())
			payload := with(claims{"type": nil}, c.claims) // of helpers_test.go
			var demands []auth.Demand
			if c.want["Kind"] == auth.KindVendor {
				demands = append(demands, auth.Tokens(auth.KindVendor))
			}
			id, err := g.Validate(t.Context(), edSigner().token(payload), demands...)
			if err != nil {
				t.Fatal(err)
			}
			got, want := accessed(id), with(c.want, answers{
				"Issuer": testIssuer, "IssuerName": testIssuer, "Expiry": expiry, "IssuedAt": issued,
				"RawClaims": json.RawMessage(claimsWith(payload)), "Payload": string(claimsWith(payload)),
			})
			if id, ok := payload["jti"]; ok {
				want["TokenID"] = id
			}
			for accessor := range with(got, want) {
				if !reflect.DeepEqual(got[accessor], want[accessor]) {
					t.Errorf("%s is %v, want %v", accessor, got[accessor], want[accessor])
				}
			}
			for _, claim := range c.needs {
				refuses(t, g, edSigner().token(with(payload, claims{claim: nil})), "")
			}
		})
	}
}
