package fronteggtest

import (
	"crypto/rand"
	"crypto/subtle"
	"math"
	"net/http"
)

// SetExpiresIn sets for how many seconds vendor tokens are valid that are issued
// from now on.
func (f *Fake) SetExpiresIn(seconds int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expiresIn = seconds
}

// RevokeVendorTokens ends all vendor tokens that were issued: calls with them are
// answered with 401.
func (f *Fake) RevokeVendorTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.vendorTokens)
}

// authenticate answers {"token", "expiresIn"} to the right {"clientId",
// "secret"}. The body of a refusal was not observed.
func (f *Fake) authenticate(c *call) reply {
	var sent struct {
		ClientID string `json:"clientId"`
		Secret   string `json:"secret"`
	}
	if err := c.decode(&sent); err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	if !equal(sent.ClientID, f.clientID) || !equal(sent.Secret, f.apiKey) {
		return refuse(http.StatusUnauthorized)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	expiry := f.expiry(f.expiresIn)
	claims := vendorClaims(f.clientID, f.now(), expiry)
	claims["jti"] = rand.Text() // two of one second differ
	token, err := f.sign(&token{claims: claims}, f.key)
	if err != nil {
		return refuse(http.StatusInternalServerError, err.Error())
	}
	now := f.now().Unix()
	for old, until := range f.vendorTokens {
		if until <= now {
			delete(f.vendorTokens, old)
		}
	}
	f.vendorTokens[token] = expiry
	return respond(http.StatusOK, map[string]any{"token": token, "expiresIn": f.expiresIn})
}

// expiry returns when something ends that lives for seconds from now, since 1970.
func (f *Fake) expiry(seconds int64) int64 {
	now := f.now().Unix()
	if seconds > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + seconds
}

// vendorTokenValid reports whether vendor authentication issued the token, and
// it has neither expired nor been revoked.
func (f *Fake) vendorTokenValid(token string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	expiry, ok := f.vendorTokens[token]
	return ok && f.now().Unix() < expiry
}

// baseURL tells the URL of the environment's domain.
func (f *Fake) baseURL(*call) reply {
	return respond(http.StatusOK, map[string]string{"baseURL": f.Domain()})
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
