package frontier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// The settings that the environment may have, each with an option that overrides it.
const (
	envURL     = "FRONTIER_URL"
	envIssuer  = "FRONTIER_ISSUER"
	envID      = "FRONTIER_CLIENT_ID"
	envSecret  = "FRONTIER_CLIENT_SECRET"
	envKeyFile = "FRONTIER_KEY_FILE"
)

const (
	defaultTimeout  = 10 * time.Second
	longestTimeout  = 10 * time.Minute
	longestExchange = 30 * time.Second
	longestSetting  = 4 << 10
	longestKeyFile  = 64 << 10
)

// Option configures a client. An option overrides the environment.
type Option func(*options) error

// options are what was said, before it is checked together.
type options struct {
	lookup func(name string) (string, bool)
	given  map[string]string // by the variable that the option overrides

	key      []byte // of Key
	source   func(context.Context) (Credential, error)
	orgs     []string
	projects []string
	project  string // X-Project
	api      API

	serverOrder    bool
	trustedOrigins []string
	exchangeFor    time.Duration
	assertionsFor  time.Duration // 0 for any
	allowed        []string      // origins for HTTPClient
	personalPrefix string        // of personal access tokens, with its "_"
	basicSecrets   func(string) bool

	insecureHosts []string
	transport     http.RoundTripper
	timeout       time.Duration
	clock         func() time.Time
	ownClock      bool // clock is not time.Now
	logger        *slog.Logger
	checks        checkOptions
	audits        auditOptions
	guardOptions  []auth.Option
	issuerOptions []auth.IssuerOption
}

func newOptions() *options {
	return &options{
		lookup: os.LookupEnv, given: map[string]string{}, exchangeFor: longestExchange, assertionsFor: 12 * time.Hour, personalPrefix: "fpt_",
		checks:  checkOptions{decisionsFor: defaultDecision},
		audits:  auditOptions{queue: defaultQueue, timeout: defaultAuditTimeout, flush: defaultFlush},
		timeout: defaultTimeout, clock: time.Now, logger: slog.Default(),
	}
}

// set notes a setting. Errors hold no values: one that is misplaced may be a secret.
func (o *options) set(option, env, value string) error {
	if value == "" {
		return fmt.Errorf("%s: is empty", option)
	}
	if old, ok := o.given[env]; ok && old != value {
		return fmt.Errorf("%s: is given twice, with different values", option)
	}
	o.given[env] = value
	return nil
}

// API is how a server is spoken to.
type API uint8

// The ways: DetectAPI asks the server once, ConnectAPI is that of v0.91.0 and later,
// RESTAPI that of the gateway of older ones.
const (
	DetectAPI API = iota
	ConnectAPI
	RESTAPI
)

// SpeakAPI says how the server is spoken to; DetectAPI unless set.
func SpeakAPI(api API) Option {
	return func(o *options) error {
		if api > RESTAPI {
			return errors.New("SpeakAPI: there is no such way")
		}
		o.api = api
		return nil
	}
}

// Issuer is the claim iss of the server's tokens (app.authentication.token.iss of its
// configuration, "frontier" unless set there), instead of FRONTIER_ISSUER. It is
// required: the URL tells nothing of it.
func Issuer(issuer string) Option {
	return func(o *options) error { return o.set("Issuer", envIssuer, issuer) }
}

// Credentials are those of the service user that this program is: the id and secret
// of a credential (CreateServiceUserCredential; not the id of the service user) or
// the id and value of an opaque token (CreateServiceUserToken). They stand for
// FRONTIER_CLIENT_ID and FRONTIER_CLIENT_SECRET. The server makes no tokens for its
// bootstrap account: a program that is known as this one has no [Client.Token], and
// each of its calls costs the server most of a second.
func Credentials(id, secret string) Option {
	return func(o *options) error {
		return errors.Join(o.set("Credentials: id", envID, id), o.set("Credentials: secret", envSecret, secret))
	}
}

// KeyFile names a file with the key of the service user that this program is, as
// CreateServiceUserJWK answers it, instead of FRONTIER_KEY_FILE. It is read again for
// each new token, so that another key needs no restart.
func KeyFile(path string) Option {
	return func(o *options) error { return o.set("KeyFile", envKeyFile, path) }
}

// Key is the content of such a file, see [KeyFile].
func Key(data []byte) Option {
	return func(o *options) error {
		if len(data) == 0 || len(data) > longestKeyFile {
			return errors.New("Key: is empty or too large")
		}
		o.key = data
		return nil
	}
}

// CredentialSource takes the credential of this program from a function, which is
// asked for each new token, and again when the server refuses one: a credential can
// change without a restart.
func CredentialSource(source func(ctx context.Context) (Credential, error)) Option {
	return func(o *options) error {
		if source == nil {
			return errors.New("CredentialSource: the function is nil")
		}
		o.source = source
		return nil
	}
}

// Orgs admits only identities that are members of one of these organizations, by
// their uuids. Tokens have no audience: without Orgs or [Projects] one that was made
// for any application of the server passes.
func Orgs(ids ...string) Option {
	return func(o *options) error { return appendIDs("Orgs", &o.orgs, ids) }
}

// Projects admits only tokens that were made for one of these projects, by their
// uuids, see [Project] and [Orgs].
func Projects(ids ...string) Option {
	return func(o *options) error { return appendIDs("Projects", &o.projects, ids) }
}

func appendIDs(option string, to *[]string, ids []string) error {
	if len(ids) == 0 {
		return fmt.Errorf("%s: is empty", option)
	}
	for _, id := range ids {
		if !isUUID(id) {
			return fmt.Errorf("%s: one is no uuid", option)
		}
		*to = append(*to, strings.ToLower(id))
	}
	return nil
}

// Project is the project (uuid or name) that tokens are asked for, by the header
// X-Project: those of this program and those that callers' credentials are exchanged
// for. The server leaves the claim project_id out where the caller may not get the
// project.
func Project(project string) Option {
	return func(o *options) error {
		if !isHeaderText(project) {
			return errors.New("Project: is empty or unfit")
		}
		o.project = project
		return nil
	}
}

// ServerOrder tries several credentials of one request in the server's own order:
// session, then what is in Authorization: Bearer, X-User-Token and Authorization:
// Basic, of which the first that is valid counts. Where the server says that a
// credential is of somebody who may not come in, and after an access token or an
// assertion that is not valid, no other is tried (401). The server is laxer with one
// that is behind Bearer and has ended, and with several session cookies. Without
// ServerOrder a request with two of them in headers is refused (400), and a session
// beside one in a header is not looked at.
func ServerOrder() Option {
	return func(o *options) error {
		o.serverOrder = true
		return nil
	}
}

// TrustedOrigins are the origins ("https://app.example.com") whose pages may send
// unsafe requests and WebSocket handshakes with the session cookie, beside the
// service's own.
func TrustedOrigins(origins ...string) Option {
	return func(o *options) error {
		o.trustedOrigins = append(o.trustedOrigins, origins...)
		return nil
	}
}

// ExchangeFor is how long the answer of an exchange counts: so long a session that
// was ended, or a credential that was deleted, may still pass. Thirty seconds unless
// set, which is the most; 0 asks the server for each request.
func ExchangeFor(d time.Duration) Option {
	return func(o *options) error {
		if d < 0 || d > longestExchange {
			return fmt.Errorf("ExchangeFor: is negative or longer than %v", longestExchange)
		}
		o.exchangeFor = d
		return nil
	}
}

// AssertionsFor is how long an assertion of a caller may still be valid, by its exp, with
// a minute for clocks: whoever learns it can use it for so long, at every service, as the
// server compares no aud and remembers no jti. Longer ones are refused without asking
// the server, and those without exp. Twelve hours unless set, as the vendor's SDK makes
// them; 0 takes any that the server takes.
func AssertionsFor(d time.Duration) Option {
	return func(o *options) error {
		if d < 0 {
			return errors.New("AssertionsFor: is negative")
		}
		o.assertionsFor = d
		return nil
	}
}

// BasicSecrets admits further forms of callers' secrets (Authorization: Basic), beside
// the two that the server makes: 43 characters of base64, and 64 hexadecimal digits. It
// is for credentials that were put into the server's database in another way. may is
// asked, from any number of goroutines and before anything else of the secret is known,
// for text of 64 bytes at most, ASCII without a colon, whose id is a uuid; the server is
// asked about what it returns true for, within the same limits as about others. The
// narrower it is, the less a flood of guesses costs the server.
//
// It does not admit the server's bootstrap account, whose secret has any form: the
// server makes no token for it, so that the answer to it is 503.
func BasicSecrets(may func(secret string) bool) Option {
	return func(o *options) error {
		if may == nil {
			return errors.New("BasicSecrets: the function is nil")
		}
		o.basicSecrets = may
		return nil
	}
}

// PersonalTokenPrefix is what personal access tokens begin with, before "_", where the
// server's configuration (app.pat.prefix) has another than "fpt".
func PersonalTokenPrefix(prefix string) Option {
	return func(o *options) error {
		if prefix == "" || !allOf(prefix, "-_") {
			return errors.New("PersonalTokenPrefix: is empty or has characters other than letters, digits, - and _")
		}
		o.personalPrefix = prefix + "_"
		return nil
	}
}

// AllowOrigins are the origins ("https://orders.example.com") of services behind the
// same Frontier, to which [Client.HTTPClient] sends the token of this program, beside
// the server itself. Whoever answers there can act as this program.
func AllowOrigins(origins ...string) Option {
	return func(o *options) error {
		o.allowed = append(o.allowed, origins...)
		return nil
	}
}

// Environment replaces os.LookupEnv. A variable that is empty counts as not set.
// With a function that finds nothing, only options count.
func Environment(lookup func(name string) (value string, ok bool)) Option {
	return func(o *options) error {
		if lookup == nil {
			return errors.New("Environment: the function is nil")
		}
		o.lookup = lookup
		return nil
	}
}

// InsecureHTTP allows plain http to these hosts ("frontier.internal", without a
// port). Loopback addresses need no permission. Whoever can read the traffic to such
// a host learns the credentials of this program and of its callers.
func InsecureHTTP(hosts ...string) Option {
	return func(o *options) error {
		for _, host := range hosts {
			if host == "" || strings.ContainsAny(host, "/:*@ ") {
				return errors.New("InsecureHTTP: one is no host name")
			}
		}
		o.insecureHosts = append(o.insecureHosts, hosts...)
		return nil
	}
}

// Transport sends the requests, instead of one like http.DefaultTransport that
// belongs to the client.
func Transport(transport http.RoundTripper) Option {
	return func(o *options) error {
		if transport == nil {
			return errors.New("Transport: is nil")
		}
		o.transport = transport
		return nil
	}
}

// Timeout is how long one request to the server may last; ten seconds unless set.
func Timeout(d time.Duration) Option {
	return func(o *options) error {
		if d <= 0 || d > longestTimeout {
			return fmt.Errorf("Timeout: must be above 0 and at most %v", longestTimeout)
		}
		o.timeout = d
		return nil
	}
}

// Clock replaces time.Now, for tests.
func Clock(now func() time.Time) Option {
	return func(o *options) error {
		if now == nil {
			return errors.New("Clock: the function is nil")
		}
		o.clock, o.ownClock = now, true
		return nil
	}
}

// Logger replaces slog.Default().
func Logger(logger *slog.Logger) Option {
	return func(o *options) error {
		if logger == nil {
			return errors.New("Logger: the logger is nil")
		}
		o.logger = logger
		return nil
	}
}

// GuardOptions are options for the guard, which come after the client's own.
func GuardOptions(opts ...auth.Option) Option {
	return func(o *options) error {
		o.guardOptions = append(o.guardOptions, opts...)
		return nil
	}
}

// IssuerOptions are options for the guard's issuer, which come after the client's own.
func IssuerOptions(opts ...auth.IssuerOption) Option {
	return func(o *options) error {
		o.issuerOptions = append(o.issuerOptions, opts...)
		return nil
	}
}
