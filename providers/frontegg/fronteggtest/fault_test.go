package fronteggtest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

const jwksPath = "/.well-known/jwks.json"

func TestFaults(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	for name, c := range map[string]struct {
		faults []ft.Fault
		check  func(answer, error) bool
	}{
		"status":       {[]ft.Fault{ft.Status(503)}, func(a answer, _ error) bool { return a.status == 503 && a.body == `{"errors":["Service Unavailable"]}` }},
		"status, text": {[]ft.Fault{ft.Status(403, "no")}, func(a answer, _ error) bool { return a.status == 403 && a.body == `{"errors":["no"]}` }},
		"status and header": {[]ft.Fault{ft.Status(429), ft.SetHeader("Retry-After", "2")}, func(a answer, _ error) bool {
			return a.status == 429 && a.header.Get("Retry-After") == "2"
		}},
		"header":  {[]ft.Fault{ft.SetHeader("X-A", "b")}, func(a answer, _ error) bool { return a.status == 200 && a.header.Get("X-A") == "b" }},
		"garbage": {[]ft.Fault{ft.Garbage()}, func(a answer, _ error) bool { return a.status == 200 && !json.Valid([]byte(a.body)) }},
		"answer": {[]ft.Fault{ft.Answer(200, "text/plain", "x")}, func(a answer, _ error) bool {
			return a.body == "x" && a.header.Get("Content-Type") == "text/plain"
		}},
		"redirect": {[]ft.Fault{ft.Redirect(307, "http://127.0.0.1:9/x")}, func(a answer, _ error) bool {
			return a.status == 307 && a.header.Get("Location") == "http://127.0.0.1:9/x"
		}},
		"drop": {[]ft.Fault{ft.Drop()}, func(_ answer, err error) bool { return errors.Is(err, io.EOF) }},
		"cut": {[]ft.Fault{ft.Cut()}, func(a answer, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && a.status == 200 && strings.HasPrefix(a.body, `{"keys"`)
		}},
		"cut status": {[]ft.Fault{ft.Cut(), ft.Status(500)}, func(a answer, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && a.status == 500
		}},
		"delay": {[]ft.Fault{ft.Delay(time.Millisecond)}, func(a answer, err error) bool { return a.status == 200 && err == nil }},
	} {
		t.Run(name, func(t *testing.T) {
			// One after another: the faults are those of one endpoint.
			c2 := newClient(t, fake)
			// Keep-alive would let net/http try again.
			c2.http.Transport = &http.Transport{DisableKeepAlives: true}
			fake.Fail(ft.JWKS, 2, c.faults...)
			for i := range 2 {
				if got, err := c2.do("GET", fake.Domain()+jwksPath, ""); !c.check(got, err) {
					t.Errorf("call %d: %d %s, %v", i+1, got.status, got.body, err)
				}
			}
			c2.want(200, "GET", fake.Domain()+jwksPath, "")
		})
	}
}

func TestDelayIsWaitedFor(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	fake.Fail(ft.JWKS, 1, ft.Delay(50*time.Millisecond))
	start := time.Now()
	newClient(t, fake).want(200, "GET", fake.Domain()+jwksPath, "")
	if took := time.Since(start); took < 50*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

// TestFaultsReplaceTheEndpoint holds that an endpoint which fails does nothing,
// and one that is cut does what it was asked.
func TestFaultsReplaceTheEndpoint(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	send := func() {
		_, _ = c.do("POST", "/audits", `{"tenantId":"t1","severity":"Info"}`, "x-access-token", c.vendorToken(), "frontegg-tenant-id", "t1")
	}
	fake.Fail(ft.SendAudit, 1, ft.Status(500))
	send()
	if len(fake.Audits("t1")) != 0 {
		t.Error("kept by an endpoint that failed")
	}
	fake.Fail(ft.SendAudit, 1, ft.Cut())
	send()
	if len(fake.Audits("t1")) != 1 {
		t.Error("not kept by one whose answer is cut")
	}
}

func TestOrderOfFaults(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	fake.Fail(ft.Any, 1, ft.Status(502))
	fake.Fail(ft.JWKS, 1, ft.Status(500))
	fake.Fail(ft.JWKS, 1, ft.Status(501))
	fake.Fail(ft.Any, ft.Always, ft.Status(503))
	for _, status := range []int{500, 501, 502, 503, 503} {
		c.want(status, "GET", fake.Domain()+jwksPath, "")
	}
	c.want(503, "POST", "/auth/vendor", "")
	fake.Heal()
	c.want(200, "GET", fake.Domain()+jwksPath, "")
	if calls := fake.Calls(ft.JWKS); calls != 6 {
		t.Errorf("%d calls", calls)
	}
}

func TestHang(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	c.http.Timeout = 50 * time.Millisecond
	fake.Fail(ft.JWKS, 1, ft.Hang())
	if got, err := c.do("GET", fake.Domain()+jwksPath, ""); err == nil {
		t.Errorf("answered %d", got.status)
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	release := fake.Hold(ft.JWKS)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if got, err := c.do("GET", fake.Domain()+jwksPath, ""); err != nil || got.status != 200 {
				t.Errorf("%d, %v", got.status, err)
			}
		})
	}
	if err := fake.Await(t.Context(), ft.JWKS, 10); err != nil {
		t.Fatal(err)
	}
	for _, r := range fake.Requests(ft.JWKS) {
		if r.Status != 0 {
			t.Errorf("answered %d while it is held", r.Status)
		}
	}
	c.want(400, "POST", "/auth/vendor", "") // others are not held
	release()
	release()
	all.Wait()
	c.want(200, "GET", fake.Domain()+jwksPath, "")
}

// TestManyAtATime is for the race detector.
func TestManyAtATime(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			vendor := c.vendorToken()
			header := []string{"x-access-token", vendor, "frontegg-tenant-id", "t1"}
			for range 5 {
				fake.IssueAccessToken(ft.TenantAccess("a"), ft.AccessToken{})
				fake.SetEntitlements(ft.Entitlements{})
				fake.Fail(ft.JWKS, 1, ft.Status(500))
				fake.SignIn(ft.User("ada"))
				for endpoint, path := range endpoints {
					method, _, found := strings.Cut(string(endpoint), " ")
					if !found {
						method = "GET"
					}
					_, _ = c.do(method, path, `{"tenantId":"t1","severity":"Info"}`, header...)
				}
				_, _ = c.do("GET", fake.Domain()+jwksPath, "")
				_, _ = c.do("GET", authorizeURL(fake, url.Values{}), "")
				fake.Heal()
				fake.Requests(ft.Any)
				fake.Audits("t1")
			}
		})
	}
	fake.Rotate()
	all.Wait()
}
