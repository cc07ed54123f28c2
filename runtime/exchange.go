package auth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Exchanger turns credentials that are no tokens of the guard's issuers into such
// tokens, by asking who issued them: opaque tokens, sessions, a client's id and
// secret. It is asked for each request with such a credential, so it caches what it
// may, for a time after which a credential that was withdrawn is to be refused.
// Implementations are called by many requests at a time.
type Exchanger interface {
	// Exchanges reports whether c is a credential for Exchange. It looks at the text
	// alone, and is false for tokens of the guard's issuers, which are verified as
	// they are: one that was verified before is not asked about. Nothing vouches for
	// c yet, so it says no more than who is to verify it.
	Exchanges(c Credential) bool
	// Exchange returns a token that stands for c. An error that matches
	// [ErrNotActive] is answered with 401; any other error, a panic and an ended
	// context with 503. Errors are told of as for [FeatureProvider]: they hold
	// nothing of the credential.
	Exchange(ctx context.Context, c Credential) (token string, err error)
}

// Exchange makes the guard exchange credentials of these carriers, where x takes
// them. The token that x returns is verified in place of the credential as strictly
// as one that came in the request, and never the credential itself. What x does not
// take is verified as it is, but for Basic, which then is not valid. [Guard.Validate]
// and [Explain] exchange what they are given as a bearer's.
//
// Without this option Authorization with the scheme Basic is not read.
// Credentials longer than [MaxTokenBytes], and those of headers that are no b64token
// (RFC 6750 section 2.1), are not exchanged. With several Exchange each names other
// carriers.
func Exchange(x Exchanger, carriers ...Carrier) Option {
	return func(o *options) error {
		switch {
		case x == nil:
			return errors.New("Exchange: the exchanger is nil")
		case len(carriers) == 0:
			return errors.New("Exchange: names no carrier")
		}
		for _, c := range carriers {
			switch {
			case c == 0 || int(c) >= len(o.exchangers):
				return errors.New("Exchange: names no carrier")
			case o.exchangers[c] != nil:
				return fmt.Errorf("Exchange: credentials by %s have an exchanger already", c)
			}
			o.exchangers[c] = x
		}
		return nil
	}
}

// KeepTokens makes identities keep the text of the token that was verified, see
// [Identity.Token].
func KeepTokens() Option {
	return func(o *options) error {
		o.keepTokens = true
		return nil
	}
}

// exchange returns the token that stands for c, and false for a credential that is not
// exchanged.
func (g *Guard) exchange(ctx context.Context, c Credential) (token string, exchanged bool, _ *Challenge) {
	x := g.opts.exchangers[c.Carrier]
	if x == nil || len(c.Text) > g.opts.maxTokenBytes || !c.ambient() && !isB64Token(c.Text) {
		return "", false, nil
	}
	token, exchanged, trouble, err := g.askExchanger(ctx, x, c)
	switch {
	case err == nil:
		return token, exchanged, nil
	case trouble == "":
		answer := g.challenge(challengeInvalidToken, err.Error())
		answer.next = !errors.Is(err, ErrStop)
		return "", true, answer
	}
	return "", true, g.challenge(challengeUnavailable, trouble+": "+err.Error())
}

// askExchanger asks x. An error without trouble says that the credential is not
// active. Like [Guard.askRights] it is [Guard.consult] without a function.
func (g *Guard) askExchanger(ctx context.Context, x Exchanger, c Credential) (token string, exchanged bool, trouble string, err error) {
	if g.opts.observer != nil {
		began := time.Now()
		defer func() {
			if !exchanged && err == nil {
				return
			}
			e := Event{Kind: EventProviderCall, Provider: ProviderExchange, Yes: err == nil, Duration: time.Since(began)}
			if trouble != "" {
				e.Err = err
			}
			g.observe(ctx, e)
		}()
	}
	defer func() {
		if p := recover(); p != nil {
			token, trouble, err = "", "the "+string(ProviderExchange)+" panicked", fmt.Errorf("%T", p)
		}
	}()
	if exchanged = x.Exchanges(c); !exchanged {
		return "", false, "", nil
	}
	token, err = x.Exchange(ctx, c)
	if ended := ctx.Err(); err == nil && ended != nil {
		err = ended
	}
	if err == nil && token == "" {
		err = errors.New("it returned no token")
	}
	if err != nil && !errors.Is(err, ErrNotActive) {
		trouble = "the " + string(ProviderExchange) + " did not answer"
	}
	return token, true, trouble, err
}
