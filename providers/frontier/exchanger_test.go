package frontier_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

// TestExchangeAge holds that an answer counts from when it was asked for: the server
// looked before it came.
func TestExchangeAge(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	s.status("/any", authorization, "Bearer "+f.Token(p.user.Principal())) // gets the keys
	f.Forget()
	release := f.Hold(ft.AuthToken)
	defer release()
	first := s.asking(t.Context(), cookie, "sid="+p.session.Cookie)
	if err := f.Await(t.Context(), ft.AuthToken, 1); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(20 * time.Second)
	release()
	if <-first.done; first.status != 200 {
		t.Fatalf("%d\n%s", first.status, s.log)
	}
	f.EndSession(p.session.ID)
	s.clock.Advance(10 * time.Second)
	if got := s.status("/any", cookie, "sid="+p.session.Cookie); got != 401 {
		t.Errorf("thirty seconds after the question, ten after the answer: %d", got)
	}
}

// TestFingerprints holds that what is kept of credentials is another for each kind,
// project and process.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	s := newService(t)
	c, other := s.connect(t), s.connect(t)
	red, tan := s.connect(t, frontier.Project("red")), s.connect(t, frontier.Project("tan"))
	text := auth.Credential{Carrier: auth.CarrierBearer, Text: "text"}
	seen := map[string]string{}
	for name, f := range map[string]string{
		"one":             frontier.FingerprintOf(c, c, text),
		"another text":    frontier.FingerprintOf(c, c, auth.Credential{Carrier: auth.CarrierBearer, Text: "texts"}),
		"another kind":    frontier.FingerprintOf(c, c, auth.Credential{Carrier: auth.CarrierUserToken, Text: "text"}),
		"a project":       frontier.FingerprintOf(c, red, text),
		"another project": frontier.FingerprintOf(c, tan, text),
		"both as one":     frontier.FingerprintOf(c, c, auth.Credential{Carrier: auth.CarrierBearer, Text: "redtext"}),
		"another process": frontier.FingerprintOf(other, c, text),
	} {
		if same, twice := seen[f]; twice {
			t.Errorf("%s has that of %s", name, same)
		}
		seen[f] = name
	}
	if seen[frontier.FingerprintOf(c, c, text)] != "one" {
		t.Error("it is another each time")
	}
	of := func(text string) string {
		return frontier.FingerprintOf(c, c, auth.Credential{Carrier: auth.CarrierBasic, Text: text})
	}
	bare := func(id, secret string) string { return strings.TrimPrefix(basic(id, secret), "Basic ") }
	id, upper := "0a1b2c3d-1111-4111-8111-11111111111f", "0A1b2c3d-1111-4111-8111-11111111111F"
	if of(bare(id, "Secret")) != of(bare(upper, "Secret")) {
		t.Error("one id in lower and upper case is two")
	}
	for name, text := range map[string]string{"another case of the secret": bare(id, "secret"), "what is no base64": id + ":Secret"} {
		if of(text) == of(bare(id, "Secret")) {
			t.Errorf("%s has that of the credential", name)
		}
	}
}

// TestSecretsLeave holds that nothing is kept of ids whose secrets were compared.
func TestSecretsLeave(t *testing.T) {
	t.Parallel()
	s := newService(t)
	c := s.connect(t)
	guard, err := c.Guard(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.serve(t, guard)
	p := s.people()
	for i, header := range []string{p.secret.Basic(), p.opaque.Basic(), basic(someID, strings.Repeat("x", 43))} {
		if got, want := s.status("/any", authorization, header), []int{200, 200, 401}[i]; got != want {
			t.Errorf("%d: %d\n%s", i, got, s.log)
		}
	}
	if got := frontier.SecretsOf(c); got != 0 {
		t.Errorf("%d ids are kept", got)
	}
}

// TestRefusedForGood holds which answers refuse a credential that the server knows, so
// that the next one is not looked at.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	s := newService(t, frontier.ServerOrder())
	f, p := s.fake, s.people()
	if got := s.status("/any", authorization, p.secret.Basic()); got != 200 { // also gets the keys
		t.Fatalf("%d\n%s", got, s.log)
	}
	for name, c := range map[string]struct {
		fault ft.Fault
		want  int
	}{
		"denied":          {ft.Status(403, "permission_denied", "not authorized"), 401},
		"gone":            {ft.Status(404, "not_found", "user doesn't exist"), 401},
		"disabled":        {ft.Status(400, "failed_precondition", "org is disabled"), 401},
		"invalid":         {ft.Status(400, "invalid_argument", "invalid"), 401},
		"unauthenticated": {ft.Status(401, "unauthenticated", "not authenticated"), 200},
		"unavailable":     {ft.Status(503, "unavailable", "down"), 503},
	} {
		session := "sid=" + f.Login(p.user.ID).Cookie
		f.Fail(ft.AuthToken, 1, c.fault)
		if got := s.status("/any", cookie, session, authorization, p.secret.Basic()); got != c.want {
			t.Errorf("%s: %d\n%s", name, got, s.log)
		}
		again := 401 // it is remembered
		if c.want == 503 {
			again = 200
		}
		if got := s.status("/any", cookie, session); got != again {
			t.Errorf("%s, again: %d", name, got)
		}
	}
}

// TestOthersAtOnce holds how many credentials that are no secrets are exchanged at a
// time, and that a part of these is for who was good before.
func TestOthersAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	var good []string
	for range 65 {
		good = append(good, "Bearer "+f.CreatePAT(p.user.ID, p.org.ID).Token)
		if got := s.status("/any", authorization, good[len(good)-1]); got != 200 {
			t.Fatalf("%d\n%s", got, s.log)
		}
	}
	s.clock.Advance(30 * time.Second)
	if got := s.status("/any", cookie, "sid="+p.session.Cookie); got != 200 {
		t.Fatal(got)
	}
	f.Forget()
	release := f.Hold(ft.AuthToken)
	defer release()
	var waiting []*asking
	await := func(calls int) {
		t.Helper()
		if err := f.Await(t.Context(), ft.AuthToken, calls); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 192 {
		waiting = append(waiting, s.asking(t.Context(), authorization, fmt.Sprintf("Bearer fpt_%043d", i)))
	}
	await(192)
	// refused is answered without asking.
	refused := func(name, header string) {
		t.Helper()
		calls := f.Calls(ft.AuthToken)
		response := s.ask("/any", authorization, header)
		if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" || f.Calls(ft.AuthToken) != calls {
			t.Errorf("%s: %d, asked %d times", name, response.StatusCode, f.Calls(ft.AuthToken)-calls)
		}
	}
	refused("one more that is new", fmt.Sprintf("Bearer fpt_%043d", 192))
	for what, headers := range map[string][]string{"who is remembered": {cookie, "sid=" + p.session.Cookie}, "a token": {authorization, "Bearer " + f.Token(p.user.Principal())}} {
		if got := s.status("/any", headers...); got != 200 {
			t.Errorf("%s: %d\n%s", what, got, s.log)
		}
	}
	var admitted []*asking
	for _, header := range good[:64] {
		admitted = append(admitted, s.asking(t.Context(), authorization, header))
	}
	await(256)
	refused("one more that was good", good[64])
	admitted = append(admitted, s.asking(t.Context(), authorization, p.opaque.Basic()))
	await(257)
	release()
	for _, a := range waiting {
		if <-a.done; a.status != 401 {
			t.Errorf("who is new: %d", a.status)
		}
	}
	for _, a := range admitted {
		if <-a.done; a.status != 200 {
			t.Errorf("who was good before, or has a secret: %d", a.status)
		}
	}
	for _, header := range good[:64] {
		if got := s.status("/any", authorization, header); got != 200 {
			t.Errorf("after that: %d", got)
		}
	}
}
