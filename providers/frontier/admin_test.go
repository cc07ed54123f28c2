package frontier_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestAdmin makes a service user and all its credentials, each of which serves, at
// servers of both kinds, and holds that none is printed.
func TestAdmin(t *testing.T) {
	t.Parallel()
	eachKind(t, testAdmin)
}

func testAdmin(t *testing.T, k kind) {
	s := newServiceOf(t, k.fake)
	p := s.people()
	admin := s.connect(t, k.opts...).Admin()
	made, err := admin.CreateServiceUser(t.Context(), p.org.ID, "CI", map[string]any{"camelCase": "x"})
	if err != nil || made.OrgID != p.org.ID || made.Title != "CI" || made.Metadata["camelCase"] != "x" {
		t.Fatalf("%+v: %v", made, err)
	}
	secret, err1 := admin.CreateServiceUserCredential(t.Context(), p.org.ID, made.ID, "secret")
	opaque, err2 := admin.CreateServiceUserToken(t.Context(), p.org.ID, made.ID, "opaque")
	key, err3 := admin.CreateServiceUserJWK(t.Context(), p.org.ID, made.ID, "key")
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if secret.Title != "secret" || secret.CreatedAt.IsZero() || key.ServiceUserID != made.ID {
		t.Errorf("%+v %+v", secret, key)
	}
	for name, opt := range map[string]frontier.Option{
		"secret": frontier.Credentials(secret.ID, secret.Secret()), "opaque token": frontier.Credentials(opaque.ID, opaque.Secret()), "key": frontier.Key(key.File()),
	} {
		c, err := frontier.Connect(t.Context(), s.fake.URL(), frontier.Environment(noEnvironment), frontier.Issuer(s.fake.Issuer()), frontier.Clock(s.clock.Now), opt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := c.Token(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, v := range []any{secret, &secret, opaque, key, &key} {
		data, _ := json.Marshal(v)
		hides(t, fmt.Sprintf("%v %+v %#v %s", v, v, v, v)+string(data), secret.Secret(), opaque.Secret(), "PRIVATE KEY")
	}
}

// TestAdminRefused holds who may make service users, and what is not asked at all.
func TestAdminRefused(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := s.people()
	admin := s.connect(t).Admin()
	if _, err := admin.As(p.pat.Token).CreateServiceUser(t.Context(), p.org.ID, "", nil); !errors.Is(err, frontier.ErrPermissionDenied) {
		t.Errorf("a viewer: %v", err)
	}
	s.fake.Grant(p.user.Principal(), "app_organization_owner", "app/organization:"+p.org.ID)
	if _, err := admin.As(s.fake.Token(p.user.Principal())).CreateServiceUserToken(t.Context(), p.org.ID, p.machine.ID, ""); err != nil {
		t.Errorf("an owner: %v", err)
	}
	if _, err := admin.CreateServiceUserCredential(t.Context(), p.org.ID, p.user.ID, ""); !errors.Is(err, frontier.ErrNotFound) {
		t.Errorf("no service user: %v", err)
	}
	s.fake.Forget()
	_, err1 := admin.CreateServiceUser(t.Context(), "acme", "", nil)
	_, err2 := admin.CreateServiceUserJWK(t.Context(), p.org.ID, "robot", "")
	_, err3 := admin.As("").CreateServiceUser(t.Context(), p.org.ID, "", nil)
	if err1 == nil || err2 == nil || err3 == nil || s.fake.Calls(ft.Any) != 0 {
		t.Errorf("%v, %v, %v, and %d calls", err1, err2, err3, s.fake.Calls(ft.Any))
	}
}
