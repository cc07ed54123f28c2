package frontier

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/authgen/authgen/internal/provider"
	auth "github.com/authgen/authgen/runtime"
)

const (
	rpcAuthenticate = "Authenticate"
	rpcAuthCallback = "AuthCallback"
	rpcAuthLogout   = "AuthLogout"

	shortestLoginKey = 32
	longestField     = 4 << 10
)

// Login signs users in and out by the server's sessions, for a service whose cookies
// browsers send to the server too, or that stands before it. It has typed calls, and
// handlers that are made of them:
//
//	mux.Handle("GET /login/strategies", login.StrategiesHandler())
//	mux.Handle("POST /login", login.StartHandler())
//	mux.Handle("/login/callback", login.CallbackHandler())
//	mux.Handle("GET /login/user", login.UserHandler())
//	mux.Handle("POST /logout", login.LogoutHandler())
//
// The handlers answer errors as the server does, {"code","message"}, and pass on no
// header of it but the cookie of the session. A login is safe for any number of goroutines.
type Login struct {
	client   *Client
	key      []byte
	returns  []string
	callback string
	plain    bool // browsers come by plain http, on this machine
	problems []error
}

// LoginOption configures a login.
type LoginOption func(*Login)

// ReturnTo names where a browser may be sent after it signed in or out: URLs (https,
// loopback, or of a host of [InsecureHTTP]) and paths of the service. A return_to is
// one of them, byte for byte. The first is where a login without return_to ends. At
// least one is required.
func ReturnTo(targets ...string) LoginOption {
	return func(l *Login) { l.returns = append(l.returns, targets...) }
}

// CallbackURL is where the server sends browsers of strategies that leave for another
// site: that of [Login.CallbackHandler]. The server must allow it. Unless set, the
// server's own setting counts. Cookies are for https alone (Secure), whatever the Host of
// a request, unless url is one of plain http on loopback.
func CallbackURL(url string) LoginOption { return func(l *Login) { l.callback = url } }

// LoginKey is a secret of at least 32 random bytes that instances of a service share,
// so that one may end a login that another began. Unless set, each has its own.
func LoginKey(key []byte) LoginOption {
	return func(l *Login) {
		if len(key) < shortestLoginKey {
			l.problems = append(l.problems, errors.New("LoginKey: has fewer than 32 bytes"))
		}
		l.key = slices.Clone(key)
	}
}

// Login makes a login. It asks the server for nothing.
func (c *Client) Login(opts ...LoginOption) (*Login, error) {
	if c == nil || c.settings == nil {
		return nil, errNotConnected
	}
	l := &Login{client: c}
	for _, opt := range opts {
		if opt != nil {
			opt(l)
		}
	}
	if len(l.returns) == 0 {
		l.problems = append(l.problems, errors.New("where browsers are sent afterwards is missing (ReturnTo)"))
	}
	for _, target := range l.returns {
		if !l.isTarget(target) {
			l.problems = append(l.problems, fmt.Errorf("ReturnTo: %q is neither an https URL nor a path of this service", target))
		}
	}
	if l.callback != "" && !l.isURL(l.callback) {
		l.problems = append(l.problems, errors.New("CallbackURL: is no https URL"))
	}
	if len(l.problems) > 0 {
		return nil, fmt.Errorf("frontier: login: %w", errors.Join(l.problems...))
	}
	l.plain = isPlain(l.callback)
	if l.key == nil {
		l.key = make([]byte, shortestLoginKey)
		_, _ = rand.Read(l.key) // never fails
	}
	return l, nil
}

// isTarget reports whether a browser may be sent to target at all. What browsers read
// as another host is no path: "//host", "/\host", and both with characters between
// that they leave out.
func (l *Login) isTarget(target string) bool {
	if !isLine(target) || strings.Contains(target, `\`) {
		return false
	}
	if strings.HasPrefix(target, "/") {
		return !strings.HasPrefix(target, "//")
	}
	return l.isURL(target)
}

// isURL reports whether browsers may be sent to an absolute URL.
func (l *Login) isURL(address string) bool {
	bare, _, _ := strings.Cut(address, "#")
	bare, _, _ = strings.Cut(bare, "?")
	_, err := provider.CleanURL(bare, l.client.options.insecureHosts, true)
	return err == nil && isLine(address) && !strings.Contains(address, `\`)
}

// isLine reports whether text is of visible ASCII characters, and not too many.
func isLine(text string) bool {
	return len(text) <= longestField && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Format implements fmt.Formatter. It shows nothing of the key.
func (l *Login) Format(f fmt.State, verb rune) { provider.Hidden("frontier.Login").Format(f, verb) }

// Session is the session of a browser. It prints nothing of it.
type Session struct {
	value provider.Secret
	line  string // Set-Cookie; "" for one that a request brought
}

// NewSession is the session of a cookie sid. It is not ok where value cannot be one.
func NewSession(value string) (s Session, ok bool) {
	return Session{value: provider.NewSecret(value)}, isSession(value)
}

// Value returns the value of the cookie sid, "" for the zero value.
func (s Session) Value() string {
	if s.value == nil {
		return ""
	}
	return s.value()
}

// Format implements fmt.Formatter. It shows nothing of the session.
func (Session) Format(f fmt.State, verb rune) { provider.Hidden("frontier.Session").Format(f, verb) }

// SetCookie gives the browser the cookie as the server gave it, with its attributes.
// It does nothing with a session that is not of [Login.AuthCallback].
func (s Session) SetCookie(w http.ResponseWriter) {
	if s.line != "" {
		w.Header().Add("Set-Cookie", s.line)
	}
}

// secured is the session with a cookie for https alone. The server makes it so only
// where its configuration says.
func (s Session) secured() Session {
	if cookie, err := http.ParseSetCookie(s.line); err == nil && !cookie.Secure {
		s.line += "; Secure"
	}
	return s
}

func (s Session) authorization() authorization {
	return authorization{cookie: s.Value(), secrets: []string{s.Value()}}
}

// ListAuthStrategies returns the names of the ways in which users may sign in.
func (l *Login) ListAuthStrategies(ctx context.Context) ([]string, error) {
	var out struct {
		Strategies []struct {
			Name string `json:"name"`
		} `json:"strategies"`
	}
	if err := l.client.call(ctx, mainService, rpcAuthStrategies, authorization{}, nil, &out); err != nil {
		return nil, err
	}
	names := []string{}
	for _, s := range out.Strategies {
		names = append(names, s.Name)
	}
	return names, nil
}

// AuthenticateRequest begins a login.
type AuthenticateRequest struct {
	Strategy    string `json:"strategy_name"`
	Email       string `json:"email,omitempty"`        // of strategies by mail
	ReturnTo    string `json:"return_to,omitempty"`    // where the server itself sends browsers
	CallbackURL string `json:"callback_url,omitempty"` // see [CallbackURL]
}

// Authentication is a login that was begun.
type Authentication struct {
	// State is what the server knows the login by. With it and the code the login is
	// ended: bind it to the browser, as [Login.StartHandler] does.
	State string `json:"state"`
	// Endpoint is where the browser signs in, "" for strategies by mail.
	Endpoint string `json:"endpoint"`
}

// Authenticate begins a login. Of a strategy that it does not know the server answers
// an error that matches [ErrUnavailable].
func (l *Login) Authenticate(ctx context.Context, in AuthenticateRequest) (Authentication, error) {
	var out Authentication
	if err := l.client.call(ctx, mainService, rpcAuthenticate, authorization{}, in, &out); err != nil {
		return Authentication{}, err
	}
	if u, err := url.Parse(out.Endpoint); err == nil && out.State == "" {
		out.State = u.Query().Get("state") // that of OIDC strategies is there alone
	}
	if out.State == "" || !isLine(out.State) || out.Endpoint != "" && !l.isURL(out.Endpoint) {
		return Authentication{}, unavailable(errors.New("frontier: Authenticate: the answer has no state, or an endpoint that is no https URL"))
	}
	return out, nil
}

// AuthCallbackRequest ends a login.
type AuthCallbackRequest struct {
	Strategy string `json:"strategy_name"`
	Code     string `json:"code"`
	State    string `json:"state"`
}

// AuthCallback ends a login, and makes the user where there is none. Of a user who is
// disabled the server answers an error that matches [ErrUnavailable].
func (l *Login) AuthCallback(ctx context.Context, in AuthCallbackRequest) (Session, error) {
	return l.authCallback(ctx, in, "")
}

// authCallback has the server note agent of the session.
func (l *Login) authCallback(ctx context.Context, in AuthCallbackRequest, agent string) (Session, error) {
	header, err := l.client.callHeader(ctx, mainService, rpcAuthCallback, authorization{agent: agent, secrets: []string{in.Code, in.State}}, in, nil)
	if err != nil {
		return Session{}, err
	}
	var found []Session
	for _, line := range header.Values("Set-Cookie") {
		if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == sessionCookie {
			s, ok := NewSession(cookie.Value)
			if s.line = line; ok {
				found = append(found, s)
			}
		}
	}
	if len(found) != 1 {
		return Session{}, unavailable(errors.New("frontier: AuthCallback: the answer has not one session (are sessions switched on there?)"))
	}
	return found[0], nil
}

// User is a user of the server.
type User struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Title     string         `json:"title,omitempty"`
	Email     string         `json:"email"`
	State     string         `json:"state,omitempty"`
	Metadata  map[string]any `json:"metadata,omitempty"`
	CreatedAt time.Time      `json:"created_at,omitzero"`
	UpdatedAt time.Time      `json:"updated_at,omitzero"`
}

// GetCurrentUser returns the user whose session it is. The error matches
// [ErrUnauthenticated] where it has ended, and [ErrNotFound] where the user was
// disabled or deleted.
func (l *Login) GetCurrentUser(ctx context.Context, s Session) (User, error) {
	if s.Value() == "" {
		return User{}, ErrUnauthenticated
	}
	var out struct {
		User User `json:"user"`
	}
	if err := l.client.call(ctx, mainService, rpcCurrentUser, s.authorization(), nil, &out); err != nil {
		return User{}, err
	}
	if !isUUID(out.User.ID) {
		return User{}, unavailable(errors.New("frontier: GetCurrentUser: the answer has no user"))
	}
	return out.User, nil
}

// AuthLogout ends a session; one that has ended already, or whose user was disabled or
// deleted, is no error. Guards of this client refuse it from then on: for ten minutes
// where the error says that the server may not have ended it. Guards of other
// processes refuse it after [ExchangeFor] at the latest. Access tokens that were made
// of it count until they end.
func (l *Login) AuthLogout(ctx context.Context, s Session) error {
	_, err := l.logout(ctx, s)
	return err
}

// logout returns the cookies by which the server ends that of the session.
func (l *Login) logout(ctx context.Context, s Session) ([]string, error) {
	if s.Value() == "" {
		return nil, nil
	}
	l.client.exchanges.end(auth.Credential{Carrier: auth.CarrierCookie, Text: s.Value()})
	header, err := l.client.callHeader(ctx, mainService, rpcAuthLogout, s.authorization(), nil, nil)
	switch {
	case errors.Is(err, ErrUnauthenticated), isGone(err), isSessionOver(err):
		return nil, nil // it is nobody's
	case err != nil:
		return nil, err
	}
	var ended []string
	for _, line := range header.Values("Set-Cookie") {
		if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == sessionCookie && cookie.Value == "" {
			ended = append(ended, line)
		}
	}
	return ended, nil
}
