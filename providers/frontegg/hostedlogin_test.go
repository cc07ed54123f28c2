package frontegg_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontegg"
	auth "github.com/authgen/authgen/runtime"
)

const redirectURI = "https://shop.example.com/callback?from=frontegg"

var idKey, otherKey = sync.OnceValue(newRSA), sync.OnceValue(newRSA)

func newRSA() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// domain is a gateway and the environment's own domain in one.
type domain struct {
	*gateway
	mu     sync.Mutex
	tokens string // the answer to a code
}

func newDomain(t *testing.T) *domain {
	t.Helper()
	d := new(domain)
	d.gateway = newGateway(t, func(w http.ResponseWriter, r *http.Request) {
		e := base64.RawURLEncoding.EncodeToString(big.NewInt(int64(idKey().E)).Bytes())
		n := base64.RawURLEncoding.EncodeToString(idKey().N.Bytes())
		switch r.URL.Path {
		case "/vendors/base-url":
			fmt.Fprintf(w, `{"baseURL":%q}`, d.url+"/")
		case "/.well-known/openid-configuration":
			fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, d.url, d.url+"/jwks")
		case "/jwks":
			fmt.Fprintf(w, `{"keys":[{"kty":"RSA","use":"sig","kid":"k1","n":%q,"e":%q}]}`, n, e)
		case "/identity/resources/configurations/v1":
			der, err := x509.MarshalPKIXPublicKey(&idKey().PublicKey)
			if err != nil {
				panic(err)
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"publicKey": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))})
		case "/oauth/token":
			d.mu.Lock()
			defer d.mu.Unlock()
			_, _ = w.Write([]byte(d.tokens))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	return d
}

// answersWith sets the tokens that a code is worth.
func (d *domain) answersWith(tokens map[string]any) {
	data, err := json.Marshal(tokens)
	if err != nil {
		panic(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tokens = string(data)
}

// idToken makes an id token with these changes; a nil value removes a claim.
func (d *domain) idToken(t *testing.T, key *rsa.PrivateKey, method jwt.SigningMethod, changes map[string]any) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": d.url, "sub": "u1", "aud": testClientID, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		"email": "u@example.com", "tenantId": "t1", "nonce": "n1", "at_hash": "x",
	}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = "k1"
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (d *domain) hosted(t *testing.T, opts ...frontegg.LoginOption) *frontegg.HostedLogin {
	t.Helper()
	h, err := d.connect(t).HostedLogin(redirectURI, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	d := newDomain(t)
	h, login := d.hosted(t), frontegg.NewLogin()
	login.Nonce = "n1"
	for range 2 {
		address, err := h.AuthorizeURL(t.Context(), login)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(login.Verifier))
		want := url.Values{
			"response_type": {"code"}, "client_id": {testClientID}, "scope": {"openid email profile"}, "redirect_uri": {redirectURI},
			"state": {login.State}, "nonce": {"n1"}, "code_challenge_method": {"S256"},
			"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
		}
		if !strings.HasPrefix(address, d.url+"/oauth/authorize?") || !reflect.DeepEqual(u.Query(), want) {
			t.Errorf("address %s", address)
		}
		if strings.Contains(address, login.Verifier) {
			t.Error("the verifier is shown")
		}
	}
	if got := d.one(t); got.uri != "/vendors/base-url" || got.header.Get("x-access-token") == "" {
		t.Errorf("asked %+v", got)
	}
	// A domain that is set is not asked for, and what is left out is not sent.
	g := newGateway(t, nil)
	h, err := g.connect(t, frontegg.BaseURL("https://app-x.example.com/")).HostedLogin("http://localhost:8080/callback")
	if err != nil {
		t.Fatal(err)
	}
	address, err := h.AuthorizeURL(t.Context(), frontegg.Login{State: login.State})
	if err != nil || !strings.HasPrefix(address, "https://app-x.example.com/oauth/authorize?") || strings.Contains(address, "challenge") || strings.Contains(address, "nonce") {
		t.Errorf("%s, %v", address, err)
	}
	if len(g.seen()) != 0 {
		t.Errorf("asked %+v", g.seen())
	}
	for _, wrong := range []frontegg.Login{{}, {State: "short"}, {State: login.State, Verifier: "short"}} {
		if _, err := h.AuthorizeURL(t.Context(), wrong); err == nil {
			t.Errorf("a login that can be guessed is taken")
		}
	}
	if other := frontegg.NewLogin(); other.State == login.State || other.Verifier == login.Verifier || other.State == other.Verifier {
		t.Error("logins are not random")
	}
}

func TestRedirectURI(t *testing.T) {
	t.Parallel()
	c := newGateway(t, nil).connect(t, frontegg.InsecureHTTP("shop.internal"))
	for uri, ok := range map[string]bool{
		redirectURI: true, "http://127.0.0.1:8080/x": true, "http://shop.internal/x": true,
		"": false, "/callback": false, "http://shop.example.com/x": false, "https://shop.example.com/#x": false, "https://u@shop.example.com/": false, "javascript:alert(1)": false,
	} {
		if _, err := c.HostedLogin(uri); (err == nil) != ok {
			t.Errorf("%s: %v", uri, err)
		}
	}
	if _, err := c.HostedLogin(redirectURI, frontegg.VerifyWith(nil)); err == nil {
		t.Error("a guard that is nil is taken")
	}
}

// TestDomainIsChecked holds that Frontegg's word leads to no domain that is not
// secure.
func TestDomainIsChecked(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"baseURL":""}`, `{"baseURL":"http://app.example.com"}`, `{"baseURL":"app.example.com"}`, `{"baseURL":"https://u:p@app.example.com"}`, `[]`, `{"baseURL":7}`} {
		h, err := newGateway(t, writes(200, body)).connect(t).HostedLogin(redirectURI)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.AuthorizeURL(t.Context(), frontegg.NewLogin()); !errors.Is(err, frontegg.ErrUnavailable) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestDomainOverTLS holds that what is told over https leads to https alone.
func TestDomainOverTLS(t *testing.T) {
	t.Parallel()
	for base, ok := range map[string]bool{"https://app-x.example.com": true, "https://127.0.0.1:1": true, "http://127.0.0.1:1": false, "http://localhost": false} {
		g := newGateway(t, writes(200, fmt.Sprintf(`{"baseURL":%q}`, base)))
		server := httptest.NewTLSServer(g)
		t.Cleanup(server.Close)
		h, err := connect(t, frontegg.GatewayURL(server.URL), frontegg.Transport(server.Client().Transport)).HostedLogin(redirectURI)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.AuthorizeURL(t.Context(), frontegg.NewLogin()); (err == nil) != ok {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	d := newDomain(t)
	login := frontegg.NewLogin()
	id := d.idToken(t, idKey(), jwt.SigningMethodRS256, nil)
	d.answersWith(map[string]any{"access_token": "access", "refresh_token": "refresh", "id_token": id, "expires_in": 300})
	session, err := d.hosted(t).Exchange(t.Context(), login, url.Values{"code": {"c1"}, "state": {login.State}})
	if err != nil {
		t.Fatal(err)
	}
	if session.AccessToken != "access" || session.RefreshToken != "refresh" || session.IDToken != id || session.Lifetime != 5*time.Minute {
		t.Error("the session is not what was answered")
	}
	if u := session.User; u.UserID() != "u1" || u.Email() != "u@example.com" || u.Tenant() != "t1" || u.Issuer() != d.url {
		t.Errorf("user %s", u.RawClaims())
	}
	var sent received
	for _, r := range d.seen() {
		if r.uri == "/oauth/token" {
			sent = r
		}
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(testClientID+":"+testAPIKey))
	if sent.method != "POST" || sent.header.Get("Authorization") != basic || sent.header.Get("x-access-token") != testToken {
		t.Errorf("sent %+v", sent)
	}
	if got := object(t, sent.body); !reflect.DeepEqual(got, map[string]any{
		"grant_type": "authorization_code", "code": "c1", "redirect_uri": redirectURI, "state": login.State, "code_verifier": login.Verifier,
	}) {
		t.Errorf("sent %v", got)
	}
}

// TestExchangeOfAnother holds that only the browser that was sent comes back.
func TestExchangeOfAnother(t *testing.T) {
	t.Parallel()
	d := newDomain(t)
	h, login := d.hosted(t), frontegg.NewLogin()
	for name, query := range map[string]url.Values{
		"no state":      {"code": {"c1"}},
		"another state": {"code": {"c1"}, "state": {frontegg.NewLogin().State}},
		"two states":    {"code": {"c1"}, "state": {login.State, login.State}},
		"an error":      {"error": {"access_denied"}, "state": {login.State}, "code": {"c1"}},
		"no code":       {"state": {login.State}},
		"two codes":     {"state": {login.State}, "code": {"c1", "c2"}},
		"nothing":       nil,
	} {
		if _, err := h.Exchange(t.Context(), login, query); !errors.Is(err, frontegg.ErrLogin) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Exchange(t.Context(), frontegg.Login{}, url.Values{"code": {"c1"}, "state": {""}}); err == nil {
		t.Error("a login without state is taken")
	}
	if len(d.seen()) != 0 {
		t.Errorf("asked %+v", d.seen())
	}
}

// TestIDToken holds which id tokens are verified.
func TestIDToken(t *testing.T) {
	t.Parallel()
	d := newDomain(t)
	withNonce := func(l *frontegg.Login) { l.Nonce = "n1" }
	sign := func(changes map[string]any) string { return d.idToken(t, idKey(), jwt.SigningMethodRS256, changes) }
	for name, c := range map[string]struct {
		token string
		login func(*frontegg.Login)
		ok    bool
	}{
		"valid":                       {token: sign(nil), ok: true},
		"with its nonce":              {sign(nil), withNonce, true},
		"for us and another":          {token: sign(map[string]any{"aud": []string{testClientID, "x"}, "azp": testClientID}), ok: true},
		"for an application":          {token: sign(map[string]any{"aud": "app-1"}), ok: true},
		"another nonce":               {sign(map[string]any{"nonce": "n2"}), withNonce, false},
		"no nonce":                    {sign(map[string]any{"nonce": nil}), withNonce, false},
		"another's key":               {token: d.idToken(t, otherKey(), jwt.SigningMethodRS256, nil)},
		"another algorithm":           {token: d.idToken(t, idKey(), jwt.SigningMethodRS512, nil)},
		"another issuer":              {token: sign(map[string]any{"iss": "https://id.example.com"})},
		"no issuer":                   {token: sign(map[string]any{"iss": nil})},
		"another audience":            {token: sign(map[string]any{"aud": "x"})},
		"issued to another":           {token: sign(map[string]any{"azp": "x"})},
		"of several, nobody's":        {token: sign(map[string]any{"aud": []string{testClientID, "x"}})},
		"expired":                     {token: sign(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})},
		"without expiry":              {token: sign(map[string]any{"exp": nil})},
		"nobody's":                    {token: sign(map[string]any{"sub": nil})},
		"none":                        {token: ""},
		"nonsense":                    {token: "a.b.c"},
		"of a machine":                {token: sign(map[string]any{"client_id": "u1"}), ok: true}, // of an unclear kind: see below
		"bound to a key of its owner": {token: sign(map[string]any{"cnf": map[string]any{"jkt": "x"}})},
	} {
		login := frontegg.NewLogin()
		if c.login != nil {
			c.login(&login)
		}
		d.answersWith(map[string]any{"access_token": "access", "id_token": c.token})
		h, err := d.connect(t, frontegg.ApplicationIDs("app-1")).HostedLogin(redirectURI)
		if err != nil {
			t.Fatal(err)
		}
		session, err := h.Exchange(t.Context(), login, url.Values{"code": {"c1"}, "state": {login.State}})
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && name == "of a machine" && session.User.UserID() != "" {
			t.Errorf("%s: user %s", name, session.User.UserID())
		}
	}
}

// TestExchangeAnswers holds that an answer without tokens is none.
func TestExchangeAnswers(t *testing.T) {
	t.Parallel()
	d := newDomain(t)
	h, login := d.hosted(t), frontegg.NewLogin()
	id := d.idToken(t, idKey(), jwt.SigningMethodRS256, nil)
	for name, answer := range map[string]map[string]any{
		"nothing": {}, "no id token": {"access_token": "a"}, "no access token": {"id_token": id}, "numbers": {"id_token": id, "access_token": 7},
	} {
		d.answersWith(answer)
		if _, err := h.Exchange(t.Context(), login, url.Values{"code": {"c1"}, "state": {login.State}}); !errors.Is(err, frontegg.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, lifetime := range []float64{-1, 0, 1e300} {
		d.answersWith(map[string]any{"id_token": id, "access_token": "a", "expires_in": lifetime})
		session, err := h.Exchange(t.Context(), login, url.Values{"code": {"c1"}, "state": {login.State}})
		if err != nil || session.Lifetime != 0 {
			t.Errorf("%v: %v", lifetime, err)
		}
	}
	// Frontegg says why it does not take a code, and it is sent once.
	g := newGateway(t, answersInTurn(writes(200, `{"baseURL":"http://127.0.0.1"}`), writes(500, `{"errors":["`+base64.StdEncoding.EncodeToString([]byte(testClientID+":"+testAPIKey))+`","no"]}`)))
	h, err := g.connect(t).HostedLogin(redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.AuthorizeURL(t.Context(), login); err != nil {
		t.Fatal(err)
	}
	_, err = h.Exchange(t.Context(), login, url.Values{"code": {"c1"}, "state": {login.State}})
	if err == nil || err.Error() != "frontegg: POST oauth: status 500: no" || len(g.seen()) != 2 {
		t.Errorf("error %v", err)
	}
	// A code that is refused costs no vendor token.
	g = newGateway(t, writes(401, `{"errors":["invalid_grant"]}`))
	if h, err = g.connect(t, frontegg.BaseURL(g.url)).HostedLogin(redirectURI); err != nil {
		t.Fatal(err)
	}
	_, err = h.Exchange(t.Context(), login, url.Values{"code": {"c1"}, "state": {login.State}})
	if err == nil || err.Error() != "frontegg: POST oauth: status 401: invalid_grant" || len(g.seen()) != 1 || g.tokensAsked() != 1 {
		t.Errorf("error %v, a code was sent %d times, with %d tokens", err, len(g.seen()), g.tokensAsked())
	}
}

// TestIDTokenTrust holds that id tokens are verified by what guards were told of issuer
// and keys, and by that alone.
func TestIDTokenTrust(t *testing.T) {
	t.Parallel()
	const alias = "https://id.example.com"
	machines := auth.Asserts(auth.Assertion{Kinds: auth.KindUserAccess})
	for name, c := range map[string]struct {
		opts   func(d *domain) []frontegg.Option
		claims map[string]any
		ok     bool
	}{
		"another issuer":            {func(d *domain) []frontegg.Option { return []frontegg.Option{frontegg.TokenIssuer(d.url)} }, nil, true},
		"the domain's, for another": {func(d *domain) []frontegg.Option { return []frontegg.Option{frontegg.TokenIssuer(d.url)} }, map[string]any{"iss": alias}, false},
		"the configurations' key":   {func(*domain) []frontegg.Option { return []frontegg.Option{frontegg.ConfigurationKey()} }, map[string]any{"iss": alias}, true},
		"of another issuer by it":   {func(*domain) []frontegg.Option { return []frontegg.Option{frontegg.ConfigurationKey()} }, nil, false},
		"the key alone":             {func(*domain) []frontegg.Option { return []frontegg.Option{frontegg.InsecureNoIssuer()} }, nil, true},
		"the key alone, another's":  {func(*domain) []frontegg.Option { return []frontegg.Option{frontegg.InsecureNoIssuer()} }, map[string]any{"aud": "x"}, false},
		"any audience, another's": {func(d *domain) []frontegg.Option {
			return []frontegg.Option{frontegg.TokenIssuer(d.url), frontegg.InsecureNoAudience()}
		}, map[string]any{"aud": "x"}, false},
		"a JWKS": {func(d *domain) []frontegg.Option {
			return []frontegg.Option{frontegg.IssuerOptions(auth.JWKS(d.url + "/jwks"))}
		}, map[string]any{"iss": alias}, true},
		"what machines' tokens may be": {func(d *domain) []frontegg.Option {
			return []frontegg.Option{frontegg.TokenIssuer(d.url), frontegg.IssuerOptions(machines)}
		}, nil, true},
	} {
		d, login := newDomain(t), frontegg.NewLogin()
		h, err := d.connect(t, append(c.opts(d), frontegg.BaseURL(alias))...).HostedLogin(redirectURI)
		if err != nil {
			t.Fatal(err)
		}
		d.answersWith(map[string]any{"access_token": "access", "id_token": d.idToken(t, idKey(), jwt.SigningMethodRS256, c.claims)})
		session, err := h.Exchange(t.Context(), login, url.Values{"code": {"c1"}, "state": {login.State}})
		if (err == nil) != c.ok || err == nil && (session.User.UserID() != "u1" || session.User.Tenant() != "t1") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestVerifyWith holds that a guard of the caller's verifies id tokens.
func TestVerifyWith(t *testing.T) {
	t.Parallel()
	d, issuer := newDomain(t), authtest.New(t, authtest.WithAudience(testClientID))
	guard := issuer.Guard()
	login := frontegg.NewLogin()
	query := url.Values{"code": {"c1"}, "state": {login.State}}
	h := d.hosted(t, frontegg.VerifyWith(guard))
	d.answersWith(map[string]any{"access_token": "a", "id_token": issuer.Token(authtest.User("u7"))})
	session, err := h.Exchange(t.Context(), login, query)
	if err != nil || session.User.UserID() != "u7" {
		t.Errorf("error %v", err)
	}
	d.answersWith(map[string]any{"access_token": "a", "id_token": d.idToken(t, idKey(), jwt.SigningMethodRS256, nil)})
	if _, err := h.Exchange(t.Context(), login, query); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("error %v", err)
	}
}
