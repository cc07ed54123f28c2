package auth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// carried makes a request with these headers.
func carried(method string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "https://api.example.com/", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestR16OneCredential(t *testing.T) {
	t.Parallel()
	token := edSigner().token(nil)
	all := guardWith(t, auth.APIKeyHeader(), auth.UserTokenHeader(), auth.Cookie("sid"))
	plain := guardWith(t)
	for name, c := range map[string]struct {
		headers    []string
		all, plain int
	}{
		"none":                      {nil, 401, 401},
		"authorization":             {[]string{"Authorization", "Bearer " + token}, 200, 200},
		"authorization twice":       {[]string{"Authorization", "Bearer " + token, "Authorization", "Bearer " + token}, 400, 400},
		"bearer and basic":          {[]string{"Authorization", "Bearer " + token, "Authorization", "Basic YTpi"}, 400, 400},
		"both in one":               {[]string{"Authorization", "Bearer " + token + ", Bearer " + token}, 400, 400},
		"api key":                   {[]string{"x-api-key", token}, 200, 401},
		"api key twice":             {[]string{"x-api-key", token, "X-API-Key", token}, 400, 401},
		"api key and authorization": {[]string{"x-api-key", token, "Authorization", "Bearer " + token}, 400, 200},
		"api key and basic":         {[]string{"x-api-key", token, "Authorization", "Basic YTpi"}, 400, 401},
		"user token":                {[]string{"X-User-Token", token}, 200, 401},
		"user token and api key":    {[]string{"X-User-Token", token, "x-api-key", token}, 400, 401},
		"user token, authorization": {[]string{"X-User-Token", token, "Authorization", "Bearer " + token}, 400, 200},
		"cookie":                    {[]string{"Cookie", "sid=" + token}, 200, 401},
		"cookie twice":              {[]string{"Cookie", "sid=" + token + "; sid=" + token}, 400, 401},
		"cookie in two headers":     {[]string{"Cookie", "sid=" + token, "Cookie", "sid=x"}, 400, 401},
		"cookie and authorization":  {[]string{"Cookie", "sid=x", "Authorization", "Bearer " + token}, 200, 200},
		"cookie and bad bearer":     {[]string{"Cookie", "sid=" + token, "Authorization", "Bearer x"}, 401, 401},
		"cookie and basic":          {[]string{"Cookie", "sid=" + token, "Authorization", "Basic YTpi"}, 401, 401},
		"cookie and api key":        {[]string{"Cookie", "sid=x", "x-api-key", token}, 200, 401},
		"no token in the cookie":    {[]string{"Cookie", "sid=MTIz|x"}, 401, 401},
		"empty cookie":              {[]string{"Cookie", "sid="}, 401, 401},
		"another cookie":            {[]string{"Cookie", "session=" + token}, 401, 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := answer(all, carried("GET", c.headers...), nil, protected()); got != c.all {
				t.Errorf("all carriers: %d, want %d", got, c.all)
			}
			if got := answer(plain, carried("GET", c.headers...), nil, protected()); got != c.plain {
				t.Errorf("Authorization only: %d, want %d", got, c.plain)
			}
		})
	}
}

func TestR17Authorization(t *testing.T) {
	t.Parallel()
	g, token := guardWith(t, auth.APIKeyHeader()), edSigner().token(nil)
	for value, want := range map[string]int{
		"Bearer " + token:         200,
		"bearer " + token:         200,
		"BEARER " + token:         200,
		"Bearer   " + token:       200,
		" Bearer " + token + " ":  200,
		"":                        400,
		" ":                       400,
		"Bearer":                  400,
		"Bearer ":                 400,
		"Bearer\t" + token:        400,
		"Bearer " + token + " x":  400,
		"Bearer " + token + ",x":  400,
		"Bearer \"" + token + `"`: 400,
		"Bearer token=" + token:   400,
		"Bearer ===":              400,
		"Bearer \u00e9":           400,
		"Bearer,x":                400,
		"(Bearer) x":              400,
		"Bearer x":                401,
		"Bearer undefined":        401,
		"Bearer a=":               401,
		token:                     401, // a scheme that is not ours
		"Basic YTpi":              401,
		"DPoP " + token:           401,
		"Bearerx " + token:        401,
		"!" + token:               401,
	} {
		r := carried("GET")
		r.Header["Authorization"] = []string{value}
		if got := answer(g, r, nil, protected()); got != want {
			t.Errorf("Authorization %.20q: %d, want %d", value, got, want)
		}
	}
	bare := guardWith(t, auth.APIKeyHeader(), auth.BareTokens())
	for value, want := range map[string]int{
		token: 200, " " + token + " ": 200, "Bearer " + token: 200, "bearer " + token: 200, "Basic YTpi": 401, "Bearer": 400, "": 400,
		token + " x": 401, "Bearer " + token + " x": 400, "x " + token: 401, token + "," + token: 400, "\"" + token + "\"": 400,
		"x": 401, "a.b.c": 401, "a.b.c.d": 401, token + "x": 401, "!" + token: 400,
	} {
		r := carried("GET")
		r.Header["Authorization"] = []string{value}
		if got := answer(bare, r, nil, protected()); got != want {
			t.Errorf("bare Authorization %.20q: %d, want %d", value, got, want)
		}
		r.Header.Set("X-Api-Key", token)
		if got := answer(bare, r, nil, protected()); got != 400 {
			t.Errorf("Authorization %.20q and x-api-key: %d, want 400", value, got)
		}
	}
	for value, want := range map[string]int{token: 200, " " + token: 200, "": 400, "Bearer " + token: 400, "a,b": 400, "x": 401} {
		r := carried("GET")
		r.Header["X-Api-Key"] = []string{value}
		if got := answer(g, r, nil, protected()); got != want {
			t.Errorf("x-api-key %.20q: %d, want %d", value, got, want)
		}
	}
	// Neither queries nor forms are read.
	if got := answer(g, httptest.NewRequest("GET", "/?access_token="+token, nil), nil, protected()); got != 401 {
		t.Errorf("token in the query: %d", got)
	}
}

func TestR17CookieNeedsSameOrigin(t *testing.T) {
	t.Parallel()
	g, token := guardWith(t, auth.Cookie("sid")), edSigner().token(nil)
	for name, c := range map[string]struct {
		method, site, origin string
		want                 int
	}{
		"same origin":         {"POST", "same-origin", "https://api.example.com", 200},
		"cross site":          {"POST", "cross-site", "https://evil.example", 403},
		"same site":           {"POST", "same-site", "https://www.example.com", 403},
		"old browser":         {"POST", "", "https://evil.example", 403},
		"old browser at home": {"POST", "", "https://api.example.com", 200},
		"no browser":          {"POST", "", "", 200},
		"safe method":         {"GET", "cross-site", "https://evil.example", 200},
		"delete":              {"DELETE", "cross-site", "https://evil.example", 403},
		"WebSocket":           {"upgrade by GET", "cross-site", "https://evil.example", 403},
		"WebSocket, old":      {"upgrade by GET", "", "https://evil.example", 403},
		"WebSocket at home":   {"upgrade by GET", "same-origin", "https://api.example.com", 200},
		"WebSocket, program":  {"upgrade by GET", "", "", 200},
		"WebSocket, HTTP/2":   {"CONNECT", "cross-site", "https://evil.example", 403},
	} {
		method, upgrade := strings.CutPrefix(c.method, "upgrade by ")
		r := carried(method, "Cookie", "sid="+token)
		if upgrade {
			r.Header.Set("Connection", "Upgrade")
			r.Header.Set("Upgrade", "websocket")
		}
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if got := answer(g, r, nil, protected()); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		// With a header that no browser sends on its own, all is well.
		r.Header.Set("Authorization", "Bearer "+token)
		if got := answer(g, r, nil, protected()); got != 200 {
			t.Errorf("%s with Authorization: %d", name, got)
		}
	}
}

func TestR18IdentityHeaders(t *testing.T) {
	t.Parallel()
	g := guardWith(t, auth.APIKeyHeader(), auth.UserTokenHeader(), auth.Cookie("sid"))
	token := edSigner().token(nil)
	r := carried("GET", "X-Forwarded-User", "admin", "X-Forwarded-Access-Token", token, "X_api_key", token, "X_User_Token", token, "Proxy-Authorization", "Bearer "+token)
	if got := answer(g, r, nil, protected()); got != 401 {
		t.Errorf("%d", got)
	}
}

func TestOptionalCredentials(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t, auth.Cookie("sid")), edSigner()
	optional := &auth.Rule{Access: auth.Optional}
	id, c := g.Admit(carried("GET"), nil, optional)
	if id != nil || c != nil {
		t.Fatalf("without a credential: %v %v", id, c)
	}
	id, c = g.Admit(bearer(s.token(nil)), nil, optional)
	if c != nil || id == nil || id.Subject() != "u1" {
		t.Fatalf("with a token: %v %v", id, c)
	}
	for name, c := range map[string]struct {
		r    *http.Request
		want int
	}{
		"bad token":    {bearer("x"), 401},
		"other scheme": {carried("GET", "Authorization", "Basic YTpi"), 401},
		"empty":        {carried("GET", "Authorization", ""), 400},
		"bad cookie":   {carried("GET", "Cookie", "sid=x"), 401},
		"vendor":       {bearer(s.token(map[string]any{"type": "vendor"})), 403},
	} {
		if got := answer(g, c.r, nil, optional); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestPublicReadsNoCredential(t *testing.T) {
	t.Parallel()
	g := guardWith(t)
	for _, r := range []*http.Request{carried("GET"), bearer("x"), bearer(edSigner().token(nil)), carried("GET", "Authorization", "", "Authorization", "")} {
		if id, c := g.Admit(r, nil, &auth.Rule{Access: auth.Public}); id != nil || c != nil {
			t.Errorf("%v: %v %v", r.Header, id, c)
		}
	}
}

func TestCookieNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a b", "a;b"} {
		newFails(t, "Cookie", auth.Cookie(name))
	}
}

// TestTokensIn holds that a header carries tokens of the kinds that it is for, before
// and after they were verified, and that no other door is closed by it.
func TestTokensIn(t *testing.T) {
	t.Parallel()
	people := auth.KindUser | auth.KindUserAPI
	limits := []auth.Option{auth.TokensIn("authorization", people), auth.TokensIn("x-api-key", auth.KindTenantAccess)}
	machine, user := edSigner().token(map[string]any{"type": "tenantAccessToken"}), edSigner().token(nil)
	unclear := edSigner().token(map[string]any{"type": "thing"})
	for name, c := range map[string]struct {
		opts                []auth.Option
		header, value, want string
	}{
		"a user":                    {nil, "Authorization", "Bearer " + user, ""},
		"a machine":                 {nil, "Authorization", "Bearer " + machine, "a token of kind tenantAccess is in Authorization, which is for kinds user,userApi"},
		"an unclear one":            {nil, "Authorization", "Bearer " + unclear, "in Authorization"},
		"a user, of two headers":    {[]auth.Option{auth.APIKeyHeader()}, "Authorization", "Bearer " + user, ""},
		"a machine, of two headers": {[]auth.Option{auth.APIKeyHeader()}, "Authorization", "Bearer " + machine, "in Authorization"},
		"a machine's own":           {[]auth.Option{auth.APIKeyHeader()}, "X-Api-Key", machine, ""},
		"a user in a machine's":     {[]auth.Option{auth.APIKeyHeader()}, "X-Api-Key", user, "a token of kind user is in X-Api-Key, which is for kinds tenantAccess"},
		"a header without limits":   {[]auth.Option{auth.UserTokenHeader()}, "X-User-Token", machine, ""},
		"a cookie":                  {[]auth.Option{auth.Cookie("token")}, "Cookie", "token=" + machine, ""},
	} {
		g := guardWith(t, append(limits, c.opts...)...)
		for range 2 {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set(c.header, c.value)
			_, challenge := g.Admit(r, nil, protected())
			switch {
			case challenge == nil && c.want != "":
				t.Errorf("%s: admitted", name)
			case challenge != nil && (c.want == "" || challenge.Status() != http.StatusUnauthorized || !strings.Contains(challenge.Reason(), c.want)):
				t.Errorf("%s: %d, %s", name, challenge.Status(), challenge.Reason())
			}
		}
	}
	g := guardWith(t, limits...)
	accepts(t, g, machine)
	if x := auth.Explain(t.Context(), g, protected(), machine, nil); x.Status != http.StatusOK {
		t.Errorf("explained: %v", x)
	}
	newFails(t, "not read from", auth.TokensIn("Cookie", people))
	newFails(t, "is given twice", append(limits, auth.TokensIn("X-API-KEY", people))...)
	newFails(t, "no kind of token", auth.TokensIn("Authorization", 0))
}
