package frontier_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestServerRevocation holds the rows of [revocations] on any server: what was admitted
// before something ended, and after all that was remembered of it has.
func TestServerRevocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, online := w.service(), w.service(frontier.CheckOnline(time.Second))
	s.guarded("/check/{id}", "organization:{id}#get")
	s.guarded("/rule/{id}", "frontier:identity#online")
	root := []string{authorization, w.program.Basic()}
	ended := 0
	for _, c := range revocations {
		t.Run(c.event+", "+c.caller, func(t *testing.T) {
			org := w.newOrg()
			user := w.newMember(org)
			var (
				machine           robot
				secret            ft.Credential
				pat               ft.PAT
				token, credential []string
			)
			switch c.caller {
			case "user":
				token, credential = []string{authorization, "Bearer " + w.token(user)}, user.headers()
			case "service user":
				machine = w.newRobot(org)
				secret = w.secretOf(machine)
				credential = []string{authorization, secret.Basic()}
			case "personal access token":
				if ended++; w.old {
					t.Skip("servers before v0.91.0 have no personal access tokens")
				}
				ended--
				pat = w.newPAT(user, org)
				credential = []string{authorization, "Bearer " + pat.Token}
			}
			if token == nil {
				token = []string{authorization, "Bearer " + w.must(t, "AuthToken", jsonObject{}, credential...).text("access_token")}
			}
			ways := []struct {
				name    string
				service *service
				path    string
				headers []string
				want    int
			}{
				{"local", s, "/any", token, c.local}, {"exchange", s, "/any", credential, c.exchange}, {"check", s, "/check/" + org, token, c.check},
				{"rule", s, "/rule/x", token, c.rule}, {"online", online, "/any", token, c.online},
			}
			if w.old && c.event == "organization disabled" {
				ways = ways[:3] // servers before v0.111.0 tell service users who they are all the same
			}
			ask := func(when string, want func(int) int) {
				t.Helper()
				for i, way := range ways {
					got := way.service.status(way.path, way.headers...)
					if got == http.StatusNoContent {
						got = http.StatusOK
					}
					if w.old && got != http.StatusOK && want(i) != http.StatusOK {
						continue // it is denied: how servers before v0.91.0 say so differs
					}
					if got != want(i) {
						t.Errorf("%s %s: %d, not %d\n%s", way.name, when, got, want(i), way.service.log)
					}
				}
			}
			ask("before", func(int) int { return http.StatusOK })
			switch c.event {
			case "nothing":
			case "session ended (logout)":
				w.must(t, "AuthLogout", jsonObject{}, user.headers()...)
			case "secret deleted":
				w.must(t, "DeleteServiceUserCredential", jsonObject{"id": machine.id, "org_id": org, "secret_id": secret.ID}, root...)
			case "token deleted":
				w.must(t, "DeleteCurrentUserPAT", jsonObject{"id": pat.ID}, user.headers()...)
			case "user disabled":
				w.must(t, "DisableUser", jsonObject{"id": user.id}, root...)
			case "user deleted":
				w.must(t, "DeleteUser", jsonObject{"id": user.id}, root...)
			case "service user deleted":
				w.must(t, "DeleteServiceUser", jsonObject{"id": machine.id, "org_id": org}, root...)
			case "organization disabled":
				w.must(t, "DisableOrganization", jsonObject{"id": org}, root...)
			default:
				t.Fatal("how does that end?")
			}
			ended++
			w.clock.Advance(31 * time.Second)
			ask("after", func(i int) int { return ways[i].want })
		})
	}
	if ended != len(revocations) {
		t.Errorf("%d of %d rows", ended, len(revocations))
	}
}

// TestServerCredentialsEnd holds that what else a service user is known by ends within
// the window, and that of a session which was revoked elsewhere.
func TestServerCredentialsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.newOrg()
	machine, user := w.newRobot(org), w.newMember(org)
	opaque, key := w.opaqueOf(machine), w.keyOf(machine)
	root := []string{authorization, w.program.Basic()}
	s := w.service()
	type ending struct {
		headers []string
		end     func()
	}
	cases := map[string]ending{
		"opaque token": {[]string{authorization, opaque.Basic()}, func() {
			w.must(t, "DeleteServiceUserToken", jsonObject{"id": machine.id, "org_id": org, "token_id": opaque.ID}, root...)
		}},
		"key": {[]string{authorization, "Bearer " + signed(t, key, time.Now(), nil)}, func() {
			w.must(t, "DeleteServiceUserJWK", jsonObject{"id": machine.id, "org_id": org, "key_id": key.ID}, root...)
		}},
	}
	if !w.old {
		session := claimsOf(t, w.token(user), 1)["sid"]
		cases["session, revoked"] = ending{user.headers(), func() {
			w.must(t, "RevokeSession", jsonObject{"session_id": session}, user.headers()...)
		}}
	}
	for name, c := range cases {
		if got := s.status("/any", c.headers...); got != 200 {
			t.Errorf("%s, before: %d\n%s", name, got, s.log)
		}
		c.end()
	}
	w.clock.Advance(30 * time.Second)
	for name, c := range cases {
		if got := s.status("/any", c.headers...); got != 401 {
			t.Errorf("%s, after: %d\n%s", name, got, s.log)
		}
	}
}
