package frontier_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

// wire wires a rule and returns what it panics with, "" for nothing.
func (s *service) wire(checks ...string) (problem string) {
	defer func() {
		if p := recover(); p != nil {
			problem = p.(string)
		}
	}()
	s.guard.Require(restricted(auth.Demands{Checks: parseChecks(checks...)}))
	return ""
}

// TestChecksAtStart holds which checks are refused where a guard is wired.
func TestChecksAtStart(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.fake.CreatePermission("storage.file.get", "storage.file.upload")
	for name, c := range map[string]struct {
		checks []string
		want   string // "" for nothing
	}{
		"the server's":             {[]string{"project:{id}#update", "org:{id}#get", "app/group:{id}#administer"}, ""},
		"an own one":               {[]string{"storage/file:{id}#upload"}, ""},
		"in other spelling":        {[]string{"project:{id}#policyManage"}, ""},
		"the platform's":           {[]string{"platform:" + someID + "#superuser"}, ""},
		"none of the platform's":   {[]string{"platform:" + someID + "#upload"}, "app.platform.upload"},
		"an id that is written":    {[]string{"project:" + someID + "#get"}, ""},
		"who is online":            {[]string{"frontier:identity#online"}, ""},
		"something else of it":     {[]string{"frontier:identity#gone"}, "frontier:identity#online"},
		"missing":                  {[]string{"project:{id}#get", "storage/file:{id}#uploadFile"}, "storage.file.uploadfile"},
		"of another namespace":     {[]string{"project:{id}#upload"}, "app.project.upload"},
		"no type":                  {[]string{"file:{id}#get"}, `"file"`},
		"a reserved verb":          {[]string{"storage/file:{id}#owner"}, "keeps for itself"},
		"a verb that is too short": {[]string{"storage/file:{id}#do"}, "no verb"},
		"a digit first":            {[]string{"storage/file:{id}#2fa"}, "no verb"},
		"a slug that is too long":  {[]string{"storage/file:{id}#" + strings.Repeat("x", 53)}, "64"},
		"a name":                   {[]string{"project:website#get"}, "uuid"},
		"two parameters":           {[]string{"project:{org}/{id}#get"}, "uuid"},
		"a part of an id":          {[]string{"project:p-{id}#get"}, "uuid"},
	} {
		on := s.another(t)
		if got := on.wire(c.checks...); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := s.wire("project:{id}#update"); got != "" {
		t.Error(got)
	}
	if got := s.wire("project:{id}#upDate"); !strings.Contains(got, `"update" and "upDate"`) {
		t.Errorf("two names of one permission: %q", got)
	}
	s.fake.Forget()
	if got := s.wire("storage/file:{id}#transmogrify"); got == "" {
		t.Error("a missing one is let through")
	}
	s.fake.CreatePermission("storage.file.transmogrify")
	s.clock.Advance(5 * time.Second)
	if got := s.wire("storage/file:{id}#transmogrify"); got != "" {
		t.Errorf("after it was created: %s", got)
	}
	names := s.another(t, frontier.ResourceNames())
	if got := names.wire("project:website#get"); got != "" {
		t.Error(got)
	}

	s.fake.Stop()
	down := s.another(t)
	for range 2 { // the second does not wait for it
		if got := down.wire("storage/file:{id}#nothing"); got != "" {
			t.Errorf("the server is down: %s", got)
		}
	}
	if got := strings.Count(down.log.String(), "are not compared"); got != 1 {
		t.Errorf("told %d times: %s", got, down.log)
	}
	if got := down.wire("file:{id}#get"); got == "" {
		t.Error("what needs no server is not looked at")
	}
}

const listing = `{"schema": "authgen.manifest/v1", "frontier_permissions": [
	{"check": "storage/file#putFile", "key": "storage.file.upload"}, {"check": "project#update", "key": "app.project.update"},
	{"check": "storage/note#putFile", "key": "storage.note.upload"}]}`

// TestGetOfOwnNamespaces holds that the permission without which the server tells nothing
// of resources has to be there, unless the program knows their projects by itself.
func TestGetOfOwnNamespaces(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.fake.CreatePermission("storage.paper.upload")
	const check = "storage/paper:{id}#upload"
	if got := s.wire(check); !strings.Contains(got, "storage.paper.get") {
		t.Errorf("without get: %q", got)
	}
	project := func(context.Context, string, string) (string, error) { return someID, nil }
	if got := s.another(t, frontier.ResourceProject(project)).wire(check); got != "" {
		t.Errorf("with ResourceProject: %q", got)
	}
	s.fake.CreatePermission("storage.paper.get")
	if got := s.another(t).wire(check); got != "" {
		t.Errorf("with get: %q", got)
	}
}

// TestManifestPermissions holds what is read from a manifest.
func TestManifestPermissions(t *testing.T) {
	t.Parallel()
	s := newService(t, frontier.PermissionsFrom([]byte(listing)))
	e := s.estate()
	s.guarded("/files/{id}", "storage/file:{id}#putFile")
	if got := s.status("/files/"+e.file, e.bearer(s.fake, ft.Project(e.project))...); got != 204 {
		t.Errorf("%d: %s", got, s.log)
	}
	keys, err := frontier.ManifestPermissions([]byte(listing))
	if got := strings.Join(keys, " "); err != nil || got != "app.project.update storage.file.get storage.file.upload storage.note.get storage.note.upload" {
		t.Errorf("%s, %v", got, err)
	}
	for name, text := range map[string]string{
		"no JSON":         "x",
		"no manifest":     "{}",
		"not listed":      `{"schema": "authgen.manifest/v1"}`,
		"another schema":  strings.Replace(listing, "v1", "v2", 1),
		"no type":         strings.Replace(listing, "storage/file#", "file#", 1),
		"no permission":   strings.Replace(listing, "storage/file#putFile", "storage/file", 1),
		"another type":    strings.Replace(listing, "storage.file.upload", "app.file.upload", 1),
		"an illegal verb": strings.Replace(listing, "storage.file.upload", "storage.file.Upload", 1),
	} {
		if _, err := frontier.ManifestPermissions([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := frontier.Connect(t.Context(), s.fake.URL(), append(s.settings(s.log), frontier.PermissionsFrom([]byte(text)))...); err == nil || !strings.Contains(err.Error(), "PermissionsFrom") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCreatePermissions holds that permissions are made when that is asked for, and
// not otherwise.
func TestCreatePermissions(t *testing.T) {
	t.Parallel()
	eachKind(t, testCreatePermissions)
}

func testCreatePermissions(t *testing.T, k kind) {
	s := newServiceOf(t, k.fake)
	c := s.connect(t, k.opts...)
	keys := []string{"storage.file.upload", "app.project.get", "storage.file.get", "storage.file.upload"}
	missing, err := c.MissingPermissions(t.Context(), keys...)
	if got := strings.Join(missing, " "); err != nil || got != "storage.file.get storage.file.upload" {
		t.Fatalf("%s, %v", got, err)
	}
	if s.fake.Calls(ft.CreatePermission) != 0 {
		t.Error("asking made some")
	}
	created, err := c.CreatePermissions(t.Context(), keys...)
	if got := strings.Join(created, " "); err != nil || got != "storage.file.get storage.file.upload" {
		t.Errorf("%s, %v", got, err)
	}
	created, err = c.CreatePermissions(t.Context(), keys...)
	if err != nil || len(created) != 0 || s.fake.Calls(ft.CreatePermission) != 1 {
		t.Errorf("again: %v, %v", created, err)
	}
	if _, err := c.CreatePermissions(t.Context(), "storage.file.Upload"); err == nil {
		t.Error("an illegal one was made")
	}
	s.fake.Fail(ft.ListPermissions, 1, ft.Status(http.StatusServiceUnavailable, "unavailable", "down"))
	if _, err := c.CreatePermissions(t.Context(), "storage.file.get"); err == nil {
		t.Error("without knowing what there is")
	}
}

// TestCheckSettings holds what options refuse.
func TestCheckSettings(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for name, opt := range map[string]frontier.Option{
		"DecisionsFor":    frontier.DecisionsFor(-1),
		"DecisionsFor ":   frontier.DecisionsFor(5*time.Minute + 1),
		"CheckOnline":     frontier.CheckOnline(-1),
		"CheckOnline ":    frontier.CheckOnline(5*time.Minute + 1),
		"Permissions":     frontier.Permissions(map[string]string{"a": "Upload"}),
		"Permissions ":    frontier.Permissions(map[string]string{"a": "owner"}),
		"ResourceProject": frontier.ResourceProject(nil),
	} {
		if _, err := frontier.Connect(t.Context(), s.fake.URL(), append(s.settings(s.log), opt)...); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twice := append(s.settings(s.log), frontier.Permissions(map[string]string{"a": "upload"}), frontier.Permissions(map[string]string{"a": "download"}))
	if _, err := frontier.Connect(t.Context(), s.fake.URL(), twice...); err == nil {
		t.Error("two verbs of one name")
	}
}
