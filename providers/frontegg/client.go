package frontegg

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Client is a connection to one environment of Frontegg. It is made by [Connect],
// safe for any number of goroutines, and prints no secret.
type Client struct {
	settings *settings
	options  *options
	logger   *slog.Logger
	now      func() time.Time
	work     *background
	vendor   *vendor
	base     http.RoundTripper
	http     *http.Client
	queue    *auditQueue
	domain   domain
	hand     byHand
	access   *accessTokens

	entitling    sync.Once
	entitlements *Entitlements

	closing sync.Once
	closed  error
}

// Connect makes a client of what options and environment say:
//
//	FRONTEGG_CLIENT_ID, FRONTEGG_API_KEY        required, see [Credentials]
//	FRONTEGG_API_GATEWAY_URL or FRONTEGG_REGION see [GatewayURL] and [Region]
//	FRONTEGG_BASE_URL                           see [BaseURL]
//	FRONTEGG_*_SERVICE_URL                      see [Service]
//	FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES      see [NumberOfTries]
//
// One error names everything that is missing, contradictory or malformed. URLs are
// https, loopback, or of a host that [InsecureHTTP] names.
//
// Connect asks Frontegg for nothing: the first use does, and a gateway that is down
// at start is no error. [Client.Authenticate] tells whether the credentials are
// good. ctx bounds Connect alone.
func Connect(ctx context.Context, opts ...Option) (*Client, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("frontegg: %w", err)
	}
	o, s, err := resolve(opts)
	if err != nil {
		return nil, err
	}
	c := &Client{settings: s, options: o, logger: o.logger, now: o.clock, work: newBackground(o.logger), base: o.transport}
	if c.base == nil {
		c.base = ownTransport()
	}
	c.vendor = &vendor{
		client: &http.Client{Transport: c.base, CheckRedirect: noRedirect},
		url:    s.services[Authentication], clientID: s.clientID, apiKey: s.apiKey, tries: s.tries,
		timeout: o.timeout, now: o.clock, logger: o.logger, work: c.work,
	}
	t, err := newTransport(o, s, c.base, c.vendor)
	if err != nil {
		return nil, err
	}
	c.http = &http.Client{Transport: t, CheckRedirect: noRedirect, Timeout: roundTripsBudget * o.timeout}
	c.queue = newAuditQueue(c)
	c.access = newAccessTokens(c)
	return c, nil
}

// ownTransport is like http.DefaultTransport, whatever the program made of that.
func ownTransport() http.RoundTripper {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		return t.Clone()
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second}
}

// Authenticate returns nil when a vendor token is held, or could be had now. The
// error matches [ErrUnavailable], also where the credentials are refused.
func (c *Client) Authenticate(ctx context.Context) error {
	_, err := c.vendor.token(ctx)
	return err
}

// Close sends the audit events that wait, for as long as [FlushTimeout], ends all
// work in the background and waits for it. It tells of events that could not be
// sent. Everything after it fails with [ErrClosed]; a second Close waits for the
// first and returns the same. A nil or zero client has nothing to close.
func (c *Client) Close() error {
	if c == nil || c.work == nil {
		return nil
	}
	c.closing.Do(func() {
		c.closed = c.queue.close(c.options.flush)
		c.vendor.close()
		c.work.end()
		if c.options.transport == nil {
			(&http.Client{Transport: c.base}).CloseIdleConnections()
		}
	})
	return c.closed
}

func (c *Client) text() hidden {
	if c == nil || c.settings == nil {
		return "frontegg.Client"
	}
	return hidden("frontegg.Client of " + c.settings.gateway)
}

// Format implements fmt.Formatter: the gateway, for all verbs.
func (c *Client) Format(f fmt.State, verb rune) { c.text().Format(f, verb) }

// LogValue implements slog.LogValuer.
func (c *Client) LogValue() slog.Value { return c.text().LogValue() }
