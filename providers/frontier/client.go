package frontier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

// Client is a connection to one server. It is made by [Connect], safe for any number
// of goroutines, and prints no secret.
type Client struct {
	settings  *settings
	options   *options
	logger    *slog.Logger
	now       func() time.Time
	work      *provider.Background
	base      http.RoundTripper
	plain     *http.Client // adds nothing and follows no redirect
	http      *http.Client // of HTTPClient
	self      *provider.Renewer
	exchanges *exchanger
	checker   *checker
	online    *online
	api       atomic.Uint32 // API that was found out

	queue *provider.Queue[*AuditRecord]

	closing sync.Once
	closed  error
}

// roundTripsBudget is how many times Timeout a request of HTTPClient may last.
const roundTripsBudget = 3

// Connect makes a client of the server at url of what options and environment say:
//
//	FRONTIER_URL                              where url is ""
//	FRONTIER_ISSUER                           required, see [Issuer]
//	FRONTIER_CLIENT_ID, FRONTIER_CLIENT_SECRET see [Credentials]
//	FRONTIER_KEY_FILE                         see [KeyFile]
//
// One of the credentials is required, but with SpeakAPI(RESTAPI). One error names
// everything that is missing, contradictory or malformed. URLs are https, loopback, or
// of a host that [InsecureHTTP] names.
//
// Connect asks the server for nothing: the first use does, and a server that is down
// at start is no error. [Client.Token] tells whether the credentials are good. ctx
// bounds Connect alone.
func Connect(ctx context.Context, url string, opts ...Option) (*Client, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("frontier: %w", err)
	}
	o, s, err := resolve(url, opts)
	if err != nil {
		return nil, err
	}
	o.logger = provider.Logger(o.logger)
	c := &Client{
		settings: s, options: o, now: o.clock, base: o.transport,
		logger: o.logger, work: provider.NewBackground("frontier", o.logger),
	}
	if c.base == nil {
		c.base = provider.OwnTransport()
	}
	c.plain = &http.Client{Transport: c.base, CheckRedirect: provider.NoRedirect}
	c.self = provider.NewRenewer(provider.RenewerConfig{
		What: "frontier: authentication", Ask: c.askToken, Tries: 2, Unavailable: unavailable, Closed: ErrClosed,
		Now: c.now, Logger: o.logger, Work: c.work,
	})
	c.http = &http.Client{CheckRedirect: provider.NoRedirect, Timeout: roundTripsBudget * o.timeout, Transport: &provider.Transport{
		Name: "frontier.Transport", Base: c.base, Tokens: c.self, Sign: c.sign,
		Unavailable: unavailable, Now: c.now, Timeout: o.timeout,
	}}
	c.exchanges, c.checker, c.online = newExchanger(c), newChecker(c), newOnline(c)
	c.queue = c.newAuditQueue()
	return c, nil
}

var errNotConnected = errors.New("frontier: the client was not made by Connect")

// Close sends the audit events that wait, for as long as [FlushTimeout], ends all work
// in the background and waits for it. The error tells of events that could not be sent.
// Everything after it fails with [ErrClosed]. A nil or zero client has nothing to close.
func (c *Client) Close() error {
	if c == nil || c.work == nil {
		return nil
	}
	c.closing.Do(func() {
		c.closed = c.queue.Close(c.options.audits.flush)
		c.self.End()
		c.work.End()
		if c.options.transport == nil {
			c.plain.CloseIdleConnections()
		}
	})
	return c.closed
}

func (c *Client) text() provider.Hidden {
	if c == nil || c.settings == nil {
		return "frontier.Client"
	}
	return provider.Hidden("frontier.Client of " + c.settings.url)
}

// Format implements fmt.Formatter: the URL, for all verbs.
func (c *Client) Format(f fmt.State, verb rune) { c.text().Format(f, verb) }

// LogValue implements slog.LogValuer.
func (c *Client) LogValue() slog.Value { return c.text().LogValue() }
