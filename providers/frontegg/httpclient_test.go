package frontegg_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authgen/authgen/providers/frontegg"
)

func newRequest(t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, reader)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// status sends a request, reads the body and returns the status; 0 for an error.
func status(t *testing.T, client *http.Client, r *http.Request) (int, error) {
	t.Helper()
	response, err := client.Do(r)
	if err != nil {
		hides(t, "the error", err.Error())
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	if response.Request.Header.Get(frontegg.HeaderAccessToken) != "" {
		t.Error("the answer's request has the token")
	}
	return response.StatusCode, err
}

// TestHTTPClient holds what is added to a request, and to which.
func TestHTTPClient(t *testing.T) {
	t.Parallel()
	g, other := newGateway(t, nil), newGateway(t, nil)
	c := g.connect(t).HTTPClient()
	r := newRequest(t, http.MethodPost, g.url+"/any/path?x=1", "text")
	r.Host = "other.example.com"
	if err := frontegg.SetTenant(r.Header, "t1"); err != nil {
		t.Fatal(err)
	}
	if code, err := status(t, c, r); code != 200 {
		t.Fatal(code, err)
	}
	got := g.one(t)
	if got.header.Get("x-access-token") != testToken || got.header.Get("frontegg-tenant-id") != "t1" || got.uri != "/any/path?x=1" || got.body != "text" {
		t.Errorf("got %+v", got)
	}
	if got.host == "other.example.com" {
		t.Error("the token went by the name of another host")
	}
	if r.Header.Get(frontegg.HeaderAccessToken) != "" {
		t.Error("the caller's request was changed")
	}
	// The same host on another port is another origin.
	if code, err := status(t, c, newRequest(t, http.MethodGet, other.url, "")); code != 200 || other.one(t).header.Get("x-access-token") != "" {
		t.Errorf("another origin: %d, %v, %+v", code, err, other.seen())
	}
	for _, id := range []string{"", "a b", "a\r\nb: c", "ä", strings.Repeat("x", 300)} {
		if frontegg.SetTenant(http.Header{}, id) == nil {
			t.Errorf("tenant %.20q is fit", id)
		}
	}
}

// TestRedirects holds that no redirect leads the vendor token anywhere, by the
// client or by another on its transport.
func TestRedirects(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		catcher := newGateway(t, nil)
		var g *gateway
		g = newGateway(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/away":
				w.Header().Set("Location", catcher.url+"/caught")
			case "/home":
				w.Header().Set("Location", g.url+"/caught")
			default:
				return
			}
			w.WriteHeader(code)
		})
		client := g.connect(t)
		follows := &http.Client{Transport: client.HTTPClient().Transport}
		for _, path := range []string{"/away", "/home"} {
			if got, err := status(t, client.HTTPClient(), newRequest(t, http.MethodGet, g.url+path, "")); got != code {
				t.Errorf("%d %s: got %d, %v", code, path, got, err)
			}
			if got, err := status(t, follows, newRequest(t, http.MethodGet, g.url+path, "")); got != 200 {
				t.Errorf("%d %s followed: %d, %v", code, path, got, err)
			}
		}
		caught := append(catcher.seen(), g.seen()...)
		caught = slices.DeleteFunc(caught, func(r received) bool { return r.uri != "/caught" })
		if len(caught) != 2 {
			t.Errorf("%d: caught %d requests, want those of the client that follows", code, len(caught))
		}
		for _, r := range caught {
			if r.header.Get("x-access-token") != "" {
				t.Errorf("%d: the token followed a redirect", code)
			}
		}
		// Calls of the package do not follow either.
		g.mu.Lock()
		g.api = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, catcher.url+"/caught", code) }
		g.mu.Unlock()
		var answer *frontegg.Error
		if _, err := client.Metadata().Get(t.Context(), "x"); !errors.As(err, &answer) || answer.Status != code || len(catcher.seen()) != 1 {
			t.Errorf("%d: %v", code, err)
		}
	}
}

// TestVendorHost holds where the header frontegg-vendor-host leads: to hosts of the
// list, in whole, and nowhere else.
func TestVendorHost(t *testing.T) {
	t.Parallel()
	g, vendor, service := newGateway(t, nil), newGateway(t, nil), newGateway(t, nil)
	host := strings.TrimPrefix(vendor.url, "http://")
	client := g.connect(t, frontegg.VendorHosts("127.0.0.1:1", host), frontegg.ServiceURL(frontegg.AuditService, service.url)).HTTPClient()
	send := func(address string, hosts ...string) (int, error) {
		r := newRequest(t, http.MethodGet, address, "")
		r.Header[frontegg.HeaderVendorHost] = hosts
		return status(t, client, r)
	}
	if code, err := send(g.url+"/path?x=1", host); code != 200 {
		t.Fatal(err)
	}
	if got := vendor.one(t); got.header.Get("x-access-token") != testToken || got.uri != "/path?x=1" || got.host != host || got.header.Get("frontegg-vendor-host") != host {
		t.Errorf("got %+v", got)
	}
	for _, hosts := range [][]string{
		{""}, {"127.0.0.1"}, {strings.TrimPrefix(service.url, "http://")}, {host + "/"}, {"user@" + host}, {host, host}, {host + " "}, {"evil.example.com"}, {"evil.example.com#" + host},
	} {
		if _, err := send(g.url+"/path", hosts...); err == nil || !strings.Contains(err.Error(), "VendorHosts") {
			t.Errorf("%q: %v", hosts, err)
		}
	}
	for _, spelled := range []http.Header{
		{"frontegg-vendor-host": {"evil.example.com"}}, {"FRONTEGG-VENDOR-HOST": {host}, frontegg.HeaderVendorHost: {host}},
	} {
		r := newRequest(t, http.MethodGet, g.url+"/path", "")
		r.Header = spelled
		if _, err := status(t, client, r); err == nil || !strings.Contains(err.Error(), "VendorHosts") {
			t.Errorf("%v: %v", spelled, err)
		}
	}
	if _, err := send(service.url, host); err == nil {
		t.Error("a service took the header")
	}
	if n := len(g.seen()) + len(service.seen()); n != 0 || len(vendor.seen()) != 1 {
		t.Errorf("%d requests came through", n)
	}
}

// TestUnauthorized holds that an answer of 401 makes the client try once more with
// another token, when it can, and does not make it ask for tokens without end.
func TestUnauthorized(t *testing.T) {
	t.Parallel()
	old, fresh := lasting("3600"), answer{body: `{"token":"fresh","expiresIn":3600}`}
	api := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("x-access-token") != "fresh" {
			w.WriteHeader(401)
		}
	}
	g := newGateway(t, api)
	g.answers(old, fresh)
	if code, err := status(t, g.connect(t).HTTPClient(), newRequest(t, http.MethodPost, g.url, "again")); code != 200 {
		t.Errorf("%d, %v", code, err)
	}
	if all := g.seen(); len(all) != 2 || all[1].body != "again" || g.tokensAsked() != 2 {
		t.Errorf("seen %+v", all)
	}
	// What cannot be read again is not sent again.
	g = newGateway(t, api)
	g.answers(old, fresh)
	r := newRequest(t, http.MethodPost, g.url, "")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader("once")), -1
	if code, err := status(t, g.connect(t).HTTPClient(), r); code != 401 || len(g.seen()) != 1 {
		t.Errorf("%d, %v", code, err)
	}
	// Where no other token can be had, the answer is that of the first.
	g = newGateway(t, api)
	g.answers(old, answer{status: 403})
	if code, err := status(t, g.connect(t).HTTPClient(), newRequest(t, http.MethodGet, g.url, "")); code != 401 || len(g.seen()) != 1 {
		t.Errorf("%d, %v", code, err)
	}
	g = newGateway(t, writes(401, ""))
	c := g.connect(t).HTTPClient()
	for range 50 {
		if code, err := status(t, c, newRequest(t, http.MethodGet, g.url, "")); code != 401 {
			t.Errorf("%d, %v", code, err)
		}
	}
	if n := g.tokensAsked(); n > 5 {
		t.Errorf("%d tokens were asked for", n)
	}
}

// TestAgain holds which requests are sent again, and when.
func TestAgain(t *testing.T) {
	t.Parallel()
	ok := writes(200, "")
	after := func(code int, seconds string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", seconds)
			w.WriteHeader(code)
		}
	}
	date := time.Date(2000, 1, 1, 0, 0, 4, 0, time.UTC).Format(http.TimeFormat) // bubbles begin at 2000
	for name, c := range map[string]struct {
		method      string
		api         http.HandlerFunc
		status      int
		sent        int
		least, most time.Duration
	}{
		"at once":          {"GET", ok, 200, 1, 0, 0},
		"503":              {"GET", answersInTurn(writes(503, ""), ok), 200, 2, 100 * time.Millisecond, 200 * time.Millisecond},
		"500 twice":        {"PUT", answersInTurn(writes(500, ""), writes(500, ""), ok), 200, 3, 300 * time.Millisecond, 600 * time.Millisecond},
		"500 thrice":       {"GET", writes(500, ""), 500, 3, 300 * time.Millisecond, 600 * time.Millisecond},
		"429 with seconds": {"DELETE", answersInTurn(after(429, "3"), ok), 200, 2, 3 * time.Second, 3 * time.Second},
		"503 with a date":  {"GET", answersInTurn(after(503, date), ok), 200, 2, 3 * time.Second, 4 * time.Second},
		"too long":         {"GET", after(429, "11"), 429, 1, 0, 0},
		"far too long":     {"GET", after(429, "99999999999999999999"), 429, 1, 0, 0},
		"beyond duration":  {"GET", after(429, "18446744074"), 429, 1, 0, 0},
		"nonsense":         {"GET", answersInTurn(after(429, "-3"), ok), 200, 2, 100 * time.Millisecond, 200 * time.Millisecond},
		"404":              {"GET", writes(404, ""), 404, 1, 0, 0},
		"POST 429":         {"POST", answersInTurn(after(429, "1"), ok), 200, 2, time.Second, time.Second},
		"POST 429 thrice":  {"POST", after(429, "1"), 429, 3, 2 * time.Second, 2 * time.Second},
		"POST 503 later":   {"POST", after(503, "1"), 503, 1, 0, 0},
		"POST 503":         {"POST", writes(503, ""), 503, 1, 0, 0},
		"cut":              {"GET", answersInTurn(cuts, ok), 200, 2, 100 * time.Millisecond, 200 * time.Millisecond},
		"cut always":       {"GET", cuts, 0, 3, 300 * time.Millisecond, 600 * time.Millisecond},
		"POST cut":         {"POST", cuts, 0, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, c.api)
			synctest.Test(t, func(t *testing.T) {
				client := g.connect(t)
				if err := client.Authenticate(t.Context()); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				code, err := status(t, client.HTTPClient(), newRequest(t, c.method, g.url, "body"))
				if took := time.Since(began); code != c.status || took < c.least || took > c.most {
					t.Errorf("%d, %v after %v", code, err, took)
				}
				if code == 0 && !errors.Is(err, frontegg.ErrUnavailable) {
					t.Errorf("error %v", err)
				}
				all := g.seen()
				if len(all) != c.sent {
					t.Errorf("sent %d times, want %d", len(all), c.sent)
				}
				for _, r := range all {
					if r.body != "body" {
						t.Errorf("body %q", r.body)
					}
				}
			})
		})
	}
}

// TestBodies holds that bodies end, and that an early end is an error.
func TestBodies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		api  http.HandlerFunc
		want error
	}{
		"as large as allowed": {writes(200, strings.Repeat("x", 100)), nil},
		"larger":              {writes(200, strings.Repeat("x", 101)), frontegg.ErrTooLarge},
		"much larger":         {writes(200, strings.Repeat("x", 1<<20)), frontegg.ErrTooLarge},
		"cut":                 {cutsBody, io.ErrUnexpectedEOF},
	} {
		g := newGateway(t, c.api)
		client := g.connect(t, frontegg.MaxResponseBytes(100))
		if _, err := status(t, client.HTTPClient(), newRequest(t, http.MethodGet, g.url, "")); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		_, err := client.Metadata().Get(t.Context(), "x")
		if c.want != nil && (!errors.Is(err, c.want) || !errors.Is(err, frontegg.ErrUnavailable)) {
			t.Errorf("%s by a call: %v", name, err)
		}
	}
	client := newGateway(t, writes(200, `{"data":[],"total":0}`)).connect(t, frontegg.MaxResponseBytes(math.MaxInt64))
	if _, err := client.Audits().List(t.Context(), frontegg.AuditQuery{TenantID: "t1"}); err != nil {
		t.Errorf("without a bound: %v", err)
	}
}

// TestSlow holds that neither an answer nor a body is waited for without end.
func TestSlow(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_, _ = io.WriteString(w, "some")
			_ = http.NewResponseController(w).Flush()
		}
		<-gone
	})
	defer close(gone)
	client := g.connect(t, frontegg.Timeout(30*time.Millisecond)).HTTPClient()
	for _, path := range []string{"/body", "/none"} {
		var timeout interface{ Timeout() bool }
		if _, err := status(t, client, newRequest(t, http.MethodPost, g.url+path, "")); !errors.Is(err, context.DeadlineExceeded) && (!errors.As(err, &timeout) || !timeout.Timeout()) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestSlowOnce holds that one attempt does not use up the time of the next.
func TestSlowOnce(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	g := newGateway(t, answersInTurn(func(http.ResponseWriter, *http.Request) { <-gone }, writes(200, "")))
	defer close(gone)
	client := g.connect(t, frontegg.Timeout(500*time.Millisecond)).HTTPClient()
	if code, err := status(t, client, newRequest(t, http.MethodGet, g.url, "")); code != 200 {
		t.Errorf("%d, %v", code, err)
	}
}

// TestErrors holds what errors tell: status and messages, no secrets and no URLs
// with what was asked.
func TestErrors(t *testing.T) {
	t.Parallel()
	g := newGateway(t, writes(403, `{"errors":["Api tokens are disabled",7,"`+testToken+`","a\nb","`+testAPIKey+`","`+strings.Repeat("ä", 300)+`"]}`))
	_, err := g.connect(t).Metadata().Get(t.Context(), "an entity")
	var answer *frontegg.Error
	if !errors.As(err, &answer) || answer.Status != 403 || answer.Service != frontegg.MetadataService || errors.Is(err, frontegg.ErrUnavailable) {
		t.Fatalf("error %v", err)
	}
	if m := answer.Messages; len(m) != 3 || m[0] != "Api tokens are disabled" || m[1] != "a b" || len(m[2]) != 200 {
		t.Errorf("messages %q", m)
	}
	hides(t, "the error", err.Error())
	for _, code := range []int{429, 500, 503} {
		g := newGateway(t, writes(code, "no JSON"))
		if err := g.connect(t).Audits().Send(t.Context(), anAudit); !errors.Is(err, frontegg.ErrUnavailable) {
			t.Errorf("%d: %v", code, err)
		}
	}
	g = newGateway(t, cuts)
	var told *url.Error
	if _, err := g.connect(t).Events().Status(t.Context(), "e1"); !errors.Is(err, frontegg.ErrUnavailable) || errors.As(err, &told) {
		t.Errorf("error %v", err)
	}
}
