package frontegg

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/authgen/authgen/internal/provider"
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
// the body again (http.Request.GetBody). Requests that can be sent again are sent up
// to three times on 429, by which a server refuses them (RFC 6585 section 4), and
// idempotent ones (GET, HEAD, OPTIONS, TRACE, PUT and DELETE) on 5xx and where there
// is no answer: after the time of Retry-After or a short one that is random in part.
// When that would be longer than [Timeout], the caller gets the answer at once.
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

// signer tells which requests may carry the vendor token.
type signer struct {
	settings *settings
	gateway  provider.Origin
}

// sign is for [provider.Transport].
func (s *signer) sign(r *http.Request) (func(*http.Request, string), error) {
	to := provider.OriginOf(r.URL)
	if !s.settings.origins[to] {
		return nil, nil
	}
	var values []string // in whatever spelling, as servers read them
	for name, of := range r.Header {
		if strings.EqualFold(name, HeaderVendorHost) {
			values = append(values, of...)
		}
	}
	host := "" // to ask instead
	if len(values) > 0 {
		host = strings.ToLower(values[0])
		if len(values) > 1 || to != s.gateway || !slices.Contains(s.settings.vendorHosts, host) {
			return nil, fmt.Errorf("frontegg: the header %s has no host that is allowed for this request (see VendorHosts)", HeaderVendorHost)
		}
	}
	return func(out *http.Request, token string) {
		out.Header.Set(HeaderAccessToken, token)
		out.Host = ""
		if host != "" {
			out.URL.Host = host
		}
	}, nil
}
