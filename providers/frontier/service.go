package frontier

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authgen/authgen/internal/provider"
)

const (
	grantCredentials = "client_credentials"
	grantAssertion   = "urn:ietf:params:oauth:grant-type:jwt-bearer"

	// assertionLife is how long an assertion of this program is valid.
	assertionLife = 5 * time.Minute
	// longestSkew is how far this clock may be ahead of the server's.
	longestSkew = time.Minute

	shortestLife = time.Second
	longestLife  = 24 * time.Hour
	longestToken = 64 << 10
)

// tokenRequest is the body of AuthToken. Older servers read credentials there, newer
// ones in the header.
type tokenRequest struct {
	GrantType    string `json:"grant_type,omitempty"`
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
	Assertion    string `json:"assertion,omitempty"`
}

// bySecret are header and body of a credential's id and secret.
func bySecret(id, secret string) (authorization, tokenRequest) {
	basic := base64.StdEncoding.EncodeToString([]byte(id + ":" + secret))
	return authorization{header: "Basic " + basic, secrets: []string{secret, basic}},
		tokenRequest{GrantType: grantCredentials, ClientID: id, ClientSecret: secret}
}

// byAssertion are header and body of an assertion.
func byAssertion(assertion string) (authorization, tokenRequest) {
	return bearer(assertion), tokenRequest{GrantType: grantAssertion, Assertion: assertion}
}

// mint asks for a token.
func (c *Client) mint(ctx context.Context, auth authorization, in tokenRequest) (string, error) {
	auth.project = c.options.project
	var out struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
	}
	if err := c.call(ctx, mainService, rpcAuthToken, auth, in, &out); err != nil {
		return "", err
	}
	token := out.AccessToken
	if token == "" || len(token) > longestToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) || !strings.EqualFold(out.TokenType, "Bearer") {
		return "", unavailable(errors.New("frontier: AuthToken: the answer has no bearer token that can be sent"))
	}
	return token, nil
}

// Token returns a token that stands for this program, as [Credentials] or [KeyFile]
// say, and waits for one where none is held. It is renewed after 0.8 of its life, and
// the credential is asked for anew then. The error matches [ErrUnavailable], also
// where the credential is refused.
func (c *Client) Token(ctx context.Context) (string, error) {
	if c == nil || c.self == nil {
		return "", errNotConnected
	}
	token, err := c.self.Token(ctx)
	if err != nil {
		return "", err
	}
	return token.Text(), nil
}

// askToken asks for the program's own token once.
func (c *Client) askToken(ctx context.Context) (*provider.Token, provider.Refusal, error) {
	if c.settings.credential == nil {
		return nil, provider.Refusal{Final: true}, errors.New("frontier: no credentials are given (Credentials, KeyFile, Key or CredentialSource)")
	}
	credential, err := c.settings.credential(ctx)
	if err != nil {
		return nil, provider.Refusal{}, err
	}
	began := c.now()
	var (
		auth authorization
		in   tokenRequest
	)
	switch {
	case credential.key != nil:
		assertion, err := credential.key.assertion(c.settings.issuer, began)
		if err != nil {
			return nil, provider.Refusal{}, err
		}
		auth, in = byAssertion(assertion)
	case credential.secret != nil:
		auth, in = bySecret(credential.id, credential.secret())
	default:
		return nil, provider.Refusal{}, errors.New("frontier: the credential is the zero value (see SecretCredential and KeyCredential)")
	}
	text, err := c.mint(ctx, auth, in)
	if err != nil {
		var answer *Error
		if errors.As(err, &answer) {
			// See withoutToken: asking for it again costs the server another comparison.
			final := !answer.Is(ErrUnavailable) || answer.Code == "internal" && credential.secret != nil
			return nil, provider.Refusal{Final: final, Wait: answer.RetryAfter}, err
		}
		return nil, provider.Refusal{}, err
	}
	life, err := lifeOf(text, began)
	if err != nil {
		return nil, provider.Refusal{}, err
	}
	return provider.NewToken(text, began, life), provider.Refusal{}, nil
}

// withoutToken is how a program calls for which the server makes no tokens: by its id
// and secret alone. The server answers "internal" then, as about its bootstrap account,
// which belongs to no organization.
func (c *Client) withoutToken(ctx context.Context, failed error) (authorization, bool) {
	var answer *Error
	if !errors.As(failed, &answer) || answer.RPC != rpcAuthToken || answer.Code != "internal" {
		return authorization{}, false
	}
	credential, err := c.settings.credential(ctx)
	if err != nil || credential.secret == nil {
		return authorization{}, false
	}
	auth, _ := bySecret(credential.id, credential.secret())
	return auth, true
}

// lifeOf is how long a token lives that was asked for at began. Nothing else tells,
// so it is read from the token, which came from who made it; by iat where that is
// there, since the server's clock may be another.
func lifeOf(token string, began time.Time) (time.Duration, error) {
	_, payload, ok := peek(token)
	end, known := payload["exp"].(float64)
	if !ok || !known {
		return 0, unavailable(errors.New("frontier: AuthToken: the token is no JWT with exp"))
	}
	start, known := payload["iat"].(float64)
	if !known {
		start = float64(began.Unix())
	}
	// As a number, before it is converted: larger ones have no duration.
	seconds := math.Min(end-start, longestLife.Seconds())
	if !(seconds >= shortestLife.Seconds()) {
		return 0, unavailable(errors.New("frontier: AuthToken: the token has ended already"))
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// assertion signs one (RFC 7523) as the server wants it: it finds the key by kid, in
// header and payload, and checks exp, and as a bearer's that jti is there.
func (k *serviceKey) assertion(issuer string, now time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": k.principal, "sub": k.principal, "aud": issuer, "kid": k.kid, "jti": rand.Text(),
		"iat": now.Add(-longestSkew).Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	token.Header["kid"] = k.kid
	text, err := token.SignedString(k.private)
	if err != nil {
		return "", fmt.Errorf("frontier: the key cannot sign: %w", err)
	}
	return text, nil
}

// HTTPClient returns a client for services behind the same Frontier: to requests for
// the origins of [AllowOrigins] and of the server it adds the token of this program as
// a bearer's, the header X-Project (see [Project]) unless the request has one, and
// X-Request-ID ([WithRequestID], or a new one) unless the request has one. Requests for
// other origins, and those that have an Authorization already, are sent as they are.
//
// It never follows a redirect: the caller gets the answer of status 3xx. Another
// http.Client on its Transport may follow one, without the token.
//
// One answer of 401 makes it try again with another token, for which the credential is
// asked for anew; requests are sent again on 429, and idempotent ones on 5xx and where
// there is no answer, three times in all. A request lasts no longer than three times
// [Timeout], one attempt and its body no longer than once. Where there is no token, the
// error matches [ErrUnavailable]. It may be used by any number of goroutines, and is
// not to be changed.
func (c *Client) HTTPClient() *http.Client { return c.http }

// sign is for [provider.Transport].
func (c *Client) sign(r *http.Request) (func(*http.Request, string), error) {
	if !c.settings.allowed[provider.OriginOf(r.URL)] || r.Header["Authorization"] != nil {
		return nil, nil
	}
	id := requestIDOr(r.Context()) // the same for each attempt
	return func(out *http.Request, token string) {
		out.Host = "" // the token is for who the URL names
		out.Header.Set("Authorization", "Bearer "+token)
		if c.options.project != "" && out.Header.Get(headerProject) == "" {
			out.Header.Set(headerProject, c.options.project)
		}
		if out.Header.Get(HeaderRequestID) == "" {
			out.Header.Set(HeaderRequestID, id)
		}
	}, nil
}
