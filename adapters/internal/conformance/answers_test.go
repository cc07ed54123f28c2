package conformance_test

import (
	"testing"

	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// TestAnswers sends every usual and unusual credential to a handler of each
// form.
func TestAnswers(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	rule := protected(auth.Demands{Roles: []string{"admin"}})
	ask := get("/files")
	admin := []authtest.TokenOption{authtest.User("u1"), authtest.Roles("admin"), authtest.Claim("plan", "gold")}
	token := func(more ...authtest.TokenOption) request {
		return ask.bearer(issuer.Token(append(admin, more...)...))
	}
	for f := range forms {
		if f == formService {
			continue
		}
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			targets := serve(t, app{guard: issuer.Guard(), routes: []route{{"GET", "/files", rule, f}}})
			who := "user u1"
			if f == formClaims {
				who = "userToken u1 gold"
			}
			expect(t, targets, token(), 200, who)
			expect(t, targets, ask.with("authorization", "bearer  "+issuer.Token(admin...)), 200, who)
			for name, r := range map[string]request{
				"no token":       ask,
				"no JWT":         ask.bearer("garbage"),
				"another scheme": ask.with("Authorization", "Basic dXNlcjpwYXNz"),
				"expired":        token(authtest.Expired()),
				"not yet valid":  token(authtest.NotYetValid()),
				"audience":       token(authtest.WrongAudience()),
				"issuer":         token(authtest.WrongIssuer()),
				"retired key":    token(authtest.RetiredKey()),
				"forged":         token(authtest.Forged()),
				"unsigned":       token(authtest.Unsigned()),
				"confused":       token(authtest.Confused()),
			} {
				t.Log(name)
				expect(t, targets, r, 401, "")
			}
			for name, r := range map[string]request{
				"empty":             ask.with("Authorization", ""),
				"empty token":       ask.with("Authorization", "Bearer "),
				"two headers":       token().with("Authorization", "Bearer x"),
				"two words":         ask.with("Authorization", "Bearer a b"),
				"same header twice": token().bearer(issuer.Token(admin...)),
			} {
				t.Log(name)
				expect(t, targets, r, 400, "")
			}
			expect(t, targets, ask.bearer(issuer.Token(authtest.User("u1"))), 403, "")
			expect(t, targets, token(authtest.Roles("Admin", "admin ", "administrator")), 403, "")
		})
	}
}

// TestTypedHandlers holds that a handler for one kind gets no other, though the
// rule would admit it.
func TestTypedHandlers(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	var events auditLog
	rule := protected()
	rule.Audit.Name = "Use"
	onlyUsers := protected(auth.Demands{Kinds: auth.KindUser})
	targets := serve(t, app{guard: issuer.Guard(auth.Auditor(&events)), routes: []route{
		{"GET", "/user", rule, formUser}, {"GET", "/service", rule, formService}, {"GET", "/claims", rule, formClaims},
		{"GET", "/user-claims", onlyUsers, formClaims},
	}})
	user, service, pat := issuer.Token(authtest.User("x1")), issuer.Token(authtest.Service("x1")), issuer.Token(authtest.PAT("x1"))
	expect(t, targets, get("/user").bearer(user), 200, "user x1")
	expect(t, targets, get("/service").bearer(service), 200, "service x1")
	for _, event := range events.take() {
		if !event.Allowed {
			t.Errorf("audited as denied: %+v", event)
		}
	}
	expect(t, targets, get("/user").bearer(service), 403, "")
	expect(t, targets, get("/user").bearer(pat), 403, "")
	expect(t, targets, get("/service").bearer(user), 403, "")
	// Claims that do not fit the handler's struct.
	expect(t, targets, get("/claims").bearer(issuer.Token(authtest.User("x1"), authtest.Claim("plan", 7))), 401, "")
	audited := events.take()
	// A struct for claims takes every kind that the rule admits, and no other.
	expect(t, targets, get("/user-claims").bearer(user), 200, "userToken x1 ")
	expect(t, targets, get("/user-claims").bearer(service), 403, "")
	expect(t, targets, get("/claims").bearer(service), 200, "service x1 ")
	// Unclear and vendor tokens are of no kind that a rule did not name.
	unclear, vendor := issuer.Token(authtest.User("x1"), authtest.Claim("type", "unheard")), issuer.Token(authtest.Vendor("x1"))
	for _, path := range []string{"/user", "/service", "/user-claims"} {
		expect(t, targets, get(path).bearer(unclear), 403, "")
		expect(t, targets, get(path).bearer(vendor), 403, "")
	}
	expect(t, targets, get("/claims").bearer(unclear), 200, "unheard x1 ")
	expect(t, targets, get("/claims").bearer(vendor), 403, "")
	if len(audited) != 4*len(targets) {
		t.Errorf("%d audit events, want one for each request", len(audited))
	}
	for _, event := range audited {
		if event.Allowed || event.Identity == nil {
			t.Errorf("audited wrongly: %+v", event)
		}
	}
}

func TestOptional(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	rule := &auth.Rule{Handler: "test", Access: auth.Optional}
	for f := range forms {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			targets := serve(t, app{guard: issuer.Guard(), routes: []route{{"GET", "/files", rule, f}}})
			token, who := issuer.Token(authtest.User("u1"), authtest.Claim("plan", "gold")), "user u1"
			switch f {
			case formClaims:
				who = "userToken u1 gold"
			case formService:
				expect(t, targets, get("/files").bearer(token), 403, "")
				token, who = issuer.Token(authtest.Service("s1")), "service s1"
			}
			expect(t, targets, get("/files"), 200, "nobody")
			expect(t, targets, get("/files").bearer(token), 200, who)
			expect(t, targets, get("/files").bearer(issuer.Token(authtest.User("u1"), authtest.Expired())), 401, "")
			expect(t, targets, get("/files").with("Authorization", "Bearer"), 400, "")
			expect(t, targets, get("/files").with("Authorization", "Basic eA=="), 401, "")
		})
	}
}

// TestPublic holds that credentials are never read.
func TestPublic(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	rule := &auth.Rule{Handler: "test", Access: auth.Public}
	targets := serve(t, app{guard: issuer.Guard(), routes: []route{
		{"GET", "/context", rule, formContext}, {"GET", "/identity", rule, formIdentity}, {"GET", "/user", rule, formUser}, {"GET", "/claims", rule, formClaims},
	}})
	for _, path := range []string{"/context", "/identity", "/user", "/claims"} {
		for _, r := range []request{
			get(path), get(path).with("Authorization", "garbage \"\\"), get(path).bearer("x").bearer("y"),
			get(path).bearer(issuer.Token(authtest.User("u1"), authtest.Expired())), get(path).bearer(issuer.Token(authtest.User("u1"))),
		} {
			expect(t, targets, r, 200, "nobody")
		}
	}
}

// TestNotSetUp holds that what nobody filled in lets nobody in, and panics
// nowhere.
func TestNotSetUp(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	token := issuer.Token(authtest.User("u1"), authtest.Roles("admin"))
	good, public := protected(), &auth.Rule{Access: auth.Public}
	for name, c := range map[string]struct {
		guard *auth.Guard
		rule  *auth.Rule
	}{
		"nil guard":              {nil, good},
		"zero guard":             {new(auth.Guard), good},
		"nil guard, public":      {nil, public},
		"zero guard, public":     {new(auth.Guard), public},
		"zero rule":              {issuer.Guard(), new(auth.Rule)},
		"nil rule":               {issuer.Guard(), nil},
		"nothing at all":         {nil, nil},
		"closed with demands":    {issuer.Guard(), &auth.Rule{All: []auth.Demands{{Roles: []string{"admin"}}}}},
		"public with demands":    {issuer.Guard(), &auth.Rule{Access: auth.Public, All: []auth.Demands{{Roles: []string{"admin"}}}}},
		"optional with demands":  {issuer.Guard(), &auth.Rule{Access: auth.Optional, All: []auth.Demands{{Roles: []string{"admin"}}}}},
		"access of no such sort": {issuer.Guard(), &auth.Rule{Access: 77}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var routes []route
			for f := range forms {
				routes = append(routes, route{"GET", "/" + f.String(), c.rule, f})
			}
			targets := serve(t, app{guard: c.guard, routes: routes})
			for f := range forms {
				expect(t, targets, get("/"+f.String()), 503, "")
				expect(t, targets, get("/"+f.String()).bearer(token), 503, "")
			}
		})
	}
}
