package auth_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// TestSameOriginCookies holds what is proof of a request's origin, for each way in
// which a request may change something, and that no other credential needs it.
func TestSameOriginCookies(t *testing.T) {
	t.Parallel()
	const home = "https://api.example.com"
	token := edSigner().token(nil)
	g := guardWith(t, auth.Cookie("sid"), auth.SameOriginCookies("https://app.example.com", "HTTPS://Other.example:8443", "http://plain.example:80", "https://[2001:DB8::1]:443"))
	proofs := []struct {
		site, origin string // "" for none, "-" for an empty header
		want         int
	}{
		{"same-origin", home, 200}, {"same-origin", "", 200}, {"same-origin", "http://api.example.com", 200}, // TLS ended before
		{"", home, 200}, {"", "https://app.example.com", 200}, {"", "https://other.example:8443", 200}, {"", "http://plain.example", 200}, {"", "https://[2001:db8::1]", 200},
		{"same-site", "https://app.example.com", 200}, {"cross-site", "https://other.example:8443", 200}, {"none", "https://app.example.com", 200},

		{"", "", 403}, {"none", "", 403}, {"same-site", "", 403}, {"cross-site", "", 403}, {"-", "", 403}, {"", "-", 403}, {"-", "-", 403},
		{"", "null", 403}, {"cross-site", "null", 403}, {"Same-Origin", "", 403}, {"same-origin, same-origin", "", 403}, {"same-origin;", "", 403},
		// Where the site is told, the own origin may be the same by accident alone.
		{"same-site", home, 403}, {"cross-site", home, 403}, {"none", home, 403}, {"-", home, 403},
		{"", "http://api.example.com", 403}, {"", home + ":8443", 403}, {"", home + ":443", 403}, {"", home + "/", 403}, {"", home + ".evil.example", 403},
		{"", "https://evil.example", 403}, {"", "https://www.api.example.com", 403}, {"", "https://example.com", 403}, {"", "https://API.example.com", 403},
		{"", "http://app.example.com", 403}, {"", "https://app.example.com:444", 403}, {"", "https://app.example.com.evil.example", 403}, {"", "https://evil.example/https://app.example.com", 403},
		{"", "https://other.example", 403}, {"", "http://plain.example:8080", 403}, {"", "https://plain.example", 403}, {"", "https://[2001:db8::2]", 403}, {"", "api.example.com", 403}, {"", "https://", 403},
	}
	for name, unsafe := range map[string]func() *http.Request{
		"POST": plainly("POST", "/"), "PUT": plainly("PUT", "/"), "PATCH": plainly("PATCH", "/"), "DELETE": plainly("DELETE", "/"),
		"TRACE": plainly("TRACE", "/"), "CONNECT": plainly("CONNECT", "/"), "a method of its own": plainly("PURGE", "/"), "get": plainly("get", "/"),
		"WebSocket": plainly("GET", "/", "Connection", "Upgrade", "Upgrade", "websocket"), "h2c": plainly("GET", "/", "Upgrade", "h2c"), "an empty Upgrade": plainly("OPTIONS", "/", "Upgrade", ""),
		"override": plainly("GET", "/", "X-HTTP-Method-Override", "DELETE"), "override of HEAD": plainly("HEAD", "/", "x-http-method", "PUT"), "another override": plainly("GET", "/", "X-Method-Override", "GET"),
		"_method": plainly("GET", "/?_method=DELETE"), "_method behind": plainly("GET", "/?a=b&_method=DELETE"), "_method, written otherwise": plainly("GET", "/?%5Fmethod=DELETE"),
		"_METHOD": plainly("GET", "/?_METHOD=put"), "_method alone": plainly("HEAD", "/?_method"), "_method by semicolons": plainly("GET", "/?a=b;_method=DELETE"), "a query that cannot be read": plainly("GET", "/?%zz=1"),
	} {
		for _, proof := range proofs {
			r := unsafe()
			r.Header.Set("Cookie", "sid="+token)
			setUnlessEmpty(r, "Sec-Fetch-Site", proof.site)
			setUnlessEmpty(r, "Origin", proof.origin)
			if got := answer(g, r, nil, protected()); got != proof.want {
				t.Errorf("%s, site %q, origin %q: %d", name, proof.site, proof.origin, got)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			if got := answer(g, r, nil, protected()); got != 200 {
				t.Errorf("%s, site %q, origin %q, with Authorization: %d", name, proof.site, proof.origin, got)
			}
		}
		r := unsafe()
		r.Header.Set("Cookie", "sid="+token)
		for header, values := range map[string][]string{"Sec-Fetch-Site": {"same-origin", "same-origin"}, "Origin": {home, home}} {
			r.Header[header] = values
			if got := answer(g, r, nil, protected()); got != 403 {
				t.Errorf("%s, %s twice: %d", name, header, got)
			}
			r.Header.Del(header)
		}
		_, c := g.Admit(r, nil, &auth.Rule{Access: auth.Optional})
		if c == nil || c.Status() != 403 || !strings.Contains(c.Reason(), "auth.SameOriginCookies") {
			t.Errorf("%s, optional: %v", name, c)
		}
	}
	for name, safe := range map[string]func() *http.Request{
		"GET": plainly("GET", "/"), "HEAD": plainly("HEAD", "/"), "OPTIONS": plainly("OPTIONS", "/"), "a query": plainly("GET", "/?a=_method&method=x&b_method=1&x+y=%zz&&="),
	} {
		for _, proof := range proofs {
			r := safe()
			r.Header.Set("Cookie", "sid="+token)
			setUnlessEmpty(r, "Sec-Fetch-Site", proof.site)
			setUnlessEmpty(r, "Origin", proof.origin)
			if got := answer(g, r, nil, protected()); got != 200 {
				t.Errorf("%s, site %q, origin %q: %d", name, proof.site, proof.origin, got)
			}
		}
	}
}

// plainly makes requests to home, over TLS.
func plainly(method, target string, headers ...string) func() *http.Request {
	return func() *http.Request {
		r := httptest.NewRequest("GET", "https://api.example.com"+target, nil)
		r.Method = method
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Add(headers[i], headers[i+1])
		}
		return r
	}
}

// setUnlessEmpty sets a header; "-" stands for an empty one.
func setUnlessEmpty(r *http.Request, name, value string) {
	if value != "" {
		r.Header.Set(name, strings.TrimPrefix(value, "-"))
	}
}

// TestOwnOrigin holds which Origin is that of a request, by its connection and Host.
func TestOwnOrigin(t *testing.T) {
	t.Parallel()
	g, token := guardWith(t, auth.Cookie("sid"), auth.SameOriginCookies()), edSigner().token(nil)
	for _, c := range []struct {
		tls          bool
		host, origin string
		want         int
	}{
		{true, "api.example.com", "https://api.example.com", 200}, {false, "api.example.com", "http://api.example.com", 200},
		{false, "api.example.com", "https://api.example.com", 403}, {true, "api.example.com", "http://api.example.com", 403},
		{true, "api.example.com:443", "https://api.example.com", 200}, {false, "api.example.com:80", "http://api.example.com", 200},
		{true, "api.example.com:80", "https://api.example.com", 403}, {false, "api.example.com:443", "http://api.example.com", 403},
		{true, "api.example.com:80", "https://api.example.com:80", 200}, {true, "API.Example.COM", "https://api.example.com", 200},
		{false, "localhost:8080", "http://localhost:8080", 200}, {false, "localhost:8080", "http://localhost", 403}, {false, "localhost:8080", "http://localhost:8081", 403},
		{false, "localhost", "http://127.0.0.1", 403}, {false, "[::1]:8080", "http://[::1]:8080", 200}, {false, "[::1]", "http://[::1]", 200},
		{false, "[::1]:80", "http://[::1]", 200}, {true, "[::1]:443", "https://[::1]", 200}, {false, "[::1]:8080", "http://[::1]", 403}, {false, "[::1]:8080", "http://[::2]:8080", 403},
		{false, "[::80]", "http://[::80]", 200}, {false, "::1:80", "http://::1", 403}, {false, "", "http://", 403}, {false, "", "", 403},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Host, r.TLS = c.host, nil
		if c.tls {
			r.TLS = new(tls.ConnectionState)
		}
		r.Header.Set("Cookie", "sid="+token)
		r.Header.Set("Origin", c.origin)
		if got := answer(g, r, nil, protected()); got != c.want {
			t.Errorf("TLS %v, host %s, origin %s: %d", c.tls, c.host, c.origin, got)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.URL = nil
	r.Header.Set("Cookie", "sid="+token)
	if got := answer(g, r, nil, protected()); got != 403 {
		t.Errorf("a request without a URL: %d", got)
	}
}

// TestSameOriginOnSockets holds the same for requests that servers have read, by HTTP/1
// and HTTP/2.
func TestSameOriginOnSockets(t *testing.T) {
	t.Parallel()
	g, token := guardWith(t, auth.Cookie("sid"), auth.SameOriginCookies()), edSigner().token(nil)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, c := g.Admit(r, nil, protected()); c != nil {
			g.Deny(w, r, c)
			return
		}
		fmt.Fprint(w, r.Proto)
	})
	plain, two := httptest.NewServer(handler), httptest.NewUnstartedServer(handler)
	two.EnableHTTP2 = true
	two.StartTLS()
	t.Cleanup(plain.Close)
	t.Cleanup(two.Close)
	for _, c := range []struct {
		server *httptest.Server
		origin string
		want   string
	}{
		{plain, plain.URL, "HTTP/1.1"}, {two, two.URL, "HTTP/2.0"},
		{plain, "", "permission_denied"}, {two, "", "permission_denied"}, {plain, two.URL, "permission_denied"}, {two, plain.URL, "permission_denied"},
		{two, strings.Replace(two.URL, "https", "http", 1), "permission_denied"},
	} {
		r := must(http.NewRequestWithContext(t.Context(), "POST", c.server.URL+"/", nil))
		r.Header.Set("Cookie", "sid="+token)
		setUnlessEmpty(r, "Origin", c.origin)
		answer, err := c.server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if body := string(must(io.ReadAll(answer.Body))); !strings.Contains(body, c.want) {
			t.Errorf("%s from %q: %s", c.server.URL, c.origin, body)
		}
		_ = answer.Body.Close()
	}
}

// TestSameOriginMistakes holds what New refuses.
func TestSameOriginMistakes(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{
		"", "null", "*", "app.example.com", "//app.example.com", "ftp://app.example.com", "https://", "https://*.example.com", "https://app.example.com/", "https://app.example.com/x",
		"https://a@app.example.com", "https://app.example.com?", "https://app.example.com?a=b", "https://app.example.com#", "https://app.example.com#a", "https://\u00e4pp.example.com", "https://a b",
	} {
		newFails(t, fmt.Sprintf("SameOriginCookies: %q is", origin), auth.Cookie("sid"), auth.SameOriginCookies(origin))
	}
	newFails(t, "SameOriginCookies: the guard does not read a cookie", auth.SameOriginCookies())
}

// TestFromOwnOrigin holds that the proof is the same for handlers without a guard.
func TestFromOwnOrigin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		site, origin string
		want         bool
	}{
		{"same-origin", "", true}, {"", "https://api.example.com", true}, {"cross-site", "https://app.example.com", true},
		{"", "", false}, {"same-site", "", false}, {"", "null", false}, {"", "no origin", false}, {"", "https://evil.example", false}, {"same-site", "https://api.example.com", false},
	} {
		r := httptest.NewRequest(http.MethodPost, "https://api.example.com/", nil)
		for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if got := auth.FromOwnOrigin(r, "no origin", "HTTPS://App.Example.com:443"); got != c.want {
			t.Errorf("Sec-Fetch-Site %q, Origin %q: %t", c.site, c.origin, got)
		}
	}
}
