package frontiertest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestRevocation proves what becomes of credentials and of tokens that were minted
// from them when something ends.
func TestRevocation(t *testing.T) {
	t.Parallel()
	type world struct {
		s       *frontiertest.Server
		clock   *authtest.Clock
		org     frontiertest.Org
		user    frontiertest.User
		session frontiertest.Session
		machine frontiertest.ServiceUser
		secret  frontiertest.Credential
		key     frontiertest.Key
		pat     frontiertest.PAT
	}
	clock := &authtest.Clock{}
	one := frontiertest.New(t, frontiertest.WithClock(clock))
	for i, c := range []struct {
		name string
		end  func(world)
		// statuses of GetCurrentUser afterwards: session and its token, secret,
		// assertion and the token of the service user, PAT and its token
		session, sessionJWT, secret, assertion, machineJWT, pat, patJWT int
	}{
		{"nothing", func(world) {}, 200, 200, 200, 200, 200, 200, 200},
		{"session ended", func(w world) { w.s.EndSession(w.session.ID) }, 401, 200, 200, 200, 200, 200, 200},
		{"secret deleted", func(w world) { w.s.DeleteCredential(w.secret.ID) }, 200, 200, 401, 200, 200, 200, 200},
		{"key deleted", func(w world) { w.s.DeleteCredential(w.key.ID) }, 200, 200, 200, 401, 200, 200, 200},
		{"PAT deleted", func(w world) { w.s.DeletePAT(w.pat.ID) }, 200, 200, 200, 200, 200, 401, 401},
		{"user disabled", func(w world) { w.s.DisableUser(w.user.ID) }, 401, 404, 200, 200, 200, 404, 401},
		{"user enabled again", func(w world) { w.s.DisableUser(w.user.ID); w.s.EnableUser(w.user.ID) }, 401, 200, 200, 200, 200, 200, 200},
		{"user deleted", func(w world) { w.s.DeleteUser(w.user.ID) }, 401, 404, 200, 200, 200, 401, 401},
		{"service user deleted", func(w world) { w.s.DeleteServiceUser(w.machine.ID) }, 200, 200, 401, 401, 500, 200, 200},
		{"organization disabled", func(w world) { w.s.DisableOrg(w.org.ID) }, 200, 200, 403, 403, 403, 403, 403},
		{"organization enabled again", func(w world) { w.s.DisableOrg(w.org.ID); w.s.EnableOrg(w.org.ID) }, 200, 200, 200, 200, 200, 200, 200},
		{"a month passed", func(w world) { w.clock.Advance(30 * 24 * time.Hour) }, 401, 401, 200, 401, 401, 401, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := world{s: one, clock: clock}
			w.org, w.user = w.s.CreateOrg(fmt.Sprint("acme", i)), w.s.CreateUser(fmt.Sprintf("ada%d@example.com", i))
			w.session, w.machine = w.s.Login(w.user.ID), w.s.CreateServiceUser(w.org.ID, "ci")
			w.secret, w.key, w.pat = w.s.CreateCredential(w.machine.ID), w.s.CreateKey(w.machine.ID), w.s.CreatePAT(w.user.ID, w.org.ID)
			credentials := [][2]string{
				{"Cookie", "sid=" + w.session.Cookie},
				{"Authorization", "Bearer " + w.s.Token(w.user.Principal(), frontiertest.SessionOf(w.session))},
				{"Authorization", w.secret.Basic()},
				{"Authorization", "Bearer " + w.s.Assertion(w.key)},
				{"Authorization", "Bearer " + w.s.Token(w.machine.Principal())},
				{"Authorization", "Bearer " + w.pat.Token},
				{"Authorization", "Bearer " + w.s.Token(w.pat.Principal())},
			}
			c.end(w)
			for i, want := range []int{c.session, c.sessionJWT, c.secret, c.assertion, c.machineJWT, c.pat, c.patJWT} {
				if got := post(t, w.s, service+"GetCurrentUser", "{}", credentials[i][0], credentials[i][1]); got.status != want {
					t.Errorf("credential %d: %d, not %d", i, got.status, want)
				}
			}
		})
	}
}

// TestLogin proves what a login by code does beyond what was recorded.
func TestLogin(t *testing.T) {
	t.Parallel()
	clock := &authtest.Clock{}
	s := frontiertest.New(t, frontiertest.WithClock(clock), frontiertest.WithReturnTo("https://app.example.com/"))
	const email = "ada@example.com"
	begin := func(returnTo string) string {
		t.Helper()
		got := post(t, s, service+"Authenticate", `{"strategy_name":"mailotp","email":"`+email+`","return_to":"`+returnTo+`"}`)
		state, _ := got.body["state"].(string)
		if got.status != 200 || state == "" {
			t.Fatalf("Authenticate: %d %v", got.status, got.body)
		}
		return state
	}
	end := func(state, code string) answered {
		return post(t, s, service+"AuthCallback", `{"strategy_name":"mailotp","state":"`+state+`","code":"`+code+`"}`)
	}
	if state := begin("https://app.example.com/"); end(state, s.MailCode(email)).header.Get("Gateway-Location") != "https://app.example.com/" {
		t.Error("an allowed return_to is not named")
	}
	state := begin("https://evil.example.com/")
	if got := end(state, s.MailCode(email)); got.status != 200 || got.header.Get("Gateway-Location") != "" || got.header.Get("Set-Cookie") == "" {
		t.Errorf("with a return_to that is not allowed: %d %v", got.status, got.header)
	}
	state = begin("")
	for range 3 {
		if got := end(state, "wrong"); got.status != 400 || got.body["message"] != "invalid mail otp" {
			t.Errorf("a wrong code: %d %v", got.status, got.body)
		}
	}
	if got := end(state, s.MailCode(email)); got.status != 400 {
		t.Errorf("after three wrong codes: %d", got.status)
	}
	state = begin("")
	clock.Advance(10 * time.Minute)
	if got := end(state, s.MailCode(email)); got.status != 400 {
		t.Errorf("after ten minutes: %d", got.status)
	}
	if s.MailCode("bob@example.com") != "" {
		t.Error("a code was mailed to somebody who did not ask")
	}
}
