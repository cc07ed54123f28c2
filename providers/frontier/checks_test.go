package frontier_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

// guarded adds a route whose rule demands one of checks, which are written as rules
// have them.
func (s *service) guarded(pattern string, checks ...string) {
	s.demand(pattern, auth.Demands{Checks: parseChecks(checks...)})
}

func (s *service) demand(pattern string, demands auth.Demands) {
	s.http.(*http.ServeMux).HandleFunc(pattern, nethttp.HandlerIdentity(s.guard, restricted(demands), func(w http.ResponseWriter, _ *http.Request, _ *auth.Identity) {
		w.WriteHeader(http.StatusNoContent)
	}))
}

func parseChecks(texts ...string) (checks []auth.ResourceCheck) {
	for _, text := range texts {
		object, permission, _ := strings.Cut(text, "#")
		typ, id, _ := strings.Cut(object, ":")
		checks = append(checks, auth.ResourceCheck{Type: typ, ID: id, Permission: permission})
	}
	return checks
}

// estate is what rules ask about.
type estate struct {
	people
	project, file string
}

func (s *service) estate() estate { return s.estateOf("acme") }

// estateOf makes an organization whose user may update one project and, by owning it,
// do everything with one file.
func (s *service) estateOf(org string) estate {
	f := s.fake
	e := estate{people: s.peopleOf(org)}
	e.project = f.CreateProject(e.org.ID, org+"-website").ID
	f.Grant(e.user.Principal(), "app_project_manager", "app/project:"+e.project)
	f.CreatePermission("storage.file.upload", "storage.file.uploadfile", "storage.file.get")
	e.file = f.CreateResource(e.project, "storage/file", "logo", e.user.Principal())
	return e
}

func (e estate) bearer(f *ft.Server, opts ...ft.TokenOption) []string {
	return []string{authorization, "Bearer " + f.Token(e.user.Principal(), opts...)}
}

const someID = "00000000-0000-4000-8000-000000000001"

// TestChecks holds what checks of rules decide, by servers of both kinds.
func TestChecks(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string][]ft.Option{"connect": nil, "rest": {ft.WithREST()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServiceOf(t, fake, frontier.Permissions(map[string]string{"putFile": "upload"}),
				frontier.ResourceProject(func(context.Context, string, string) (string, error) { return "", nil }))
			e := s.estate()
			of := func(project string) frontier.Option {
				return frontier.ResourceProject(func(_ context.Context, namespace, id string) (string, error) {
					if namespace != "storage/file" || id != e.file {
						t.Errorf("asked about %s:%s", namespace, id)
					}
					return project, nil
				})
			}
			s = s.another(t, frontier.Permissions(map[string]string{"putFile": "upload"}), of(e.project))
			names := s.another(t, frontier.ResourceNames())
			for name, c := range map[string]struct {
				on    *service
				check string // of the path's last segment
				id    string
				want  int
				asks  bool
			}{
				"allowed":                    {s, "project:{id}#update", e.project, 204, true},
				"denied":                     {s, "project:{id}#delete", e.project, 403, true},
				"the namespace":              {s, "app/project:{id}#get", e.project, 204, true},
				"an organization":            {s, "organization:{id}#get", e.org.ID, 204, true},
				"an alias":                   {s, "org:{id}#get", e.org.ID, 204, true},
				"denied on it":               {s, "org:{id}#update", e.org.ID, 403, true},
				"an own namespace":           {s, "storage/file:{id}#uploadFile", e.file, 204, true},
				"a permission of other name": {s, "storage/file:{id}#putFile", e.file, 204, true},
				"an id that there is not":    {s, "project:{id}#get", someID, 403, true},
				"no uuid":                    {s, "project:{id}#get", "acme-website", 403, false},
				"an own one by name":         {names, "storage/file:{id}#get", "logo", 403, false},
				"a project by name":          {names, "project:{id}#update", "acme-website", 204, true},
				"an organization by name":    {names, "org:{id}#get", "acme", 204, true},
				"a name that there is not":   {names, "project:{id}#update", "other", 403, true},
				"a name that is none":        {names, "project:{id}#update", "a:b", 403, false},
				"a name that is too long":    {names, "project:{id}#update", strings.Repeat("x", 257), 403, false},
			} {
				pattern := "/" + strings.ReplaceAll(name, " ", "-")
				c.on.guarded(pattern+"/{id}", c.check)
				s.fake.Forget()
				headers := e.bearer(s.fake)
				if got := c.on.status(pattern+"/"+c.id, headers...); got != c.want {
					t.Errorf("%s: %d, not %d: %s", name, got, c.want, c.on.log)
				}
				asked := s.fake.Requests(ft.CheckResourcePermission)
				if (len(asked) == 1) != c.asks || len(asked) > 1 {
					t.Errorf("%s: asked %d times", name, len(asked))
				}
				if len(asked) == 1 && asked[0].Header.Get(authorization) != headers[1] {
					t.Errorf("%s: not asked with the caller's credential", name)
				}
			}
		})
	}
}

// TestChecksOfOthers holds that identities of another issuer are allowed nothing, also
// where it is remembered what the same subject of this server may, and that the server
// never sees their tokens.
func TestChecksOfOthers(t *testing.T) {
	t.Parallel()
	clock := authtest.NewClock(time.Now().Truncate(time.Second))
	other := authtest.New(t, authtest.WithClock(clock))
	s := &service{fake: ft.New(t, ft.WithClock(clock)), clock: clock}
	users := auth.Assertion{Kinds: auth.KindUser}
	s = s.another(t, frontier.GuardOptions(other.Trust(auth.Name("other"), auth.Asserts(users))),
		frontier.IssuerOptions(auth.Asserts(users)), frontier.CheckOnline(time.Second))
	e := s.estate()
	s.guarded("/projects/{id}", "project:{id}#get", "frontier:identity#online")
	s.guarded("/one/{id}", "project:{id}#get")
	s.demand("/sso", auth.Demands{Features: []string{"sso"}})
	s.fake.Entitle(e.org.ID, "sso", true)
	for _, path := range []string{"/projects/" + e.project, "/one/" + e.project} {
		if got := s.status(path, e.bearer(s.fake)...); got != 204 { // and is remembered
			t.Errorf("%s, of this issuer: %d: %s", path, got, s.log)
		}
	}
	token := other.Token(authtest.User(e.user.ID))
	for path, want := range map[string]int{"/any": 200, "/projects/" + e.project: 403, "/one/" + e.project: 403, "/sso": 403} {
		if got := s.status(path, authorization, "Bearer "+token); got != want {
			t.Errorf("%s: %d, not %d: %s", path, got, want, s.log)
		}
	}
	for _, r := range s.fake.Requests(ft.Any) {
		if strings.Contains(r.Header.Get(authorization), token) {
			t.Errorf("the server was shown the token of another issuer")
		}
	}
}

// TestAlternatives holds that alternatives are asked at once, and that one which the
// server does not know leaves the others as they are.
func TestAlternatives(t *testing.T) {
	t.Parallel()
	s := newService(t, frontier.DecisionsFor(0))
	e := s.estate()
	s.http = http.NewServeMux()
	unknown := "storage/file:" + someID + "#transmogrify"
	s.fake.Stop() // permissions are not compared at start then
	s.guarded("/known/{id}", "project:{id}#delete", "project:{id}#update")
	s.guarded("/denied/{id}", "project:{id}#delete", "project:{id}#policymanage")
	s.guarded("/mixed/{id}", unknown, "project:{id}#delete", "project:{id}#update")
	s.guarded("/unknown/{id}", unknown, "project:{id}#delete")
	s.fake.Restart()
	bearer := e.bearer(s.fake)
	type calls struct{ batch, single, list int }
	for i, c := range []struct {
		path  string
		want  int
		calls calls
	}{
		{"/known/", 204, calls{1, 0, 0}},
		{"/denied/", 403, calls{1, 0, 0}},
		{"/mixed/", 204, calls{1, 3, 1}},
		{"/mixed/", 204, calls{1, 0, 0}}, // it is known to be unknown
		{"/unknown/", 503, calls{0, 1, 0}},
	} {
		s.fake.Forget()
		if got := s.status(c.path+e.project, bearer...); got != c.want {
			t.Errorf("%d: %s: %d: %s", i, c.path, got, s.log)
		}
		got := calls{s.fake.Calls(ft.BatchCheckPermission), s.fake.Calls(ft.CheckResourcePermission), s.fake.Calls(ft.ListPermissions)}
		if got != c.calls {
			t.Errorf("%d: %s: asked %+v", i, c.path, got)
		}
	}
	if !strings.Contains(s.log.String(), "storage.file.transmogrify") {
		t.Errorf("the log does not name the permission: %s", s.log)
	}
	s.fake.CreatePermission("storage.file.transmogrify")
	s.clock.Advance(30 * time.Second)
	if got := s.status("/unknown/"+e.project, bearer...); got != 403 {
		t.Errorf("after it was created: %d", got)
	}
}

// TestDecisions holds how long decisions count, what is not remembered, and that who
// asks the same at a time waits for one answer.
func TestDecisions(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.estate()
	s.guarded("/projects/{id}", "project:{id}#update")
	path, bearer := "/projects/"+e.project, e.bearer(s.fake)
	step := func(name string, want, calls int) {
		t.Helper()
		s.fake.Forget()
		if got := s.status(path, bearer...); got != want {
			t.Errorf("%s: %d, not %d", name, got, want)
		}
		if got := s.fake.Calls(ft.CheckResourcePermission); got != calls {
			t.Errorf("%s: asked %d times", name, got)
		}
	}
	s.fake.Fail(ft.CheckResourcePermission, 1, ft.Status(503, "unavailable", "down"))
	step("unavailable", 503, 1)
	step("an error is not remembered", 204, 1)
	s.fake.Revoke(e.user.Principal(), "app_project_manager", "app/project:"+e.project)
	step("taken away", 204, 0)
	s.clock.Advance(5*time.Second - 1)
	step("almost five seconds", 204, 0)
	s.clock.Advance(1)
	step("five seconds", 403, 1)
	step("a denial counts too", 403, 0)
	if got := s.status(path, authorization, "Bearer "+s.fake.Token(e.machine.Principal())); got != 403 || s.fake.Calls(ft.CheckResourcePermission) != 1 {
		t.Errorf("another identity: %d, asked %d times", got, s.fake.Calls(ft.CheckResourcePermission))
	}

	s.clock.Advance(5 * time.Second)
	s.fake.Forget()
	release := s.fake.Hold(ft.CheckResourcePermission)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if got := s.status(path, bearer...); got != 403 {
				t.Errorf("at a time: %d", got)
			}
		})
	}
	if err := s.fake.Await(t.Context(), ft.CheckResourcePermission, 1); err != nil {
		t.Fatal(err)
	}
	release()
	wait.Wait()
	if got := s.fake.Calls(ft.CheckResourcePermission); got != 1 {
		t.Errorf("eight at a time asked %d times", got)
	}
}

// TestKnownAnswersAreFree holds that what is remembered costs no memory.
func TestKnownAnswersAreFree(t *testing.T) { // not parallel, for AllocsPerRun
	s := newService(t)
	e := s.estate()
	client := s.connect(t, frontier.CheckOnline(time.Minute))
	guard, err := client.Guard(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer guard.Close()
	id, err := guard.Validate(t.Context(), s.fake.Token(e.user.Principal()))
	if err != nil {
		t.Fatal(err)
	}
	checker, revocations := frontier.CheckerOf(client), frontier.RevocationsOf(client)
	ctx := t.Context()
	for name, ask := range map[string]func() (bool, error){
		"check":            func() (bool, error) { return checker.Check(ctx, id, "project", e.project, "update") },
		"online by a rule": func() (bool, error) { return checker.Check(ctx, id, "frontier", "identity", "online") },
		"online":           func() (bool, error) { gone, err := revocations.Revoked(ctx, id); return !gone, err },
	} {
		if got := testing.AllocsPerRun(100, func() {
			if yes, err := ask(); !yes || err != nil {
				t.Errorf("%s: %v %v", name, yes, err)
			}
		}); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

// TestRefusedChecks holds what answers that are no success mean, and which are
// remembered.
func TestRefusedChecks(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.estate()
	s.guarded("/one/{id}", "project:{id}#update")
	s.guarded("/several/{id}", "project:{id}#delete", "project:{id}#update")
	always := func(fault ft.Fault) func(string) ft.Fault { return func(string) ft.Fault { return fault } }
	refusal := func(status int, code, text string) func(string) ft.Fault {
		return always(ft.Status(status, code, text))
	}
	const one = `{"body":{"resource":"app/project:PROJECT"},"status":true}`
	named := func(permission string, status bool) string {
		return fmt.Sprintf(`{"body":{"resource":"app/project:PROJECT","permission":%q},"status":%v}`, permission, status)
	}
	pairs := func(pairs string) func(string) ft.Fault {
		return func(project string) ft.Fault {
			return ft.Answer(200, "application/json", `{"pairs":[`+strings.ReplaceAll(pairs, "PROJECT", project)+`]}`)
		}
	}
	for name, c := range map[string]struct {
		path  string
		fault func(project string) ft.Fault
		want  int
		kept  bool
	}{
		"unauthenticated":      {"/one/", refusal(401, "unauthenticated", "not authenticated"), 403, false},
		"permission denied":    {"/one/", refusal(403, "permission_denied", "not authorized"), 403, true},
		"the user is gone":     {"/one/", refusal(404, "not_found", "user doesn't exist"), 403, true},
		"disabled":             {"/one/", refusal(400, "failed_precondition", "org is disabled"), 403, true},
		"not found":            {"/one/", refusal(404, "not_found", "not found"), 403, false},
		"invalid":              {"/one/", refusal(400, "invalid_argument", "invalid"), 503, false},
		"internal":             {"/one/", refusal(500, "internal", "internal server error"), 503, false},
		"500, and denied":      {"/one/", refusal(500, "permission_denied", "not authorized"), 503, false},
		"500, and gone":        {"/one/", refusal(500, "not_found", "user doesn't exist"), 503, false},
		"invalid, and gone":    {"/one/", refusal(400, "invalid_argument", "user doesn't exist"), 503, false},
		"too many":             {"/one/", refusal(429, "resource_exhausted", "slow down"), 503, false},
		"garbage":              {"/one/", always(ft.Garbage()), 503, false},
		"no answer":            {"/one/", always(ft.Drop()), 503, false},
		"no status":            {"/one/", always(ft.Answer(200, "application/json", "{}")), 403, true},
		"all denied":           {"/several/", refusal(403, "permission_denied", "not authorized"), 403, true},
		"status of a text":     {"/one/", always(ft.Answer(200, "application/json", `{"status":"true"}`)), 503, false},
		"said twice":           {"/one/", always(ft.Answer(200, "application/json", `{"status":true,"Status":true}`)), 403, true},
		"too few answers":      {"/several/", pairs(one), 503, false},
		"too many answers":     {"/several/", pairs(one + "," + one + "," + one), 503, false},
		"of another type":      {"/several/", pairs(strings.ReplaceAll(one+","+one, "app/project", "app/group")), 503, false},
		"answers to something": {"/several/", pairs(strings.ReplaceAll(one+","+one, "PROJECT", someID)), 503, false},
		"in another order":     {"/several/", pairs(named("update", true) + "," + named("delete", false)), 503, false},
		"of one twice":         {"/several/", pairs(named("delete", false) + "," + named("delete", true)), 503, false},
		"by their slugs":       {"/several/", pairs(named("app_project_delete", false) + "," + named("app_project_update", true)), 204, true},
		"of another slug":      {"/several/", pairs(named("delete", false) + "," + named("app_organization_update", true)), 503, false},
		"the second":           {"/several/", pairs(`{"body":{"resource":"app/project:PROJECT"}},` + one), 204, true},
	} {
		project := s.fake.CreateProject(e.org.ID, strings.ReplaceAll("project "+name, " ", "-")).ID
		s.fake.Grant(e.user.Principal(), "app_project_manager", "app/project:"+project)
		for _, rpc := range []ft.RPC{ft.CheckResourcePermission, ft.BatchCheckPermission} {
			s.fake.Fail(rpc, 1, c.fault(project))
		}
		if got := s.status(c.path+project, e.bearer(s.fake)...); got != c.want {
			t.Errorf("%s: %d, not %d: %s", name, got, c.want, s.log)
		}
		s.fake.Heal()
		want := 204
		if c.kept {
			want = c.want
		}
		if got := s.status(c.path+project, e.bearer(s.fake)...); got != want {
			t.Errorf("%s: %d then, not %d", name, got, want)
		}
	}
}
