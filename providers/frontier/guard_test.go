package frontier_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

const (
	authorization = "Authorization"
	userToken     = "X-User-Token"
	cookie        = "Cookie"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// otherBits changes the bits of Basic credentials that are of no byte (RFC 4648 section
// 3.5), for which a text that ends with one "=" has two.
func otherBits(value string) string {
	at := len(value) - 2
	return value[:at] + string(value[at]+1) + "="
}

// TestCredentials holds who is admitted by what, by servers of both kinds, and that
// nothing is asked about what cannot be good.
func TestCredentials(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string][]ft.Option{"connect": nil, "rest": {ft.WithREST()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServiceOf(t, fake)
			f, p := s.fake, s.people()
			ada, robot, pat := "user "+p.user.ID, "service "+p.machine.ID, "pat "+p.pat.ID
			secret43 := strings.Repeat("x", 43)
			upper := f.CreateCredential(p.machine.ID) // the id in lower case would be the same credential
			for name, c := range map[string]struct {
				want    int
				says    string
				asks    bool // of AuthToken
				headers []string
			}{
				"a user's token":         {200, ada, false, []string{authorization, "Bearer " + f.Token(p.user.Principal())}},
				"a service user's token": {200, robot, false, []string{authorization, "bearer " + f.Token(p.machine.Principal())}},
				"a token's token":        {200, pat, false, []string{authorization, "Bearer " + f.Token(p.pat.Principal())}},
				"X-User-Token":           {200, ada, false, []string{userToken, f.Token(p.user.Principal())}},
				"personal access token":  {200, pat, true, []string{authorization, "Bearer " + p.pat.Token}},
				"personal, X-User-Token": {200, pat, true, []string{userToken, p.pat.Token}},
				"assertion":              {200, robot, true, []string{authorization, "Bearer " + f.Assertion(p.key)}},
				"the same, X-User-Token": {200, robot, true, []string{userToken, f.Assertion(p.key)}},
				"without exp, X-User-T.": {401, "", false, []string{userToken, f.Assertion(p.key, ft.Claim("exp", nil))}},
				"id and secret":          {200, robot, true, []string{authorization, p.secret.Basic()}},
				"id in upper case":       {200, robot, true, []string{authorization, basic(strings.ToUpper(upper.ID), upper.Secret)}},
				"opaque token":           {200, robot, true, []string{authorization, p.opaque.Basic()}},
				"session":                {200, ada, true, []string{cookie, "sid=" + p.session.Cookie}},
				"nothing":                {401, "", false, nil},
				"expired":                {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.ValidFor(-time.Hour))}},
				"forged":                 {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Forged())}},
				"tampered":               {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Tampered())}},
				"alg none":               {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Unsigned())}},
				"HS256":                  {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Confused())}},
				"another issuer":         {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Claim("iss", "https://x.example"))}},
				"another gen":            {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Claim("gen", "user"))}},
				"no gen":                 {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Claim("gen", nil))}},
				"another sub_type":       {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Claim("sub_type", "app/group"))}},
				"no uuid":                {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Claim("sub", "ada"))}},
				"no jti":                 {401, "", false, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Claim("jti", nil))}},
				"assertion without kid":  {401, "", false, []string{authorization, "Bearer " + f.Assertion(p.key, ft.Claim("kid", nil))}},
				"no kid in its header":   {401, "", false, []string{authorization, "Bearer " + f.Assertion(p.key, ft.Header("kid", nil))}},
				"assertion with gen":     {401, "", false, []string{authorization, "Bearer " + f.Assertion(p.key, ft.Claim("gen", "system"), ft.Claim("sub_type", "app/serviceuser"))}},
				"assertion without exp":  {401, "", false, []string{authorization, "Bearer " + f.Assertion(p.key, ft.Claim("exp", nil))}},
				"assertion without jti":  {401, "", false, []string{authorization, "Bearer " + f.Assertion(p.key, ft.Claim("jti", nil))}},
				"forged assertion":       {401, "", true, []string{authorization, "Bearer " + f.Assertion(p.key, ft.Forged())}},
				"unknown personal token": {401, "", true, []string{authorization, "Bearer fpt_" + secret43}},
				"short personal token":   {401, "", false, []string{authorization, "Bearer fpt_x"}},
				"opaque token as Bearer": {401, "", false, []string{authorization, "Bearer " + p.opaque.Secret}},
				"unknown secret":         {401, "", true, []string{authorization, basic(p.secret.ID, secret43)}},
				"id is no uuid":          {401, "", false, []string{authorization, basic("su_1", secret43)}},
				"secret of another form": {401, "", false, []string{authorization, basic(p.secret.ID, "secret")}},
				"a longer opaque token":  {401, "", false, []string{authorization, basic(p.opaque.ID, p.opaque.Secret+"00")}},
				"no base64":              {401, "", false, []string{authorization, "Basic x"}},
				"a token as session":     {401, "", false, []string{cookie, "sid=" + f.Token(p.user.Principal())}},
				"unknown session":        {401, "", true, []string{cookie, "sid=eHg"}},
				// Of the length of what the server makes, and of other characters.
				"secret with a hyphen":  {401, "", false, []string{authorization, basic(p.secret.ID, secret43[1:]+"-")}},
				"secret with a colon":   {401, "", false, []string{authorization, basic(p.secret.ID, secret43[1:]+":")}},
				"opaque token, no hex":  {401, "", false, []string{authorization, basic(p.opaque.ID, strings.Repeat("x", 64))}},
				"personal token with +": {401, "", false, []string{authorization, "Bearer fpt_" + secret43[1:] + "+"}},
				"session with +":        {401, "", false, []string{cookie, "sid=eHg+"}},
				"session of 4097":       {401, "", false, []string{cookie, "sid=" + strings.Repeat("x", 4097)}},
				"id without hyphens":    {401, "", false, []string{authorization, basic(strings.ReplaceAll(p.secret.ID, "-", ""), p.secret.Secret)}},
				"base64 of other bits":  {401, "", false, []string{authorization, otherBits(p.secret.Basic())}},
			} {
				f.Forget()
				response := s.ask("/any", c.headers...)
				if says := body(t, response); response.StatusCode != c.want || !strings.HasPrefix(says, c.says) && c.want == 200 {
					t.Errorf("%s: %d %s", name, response.StatusCode, says)
				}
				asked := f.Requests(ft.AuthToken)
				mine := len(asked)
				for _, r := range asked {
					if r.Header.Get(authorization) == s.program.Basic() {
						mine-- // its own, for the keys
					}
				}
				if (mine > 0) != c.asks {
					t.Errorf("%s: asked %d times", name, mine)
				}
				for i := 1; i < len(c.headers); i += 2 {
					if len(c.headers[i]) > 20 {
						hides(t, s.log.String(), c.headers[i])
					}
				}
			}
			hides(t, s.log.String(), p.secret.Secret, p.opaque.Secret, p.pat.Token, p.session.Cookie, s.program.Secret)
		})
	}
}

// TestIdentity holds what handlers and rules learn.
func TestIdentity(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	other := f.CreateOrg("other")
	admit := func(token string) *auth.Identity {
		t.Helper()
		id, err := s.guard.Validate(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	user := admit(f.Token(p.user.Principal(), ft.SessionOf(p.session), ft.Project("p1")))
	if user.Kind() != auth.KindUser || user.UserID() != p.user.ID || user.Email() != "ada@acme.example" || user.SessionID() != p.session.ID ||
		frontier.ProjectID(user) != "p1" || frontier.AuthVia(user) != "session" || len(user.Tenants()) != 1 || user.Tenants()[0] != p.org.ID {
		t.Errorf("a user: %v", user)
	}
	old := admit(f.Token(p.user.Principal(), ft.Claim("sid", nil), ft.Claim("session_id", "s9"), ft.Claim("org_ids", ""), ft.Claim("auth_via", nil)))
	if old.SessionID() != "s9" || len(old.Tenants()) != 0 || frontier.AuthVia(old) != "" || frontier.ProjectID(old) != "" {
		t.Errorf("a user of an older server: %v", old)
	}
	pat := admit(p.pat.Token)
	if pat.Kind() != auth.KindPAT || pat.Subject() != p.pat.ID || pat.UserID() != p.user.ID || frontier.AuthVia(pat) != "pat" {
		t.Errorf("a personal access token: %v", pat)
	}
	robot := admit(f.Token(p.machine.Principal()))
	if robot.Kind() != auth.KindService || robot.UserID() != "" || robot.Subject() != p.machine.ID {
		t.Errorf("a service user: %v", robot)
	}
	bearer := "Bearer " + f.Token(p.user.Principal())
	for path, want := range map[string]int{"/org/" + p.org.ID: 200, "/org/" + other.ID: 403, "/user/" + p.user.ID: 200, "/user/" + p.machine.ID: 403} {
		if got := s.status(path, authorization, bearer); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
	if got := s.status("/org/"+p.org.ID, authorization, "Bearer "+f.Token(p.user.Principal(), ft.Claim("org_ids", ""))); got != 403 {
		t.Errorf("of no organization: %d", got)
	}
}

// TestNarrowed holds what Orgs and Projects refuse, and that a guard without them
// warns at start.
func TestNarrowed(t *testing.T) {
	t.Parallel()
	wide := newService(t)
	f, p := wide.fake, wide.people()
	other := f.CreateOrg("other")
	project := f.CreateProject(p.org.ID, "red")
	f.Grant(p.user.Principal(), "app_project_viewer", "app/project:"+project.ID)
	token := f.Token(p.user.Principal())
	const warning = "tokens have no audience"
	for name, c := range map[string]struct {
		opts  []frontier.Option
		plain int
		ofRed int
		by    int // a session
		warns bool
		weak  int // weaknesses beside the loopback address
	}{
		"wide":         {plain: 200, ofRed: 200, by: 200, warns: true, weak: 1},
		"its org":      {opts: []frontier.Option{frontier.Orgs(strings.ToUpper(p.org.ID), other.ID)}, plain: 200, ofRed: 200, by: 200, weak: 1},
		"another org":  {opts: []frontier.Option{frontier.Orgs(other.ID)}, plain: 401, ofRed: 401, by: 401, weak: 1},
		"its project":  {opts: []frontier.Option{frontier.Projects(project.ID)}, plain: 401, ofRed: 200, by: 401},
		"by X-Project": {opts: []frontier.Option{frontier.Projects(project.ID), frontier.Project("red")}, plain: 401, ofRed: 200, by: 200},
		"not its own":  {opts: []frontier.Option{frontier.Projects(other.ID)}, plain: 401, ofRed: 401, by: 401},
		"both":         {opts: []frontier.Option{frontier.Projects(project.ID), frontier.Orgs(other.ID)}, plain: 401, ofRed: 401, by: 401},
	} {
		s := wide.another(t, c.opts...)
		if got := s.status("/any", authorization, "Bearer "+token); got != c.plain {
			t.Errorf("%s: %d\n%s", name, got, s.log)
		}
		if got := s.status("/any", authorization, "Bearer "+f.Token(p.user.Principal(), ft.Project(project.ID))); got != c.ofRed {
			t.Errorf("%s, of the project: %d\n%s", name, got, s.log)
		}
		if got := s.status("/any", cookie, "sid="+p.session.Cookie); got != c.by {
			t.Errorf("%s, a session: %d\n%s", name, got, s.log)
		}
		if got := strings.Contains(s.log.String(), warning); got != c.warns {
			t.Errorf("%s: warns: %v", name, got)
		}
		weak := 0
		for _, w := range s.guard.Weaknesses() {
			if w.Kind == auth.WeakNoAudience {
				weak++
			}
		}
		if weak != c.weak {
			t.Errorf("%s: %v", name, s.guard.Weaknesses())
		}
	}
}

// TestSeveralCredentials holds that two are refused, and in which order the server's
// order tries them.
func TestSeveralCredentials(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	ordered := s.another(t, frontier.ServerOrder())
	eve := f.CreateUser("eve@example.com")
	jwt, pat, assertion := f.Token(eve.Principal()), p.pat.Token, f.Assertion(p.key)
	session, bad := "sid="+p.session.Cookie, "sid=eHg"
	ofEve, ofAda, robot := "user "+eve.ID, "user "+p.user.ID, "service "+p.machine.ID
	for name, c := range map[string]struct {
		headers         []string
		strict, ordered string // who, or the status
	}{
		"session, token":                 {[]string{cookie, session, authorization, "Bearer " + jwt}, ofEve, ofAda},
		"session, bad token":             {[]string{cookie, session, authorization, "Bearer " + jwt + "x"}, "401", ofAda},
		"session, secret":                {[]string{cookie, session, authorization, p.secret.Basic()}, robot, ofAda},
		"bad session, token":             {[]string{cookie, bad, authorization, "Bearer " + jwt}, ofEve, ofEve},
		"token, secret":                  {[]string{userToken, jwt, authorization, p.secret.Basic()}, "400", ofEve},
		"assertion, secret":              {[]string{userToken, assertion, authorization, p.opaque.Basic()}, "400", robot},
		"unreadable token, secret":       {[]string{userToken, "x", authorization, p.secret.Basic()}, "400", robot},
		"bad signature, secret":          {[]string{userToken, f.Token(eve.Principal(), ft.Tampered()), authorization, p.secret.Basic()}, "400", "401"},
		"forged assertion, secret":       {[]string{userToken, f.Assertion(p.key, ft.Forged()), authorization, p.secret.Basic()}, "400", "401"},
		"unknown personal token, secret": {[]string{userToken, "fpt_" + strings.Repeat("x", 43), authorization, p.secret.Basic()}, "400", "401"},
		"short personal token, secret":   {[]string{userToken, "fpt_x", authorization, p.secret.Basic()}, "400", "401"},
		"a token as session, token":      {[]string{cookie, "sid=" + f.Token(p.user.Principal()), authorization, "Bearer " + jwt}, ofEve, ofEve},
		"an expired one, token":          {[]string{cookie, "sid=" + f.Token(p.user.Principal(), ft.ValidFor(-time.Hour)), authorization, "Bearer " + jwt}, ofEve, ofEve},
		"two bearers":                    {[]string{userToken, pat, authorization, "Bearer " + jwt}, "400", ofEve},
		"twice":                          {[]string{authorization, "Bearer " + jwt, authorization, "Bearer " + jwt}, "400", "400"},
	} {
		for service, want := range map[*service]string{s: c.strict, ordered: c.ordered} {
			response := service.ask("/any", c.headers...)
			got := body(t, response)
			if response.StatusCode != 200 {
				got = response.Status[:3]
			}
			if got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
}
