package frontegg

import (
	"context"
	"errors"
	"strings"

	"github.com/authgen/authgen/providers/frontegg/internal/entitlement"
	auth "github.com/authgen/authgen/runtime"
)

// permissionFeature begins the names of features that stand for permissions.
const permissionFeature = "permission:"

// Entitled implements auth.FeatureProvider: it answers //auth:features= of rules.
//
//	//auth:features=sso                      the tenant or the user is entitled to the feature
//	//auth:features=permission:reports.read  it holds the permission, and is entitled to a feature of it
//
// Guards of [Client.Guard] ask it, and begin to poll when a rule is wired that demands
// features; others do by auth.Features(client.Entitlements()). Conditions of flags and
// plans see the claims of the token, as jwt.* and frontegg.*. Tenants and users are
// those of Frontegg: a guard that trusts other issuers says which tenants they may
// assert (auth.Asserts).
//
// Of the caller count the tenant, the user (of a userToken its sub, of a userApiToken
// and a userAccessToken its userId, and of others none) and the permissions, of which
// "*" in one that is held stands for any text.
//
// It takes less than a microsecond, and allocates nothing, where the tenant or the
// user holds the feature directly.
func (e *Entitlements) Entitled(_ context.Context, id *auth.Identity, feature string) (bool, error) {
	if id == nil {
		return false, nil
	}
	now := e.now()
	s, err := e.current(now)
	if err != nil {
		return false, err
	}
	subject := subjectOf(id)
	attributes := entitlement.Attributes{Claims: id.Payload(), UserID: subject.UserID}
	if permission, ok := strings.CutPrefix(feature, permissionFeature); ok {
		return permission != "" && s.Permission(subject, permission, &attributes, now).Entitled, nil
	}
	return s.Feature(subject, feature, &attributes, now).Entitled, nil
}

// features are the entitlements of a client, for which Frontegg is asked when a rule
// demands one.
type features struct{ client *Client }

// Prepare implements auth.Preparer.
func (f features) Prepare() { f.client.Entitlements() }

// Entitled implements auth.FeatureProvider.
func (f features) Entitled(ctx context.Context, id *auth.Identity, feature string) (bool, error) {
	return f.client.Entitlements().Entitled(ctx, id, feature)
}

// subjectOf is who asks with this token.
func subjectOf(id *auth.Identity) entitlement.Subject {
	s := entitlement.Subject{TenantID: id.Tenant(), Permissions: tokenPermissions{id}}
	switch id.Kind() {
	case auth.KindUser, auth.KindUserAccess:
		s.UserID = id.UserID()
	case auth.KindUserAPI:
		// Of an issuer that does not own the user ids its claim is nobody's.
		if id.UserID() != "" {
			s.UserID = id.ClaimText("userId")
		}
	}
	return s
}

// tokenPermissions are those of a token, with wildcards.
type tokenPermissions struct{ id *auth.Identity }

// HasPermission implements entitlement.Permissions.
func (p tokenPermissions) HasPermission(permission string) bool {
	return p.id.HasPermission(permission) ||
		p.id.AnyPermission(func(held string) bool { return entitlement.Stands(held, permission) })
}

// EntitlementSubject is who is asked about by hand.
type EntitlementSubject struct {
	TenantID string
	UserID   string // "" for the tenant alone
	// Permissions are those that are held; "*" in one of them stands for any text.
	Permissions []string
}

// EntitlementAnswer is an answer.
type EntitlementAnswer struct {
	Entitled      bool
	Justification Justification // "" when entitled
}

// Justification says why somebody is not entitled, in Frontegg's words.
type Justification string

// The justifications.
const (
	MissingFeature    = Justification(entitlement.MissingFeature)
	MissingPermission = Justification(entitlement.MissingPermission)
	BundleExpired     = Justification(entitlement.BundleExpired)
)

// EntitlementScope asks about one subject. It may be kept: each question is answered
// from the snapshot that is the latest then. It is safe for any number of goroutines.
type EntitlementScope struct {
	from    *Entitlements
	subject entitlement.Subject
	claims  string
}

// ForUser returns the scope of a subject. Conditions see the attributes that are given
// with the question, and nothing else.
func (e *Entitlements) ForUser(s EntitlementSubject) *EntitlementScope {
	return &EntitlementScope{e, entitlement.Subject{TenantID: s.TenantID, UserID: s.UserID, Permissions: entitlement.Held(s.Permissions)}, ""}
}

// ForIdentity returns the scope of who calls with a token, as [Entitlements.Entitled]
// sees them; a nil identity is entitled to what everybody is. Names of attributes that
// begin with "jwt." or "frontegg." are the token's, whatever is given with the
// question.
func (e *Entitlements) ForIdentity(id *auth.Identity) *EntitlementScope {
	if id == nil {
		return &EntitlementScope{from: e}
	}
	return &EntitlementScope{e, subjectOf(id), id.Payload()}
}

// ForToken is ForIdentity for a token that [Client.Validate] checks, whose error it
// returns.
func (e *Entitlements) ForToken(ctx context.Context, token string) (*EntitlementScope, error) {
	id, err := e.client.Validate(ctx, token)
	if err != nil {
		return nil, err
	}
	return e.ForIdentity(id), nil
}

// Feature asks for a feature. Attributes are those of the application, for conditions
// of flags and plans: strings, booleans, numbers, times and lists of strings, by types of
// the application's own too; nil is none. They are read, and not kept.
func (s *EntitlementScope) Feature(key string, attributes map[string]any) (EntitlementAnswer, error) {
	return s.ask("", key, attributes)
}

// Permission asks for a permission: whether the subject holds it and, where it belongs
// to features, is entitled to one of them. Attributes are as for Feature.
func (s *EntitlementScope) Permission(key string, attributes map[string]any) (EntitlementAnswer, error) {
	if key == "" {
		return EntitlementAnswer{Justification: MissingPermission}, nil
	}
	return s.ask(key, "", attributes)
}

// EntitlementQuestion asks for a feature or a permission, and not for both.
type EntitlementQuestion struct{ FeatureKey, PermissionKey string }

// Ask asks Feature or Permission. A question for both, or neither, is an error.
func (s *EntitlementScope) Ask(q EntitlementQuestion, attributes map[string]any) (EntitlementAnswer, error) {
	if (q.FeatureKey == "") == (q.PermissionKey == "") {
		return EntitlementAnswer{}, errors.New("frontegg: entitlements: the question is not for one of feature and permission")
	}
	return s.ask(q.PermissionKey, q.FeatureKey, attributes)
}

func (s *EntitlementScope) ask(permission, feature string, attributes map[string]any) (EntitlementAnswer, error) {
	now := s.from.now()
	snapshot, err := s.from.current(now)
	if err != nil {
		return EntitlementAnswer{}, err
	}
	a := entitlement.Attributes{Claims: s.claims, UserID: s.subject.UserID}
	if len(attributes) > 0 {
		a.Lookup = func(name string) (entitlement.Value, bool) {
			v, ok := attributes[name]
			return entitlement.ValueOf(v), ok
		}
	}
	var r entitlement.Result
	if permission != "" {
		r = snapshot.Permission(s.subject, permission, &a, now)
	} else {
		r = snapshot.Feature(s.subject, feature, &a, now)
	}
	return EntitlementAnswer{r.Entitled, Justification(r.Justification)}, nil
}
