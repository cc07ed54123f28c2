package authtest

import (
	"errors"
	"strings"
	"time"
)

// User makes the token that of a person who signed in.
func User(id string) TokenOption { return kind("userToken", id) }

// UserAPI makes the token a person's API token; id is the token's own.
func UserAPI(id string) TokenOption { return kind("userApiToken", id) }

// TenantAPI makes the token a tenant's API token; id is the token's own.
func TenantAPI(id string) TokenOption { return kind("tenantApiToken", id) }

// UserAccess makes the token a person's access token; id is the token's own.
func UserAccess(id string) TokenOption { return kind("userAccessToken", id) }

// TenantAccess makes the token a tenant's access token; id is the token's own.
func TenantAccess(id string) TokenOption { return kind("tenantAccessToken", id) }

// PAT makes the token a personal access token; id is the token's own.
func PAT(id string) TokenOption { return kind("pat", id) }

// Service makes the token that of a program.
func Service(id string) TokenOption { return kind("service", id) }

// Vendor makes the token the software vendor's.
func Vendor(id string) TokenOption { return kind("vendor", id) }

func kind(typ, subject string) TokenOption {
	return func(t *token) {
		if _, twice := t.claims["type"]; twice {
			t.err = errors.New("a token is of one kind")
		}
		t.claims["type"], t.claims["sub"] = typ, subject
	}
}

// OwnedBy names the user behind a token of kind [UserAPI], [UserAccess] or [PAT].
func OwnedBy(userID string) TokenOption { return Claim("userId", userID) }

// CreatedBy names the user who made an API token.
func CreatedBy(userID string) TokenOption { return Claim("createdByUserId", userID) }

// Roles sets the roles.
func Roles(names ...string) TokenOption { return Claim("roles", list(names)) }

// Permissions sets the permissions.
func Permissions(names ...string) TokenOption { return Claim("permissions", list(names)) }

// Scopes sets the OAuth scopes.
func Scopes(names ...string) TokenOption { return Claim("scope", strings.Join(names, " ")) }

// Tenant sets the active tenant.
func Tenant(id string) TokenOption { return Claim("tenantId", id) }

// Tenants sets the list of all tenants that the subject belongs to. Only the
// active one counts for rules.
func Tenants(ids ...string) TokenOption { return Claim("tenantIds", list(ids)) }

// Name sets the display name.
func Name(name string) TokenOption { return Claim("name", name) }

// Email sets the address, as one that the issuer verified.
func Email(address string) TokenOption {
	return func(t *token) { t.claims["email"], t.claims["email_verified"] = address, true }
}

// Actor makes the token one with which subject acts for its owner: somebody from
// support, for example.
func Actor(subject string) TokenOption {
	return Claim("act", map[string]any{"sub": subject})
}

// AuthTime sets when the user authenticated.
func AuthTime(at time.Time) TokenOption { return Claim("auth_time", at.Unix()) }

// StepUp says that the user passed step-up authentication at this time.
func StepUp(at time.Time) TokenOption {
	return func(t *token) {
		t.claims["auth_time"] = at.Unix()
		t.claims["acr"] = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
		t.claims["amr"] = []string{"mfa", "otp"}
	}
}

// ValidFor sets how long the token is valid.
func ValidFor(d time.Duration) TokenOption {
	return func(t *token) { t.claims["exp"] = t.now.Add(d).Unix() }
}

// Claim sets any claim; nil removes it. Names of other options' claims are
// those of [auth.MappingAuthgen].
func Claim(name string, value any) TokenOption {
	return func(t *token) {
		if value == nil {
			delete(t.claims, name)
			return
		}
		t.claims[name] = value
	}
}

// list makes an empty list of none, not null.
func list(values []string) []string { return append([]string{}, values...) }
