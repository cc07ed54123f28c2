package fronteggtest

import "time"

// StepUpACR is the claim acr of a token after step-up authentication.
const StepUpACR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"

// Claim sets any claim; nil removes it.
func Claim(name string, value any) TokenOption {
	return func(t *token) {
		if value == nil {
			delete(t.claims, name)
			return
		}
		t.claims[name] = value
	}
}

// Without removes claims.
func Without(names ...string) TokenOption {
	return func(t *token) {
		for _, name := range names {
			delete(t.claims, name)
		}
	}
}

// Roles sets the roles.
func Roles(keys ...string) TokenOption { return Claim("roles", list(keys)) }

// Permissions sets the permissions.
func Permissions(keys ...string) TokenOption { return Claim("permissions", list(keys)) }

// Tenant sets the active tenant.
func Tenant(id string) TokenOption { return Claim("tenantId", id) }

// Tenants sets the list of all tenants of a user, of which one is active.
func Tenants(ids ...string) TokenOption { return Claim("tenantIds", list(ids)) }

// OwnedBy sets the user behind a token of kind [UserAPI] or [UserAccess].
func OwnedBy(userID string) TokenOption { return Claim("userId", userID) }

// CreatedBy sets the user who made an API token.
func CreatedBy(userID string) TokenOption { return Claim("createdByUserId", userID) }

// Email sets the address, as one that was verified.
func Email(address string) TokenOption {
	return func(t *token) { t.claims["email"], t.claims["email_verified"] = address, true }
}

// Name sets the display name.
func Name(name string) TokenOption { return Claim("name", name) }

// Application sets the application for which the token was issued (applicationId)
// and makes it the audience.
func Application(id string) TokenOption {
	return func(t *token) { t.claims["applicationId"], t.claims["aud"] = id, id }
}

// AuthTime sets when the user authenticated.
func AuthTime(at time.Time) TokenOption { return Claim("auth_time", at.Unix()) }

// StepUp says that the user passed step-up authentication at this time.
func StepUp(at time.Time) TokenOption {
	return func(t *token) {
		t.claims["auth_time"], t.claims["acr"] = at.Unix(), StepUpACR
		t.claims["amr"] = []string{"mfa", "otp"}
	}
}

// ValidFor sets how long the token is valid from now on. d may be negative.
func ValidFor(d time.Duration) TokenOption {
	return func(t *token) { t.claims["exp"] = t.now.Add(d).Unix() }
}

// list makes an empty list of none, not null.
func list(values []string) []string { return append([]string{}, values...) }
