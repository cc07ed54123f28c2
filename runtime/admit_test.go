package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// events keeps what was audited.
type events struct{ all []auth.AuditEvent }

func (e *events) Audit(_ context.Context, event auth.AuditEvent) { e.all = append(e.all, event) }

// TestAdmitTyped holds whom handlers with an identity parameter admit beyond their
// rule, and that one decision is audited, the final one.
func TestAdmitTyped(t *testing.T) {
	t.Parallel()
	token := func(typ string) *http.Request { return bearer(edSigner().token(map[string]any{"type": typ})) }
	user, service, vendor, nobody := token("userToken"), token("service"), token("vendor"), httptest.NewRequest(http.MethodGet, "/", nil)
	restricted := protected()
	vendors := protected(auth.Demands{Policy: func(*auth.Decision) auth.Truth { return auth.True }, PolicyVendor: true})
	optional, public := &auth.Rule{Access: auth.Optional}, &auth.Rule{Access: auth.Public}
	type fits struct {
		Type string `json:"type"`
	}
	type misfits struct {
		Type int `json:"type"`
	}
	identity, users, vendorsOnly := admitting(auth.AdmitIdentity), admitting(auth.AdmitAs[auth.User]), admitting(auth.AdmitAs[auth.Vendor])
	claims, other := admitting(auth.AdmitClaims[fits]), admitting(auth.AdmitClaims[misfits])
	for name, c := range map[string]struct {
		admit  func(*auth.Guard, *http.Request, *auth.Rule) (bool, *auth.Challenge)
		r      *http.Request
		rule   *auth.Rule
		status int  // of the challenge
		some   bool // an identity
	}{
		"any, a user":              {identity, user, restricted, 0, true},
		"any, a service":           {identity, service, restricted, 0, true},
		"any, a vendor":            {identity, vendor, vendors, 403, false},
		"any, a vendor, optional":  {identity, vendor, optional, 403, false},
		"any, nobody":              {identity, nobody, restricted, 401, false},
		"any, nobody, optional":    {identity, nobody, optional, 0, false},
		"any, public":              {identity, user, public, 0, false},
		"user, a user":             {users, user, restricted, 0, true},
		"user, a service":          {users, service, restricted, 403, false},
		"user, a service optional": {users, service, optional, 403, false},
		"user, nobody":             {users, nobody, restricted, 401, false},
		"user, nobody, optional":   {users, nobody, optional, 0, false},
		"user, public":             {users, service, public, 0, false},
		"vendor, a vendor":         {vendorsOnly, vendor, vendors, 0, true},
		"vendor, not named":        {vendorsOnly, vendor, restricted, 403, false},
		"vendor, a user":           {vendorsOnly, user, vendors, 403, false},
		"claims":                   {claims, user, restricted, 0, true},
		"claims of others":         {other, user, restricted, 401, false},
		"claims, nobody":           {claims, nobody, restricted, 401, false},
		"claims, nobody, optional": {claims, nobody, optional, 0, false},
		"claims, public":           {other, user, public, 0, false},
	} {
		sink := new(events)
		rule := *c.rule
		rule.Audit.Name = "Test"
		some, challenge := c.admit(guardWith(t, auth.Auditor(sink)), c.r, &rule)
		status := 0
		if challenge != nil {
			status = challenge.Status()
		}
		if some != c.some || status != c.status {
			t.Errorf("%s: %v, %d", name, some, status)
		}
		if len(sink.all) != 1 || sink.all[0].Allowed != (c.status == 0) || sink.all[0].Status != c.status {
			t.Errorf("%s: audited %+v", name, sink.all)
		}
	}
}

// admitting reports whether a typed identity came.
func admitting[T any](admit func(*auth.Guard, *http.Request, auth.Params, *auth.Rule) (*T, *auth.Challenge)) func(*auth.Guard, *http.Request, *auth.Rule) (bool, *auth.Challenge) {
	return func(g *auth.Guard, r *http.Request, rule *auth.Rule) (bool, *auth.Challenge) {
		id, c := admit(g, r, nil, rule)
		return id != nil, c
	}
}
