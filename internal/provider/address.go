package provider

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CleanURL returns raw with its scheme in small letters and without slashes at its end.
// It refuses what credentials must not go to: everything but https, and plain http to
// hosts that insecure names and, with loopback, to this machine. Errors do not hold the
// value.
func CleanURL(raw string, insecure []string, loopback bool) (string, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", errors.New("is no URL") // err holds the value
	case u.Hostname() == "" || u.User != nil || u.Opaque != "" || strings.ContainsAny(raw, "?#"):
		return "", errors.New("is no absolute URL without user, query and fragment")
	case slices.Contains(strings.Split(u.Path, "/"), ".."):
		return "", errors.New(`has ".." in its path`)
	case u.Scheme == "https":
	case u.Scheme != "http":
		return "", errors.New("is not https")
	case loopback && isLoopback(u.Hostname()) || slices.ContainsFunc(insecure, func(host string) bool { return strings.EqualFold(host, u.Hostname()) }):
	default:
		return "", errors.New("is not https (see InsecureHTTP)")
	}
	if _, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && err != nil {
		return "", errors.New("has a port that there is not")
	}
	return u.Scheme + strings.TrimRight(raw[len(u.Scheme):], "/"), nil
}

// SameURL reports whether two URLs that CleanURL returned are those of one place.
func SameURL(a, b string) bool {
	u, err := url.Parse(a)
	v, failed := url.Parse(b)
	return err == nil && failed == nil && OriginOf(u) == OriginOf(v) && u.EscapedPath() == v.EscapedPath()
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Origin is a scheme, host and port, to be compared.
type Origin string

// OriginOf returns the origin of u, with its port where that is the scheme's.
func OriginOf(u *url.URL) Origin {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return Origin(u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port))
}

// NoRedirect makes an http.Client that hands on what it gets.
func NoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// OwnTransport is like http.DefaultTransport, whatever the program made of that.
func OwnTransport() http.RoundTripper {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		return t.Clone()
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second}
}
