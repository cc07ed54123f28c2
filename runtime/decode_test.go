package auth_test

import (
	"encoding/json"
	"reflect"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

type (
	bareA  struct{ Role string }
	bareB  struct{ Role string }
	tagged struct {
		Name string `json:"Role"`
	}
	roleA struct {
		Role string `json:"role"`
	}
	deepRole struct{ roleA }
	inner    struct{ Nick, Admin string }
	Exported struct {
		Admin bool `json:"admin"`
	}
	Recursive struct {
		*Recursive
		Nick string `json:"nick"`
	}
)

// TestDecodeExactNames compares with encoding/json, which must find the same
// where each claim has the very name of its field.
func TestDecodeExactNames(t *testing.T) {
	t.Parallel()
	decodesAs[struct {
		bareA
		bareB
		X string `json:"ROLE"`
	}](t, `{"Role":"root"}`, `{}`) // two fields of a name are none
	decodesAs[struct {
		bareA
		bareB
		tagged
		X string `json:"ROLE"`
	}](t, `{"Role":"root","role":"x"}`, `{"Role":"root"}`)
	decodesAs[struct {
		Role roleA `json:"Role"`
		bareA
	}](t, `{"Role":{"role":"root"},"role":{"role":"x"}}`, `{"Role":{"role":"root"}}`)
	decodesAs[struct {
		roleA
		deepRole
	}](t, `{"role":"root","ROLE":"x"}`, `{"role":"root"}`)
	decodesAs[struct {
		deepRole
		X string `json:"Role"`
	}](t, `{"role":"root"}`, `{"role":"root"}`)
	decodesAs[struct {
		inner `json:"in"`
		Nick  string `json:"-"`
	}](t, `{"in":{"Nick":"a","nick":"b","admin":"c"},"IN":{"Admin":"d"},"Nick":"e"}`, `{"in":{"Nick":"a"}}`)
	decodesAs[struct {
		*Exported
		List [2]*Exported         `json:"list"`
		Map  map[string]*Exported `json:"map"`
	}](t, `{"ADMIN":true,"list":[{"ADMIN":true},{"admin":true}],"map":{"k":{"Admin":true}}}`, `{"list":[{},{"admin":true}],"map":{"k":{}}}`)
	decodesAs[Recursive](t, `{"nick":"a","NICK":"b"}`, `{"nick":"a"}`)
}

// decodesAs wants claims to decode as encoding/json decodes expected.
func decodesAs[T any](t *testing.T, claims, expected string) {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(claims), &members); err != nil {
		t.Fatal(err)
	}
	got, err := auth.DecodeClaims[T](accepts(t, issuerGuard(t, auth.Mapping(auth.Claims{})), edSigner().token(members)))
	want := new(T)
	if e := json.Unmarshal([]byte(expected), want); e != nil || err != nil {
		t.Fatal(err, e)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %+v, want %+v", claims, got, want)
	}
}

// TestDecodeCost holds that a type is looked at once, however many values there
// are of it.
func TestDecodeCost(t *testing.T) { // not parallel, for AllocsPerRun
	const many = 1000
	id := accepts(t, guardWith(t, auth.MaxTokenBytes(1<<20)), edSigner().token(map[string]any{"list": make([]roleA, many)}))
	cost := testing.AllocsPerRun(5, func() {
		if _, err := auth.DecodeClaims[struct {
			List []*Exported `json:"list"`
		}](id); err != nil {
			t.Error(err)
		}
	})
	if cost > 2*many {
		t.Errorf("%v allocations for %d values", cost, many)
	}
}
