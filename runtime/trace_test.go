package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// TestAuditHeaders holds which headers of a request an event has, as they came.
func TestAuditHeaders(t *testing.T) {
	t.Parallel()
	sink := new(events)
	rule := protected()
	rule.Audit = auth.Audit{Name: "Upload"}
	r := httptest.NewRequest("POST", "/files/1", nil)
	r.Header = http.Header{"User-Agent": {"curl"}, "X-Forwarded-For": {"a, b", "c"}, "Authorization": {"Basic s3cr3t"}}
	guardWith(t, auth.Auditor(sink)).Admit(r, nil, rule)
	if len(sink.all) != 1 || sink.all[0].UserAgent != "curl" || sink.all[0].ForwardedFor != "a, b,c" {
		t.Errorf("audited %+v", sink.all)
	}
}

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
		"feature":   {guardWith(t, auth.Features(ownTenant{})), nil, auth.Demands{Features: []string{"a", "b"}}, `lacks feature "a" or "b"`},
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

// TestLogLevels holds at which level a denial is told, once, and that a caller
// who is admitted is not told of at all.
func TestLogLevels(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	g := guardWith(t, logTo(&log), auth.Checker(new(oracle)))
	malformed := bearer("")
	good := bearer(edSigner().token(nil))
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	late, end := context.WithDeadline(t.Context(), time.Unix(0, 0))
	t.Cleanup(end)
	check := protected(auth.Demands{Checks: []auth.ResourceCheck{{Type: "project", ID: "p1", Permission: "error"}}})
	for name, c := range map[string]struct {
		request *http.Request
		rule    *auth.Rule
		want    string
	}{
		"no credential":   {httptest.NewRequest("GET", "/", nil), protected(), `DEBUG msg="auth: denied" status=401 reason="no credential"`},
		"another scheme":  {withHeader("Authorization", "Basic eDp5"), protected(), `DEBUG msg="auth: denied" status=401 reason="the scheme`},
		"malformed":       {malformed, protected(), `INFO msg="auth: denied" status=400 reason="Authorization is malformed"`},
		"a bad token":     {bearer("a.b.c"), protected(), `INFO msg="auth: denied" status=401`},
		"an expired one":  {bearer(edSigner().token(map[string]any{"exp": 1})), protected(), `INFO msg="auth: denied" status=401`},
		"lacks a role":    {good, protected(auth.Demands{Roles: []string{"a"}}), `INFO msg="auth: denied" status=403 reason="lacks role \"a\"" handler=test method=GET`},
		"step-up":         {good, protected(auth.Demands{StepUp: auth.StepUp{Required: true}}), `INFO msg="auth: denied" status=401`},
		"what is open":    {good, protected(auth.Demands{Tenant: "id"}), `INFO msg="auth: denied" status=403`},
		"a provider":      {good, check, `ERROR msg="auth: denied" status=503`},
		"no provider":     {good, protected(auth.Demands{Features: []string{"a"}}), `ERROR msg="auth: denied" status=503 reason="needs a feature provider: the guard has none"`},
		"who hung up":     {good.WithContext(gone), check, `DEBUG msg="auth: denied" status=503 reason="the resource checker`},
		"hung up, lacks":  {good.WithContext(gone), protected(auth.Demands{Roles: []string{"a"}}), `INFO msg="auth: denied" status=403`},
		"out of time":     {good.WithContext(late), check, `ERROR msg="auth: denied" status=503`},
		"an empty rule":   {good, new(auth.Rule), `ERROR msg="auth: denied" status=503`},
		"admitted":        {good, protected(), ""},
		"public":          {malformed, &auth.Rule{Access: auth.Public}, ""},
		"optional, empty": {httptest.NewRequest("GET", "/", nil), &auth.Rule{Access: auth.Optional}, ""},
	} {
		log.Reset()
		g.Admit(c.request, nil, c.rule)
		text := log.String()
		if c.want == "" && text != "" || c.want != "" && (strings.Count(text, "\n") != 1 || !strings.Contains(text, "level="+c.want)) {
			t.Errorf("%s: %s\nwant %s", name, text, c.want)
		}
	}
}

func withHeader(name, value string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set(name, value)
	return r
}

// TestLogCost holds that a denial below the logger's level costs nothing beside
// the answer, so that nobody pays for those who ask without a credential.
func TestLogCost(t *testing.T) { // not parallel, for AllocsPerRun
	g := guardWith(t)
	answer := testing.AllocsPerRun(100, func() { _, _ = g.Validate(t.Context(), "") })
	r, rule := httptest.NewRequest(http.MethodGet, "/", nil), protected()
	if got := testing.AllocsPerRun(100, func() { g.Admit(r, nil, rule) }); got > answer {
		t.Errorf("%v allocations, of which the answer is %v", got, answer)
	}
}

// broken is a sink for audits that panics.
type broken struct{ of string }

func (b broken) Audit(context.Context, auth.AuditEvent) { panic(errors.New(b.of)) }

// TestAuditPanics holds that a sink which panics changes nothing of a decision,
// and is told of without what it panicked with.
func TestAuditPanics(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	g := guardWith(t, logTo(&log), auth.Auditor(broken{"s3cr3t"}))
	rule := protected(auth.Demands{Roles: []string{"admin"}})
	rule.Audit = auth.Audit{Name: "Upload", Severity: "High"}
	for want, claims := range map[int]map[string]any{200: {"roles": []string{"admin"}}, 403: nil, 401: {"exp": 1}} {
		log.Reset()
		id, c := g.Admit(bearer(edSigner().token(claims)), nil, rule)
		if (id != nil) != (want == 200) || (c == nil) != (want == 200) || c != nil && c.Status() != want {
			t.Errorf("%d: %v, %v", want, id, c)
		}
		if text := log.String(); !strings.Contains(text, `level=ERROR msg="auth: the audit sink panicked" panic=*errors.errorString`) || strings.Contains(text, "s3cr3t") {
			t.Errorf("%d: %s", want, text)
		}
	}
}

// TestLogContext holds that the logger gets the request's context, in which
// others keep what their records need.
func TestLogContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	var seen []any
	g := guardWith(t, auth.Logger(slog.New(handler(func(ctx context.Context) { seen = append(seen, ctx.Value(key{})) }))))
	rule := protected()
	rule.Audit.Name = "Upload"
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	g.Admit(r.WithContext(context.WithValue(r.Context(), key{}, "request")), nil, rule)
	if len(seen) != 2 || seen[0] != "request" || seen[1] != "request" {
		t.Errorf("contexts of %v", seen)
	}
}

// handler is a log handler that is called with each record's context.
type handler func(context.Context)

func (h handler) Enabled(context.Context, slog.Level) bool        { return true }
func (h handler) Handle(ctx context.Context, _ slog.Record) error { h(ctx); return nil }
func (h handler) WithAttrs([]slog.Attr) slog.Handler              { return h }
func (h handler) WithGroup(string) slog.Handler                   { return h }
