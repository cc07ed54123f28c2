package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxDocumentBytes = 1 << 20
	fetchTimeout     = 5 * time.Second
	maxRedirects     = 3
)

// fetcher fetches one issuer's key set.
type fetcher struct {
	client  *http.Client
	hosts   []string // that may be asked over http
	issuer  string
	find    func(context.Context) (string, error) // issuer; nil where that is known
	jwksURL string                                // "" where it has to be discovered
	ownKeys func(context.Context) ([]byte, error) // instead of a URL; may be nil
}

// checkURL refuses URLs that credentials must not go to and keys must not come
// from: everything but https, loopback, and the hosts of InsecureHTTP.
func checkURL(raw string, hosts []string) error { return checkHTTP(raw, hosts, true) }

// checkHTTP is checkURL; loopback says whether that needs no permission.
func checkHTTP(raw string, hosts []string, loopback bool) error {
	u, err := url.Parse(raw)
	if err != nil {
		return errors.New("it is no URL")
	}
	switch {
	case u.Host == "" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		return errors.New("it is no absolute URL without user and fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return errors.New("its scheme is not https")
	case loopback && isLoopback(u.Hostname()) || slices.Contains(hosts, u.Hostname()):
		return nil
	}
	return errors.New("it is not https (see InsecureHTTP)")
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// newClient copies the parts of client that a guard uses.
func newClient(client *http.Client) *http.Client {
	c := &http.Client{Timeout: fetchTimeout}
	if client != nil {
		c.Transport = client.Transport
		if client.Timeout > 0 {
			c.Timeout = client.Timeout
		}
	}
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		from := via[0].URL
		if r.URL.Scheme != from.Scheme || r.URL.Host != from.Host {
			return errors.New("it redirects to another origin")
		}
		if len(via) > maxRedirects {
			return errors.New("it redirects too often")
		}
		return nil
	}
	return c
}

// longest is how long fetching keys may last: the client's timeout counts for
// each of two requests.
func (f *fetcher) longest() time.Duration { return 2 * f.client.Timeout }

// keys fetches the key set and how long it lives, after discovery where that is
// needed: each time, or keys at an address that the issuer gave up would be trusted
// for ever.
func (f *fetcher) keys(algs []string) (*keySet, time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), f.longest())
	defer cancel()
	issuer := f.issuer
	if f.find != nil {
		var err error
		if issuer, err = f.find(ctx); err != nil {
			return nil, 0, fmt.Errorf("issuer: %w", err)
		}
		if err = checkURL(issuer, f.hosts); err != nil {
			return nil, 0, fmt.Errorf("issuer: %.200q: %w", issuer, err)
		}
	}
	set, life, err := f.keysOf(ctx, issuer, algs)
	if err != nil {
		return nil, 0, err
	}
	set.issuer = issuer
	return set, life, nil
}

func (f *fetcher) keysOf(ctx context.Context, issuer string, algs []string) (*keySet, time.Duration, error) {
	if f.ownKeys != nil {
		set, err := f.own(ctx, algs)
		if err != nil {
			return nil, 0, fmt.Errorf("key: %w", err)
		}
		return set, lifeDefault, nil
	}
	address := f.jwksURL
	if address == "" {
		var err error
		if address, err = f.discovery(ctx, issuer); err != nil {
			return nil, 0, err
		}
	}
	data, header, err := f.get(ctx, address)
	if err != nil {
		return nil, 0, fmt.Errorf("key set: %w", err)
	}
	keys, ignored, err := parseJWKS(data, algs, false)
	if err != nil {
		return nil, 0, fmt.Errorf("key set: %w", err)
	}
	return newKeySet(keys, ignored), lifetime(header), nil
}

// lifetime returns how long an answer tells that it may be kept (RFC 9111 sections
// 4.2 and 5.2.2), within bounds: the least of what it tells, and for what it says
// in no known way the default. A guard is a private cache, to which s-maxage is no
// word.
func lifetime(h http.Header) time.Duration {
	life, told := time.Duration(math.MaxInt64), false
	for directive := range strings.SplitSeq(strings.Join(h["Cache-Control"], ","), ",") {
		name, value, _ := strings.Cut(strings.Trim(directive, " \t"), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return lifeLeast
		case "max-age":
			if n := len(value); n > 1 && value[0] == '"' && value[n-1] == '"' {
				value = value[1 : n-1]
			}
			if seconds, ok := deltaSeconds(value); ok {
				life, told = min(life, seconds), true
			}
		}
	}
	if !told {
		return lifeDefault
	}
	age, _ := deltaSeconds(h.Get("Age"))
	return min(max(life-age, lifeLeast), lifeMost)
}

// deltaSeconds reads a number of seconds (RFC 9111 section 1.2.2).
func deltaSeconds(text string) (time.Duration, bool) {
	seconds := int64(0)
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		seconds = min(10*seconds+int64(c-'0'), 1<<31)
	}
	return time.Duration(seconds) * time.Second, text != ""
}

// discovery returns the jwks_uri of the issuer's metadata, which must be that
// of this very issuer (OpenID Connect Discovery section 4.3).
func (f *fetcher) discovery(ctx context.Context, issuer string) (string, error) {
	data, _, err := f.get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return "", fmt.Errorf("discovery: %w", err)
	}
	d, err := parseObject(string(data), jsonLimits{depth: 16, members: 1024, nodes: 64 << 10})
	if err != nil {
		return "", fmt.Errorf("discovery: %w", err)
	}
	if told, ok := d.memberText(0, "issuer"); !ok || told != issuer {
		return "", fmt.Errorf("discovery: the document is that of issuer %.200q", told)
	}
	found, _ := d.memberText(0, "jwks_uri")
	// What an issuer says over https must not lead to keys that come without.
	if err := checkHTTP(found, f.hosts, strings.HasPrefix(issuer, "http:")); err != nil {
		return "", fmt.Errorf("discovery: jwks_uri %.200q: %w", found, err)
	}
	return found, nil
}

func (f *fetcher) get(ctx context.Context, address string) ([]byte, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, errors.New("it is no URL")
	}
	r.Header.Set("Accept", "application/json, application/jwk-set+json")
	response, err := f.client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("GET %s: status %d", address, response.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxDocumentBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("GET %s: %w", address, err)
	}
	if len(data) > maxDocumentBytes {
		return nil, nil, fmt.Errorf("GET %s: the document is larger than %d bytes", address, maxDocumentBytes)
	}
	return data, response.Header, nil
}
