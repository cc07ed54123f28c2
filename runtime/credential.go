package auth

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
)

// Carrier is where in a request a credential stands.
type Carrier uint8

// The carriers. The zero Carrier is none.
const (
	CarrierBearer    Carrier = iota + 1 // Authorization with the scheme Bearer (RFC 6750 section 2.1)
	CarrierBasic                        // Authorization with the scheme Basic (RFC 7617 section 2)
	CarrierUserToken                    // X-User-Token, see [UserTokenHeader]
	CarrierAPIKey                       // x-api-key, see [APIKeyHeader]
	CarrierCookie                       // the cookie of [Cookie]
)

var carriers = [...]struct{ name, header string }{
	{"no carrier", ""},
	CarrierBearer:    {"bearer", "Authorization"},
	CarrierBasic:     {"basic", "Authorization"},
	CarrierUserToken: {"user token", "X-User-Token"},
	CarrierAPIKey:    {"api key", "X-Api-Key"},
	CarrierCookie:    {"cookie", ""},
}

// String returns the name of the carrier, such as "user token".
func (c Carrier) String() string { return c.row().name }

// header is where the carrier stands, "" for the cookie.
func (c Carrier) header() string { return c.row().header }

func (c Carrier) row() struct{ name, header string } {
	if int(c) < len(carriers) {
		return carriers[c]
	}
	return carriers[0]
}

// Credential is what a request says of its sender, where it says it. Text is a
// secret: it is what follows the scheme in Authorization, or all of another header or
// of the cookie's value, as it came. Printed, logged or written as JSON a Credential
// shows its carrier alone.
type Credential struct {
	Carrier Carrier
	Text    string `json:"-"`
}

// String returns the name of the carrier.
func (c Credential) String() string { return c.Carrier.String() }

// GoString is String.
func (c Credential) GoString() string { return c.String() }

// LogValue implements slog.LogValuer.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

// ambient reports whether the browser sent the credential on its own.
func (c Credential) ambient() bool { return c.Carrier == CarrierCookie }

// presented are the texts of a request's credentials by carrier, "" for none. Their
// characters have not been looked at, see [Guard.unfit].
type presented [len(carriers)]string

// CredentialOrder admits requests with several credentials, which are 400 otherwise:
// they are tried in this order, and the first that is valid says who is calling; also
// a cookie is tried beside others then. After one that is not valid (401) the next is
// tried, but not after a JWT that is well-formed and not valid, nor where an
// [Exchanger] says [ErrStop]; and where it is not known whether one is valid (503),
// that is the answer. Where none is valid, the answer is that of the last one.
// Whoever stands before the guard must judge requests by the same order.
//
// carriers are all those that the guard reads, each once. Two values of one carrier
// stay 400, and so does an Authorization of a scheme that the guard does not read
// beside another header.
func CredentialOrder(carriers ...Carrier) Option {
	carriers = slices.Clone(carriers)
	return func(o *options) error {
		switch {
		case len(carriers) == 0:
			return errors.New("CredentialOrder: names no carrier")
		case o.ordered:
			return errors.New("CredentialOrder: is given twice")
		}
		o.order, o.ordered = carriers, true
		return nil
	}
}

// allCarriers are in the order in which the one credential of a request is looked for.
var allCarriers = []Carrier{CarrierBearer, CarrierBasic, CarrierUserToken, CarrierAPIKey, CarrierCookie}

// prepareCarriers checks the options about carriers against each other.
func (o *options) prepareCarriers() error {
	read := [len(carriers)]bool{
		CarrierBearer: true, CarrierBasic: o.exchangers[CarrierBasic] != nil,
		CarrierUserToken: o.userTokenHeader, CarrierAPIKey: o.apiKeyHeader, CarrierCookie: o.cookie != "",
	}
	for _, c := range allCarriers {
		if o.exchangers[c] != nil && !read[c] {
			return fmt.Errorf("Exchange: the guard does not read %s (auth.UserTokenHeader, auth.APIKeyHeader or auth.Cookie)", c)
		}
	}
	if o.sameOrigin && o.cookie == "" {
		return errors.New("SameOriginCookies: the guard does not read a cookie (auth.Cookie)")
	}
	if !o.ordered {
		o.order = allCarriers
		return nil
	}
	for i, c := range o.order {
		switch {
		case int(c) >= len(carriers) || !read[c]:
			return fmt.Errorf("CredentialOrder: the guard does not read %s", c)
		case slices.Contains(o.order[:i], c):
			return fmt.Errorf("CredentialOrder: %s is given twice", c)
		}
	}
	for _, c := range allCarriers {
		if read[c] && !slices.Contains(o.order, c) {
			return fmt.Errorf("CredentialOrder: %s is missing, which the guard reads", c)
		}
	}
	return nil
}
