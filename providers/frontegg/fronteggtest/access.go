package fronteggtest

import (
	"net/http"
	"slices"
	"time"
)

// AccessToken is what looking up an access token finds.
type AccessToken struct {
	// ID is the subject's unless set. Another one is what a confused service
	// would answer.
	ID string
	// TenantID is [DefaultTenant] unless set.
	TenantID string
	// UserID is [DefaultUser] unless set. Tenants' access tokens have none.
	UserID string
	// Roles and Permissions are keys; nil is the empty list.
	Roles, Permissions []string
	// Expires ends the token; zero never. An expired one is still found, and no
	// longer on the active list.
	Expires time.Time
	// Inactive ones are found, and are not on the active list.
	Inactive bool
}

// AddAccessToken makes an access token known, or changes what is known of it. The
// subject is a [UserAccess] or a [TenantAccess].
func (f *Fake) AddAccessToken(subject Subject, a AccessToken) {
	f.helper()
	f.mustBeAccess("AddAccessToken", subject)
	a.ID = either(a.ID, subject.id)
	a.TenantID = either(a.TenantID, DefaultTenant)
	if subject.kind == "userAccessToken" {
		a.UserID = either(a.UserID, DefaultUser)
	}
	a.Roles, a.Permissions = list(a.Roles), list(a.Permissions)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.access[subject] = a
}

// IssueAccessToken makes an access token known and mints its JWT, which names the
// same tenant and user.
func (f *Fake) IssueAccessToken(subject Subject, a AccessToken, opts ...TokenOption) string {
	f.helper()
	f.AddAccessToken(subject, a)
	all := []TokenOption{Tenant(either(a.TenantID, DefaultTenant))}
	if subject.kind == "userAccessToken" {
		all = append(all, OwnedBy(either(a.UserID, DefaultUser)))
	}
	return f.Token(subject, append(all, opts...)...)
}

// DeleteAccessToken makes an access token unknown: its lookup is answered with
// 404, and it is not on the active list.
func (f *Fake) DeleteAccessToken(subject Subject) {
	f.helper()
	f.mustBeAccess("DeleteAccessToken", subject)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.access, subject)
}

// DisableAccessTokens says whether the environment has access tokens switched
// off. Lookups and lists are then answered with 403 and "Api tokens are
// disabled".
func (f *Fake) DisableAccessTokens(disabled bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.disabled = disabled
}

func (f *Fake) mustBeAccess(method string, subject Subject) {
	f.helper()
	if subject.kind != "userAccessToken" && subject.kind != "tenantAccessToken" {
		f.fail("fronteggtest: %s: say fronteggtest.UserAccess or fronteggtest.TenantAccess, not %s", method, subject.kind)
	}
}

func (f *Fake) lookUpUser(c *call) reply   { return f.lookUp(UserAccess(c.id)) }
func (f *Fake) lookUpTenant(c *call) reply { return f.lookUp(TenantAccess(c.id)) }

// lookUp answers with the entity. The body of its 404 was not observed.
func (f *Fake) lookUp(subject Subject) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.disabled {
		return accessDisabled()
	}
	a, ok := f.access[subject]
	if !ok {
		return refuse(http.StatusNotFound, "Access token not found")
	}
	entity := map[string]any{"id": a.ID, "tenantId": a.TenantID, "roles": a.Roles, "permissions": a.Permissions}
	if a.UserID != "" {
		entity["userId"] = a.UserID
	}
	if !a.Expires.IsZero() {
		entity["expires"] = timestamp(a.Expires)
	}
	return respond(http.StatusOK, entity)
}

func (f *Fake) activeUsers(*call) reply   { return f.active("userAccessToken") }
func (f *Fake) activeTenants(*call) reply { return f.active("tenantAccessToken") }

// active answers with the ids of the tokens of a kind that are active.
func (f *Fake) active(kind string) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.disabled {
		return accessDisabled()
	}
	ids := []string{}
	for subject, a := range f.access {
		expired := !a.Expires.IsZero() && !f.now().Before(a.Expires)
		if subject.kind == kind && !a.Inactive && !expired {
			ids = append(ids, subject.id)
		}
	}
	slices.Sort(ids)
	return respond(http.StatusOK, ids)
}

func accessDisabled() reply { return refuse(http.StatusForbidden, "Api tokens are disabled") }

// timestamp writes t as JavaScript does.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
