package frontegg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

// Client is a connection to one environment of Frontegg. It is made by [Connect],
// safe for any number of goroutines, and prints no secret.
type Client struct {
	settings *settings
	options  *options
	logger   *slog.Logger
	now      func() time.Time
	work     *provider.Background
	vendor   *provider.Renewer
	base     http.RoundTripper
	http     *http.Client
	queue    *provider.Queue[Audit]
	domain   domain
	hand     madeGuard // of Validate
	signedIn madeGuard // of id tokens
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
	o.logger = provider.Logger(o.logger)
	c := &Client{settings: s, options: o, logger: o.logger, now: o.clock, work: provider.NewBackground("frontegg", o.logger), base: o.transport}
	if c.base == nil {
		c.base = provider.OwnTransport()
	}
	asks := &vendor{
		client: &http.Client{Transport: c.base, CheckRedirect: provider.NoRedirect},
		url:    s.services[Authentication], clientID: s.clientID, apiKey: s.apiKey, timeout: o.timeout, now: o.clock,
	}
	c.vendor = provider.NewRenewer(provider.RenewerConfig{
		What: "frontegg: vendor authentication", Ask: asks.ask, Tries: s.tries, Unavailable: unavailable, Closed: ErrClosed,
		Now: o.clock, Logger: o.logger, Work: c.work,
	})
	gateway, err := url.Parse(s.gateway)
	if err != nil {
		return nil, errors.New("frontegg: the gateway is no URL")
	}
	c.http = &http.Client{CheckRedirect: provider.NoRedirect, Timeout: roundTripsBudget * o.timeout, Transport: &provider.Transport{
		Name: "frontegg.Transport", Base: c.base, Tokens: c.vendor, Sign: (&signer{s, provider.OriginOf(gateway)}).sign,
		Unavailable: unavailable, Now: o.clock, Timeout: o.timeout, MaxBytes: o.maxBytes,
	}}
	c.queue = c.newAuditQueue()
	c.access = newAccessTokens(c)
	return c, nil
}

var errNotConnected = errors.New("frontegg: the client was not made by Connect")

// Authenticate returns nil when a vendor token is held, or could be had now. The
// error matches [ErrUnavailable], also where the credentials are refused.
//
// A token is renewed in the background after 0.8 of its life. Where that fails it serves
// to its end, and further attempts follow after pauses of up to ten seconds, or as long
// as Frontegg says (Retry-After), up to five minutes.
func (c *Client) Authenticate(ctx context.Context) error {
	if c == nil || c.vendor == nil {
		return errNotConnected
	}
	_, err := c.vendor.Token(ctx)
	return err
}

// Reauthenticate gets another vendor token, though the one that is held is valid: after
// the rights of the API key have changed, for example. All who ask at a time get the
// same one. Where none can be had, which the error says as that of [Client.Authenticate]
// does, the one that is held goes on to serve.
//
// It is not needed to keep a token: those that end soon, and those that Frontegg refuses
// (401), are replaced.
func (c *Client) Reauthenticate(ctx context.Context) error {
	if c == nil || c.vendor == nil {
		return errNotConnected
	}
	_, err := c.vendor.Another(ctx)
	return err
}

// Close sends the audit events that wait, for as long as [FlushTimeout], ends all
// work in the background and waits for it. It tells of events that could not be
// sent. Everything after it that would ask Frontegg fails with [ErrClosed]: guards go
// on with the keys at hand, and with what was looked up for as long as that counts. A
// second Close waits for the first and returns the same. A nil or zero client has
// nothing to close.
func (c *Client) Close() error {
	if c == nil || c.work == nil {
		return nil
	}
	c.closing.Do(func() {
		c.closed = c.queue.Close(c.options.flush)
		c.vendor.End()
		c.work.End()
		if c.options.transport == nil {
			(&http.Client{Transport: c.base}).CloseIdleConnections()
		}
	})
	return c.closed
}

func (c *Client) text() provider.Hidden {
	if c == nil || c.settings == nil {
		return "frontegg.Client"
	}
	return provider.Hidden("frontegg.Client of " + c.settings.gateway)
}

// Format implements fmt.Formatter: the gateway, for all verbs.
func (c *Client) Format(f fmt.State, verb rune) { c.text().Format(f, verb) }

// LogValue implements slog.LogValuer.
func (c *Client) LogValue() slog.Value { return c.text().LogValue() }
