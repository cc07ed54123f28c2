package authmanifest_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"

	"example.com/golden/areas"
	"example.com/golden/audits"
	"example.com/golden/corners"
	"example.com/golden/cross/back"
	"example.com/golden/cross/front"
	"example.com/golden/defaults"
	"example.com/golden/echoapp"
	"example.com/golden/functions"
	"example.com/golden/ginapp"
	"example.com/golden/internal/authmanifest"
	"example.com/golden/methods"
	"example.com/golden/names"
	"example.com/golden/policies"
	"example.com/golden/yielding"
)

// provider answers no, and records nothing.
type provider struct{}

func (provider) Entitled(context.Context, *auth.Identity, string) (bool, error) { return false, nil }

func (provider) Check(context.Context, *auth.Identity, string, string, string) (bool, error) {
	return false, nil
}

func (provider) Audit(context.Context, auth.AuditEvent) {}

func (provider) Record(context.Context, auth.AuditEvent) error { return nil }

// wire makes the guarded handlers of all packages.
func wire(t *testing.T) *auth.Guard {
	t.Helper()
	own, partner := authtest.New(t), authtest.New(t)
	guard, err := auth.New(t.Context(), auth.Features(provider{}), auth.Checker(provider{}), auth.Auditor(provider{}), auth.Logger(slog.New(slog.DiscardHandler)),
		own.Trust(auth.Name("own"), auth.Asserts(auth.Assertion{Kinds: auth.KindUser, OwnsUserIDs: true})),
		partner.Trust(auth.Name("partner"), auth.Asserts(auth.Assertion{Kinds: auth.KindService})))
	if err != nil {
		t.Fatal(err)
	}
	areas.Protect(guard)
	audits.ProtectFiles(guard, nil)
	back.Protect(guard)
	corners.Protect(guard)
	corners.ProtectAPI(guard, nil)
	corners.ProtectGuard(guard, nil)
	corners.Protectİstanbul(guard, corners.İstanbul{})
	defaults.Protect(guard)
	defaults.ProtectAPI(guard, defaults.API{})
	echoapp.Protect(guard)
	echoapp.ProtectAPI(guard, nil)
	front.Protect(guard)
	functions.Protect(guard)
	ginapp.Protect(guard)
	ginapp.ProtectAPI(guard, nil)
	methods.ProtectAPI(guard, nil)
	methods.ProtectAwkward(guard, methods.Awkward{})
	methods.ProtectBase(guard, methods.Base{})
	methods.ProtectDerived(guard, methods.Derived{})
	methods.ProtectMixed(guard, nil)
	methods.ProtectValue(guard, methods.Value{})
	names.Protect(guard)
	policies.ProtectAPI(guard, policies.API{})
	policies.ProtectPartner(guard, policies.Partner{})
	policies.ProtectVendors(guard, policies.Vendors{})
	yielding.Protect(guard)
	yielding.ProtectDB(guard, nil)
	return guard
}

// disputed returns the handlers whose rules differ from those of the manifest.
func disputed(t *testing.T, m *auth.Manifest, guard *auth.Guard) (handlers []string) {
	t.Helper()
	err := nethttp.Verify(&nethttp.Recorder{}, m, auth.VerifyGuard(guard), auth.VerifyAccept(auth.WeakLocalIssuer), auth.VerifyLogger(slog.New(slog.DiscardHandler)))
	var differs *auth.VerifyError
	if err != nil && !errors.As(err, &differs) || err == nil && m.Module() == "" {
		t.Fatalf("Verify: %v", err)
	}
	if differs == nil {
		return nil
	}
	for _, d := range differs.Report.Differences {
		handler, text, _ := strings.Cut(d, ": ")
		switch {
		case strings.HasPrefix(text, "the manifest "):
			handlers = append(handlers, handler)
		case !strings.HasSuffix(text, "is in the manifest and not registered"):
			t.Errorf("unexpected: %s", d)
		}
	}
	slices.Sort(handlers)
	return handlers
}

// TestRules holds that the rules that are compiled in are those of the manifest, of
// every kind that there is, and that any other rule in the manifest is noticed.
func TestRules(t *testing.T) {
	t.Parallel()
	guard := wire(t)
	if got := disputed(t, authmanifest.Manifest(), guard); got != nil {
		t.Errorf("these rules differ: %q", got)
	}
	text, err := os.ReadFile("auth.manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	// changed calls Verify with the file as it is now.
	changed := func() []string {
		data, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := auth.ParseManifest(data)
		if err != nil {
			t.Fatal(err)
		}
		return disputed(t, m, guard)
	}
	found, required := 0, 0
	for _, h := range file["handlers"].([]any) {
		h := h.(map[string]any)
		name, rule := h["handler"].(string), h["rule"]
		h["rule"] = map[string]any{"roles": []string{"somebody else"}}
		switch got := changed(); {
		case slices.Equal(got, []string{name}):
			found++
		case len(got) > 0:
			t.Errorf("%s: another rule in the manifest: %q differ", name, got)
		case !strings.Contains(name, "/constrained.") && !strings.Contains(name, "server"): // which are not wired here
			t.Errorf("%s: another rule in the manifest is not noticed", name)
		}
		h["rule"] = rule
		if rule := rule.(map[string]any); rule["audit_required"] == true {
			required++
			delete(rule, "audit_required")
			if got := changed(); !slices.Equal(got, []string{name}) {
				t.Errorf("%s: an audit that is not required in the manifest: %q differ", name, got)
			}
			rule["audit_required"] = true
		}
	}
	if required != 3 {
		t.Errorf("%d handlers require an audit event, want 3", required)
	}
	if found < 60 {
		t.Errorf("only %d handlers were looked at", found)
	}
	for _, r := range file["rules"].([]any) {
		r := r.(map[string]any)
		rule := r["rule"]
		r["rule"] = map[string]any{"roles": []string{"somebody else"}}
		if got := changed(); len(got) == 0 {
			t.Errorf("another rule %q, which policies name, is not noticed", r["name"])
		}
		r["rule"] = rule
	}
	if got := changed(); got != nil {
		t.Errorf("these rules differ at the end: %q", got)
	}
}
