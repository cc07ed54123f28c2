package fronteggtest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// codeLife is how long a code can be exchanged.
const codeLife = 5 * time.Minute

// login is one that somebody began.
type login struct {
	redirectURI, state, nonce  string
	challenge, challengeMethod string // PKCE, RFC 7636
	person                     Subject
	accessOptions, idOptions   []TokenOption
	expires                    time.Time
}

// SignIn sets who signs in at hosted login from now on, and what the access token
// then says. It is User([DefaultUser]) until then.
func (f *Fake) SignIn(subject Subject, opts ...TokenOption) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.person, f.signIn, f.denied = subject, opts, ""
}

// AlterIDTokens sets options of the id tokens of logins that begin from now on: for
// those that a client has to refuse. They come on top of the claims of OpenID
// Connect Core 1.0, section 2.
func (f *Fake) AlterIDTokens(idToken ...TokenOption) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idToken = idToken
}

// DenySignIn makes hosted login redirect with this error (RFC 6749, section
// 4.1.2.1), such as access_denied, until [Fake.SignIn].
func (f *Fake) DenySignIn(code string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.denied = code
}

// authorize signs in at once, without a page, and redirects with a code.
func (f *Fake) authorize(c *call) reply {
	query := c.URL.Query()
	target, err := url.Parse(query.Get("redirect_uri"))
	switch {
	case query.Get("client_id") != f.clientID:
		return refuse(http.StatusBadRequest, "client_id is wrong")
	case err != nil || !target.IsAbs() || target.Host == "" || target.Fragment != "":
		return refuse(http.StatusBadRequest, "redirect_uri is wrong")
	}
	answer := target.Query()
	if state := query.Get("state"); state != "" {
		answer.Set("state", state)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	// The Node SDK separates scopes by a plus that it then encodes.
	scopes := strings.FieldsFunc(query.Get("scope"), func(r rune) bool { return r == ' ' || r == '+' })
	switch {
	case query.Get("response_type") != "code":
		answer.Set("error", "unsupported_response_type")
	case !slices.Contains(scopes, "openid"):
		answer.Set("error", "invalid_scope")
	case f.denied != "":
		answer.Set("error", f.denied)
	default:
		code := rand.Text()
		answer.Set("code", code)
		f.codes[code] = &login{
			redirectURI: query.Get("redirect_uri"), state: query.Get("state"), nonce: query.Get("nonce"),
			challenge: query.Get("code_challenge"), challengeMethod: either(query.Get("code_challenge_method"), "plain"),
			person: f.person, accessOptions: f.signIn, idOptions: f.idToken,
			expires: f.now().Add(codeLife),
		}
	}
	target.RawQuery = answer.Encode()
	return reply{Status: http.StatusFound, Header: http.Header{"Location": {target.String()}}}
}

// exchange answers to a code or a refresh token with tokens, as RFC 6749, section
// 5.1 says. It takes JSON, as the SDKs send it, and forms. Codes serve once.
func (f *Fake) exchange(c *call) reply {
	if id, secret, ok := c.BasicAuth(); !ok || !equal(id, f.clientID) || !equal(secret, f.apiKey) {
		return refuse(http.StatusUnauthorized, "invalid_client")
	}
	sent, err := c.parameters()
	if err != nil {
		return refuse(http.StatusBadRequest, "invalid_request")
	}
	f.mu.Lock()
	var l *login
	switch sent["grant_type"] {
	case "authorization_code":
		l = f.codes[sent["code"]]
		delete(f.codes, sent["code"])
		if l != nil && !l.exchangeable(sent, f.now()) {
			l = nil
		}
	case "refresh_token":
		l = f.refreshes[sent["refresh_token"]]
		delete(f.refreshes, sent["refresh_token"])
	default:
		f.mu.Unlock()
		return refuse(http.StatusBadRequest, "unsupported_grant_type")
	}
	f.mu.Unlock()
	if l == nil {
		return refuse(http.StatusBadRequest, "invalid_grant")
	}
	return f.issue(l)
}

func (f *Fake) issue(l *login) reply {
	access, err := f.mint(l.person, l.accessOptions)
	if err != nil {
		return refuse(http.StatusInternalServerError, err.Error())
	}
	options := []TokenOption{Without("type", "roles", "permissions", "applicationId")}
	if l.nonce != "" {
		options = append(options, Claim("nonce", l.nonce))
	}
	id, err := f.mint(l.person, append(options, l.idOptions...))
	if err != nil {
		return refuse(http.StatusInternalServerError, err.Error())
	}
	refresh := rand.Text()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refreshes[refresh] = l
	answer := respond(http.StatusOK, map[string]any{
		"access_token": access, "id_token": id, "refresh_token": refresh,
		"token_type": "Bearer", "expires_in": int(tokenLife.Seconds()),
	})
	answer.Header.Set("Cache-Control", "no-store")
	return answer
}

// exchangeable reports whether what was sent with the code fits what was said
// when the login began.
func (l *login) exchangeable(sent map[string]string, now time.Time) bool {
	if !now.Before(l.expires) || sent["redirect_uri"] != l.redirectURI {
		return false
	}
	// RFC 6749 does not know state here; the SDKs send it when there was one.
	if state, ok := sent["state"]; ok && state != l.state {
		return false
	}
	if l.challenge == "" {
		return true // a verifier without a challenge is tolerated
	}
	verifier := sent["code_verifier"]
	if l.challengeMethod == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		verifier = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return equal(verifier, l.challenge)
}

// parameters reads a body of JSON strings, or a form.
func (c *call) parameters() (map[string]string, error) {
	sent := map[string]string{}
	if !strings.HasPrefix(c.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return sent, c.decode(&sent)
	}
	form, err := url.ParseQuery(string(c.body))
	for name := range form {
		sent[name] = form.Get(name)
	}
	return sent, err
}
