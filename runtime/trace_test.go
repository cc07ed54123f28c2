package auth_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// TestAuditLog holds what the logger gets where there is no auditor: what was
// asked and by whom, and no value of a claim.
func TestAuditLog(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	g := guardWith(t, logTo(&log))
	rule := protected(auth.Demands{Roles: []string{"admin"}})
	rule.Audit = auth.Audit{Name: "Upload", Severity: "High"}
	const question = "name=Upload severity=High handler=test "
	const request = "method=POST path=/files/1 remote=192.0.2.1:1234"
	for want, authorization := range map[string]string{
		question + `allowed=true ` + request + " kind=user issuer=" + testIssuer: "Bearer " +
			edSigner().token(map[string]any{"sub": "s3cr3t", "roles": []string{"admin"}}),
		question + `allowed=false status=403 reason="lacks role \"admin\"" ` + request + " kind=service issuer=" + testIssuer: "Bearer " +
			edSigner().token(map[string]any{"sub": "s3cr3t", "type": "service"}),
		question + `allowed=false status=401 reason="no credential" ` + request + "\n": "",
	} {
		log.Reset()
		r := httptest.NewRequest("POST", "/files/1?token=s3cr3t", nil)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		g.Admit(r, nil, rule)
		if text := log.String(); strings.Count(text, "auth: audit") != 1 || !strings.Contains(text, want) || strings.Contains(text, "s3cr3t") {
			t.Errorf("%s\nwant %s", text, want)
		}
	}
}

// TestReasonsSayWhatToDo holds that the log names the option that is missing or
// wrong, and the caller learns nothing of it.
func TestReasonsSayWhatToDo(t *testing.T) {
	t.Parallel()
	oidc := issuerGuard(t, auth.Mapping(auth.MappingOIDC))
	for name, c := range map[string]struct {
		g      *auth.Guard
		claims map[string]any
		demand auth.Demands
		want   string
	}{
		"audience":  {oidc, map[string]any{"aud": "s3cr3t"}, auth.Demands{}, `aud does not name this service, which is ["files-api"] (auth.Audience)`},
		"tenant":    {oidc, nil, auth.Demands{Tenant: "id"}, "its issuer's claim mapping names no tenant (auth.Mapping)"},
		"no tenant": {guardWith(t), nil, auth.Demands{Tenant: "id"}, "has no active tenant"},
		"parameter": {guardWith(t), nil, auth.Demands{Tenant: "other"}, `the tenant is absent or unfit: path parameter "other"`},
		"user id":   {guardWith(t), nil, auth.Demands{Owner: "other"}, `the user id is absent or unfit: path parameter "other"`},
		"negation":  {guardWith(t), nil, auth.Demands{Policy: func(d *auth.Decision) auth.Truth { return d.Authenticated().Not() }}, "the policy does not hold"},
		"kind":      {oidc, nil, auth.Demands{Owner: "id"}, "auth.IssuesOnly"},
	} {
		_, challenge := c.g.Admit(bearer(edSigner().token(c.claims)), path{"id": "t1"}, protected(c.demand))
		if challenge == nil || !strings.Contains(challenge.Reason(), c.want) || strings.Contains(challenge.Reason(), "s3cr3t") {
			t.Errorf("%s: %v", name, challenge)
			continue
		}
		w := httptest.NewRecorder()
		c.g.Deny(w, nil, challenge)
		if answer := w.Body.String() + w.Header().Get("WWW-Authenticate"); strings.Contains(answer, testAudience) || strings.Contains(answer, "auth.") {
			t.Errorf("%s: the caller learns %s", name, answer)
		}
	}
}
