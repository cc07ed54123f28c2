package auth

import (
	"errors"
	"fmt"
)

// Accept adds a condition that tokens of the issuer meet beside all others. accept is
// asked once when a token was verified, before it is remembered: it looks at the token
// alone, and at nothing that changes. A token for which it returns an error is not
// valid (401), for which it panics is 503; the text of the error is logged and part of
// [Challenge.Reason]. It is called by many requests at a time. With several Accept
// all are asked.
func Accept(accept func(id *Identity) error) IssuerOption {
	return func(is *issuer) error {
		if accept == nil {
			return errors.New("Accept: the function is nil")
		}
		is.accept = append(is.accept, accept)
		return nil
	}
}

// accepted asks what Accept gave.
func (g *Guard) accepted(id *Identity) (c *Challenge) {
	is := id.issuer
	if len(is.accept) == 0 {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			c = g.challenge(challengeUnavailable, fmt.Sprintf("issuer %s: the function of Accept panicked: %T", is.name, p))
		}
	}()
	for _, accept := range is.accept {
		if err := accept(id); err != nil {
			return g.challenge(challengeInvalidToken, "issuer "+is.name+": "+err.Error())
		}
	}
	return nil
}
