package frontegg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Headers of requests to Frontegg.
const (
	// HeaderAccessToken has the vendor token. [Client.HTTPClient] sets it.
	HeaderAccessToken = "X-Access-Token"
	// HeaderTenantID has the tenant that a request is about, see [SetTenant].
	HeaderTenantID = "Frontegg-Tenant-Id"
	// HeaderUserID has the user that a request is about.
	HeaderUserID = "Frontegg-User-Id"
	// HeaderVendorHost has the host to ask, see [Client.HTTPClient].
	HeaderVendorHost = "Frontegg-Vendor-Host"
)

const (
	// apiTries is how often an idempotent request is sent.
	apiTries = 3
	// firstWait and longestWait are between these tries.
	firstWait   = 200 * time.Millisecond
	longestWait = 2 * time.Second
)

// SetTenant says which tenant a request is about. It refuses what is no tenant's
// id: the empty one, one of more than 256 bytes and one with spaces or characters
// that are not printable ASCII.
func SetTenant(h http.Header, tenantID string) error {
	if tenantID == "" || len(tenantID) > 256 || strings.ContainsFunc(tenantID, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return errors.New("frontegg: the tenant's id is empty or unfit")
	}
	h.Set(HeaderTenantID, tenantID)
	return nil
}

// HTTPClient returns the client that adds the vendor token to requests for the
// origins (scheme, host and port) of the gateway and the services; requests for
// other origins are sent as they are. It may be used by any number of goroutines,
// and is not to be changed.
//
// It never follows a redirect: the caller gets the answer of status 3xx. Another
// http.Client on its Transport may follow one, without the token.
//
// One answer of 401 makes it try again with another vendor token, when it can send
// the body again (http.Request.GetBody). Idempotent requests (GET, HEAD, OPTIONS,
// TRACE, PUT and DELETE) that can be sent again are sent up to three times on 429,
// 5xx and where there is no answer, after the time of Retry-After or a short one
// that is random in part; when that would be too long, the caller gets the answer
// at once.
//
// A request for the gateway with the header frontegg-vendor-host is sent to that
// host instead, by the scheme of the gateway and with the same path, if it is one of
// [VendorHosts]; otherwise it is not sent. So the header names the whole host, and
// nothing that a caller puts there leads the vendor token anywhere else.
//
// A request lasts no longer than three times [Timeout], one attempt no longer than
// once. Bodies end at [MaxResponseBytes] with [ErrTooLarge]. Where there is no
// vendor token, and none can be had, the error matches [ErrUnavailable].
func (c *Client) HTTPClient() *http.Client { return c.http }

// noRedirect makes a client that hands on what it gets.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// transport is the http.RoundTripper of HTTPClient.
type transport struct {
	base     http.RoundTripper
	vendor   *vendor
	settings *settings
	gateway  origin
	scheme   string // of the gateway
	timeout  time.Duration
	maxBytes int64
	now      func() time.Time
}

func newTransport(o *options, s *settings, base http.RoundTripper, v *vendor) (*transport, error) {
	gateway, err := url.Parse(s.gateway)
	if err != nil {
		return nil, errors.New("frontegg: the gateway is no URL")
	}
	return &transport{base, v, s, originOf(gateway), gateway.Scheme, o.timeout, o.maxBytes, o.clock}, nil
}

// Format implements fmt.Formatter, for who prints the http.Client.
func (*transport) Format(f fmt.State, verb rune) { hidden("frontegg.Transport").Format(f, verb) }

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	host, ours, err := t.destination(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	if !ours {
		return t.attempt(r, nil, "")
	}
	var (
		token   *vendorToken
		renewed bool
		next    = r
	)
	for try := 1; ; {
		if token == nil {
			if token, err = t.vendor.token(r.Context()); err != nil {
				closeBody(next)
				return nil, err
			}
		}
		response, err := t.attempt(next, token, host)
		switch {
		case err == nil && response.StatusCode == http.StatusUnauthorized && !renewed && replayable(r):
			renewed = true
			fresh, failed := t.vendor.renew(r.Context(), token)
			if failed != nil {
				return response, nil
			}
			token = fresh
		case t.again(r, response, err) && try < apiTries:
			pause := backoff(try, firstWait, longestWait)
			if err == nil {
				pause = max(pause, retryAfter(response.Header, t.now()))
			}
			if pause > t.timeout || !sleep(r.Context(), pause) {
				return response, err
			}
			try++
			token = nil // it may have ended meanwhile
		default:
			return response, err
		}
		if response != nil {
			discard(response)
		}
		if next, err = rewound(r); err != nil {
			return nil, err
		}
	}
}

// again reports whether a request is to be sent again after this answer.
func (t *transport) again(r *http.Request, response *http.Response, err error) bool {
	if !idempotent(r.Method) || !replayable(r) || r.Context().Err() != nil {
		return false
	}
	return err != nil || transient(response.StatusCode)
}

// attempt sends a request once, with a token unless that is nil, to another host
// unless that is "". The time it may take ends with the body of the answer.
func (t *transport) attempt(r *http.Request, token *vendorToken, host string) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), t.timeout)
	out := r.Clone(ctx) // a RoundTripper does not change what it is given
	if token != nil {
		out.Header.Set(HeaderAccessToken, token.text())
		out.Host = ""
		if host != "" {
			out.URL.Host = host
		}
	}
	response, err := t.base.RoundTrip(out)
	if err != nil {
		cancel()
		return nil, unavailable(err)
	}
	response.Request = r // the one without the token
	bound(response, t.maxBytes, cancel)
	return response, nil
}

// destination tells whether a request may carry the vendor token, and the host that
// it asks for instead of its URL's, or "".
func (t *transport) destination(r *http.Request) (host string, ours bool, err error) {
	// http.Client notes on a request the redirect that caused it.
	if r.URL == nil || r.Response != nil {
		return "", false, nil
	}
	to := originOf(r.URL)
	if !t.settings.origins[to] {
		return "", false, nil
	}
	values := r.Header[HeaderVendorHost]
	if len(values) == 0 {
		return "", true, nil
	}
	host = strings.ToLower(values[0])
	if len(values) > 1 || to != t.gateway || !slices.Contains(t.settings.vendorHosts, host) {
		return "", false, fmt.Errorf("frontegg: the header %s has no host that is allowed for this request (see VendorHosts)", HeaderVendorHost)
	}
	return host, true, nil
}

func idempotent(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

func replayable(r *http.Request) bool {
	return r.Body == nil || r.Body == http.NoBody || r.GetBody != nil
}

// rewound is r with its body from the start.
func rewound(r *http.Request) (*http.Request, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	next := *r
	next.Body = body
	return &next, nil
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close() // it was not read
	}
}
