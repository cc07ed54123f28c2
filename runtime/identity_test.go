package auth_test

import (
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
