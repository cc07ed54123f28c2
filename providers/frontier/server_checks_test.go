package frontier_test

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	auth "github.com/authgen/authgen/runtime"
)

// withoutList keeps a client from the list of permissions, while it is down.
type withoutList struct{ down atomic.Bool }

func (l *withoutList) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.down.Load() && strings.HasSuffix(r.URL.Path, "ermissions") {
		return nil, errors.New("down")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestServerChecks holds what checks of rules decide: of one permission and of several,
// by ids and by names, and in an organization that is disabled.
func TestServerChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.newOrg()
	project, called := w.newProject(org)
	group := w.must(t, "CreateGroup", jsonObject{"org_id": org, "body": jsonObject{"name": name(), "title": "staff"}}, w.owner.headers()...).text("group", "id")
	user, machine := w.newMember(org), w.newRobot(org)
	opaque := w.opaqueOf(machine)
	list := new(withoutList)
	s, names := w.service(frontier.Transport(list)), w.service(frontier.ResourceNames())
	list.down.Store(true) // permissions are not compared with the server's then
	checks := map[string][]string{
		"org-get": {"org:{id}#get"}, "org-update": {"organization:{id}#update"}, "project-get": {"project:{id}#get"}, "project-delete": {"app/project:{id}#delete"},
		"group-get": {"group:{id}#get"}, "either": {"org:{id}#update", "org:{id}#get"}, "neither": {"org:{id}#update", "org:{id}#delete"},
		"mixed": {"org:{id}#transmogrify", "org:{id}#update", "org:{id}#get"}, "unknown": {"org:{id}#transmogrify"},
	}
	for path, of := range checks {
		s.guarded("/"+path+"/{id}", of...)
	}
	list.down.Store(false)
	names.guarded("/org-get/{id}", "org:{id}#get")
	names.guarded("/project-get/{id}", "project:{id}#get")
	owner, member := w.owner.headers(), user.headers()
	robot := []string{authorization, opaque.Basic()}
	type row struct {
		on      *service
		path    string
		headers []string
		want    int
	}
	ask := func(rows map[string]row) {
		t.Helper()
		for name, c := range rows {
			if got := c.on.status(c.path, c.headers...); got != c.want {
				t.Errorf("%s: %d, not %d\n%s", name, got, c.want, c.on.log)
			}
		}
	}
	ask(map[string]row{
		"a member may see the organization":        {s, "/org-get/" + org, member, 204},
		"and not change it":                        {s, "/org-update/" + org, member, 403},
		"its owner may":                            {s, "/org-update/" + org, owner, 204},
		"a service user may see it":                {s, "/org-get/" + org, robot, 204},
		"and not change it ":                       {s, "/org-update/" + org, robot, 403},
		"the owner may delete projects":            {s, "/project-delete/" + project, owner, 204},
		"a member may not":                         {s, "/project-delete/" + project, member, 403},
		"the owner may see the group":              {s, "/group-get/" + group, owner, 204},
		"a member may one of two":                  {s, "/either/" + org, member, 204},
		"none of two":                              {s, "/neither/" + org, member, 403},
		"one of three, which are not all known":    {s, "/mixed/" + org, member, 204},
		"one that is not known":                    {s, "/unknown/" + org, member, 503},
		"an id that there is not":                  {s, "/project-get/" + someID, owner, 403},
		"a name, where names are not allowed":      {s, "/project-get/" + called, owner, 403},
		"a name, where they are":                   {names, "/project-get/" + called, owner, 204},
		"a name that there is not":                 {names, "/project-get/" + name(), owner, 403},
		"an id, where names are allowed":           {names, "/org-get/" + org, member, 204},
		"somebody else":                            {s, "/org-get/" + org, w.login().headers(), 403},
		"a resource of the owner's, and no member": {s, "/project-get/" + project, robot, 403},
	})
	if !w.old {
		personal := []string{authorization, "Bearer " + w.newPAT(w.owner, org).Token}
		ask(map[string]row{
			"a personal access token may see it":      {s, "/org-get/" + org, personal, 204},
			"and not change it, though its owner may": {s, "/org-update/" + org, personal, 403},
		})
	}
	w.must(t, "DisableOrganization", jsonObject{"id": org}, authorization, w.program.Basic())
	w.clock.Advance(31 * time.Second)
	disabled := map[string]row{}
	for _, on := range []*service{s, names} {
		for path, id := range map[string]string{"org-get": org, "project-get": project} {
			disabled[path+" of the owner"] = row{on, "/" + path + "/" + id, owner, 403}
		}
	}
	disabled["a member"] = row{s, "/org-get/" + org, member, 403}
	disabled["by name"] = row{names, "/project-get/" + called, owner, 403}
	disabled["the group"] = row{s, "/group-get/" + group, owner, 403}
	disabled["one of two"] = row{s, "/either/" + org, member, 403}
	if !w.old { // how those before v0.91.0 refuse the exchange is not known
		disabled["a service user"] = row{s, "/org-get/" + org, robot, 401}
	}
	fresh := w.service() // which knows nothing of them yet
	fresh.guarded("/project-get/{id}", "project:{id}#get")
	fresh.guarded("/group-get/{id}", "group:{id}#get")
	disabled["a project that was not asked about"] = row{fresh, "/project-get/" + project, owner, 403}
	disabled["a group that was not asked about"] = row{fresh, "/group-get/" + group, owner, 403}
	ask(disabled)
	w.must(t, "EnableOrganization", jsonObject{"id": org}, authorization, w.program.Basic())
	w.clock.Advance(31 * time.Second)
	ask(map[string]row{"enabled again": {s, "/org-get/" + org, member, 204}, "the group again": {s, "/group-get/" + group, owner, 204}})
}

// namespace is that of the tests' own resources, which stays on the server.
const namespace = "authgensuite/file"

// TestServerPermissions holds that permissions are compared with those of the server,
// that only the explicit call makes some, and what is decided of resources of one's own.
func TestServerPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	verb := "u" + strings.ToLower(rand.Text())
	key := "authgensuite.file." + verb
	org := w.newOrg()
	project, _ := w.newProject(org)
	machine := w.newRobot(org)
	opaque := w.opaqueOf(machine)
	on := w.service(frontier.Permissions(map[string]string{"uploadFile": verb}))
	check := namespace + ":{id}#uploadFile"
	if got := on.wire(check, "org:{id}#get"); !strings.Contains(got, key) {
		t.Errorf("a permission that is missing: %q", got)
	}
	if got := on.wire("org:{id}#get", "project:{id}#update", "group:{id}#get"); got != "" {
		t.Errorf("permissions of every server: %q", got)
	}
	if _, err := w.connect(frontier.Credentials(opaque.ID, opaque.Secret)).CreatePermissions(t.Context(), key); !errors.Is(err, frontier.ErrPermissionDenied) {
		t.Errorf("made by somebody: %v", err)
	}
	missing, err := w.admin.MissingPermissions(t.Context(), key, "app.organization.get")
	if err != nil || !slices.Equal(missing, []string{key}) {
		t.Fatalf("missing: %v, %v", missing, err)
	}
	made, err := w.admin.CreatePermissions(t.Context(), key, "authgensuite.file.get", "app.organization.get")
	if err != nil || !slices.Contains(made, key) || slices.Contains(made, "app.organization.get") {
		t.Fatalf("made: %v, %v", made, err)
	}
	t.Cleanup(func() {
		root := []string{authorization, w.program.Basic()}
		for _, p := range w.must(t, "ListPermissions", jsonObject{}, root...).body["permissions"].([]any) {
			if p := p.(jsonObject); p["key"] == key || p["namespace"] == namespace && p["name"] == verb {
				// Servers before v0.91.0 delete none.
				if got := w.call(t, "DeletePermission", jsonObject{"id": p["id"]}, root...); got.status != http.StatusOK && !w.old {
					t.Errorf("DeletePermission: %d %v", got.status, got.body)
				}
			}
		}
	})
	if again, err := w.admin.CreatePermissions(t.Context(), key); err != nil || len(again) != 0 {
		t.Errorf("made again: %v, %v", again, err)
	}
	if _, err := w.admin.CreatePermissions(t.Context(), "authgensuite.file.uploadFile"); err == nil {
		t.Error("a verb that the server does not take is made")
	}
	w.clock.Advance(31 * time.Second) // the list was believed not to change at once
	by := w.service(frontier.Permissions(map[string]string{"uploadFile": verb}), frontier.Project(project))
	for _, s := range []*service{on, by} {
		s.guarded("/files/{id}", check)
	}
	file := w.must(t, "CreateProjectResource", jsonObject{
		"project_id": project, "body": jsonObject{"name": name(), "title": "a file", "namespace": namespace, "principal": "app/user:" + w.owner.id},
	}, w.owner.headers()...).text("resource", "id")
	for name, c := range map[string]struct {
		on      *service
		id      string
		headers []string
		want    int
	}{
		"the owner":         {by, file, w.owner.headers(), 204},
		"a service user":    {by, file, []string{authorization, opaque.Basic()}, 403},
		"no file":           {by, someID, w.owner.headers(), 403},
		"of a nameless one": {on, file, w.owner.headers(), 503}, // nobody tells its organization
	} {
		if got := c.on.status("/files/"+c.id, c.headers...); got != c.want {
			t.Errorf("%s: %d, not %d\n%s", name, got, c.want, c.on.log)
		}
	}
	w.must(t, "DisableOrganization", jsonObject{"id": org}, authorization, w.program.Basic())
	w.clock.Advance(31 * time.Second)
	if got := by.status("/files/"+file, w.owner.headers()...); got != 403 {
		t.Errorf("in a disabled organization: %d\n%s", got, by.log)
	}
}

// TestServerFeatures holds that who is entitled to nothing is denied, as on a server
// that bills nobody, and what is no question is not asked.
func TestServerFeatures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.newOrg()
	user := w.newMember(org)
	s := w.service()
	s.demand("/sso", auth.Demands{Features: []string{"sso"}})
	for name, headers := range map[string][]string{"the only organization": user.headers(), "several": w.owner.headers(), "none": w.login().headers()} {
		if got := s.status("/sso", headers...); got != 403 {
			t.Errorf("%s: %d\n%s", name, got, s.log)
		}
	}
	if got := w.call(t, "CheckFeatureEntitlement", jsonObject{"org_id": org, "feature": "sso"}, user.headers()...); got.status != http.StatusOK && !w.old || got.body["status"] == true {
		t.Errorf("the server bills somebody: %d %v", got.status, got.body)
	}
}
