package frontiertest_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontier/frontiertest"
)

// exchangeToken calls AuthToken and returns the token.
func exchangeToken(t *testing.T, s *frontiertest.Server, headers ...string) string {
	t.Helper()
	got := post(t, s, service+"AuthToken", "{}", headers...)
	token, _ := got.body["access_token"].(string)
	if got.status != http.StatusOK || token == "" || got.body["token_type"] != "Bearer" || len(got.body) != 2 {
		t.Fatalf("AuthToken: %d %v", got.status, got.body)
	}
	if got.header.Get("Gateway-User-Token") != token {
		t.Error("Gateway-User-Token is not the token")
	}
	return token
}

// TestClaims proves which claims the tokens of each kind of principal have.
func TestClaims(t *testing.T) {
	t.Parallel()
	clock := &authtest.Clock{}
	s := frontiertest.New(t, frontiertest.WithClock(clock), frontiertest.WithIssuer("https://id.example.com"))
	org, off := s.CreateOrg("acme"), s.CreateOrg("off")
	user := s.CreateUser("ada@example.com")
	for _, o := range []frontiertest.Org{org, off} {
		s.Grant(user.Principal(), "app_organization_viewer", "app/organization:"+o.ID)
	}
	s.DisableOrg(off.ID)
	session := s.Login(user.ID)
	machine := s.CreateServiceUser(org.ID, "ci")
	pat := s.CreatePAT(user.ID, org.ID)
	now := float64(clock.Now().Unix())
	common := []string{"iss", "sub", "iat", "nbf", "exp", "jti", "kid", "gen", "sub_type", "auth_via", "org_ids"}
	for _, c := range []struct {
		name, header, value string
		more                []string
		want                map[string]any
	}{
		{"session", "Cookie", "sid=" + session.Cookie, []string{"email", "sid"}, map[string]any{
			"sub": user.ID, "sub_type": "app/user", "auth_via": "session", "email": "ada@example.com", "sid": session.ID, "org_ids": org.ID,
		}},
		{"secret", "Authorization", s.CreateCredential(machine.ID).Basic(), nil, map[string]any{
			"sub": machine.ID, "sub_type": "app/serviceuser", "auth_via": "client_credentials", "org_ids": org.ID,
		}},
		{"assertion", "Authorization", "Bearer " + s.Assertion(s.CreateKey(machine.ID)), nil, map[string]any{
			"sub": machine.ID, "sub_type": "app/serviceuser", "auth_via": "jwt_grant",
		}},
		{"personal access token", "Authorization", "Bearer " + pat.Token, []string{"user_id"}, map[string]any{
			"sub": pat.ID, "sub_type": "app/pat", "auth_via": "pat", "user_id": user.ID,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			token := exchangeToken(t, s, c.header, c.value)
			got := claims(t, token)
			want := slices.Sorted(slices.Values(append(c.more, common...)))
			if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) {
				t.Errorf("claims %v, not %v", names, want)
			}
			maps.Copy(c.want, map[string]any{
				"iss": "https://id.example.com", "gen": "system", "iat": now, "nbf": now, "exp": now + 3600,
			})
			for name, value := range c.want {
				if got[name] != value {
					t.Errorf("%s: %v, not %v", name, got[name], value)
				}
			}
			verifyByJWKS(t, s, token)
		})
	}
}

// TestBootstrapToken holds that there is no token of the bootstrap account: it is of an
// organization that does not exist.
func TestBootstrapToken(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	if got := post(t, s, service+"AuthToken", "{}", "Authorization", s.Root().Basic()); got.status != 500 || got.body["code"] != "internal" {
		t.Errorf("%d %v", got.status, got.body)
	}
}

// verifyByJWKS verifies a token by the first key of GetJWKs, whose kid must be its
// thumbprint (RFC 7638) and stand in header and payload.
func verifyByJWKS(t *testing.T, s *frontiertest.Server, token string) {
	t.Helper()
	got := post(t, s, service+"GetJWKs", "{}", "Authorization", s.Root().Basic())
	first := got.body["keys"].([]any)[0].(map[string]any)
	n, e := first["n"].(string), first["e"].(string)
	hash := sha256.Sum256(fmt.Appendf(nil, `{"e":"%s","kty":"RSA","n":"%s"}`, e, n))
	header := string(decode(t, token[:strings.IndexByte(token, '.')]))
	kid := base64.RawURLEncoding.EncodeToString(hash[:])
	if first["kid"] != kid || claims(t, token)["kid"] != kid || header != `{"alg":"RS256","kid":"`+kid+`","typ":"JWT"}` {
		t.Errorf("kid %v of the key, %v of the payload, header %s; the thumbprint is %s", first["kid"], claims(t, token)["kid"], header, kid)
	}
	at := strings.LastIndexByte(token, '.')
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(decode(t, n)), E: int(new(big.Int).SetBytes(decode(t, e)).Int64())}
	digest := sha256.Sum256([]byte(token[:at]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], decode(t, token[at+1:])); err != nil {
		t.Error(err)
	}
}

// TestProject proves that X-Project narrows a token to a project that the caller may
// get, and is ignored otherwise.
func TestProject(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	org := s.CreateOrg("acme")
	user := s.CreateUser("ada@example.com")
	mine, other := s.CreateProject(org.ID, "mine"), s.CreateProject(org.ID, "other")
	s.Grant(user.Principal(), "app_project_viewer", "app/project:"+mine.ID)
	cookie := "sid=" + s.Login(user.ID).Cookie
	for asked, want := range map[string]any{
		"": nil, mine.ID: mine.ID, "mine": mine.ID, other.ID: nil, "other": nil, "unknown": nil,
	} {
		if got := claims(t, exchangeToken(t, s, "Cookie", cookie, "X-Project", asked))["project_id"]; got != want {
			t.Errorf("X-Project %q: project_id %v, not %v", asked, got, want)
		}
	}
}

// TestMintedTokens proves that tokens that are wrong are refused.
func TestMintedTokens(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	user := s.CreateUser("ada@example.com").Principal()
	for name, c := range map[string]struct {
		token  string
		status int
	}{
		"good":              {s.Token(user), 200},
		"other issuer":      {s.Token(user, frontiertest.Claim("iss", "https://elsewhere.example.com")), 200}, // iss is not checked
		"forged":            {s.Token(user, frontiertest.Forged()), 401},
		"tampered":          {s.Token(user, frontiertest.Tampered()), 401},
		"unsigned":          {s.Token(user, frontiertest.Unsigned()), 401},
		"confused":          {s.Token(user, frontiertest.Confused()), 401},
		"expired":           {s.Token(user, frontiertest.ValidFor(-time.Second)), 401},
		"other gen":         {s.Token(user, frontiertest.Claim("gen", "user")), 401},
		"no gen":            {s.Token(user, frontiertest.Claim("gen", nil)), 401},
		"other sub_type":    {s.Token(user, frontiertest.Claim("sub_type", "app/robot")), 401},
		"unknown kid":       {s.Token(user, frontiertest.Header("kid", "x")), 401},
		"sub is no uuid":    {s.Token(user, frontiertest.Claim("sub", "ada")), 401},
		"of nobody":         {s.Token("app/user:11111111-1111-4111-8111-111111111111"), 404},
		"of no machine":     {s.Token("app/serviceuser:11111111-1111-4111-8111-111111111111"), 500},
		"of no PAT":         {s.Token("app/pat:11111111-1111-4111-8111-111111111111"), 401},
		"of another fake":   {frontiertest.New(t).Token(user), 401},
		"with session":      {s.Token(user, frontiertest.SessionOf(frontiertest.Session{ID: "x"}), frontiertest.Project("p")), 200},
		"garbage":           {"garbage", 401},
		"unknown PAT":       {"fpt_unknown", 401},
		"empty":             {"", 401},
		"assertion of none": {s.Assertion(deletedKey(s)), 401},
	} {
		if got := post(t, s, service+"GetCurrentUser", "{}", "Authorization", "Bearer "+c.token); got.status != c.status {
			t.Errorf("%s: %d, not %d", name, got.status, c.status)
		}
	}
}

func deletedKey(s *frontiertest.Server) frontiertest.Key {
	k := s.CreateKey(s.CreateServiceUser(s.CreateOrg("gone").ID, "ci").ID)
	s.DeleteCredential(k.ID)
	return k
}

// TestRotation proves that the newest key signs, that older ones verify until they
// are retired, and that keys are listed in that order.
func TestRotation(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	user := s.CreateUser("ada@example.com").Principal()
	old := s.Token(user)
	s.Rotate()
	fresh := s.Token(user)
	status := func(token string) int {
		return post(t, s, service+"GetCurrentUser", "{}", "Authorization", "Bearer "+token).status
	}
	keys := func() (kids []any) {
		for _, k := range post(t, s, service+"GetJWKs", "{}", "Authorization", s.Root().Basic()).body["keys"].([]any) {
			kids = append(kids, k.(map[string]any)["kid"])
		}
		return kids
	}
	kids := []any{claims(t, fresh)["kid"], claims(t, old)["kid"]}
	if got := keys(); !slices.Equal(got, kids) || status(old) != 200 || status(fresh) != 200 {
		t.Errorf("after rotation: keys %v, not %v; %d, %d", got, kids, status(old), status(fresh))
	}
	s.Retire()
	if got := keys(); !slices.Equal(got, kids[:1]) || status(old) != 401 || status(fresh) != 200 {
		t.Errorf("after retirement: keys %v; %d, %d", got, status(old), status(fresh))
	}
}
