package frontier_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestErrors holds what an answer that is no success is told as, of servers of both
// kinds.
func TestErrors(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f := s.fake
	s.settings(s.log)
	secret := s.program.Secret
	for name, c := range map[string]struct {
		status     int
		body       string
		code, text string
		is         error // beside ErrUnavailable, which all are of a token that cannot be had
		wait       time.Duration
	}{
		"connect":          {401, `{"code":"unauthenticated","message":"not authenticated"}`, "unauthenticated", "not authenticated", frontier.ErrUnauthenticated, 0},
		"gateway":          {401, `{"code":16,"message":"not authenticated","details":[]}`, "unauthenticated", "not authenticated", frontier.ErrUnauthenticated, 0},
		"denied":           {403, `{"code":"permission_denied","message":"not authorized"}`, "permission_denied", "not authorized", frontier.ErrPermissionDenied, 0},
		"gateway, denied":  {403, `{"code":7}`, "permission_denied", "", frontier.ErrPermissionDenied, 0},
		"not found":        {404, `{"code":"not_found","message":"user doesn't exist"}`, "not_found", "user doesn't exist", frontier.ErrNotFound, 0},
		"gateway, unknown": {404, `{"code":5,"message":"x"}`, "not_found", "x", frontier.ErrNotFound, 0},
		"no such number":   {400, `{"code":99,"message":"x"}`, "", "x", nil, 0},
		"a fraction":       {400, `{"code":0.5}`, "", "", nil, 0},
		"an odd code":      {400, `{"code":"<script>"}`, "", "", nil, 0},
		"a page":           {401, `<html>`, "", "", frontier.ErrUnauthenticated, 0},
		"a secret":         {400, `{"code":"invalid_argument","message":"` + secret + ` is wrong"}`, "invalid_argument", "", nil, 0},
		"control":          {400, `{"code":"invalid_argument","message":"a\u0000b\nc"}`, "invalid_argument", "a b c", nil, 0},
		"long":             {400, `{"message":"` + strings.Repeat("x", 500) + `"}`, "", strings.Repeat("x", 200), nil, 0},
		"retry":            {429, `{"code":"resource_exhausted"}`, "resource_exhausted", "", nil, 7 * time.Second},
	} {
		f.Fail(ft.AuthToken, ft.Always, ft.Answer(c.status, "application/json", c.body), ft.SetHeader("Retry-After", "7"))
		client := s.connect(t, frontier.SpeakAPI(frontier.ConnectAPI))
		_, err := client.Token(t.Context())
		f.Heal()
		var answer *frontier.Error
		if !errors.As(err, &answer) || !errors.Is(err, frontier.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if answer.RPC != "AuthToken" || answer.Status != c.status || answer.Code != c.code || answer.Message != c.text || c.wait != 0 && answer.RetryAfter != c.wait {
			t.Errorf("%s: %+v", name, answer)
		}
		for _, target := range []error{frontier.ErrUnauthenticated, frontier.ErrPermissionDenied, frontier.ErrNotFound} {
			if got := answer.Is(target); got != (target == c.is) {
				t.Errorf("%s: is %v: %v", name, target, got)
			}
		}
		if got := answer.Is(frontier.ErrUnavailable); got != (c.status == 429) {
			t.Errorf("%s: unavailable: %v", name, got)
		}
		hides(t, err.Error(), secret)
	}
}

// TestBodies holds that the guard's refusals have the bodies of the server's own.
func TestBodies(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := s.people()
	for status, c := range map[int]struct{ rpc, body, path, token string }{
		401: {"GetCurrentUser", `{}`, "/any", s.fake.Token(p.user.Principal(), ft.Forged())},
		403: {"GetOrganization", `{"id":"` + s.fake.CreateOrg("other").ID + `"}`, "/org/" + someID, s.fake.Token(p.user.Principal())},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.fake.URL()+"/raystack.frontier.v1beta1.FrontierService/"+c.rpc, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(authorization, "Bearer "+c.token)
		theirs, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer theirs.Body.Close()
		ours := s.ask(c.path, authorization, "Bearer "+c.token)
		if want, got := body(t, theirs), body(t, ours); theirs.StatusCode != status || ours.StatusCode != status || strings.TrimSpace(got) != want {
			t.Errorf("%d %s, not %d %s", ours.StatusCode, got, theirs.StatusCode, want)
		}
		if got := ours.Header.Get("Content-Type"); got != theirs.Header.Get("Content-Type") {
			t.Errorf("%d: %s", status, got)
		}
	}
	s.fake.Fail(ft.AuthToken, ft.Always, ft.Status(503, "unavailable", "down"))
	got := s.ask("/any", authorization, "Bearer "+p.pat.Token)
	if text := body(t, got); got.StatusCode != 503 || got.Header.Get("Retry-After") != "10" || strings.TrimSpace(text) != `{"code":"unavailable","message":"service unavailable"}` {
		t.Errorf("%d %v %s", got.StatusCode, got.Header, text)
	}
}

// TestCamelCase holds that answers whose members have the other names are understood.
func TestCamelCase(t *testing.T) {
	t.Parallel()
	s := newService(t)
	to, err := url.Parse(s.fake.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("asks with %s", got)
		}
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	guard, err := frontier.New(t.Context(), front.URL, s.settings(s.log)...)
	if err != nil {
		t.Fatal(err)
	}
	defer guard.Close()
	if _, err := guard.Validate(t.Context(), s.people().pat.Token); err != nil {
		t.Error(err)
	}
}

// endless answers checks with spaces that do not end behind a JSON value, and counts
// what is read of them.
type endless struct {
	rpc  string
	read int
}

func (e *endless) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, e.rpc) {
		return http.DefaultTransport.RoundTrip(r)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: e, Request: r}, nil
}

func (e *endless) Read(p []byte) (int, error) {
	const value = `{"status":true}`
	switch {
	case e.read == 0 && len(p) >= len(value):
		e.read = copy(p, value)
		return e.read, nil
	case e.read > 64<<20:
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func (*endless) Close() error { return nil }

// TestAnswerTooLarge holds that no more is read of an answer than one may have, and that
// what was read of a longer one says nothing.
func TestAnswerTooLarge(t *testing.T) {
	t.Parallel()
	answer := &endless{rpc: "/CheckResourcePermission"}
	s := newService(t, frontier.Transport(answer))
	e := s.estate()
	s.guarded("/projects/{id}", "project:{id}#get")
	if got := s.status("/projects/"+e.project, e.bearer(s.fake)...); got != 503 || answer.read == 0 || answer.read > 5<<20 {
		t.Errorf("%d, after %d bytes: %s", got, answer.read, s.log)
	}
}
