package frontiertest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestFaults proves each way in which a request can go wrong, and that the next one
// does not.
func TestFaults(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	call := func() (int, http.Header, string, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+service+"GetCurrentUser", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", s.Root().Basic())
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return 0, nil, "", err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return response.StatusCode, response.Header, string(body), err
	}
	s.Fail(frontiertest.GetCurrentUser, 1, frontiertest.Status(503, "unavailable", "down"), frontiertest.SetHeader("Retry-After", "7"))
	if status, header, body, err := call(); err != nil || status != 503 || header.Get("Retry-After") != "7" || body != `{"code":"unavailable","message":"down"}` {
		t.Errorf("Status: %d %v %s %v", status, header, body, err)
	}
	s.Fail(frontiertest.Any, 1, frontiertest.Garbage())
	if status, _, body, err := call(); err != nil || status != 200 || !strings.Contains(body, "<html>") {
		t.Errorf("Garbage: %d %s %v", status, body, err)
	}
	s.Fail(frontiertest.GetCurrentUser, 1, frontiertest.Cut())
	if status, _, _, err := call(); status != 200 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Cut: %d %v", status, err)
	}
	s.Fail(frontiertest.GetCurrentUser, frontiertest.Always, frontiertest.Drop())
	if status, _, _, err := call(); err == nil {
		t.Errorf("Drop: %d", status)
	}
	s.Heal()
	if status, _, _, err := call(); status != 200 || err != nil {
		t.Errorf("after Heal: %d %v", status, err)
	}
	s.Stop()
	if _, _, _, err := call(); err == nil {
		t.Error("there is an answer after Stop")
	}
	s.Restart()
	if status, _, _, err := call(); status != 200 || err != nil {
		t.Errorf("after Restart: %d %v", status, err)
	}
}

// TestHang proves that a request hangs until its client leaves.
func TestHang(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	s.Fail(frontiertest.GetJWKS, 1, frontiertest.Hang())
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		r, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+service+"GetJWKs", strings.NewReader("{}"))
		response, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			response.Body.Close()
		}
		failed <- err
	}()
	if err := s.Await(t.Context(), frontiertest.GetJWKS, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestBasicSecret proves that comparisons of secrets are counted and can be held, and
// that those of ids that do not exist, and of opaque tokens, are none.
func TestBasicSecret(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	machine := s.CreateServiceUser(s.CreateOrg("acme").ID, "ci")
	secret, opaque := s.CreateCredential(machine.ID), s.CreateOpaqueToken(machine.ID)
	release := s.Hold(frontiertest.BasicSecret)
	statuses := make(chan int)
	for range 3 {
		go func() { statuses <- post(t, s, service+"GetCurrentUser", "{}", "Authorization", secret.Basic()).status }()
	}
	if err := s.Await(t.Context(), frontiertest.BasicSecret, 3); err != nil {
		t.Fatal(err)
	}
	unknown := frontiertest.Credential{ID: "11111111-1111-4111-8111-111111111111", Secret: secret.Secret}
	for _, c := range []struct {
		credential frontiertest.Credential
		want       int
	}{{opaque, 200}, {unknown, 401}} {
		got := post(t, s, service+"GetCurrentUser", "{}", "Authorization", c.credential.Basic(), "Connect-Timeout-Ms", "10000")
		if got.status != c.want {
			t.Errorf("%d, not %d", got.status, c.want)
		}
	}
	// The caller's deadline ends what is held.
	if got := post(t, s, service+"GetCurrentUser", "{}", "Authorization", secret.Basic(), "Connect-Timeout-Ms", "800"); got.status != 504 {
		t.Errorf("with a deadline: %d %v", got.status, got.body)
	}
	release()
	release()
	for range 3 {
		if status := <-statuses; status != 200 {
			t.Errorf("after release: %d", status)
		}
	}
	if calls, peak := s.Calls(frontiertest.BasicSecret), s.Peak(frontiertest.BasicSecret); calls != 4 || peak != 4 {
		t.Errorf("%d comparisons, %d at once", calls, peak)
	}
	if calls := s.Calls(frontiertest.Any); calls != 6 {
		t.Errorf("%d requests", calls)
	}
	requests := s.Requests(frontiertest.GetCurrentUser)
	if len(requests) != 6 || string(requests[0].Body) != "{}" || requests[0].Header.Get("Authorization") == "" {
		t.Errorf("requests %v", requests)
	}
	s.Forget()
	if s.Calls(frontiertest.Any) != 0 || s.Peak(frontiertest.BasicSecret) != 0 || s.Requests(frontiertest.Any) != nil {
		t.Error("Forget leaves something")
	}
}
