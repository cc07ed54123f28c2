package frontegg

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// The settings that are no URLs of services; each has an option that overrides it.
const (
	envClientID = "FRONTEGG_CLIENT_ID"
	envAPIKey   = "FRONTEGG_API_KEY"
	envGateway  = "FRONTEGG_API_GATEWAY_URL"
	envRegion   = "FRONTEGG_REGION"
	envBaseURL  = "FRONTEGG_BASE_URL"
	envTries    = "FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES"
)

const (
	defaultTimeout      = 10 * time.Second
	defaultMaxBytes     = 64 << 20
	defaultQueue        = 1024
	defaultAuditTimeout = 5 * time.Second
	defaultFlush        = 5 * time.Second
	defaultTries        = 3
	longestTimeout      = 10 * time.Minute
	longestQueue        = 1 << 20
	longestSetting      = 4 << 10
	roundTripsBudget    = 3 // timeouts that a request of HTTPClient may last
)

// Option configures a client. An option overrides the environment.
type Option func(*options) error

// options are what was said, before it is checked together.
type options struct {
	lookup func(name string) (string, bool)
	given  map[string]string // by the variable that the option overrides
	names  map[string]string // of these options

	insecureHosts []string
	vendorHosts   []string
	applications  []string
	transport     http.RoundTripper
	timeout       time.Duration
	maxBytes      int64
	clock         func() time.Time
	logger        *slog.Logger
	proxies       []netip.Prefix
	auditQueue    int
	auditTimeout  time.Duration
	flush         time.Duration
	ownClock      bool // clock is not time.Now
	guard         guardOptions
	tokenCache    TokenCache // nil for none
	cacheKeys     CacheKeys
	polling       polling
}

func newOptions() *options {
	return &options{
		lookup: os.LookupEnv, given: map[string]string{}, names: map[string]string{},
		timeout: defaultTimeout, maxBytes: defaultMaxBytes, clock: time.Now, logger: slog.Default(),
		auditQueue: defaultQueue, auditTimeout: defaultAuditTimeout, flush: defaultFlush,
		polling: polling{defaultInterval, defaultMaxAge},
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
	o.given[env], o.names[env] = value, option
	return nil
}

// Credentials are the client id and API key of the environment, instead of
// FRONTEGG_CLIENT_ID and FRONTEGG_API_KEY.
func Credentials(clientID, apiKey string) Option {
	return func(o *options) error {
		return errors.Join(o.set("Credentials: client id", envClientID, clientID), o.set("Credentials: API key", envAPIKey, apiKey))
	}
}

// GatewayURL is where the API is, instead of FRONTEGG_API_GATEWAY_URL and
// FRONTEGG_REGION; https://api.frontegg.com unless either is set.
func GatewayURL(url string) Option {
	return func(o *options) error { return o.set("GatewayURL", envGateway, url) }
}

// Region is the region of the account (eu, us, ca, au or uk), instead of
// FRONTEGG_REGION and FRONTEGG_API_GATEWAY_URL. It stands for the gateway of that
// region.
func Region(name string) Option {
	return func(o *options) error { return o.set("Region", envRegion, name) }
}

// BaseURL is the environment's own domain, such as https://app-x.frontegg.com,
// where users sign in: instead of FRONTEGG_BASE_URL. Unless it is set, Frontegg is
// asked for it when it is needed.
func BaseURL(url string) Option {
	return func(o *options) error { return o.set("BaseURL", envBaseURL, url) }
}

// ServiceURL is where one of the services is, instead of its variable (see
// [Service]) and the gateway.
func ServiceURL(service Service, url string) Option {
	return func(o *options) error {
		if int(service) >= len(services) {
			return errors.New("ServiceURL: there is no such service")
		}
		return o.set("ServiceURL("+service.String()+")", services[service].env, url)
	}
}

// NumberOfTries is how often one attempt to authenticate asks for a vendor token, at
// least once, instead of FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES; three times unless set.
// An attempt ends after 30 seconds, and when the credentials are refused.
func NumberOfTries(n int) Option {
	return func(o *options) error { return o.set("NumberOfTries", envTries, strconv.Itoa(n)) }
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

// InsecureHTTP allows plain http to these hosts ("gateway.internal", without a
// port). Loopback addresses need no permission. Whoever can read the traffic to
// such a host learns the API key.
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

// VendorHosts are the hosts that requests of [Client.HTTPClient] may name in the
// header frontegg-vendor-host, with a port where that is not the usual one.
func VendorHosts(hosts ...string) Option {
	return func(o *options) error {
		o.vendorHosts = append(o.vendorHosts, hosts...)
		return nil
	}
}

// ApplicationIDs are ids of applications of the environment: tokens that name one
// of them as their audience are for us, like those that name the client id.
func ApplicationIDs(ids ...string) Option {
	return func(o *options) error {
		for _, id := range ids {
			if id == "" {
				return errors.New("ApplicationIDs: one is empty")
			}
		}
		o.applications = append(o.applications, ids...)
		return nil
	}
}

// Transport makes the requests to Frontegg. Unless set it is one of this client's
// own, made as http.DefaultTransport is, whose connections end with
// [Client.Close].
func Transport(transport http.RoundTripper) Option {
	return func(o *options) error {
		if transport == nil {
			return errors.New("Transport: is nil")
		}
		o.transport = transport
		return nil
	}
}

// Timeout is how long one request to Frontegg and the reading of its answer may
// last, ten seconds unless set. All attempts at one together last three times that.
func Timeout(d time.Duration) Option {
	return func(o *options) error {
		if d <= 0 || d > longestTimeout {
			return fmt.Errorf("Timeout: is not between 0 and %v", longestTimeout)
		}
		o.timeout = d
		return nil
	}
}

// MaxResponseBytes bounds the bodies of answers, 64 MiB unless set.
func MaxResponseBytes(n int64) Option {
	return func(o *options) error {
		if n < 1 {
			return errors.New("MaxResponseBytes: is less than one")
		}
		o.maxBytes = n
		return nil
	}
}

// Clock replaces time.Now, for the life of tokens, the pauses after failures and
// the times of events. It is called by many goroutines at a time.
func Clock(now func() time.Time) Option {
	return func(o *options) error {
		if now == nil {
			return errors.New("Clock: the function is nil")
		}
		o.clock, o.ownClock = now, true
		return nil
	}
}

// Logger sets where troubles are told, slog.Default() unless set. Tokens, keys and
// bodies are never logged.
func Logger(logger *slog.Logger) Option {
	return func(o *options) error {
		if logger == nil {
			return errors.New("Logger: the logger is nil")
		}
		o.logger = logger
		return nil
	}
}

// TrustedProxies are the addresses of proxies in front of this service, whose word
// on the caller's address (X-Forwarded-For) counts in audit events. Without them the
// address is that of the connection.
func TrustedProxies(prefixes ...netip.Prefix) Option {
	return func(o *options) error {
		for _, prefix := range prefixes {
			if !prefix.IsValid() {
				return errors.New("TrustedProxies: one is no prefix")
			}
		}
		o.proxies = append(o.proxies, prefixes...)
		return nil
	}
}

// AuditQueue is how many audit events of rules may wait to be sent, 1024 unless set.
// More are dropped and counted, see [Audits.Dropped].
func AuditQueue(n int) Option {
	return func(o *options) error {
		if n < 1 || n > longestQueue {
			return fmt.Errorf("AuditQueue: is not between 1 and %d", longestQueue)
		}
		o.auditQueue = n
		return nil
	}
}

// AuditTimeout is how long a request waits at most until Frontegg has taken an audit
// event that its rule requires, five seconds unless set.
func AuditTimeout(d time.Duration) Option {
	return func(o *options) error {
		if d <= 0 || d > longestTimeout {
			return fmt.Errorf("AuditTimeout: is not between 0 and %v", longestTimeout)
		}
		o.auditTimeout = d
		return nil
	}
}

// FlushTimeout is how long [Client.Close] waits for audit events to be sent, five
// seconds unless set; zero does not wait.
func FlushTimeout(d time.Duration) Option {
	return func(o *options) error {
		if d < 0 || d > longestTimeout {
			return fmt.Errorf("FlushTimeout: is not between 0 and %v", longestTimeout)
		}
		o.flush = d
		return nil
	}
}
