package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// SameOriginCookies demands proof that a request with a cookie ([Cookie]) comes from a
// page of this service where [Cookie] alone demands that nothing says otherwise: with a
// method other than GET, HEAD and OPTIONS, with a header Upgrade, and with what
// frameworks take another method from (X-HTTP-Method-Override, X-HTTP-Method,
// X-Method-Override, and the query's _method). Without proof the answer is 403: clients
// that are no browsers send Authorization.
//
// Proof is Sec-Fetch-Site: same-origin, an Origin that is the request's own where
// Sec-Fetch-Site is absent, or an Origin of trusted, such as
// "https://app.example.com", which counts in any case. The request's own origin has the
// scheme of its connection and the host and port of its Host header: behind a proxy that
// ends TLS, name the service's origin as trusted for browsers without Sec-Fetch-Site.
func SameOriginCookies(trusted ...string) Option {
	return func(o *options) error {
		for _, origin := range trusted {
			normal, err := normalOrigin(origin)
			if err != nil {
				return fmt.Errorf("SameOriginCookies: %q %w", origin, err)
			}
			o.trustedOrigins = append(o.trustedOrigins, normal)
		}
		o.sameOrigin = true
		return nil
	}
}

// normalOrigin returns an origin as browsers write it (RFC 6454 section 6.2).
func normalOrigin(origin string) (string, error) {
	u, err := url.Parse(origin)
	switch {
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http", strings.Contains(u.Host, "*"):
		return "", errors.New("is no origin such as https://app.example.com")
	case u.User != nil, u.Path != "", u.RawQuery != "", u.Fragment != "", strings.HasSuffix(origin, "#"), u.ForceQuery:
		return "", errors.New("is more than an origin: scheme, host and port")
	}
	for _, c := range u.Host {
		if c >= 0x7f {
			return "", errors.New("is not written in ASCII, as browsers send it (xn--)")
		}
	}
	return u.Scheme + "://" + hostOf(u.Scheme, u.Host), nil
}

// hostOf returns host and port as they stand in an origin of this scheme.
func hostOf(scheme, host string) string {
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	host = strings.ToLower(host)
	if bare, ok := strings.CutSuffix(host, port); ok && (!strings.Contains(bare, ":") || strings.HasSuffix(bare, "]")) {
		return bare
	}
	return strings.TrimSuffix(host, ":")
}

// crossOrigin decides on requests that carry a cookie.
var crossOrigin = http.NewCrossOriginProtection()

// foreign tells why a request that carries a cookie is not to be served, "" for no
// reason.
func (g *Guard) foreign(r *http.Request) string {
	switch {
	case !g.opts.sameOrigin && fromOtherOrigin(r):
		return "a cookie came with an unsafe request from another origin"
	case g.opts.sameOrigin && mayChange(r) && !fromOwnOrigin(r, g.opts.trustedOrigins):
		return "a cookie came with an unsafe request and without proof that its origin is this service or a trusted one (auth.SameOriginCookies)"
	}
	return ""
}

// fromOtherOrigin reports whether a browser sends r for a page of another origin
// and r is unsafe. The handshake of a WebSocket is, by whatever method: no browser
// keeps such a page from reading and writing what follows.
func fromOtherOrigin(r *http.Request) bool {
	if len(r.Header["Upgrade"]) > 0 {
		r = r.WithContext(r.Context())
		r.Method = http.MethodConnect // as in HTTP/2 (RFC 8441)
	}
	return crossOrigin.Check(r) != nil
}

// mayChange reports whether r is unsafe, or something may make it so behind the guard.
func mayChange(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
	default:
		return true
	}
	for _, header := range [...]string{"Upgrade", "X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		if len(r.Header[header]) > 0 {
			return true
		}
	}
	return r.URL == nil || namesMethod(r.URL.RawQuery)
}

// namesMethod reports whether a query has the parameter _method, or one whose name
// cannot be read.
func namesMethod(query string) bool {
	for query != "" {
		end := strings.IndexAny(query, "&;")
		if end < 0 {
			end = len(query)
		}
		name, _, _ := strings.Cut(query[:end], "=")
		query = query[min(end+1, len(query)):]
		if strings.ContainsAny(name, "%+") {
			var err error
			if name, err = url.QueryUnescape(name); err != nil {
				return true
			}
		}
		if strings.EqualFold(strings.TrimSpace(name), "_method") {
			return true
		}
	}
	return false
}

// FromOwnOrigin reports whether r has the proof that [SameOriginCookies] demands, for
// handlers that no guard stands before: those of a login, for example. trusted are
// origins as there; one that is none is nobody's.
func FromOwnOrigin(r *http.Request, trusted ...string) bool {
	var origins []string
	for _, origin := range trusted {
		if normal, err := normalOrigin(origin); err == nil {
			origins = append(origins, normal)
		}
	}
	return fromOwnOrigin(r, origins)
}

// fromOwnOrigin reports whether a browser says that it sends r for a page of this
// service or of a trusted origin.
func fromOwnOrigin(r *http.Request, trusted []string) bool {
	sites, origins := r.Header["Sec-Fetch-Site"], r.Header["Origin"]
	if len(sites) > 1 || len(origins) > 1 {
		return false
	}
	if len(sites) == 1 && sites[0] == "same-origin" {
		return true
	}
	if len(origins) == 0 {
		return false
	}
	if slices.Contains(trusted, origins[0]) {
		return true
	}
	// A browser that tells the site knows better: the scheme may be that behind a proxy.
	if len(sites) == 1 || r.Host == "" {
		return false
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	host, ok := strings.CutPrefix(origins[0], scheme+"://")
	return ok && host == hostOf(scheme, r.Host)
}
