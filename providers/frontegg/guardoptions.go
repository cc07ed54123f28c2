package frontegg

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	auth "github.com/authgen/authgen/runtime"
)

// guardOptions are what was said of the tokens that guards admit.
type guardOptions struct {
	issuer           string
	configurationKey bool
	noIssuer         bool
	noAudience       bool
	without          []string
	issuerOptions    []auth.IssuerOption
	options          []auth.Option
}

// TokenIssuer is the claim iss of the environment's tokens, byte for byte, where it
// is another URL than that of the environment's domain ([BaseURL]). Keys are found by
// discovery there.
func TokenIssuer(url string) Option {
	return func(o *options) error {
		switch {
		case url == "":
			return errors.New("TokenIssuer: is empty")
		case o.guard.issuer != "" && o.guard.issuer != url:
			return errors.New("TokenIssuer: is given twice, with different values")
		}
		o.guard.issuer = url
		return nil
	}
}

// ConfigurationKey makes guards trust the one key that the gateway has in the
// environment's configurations, as Frontegg's other SDKs do, instead of the key set
// at the environment's domain. iss and aud are checked all the same.
func ConfigurationKey() Option {
	return func(o *options) error {
		o.guard.configurationKey = true
		return nil
	}
}

// InsecureNoIssuer makes guards trust whatever the key of [ConfigurationKey] has
// signed, whatever its claim iss says: see [auth.InsecureNoIssuer]. It is how
// Frontegg's other SDKs check tokens, and for environments whose domain is not known;
// aud is checked all the same. [auth.Guard.Weaknesses] tells of it.
func InsecureNoIssuer() Option {
	return func(o *options) error {
		o.guard.noIssuer = true
		return nil
	}
}

// InsecureNoAudience makes guards accept tokens for any audience: those of all
// applications of the environment. [auth.Guard.Weaknesses] tells of it.
func InsecureNoAudience() Option {
	return func(o *options) error {
		o.guard.noAudience = true
		return nil
	}
}

// InsecureWithoutClaims lets tokens lack claims that their template leaves out: such
// of iss, sub, aud, exp, iat and tenantId. A claim that is there is checked all the
// same. Who lacks tenantId has no tenant, so that no access token and no rule on
// tenants admits them; who lacks sub is nobody in particular. [auth.Guard.Weaknesses]
// tells of iss, aud and exp.
func InsecureWithoutClaims(names ...string) Option {
	return func(o *options) error {
		for _, name := range names {
			if !slices.Contains(optionalClaims, name) {
				return fmt.Errorf("InsecureWithoutClaims: one is none of %s", strings.Join(optionalClaims, ", "))
			}
		}
		o.guard.without = append(o.guard.without, names...)
		return nil
	}
}

// IssuerOptions are further options of the environment as an issuer, for guards and for
// hosted login: [auth.JWKS], [auth.Leeway], [auth.MaxTokenAge], or [auth.Asserts] in a
// guard that trusts other issuers too, where OwnsUserIDs is needed for access tokens of
// users. They come last, but for what an id token is.
func IssuerOptions(opts ...auth.IssuerOption) Option {
	return func(o *options) error {
		o.guard.issuerOptions = append(o.guard.issuerOptions, opts...)
		return nil
	}
}

// GuardOptions are further options of guards: those of [New], of [Client.Guard] and
// the one of [Client.Validate].
func GuardOptions(opts ...auth.Option) Option {
	return func(o *options) error {
		o.guard.options = append(o.guard.options, opts...)
		return nil
	}
}

func (o *guardOptions) check() error {
	if o.noIssuer && (o.issuer != "" || o.lacks("iss")) {
		return errors.New("InsecureNoIssuer contradicts TokenIssuer, and InsecureWithoutClaims of iss")
	}
	if o.noAudience && o.lacks("aud") {
		return errors.New("InsecureNoAudience and InsecureWithoutClaims of aud: one is enough")
	}
	return nil
}
