package frontegg

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/authgen/authgen/internal/provider"
	auth "github.com/authgen/authgen/runtime"
)

// HostedLogin signs users in on the environment's own domain, by the authorization
// code flow (RFC 6749 section 4.1) with PKCE (RFC 7636):
//
//	login := frontegg.NewLogin()                    // keep it in the browser's session
//	address, err := hosted.AuthorizeURL(ctx, login) // redirect the browser there
//	…
//	session, err := hosted.Exchange(ctx, login, r.URL.Query()) // on the redirect URI
//
// It is safe for any number of goroutines.
type HostedLogin struct {
	client      *Client
	redirectURI string
	verify      func(ctx context.Context, idToken string) (*auth.Identity, error)
}

// LoginOption configures a hosted login.
type LoginOption func(*HostedLogin) error

// VerifyWith makes a guard verify id tokens. It must trust the issuer of the
// environment's id tokens for our client id, by a claim mapping that takes id
// tokens.
func VerifyWith(guard *auth.Guard) LoginOption {
	return func(h *HostedLogin) error {
		if guard == nil {
			return errors.New("VerifyWith: the guard is nil")
		}
		h.verify = func(ctx context.Context, idToken string) (*auth.Identity, error) { return guard.Validate(ctx, idToken) }
		return nil
	}
}

// HostedLogin returns the hosted login that comes back to redirectURI, which is
// https, loopback, or of a host of [InsecureHTTP].
//
// Unless [VerifyWith] is given, id tokens are verified by the issuer and the keys that
// guards trust (see [Client.Guard]), whatever was told of these: by [TokenIssuer],
// [ConfigurationKey], [InsecureNoIssuer] or [IssuerOptions]. The audience is the client
// id or one of [ApplicationIDs] all the same, and the algorithm RS256.
func (c *Client) HostedLogin(redirectURI string, opts ...LoginOption) (*HostedLogin, error) {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Fragment != "" || strings.Contains(redirectURI, "#") {
		return nil, errors.New("frontegg: hosted login: the redirect URI is no URL without fragment (RFC 6749 section 3.1.2)")
	}
	withoutQuery, _, _ := strings.Cut(redirectURI, "?")
	if _, err := provider.CleanURL(withoutQuery, c.settings.insecure, true); err != nil {
		return nil, fmt.Errorf("frontegg: hosted login: the redirect URI %w", err)
	}
	h := &HostedLogin{client: c, redirectURI: redirectURI}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(h); err != nil {
			return nil, fmt.Errorf("frontegg: hosted login: %w", err)
		}
	}
	if h.verify == nil {
		guard, err := c.idTokens()
		if err != nil {
			return nil, err
		}
		h.verify = func(ctx context.Context, idToken string) (*auth.Identity, error) { return guard.Validate(ctx, idToken) }
	}
	return h, nil
}

// Login is one attempt of a browser to sign in. It belongs in that browser's
// session, where nobody else can read or set it, from the redirect to Frontegg until
// the browser comes back, and is used once.
type Login struct {
	// State binds the answer to the session. Required.
	State string
	// Verifier is the code verifier of PKCE: 43 to 128 characters, or "" to do
	// without.
	Verifier string
	// Nonce, where it is not "", is asked for and must be in the id token.
	Nonce string
}

// NewLogin returns a login with a random State and Verifier, of 256 bits each.
func NewLogin() Login { return Login{State: random(), Verifier: random()} }

func random() string {
	var bytes [32]byte
	_, _ = rand.Read(bytes[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(bytes[:])
}

// Format implements fmt.Formatter. It shows nothing of the login.
func (Login) Format(f fmt.State, verb rune) { provider.Hidden("frontegg.Login").Format(f, verb) }

// LogValue implements slog.LogValuer. It shows nothing of the login.
func (Login) LogValue() slog.Value { return provider.Hidden("frontegg.Login").LogValue() }

func (l *Login) check() error {
	switch {
	case len(l.State) < 16:
		return errors.New("frontegg: hosted login: the state is missing or can be guessed")
	case l.Verifier != "" && (len(l.Verifier) < 43 || len(l.Verifier) > 128):
		return errors.New("frontegg: hosted login: the verifier has not 43 to 128 characters (RFC 7636 section 4.1)")
	}
	return nil
}

// AuthorizeURL returns where the browser signs in. It asks Frontegg for the
// environment's domain where that is not known.
func (h *HostedLogin) AuthorizeURL(ctx context.Context, login Login) (string, error) {
	if err := login.check(); err != nil {
		return "", err
	}
	base, err := h.client.baseURL(ctx)
	if err != nil {
		return "", err
	}
	query := url.Values{
		"response_type": {"code"}, "client_id": {h.client.settings.clientID}, "scope": {"openid email profile"},
		"redirect_uri": {h.redirectURI}, "state": {login.State},
	}
	if login.Verifier != "" {
		sum := sha256.Sum256([]byte(login.Verifier))
		query.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
		query.Set("code_challenge_method", "S256")
	}
	if login.Nonce != "" {
		query.Set("nonce", login.Nonce)
	}
	return base + "/oauth/authorize?" + query.Encode(), nil
}

// Session is what a user who signed in gets. It shows nothing when it is printed,
// logged or written as JSON.
type Session struct {
	// User is who the id token says, which was verified.
	User *auth.Identity
	// AccessToken and RefreshToken are as Frontegg answered them; RefreshToken may
	// be "". The access token is for guards to verify.
	AccessToken, RefreshToken, IDToken string
	// Lifetime is that of the access token, zero where the answer does not tell.
	Lifetime time.Duration
}

// Format implements fmt.Formatter. It shows nothing of the session.
func (Session) Format(f fmt.State, verb rune) { provider.Hidden("frontegg.Session").Format(f, verb) }

// LogValue implements slog.LogValuer. It shows nothing of the session.
func (Session) LogValue() slog.Value { return provider.Hidden("frontegg.Session").LogValue() }

// MarshalJSON writes an empty object.
func (Session) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

// ErrLogin is matched by errors of [HostedLogin.Exchange] that are the browser's:
// it came back without having signed in, or not by the login it was sent with.
var ErrLogin = errors.New("frontegg: hosted login: the browser has not signed in")

// Exchange takes the query with which the browser came back, and exchanges the code
// in it for tokens. State must be that of the login; the id token must be there and
// valid. The code is sent again only where Frontegg refuses the first by 429.
func (h *HostedLogin) Exchange(ctx context.Context, login Login, query url.Values) (*Session, error) {
	if err := login.check(); err != nil {
		return nil, err
	}
	state, code := query["state"], query["code"]
	switch {
	case len(state) != 1 || subtle.ConstantTimeCompare([]byte(state[0]), []byte(login.State)) != 1:
		return nil, fmt.Errorf("%w: state is not that of the login", ErrLogin)
	case len(query["error"]) > 0:
		return nil, fmt.Errorf("%w: Frontegg answered the error %q", ErrLogin, cut(query["error"][0], 64))
	case len(code) != 1 || code[0] == "":
		return nil, fmt.Errorf("%w: there is no code", ErrLogin)
	}
	c := h.client
	body := map[string]string{
		"grant_type": "authorization_code", "code": code[0], "redirect_uri": h.redirectURI, "state": login.State,
	}
	if login.Verifier != "" {
		body["code_verifier"] = login.Verifier
	}
	basic := base64.StdEncoding.EncodeToString([]byte(c.settings.clientID + ":" + c.settings.apiKey()))
	var answer struct {
		AccessToken  string  `json:"access_token"`
		RefreshToken string  `json:"refresh_token"`
		IDToken      string  `json:"id_token"`
		ExpiresIn    float64 `json:"expires_in"`
	}
	if err := c.callJSON(ctx, &answer, request{
		method: http.MethodPost, service: OAuthService, path: []string{"token"}, body: body,
		header: http.Header{"Authorization": {"Basic " + basic}}, secret: basic, keepToken: true,
	}); err != nil {
		return nil, err
	}
	if answer.IDToken == "" || answer.AccessToken == "" {
		return nil, malformed(OAuthService)
	}
	user, err := h.verify(ctx, answer.IDToken)
	if err != nil {
		return nil, fmt.Errorf("frontegg: hosted login: the id token: %w", err)
	}
	if err := checkIDToken(user, c.settings.audiences(), login.Nonce); err != nil {
		return nil, fmt.Errorf("frontegg: hosted login: the id token: %w", err)
	}
	session := &Session{User: user, AccessToken: answer.AccessToken, RefreshToken: answer.RefreshToken, IDToken: answer.IDToken}
	if answer.ExpiresIn > 0 && answer.ExpiresIn < longestLifetime.Seconds() {
		session.Lifetime = time.Duration(answer.ExpiresIn * float64(time.Second))
	}
	return session, nil
}

// longestLifetime is that of an access token that is believed.
const longestLifetime = 10 * 365 * 24 * time.Hour
