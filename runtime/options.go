package auth

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	defaultRealm         = "api"
	defaultMaxTokenBytes = 16 << 10
	defaultLeeway        = 10 * time.Second
	maxLeeway            = time.Minute
)

// Option configures a guard.
type Option func(*options) error

type options struct {
	issuers          []*issuer
	realm            string
	resourceMetadata string // the URL of metadata
	resource         *ResourceDescription
	metadata         []byte // the document, nil for none
	metadataPath     string
	insecureHosts    []string
	client           *http.Client
	clock            func() time.Time
	coarse           *coarseClock // nil where Clock is given
	logger           *slog.Logger
	maxTokenBytes    int
	renderer         func(http.ResponseWriter, *http.Request, *Challenge)
	problemJSON      bool
	lazy             bool
	features         FeatureProvider
	checker          ResourceChecker
	batch            BatchChecker // checker, nil where it is none
	auditor          AuditSink
	recorder         AuditRecorder // auditor, nil where it is none
	observer         Observer
	observerLogs     bool // denials, and fetches of keys that fail
	revocations      RevocationChecker
	lookups          []lookup
	lookupKinds      Kinds // of all lookups
	cache            CacheLimits
	noCache          bool
	closers          []io.Closer

	apiKeyHeader    bool
	userTokenHeader bool
	bareTokens      bool
	cookie          string
	tokensIn        []headerKinds
	exchangers      [len(carriers)]Exchanger // by carrier
	order           []Carrier                // in which credentials are tried
	ordered         bool                     // by CredentialOrder
	keepTokens      bool
	sameOrigin      bool     // is to be proved where a cookie came
	trustedOrigins  []string // as browsers write them
}

// Realm sets the realm of challenges, "api" unless set. It is shown to callers.
func Realm(realm string) Option {
	return func(o *options) error {
		if realm == "" || strings.ContainsFunc(realm, func(r rune) bool { return r < ' ' || r > '~' }) {
			return errors.New("Realm: must be printable ASCII text")
		}
		o.realm = realm
		return nil
	}
}

// ResourceMetadata names the URL of the protected resource's metadata
// (RFC 9728); challenges point to it. A guard serves it itself with [Resource].
func ResourceMetadata(url string) Option {
	return func(o *options) error {
		o.resourceMetadata = url
		return nil
	}
}

// InsecureHTTP allows plain http to these hosts ("idp.internal", without a
// port). Loopback addresses need no permission, except for keys that an issuer at
// https leads to. Whoever can change the traffic to such a host can forge every
// token.
func InsecureHTTP(hosts ...string) Option {
	return func(o *options) error {
		for _, host := range hosts {
			if host == "" || strings.ContainsAny(host, "/:*@ ") {
				return fmt.Errorf("InsecureHTTP: %q is no host name", host)
			}
		}
		o.insecureHosts = append(o.insecureHosts, hosts...)
		return nil
	}
}

// HTTPClient sets the client that fetches keys. The guard uses its transport
// and timeout (five seconds when it has none), never its cookies, and never
// follows a redirect to another origin.
func HTTPClient(client *http.Client) Option {
	return func(o *options) error {
		if client == nil {
			return errors.New("HTTPClient: the client is nil")
		}
		o.client = client
		return nil
	}
}

// Clock replaces time.Now. It is called by many goroutines at a time. Without it a
// token that was verified before is judged by the time as it was up to ten
// milliseconds ago, see [TokenCache].
func Clock(now func() time.Time) Option {
	return func(o *options) error {
		if now == nil {
			return errors.New("Clock: the function is nil")
		}
		o.clock = now
		return nil
	}
}

// Logger sets where denials and key troubles are explained, slog.Default()
// unless set. Tokens, secrets and claim values are never logged by the guard; the
// text of a provider's error is, as it is.
func Logger(logger *slog.Logger) Option {
	return func(o *options) error {
		if logger == nil {
			return errors.New("Logger: the logger is nil")
		}
		o.logger = logger
		return nil
	}
}

// MaxTokenBytes sets the length of the longest token that is looked at, 16 KiB
// unless set. Longer ones are not valid.
func MaxTokenBytes(n int) Option {
	return func(o *options) error {
		if n < 64 || n > 1<<20 {
			return errors.New("MaxTokenBytes: must be between 64 and 1 MiB")
		}
		o.maxTokenBytes = n
		return nil
	}
}

// Renderer replaces the bodies that [Guard.Deny] writes. The headers of the
// challenge are set already; render writes the status ([Challenge.Status], which
// is also written where render writes none; informational ones are left out) and
// a body, and no body on HEAD. Do not write the challenge's Reason: it explains
// the rule to whoever was refused.
func Renderer(render func(http.ResponseWriter, *http.Request, *Challenge)) Option {
	return func(o *options) error {
		if render == nil {
			return errors.New("Renderer: the function is nil")
		}
		o.renderer = render
		return nil
	}
}

// ProblemJSON makes bodies of application/problem+json (RFC 9457).
func ProblemJSON() Option {
	return func(o *options) error {
		o.problemJSON = true
		return nil
	}
}

// LazyStart lets [New] succeed without asking any issuer for its keys; the
// first request with a token does. Until keys are there, requests with tokens
// get 503.
func LazyStart() Option {
	return func(o *options) error {
		o.lazy = true
		return nil
	}
}

// Features sets who answers the directive features.
func Features(provider FeatureProvider) Option {
	return func(o *options) error {
		if provider == nil {
			return errors.New("Features: the provider is nil")
		}
		o.features = provider
		return nil
	}
}

// Checker sets who answers the directive check. It may be a [BatchChecker] and a
// [CheckPreparer] too.
func Checker(checker ResourceChecker) Option {
	return func(o *options) error {
		if checker == nil {
			return errors.New("Checker: the checker is nil")
		}
		o.checker = checker
		o.batch, _ = checker.(BatchChecker)
		return nil
	}
}

// Auditor sets who receives audit events. Without one they go to the logger,
// without what the token says of its subject. Rules may require an [AuditRecorder].
func Auditor(sink AuditSink) Option {
	return func(o *options) error {
		if sink == nil {
			return errors.New("Auditor: the sink is nil")
		}
		o.auditor = sink
		o.recorder, _ = sink.(AuditRecorder)
		return nil
	}
}

// Revocations sets who is asked, for each request with a valid token, whether the
// token was revoked.
func Revocations(checker RevocationChecker) Option {
	return func(o *options) error {
		if checker == nil {
			return errors.New("Revocations: the checker is nil")
		}
		o.revocations = checker
		return nil
	}
}

// APIKeyHeader accepts a token in the header x-api-key too.
func APIKeyHeader() Option {
	return func(o *options) error {
		o.apiKeyHeader = true
		return nil
	}
}

// UserTokenHeader accepts a token in the header X-User-Token too.
func UserTokenHeader() Option {
	return func(o *options) error {
		o.userTokenHeader = true
		return nil
	}
}

// BareTokens accepts a token in Authorization without "Bearer" before it too. RFC 9110
// section 11.4 wants a scheme there; this is for clients that send none.
func BareTokens() Option {
	return func(o *options) error {
		o.bareTokens = true
		return nil
	}
}

// TokensIn limits a header that the guard reads (Authorization, x-api-key or
// X-User-Token) to tokens of these kinds, those that credentials there are exchanged
// for ([Exchange]) too. Others, and those of an unclear kind, are not valid there
// (401). Cookies, [Guard.Validate] and [Explain] are not limited.
func TokensIn(header string, kinds Kinds) Option {
	return func(o *options) error {
		header := http.CanonicalHeaderKey(header)
		switch {
		case header != "Authorization" && !slices.ContainsFunc(tokenHeaders[:], func(c Carrier) bool { return c.header() == header }):
			return fmt.Errorf("TokensIn: tokens are not read from %q", header)
		case kinds == 0 || kinds&^allKinds != 0:
			return errors.New("TokensIn: no kind of token is named")
		case slices.ContainsFunc(o.tokensIn, func(l headerKinds) bool { return l.header == header }):
			return fmt.Errorf("TokensIn: %s is given twice", header)
		}
		o.tokensIn = append(o.tokensIn, headerKinds{header, kinds})
		return nil
	}
}

// Cookie accepts a token in the cookie of this name too, when the request has
// no explicit credential. Because browsers send cookies on their own, unsafe
// methods and WebSockets are then refused when they come from another origin (as
// http.CrossOriginProtection decides), and with [SameOriginCookies] also when they do
// not show where they come from.
func Cookie(name string) Option {
	return func(o *options) error {
		if (&http.Cookie{Name: name, Value: "x"}).Valid() != nil {
			return fmt.Errorf("Cookie: %q is no cookie name", name)
		}
		o.cookie = name
		return nil
	}
}
