package auth_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// registry is a source of rights by subject.
type registry struct {
	mu    sync.Mutex
	known map[string]auth.Rights
	err   error
	asked int
}

func (r *registry) Rights(_ context.Context, id *auth.Identity) (auth.Rights, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.err != nil {
		return auth.Rights{}, r.err
	}
	if id.Subject() == "panic" {
		panic("s3cr3t")
	}
	rights, ok := r.known[id.Subject()]
	if !ok {
		return auth.Rights{}, fmt.Errorf("%w: it is not known", auth.ErrNotActive)
	}
	return rights, nil
}

func (r *registry) set(subject string, rights auth.Rights) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[subject] = rights
}

func (r *registry) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

const accessKinds = auth.KindUserAccess | auth.KindTenantAccess

func machine(subject string, changes map[string]any) string {
	claims := map[string]any{"type": "tenantAccessToken", "sub": subject}
	for name, value := range changes {
		claims[name] = value
	}
	return edSigner().token(claims)
}

// TestLookUp holds that the rights of the named kinds are those of the source, on
// each request and by every door, and that a token which is not active is no token.
func TestLookUp(t *testing.T) {
	t.Parallel()
	type claims = map[string]any
	revoked := new(noRevocations)
	for name, opts := range map[string][]auth.Option{
		"the short way": nil, "the long way": {auth.Revocations(revoked), auth.Observe(new(recorder))}, "no cache": {auth.NoTokenCache()},
	} {
		source := &registry{known: map[string]auth.Rights{"m1": {Roles: []string{"worker"}, Permissions: []string{"f.read"}}, "none": {}}}
		g := guardWith(t, append(opts, auth.LookUp(accessKinds, source))...)
		ask := func(d auth.Demands) *auth.Rule { return protected(d) }
		none := protected()
		liar := machine("none", claims{"roles": []string{"admin"}, "permissions": []string{"f.read"}, "scope": "files"})
		for _, c := range []struct {
			what  string
			token string
			rule  *auth.Rule
			want  int
			asked int
		}{
			{"a role", machine("m1", nil), ask(auth.Demands{Roles: []string{"admin", "worker"}}), 200, 1},
			{"a role, seen before", machine("m1", nil), ask(auth.Demands{Roles: []string{"worker"}}), 200, 1},
			{"both", machine("m1", nil), ask(auth.Demands{Roles: []string{"worker"}, Permissions: []string{"f.read"}}), 200, 1},
			{"another role", machine("m1", nil), ask(auth.Demands{Roles: []string{"Worker"}}), 403, 1},
			{"roles of the token", liar, ask(auth.Demands{Roles: []string{"admin"}}), 403, 1},
			{"permissions of the token", liar, ask(auth.Demands{Permissions: []string{"f.read"}}), 403, 1},
			{"scopes of the token", liar, ask(auth.Demands{Scopes: []string{"files"}}), 200, 1},
			{"no demand", machine("m1", nil), none, 200, 1},
			{"no demand, not active", machine("gone", nil), none, 401, 1},
			{"an optional rule, not active", machine("gone", nil), &auth.Rule{Access: auth.Optional}, 401, 1},
			{"a role, not active", machine("gone", nil), ask(auth.Demands{Roles: []string{"worker"}}), 401, 1},
			{"a panic", machine("panic", nil), none, 503, 1},
			{"a kind that is not named", edSigner().token(claims{"roles": []string{"admin"}}), ask(auth.Demands{Roles: []string{"admin"}}), 200, 0},
			{"not the role", machine("m1", nil), asking(func(d *auth.Decision) auth.Truth { return d.Role("admin").Not() }), 200, 1},
			{"not the scope", machine("m1", nil), asking(func(d *auth.Decision) auth.Truth { return d.Scope("files").Not() }), 403, 1},
		} {
			for range 2 { // the second time it was seen before
				before := source.asked
				if got := answer(g, bearer(c.token), nil, c.rule); got != c.want {
					t.Errorf("%s, %s: %d, want %d", name, c.what, got, c.want)
				}
				if asked := source.asked - before; asked != c.asked {
					t.Errorf("%s, %s: asked %d times", name, c.what, asked)
				}
			}
		}

		id, c := g.Admit(bearer(machine("m1", nil)), nil, none)
		if c != nil || !slices.Equal(id.Roles(), []string{"worker"}) || !id.HasPermission("f.read") || id.Subject() != "m1" || id.IssuerName() == "" {
			t.Errorf("%s: %v, %v", name, id, c)
		}
		if typed, ok := auth.As[auth.TenantAccessToken](id); !ok || &typed.Identity != id || !typed.HasRole("worker") {
			t.Errorf("%s: the typed identity is another one", name)
		}
		if v, ok := id.Claim("type"); !ok || v != "tenantAccessToken" {
			t.Errorf("%s: claim type is %v", name, v)
		}

		source.set("m1", auth.Rights{Roles: []string{"boss"}})
		if id, err := g.Validate(t.Context(), machine("m1", nil), auth.Roles("boss")); err != nil || id.HasRole("worker") || len(id.Permissions()) > 0 {
			t.Errorf("%s: after a change: %v, %v", name, id.Roles(), err)
		}
		if !slices.Equal(must(g.Validate(t.Context(), machine("m1", nil))).Roles(), []string{"boss"}) || !slices.Equal(id.Roles(), []string{"worker"}) {
			t.Errorf("%s: a change reaches who holds the identity", name)
		}
		source.set("m1", auth.Rights{Roles: []string{"boss"}, Permissions: []string{"f.write"}})
		if _, err := g.Validate(t.Context(), machine("m1", nil), auth.Permissions("f.write")); err != nil {
			t.Errorf("%s: after a change of permissions: %v", name, err)
		}
		if _, err := g.Validate(t.Context(), machine("gone", nil)); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: not active, by hand: %v", name, err)
		}

		source.fail(errors.New("connection refused"))
		_, c = g.Admit(bearer(machine("m1", nil)), nil, none)
		if c == nil || c.Status() != 503 || !strings.Contains(c.Reason(), "the rights source did not answer: connection refused") {
			t.Errorf("%s: the source fails: %v", name, c)
		}
		source.fail(nil)
		if _, c = g.Admit(bearer(machine("gone", nil)), nil, none); c == nil || c.Reason() != "auth: the token is not active: it is not known" {
			t.Errorf("%s: %v", name, c)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := g.Validate(ctx, machine("m1", nil)); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%s: an ended context: %v", name, err)
		}
	}
}

// noRevocations revokes nothing.
type noRevocations struct{}

func (*noRevocations) Revoked(context.Context, *auth.Identity) (bool, error) { return false, nil }

// TestLookUpIsLimited holds that what is looked up grants no more than the issuer of
// the token may, and that ! does not admit over it.
func TestLookUpIsLimited(t *testing.T) {
	t.Parallel()
	wild := auth.MappingAuthgen.Claims()
	wild.PermissionWildcards = true
	source := &registry{known: map[string]auth.Rights{"m1": {Roles: []string{"admin", "worker"}, Permissions: []string{"f.*", "g.read"}}}}
	g := newGuard(t, auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(wild),
		auth.Asserts(auth.Assertion{Kinds: accessKinds, Roles: []string{"worker"}, Permissions: []string{"f.*"}, Tenants: []string{auth.Any}})),
		auth.LookUp(accessKinds, source), auth.Clock(fixedClock), quiet())
	for name, c := range map[string]struct {
		rule *auth.Rule
		want int
	}{
		"a role":                     {protected(auth.Demands{Roles: []string{"worker"}}), 200},
		"a role beyond the limit":    {protected(auth.Demands{Roles: []string{"admin"}}), 403},
		"not a role beyond it":       {asking(func(d *auth.Decision) auth.Truth { return d.Role("admin").Not() }), 403},
		"a permission by a wildcard": {protected(auth.Demands{Permissions: []string{"f.read"}}), 200},
		"a permission beyond":        {protected(auth.Demands{Permissions: []string{"g.read"}}), 403},
	} {
		if got := answer(g, bearer(machine("m1", nil)), nil, c.rule); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestLookUpMistakes holds what New refuses.
func TestLookUpMistakes(t *testing.T) {
	t.Parallel()
	for want, opts := range map[string][]auth.Option{
		"the source is nil":        {auth.LookUp(accessKinds, nil)},
		"no kind of token":         {auth.LookUp(0, new(registry))},
		"have a source already":    {auth.LookUp(accessKinds, new(registry)), auth.LookUp(auth.KindUserAccess, new(registry))},
		"LookUp: no kind of token": {auth.LookUp(1<<15, new(registry))},
	} {
		newFails(t, want, opts...)
	}
}

// TestLookUpExplained holds that a developer is told what became of the lookup.
func TestLookUpExplained(t *testing.T) {
	t.Parallel()
	source := &registry{known: map[string]auth.Rights{"m1": {Roles: []string{"worker"}}}}
	g := guardWith(t, auth.LookUp(accessKinds, source))
	rule := protected(auth.Demands{Roles: []string{"worker"}})
	outcome := func(token, name string) auth.Outcome {
		x := auth.Explain(t.Context(), g, rule, token, nil)
		i := slices.IndexFunc(x.Checks, func(c auth.Check) bool { return c.Name == name })
		if i < 0 {
			return ""
		}
		return x.Checks[i].Outcome
	}
	for name, c := range map[string]struct {
		token         string
		rights, roles auth.Outcome
	}{
		"active":       {machine("m1", nil), auth.OutcomeTrue, auth.OutcomeTrue},
		"not active":   {machine("gone", nil), auth.OutcomeFalse, auth.OutcomeNotAsked},
		"in trouble":   {machine("panic", nil), auth.OutcomeUnavailable, auth.OutcomeNotAsked},
		"another kind": {edSigner().token(nil), "", auth.OutcomeFalse},
	} {
		if rights, roles := outcome(c.token, "rights"), outcome(c.token, "roles"); rights != c.rights || roles != c.roles {
			t.Errorf("%s: rights %q, roles %q", name, rights, roles)
		}
	}
}

// TestLookUpAtOnce holds that requests with one token at the same time each get the
// rights that they were told.
func TestLookUpAtOnce(t *testing.T) {
	t.Parallel()
	source := &registry{known: map[string]auth.Rights{"m1": {Roles: []string{"even"}}}}
	g := guardWith(t, auth.LookUp(accessKinds, source))
	token := machine("m1", nil)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for range 50 {
				source.set("m1", auth.Rights{Roles: []string{[]string{"even", "odd"}[i%2]}})
				id, err := g.Validate(t.Context(), token)
				if err != nil || len(id.Roles()) != 1 || id.HasRole("even") == id.HasRole("odd") {
					t.Errorf("%v, %v", id, err)
				}
			}
		})
	}
	group.Wait()
}

// constant is a source that allocates nothing.
type constant struct{ rights auth.Rights }

func (c *constant) Rights(context.Context, *auth.Identity) (auth.Rights, error) { return c.rights, nil }

func TestLookUpAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	g := guardWith(t, auth.LookUp(accessKinds, &constant{auth.Rights{Roles: []string{"worker"}, Permissions: []string{"f.read"}}}))
	r, rule := bearer(machine("m1", nil)), protected(auth.Demands{Roles: []string{"worker"}})
	if n := testing.AllocsPerRun(100, func() {
		if _, c := auth.AdmitAs[auth.TenantAccessToken](g, r, nil, rule); c != nil {
			t.Fatal(c.Reason())
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
