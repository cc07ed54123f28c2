package frontier_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

// revocations are what becomes of a caller when something ends, by what the service
// asks of the server. docs/frontier.md shows them.
var revocations = []struct {
	event, caller string
	end           func(*ft.Server, estate, ft.PAT)
	// answers: to a token that is verified here, to the credential itself after
	// ExchangeFor, to the token where a check has to hold after DecisionsFor, where
	// the check frontier:identity#online has to hold, and with CheckOnline
	local, exchange, check, rule, online int
}{
	{"nothing", "user", func(*ft.Server, estate, ft.PAT) {}, 200, 200, 200, 200, 200},
	{"nothing", "service user", func(*ft.Server, estate, ft.PAT) {}, 200, 200, 200, 200, 200},
	{"nothing", "personal access token", func(*ft.Server, estate, ft.PAT) {}, 200, 200, 200, 200, 200},
	{"session ended (logout)", "user", func(f *ft.Server, e estate, _ ft.PAT) { f.EndSession(e.session.ID) }, 200, 401, 200, 200, 200},
	{"secret deleted", "service user", func(f *ft.Server, e estate, _ ft.PAT) { f.DeleteCredential(e.secret.ID) }, 200, 401, 200, 200, 200},
	{"token deleted", "personal access token", func(f *ft.Server, _ estate, p ft.PAT) { f.DeletePAT(p.ID) }, 200, 401, 403, 403, 401},
	{"user disabled", "user", func(f *ft.Server, e estate, _ ft.PAT) { f.DisableUser(e.user.ID) }, 200, 401, 403, 403, 401},
	{"user disabled", "personal access token", func(f *ft.Server, e estate, _ ft.PAT) { f.DisableUser(e.user.ID) }, 200, 401, 403, 403, 401},
	{"user deleted", "user", func(f *ft.Server, e estate, _ ft.PAT) { f.DeleteUser(e.user.ID) }, 200, 401, 403, 403, 401},
	{"service user deleted", "service user", func(f *ft.Server, e estate, _ ft.PAT) { f.DeleteServiceUser(e.machine.ID) }, 200, 401, 503, 403, 401},
	{"organization disabled", "user", func(f *ft.Server, e estate, _ ft.PAT) { f.DisableOrg(e.org.ID) }, 200, 200, 403, 200, 200},
	{"organization disabled", "service user", func(f *ft.Server, e estate, _ ft.PAT) { f.DisableOrg(e.org.ID) }, 200, 401, 403, 403, 401},
	{"organization disabled", "personal access token", func(f *ft.Server, e estate, _ ft.PAT) { f.DisableOrg(e.org.ID) }, 200, 401, 403, 403, 401},
}

// TestRevocationMatrix holds what each way to ask the server notices, and when.
func TestRevocationMatrix(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.guarded("/check/{id}", "organization:{id}#get")
	s.guarded("/rule/{id}", "frontier:identity#online")
	online := s.another(t, frontier.CheckOnline(7*time.Second))
	for i, c := range revocations {
		name := c.event + ", " + c.caller
		e := s.estateOf(fmt.Sprint("org", i))
		pat := s.fake.CreatePAT(e.user.ID, e.org.ID, ft.Scope{Role: "app_organization_viewer"})
		var token, credential []string
		switch c.caller {
		case "user":
			token = e.bearer(s.fake, ft.SessionOf(e.session))
			credential = []string{cookie, "sid=" + e.session.Cookie}
		case "service user":
			token = []string{authorization, "Bearer " + s.fake.Token(e.machine.Principal())}
			credential = []string{authorization, e.secret.Basic()}
		case "personal access token":
			token = []string{authorization, "Bearer " + s.fake.Token(pat.Principal())}
			credential = []string{authorization, "Bearer " + pat.Token}
		}
		ways := []struct {
			name    string
			service *service
			path    string
			headers []string
			window  time.Duration
			want    int
		}{
			{"local", s, "/any", token, 0, c.local},
			{"exchange", s, "/any", credential, 30 * time.Second, c.exchange},
			{"check", s, "/check/" + e.org.ID, token, 5 * time.Second, c.check},
			{"rule", s, "/rule/x", token, 5 * time.Second, c.rule},
			{"online", online, "/any", token, 7 * time.Second, c.online},
		}
		ok := func(got int) bool { return got == 200 || got == 204 }
		for _, w := range ways {
			if got := w.service.status(w.path, w.headers...); !ok(got) {
				t.Fatalf("%s: %s: %d before: %s", name, w.name, got, w.service.log)
			}
		}
		c.end(s.fake, e, pat)
		began := s.clock.Now()
		for _, at := range []time.Duration{5*time.Second - 1, 5 * time.Second, 7*time.Second - 1, 7 * time.Second, 30*time.Second - 1, 30 * time.Second} {
			s.clock.Advance(began.Add(at).Sub(s.clock.Now()))
			for _, w := range ways {
				want := w.want
				if at < w.window {
					want = 200 // it is remembered still
				}
				got := w.service.status(w.path, w.headers...)
				if ok(got) {
					got = 200
				}
				if got != want {
					t.Errorf("%s: %s after %v: %d, not %d", name, w.name, at, got, want)
				}
			}
		}
	}
}

// TestOnline holds what is remembered of callers, and what the server's own trouble
// does to them.
func TestOnline(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, k kind) {
		testOnline(t, newServiceOf(t, k.fake, append(k.opts, frontier.CheckOnline(time.Minute))...))
	})
}

func testOnline(t *testing.T, s *service) {
	e := s.estate()
	user, machine := e.bearer(s.fake), []string{authorization, "Bearer " + s.fake.Token(e.machine.Principal())}
	for _, c := range []struct {
		name    string
		fault   ft.Fault
		headers []string
		want    int
	}{
		{"user, unavailable", ft.Status(503, "unavailable", "down"), user, 503},
		{"user, internal", ft.Status(500, "internal", "internal server error"), user, 503},
		{"service user, internal", ft.Status(500, "internal", "internal server error"), machine, 401},
		{"service user, a proxy's 500", ft.Answer(500, "text/html", "<html>"), machine, 503},
		{"service user, unavailable", ft.Status(503, "unavailable", "down"), machine, 503},
		{"no answer", ft.Drop(), user, 503},
		{"garbage", ft.Garbage(), user, 503},
		{"nobody", ft.Answer(200, "application/json", "{}"), user, 503},
		{"somebody else", ft.Answer(200, "application/json", `{"user":{"id":"`+someID+`"}}`), user, 503},
		{"another kind", ft.Answer(200, "application/json", `{"user":{"id":"`+e.machine.ID+`"}}`), machine, 503},
		{"another 404", ft.Status(404, "not_found", "not found"), user, 503},
		{"unauthenticated", ft.Status(401, "unauthenticated", "not authenticated"), user, 401},
	} {
		s.fake.Fail(ft.GetCurrentUser, ft.Always, c.fault) // a GET may be sent again
		if got := s.status("/any", c.headers...); got != c.want {
			t.Errorf("%s: %d, not %d", c.name, got, c.want)
		}
		s.fake.Heal()
	}
	for _, headers := range [][]string{user, machine} {
		if got := s.status("/any", headers...); got != 200 {
			t.Errorf("trouble was remembered: %d: %s", got, s.log)
		}
	}
	s.fake.Forget()
	s.fake.DisableUser(e.user.ID)
	s.clock.Advance(time.Minute - 1)
	if got := s.status("/any", user...); got != 200 || s.fake.Calls(ft.GetCurrentUser) != 0 {
		t.Errorf("within the time: %d, asked %d times", got, s.fake.Calls(ft.GetCurrentUser))
	}
	s.clock.Advance(1)
	for range 2 {
		if got := s.status("/any", user...); got != 401 || s.fake.Calls(ft.GetCurrentUser) != 1 {
			t.Errorf("after it: %d, asked %d times", got, s.fake.Calls(ft.GetCurrentUser))
		}
	}
	if got := s.status("/any"); got != 401 {
		t.Errorf("nobody: %d", got)
	}
}

// TestOwnName holds that another name of the issuer changes nothing of what the server
// is asked.
func TestOwnName(t *testing.T) {
	t.Parallel()
	s := newService(t, frontier.CheckOnline(0), frontier.DecisionsFor(0), frontier.IssuerOptions(auth.Name("corp")))
	e := s.estate()
	s.fake.Entitle(e.org.ID, "sso", true)
	s.guarded("/projects/{id}", "project:{id}#update", "frontier:identity#online")
	s.demand("/sso", auth.Demands{Features: []string{"sso"}})
	for _, path := range []string{"/any", "/sso", "/projects/" + e.project} {
		if got := s.status(path, e.bearer(s.fake)...); got >= 300 {
			t.Errorf("%s: %d: %s", path, got, s.log)
		}
	}
	bearer := e.bearer(s.fake)
	s.fake.DeleteUser(e.user.ID)
	if got := s.status("/any", bearer...); got != 401 {
		t.Errorf("a user who was deleted: %d", got)
	}
}

// late holds back the first answer of each RPC.
type late struct{ came, release chan struct{} }

func (l late) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if _, rpc, _ := strings.Cut(r.URL.Path, "FrontierService/"); rpc == "GetCurrentUser" || rpc == "CheckResourcePermission" || r.Header.Get(cookie) != "" {
		select {
		case l.came <- struct{}{}:
			<-l.release
		default:
		}
	}
	return response, err
}

// TestAsksForEachRequest holds that a window of nothing is one: no request is answered
// by a question that began before it.
func TestAsksForEachRequest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opt  frontier.Option
		want int
	}{
		"CheckOnline": {frontier.CheckOnline(0), 401}, "DecisionsFor": {frontier.DecisionsFor(0), 403}, "ExchangeFor": {frontier.ExchangeFor(0), 401},
	} {
		l := late{make(chan struct{}, 1), make(chan struct{})}
		s := newService(t, frontier.Transport(l), c.opt)
		e := s.estate()
		s.guarded("/", "project:"+e.project+"#update")
		path, headers := "/any", e.bearer(s.fake)
		switch name {
		case "DecisionsFor":
			path = "/"
		case "ExchangeFor":
			headers = []string{cookie, "sid=" + e.session.Cookie}
		}
		answers := make(chan int, 4)
		ask := func() { answers <- s.status(path, headers...) }
		go ask()
		<-l.came
		s.fake.DisableUser(e.user.ID)
		for range 3 {
			go ask()
		}
		await(t, "the questions", func() bool { return frontier.QueuedOf(s.client) })
		close(l.release)
		got := []int{<-answers, <-answers, <-answers, <-answers}
		slices.Sort(got)
		if first := got[0]; first >= 300 || !slices.Equal(got[1:], []int{c.want, c.want, c.want}) {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// TestFeatures holds for which organization features are asked about.
func TestFeatures(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, k kind) { testFeatures(t, newServiceOf(t, k.fake, k.opts...)) })
}

func testFeatures(t *testing.T, s *service) {
	e, other := s.estate(), s.fake.CreateOrg("other")
	s.fake.Entitle(e.org.ID, "sso", true)
	s.fake.Entitle(other.ID, "reports", true)
	one := e.bearer(s.fake)
	s.fake.Grant(e.user.Principal(), "app_organization_viewer", "app/organization:"+other.ID)
	two := e.bearer(s.fake)
	elsewhere := s.fake.CreateProject(other.ID, "elsewhere").ID
	s.fake.Grant(e.user.Principal(), "app_project_viewer", "app/project:"+elsewhere)
	limited := s.another(t, frontier.Orgs(e.org.ID))
	for _, on := range []*service{s, limited} {
		on.demand("/sso", auth.Demands{Features: []string{"sso"}})
		on.demand("/reports", auth.Demands{Features: []string{"reports"}})
	}
	for name, c := range map[string]struct {
		on      *service
		path    string
		headers []string
		want    int
	}{
		"the only organization":         {s, "/sso", one, 204},
		"not entitled":                  {s, "/reports", one, 403},
		"of several":                    {s, "/sso", two, 403},
		"of several, the other's":       {s, "/reports", two, 403},
		"the only one that is admitted": {limited, "/sso", two, 204},
		"another is entitled":           {limited, "/reports", two, 403},
		"that of the project":           {s, "/sso", e.bearer(s.fake, ft.Project(e.project)), 204},
		"a project of another":          {limited, "/reports", e.bearer(s.fake, ft.Project(elsewhere)), 403},
		"the same, unless limited":      {s, "/reports", e.bearer(s.fake, ft.Project(elsewhere)), 204},
		"none":                          {s, "/sso", e.bearer(s.fake, ft.Claim("org_ids", "")), 403},
		"one by a name":                 {s, "/sso", e.bearer(s.fake, ft.Claim("org_ids", "acme")), 403},
	} {
		if got := c.on.status(c.path, c.headers...); got != c.want {
			t.Errorf("%s: %d, not %d: %s", name, got, c.want, c.on.log)
		}
	}
	s.fake.Forget()
	if got := s.status("/sso", one...); got != 204 || s.fake.Calls(ft.CheckFeatureEntitlement) != 0 {
		t.Errorf("again: %d, asked %d times", got, s.fake.Calls(ft.CheckFeatureEntitlement))
	}
	s.fake.DisableOrg(e.org.ID)
	s.clock.Advance(5 * time.Second)
	if got := s.status("/sso", one...); got != 403 {
		t.Errorf("of a disabled organization: %d", got)
	}
	fresh := s.another(t) // which knows of no project
	fresh.demand("/sso", auth.Demands{Features: []string{"sso"}})
	if got := fresh.status("/sso", e.bearer(s.fake, ft.Project(e.project))...); got != 403 {
		t.Errorf("of a project of a disabled organization: %d: %s", got, fresh.log)
	}
	s.fake.EnableOrg(e.org.ID)
	for code, fault := range map[string]ft.Fault{
		"unauthenticated": ft.Status(401, "unauthenticated", "not authenticated"), "denied": ft.Status(403, "permission_denied", "not authorized"),
		"gone": ft.Status(404, "not_found", "user doesn't exist"),
	} {
		s.clock.Advance(5 * time.Second)
		s.fake.Fail(ft.CheckFeatureEntitlement, 1, fault)
		if got := s.status("/sso", one...); got != 403 {
			t.Errorf("of the caller it says %s: %d", code, got)
		}
		if got := s.status("/sso", authorization, "Bearer "+s.fake.Token(e.machine.Principal())); got != 204 {
			t.Errorf("%s, of another one: %d", code, got)
		}
	}
	s.clock.Advance(5 * time.Second)
	s.fake.Fail(ft.CheckFeatureEntitlement, 1, ft.Status(500, "internal", "internal server error"))
	if got := s.status("/sso", one...); got != 503 {
		t.Errorf("it is not known: %d", got)
	}
	if got := s.status("/sso", one...); got != 204 {
		t.Errorf("trouble was remembered: %d", got)
	}
}

// TestRevocationDocs holds that the page shows what is tested.
func TestRevocationDocs(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| what happened | caller | token, local | credential, exchanged | a check | `frontier:identity#online` | `CheckOnline` |\n|---|---|---|---|---|---|---|\n")
	for _, c := range revocations {
		fmt.Fprintf(&table, "| %s | %s |", c.event, c.caller)
		for _, status := range []int{c.local, c.exchange, c.check, c.rule, c.online} {
			text := "admitted"
			if status != 200 {
				text = fmt.Sprint(status)
			}
			table.WriteString(" " + text + " |")
		}
		table.WriteString("\n")
	}
	if !strings.Contains(page(t), table.String()) {
		t.Errorf("docs/frontier.md does not show this table:\n%s", &table)
	}
}
