package frontier

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/authgen/authgen/internal/provider"
)

// settings are the options and the environment, checked. They do not change.
type settings struct {
	url    string
	issuer string
	// credential returns what this program is known by; nil for nothing.
	credential func(ctx context.Context) (Credential, error)
	allowed    map[provider.Origin]bool
}

// resolver puts together what options and environment say.
type resolver struct {
	*options
	problems []error
}

func (r *resolver) problem(format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf(format, args...))
}

// value returns a setting; "" when it was not given.
func (r *resolver) value(env string) string {
	if value, ok := r.given[env]; ok {
		return value
	}
	value, _ := r.lookup(env)
	return value
}

// resolve checks everything, and tells all that is wrong in one error. It never tells
// a value: one that is misplaced may be a secret.
func resolve(address string, opts []Option) (*options, *settings, error) {
	r := &resolver{options: newOptions()}
	if address != "" {
		r.given[envURL] = address
	}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(r.options); err != nil {
			r.problems = append(r.problems, err)
		}
	}
	s := &settings{issuer: r.value(envIssuer)}
	var err error
	switch address := r.value(envURL); {
	case address == "":
		r.problem("the URL of the server is missing (or %s)", envURL)
	default:
		if s.url, err = provider.CleanURL(address, r.insecureHosts, true); err != nil {
			r.problem("the URL of the server: %w", err)
		}
	}
	switch {
	case s.issuer == "":
		r.problem("the issuer of its tokens is missing (Issuer or %s): it is what the server's configuration says, and not to be guessed from the URL", envIssuer)
	case len(s.issuer) > longestSetting:
		r.problem("Issuer: is too long")
	}
	s.credential = r.ownCredential()
	s.allowed = r.origins(s.url)
	if len(r.problems) > 0 {
		lines := strings.Split(errors.Join(r.problems...).Error(), "\n")
		return nil, nil, errors.New("frontier: settings: " + strings.Join(lines, "; "))
	}
	r.given = nil // what was given as plain text ends here
	return r.options, s, nil
}

// ownCredential finds the one way in which this program is known. Where an option
// says one, the environment is not asked for others.
func (r *resolver) ownCredential() func(context.Context) (Credential, error) {
	id, secret, file := r.given[envID], r.given[envSecret], r.given[envKeyFile]
	if id == "" && secret == "" && file == "" && r.key == nil && r.source == nil {
		id, secret, file = r.value(envID), r.value(envSecret), r.value(envKeyFile)
	}
	ways := 0
	for _, given := range []bool{id != "" || secret != "", file != "", r.key != nil, r.source != nil} {
		if given {
			ways++
		}
	}
	fixed := func(c Credential, err error) func(context.Context) (Credential, error) {
		if err != nil {
			r.problems = append(r.problems, err)
		}
		return func(context.Context) (Credential, error) { return c, nil }
	}
	switch {
	case ways > 1:
		r.problem("credentials are given in several ways (Credentials, KeyFile, Key, CredentialSource)")
	case r.source != nil:
		return r.source
	case r.key != nil:
		return fixed(KeyCredential(r.key))
	case file != "":
		return func(context.Context) (Credential, error) { return readKeyFile(file) }
	case ways == 1:
		return fixed(SecretCredential(id, secret))
	case r.api != RESTAPI:
		r.problem("credentials of a service user are missing (Credentials, KeyFile, CredentialSource, or %s and %s): the server gives its keys to nobody else", envID, envSecret)
	}
	return nil
}

// origins are those that the program's token may go to.
func (r *resolver) origins(server string) map[provider.Origin]bool {
	found := map[provider.Origin]bool{}
	for i, address := range append([]string{server}, r.allowed...) {
		clean, err := provider.CleanURL(address, r.insecureHosts, true)
		u, malformed := url.Parse(clean)
		switch {
		case i == 0 && address == "": // told of elsewhere
		case err != nil:
			r.problem("AllowOrigins: one %w", err)
		case malformed != nil || i > 0 && u.Path != "":
			r.problem("AllowOrigins: one is more than an origin: scheme, host and port")
		default:
			found[provider.OriginOf(u)] = true
		}
	}
	return found
}
