package frontier

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

// loginLife is how long a login may last, as long as a code of the server counts.
const loginLife = 10 * time.Minute

// loginBegun is what the cookie of a login says. Its MAC is over the state too, which
// the cookie does not have.
type loginBegun struct {
	Strategy string `json:"s"`
	ReturnTo string `json:"r"`
	Until    int64  `json:"u"`
}

// bind returns the cookie that binds a state to the browser.
func (l *Login) bind(begun loginBegun, state string) *http.Cookie {
	begun.Until = l.client.now().Add(loginLife).Unix()
	data, _ := json.Marshal(begun) // of text and a number
	text := base64.RawURLEncoding.EncodeToString(data)
	cookie := l.unbind()
	cookie.Value = text + "." + base64.RawURLEncoding.EncodeToString(l.mac(text, state))
	cookie.MaxAge = int(loginLife.Seconds())
	return cookie
}

// unbind returns the cookie that ends that of a login.
func (l *Login) unbind() *http.Cookie {
	return &http.Cookie{Name: l.cookie(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: !l.plain, SameSite: http.SameSiteLaxMode}
}

// cookie returns the name of the cookie. With the prefix no other host, and nobody who
// can write plain http, can set it in the browser (RFC 6265bis section 4.1.3.2).
func (l *Login) cookie() string {
	if l.plain {
		return "frontier_login"
	}
	return "__Host-frontier_login"
}

// isPlain reports whether a URL is one of plain http on this machine. The Host of a
// request does not tell: it may be what a proxy made of it.
func isPlain(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	_, err = provider.CleanURL("http://"+u.Host, nil, true)
	return err == nil
}

// bound returns what the browser began with this state.
func (l *Login) bound(r *http.Request, state string) (begun loginBegun, ok bool) {
	cookies := r.CookiesNamed(l.cookie())
	if len(cookies) != 1 || state == "" {
		return begun, false
	}
	text, sum, _ := strings.Cut(cookies[0].Value, ".")
	mac, err := base64.RawURLEncoding.DecodeString(sum)
	if err != nil || !hmac.Equal(mac, l.mac(text, state)) {
		return begun, false
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(data, &begun) != nil {
		return begun, false
	}
	// Another instance, with other settings, may have made it.
	return begun, l.client.now().Unix() < begun.Until && isName(begun.Strategy) && slices.Contains(l.returns, begun.ReturnTo)
}

func (l *Login) mac(text, state string) []byte {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte("authgen frontier login\x00" + text + "\x00" + state)) // text is base64url
	return h.Sum(nil)
}
