package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// denied runs a request through a guard and returns the answer.
func denied(t testing.TB, g *auth.Guard, r *http.Request, rule *auth.Rule) *http.Response {
	t.Helper()
	_, c := g.Admit(r, nil, rule)
	if c == nil {
		t.Fatal("admitted")
	}
	w := httptest.NewRecorder()
	g.Deny(w, r, c)
	return w.Result()
}

func body(t testing.TB, response *http.Response) string {
	t.Helper()
	var b strings.Builder
	buffer := make([]byte, 4096)
	n, _ := response.Body.Read(buffer)
	b.Write(buffer[:n])
	return b.String()
}

const (
	body401 = `{"code":"unauthenticated","message":"not authenticated"}`
	body403 = `{"code":"permission_denied","message":"not authorized"}`
	body400 = `{"code":"invalid_request","message":"invalid request"}`
	body503 = `{"code":"unavailable","message":"service unavailable"}`
)

func TestR19Challenges(t *testing.T) {
	t.Parallel()
	s := edSigner()
	g := guardWith(t, auth.Realm(`files "x" \ y`))
	const realm = `Bearer realm="files \"x\" \\ y"`
	for name, c := range map[string]struct {
		r      *http.Request
		rule   *auth.Rule
		status int
		www    string
		body   string
	}{
		"no credential":  {carried("GET"), protected(), 401, realm, body401},
		"other scheme":   {carried("GET", "Authorization", "Basic x"), protected(), 401, realm, body401},
		"bad token":      {bearer("x"), protected(), 401, realm + `, error="invalid_token", error_description="The access token is not valid"`, body401},
		"malformed":      {carried("GET", "Authorization", "Bearer"), protected(), 400, realm + `, error="invalid_request", error_description="The credentials of the request are malformed"`, body400},
		"lacks role":     {bearer(s.token(nil)), protected(auth.Demands{Roles: []string{"admin"}}), 403, realm + `, error="insufficient_scope", error_description="The request requires higher privileges"`, body403},
		"lacks scope":    {bearer(s.token(nil)), protected(auth.Demands{Scopes: []string{"files:read", "files:all"}}), 403, realm + `, error="insufficient_scope", error_description="The request requires higher privileges", scope="files:read"`, body403},
		"odd scope":      {bearer(s.token(nil)), protected(auth.Demands{Scopes: []string{`a"b`}}), 403, realm + `, error="insufficient_scope", error_description="The request requires higher privileges"`, body403},
		"no scope":       {bearer(s.token(nil)), asking(func(d *auth.Decision) auth.Truth { return d.Scope() }), 403, realm + `, error="insufficient_scope", error_description="The request requires higher privileges"`, body403},
		"unknown answer": {bearer(s.token(nil)), protected(auth.Demands{Features: []string{"sso"}}), 503, "", body503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := denied(t, g, c.r, c.rule)
			if response.StatusCode != c.status || response.Header.Get("WWW-Authenticate") != c.www {
				t.Errorf("%d %s\nwant %d %s", response.StatusCode, response.Header.Get("WWW-Authenticate"), c.status, c.www)
			}
			if got := body(t, response); got != c.body {
				t.Errorf("body %s, want %s", got, c.body)
			}
			if got := response.Header.Get("Content-Type"); got != "application/json" {
				t.Errorf("content type %s", got)
			}
			if got := response.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("cache control %s", got)
			}
			if got := response.Header.Get("Retry-After"); (got != "") != (c.status == 503) {
				t.Errorf("retry after %q", got)
			}
		})
	}
}

func TestR20StepUpChallenge(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	const acr = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
	const start = `Bearer realm="api", error="insufficient_user_authentication", error_description="A stronger or more recent authentication is required", acr_values="` + acr + `"`
	stepUp := func(age time.Duration) auth.Demands {
		return auth.Demands{StepUp: auth.StepUp{Required: true, MaxAge: age}}
	}
	for name, c := range map[string]struct {
		rule *auth.Rule
		www  string
	}{
		"any age":         {protected(stepUp(0)), start},
		"ten minutes":     {protected(stepUp(10 * time.Minute)), start + `, max_age="600"`},
		"rounded down":    {protected(stepUp(2500 * time.Millisecond)), start + `, max_age="2"`},
		"shortest counts": {protected(stepUp(0), stepUp(time.Hour), stepUp(time.Minute)), start + `, max_age="60"`},
		"shortest first":  {protected(stepUp(time.Minute), stepUp(time.Hour), stepUp(0)), start + `, max_age="60"`},
		"in a policy":     {protected(auth.Demands{Policy: func(d *auth.Decision) auth.Truth { return d.StepUp(time.Minute) }}), start + `, max_age="60"`},
		"after a false alternative": {protected(auth.Demands{Policy: func(d *auth.Decision) auth.Truth {
			return auth.Or(d.Role("admin"), d.Token(auth.KindUser))
		}}, stepUp(0)), start},
	} {
		response := denied(t, g, bearer(s.token(nil)), c.rule)
		if got := response.Header.Get("WWW-Authenticate"); response.StatusCode != 401 || got != c.www {
			t.Errorf("%s: %d %s", name, response.StatusCode, got)
		}
		if got := body(t, response); got != body401 {
			t.Errorf("%s: body %s", name, got)
		}
	}
	// Who lacks something else as well is not sent to step up.
	response := denied(t, g, bearer(s.token(nil)), protected(stepUp(0), auth.Demands{Roles: []string{"admin"}}))
	if response.StatusCode != 403 {
		t.Errorf("lacking a role too: %d", response.StatusCode)
	}
	// What the mapping names is quoted.
	claims := auth.MappingAuthgen.Claims()
	claims.StepUp = auth.StepUpEvidence{ACR: []string{`a"b\c`, "~\x7f\u00e9\r\n"}}
	response = denied(t, issuerGuard(t, auth.Mapping(claims)), bearer(s.token(nil)), protected(stepUp(0)))
	if got := response.Header.Get("WWW-Authenticate"); !strings.HasSuffix(got, `, acr_values="a\"b\\c ~?????"`) {
		t.Errorf("quoted: %s", got)
	}
	// max_age of zero seconds is not the same as none.
	_, c := g.Admit(bearer(s.token(nil)), nil, protected(stepUp(time.Millisecond)))
	h := http.Header{}
	c.SetHeader(h)
	if !strings.HasSuffix(h.Get("WWW-Authenticate"), `max_age="0"`) || !errors.Is(c, auth.ErrStepUpRequired) || !errors.Is(c, auth.ErrUnauthenticated) {
		t.Errorf("%s %v", h, c)
	}
}

func TestR21ResourceMetadata(t *testing.T) {
	t.Parallel()
	const url = "https://api.example.com/.well-known/oauth-protected-resource"
	g := guardWith(t, auth.ResourceMetadata(url))
	for want, r := range map[string]*http.Request{
		`Bearer realm="api", resource_metadata="` + url + `"`:                                                                           carried("GET"),
		`Bearer realm="api", error="invalid_token", error_description="The access token is not valid", resource_metadata="` + url + `"`: bearer("x"),
	} {
		if got := denied(t, g, r, protected()).Header.Get("WWW-Authenticate"); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	issuer := auth.Issuer(testIssuer, auth.Audience("a"), auth.PublicJWKS(jwks(edSigner().jwk())))
	newFails(t, "ResourceMetadata", issuer, auth.ResourceMetadata("http://api.example.com/"))
	newFails(t, "ResourceMetadata", issuer, auth.ResourceMetadata("/.well-known"))
	newGuard(t, issuer, auth.ResourceMetadata("http://api.internal/x"), auth.InsecureHTTP("api.internal"), quiet())
}

func TestR22NothingLeaks(t *testing.T) {
	t.Parallel()
	s := edSigner()
	const secret = "s3cr3t-value"
	var log strings.Builder
	g := guardWith(t, logTo(&log), auth.ResourceMetadata("https://api.example.com/m"))
	rule := &auth.Rule{Handler: "files.Upload", Access: auth.Restricted, All: []auth.Demands{{
		Roles: []string{"top-role"}, Permissions: []string{"top-permission"}, Tenant: "tenantID",
	}}}
	for _, token := range []string{
		s.token(map[string]any{"sub": secret, "tenantId": secret, "roles": []string{secret}, "email": secret}),
		s.token(map[string]any{"iss": secret}), s.token(map[string]any{"aud": secret}), s.token(map[string]any{"exp": secret}),
		s.token(map[string]any{"type": secret}), s.token(map[string]any{"act": secret}), s.token(map[string]any{"roles": secret}),
		s.sign(`{"alg":"`+secret+`"}`, "{}"), s.sign(`{"alg":"EdDSA","kid":"`+secret+`"}`, "{}"), s.sign(`{"alg":"EdDSA","typ":"`+secret+`"}`, "{}"),
		s.sign(s.header(), `{"sub":"`+secret+`"`), secret,
	} {
		r := bearer(token)
		_, c := g.Admit(r, path{"tenantID": secret}, rule)
		if c == nil {
			t.Fatal("admitted")
		}
		w := httptest.NewRecorder()
		g.Deny(w, r, c)
		answer := fmt.Sprint(w.Result().Header, w.Body)
		for _, text := range []string{secret, "top-role", "top-permission", "tenantID", "files.Upload"} {
			if strings.Contains(answer, text) {
				t.Errorf("the answer holds %s: %s", text, answer)
			}
		}
		if strings.Contains(c.Reason(), secret) || strings.Contains(c.Reason(), token) {
			t.Errorf("the reason leaks: %s", c.Reason())
		}
	}
	if text := log.String(); strings.Contains(text, secret) || !strings.Contains(text, "top-role") || !strings.Contains(text, "files.Upload") {
		t.Errorf("log: %s", text)
	}
	newFails(t, "Realm", auth.Realm("a\r\nSet-Cookie: x"))
	newFails(t, "Realm", auth.Realm(""))
}

func TestHEADHasNoBody(t *testing.T) {
	t.Parallel()
	g := guardWith(t)
	for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "CONNECT"} {
		response := denied(t, g, carried(method), protected())
		if got := body(t, response); (got == "") != (method == "HEAD") || response.StatusCode != 401 {
			t.Errorf("%s: %d %q", method, response.StatusCode, got)
		}
		if response.Header.Get("Content-Length") != fmt.Sprint(len(body401)) {
			t.Errorf("%s: length %s", method, response.Header.Get("Content-Length"))
		}
	}
}

func TestProblemJSON(t *testing.T) {
	t.Parallel()
	g := guardWith(t, auth.ProblemJSON())
	response := denied(t, g, carried("GET"), protected())
	const want = `{"type":"about:blank","title":"Unauthorized","status":401,"detail":"not authenticated","code":"unauthenticated"}`
	if got := body(t, response); got != want || response.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s %s", response.Header.Get("Content-Type"), got)
	}
	if !g.DefaultRenderer() {
		t.Error("problem+json is the guard's own rendering")
	}
}

func TestRenderer(t *testing.T) {
	t.Parallel()
	g := guardWith(t, auth.Renderer(func(w http.ResponseWriter, r *http.Request, c *auth.Challenge) {
		w.Header().Set("X-Renderer", c.Code()+" "+c.Message())
		w.WriteHeader(c.Status())
	}))
	response := denied(t, g, carried("GET"), protected())
	if response.StatusCode != 401 || response.Header.Get("X-Renderer") != "unauthenticated not authenticated" ||
		response.Header.Get("WWW-Authenticate") != `Bearer realm="api"` || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	if g.DefaultRenderer() {
		t.Error("DefaultRenderer with a renderer")
	}
}

// TestRendererWithoutStatus holds that no denial is answered with 200 because its
// renderer left the status out.
func TestRendererWithoutStatus(t *testing.T) {
	t.Parallel()
	for name, render := range map[string]func(w http.ResponseWriter){
		"nothing":          func(http.ResponseWriter) {},
		"a header":         func(w http.ResponseWriter) { w.Header().Set("X-Renderer", "x") },
		"a body":           func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) },
		"a flush":          func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
		"an early status":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusEarlyHints) },
		"the status alone": func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) },
	} {
		g := guardWith(t, auth.Renderer(func(w http.ResponseWriter, _ *http.Request, _ *auth.Challenge) { render(w) }))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, c := g.Admit(r, nil, protected())
			g.Deny(w, r, c)
		}))
		response, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		server.Close()
		if response.StatusCode != 401 || response.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %v", name, response.StatusCode, response.Header)
		}
	}
}

func TestUnreadyGuards(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]*auth.Guard{"nil": nil, "zero": {}} {
		for _, access := range []auth.Access{auth.Closed, auth.Public, auth.Optional, auth.Restricted, 99} {
			r := bearer(edSigner().token(nil))
			id, c := g.Admit(r, nil, &auth.Rule{Access: access, Audit: auth.Audit{Name: "x"}})
			if id != nil || c == nil || c.Status() != 503 || !errors.Is(c, auth.ErrUnavailable) {
				t.Errorf("%s guard, access %d: %v %v", name, access, id, c)
			}
			w := httptest.NewRecorder()
			g.Deny(w, r, c)
			if w.Code != 503 || w.Body.String() != body503 || w.Header().Get("Retry-After") == "" {
				t.Errorf("%s guard: %d %s", name, w.Code, w.Body)
			}
		}
		if id, err := g.Validate(t.Context(), "x"); id != nil || !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%s guard: %v", name, err)
		}
		g.Require(&auth.Rule{Access: auth.Restricted, All: []auth.Demands{{Features: []string{"sso"}}}}, nil)
		if !g.DefaultRenderer() {
			t.Errorf("%s guard has a renderer", name)
		}
	}
}

func TestUnfilledRules(t *testing.T) {
	t.Parallel()
	g := guardWith(t)
	token := edSigner().token(map[string]any{"roles": []string{"admin"}})
	for name, rule := range map[string]*auth.Rule{
		"nil":                 nil,
		"zero":                {},
		"closed with demands": {All: []auth.Demands{{Roles: []string{"admin"}}}},
		"unknown access":      {Access: 99},
		"public with demands": {Access: auth.Public, All: []auth.Demands{{Roles: []string{"admin"}}}},
		"optional, demanding": {Access: auth.Optional, All: []auth.Demands{{Roles: []string{"admin"}}}},
	} {
		for _, r := range []*http.Request{bearer(token), carried("GET")} {
			if got := answer(g, r, nil, rule); got != 503 {
				t.Errorf("%s rule: %d", name, got)
			}
		}
	}
	for name, demands := range map[string]auth.Demands{
		"empty role":         {Roles: []string{""}},
		"unknown kind":       {Kinds: 1 << 15},
		"negative age":       {StepUp: auth.StepUp{Required: true, MaxAge: -1}},
		"negative age alone": {Policy: func(d *auth.Decision) auth.Truth { return d.StepUp(-1) }},
		"no demands at all":  {Policy: func(d *auth.Decision) auth.Truth { return d.All(nil) }},
		"no truth":           {Policy: func(*auth.Decision) auth.Truth { return -7 }},
		"beyond truth":       {Policy: func(*auth.Decision) auth.Truth { return 7 }},
		"no role":            {Policy: func(d *auth.Decision) auth.Truth { return d.Role() }},
	} {
		if got := answer(g, bearer(token), nil, protected(demands)); got != 403 {
			t.Errorf("%s: %d", name, got)
		}
	}
	w := httptest.NewRecorder()
	g.Deny(w, bearer(token), nil)
	if w.Code != 503 {
		t.Errorf("a nil challenge: %d", w.Code)
	}
	if _, c := g.Admit(nil, nil, protected()); c.Status() != 503 {
		t.Errorf("a nil request: %d", c.Status())
	}
}
