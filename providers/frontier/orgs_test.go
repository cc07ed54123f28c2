package frontier_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestDisabledOrganization holds that nothing of an organization that is disabled is
// allowed, as the server itself would, and within the time of a decision.
func TestDisabledOrganization(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, k kind) { testDisabledOrganization(t, newServiceOf(t, k.fake, k.opts...)) })
}

func testDisabledOrganization(t *testing.T, s *service) {
	e := s.estate()
	group := s.fake.CreateGroup(e.org.ID, "staff", e.user.Principal())
	s.fake.Grant("app/group:"+group, "app_group_owner", "app/group:"+group)
	s.guarded("/orgs/{id}", "org:{id}#get")
	s.guarded("/projects/{id}", "project:{id}#update")
	s.guarded("/groups/{id}", "group:{id}#update")
	s.guarded("/files/{id}", "storage/file:{id}#upload")
	s.guarded("/either/{id}", "project:{id}#update", "project:{id}#get")
	paths := []string{"/orgs/" + e.org.ID, "/projects/" + e.project, "/groups/" + group, "/files/" + e.file, "/either/" + e.project}
	bearer := e.bearer(s.fake, ft.Project(e.project))
	all := func(name string, want int) {
		t.Helper()
		for _, path := range paths {
			if got := s.status(path, bearer...); got != want {
				t.Errorf("%s: %s: %d, not %d: %s", name, path, got, want, s.log)
			}
		}
	}
	all("enabled", 204)
	if got := s.fake.Calls(ft.GetOrganization); got != 1 {
		t.Errorf("the organization was asked about %d times", got)
	}
	// What is known of the organization is older now than a decision would be.
	s.clock.Advance(5*time.Second - 1)
	all("almost five seconds", 204)
	s.fake.DisableOrg(e.org.ID)
	s.clock.Advance(1)
	all("disabled", 403)
	fresh := s.another(t)
	fresh.guarded("/projects/{id}", "project:{id}#update")
	fresh.guarded("/groups/{id}", "group:{id}#update")
	fresh.guarded("/files/{id}", "storage/file:{id}#upload")
	for _, path := range paths[1:4] {
		if got := fresh.status(path, bearer...); got != 403 {
			t.Errorf("disabled before it was asked about: %s: %d: %s", path, got, fresh.log)
		}
	}
	s.fake.EnableOrg(e.org.ID)
	s.clock.Advance(5 * time.Second)
	all("enabled again", 204)
	for _, c := range []struct {
		name  string
		fault ft.Fault
		want  int
	}{
		// So they answered between v0.91.0 and v0.111.0.
		{"disabled, by its state", ft.Answer(200, "application/json", `{"organization":{"state":"disabled"}}`), 403},
		{"another state", ft.Answer(200, "application/json", `{"organization":{"state":"archived"}}`), 403},
		{"it is not there", ft.Status(404, "not_found", "not found"), 403},
		{"without a state", ft.Answer(200, "application/json", `{"organization":{}}`), 503},
		{"it is not known", ft.Status(500, "internal", "internal server error"), 503},
	} {
		s.fake.Heal()
		s.fake.Fail(ft.GetOrganization, ft.Always, c.fault)
		s.clock.Advance(5 * time.Second)
		all(c.name, c.want)
	}
}

// TestDisabledOrganizationIsShown holds that an organization which is answered about is
// looked at: older servers refuse nobody, and newer ones no superuser.
func TestDisabledOrganizationIsShown(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string][]ft.Option{"connect": nil, "rest": {ft.WithREST()}} {
		s := newServiceOf(t, fake)
		e := s.estate()
		guest := s.fake.CreateUser("guest@example.com") // may not "get" the organization
		s.fake.Grant(guest.Principal(), "app_project_viewer", "app/project:"+e.project)
		s.guarded("/projects/{id}", "project:{id}#get")
		bearer := []string{authorization, "Bearer " + s.fake.Token(guest.Principal())}
		if got := s.status("/projects/"+e.project, bearer...); got != 204 {
			t.Errorf("%s, enabled: %d: %s", name, got, s.log)
		}
		s.fake.DisableOrg(e.org.ID)
		s.clock.Advance(5 * time.Second)
		if got := s.status("/projects/"+e.project, bearer...); got != 403 {
			t.Errorf("%s, disabled: %d: %s", name, got, s.log)
		}
		if got := s.status("/projects/"+e.project, e.bearer(s.fake)...); got != 403 {
			t.Errorf("%s, disabled, to a member: %d: %s", name, got, s.log)
		}
	}
}

// TestDecisionIsAsOldAsItsParts holds that what was known of an organization before a
// decision shortens the time for which that counts.
func TestDecisionIsAsOldAsItsParts(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.estate()
	s.guarded("/get/{id}", "project:{id}#get")
	s.guarded("/project/{id}", "project:{id}#update")
	bearer := e.bearer(s.fake)
	first, second := "/get/"+e.project, "/project/"+e.project
	if got := s.status(first, bearer...); got != 204 {
		t.Fatal(got)
	}
	s.fake.DisableOrg(e.org.ID)
	s.clock.Advance(4 * time.Second)
	if got := s.status(second, bearer...); got != 204 {
		t.Errorf("by what is known of the organization: %d", got)
	}
	s.clock.Advance(time.Second)
	if got := s.status(second, bearer...); got != 403 {
		t.Errorf("five seconds after the organization was asked about: %d", got)
	}
}

// TestNamesOfProjects holds that a name stands no longer for a project than a decision
// counts.
func TestNamesOfProjects(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e, other := s.estate(), s.estateOf("other")
	names := s.another(t, frontier.ResourceNames())
	names.guarded("/projects/{id}", "project:{id}#update")
	path, bearer := "/projects/acme-website", e.bearer(s.fake)
	if got := names.status(path, bearer...); got != 204 {
		t.Fatalf("%d: %s", got, names.log)
	}
	s.fake.DisableOrg(other.org.ID)
	s.fake.Fail(ft.GetProject, ft.Always, ft.Answer(200, "application/json", `{"project":{"id":"`+other.project+`","org_id":"`+other.org.ID+`"}}`))
	s.clock.Advance(5 * time.Second)
	if got := names.status(path, bearer...); got != 403 {
		t.Errorf("the name of a project of a disabled organization now: %d: %s", got, names.log)
	}
}

// TestWhoAsksAboutOrganizations holds that this program asks where the caller may not,
// and what is answered where neither may.
func TestWhoAsksAboutOrganizations(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.estate()
	guest := s.fake.CreateUser("guest@example.com")
	s.fake.Grant(guest.Principal(), "app_project_viewer", "app/project:"+e.project)
	bearer := []string{authorization, "Bearer " + s.fake.Token(guest.Principal())}
	robot := &service{fake: s.fake, clock: s.clock, log: new(log), http: http.NewServeMux()}
	guard, err := frontier.New(t.Context(), s.fake.URL(), frontier.Environment(noEnvironment), frontier.Issuer(s.fake.Issuer()),
		frontier.Credentials(e.opaque.ID, e.opaque.Secret), frontier.Clock(s.clock.Now), frontier.DecisionsFor(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guard.Close() })
	robot.guard = guard
	for name, s := range map[string]*service{"root": s, "robot": robot} {
		s.guarded("/projects/{id}", "project:{id}#get")
		if got := s.status("/projects/"+e.project, bearer...); got != 204 {
			t.Errorf("%s: %d: %s", name, got, s.log)
		}
	}
	for code, fault := range map[string]ft.Fault{
		"unauthenticated": ft.Status(401, "unauthenticated", "not authenticated"), "denied": ft.Status(403, "permission_denied", "not authorized"),
		"gone": ft.Status(404, "not_found", "user doesn't exist"),
	} {
		s.fake.Fail(ft.GetOrganization, 1, fault)
		if got := robot.status("/projects/"+e.project, e.bearer(s.fake)...); got != 204 {
			t.Errorf("of the caller it says %s: %d: %s", code, got, robot.log)
		}
	}
	s.fake.Revoke(e.machine.Principal(), "app_organization_viewer", "app/organization:"+e.org.ID)
	if got := robot.status("/projects/"+e.project, bearer...); got != 503 {
		t.Errorf("nobody may ask: %d", got)
	}
}

// TestProjectOfResource holds how the organization of a resource of an own namespace
// is found, and that it is not guessed.
func TestProjectOfResource(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, k kind) { testProjectOfResource(t, newServiceOf(t, k.fake), k.opts) })
}

func testProjectOfResource(t *testing.T, s *service, opts []frontier.Option) {
	e := s.estate()
	of := func(project string, err error) frontier.Option {
		return frontier.ResourceProject(func(context.Context, string, string) (string, error) { return project, err })
	}
	for name, c := range map[string]struct {
		opts  []frontier.Option
		token []ft.TokenOption
		want  int
	}{
		"nobody knows":            {nil, nil, 503},
		"by the token's project":  {nil, []ft.TokenOption{ft.Project(e.project)}, 204},
		"by the client's project": {[]frontier.Option{frontier.Project(e.project)}, nil, 204},
		"by the function":         {[]frontier.Option{of(e.project, nil)}, nil, 204},
		"the function fails":      {[]frontier.Option{of("", errors.New("database"))}, nil, 503},
		"it tells nothing":        {[]frontier.Option{of("", nil)}, nil, 503},
		"it tells a name":         {[]frontier.Option{of("acme-website", nil)}, nil, 503},
		"it tells a wrong one":    {[]frontier.Option{of(someID, nil)}, nil, 503},
	} {
		on := s.another(t, append(c.opts, opts...)...)
		on.guarded("/files/{id}", "storage/file:{id}#upload")
		if got := on.status("/files/"+e.file, e.bearer(s.fake, c.token...)...); got != c.want {
			t.Errorf("%s: %d, not %d: %s", name, got, c.want, on.log)
		}
	}
}

// TestParents holds that what a project is part of is known by uuid, and for ten
// minutes.
func TestParents(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.estate()
	s.guarded("/projects/{id}", "project:{id}#update")
	step := func(name string, want, calls int) {
		t.Helper()
		s.fake.Forget()
		if got := s.status("/projects/"+e.project, e.bearer(s.fake)...); got != want || s.fake.Calls(ft.GetProject) != calls {
			t.Errorf("%s: %d, not %d, and asked %d times: %s", name, got, want, s.fake.Calls(ft.GetProject), s.log)
		}
	}
	s.fake.Fail(ft.GetProject, 1, ft.Answer(200, "application/json", `{"project":{"org_id":"acme"}}`))
	step("by a name", 503, 1)
	step("by its uuid", 204, 1)
	s.clock.Advance(10*time.Minute - 5*time.Second)
	step("almost ten minutes", 204, 0)
	s.clock.Advance(5 * time.Second) // for which a decision counts
	step("ten minutes", 204, 1)
}
