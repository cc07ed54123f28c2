package auth_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"sync"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// TestIdentitiesAreNotCopied holds that go vet sees a lock in identities, and so
// reports who copies one or assigns to one. The lock takes no space.
func TestIdentitiesAreNotCopied(t *testing.T) {
	t.Parallel()
	field := reflect.TypeFor[auth.Identity]().Field(0).Type
	if !reflect.PointerTo(field).Implements(reflect.TypeFor[sync.Locker]()) || field.Size() != 0 {
		t.Errorf("an identity begins with %v", field)
	}
}

// TestAccessorsCopy holds that nobody changes an identity by what its accessors
// returned.
func TestAccessorsCopy(t *testing.T) {
	t.Parallel()
	list := []string{"a", "b"}
	id := accepts(t, guardWith(t), edSigner().token(map[string]any{
		"tenantIds": list, "roles": list, "permissions": list, "scp": list, "amr": list, "metadata": map[string]any{"a": list},
	}))
	before := accessed(id)
	for _, names := range [][]string{id.Tenants(), id.Roles(), id.Permissions(), id.Scopes(), id.AMR()} {
		if !slices.Equal(names, list) {
			t.Errorf("%q", names)
		}
		names[0] = "admin"
		_ = append(names[:1], "admin")
	}
	id.RawClaims()[0] = '['
	metadata := id.Metadata()
	metadata["a"].([]any)[0] = "admin"
	metadata["b"] = "admin"
	if claim, ok := id.Claim("metadata"); ok {
		claim.(map[string]any)["b"] = "admin"
	}
	if after := accessed(id); !reflect.DeepEqual(after, before) || id.HasRole("admin") {
		t.Errorf("%v\nwas %v", after, before)
	}
}

// TestAnyPermission holds that each permission is shown until one is accepted, and
// that nothing is allocated for it.
func TestAnyPermission(t *testing.T) { // not parallel, for AllocsPerRun
	id := accepts(t, guardWith(t), edSigner().token(map[string]any{"permissions": []string{"a.*", "b", "c"}}))
	var shown []string
	if !id.AnyPermission(func(held string) bool { shown = append(shown, held); return held == "b" }) || !slices.Equal(shown, []string{"a.*", "b"}) {
		t.Errorf("shown %q", shown)
	}
	if id.AnyPermission(func(held string) bool { return held == "d" }) || new(auth.Identity).AnyPermission(func(string) bool { return true }) {
		t.Error("accepted what nobody holds")
	}
	wanted := "c"
	if n := testing.AllocsPerRun(100, func() { id.AnyPermission(func(held string) bool { return held == wanted }) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestNobody holds that zero identities are nobody: they answer, with nothing.
func TestNobody(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]*auth.Identity{"identity": new(auth.Identity), "user": &new(auth.User).Identity} {
		if got := accessed(id); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
		if claim, ok := id.Claim("sub"); ok || claim != nil {
			t.Errorf("%s: sub is %v", name, claim)
		}
		if actor, ok := id.Actor(); ok || actor != (auth.Actor{}) {
			t.Errorf("%s: actor %v", name, actor)
		}
		if id.HasRole("") || id.HasPermission("") || id.HasScope("") {
			t.Errorf("%s: holds what has no name", name)
		}
		if user, ok := auth.As[auth.User](id); ok || user != nil {
			t.Errorf("%s: is a user", name)
		}
	}
	if user, ok := auth.As[auth.User](nil); ok || user != nil {
		t.Error("nil is a user")
	}
}

// TestClaim holds in which form claims are returned, and that their names are
// exact.
func TestClaim(t *testing.T) {
	t.Parallel()
	id := accepts(t, guardWith(t), edSigner().token(map[string]any{
		"null": raw("null"), "bool": true, "text": "a\u00e9", "number": raw("1.50"), "list": []any{1, "a"}, "object": map[string]any{"a": false},
	}))
	for name, want := range map[string]any{
		"null": nil, "bool": true, "text": "a\u00e9", "number": json.Number("1.50"), "list": []any{json.Number("1"), "a"}, "object": map[string]any{"a": false},
	} {
		if got, ok := id.Claim(name); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "Text", "object.a", "a"} {
		if got, ok := id.Claim(name); ok || got != nil {
			t.Errorf("%q: %v", name, got)
		}
	}
	for name, want := range map[string]string{"text": "a\u00e9", "null": "", "number": "", "list": "", "none": "", "object.a": ""} {
		if got := id.ClaimText(name); got != want {
			t.Errorf("%s as a text: %q, want %q", name, got, want)
		}
	}
	if _, ok := id.Actor(); ok {
		t.Error("somebody acts")
	}
}

// TestTyped holds that an identity is typed as its kind and as no other.
func TestTyped(t *testing.T) {
	t.Parallel()
	g := guardWith(t)
	for kind, typ := range map[auth.Kinds]string{
		auth.KindUser: "userToken", auth.KindUserAPI: "userApiToken", auth.KindTenantAPI: "tenantApiToken", auth.KindUserAccess: "userAccessToken",
		auth.KindTenantAccess: "tenantAccessToken", auth.KindPAT: "pat", auth.KindService: "service", auth.KindVendor: "vendor",
	} {
		id, err := g.Validate(t.Context(), edSigner().token(map[string]any{"type": typ}), auth.Tokens(kind))
		if err != nil {
			t.Fatal(err)
		}
		for of, is := range map[auth.Kinds]bool{
			auth.KindOf[auth.User](): isA[auth.User](id), auth.KindOf[auth.UserAPIToken](): isA[auth.UserAPIToken](id), auth.KindOf[auth.TenantAPIToken](): isA[auth.TenantAPIToken](id),
			auth.KindOf[auth.UserAccessToken](): isA[auth.UserAccessToken](id), auth.KindOf[auth.TenantAccessToken](): isA[auth.TenantAccessToken](id),
			auth.KindOf[auth.PersonalAccessToken](): isA[auth.PersonalAccessToken](id), auth.KindOf[auth.Service](): isA[auth.Service](id), auth.KindOf[auth.Vendor](): isA[auth.Vendor](id),
		} {
			if is != (of == kind) {
				t.Errorf("%v as %v: %v", kind, of, is)
			}
		}
	}
}

func isA[T auth.Typed](id *auth.Identity) bool {
	typed, ok := auth.As[T](id)
	return ok && typed != nil
}
