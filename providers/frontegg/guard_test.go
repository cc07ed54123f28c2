package frontegg_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontegg"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
)

// rules are those of a service, as they are generated.
var rules = map[string]*auth.Rule{
	"/any":             restricted(),
	"/admin":           restricted(auth.Demands{Roles: []string{"admin"}}),
	"/two":             restricted(auth.Demands{Roles: []string{"admin", "editor"}}),
	"/read":            restricted(auth.Demands{Permissions: []string{"fe.read"}}),
	"/both":            restricted(auth.Demands{Roles: []string{"admin"}, Permissions: []string{"fe.read", "fe.write"}}),
	"/users":           restricted(auth.Demands{Kinds: auth.KindUser}),
	"/vendor":          restricted(auth.Demands{Kinds: auth.KindVendor}),
	"/stepup":          restricted(auth.Demands{StepUp: auth.StepUp{Required: true, MaxAge: 10 * time.Minute}}),
	"/stepup-once":     restricted(auth.Demands{StepUp: auth.StepUp{Required: true}}),
	"/tenant/{tenant}": restricted(auth.Demands{Tenant: "tenant"}),
	"/user/{user}":     restricted(auth.Demands{Owner: "user"}),
	"/public":          {Handler: "public", Access: auth.Public},
}

func restricted(demands ...auth.Demands) *auth.Rule {
	return &auth.Rule{Handler: "handler", Access: auth.Restricted, All: demands}
}

// service is a service behind a guard that frontegg.New made.
type service struct {
	fake  *ft.Fake
	clock *authtest.Clock
	guard *auth.Guard
	log   *log
	http  http.Handler
}

// newService makes an environment whose clock stands still, and a service in it.
func newService(t *testing.T, opts ...frontegg.Option) *service {
	t.Helper()
	clock := authtest.NewClock(time.Now().Truncate(time.Second))
	s := &service{fake: ft.New(t, ft.WithClock(clock)), clock: clock}
	return s.another(t, opts...)
}

// another makes another service in the environment of s.
func (s *service) another(t *testing.T, opts ...frontegg.Option) *service {
	t.Helper()
	n := &service{fake: s.fake, clock: s.clock, log: new(log)}
	guard, err := frontegg.New(t.Context(), append([]frontegg.Option{
		environment(s.fake.Settings()), frontegg.Clock(s.clock.Now), frontegg.Logger(n.log.logger()),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guard.Close() })
	n.guard = guard
	mux := http.NewServeMux()
	for path, rule := range rules {
		if rule.Access == auth.Public {
			mux.HandleFunc(path, nethttp.HandlerFunc(guard, rule, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "public") }))
			continue
		}
		answer := func(w http.ResponseWriter, id *auth.Identity) {
			fmt.Fprintf(w, "%s %s %s %v", id.Kind(), id.UserID(), id.Tenant(), id.Roles())
		}
		if path == "/vendor" {
			mux.HandleFunc(path, nethttp.HandlerAs(guard, rule, func(w http.ResponseWriter, _ *http.Request, id *auth.Vendor) { answer(w, &id.Identity) }))
			continue
		}
		mux.HandleFunc(path, nethttp.HandlerIdentity(guard, rule, func(w http.ResponseWriter, _ *http.Request, id *auth.Identity) { answer(w, id) }))
	}
	n.http = mux
	return n
}

// without drops variables of the environment.
func (s *service) without(names ...string) frontegg.Option {
	settings := s.fake.Settings()
	for _, name := range names {
		delete(settings, name)
	}
	return environment(settings)
}

// with sets a variable of the environment.
func (s *service) with(name, value string) frontegg.Option {
	settings := s.fake.Settings()
	settings[name] = value
	return environment(settings)
}

func (s *service) ask(path, header, value string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if header != "" {
		r.Header.Set(header, value)
	}
	w := httptest.NewRecorder()
	s.http.ServeHTTP(w, r)
	return w.Result()
}

// status is the answer to a bearer token.
func (s *service) status(path, token string) int {
	return s.ask(path, "Authorization", "Bearer "+token).StatusCode
}

func (s *service) statusOfKey(path, token string) int {
	return s.ask(path, "X-Api-Key", token).StatusCode
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

const (
	invalidToken = `error="invalid_token"`
	stepUpNeeded = `error="insufficient_user_authentication", error_description="A stronger or more recent authentication is required", acr_values="` + ft.StepUpACR + `"`
)

// TestGuardStatuses holds what callers are answered, and for what reason, token by
// token and header by header.
func TestGuardStatuses(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, now := s.fake, s.clock.Now()
	user := func(opts ...ft.TokenOption) string { return "Bearer " + f.Token(ft.User("ada"), opts...) }
	token := func(subject ft.Subject, opts ...ft.TokenOption) string { return "Bearer " + f.Token(subject, opts...) }
	tenantKey := f.IssueAccessToken(ft.TenantAccess("m1"), ft.AccessToken{Roles: []string{"admin"}, Permissions: []string{"fe.read"}})
	userKey := f.IssueAccessToken(ft.UserAccess("m2"), ft.AccessToken{UserID: "ada", Permissions: []string{"fe.*"}})
	f.AddAccessToken(ft.TenantAccess("off"), ft.AccessToken{Roles: []string{"admin"}, Inactive: true})
	stepUp := ft.StepUp(now.Add(-time.Minute))
	const bearer, key = "Authorization", "X-Api-Key"
	for name, c := range map[string]struct {
		path, header, value string
		want                int
		says                string // the body of 200, and a part of the challenge of others
		log                 string // part of the reason
	}{
		// What carries a token.
		"public":                     {"/public", "", "", 200, "public", ""},
		"public, a bad token":        {"/public", bearer, "Bearer x", 200, "public", ""},
		"nothing":                    {"/any", "", "", 401, `Bearer realm="api"`, ""},
		"bearer":                     {"/any", bearer, user(), 200, "user ada tenant-1 []", ""},
		"the scheme in lower case":   {"/any", bearer, "bearer " + user()[7:], 200, "user ada tenant-1 []", ""},
		"a token without a scheme":   {"/any", bearer, user()[7:], 401, `Bearer realm="api"`, ""},
		"Basic":                      {"/any", bearer, "Basic YTpi", 401, `Bearer realm="api"`, ""},
		"no token":                   {"/any", bearer, "Bearer ", 400, `error="invalid_request"`, ""},
		"a key":                      {"/any", key, tenantKey, 200, "tenantAccess  tenant-1 [admin]", ""},
		"a key with a scheme":        {"/any", key, "Bearer " + tenantKey, 400, `error="invalid_request"`, ""},
		"X-User-Token":               {"/any", "X-User-Token", user()[7:], 401, `Bearer realm="api"`, ""},
		"a cookie":                   {"/any", "Cookie", "token=" + user()[7:], 401, `Bearer realm="api"`, ""},
		"a user's token as a key":    {"/any", key, user()[7:], 401, invalidToken, "a token of kind user is in X-Api-Key"},
		"a key as a user's token":    {"/any", bearer, "Bearer " + tenantKey, 401, invalidToken, "a token of kind tenantAccess is in Authorization"},
		"a user's key as a bearer's": {"/any", bearer, "Bearer " + userKey, 401, invalidToken, "a token of kind userAccess is in Authorization"},

		// Kinds and user ids.
		"userApiToken":             {"/any", bearer, token(ft.UserAPI("api"), ft.CreatedBy("eve"), ft.OwnedBy("ada")), 200, "userApi eve tenant-1 []", ""},
		"tenantApiToken":           {"/any", bearer, token(ft.TenantAPI("api")), 200, "tenantApi  tenant-1 []", ""},
		"userAccessToken":          {"/any", key, userKey, 200, "userAccess ada tenant-1 []", ""},
		"a machine, for users":     {"/users", bearer, token(ft.TenantAPI("api")), 403, "insufficient_scope", "is a token of kind tenantApi"},
		"no type":                  {"/any", bearer, user(ft.Without("type")), 401, invalidToken, `claim "type" is missing`},
		"another type":             {"/any", bearer, token(ft.OfType("pat", "x")), 401, invalidToken, `claim "type"`},
		"a type that is no string": {"/any", bearer, user(ft.Claim("type", 1)), 401, invalidToken, `claim "type"`},
		"the id's owner":           {"/user/ada", key, userKey, 200, "userAccess ada tenant-1 []", ""},
		"another user":             {"/user/eve", key, userKey, 403, "", "is not the user of the request"},
		"no user":                  {"/user/ada", key, tenantKey, 403, "", "has no user id"},

		// Vendor tokens.
		"a vendor":                {"/any", bearer, token(ft.Vendor(f.ClientID())), 403, "insufficient_scope", "is a vendor token, which the rule does not name"},
		"our vendor":              {"/vendor", bearer, token(ft.Vendor(f.ClientID())), 200, "vendor   []", ""},
		"our vendor, as a key":    {"/vendor", key, f.Token(ft.Vendor(f.ClientID())), 401, invalidToken, "a token of kind vendor is in X-Api-Key"},
		"another vendor":          {"/vendor", bearer, token(ft.Vendor("another")), 401, invalidToken, `claim "vendorId" is not what the mapping requires of tokens of kind vendor`},
		"a vendor without iat":    {"/vendor", bearer, token(ft.Vendor(f.ClientID()), ft.Without("iat")), 401, invalidToken, "iat is missing"},
		"a vendor without exp":    {"/vendor", bearer, token(ft.Vendor(f.ClientID()), ft.NoExpiry()), 401, invalidToken, "exp is missing"},
		"a vendor without id":     {"/vendor", bearer, token(ft.Vendor(f.ClientID()), ft.Without("vendorId")), 401, invalidToken, "vendorId is missing"},
		"a vendor of another iss": {"/vendor", bearer, token(ft.Vendor(f.ClientID()), ft.WrongIssuer()), 401, invalidToken, "iss is missing or that of another issuer"},
		"a user for vendors":      {"/vendor", bearer, user(), 403, "insufficient_scope", "is a token of kind user"},

		// Claims that are missing.
		"no exp":              {"/any", bearer, user(ft.NoExpiry()), 401, invalidToken, "exp is missing"},
		"no iss":              {"/any", bearer, user(ft.Without("iss")), 401, invalidToken, "iss is missing"},
		"no aud":              {"/any", bearer, user(ft.Without("aud")), 401, invalidToken, "aud is missing"},
		"no sub":              {"/any", bearer, user(ft.Without("sub")), 401, invalidToken, "sub is missing"},
		"no iat":              {"/any", bearer, user(ft.Without("iat")), 401, invalidToken, "iat is missing"},
		"no tenantId":         {"/any", bearer, user(ft.Without("tenantId")), 401, invalidToken, "tenantId is missing"},
		"no tenantId, a key":  {"/any", key, f.Token(ft.TenantAccess("m1"), ft.Without("tenantId")), 401, invalidToken, "tenantId is missing"},
		"no userId, a key":    {"/any", key, f.Token(ft.UserAccess("m2"), ft.Without("userId")), 401, invalidToken, "userId is missing"},
		"no roles":            {"/any", bearer, user(ft.Without("roles", "permissions")), 200, "user ada tenant-1 []", ""},
		"no roles, for admin": {"/admin", bearer, user(ft.Without("roles")), 403, "insufficient_scope", `lacks role "admin"`},
		"no applicationId":    {"/any", bearer, user(ft.Without("applicationId")), 200, "user ada tenant-1 []", ""},
		"another issuer":      {"/any", bearer, user(ft.WrongIssuer()), 401, invalidToken, "that of another issuer"},
		"another audience":    {"/any", bearer, user(ft.WrongAudience()), 401, invalidToken, "aud does not name this service"},
		"an application":      {"/any", bearer, user(ft.Application("app-2")), 401, invalidToken, "aud does not name this service"},

		// Signatures and times.
		"expired":              {"/any", bearer, user(ft.Expired()), 401, invalidToken, "expired"},
		"not valid yet":        {"/any", bearer, user(ft.NotYetValid()), 401, invalidToken, "not valid yet"},
		"issued in the future": {"/any", bearer, user(ft.IssuedInFuture()), 401, invalidToken, "iat is in the future"},
		"HS256":                {"/any", bearer, user(ft.Confused()), 401, invalidToken, ""},
		"none":                 {"/any", bearer, user(ft.Unsigned()), 401, invalidToken, ""},
		"RS512":                {"/any", bearer, user(ft.Algorithm("RS512")), 401, invalidToken, ""},
		"PS256":                {"/any", bearer, user(ft.Algorithm("PS256")), 401, invalidToken, ""},
		"forged":               {"/any", bearer, user(ft.Forged()), 401, invalidToken, ""},
		"broken":               {"/any", bearer, user(ft.BrokenSignature()), 401, invalidToken, ""},
		"a withdrawn key":      {"/any", bearer, user(ft.RetiredKey()), 401, invalidToken, ""},
		"an ID token":          {"/any", bearer, user(ft.Claim("at_hash", "x")), 401, invalidToken, `claim "at_hash" is one that the mapping refuses: it is one of ID tokens`},
		"one of a code":        {"/any", bearer, user(ft.Claim("c_hash", "x")), 401, invalidToken, `claim "c_hash" is one that the mapping refuses`},
		"no token at all":      {"/any", bearer, "Bearer x.y.z", 401, invalidToken, "malformed"},

		// Rights.
		"the role":                {"/admin", bearer, user(ft.Roles("admin")), 200, "user ada tenant-1 [admin]", ""},
		"another role":            {"/admin", bearer, user(ft.Roles("superadmin", "Admin")), 403, "insufficient_scope", `lacks role "admin"`},
		"one of two roles":        {"/two", bearer, user(ft.Roles("editor")), 200, "user ada tenant-1 [editor]", ""},
		"roles in a string":       {"/admin", bearer, user(ft.StringRoles("superadmin")), 401, invalidToken, `claim "roles" has not the form`},
		"the role in a string":    {"/any", bearer, user(ft.StringRoles("admin")), 401, invalidToken, `claim "roles" has not the form`},
		"permissions in a string": {"/read", bearer, user(ft.StringPermissions("fe.read")), 401, invalidToken, `claim "permissions" has not the form`},
		"the permission":          {"/read", bearer, user(ft.Permissions("fe.read")), 200, "user ada tenant-1 []", ""},
		"a wildcard":              {"/read", bearer, user(ft.Permissions("fe.*", "*")), 403, "insufficient_scope", `lacks permission "fe.read"`},
		"both":                    {"/both", bearer, user(ft.Roles("admin"), ft.Permissions("fe.write")), 200, "user ada tenant-1 [admin]", ""},
		"the role alone":          {"/both", bearer, user(ft.Roles("admin")), 403, "insufficient_scope", "lacks permission"},
		"the permission alone":    {"/both", bearer, user(ft.Permissions("fe.read")), 403, "insufficient_scope", `lacks role "admin"`},
		"a key's role":            {"/both", key, tenantKey, 200, "tenantAccess  tenant-1 [admin]", ""},
		"a key without the role":  {"/admin", key, userKey, 403, "insufficient_scope", `lacks role "admin"`},
		"a key's wildcard":        {"/read", key, userKey, 403, "insufficient_scope", "lacks permission"},
		"roles that a key claims": {"/admin", key, f.Token(ft.UserAccess("m2"), ft.OwnedBy("ada"), ft.Roles("admin")), 403, "insufficient_scope", "lacks role"},
		"a key that is off":       {"/any", key, f.Token(ft.TenantAccess("off")), 401, invalidToken, "the token is not active"},
		"the role of one off":     {"/admin", key, f.Token(ft.TenantAccess("off")), 401, invalidToken, "the token is not active"},
		"a key that nobody knows": {"/any", key, f.Token(ft.TenantAccess("unknown")), 401, invalidToken, "the token is not active"},
		"the tenant":              {"/tenant/tenant-1", bearer, user(ft.Tenants("tenant-1", "tenant-2")), 200, "user ada tenant-1 []", ""},
		"a tenant of the list":    {"/tenant/tenant-2", bearer, user(ft.Tenants("tenant-1", "tenant-2")), 403, "", "belongs to another tenant"},

		// Step-up.
		"step-up":                    {"/stepup", bearer, user(stepUp), 200, "user ada tenant-1 []", ""},
		"no step-up":                 {"/stepup", bearer, user(), 401, stepUpNeeded + `, max_age="600"`, "acr shows no step-up"},
		"no step-up, at any time":    {"/stepup-once", bearer, user(), 401, stepUpNeeded, "acr shows no step-up"},
		"an old step-up":             {"/stepup", bearer, user(ft.StepUp(now.Add(-11 * time.Minute))), 401, stepUpNeeded + `, max_age="600"`, "authentication is too old"},
		"one at any time":            {"/stepup-once", bearer, user(ft.StepUp(now.Add(-24 * time.Hour))), 200, "user ada tenant-1 []", ""},
		"one in the future":          {"/stepup-once", bearer, user(ft.StepUp(now.Add(time.Minute))), 401, stepUpNeeded, "auth_time is in the future"},
		"one in milliseconds":        {"/stepup", bearer, user(stepUp, ft.Claim("auth_time", now.UnixMilli())), 401, stepUpNeeded + `, max_age="600"`, "malformed"},
		"the time in a string":       {"/stepup", bearer, user(stepUp, ft.Claim("auth_time", fmt.Sprint(now.Unix()))), 401, stepUpNeeded, "malformed"},
		"a time before all":          {"/stepup", bearer, user(stepUp, ft.Claim("auth_time", -1)), 401, stepUpNeeded, "malformed"},
		"acr in a list":              {"/stepup-once", bearer, user(stepUp, ft.Claim("acr", []string{ft.StepUpACR})), 401, stepUpNeeded, "malformed"},
		"no time of one":             {"/stepup", bearer, user(stepUp, ft.Without("auth_time")), 401, stepUpNeeded, "authentication is too old"},
		"amr in a string":            {"/stepup", bearer, user(stepUp, ft.Claim("amr", "mfa otp")), 401, stepUpNeeded + `, max_age="600"`, "malformed"},
		"amr with a number":          {"/stepup-once", bearer, user(stepUp, ft.Claim("amr", []any{"mfa", "otp", 1})), 401, stepUpNeeded, "malformed"},
		"amr without mfa":            {"/stepup", bearer, user(stepUp, ft.Claim("amr", []string{"otp"})), 401, stepUpNeeded, "amr shows no step-up"},
		"amr with mfa alone":         {"/stepup", bearer, user(stepUp, ft.Claim("amr", []string{"mfa", "pwd"})), 401, stepUpNeeded, "amr shows no step-up"},
		"another acr":                {"/stepup", bearer, user(stepUp, ft.Claim("acr", "mfa")), 401, stepUpNeeded, "acr shows no step-up"},
		"step-up of a machine":       {"/stepup", bearer, token(ft.TenantAPI("api"), stepUp), 403, "insufficient_scope", "step-up is for users"},
		"step-up of a machine's key": {"/stepup", key, tenantKey, 403, "insufficient_scope", "step-up is for users"},
	} {
		for range 2 { // what is seen twice is answered alike
			s.log.reset()
			response := s.ask(c.path, c.header, c.value)
			says := response.Header.Get("WWW-Authenticate")
			if c.want == 200 {
				says = body(t, response)
			}
			if response.StatusCode != c.want || c.want == 200 && says != c.says || !strings.Contains(says, c.says) || !strings.Contains(strings.ReplaceAll(s.log.String(), `\"`, `"`), c.log) {
				t.Errorf("%s: %d, %s, want %d, %s\n%s", name, response.StatusCode, says, c.want, c.says, s.log)
			}
		}
	}
	for name, headers := range map[string][2]string{"two tokens": {user(), tenantKey}, "Basic and a key": {"Basic YTpi", tenantKey}} {
		r := httptest.NewRequest(http.MethodGet, "/any", nil)
		r.Header.Set(bearer, headers[0])
		r.Header.Set(key, headers[1])
		w := httptest.NewRecorder()
		s.http.ServeHTTP(w, r)
		if w.Code != 400 || !strings.Contains(w.Header().Get("WWW-Authenticate"), `error="invalid_request"`) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if got := f.Calls(ft.JWKS); got > 4 {
		t.Errorf("keys were fetched %d times", got)
	}
}

// TestGuardTrust holds what each way of trust accepts beside the default.
func TestGuardTrust(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f := s.fake
	user := func(opts ...ft.TokenOption) string { return f.Token(ft.User("ada"), opts...) }
	tokens := map[string]string{
		"plain": user(), "other iss": user(ft.WrongIssuer()), "no iss": user(ft.Without("iss")), "other aud": user(ft.WrongAudience()), "no aud": user(ft.Without("aud")),
		"application": user(ft.Application("app-2")), "no exp": user(ft.NoExpiry()), "no iat": user(ft.Without("iat")), "no tenantId": user(ft.Without("tenantId")),
		"no sub": user(ft.Without("sub")), "no type": user(ft.Without("type")), "forged": user(ft.Forged()), "RS512": user(ft.Algorithm("RS512")),
		"our vendor": f.Token(ft.Vendor(f.ClientID())), "another vendor": f.Token(ft.Vendor("another")),
	}
	noDomain := s.without("FRONTEGG_BASE_URL")
	for name, c := range map[string]struct {
		opts  []frontegg.Option
		pass  []string // beside plain and our vendor
		fails []string // of those two
		weak  []auth.WeaknessKind
		keys  ft.Endpoint
	}{
		"the default":           {keys: ft.JWKS, weak: []auth.WeaknessKind{auth.WeakLocalIssuer}},
		"a domain that is told": {opts: []frontegg.Option{noDomain}, keys: ft.JWKS, weak: []auth.WeaknessKind{auth.WeakLocalIssuer}},
		"a domain by option": {
			opts: []frontegg.Option{s.with("FRONTEGG_BASE_URL", "https://another-environment.example"), frontegg.BaseURL(f.Domain())}, keys: ft.JWKS, weak: []auth.WeaknessKind{auth.WeakLocalIssuer},
		},
		"an application": {opts: []frontegg.Option{frontegg.ApplicationIDs("app-1", "app-2")}, pass: []string{"application"}, keys: ft.JWKS, weak: []auth.WeaknessKind{auth.WeakLocalIssuer}},
		"the configurations' key": {
			opts: []frontegg.Option{frontegg.ConfigurationKey()}, keys: ft.Configurations, weak: []auth.WeaknessKind{auth.WeakLocalIssuer},
		},
		"the configurations' key, a domain that is told": {
			opts: []frontegg.Option{frontegg.ConfigurationKey(), noDomain}, keys: ft.Configurations, weak: []auth.WeaknessKind{auth.WeakLocalIssuer},
		},
		"the key alone": {
			opts: []frontegg.Option{frontegg.InsecureNoIssuer(), noDomain}, pass: []string{"other iss", "no iss"}, keys: ft.Configurations,
			weak: []auth.WeaknessKind{auth.WeakNoIssuer, auth.WeakLocalIssuer},
		},
		"another issuer": {
			opts: []frontegg.Option{frontegg.TokenIssuer("https://another-environment.example"), frontegg.ConfigurationKey()},
			pass: []string{"other iss"}, fails: []string{"plain"}, keys: ft.Configurations, weak: []auth.WeaknessKind{auth.WeakLocalIssuer},
		},
		"a key set elsewhere": {
			opts: []frontegg.Option{frontegg.TokenIssuer("https://another-environment.example"), frontegg.IssuerOptions(auth.JWKS(f.Domain() + "/.well-known/jwks.json"))},
			pass: []string{"other iss"}, fails: []string{"plain"}, keys: ft.JWKS, weak: []auth.WeaknessKind{auth.WeakLocalIssuer},
		},
		"any audience": {
			opts: []frontegg.Option{frontegg.InsecureNoAudience()}, pass: []string{"other aud", "no aud", "application"}, keys: ft.JWKS,
			weak: []auth.WeaknessKind{auth.WeakNoAudience, auth.WeakLocalIssuer},
		},
		"a bare template": {
			opts: []frontegg.Option{frontegg.InsecureWithoutClaims("iss", "aud", "exp", "iat", "tenantId", "sub")},
			pass: []string{"no iss", "no aud", "no exp", "no iat", "no tenantId", "no sub"}, keys: ft.JWKS,
			weak: []auth.WeaknessKind{auth.WeakNoIssuer, auth.WeakNoAudience, auth.WeakNoExpiry, auth.WeakLocalIssuer},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := s.another(t, c.opts...)
			pass := map[string]bool{"plain": true, "our vendor": true}
			for _, token := range c.pass {
				pass[token] = true
			}
			for _, token := range c.fails {
				pass[token] = false
			}
			for token, text := range tokens {
				path, want := "/any", 401
				if strings.Contains(token, "vendor") {
					path = "/vendor"
				}
				if pass[token] {
					want = 200
				}
				if got := n.status(path, text); got != want {
					t.Errorf("%s: %d, want %d\n%s", token, got, want, n.log)
				}
			}
			var weak []auth.WeaknessKind
			for _, w := range n.guard.Weaknesses() {
				weak = append(weak, w.Kind)
			}
			if fmt.Sprint(weak) != fmt.Sprint(c.weak) {
				t.Errorf("weaknesses %q, want %q", weak, c.weak)
			}
			if f.Calls(c.keys) == 0 {
				t.Errorf("nobody asked for keys by %s", c.keys)
			}
		})
	}
}

// TestGuardBesideOthers holds that a guard may trust another issuer too, which says
// what each of them may assert.
func TestGuardBesideOthers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	partner := ft.New(t, ft.WithClock(s.clock))
	all := []string{auth.Any}
	another := auth.Issuer(partner.Domain(), auth.Name("partner"), auth.Audience(partner.ClientID()), auth.Mapping(auth.MappingFrontegg),
		auth.Asserts(auth.Assertion{Kinds: auth.KindUser | auth.KindTenantAccess, Roles: []string{"guest"}, Tenants: []string{"partner-1"}}))
	if _, err := frontegg.New(t.Context(), environment(s.fake.Settings()), frontegg.GuardOptions(another)); err == nil || !strings.Contains(err.Error(), "each needs Asserts") {
		t.Errorf("without Asserts: %v", err)
	}
	s = s.another(t, frontegg.GuardOptions(another), frontegg.IssuerOptions(auth.Asserts(auth.Assertion{
		Kinds: auth.KindUser | auth.KindUserAccess | auth.KindVendor, Roles: all, Permissions: all, Tenants: all, OwnsUserIDs: true,
	})))
	key := s.fake.IssueAccessToken(ft.UserAccess("m1"), ft.AccessToken{Roles: []string{"admin"}})
	for name, c := range map[string]struct{ got, want int }{
		"ours":                         {s.status("/admin", s.fake.Token(ft.User("ada"), ft.Roles("admin"))), 200},
		"our vendor":                   {s.status("/vendor", s.fake.Token(ft.Vendor(s.fake.ClientID()))), 200},
		"our access token":             {s.statusOfKey("/admin", key), 200},
		"a kind that is not asserted":  {s.status("/any", s.fake.Token(ft.TenantAPI("api"))), 401},
		"theirs":                       {s.status("/any", partner.Token(ft.User("ada"), ft.Tenant("partner-1"))), 200},
		"theirs, of our tenant":        {s.status("/any", partner.Token(ft.User("ada"))), 401},
		"theirs, with a role of ours":  {s.status("/admin", partner.Token(ft.User("ada"), ft.Tenant("partner-1"), ft.Roles("admin"))), 403},
		"their vendor":                 {s.status("/vendor", partner.Token(ft.Vendor(s.fake.ClientID()))), 401},
		"their access token":           {s.statusOfKey("/any", partner.Token(ft.TenantAccess("m1"), ft.Tenant("partner-1"))), 401},
		"ours, signed by them":         {s.status("/any", partner.Token(ft.User("ada"), ft.Claim("iss", s.fake.Domain()), ft.Claim("aud", s.fake.ClientID()))), 401},
		"theirs, signed by us":         {s.status("/any", s.fake.Token(ft.User("ada"), ft.Claim("iss", partner.Domain()), ft.Claim("aud", partner.ClientID()), ft.Tenant("partner-1"))), 401},
		"their user by our own access": {s.statusOfKey("/user/ada", partner.Token(ft.User("ada"), ft.Tenant("partner-1"))), 401},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d\n%s", name, c.got, c.want, s.log)
		}
	}
}

// TestGuardMistakes holds which options contradict each other.
func TestGuardMistakes(t *testing.T) {
	t.Parallel()
	for want, opts := range map[string][]frontegg.Option{
		"InsecureNoIssuer contradicts TokenIssuer":           {frontegg.InsecureNoIssuer(), frontegg.TokenIssuer("https://id.example")},
		"and InsecureWithoutClaims of iss":                   {frontegg.InsecureNoIssuer(), frontegg.InsecureWithoutClaims("iss")},
		"one is enough":                                      {frontegg.InsecureNoAudience(), frontegg.InsecureWithoutClaims("aud")},
		"one is none of iss, sub, aud, exp, iat":             {frontegg.InsecureWithoutClaims("type")},
		"TokenIssuer: is empty":                              {frontegg.TokenIssuer("")},
		"it is not https (see InsecureHTTP)":                 {frontegg.TokenIssuer("http://id.example")},
		"auth: LookUp: tokens of kind userAccess":            {frontegg.GuardOptions(auth.LookUp(auth.KindUserAccess, new(frontegg.Client).AccessTokens()))},
		"FRONTEGG_CLIENT_ID is not set (or say Credentials)": {frontegg.Environment(noEnvironment)},
	} {
		guard, err := frontegg.New(t.Context(), append([]frontegg.Option{environment(map[string]string{
			"FRONTEGG_CLIENT_ID": testClientID, "FRONTEGG_API_KEY": testAPIKey, "FRONTEGG_BASE_URL": "https://app.example",
		})}, opts...)...)
		if guard != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestGuardColdStart holds that requests which come at once before anything is known
// cause one authentication and one fetch of keys.
func TestGuardColdStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts []frontegg.Option
		once []ft.Endpoint
	}{
		"the domain's keys":       {nil, []ft.Endpoint{ft.JWKS, ft.Discovery}},
		"a domain that is told":   {nil, []ft.Endpoint{ft.VendorAuthentication, ft.BaseURL, ft.JWKS, ft.Discovery}},
		"the configurations' key": {[]frontegg.Option{frontegg.ConfigurationKey()}, []ft.Endpoint{ft.VendorAuthentication, ft.Configurations}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			if name == "a domain that is told" {
				c.opts = []frontegg.Option{s.without("FRONTEGG_BASE_URL")}
			}
			s = s.another(t, c.opts...)
			release := s.fake.Hold(c.once[0])
			var group sync.WaitGroup
			for i := range 50 {
				group.Go(func() {
					if got := s.status("/any", s.fake.Token(ft.User(fmt.Sprint(i)))); got != 200 {
						t.Errorf("%d", got)
					}
				})
			}
			if err := s.fake.Await(t.Context(), c.once[0], 1); err != nil {
				t.Error(err)
			}
			release()
			group.Wait()
			for _, endpoint := range c.once {
				if got := s.fake.Calls(endpoint); got != 1 {
					t.Errorf("%s was asked %d times", endpoint, got)
				}
			}
		})
	}
}

func (l *log) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}
