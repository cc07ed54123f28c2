package frontier_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

// TestDecisionsAreOfOne holds that what is remembered of one caller and check decides
// nothing of another, in rules of one check and of several.
func TestDecisionsAreOfOne(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e, other := s.estate(), s.estateOf("other")
	none := "project:" + someID + "#update"
	for prefix, more := range map[string][]string{"": nil, "/several": {none}} {
		for path, check := range map[string]string{
			"/update/{id}": "project:{id}#update", "/delete/{id}": "project:{id}#delete", "/group/{id}": "group:{id}#update", "/name/{id}": "storage/file:{id}#update",
		} {
			s.guarded(prefix+path, append([]string{check}, more...)...)
		}
	}
	user := e.bearer(s.fake)
	pat := s.fake.CreatePAT(e.user.ID, e.org.ID)
	for _, prefix := range []string{"", "/several"} {
		if got := s.status(prefix+"/update/"+e.project, user...); got != 204 {
			t.Fatalf("%d: %s", got, s.log)
		}
		for name, c := range map[string]struct {
			path    string
			headers []string
		}{
			"another user":              {"/update/" + e.project, other.bearer(s.fake)},
			"a service user":            {"/update/" + e.project, []string{authorization, "Bearer " + s.fake.Token(e.machine.Principal())}},
			"a token of the same id":    {"/update/" + e.project, []string{authorization, "Bearer " + s.fake.Token(pat.Principal(), ft.Claim("sub", e.user.ID))}},
			"another permission":        {"/delete/" + e.project, user},
			"another object":            {"/update/" + other.project, user},
			"another type, the same id": {"/group/" + e.project, user},
		} {
			if got := s.status(prefix+c.path, c.headers...); got != 403 {
				t.Errorf("%s%s: %s: %d: %s", prefix, c.path, name, got, s.log)
			}
		}
	}
}

// identityOf is an identity of a guard of a client, with a token that lasts.
func identityOf(t *testing.T, s *service, c *frontier.Client, principal string) *auth.Identity {
	t.Helper()
	guard, err := c.Guard(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guard.Close() })
	before := s.clock.Now().Add(-time.Hour).Unix()
	id, err := guard.Validate(t.Context(), s.fake.Token(principal, ft.Claim("iat", before), ft.Claim("nbf", before)))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestDecisionsKept holds how many decisions are kept, which go first, and how many
// questions may be under way.
func TestDecisionsKept(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.estate()
	client := s.connect(t)
	id, checker := identityOf(t, s, client, e.user.Principal()), frontier.CheckerOf(client)
	made := 0
	thousand := func() (checks []auth.ResourceCheck) {
		for range 1 << 10 {
			made++
			checks = append(checks, auth.ResourceCheck{Type: "project", ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", made), Permission: "get"})
		}
		return checks
	}
	others := func(thousands int) {
		t.Helper()
		for range thousands {
			answers, err := checker.CheckAll(t.Context(), id, thousand())
			for _, a := range answers {
				err = errors.Join(err, a.Err)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	one := func(name string, calls int) {
		t.Helper()
		s.fake.Forget()
		if yes, err := checker.Check(t.Context(), id, "project", e.project, "update"); !yes || err != nil || s.fake.Calls(ft.CheckResourcePermission) != calls {
			t.Errorf("%s: %v %v, asked %d times", name, yes, err, s.fake.Calls(ft.CheckResourcePermission))
		}
	}
	one("first", 1)
	others(8)
	one("after eight thousand others", 0)
	others(8)
	one("and eight thousand again", 0)
	others(16)
	one("not asked for among sixteen thousand", 1)

	release := s.fake.Hold(ft.BatchCheckPermission)
	defer release()
	done := make(chan error, 1)
	go func() {
		_, err := checker.CheckAll(t.Context(), id, thousand())
		done <- err
	}()
	s.fake.Forget()
	if err := s.fake.Await(t.Context(), ft.BatchCheckPermission, 1); err != nil {
		t.Fatal(err)
	}
	one("what is known, while a thousand are under way", 0)
	if _, err := checker.Check(t.Context(), id, "project", someID, "delete"); !errors.Is(err, frontier.ErrUnavailable) || s.fake.Calls(ft.CheckResourcePermission) != 0 {
		t.Errorf("one more than a thousand: %v, asked %d times", err, s.fake.Calls(ft.CheckResourcePermission))
	}
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := checker.Check(t.Context(), id, "project", someID, "delete"); err != nil {
		t.Errorf("after them: %v", err)
	}
}

// TestClockSetBack holds that what is remembered does not count for longer where the
// clock is set back, and that a refusal counts before what was good.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.estate()
	client := s.connect(t)
	id, checker := identityOf(t, s, client, e.user.Principal()), frontier.CheckerOf(client)
	asked := func(name string, calls int) {
		t.Helper()
		s.fake.Forget()
		if yes, err := checker.Check(t.Context(), id, "project", e.project, "update"); !yes || err != nil || s.fake.Calls(ft.CheckResourcePermission) != calls {
			t.Errorf("%s: %v %v, asked %d times", name, yes, err, s.fake.Calls(ft.CheckResourcePermission))
		}
	}
	asked("first", 1)
	s.clock.Advance(-time.Minute)
	asked("a minute back", 0)
	s.clock.Advance(-1)
	asked("further back", 1)

	session := []string{cookie, "sid=" + e.session.Cookie}
	if got := s.status("/any", session...); got != 200 {
		t.Fatalf("%d: %s", got, s.log)
	}
	s.fake.EndSession(e.session.ID)
	s.clock.Advance(30 * time.Second)
	if got := s.status("/any", session...); got != 401 {
		t.Errorf("a session that ended: %d", got)
	}
	s.clock.Advance(-time.Second)
	if got := s.status("/any", session...); got != 401 {
		t.Errorf("the same a second before: %d", got)
	}
}

// TestNoToken holds that the server is asked nothing for an identity whose token is not
// known, and that nothing is allowed to it.
func TestNoToken(t *testing.T) {
	t.Parallel()
	s := newServiceOf(t, []ft.Option{ft.WithREST()})
	e := s.estate()
	s.fake.Entitle(e.org.ID, "sso", true)
	guard, err := auth.New(t.Context(), auth.Clock(s.clock.Now), auth.InsecureHTTP("127.0.0.1"), auth.Issuer(s.fake.Issuer(), auth.Name(frontier.IssuerName),
		auth.JWKS(s.fake.URL()+"/.well-known/jwks.json"), auth.Algorithms("RS256"), auth.Mapping(auth.MappingFrontier.Claims()), auth.InsecureNoAudience()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guard.Close() })
	id, err := guard.Validate(t.Context(), s.fake.Token(e.user.Principal()))
	if err != nil {
		t.Fatal(err)
	}
	client := s.connect(t, frontier.CheckOnline(0), frontier.SpeakAPI(frontier.RESTAPI))
	checker := frontier.CheckerOf(client)
	s.fake.Forget()
	for name, ask := range map[string]func() (bool, error){
		"check":            func() (bool, error) { return checker.Check(t.Context(), id, "project", e.project, "update") },
		"feature":          func() (bool, error) { return checker.Entitled(t.Context(), id, "sso") },
		"online by a rule": func() (bool, error) { return checker.Check(t.Context(), id, "frontier", "identity", "online") },
		"online": func() (bool, error) {
			gone, err := frontier.RevocationsOf(client).Revoked(t.Context(), id)
			return !gone && err == nil, err
		},
	} {
		if yes, err := ask(); yes || err == nil || s.fake.Calls(ft.Any) != 0 {
			t.Errorf("%s: %v, %v, asked %d times", name, yes, err, s.fake.Calls(ft.Any))
		}
	}
}
