package fronteggtest_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

const callback = "https://app.example/callback?x=1"

// authorizeURL is where a login begins; more replaces parameters, and removes
// those that are empty.
func authorizeURL(fake *ft.Fake, more url.Values) string {
	query := url.Values{
		"response_type": {"code"}, "client_id": {fake.ClientID()}, "redirect_uri": {callback}, "scope": {"openid email"}, "state": {"s"},
	}
	for name, values := range more {
		query[name] = values
	}
	return fake.Domain() + "/oauth/authorize?" + query.Encode()
}

// tokens are those of a login.
type tokens struct {
	AccessToken  string `json:"access_token"`
	IDToken      string `json:"id_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
}

// logins begins and ends logins.
type logins struct{ *client }

func (l logins) begin(more url.Values) url.Values {
	l.t.Helper()
	got := l.want(302, "GET", authorizeURL(l.fake, more), "")
	back, err := url.Parse(got.header.Get("Location"))
	if err != nil || back.Host != "app.example" || back.Query().Get("x") != "1" {
		l.t.Fatalf("%s, %v", back, err)
	}
	return back.Query()
}

// exchange ends a login at the environment's domain.
func (l logins) exchange(status int, more map[string]string) answer {
	l.t.Helper()
	sent := map[string]string{"grant_type": "authorization_code", "redirect_uri": callback}
	for name, value := range more {
		sent[name] = value
	}
	body, err := json.Marshal(sent)
	if err != nil {
		l.t.Fatal(err)
	}
	return l.want(status, "POST", l.fake.Domain()+"/oauth/token", string(body), l.basic()...)
}

func (l logins) basic() []string {
	return []string{"Authorization", basicAuth(l.fake.ClientID(), l.fake.APIKey()), "Content-Type", "application/json"}
}

func TestHostedLogin(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	fake := ft.New(t, ft.WithClock(clock))
	l := logins{newClient(t, fake)}

	back := l.begin(url.Values{"nonce": {"n"}})
	if back.Get("state") != "s" || back.Get("code") == "" {
		t.Errorf("%v", back)
	}
	code := back.Get("code")
	got := read[tokens](t, l.exchange(200, map[string]string{"code": code, "state": "s"}))
	if got.TokenType != "Bearer" || got.ExpiresIn != 3600 {
		t.Errorf("%+v", got)
	}
	access, id := verify(t, fake, got.AccessToken), verify(t, fake, got.IDToken)
	if access["type"] != "userToken" || access["sub"] != ft.DefaultUser {
		t.Errorf("%v", access)
	}
	if id["iss"] != fake.Domain() || id["aud"] != fake.ClientID() || id["sub"] != ft.DefaultUser || id["nonce"] != "n" || id["type"] != nil || id["email"] == nil {
		t.Errorf("%v", id)
	}
	l.exchange(400, map[string]string{"code": code, "state": "s"}) // serves once

	t.Run("refresh", func(t *testing.T) {
		again := read[tokens](t, l.exchange(200, map[string]string{"grant_type": "refresh_token", "refresh_token": got.RefreshToken}))
		if again.RefreshToken == got.RefreshToken || verify(t, fake, again.AccessToken)["sub"] != ft.DefaultUser {
			t.Errorf("%+v", again)
		}
		l.exchange(400, map[string]string{"grant_type": "refresh_token", "refresh_token": got.RefreshToken})
	})
	t.Run("who signs in", func(t *testing.T) {
		fake.SignIn(ft.User("ada"), ft.Roles("admin"))
		fake.AlterIDTokens(ft.WrongAudience())
		defer fake.AlterIDTokens()
		got := read[tokens](t, l.exchange(200, map[string]string{"code": l.begin(nil).Get("code")}))
		if access := verify(t, fake, got.AccessToken); access["sub"] != "ada" || access["aud"] != fake.ClientID() || len(access["roles"].([]any)) != 1 {
			t.Errorf("%v", access)
		}
		if id := verify(t, fake, got.IDToken); id["sub"] != "ada" || id["aud"] != "another-client" {
			t.Errorf("%v", id)
		}
	})
	t.Run("denied", func(t *testing.T) {
		fake.DenySignIn("access_denied")
		if back := l.begin(nil); back.Get("error") != "access_denied" || back.Get("state") != "s" || back.Has("code") {
			t.Errorf("%v", back)
		}
		fake.SignIn(ft.User("ada"))
		if back := l.begin(nil); !back.Has("code") {
			t.Errorf("%v", back)
		}
	})
	t.Run("code that does not fit", func(t *testing.T) {
		for name, more := range map[string]map[string]string{
			"code":     {"code": "other"},
			"redirect": {"redirect_uri": "https://app.example/other"},
			"state":    {"state": "other"},
		} {
			sent := map[string]string{"code": l.begin(nil).Get("code")}
			for k, v := range more {
				sent[k] = v
			}
			if got := firstError(t, l.exchange(400, sent)); got != "invalid_grant" {
				t.Errorf("%s: %s", name, got)
			}
		}
		old := l.begin(nil).Get("code")
		clock.Advance(5 * time.Minute)
		l.exchange(400, map[string]string{"code": old})
		l.exchange(400, map[string]string{"grant_type": "password"})
	})
	t.Run("PKCE", func(t *testing.T) {
		// The pair of RFC 7636, appendix B.
		const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
		s256 := url.Values{"code_challenge": {challenge}, "code_challenge_method": {"S256"}}
		plain := url.Values{"code_challenge": {verifier}}
		l.exchange(200, map[string]string{"code": l.begin(s256).Get("code"), "code_verifier": verifier})
		l.exchange(400, map[string]string{"code": l.begin(s256).Get("code"), "code_verifier": challenge})
		l.exchange(400, map[string]string{"code": l.begin(s256).Get("code")})
		l.exchange(200, map[string]string{"code": l.begin(plain).Get("code"), "code_verifier": verifier})
		l.exchange(400, map[string]string{"code": l.begin(plain).Get("code"), "code_verifier": "x"})
		l.exchange(200, map[string]string{"code": l.begin(nil).Get("code"), "code_verifier": verifier})
	})
	t.Run("requests to authorize", func(t *testing.T) {
		for name, more := range map[string]url.Values{
			"client": {"client_id": {"other"}}, "no redirect": {"redirect_uri": {""}}, "relative": {"redirect_uri": {"/x"}}, "fragment": {"redirect_uri": {"https://a.b/#x"}},
		} {
			if got, err := l.do("GET", authorizeURL(fake, more), ""); err != nil || got.status != 400 {
				t.Errorf("%s: %d, %v", name, got.status, err)
			}
		}
		if back := l.begin(url.Values{"response_type": {"token"}}); back.Get("error") != "unsupported_response_type" {
			t.Errorf("%v", back)
		}
		if back := l.begin(url.Values{"scope": {"email"}}); back.Get("error") != "invalid_scope" {
			t.Errorf("%v", back)
		}
		if back := l.begin(url.Values{"scope": {"email+openid"}}); !back.Has("code") {
			t.Errorf("%v", back)
		}
	})
	t.Run("who may exchange", func(t *testing.T) {
		form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code": {l.begin(nil).Get("code")}}.Encode()
		typ := []string{"Content-Type", "application/x-www-form-urlencoded"}
		basic := []string{"Authorization", basicAuth(fake.ClientID(), fake.APIKey())}
		vendor := []string{"x-access-token", l.vendorToken()}
		wrong := []string{"Authorization", basicAuth(fake.ClientID(), "wrong")}
		l.want(401, "POST", fake.Domain()+"/oauth/token", form, typ...)
		l.want(401, "POST", fake.Domain()+"/oauth/token", form, append(wrong, typ...)...)
		l.want(401, "POST", "/oauth/token", form, append(basic, typ...)...)
		l.want(401, "POST", "/oauth/token", form, append(vendor, typ...)...)
		l.want(400, "POST", "/oauth/token", "{", append(append(vendor, basic...), "Content-Type", "application/json")...)
		l.want(200, "POST", "/oauth/token", form, append(append(vendor, basic...), typ...)...)
	})
}

func TestLoginIsOfTheDomain(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	path := strings.TrimPrefix(authorizeURL(fake, nil), fake.Domain())
	c.want(404, "GET", path, "", "x-access-token", c.vendorToken())
	c.want(404, "GET", fake.Domain()+"/vendors/base-url", "", "x-access-token", c.vendorToken())
}
