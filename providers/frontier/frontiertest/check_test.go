package frontiertest_test

import (
	"testing"

	"github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestCheck proves who may do what.
func TestCheck(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	org, other := s.CreateOrg("acme"), s.CreateOrg("other")
	project := s.CreateProject(org.ID, "site")
	s.CreatePermission("storage.file.upload", "storage.file.get")
	s.CreateRole(org.ID, "uploader", "storage.file.upload")
	s.CreateRole(org.ID, "misplaced", "app_organization_administer")
	names := map[string]string{ // principals
		"owner": s.CreateUser("owner@example.com").Principal(), "viewer": s.CreateUser("viewer@example.com").Principal(),
		"grouped": s.CreateUser("grouped@example.com").Principal(), "uploader": s.CreateUser("uploader@example.com").Principal(),
		"projectOwner": s.CreateUser("po@example.com").Principal(), "author": s.CreateUser("author@example.com").Principal(),
		"stranger": s.CreateUser("stranger@example.com").Principal(), "admin": s.CreateUser("admin@example.com").Principal(),
		"member": s.CreateUser("member@example.com").Principal(), "machine": s.CreateServiceUser(org.ID, "ci").Principal(),
		"misplaced": s.CreateUser("misplaced@example.com").Principal(),
	}
	orgObject, projectObject := "app/organization:"+org.ID, "app/project:"+project.ID
	group := s.CreateGroup(org.ID, "team", names["grouped"])
	s.Grant(names["owner"], "app_organization_owner", orgObject)
	s.Grant(names["viewer"], "app_organization_viewer", orgObject)
	s.Grant("app/group:"+group, "app_project_viewer", projectObject)
	s.Grant(names["uploader"], "uploader", projectObject)
	s.Grant(names["projectOwner"], "app_project_owner", projectObject)
	s.Grant(names["misplaced"], "misplaced", projectObject) // administers what is above
	s.AddPlatformUser(names["admin"], "admin")
	s.AddPlatformUser(names["member"], "member")
	file := "storage/file:" + s.CreateResource(project.ID, "storage/file", "a", names["author"])
	objects := map[string]string{
		"org": orgObject, "org by name": "org:acme", "other": "organization:" + other.ID, "project": projectObject,
		"project by name": "project:site", "group": "group:" + group, "file": file, "platform": "platform:platform",
		"unknown": "org:11111111-1111-4111-8111-111111111111",
	}
	for _, c := range []struct {
		who, permission, object string
		want                    bool
	}{
		{"owner", "delete", "org", true},
		{"owner", "delete", "org by name", true},
		{"owner", "get", "other", false},
		{"owner", "delete", "project", true},
		{"owner", "app_project_delete", "project by name", true},
		{"owner", "update", "group", true},
		{"owner", "upload", "file", true},
		{"owner", "superuser", "platform", false},
		{"viewer", "get", "org", true},
		{"viewer", "update", "org", false},
		{"viewer", "get", "project", false},
		{"machine", "get", "org", true},
		{"machine", "get", "project", false},
		{"grouped", "get", "project", true},
		{"grouped", "update", "project", false},
		{"uploader", "upload", "file", true},
		{"uploader", "get", "file", false},
		{"uploader", "storage_file_upload", "project", true},
		{"projectOwner", "get", "file", true},
		{"projectOwner", "get", "org", false},
		{"misplaced", "get", "project", false},
		{"misplaced", "get", "org", false},
		{"author", "get", "file", true},
		{"author", "get", "project", false},
		{"stranger", "get", "org", false},
		{"admin", "get", "file", true},
		{"admin", "superuser", "platform", true},
		{"admin", "get", "unknown", false},
		{"member", "check", "platform", true},
		{"member", "superuser", "platform", false},
		{"member", "get", "org", false},
	} {
		body := `{"resource":"` + objects[c.object] + `","permission":"` + c.permission + `"}`
		got := post(t, s, service+"CheckResourcePermission", body, "Authorization", "Bearer "+s.Token(names[c.who]))
		status, _ := got.body["status"].(bool)
		if _, present := got.body["status"]; got.status != 200 || status != c.want || present != c.want {
			t.Errorf("%s %s on %s: %d %v, not %v", c.who, c.permission, c.object, got.status, got.body, c.want)
		}
		// The same question about somebody else has the same answer.
		body = `{"subject":"` + names[c.who] + `",` + body[1:]
		got = post(t, s, admin+"CheckFederatedResourcePermission", body, "Authorization", "Bearer "+s.Token(names["member"]))
		if status, _ := got.body["status"].(bool); got.status != 200 || status != c.want {
			t.Errorf("federated: %s %s on %s: %d %v, not %v", c.who, c.permission, c.object, got.status, got.body, c.want)
		}
	}
}

// TestCheckOfAnotherNamespace proves that a permission which Frontier has for one kind of
// its own objects cannot be asked about another.
func TestCheckOfAnotherNamespace(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	org, user := s.CreateOrg("acme"), s.CreateUser("ada@example.com")
	s.Grant(user.Principal(), "app_organization_owner", "app/organization:"+org.ID)
	question := `{"resource":"app/organization:` + org.ID + `","permission":"app.project.delete"}`
	for rpc, body := range map[string]string{"CheckResourcePermission": question, "BatchCheckPermission": `{"bodies":[` + question + `]}`} {
		if got := post(t, s, service+rpc, body, "Authorization", "Bearer "+s.Token(user.Principal())); got.status != 500 {
			t.Errorf("%s: %d %v", rpc, got.status, got.body)
		}
	}
}

// TestPATCheck proves that a personal access token has what both its scope and its
// owner have.
func TestPATCheck(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	org := s.CreateOrg("acme")
	one, two := s.CreateProject(org.ID, "one"), s.CreateProject(org.ID, "two")
	owner, viewer := s.CreateUser("owner@example.com"), s.CreateUser("viewer@example.com")
	s.Grant(owner.Principal(), "app_organization_owner", "org:"+org.ID)
	s.Grant(viewer.Principal(), "app_organization_viewer", "org:"+org.ID)
	narrow := s.CreatePAT(owner.ID, org.ID, frontiertest.Scope{Role: "app_project_owner", Resources: []string{one.ID}})
	wide := s.CreatePAT(owner.ID, org.ID, frontiertest.Scope{Role: "app_project_viewer"})
	weak := s.CreatePAT(viewer.ID, org.ID, frontiertest.Scope{Role: "app_organization_owner"})
	for _, c := range []struct {
		pat                frontiertest.PAT
		permission, object string
		want               bool
	}{
		{narrow, "delete", "project:" + one.ID, true},
		{narrow, "get", "project:" + two.ID, false},
		{narrow, "get", "org:" + org.ID, false},
		{wide, "get", "project:" + one.ID, true},
		{wide, "get", "project:" + two.ID, true},
		{wide, "delete", "project:" + two.ID, false},
		{weak, "get", "org:" + org.ID, true},
		{weak, "delete", "org:" + org.ID, false},
	} {
		body := `{"resource":"` + c.object + `","permission":"` + c.permission + `"}`
		for _, bearer := range []string{c.pat.Token, s.Token(c.pat.Principal())} {
			got := post(t, s, service+"CheckResourcePermission", body, "Authorization", "Bearer "+bearer)
			if status, _ := got.body["status"].(bool); got.status != 200 || status != c.want {
				t.Errorf("%s on %s: %d %v, not %v", c.permission, c.object, got.status, got.body, c.want)
			}
		}
	}
	s.Revoke(owner.Principal(), "app_organization_owner", "org:"+org.ID)
	got := post(t, s, service+"CheckResourcePermission", `{"resource":"project:one","permission":"get"}`, "Authorization", "Bearer "+wide.Token)
	if got.status != 200 || len(got.body) != 0 {
		t.Errorf("after its owner lost the permission: %d %v", got.status, got.body)
	}
}

// TestPermissionKeys proves which keys of custom permissions are taken.
func TestPermissionKeys(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	long := "verb56789012345678901234567890123456789012345678901234567890"
	for key, want := range map[string]int{
		"storage.file.upload": 200, "compute.disk.create1": 200, "abc.def.ghi": 200, "storage.file.app": 200,
		"storage.file.uploadFile": 400, "storage.file.up": 400, "storage.file.1up": 400, "storage.file": 400, "": 400,
		"a.b.c.d": 400, "st.file.upload": 400, "storage.fi.upload": 400, "storage.file.upload_file": 400,
		"storage.file.owner": 400, "storage.file.project": 400, "storage.file.granted": 400, "storage.file." + long: 400,
	} {
		got := post(t, s, admin+"CreatePermission", `{"bodies":[{"key":"`+key+`"}]}`, "Authorization", s.Root().Basic())
		if got.status != want {
			t.Errorf("%q: %d %v, not %d", key, got.status, got.body, want)
		}
	}
}

// TestBatch proves that a batch answers with resolved names, in its order.
func TestBatch(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	org := s.CreateOrg("acme")
	machine := s.CreateServiceUser(org.ID, "ci")
	got := post(t, s, service+"BatchCheckPermission", `{"bodies":[{"resource":"org:acme","permission":"app_organization_update"},`+
		`{"resource":"org:acme","permission":"app.organization.get"}]}`, "Authorization", "Bearer "+s.Token(machine.Principal()))
	pairs, _ := got.body["pairs"].([]any)
	if got.status != 200 || len(pairs) != 2 {
		t.Fatalf("%d %v", got.status, got.body)
	}
	for i, want := range []struct {
		permission string
		status     any
	}{{"update", nil}, {"get", true}} {
		pair := pairs[i].(map[string]any)
		body := pair["body"].(map[string]any)
		if body["permission"] != want.permission || body["resource"] != "app/organization:"+org.ID || pair["status"] != want.status {
			t.Errorf("pair %d: %v", i, pair)
		}
	}
}

// TestEntitlements proves what tests say about features and credits.
func TestEntitlements(t *testing.T) {
	t.Parallel()
	s := frontiertest.New(t)
	org := s.CreateOrg("acme")
	ask := func(rpc, body string) answered {
		return post(t, s, service+rpc, body, "Authorization", s.Root().Basic())
	}
	feature := `{"org_id":"` + org.ID + `","feature":"sso"}`
	for _, entitled := range []bool{true, false} {
		s.Entitle(org.ID, "sso", entitled)
		if got := ask("CheckFeatureEntitlement", feature); got.status != 200 || (got.body["status"] == true) != entitled {
			t.Errorf("entitled %v: %d %v", entitled, got.status, got.body)
		}
	}
	s.SetCredits(org.ID, 5)
	for amount, want := range map[string]bool{"5": true, `"5"`: true, "6": false} {
		got := ask("CheckCreditEntitlement", `{"org_id":"`+org.ID+`","amount":`+amount+`}`)
		if got.status != 200 || (got.body["status"] == true) != want {
			t.Errorf("%s credits: %d %v", amount, got.status, got.body)
		}
	}
}
