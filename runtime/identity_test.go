package auth_test

import (
	"reflect"
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
