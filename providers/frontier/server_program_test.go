package frontier_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

// TestServerAdmin makes a service user and all its credentials, each of which serves,
// and holds who may and that no secret is printed.
func TestServerAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.newOrg()
	for name, admin := range map[string]*frontier.Admin{"the program": w.admin.Admin(), "the owner": w.admin.Admin().As(w.token(w.owner))} {
		made, err := admin.CreateServiceUser(t.Context(), org, "CI", map[string]any{"camelCase": "x"})
		if err != nil || made.OrgID != org || made.Title != "CI" || made.Metadata["camelCase"] != "x" {
			t.Fatalf("%s: %+v: %v", name, made, err)
		}
		secret, err1 := admin.CreateServiceUserCredential(t.Context(), org, made.ID, "secret")
		opaque, err2 := admin.CreateServiceUserToken(t.Context(), org, made.ID, "opaque")
		key, err3 := admin.CreateServiceUserJWK(t.Context(), org, made.ID, "key")
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if secret.Title != "secret" || secret.CreatedAt.IsZero() || key.ServiceUserID != made.ID {
			t.Errorf("%s: %+v %+v", name, secret, key)
		}
		for what, opt := range map[string]frontier.Option{
			"secret": frontier.Credentials(secret.ID, secret.Secret()), "opaque token": frontier.Credentials(opaque.ID, opaque.Secret()), "key": frontier.Key(key.File()),
		} {
			token, err := w.connect(opt).Token(t.Context())
			if err != nil || claimsOf(t, token, 1)["sub"] != made.ID {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		for _, v := range []any{secret, &secret, opaque, key, &key} {
			data, _ := json.Marshal(v)
			hides(t, fmt.Sprintf("%v %+v %#v %s", v, v, v, v)+string(data), secret.Secret(), opaque.Secret(), "PRIVATE KEY")
		}
	}
	stranger := w.admin.Admin().As(w.token(w.login()))
	if _, err := stranger.CreateServiceUser(t.Context(), org, "", nil); !errors.Is(err, frontier.ErrPermissionDenied) {
		t.Errorf("a stranger: %v", err)
	}
	if _, err := w.admin.Admin().CreateServiceUserCredential(t.Context(), org, w.owner.id, ""); err == nil {
		t.Error("a user is made a service user's credential")
	}
}

// TestServerOutgoing holds that each kind of credential gets a token for the program,
// that another counts without a restart, and what calls to other services have.
func TestServerOutgoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.newOrg()
	machine := w.newRobot(org)
	secret, opaque, key := w.secretOf(machine), w.opaqueOf(machine), w.keyOf(machine)
	path := filepath.Join(t.TempDir(), "key.json")
	write := func(k ft.Key) {
		t.Helper()
		if err := os.WriteFile(path, keyFile(t, k, true), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(key)
	current := opaque
	var refused atomic.Value // the token that counts no more at the peer
	p := newPeer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(authorization) == refused.Load() {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	var rotate []func()
	for name, c := range map[string]struct {
		opt  frontier.Option
		next func() // the first credential ends, and there is another
	}{
		"secret": {frontier.Credentials(secret.ID, secret.Secret), nil},
		"key file": {frontier.KeyFile(path), func() {
			w.must(t, "DeleteServiceUserJWK", jsonObject{"id": machine.id, "org_id": org, "key_id": key.ID}, authorization, w.program.Basic())
			write(w.keyOf(machine))
		}},
		"source": {frontier.CredentialSource(func(context.Context) (frontier.Credential, error) {
			return frontier.SecretCredential(current.ID, current.Secret)
		}), func() {
			w.must(t, "DeleteServiceUserToken", jsonObject{"id": machine.id, "org_id": org, "token_id": opaque.ID}, authorization, w.program.Basic())
			current = w.opaqueOf(machine)
		}},
	} {
		client := w.connect(c.opt, frontier.AllowOrigins(p.URL))
		token, err := client.Token(t.Context())
		if err != nil || claimsOf(t, token, 1)["sub"] != machine.id {
			t.Errorf("%s: %v", name, err)
			continue
		}
		send(t, client.HTTPClient(), p.URL, nil)
		if seen := p.take(); len(seen) != 1 || seen[0].Header.Get(authorization) != "Bearer "+token || seen[0].Header.Get("X-Request-ID") == "" {
			t.Errorf("%s: %d requests", name, len(seen))
		}
		if got := w.service().status("/any", authorization, "Bearer "+token); got != 200 {
			t.Errorf("%s: the token: %d", name, got)
		}
		if c.next != nil {
			rotate = append(rotate, func() {
				c.next()
				refused.Store("Bearer " + token)
				if got := send(t, client.HTTPClient(), p.URL, nil); got.StatusCode != 200 {
					t.Errorf("%s, another: %d", name, got.StatusCode)
				}
				if again, err := client.Token(t.Context()); err != nil || again == token || claimsOf(t, again, 1)["sub"] != machine.id {
					t.Errorf("%s, another: %v", name, err)
				}
			})
		}
	}
	for _, next := range rotate {
		next()
	}
	// A clock may be ahead of the server's by less than a minute.
	signer := frontier.Key(keyFile(t, w.keyOf(machine), true))
	for ahead, refused := range map[time.Duration]bool{30 * time.Second: false, 2 * time.Hour: true} {
		now := func() time.Time { return time.Now().Add(ahead) }
		if _, err := w.connect(signer, frontier.Clock(now)).Token(t.Context()); errors.Is(err, frontier.ErrUnauthenticated) != refused || !refused && err != nil {
			t.Errorf("a clock that is ahead by %s: %v", ahead, err)
		}
	}
}

// TestServerErrors holds what callers of the client are told.
func TestServerErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opaque := w.opaqueOf(w.newRobot(w.newOrg()))
	var told *frontier.Error
	wrong := w.connect(frontier.Credentials(opaque.ID, strings.Repeat("0", 64)))
	_, err := wrong.Token(t.Context())
	if !errors.Is(err, frontier.ErrUnauthenticated) || !errors.Is(err, frontier.ErrUnavailable) || !errors.As(err, &told) || told.Status != 401 || told.RPC != "AuthToken" || told.Message == "" {
		t.Errorf("a wrong secret: %v", err)
	}
	if _, err := wrong.MissingPermissions(t.Context()); !errors.Is(err, frontier.ErrUnavailable) {
		t.Errorf("without a token: %v", err)
	}
	if got := w.serviceAs(ft.Credential{ID: opaque.ID, Secret: strings.Repeat("0", 64)}).status("/any", w.owner.headers()...); got != 503 && !w.old { // whose keys are public
		t.Errorf("a guard that gets no keys: %d", got)
	}
	late := w.connect(frontier.Credentials(opaque.ID, opaque.Secret), frontier.Timeout(time.Nanosecond))
	if _, err := late.Token(t.Context()); !errors.Is(err, frontier.ErrUnavailable) {
		t.Errorf("an answer that comes late: %v", err)
	}
	member := w.connect(frontier.Credentials(opaque.ID, opaque.Secret))
	if _, err := member.CreatePermissions(t.Context(), "authgensuite.file.never"); !errors.Is(err, frontier.ErrPermissionDenied) || !errors.As(err, &told) || told.Status != 403 {
		t.Errorf("not a superuser: %v", err)
	}
}

// TestServerAudits holds that records are written once, by whom they may be, and who is
// in those of rules.
func TestServerAudits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.needsNewer("audit records")
	org := w.newOrg()
	user, machine := w.newMember(org), w.newRobot(org)
	opaque, pat := w.opaqueOf(machine), w.newPAT(user, org)
	session, _ := claimsOf(t, w.token(user), 1)["sid"].(string)
	audits := w.admin.Audits()
	if err := audits.Ready(t.Context()); err != nil {
		t.Fatalf("Ready: %v", err)
	}
	member := w.connect(frontier.Credentials(opaque.ID, opaque.Secret)).Audits()
	record := frontier.AuditRecord{
		Event: "authgen.tested", Actor: frontier.AuditEntity{Type: "app/user", ID: session}, Resource: frontier.AuditEntity{ID: org, Type: "app/organization"},
		Target: frontier.AuditEntity{ID: "f1", Type: "storage/file"}, OrgID: org, RequestID: name(), IdempotencyKey: frontier.NewIdempotencyKey(),
	}
	if err1, err2 := member.Ready(t.Context()), member.Create(t.Context(), record); !errors.Is(err1, frontier.ErrPermissionDenied) || !errors.Is(err2, frontier.ErrPermissionDenied) {
		t.Errorf("somebody: %v, %v", err1, err2)
	}
	if err := errors.Join(audits.Create(t.Context(), record), audits.Create(t.Context(), record)); err != nil {
		t.Errorf("twice: %v", err)
	}
	other := record
	other.Event = "authgen.tested.otherwise"
	var told *frontier.Error
	if err := audits.Create(t.Context(), other); !errors.As(err, &told) || told.Code != "already_exists" {
		t.Errorf("another of the same key: %v", err)
	}
	other.IdempotencyKey, other.Actor.ID = frontier.NewIdempotencyKey(), user.id
	if err := audits.Create(t.Context(), other); !errors.Is(err, frontier.ErrNotFound) {
		t.Errorf("a user's id for an actor: %v", err)
	}

	client := w.connect(frontier.Credentials(w.program.ID, w.program.Secret))
	guard, err := client.Guard(t.Context(), auth.Auditor(client.Audits().Sink()))
	if err != nil {
		t.Fatal(err)
	}
	s := &service{log: new(log)}
	s.serve(t, guard)
	rule := &auth.Rule{Handler: "files.Read", Access: auth.Restricted, Audit: auth.Audit{Name: "authgen.read", Severity: "High"}}
	required := &auth.Rule{Handler: "files.Read", Access: auth.Restricted, Audit: auth.Audit{Name: "authgen.rotated", Required: true}}
	mux := s.http.(*http.ServeMux)
	mux.HandleFunc("/file", nethttp.HandlerIdentity(guard, rule, func(http.ResponseWriter, *http.Request, *auth.Identity) {}))
	mux.HandleFunc("/required", nethttp.HandlerIdentity(guard, required, func(http.ResponseWriter, *http.Request, *auth.Identity) {}))
	s.http = frontier.RequestIDs(mux)
	ended := w.newMember(org)
	lost := w.token(ended)
	w.must(t, "AuthLogout", jsonObject{}, ended.headers()...)
	over, _ := claimsOf(t, lost, 1)["sid"].(string)
	gone, dismissed := w.newMember(org), w.newRobot(org)
	ofGone, ofDismissed := w.token(gone), w.must(t, "AuthToken", jsonObject{}, authorization, w.opaqueOf(dismissed).Basic()).text("access_token")
	w.must(t, "DeleteUser", jsonObject{"id": gone.id}, authorization, w.program.Basic())
	w.must(t, "DeleteServiceUser", jsonObject{"id": dismissed.id, "org_id": org}, authorization, w.program.Basic())
	callers := map[string]struct {
		headers   []string
		typ, id   string // of the actor
		otherwise string // its type on servers that take no such
	}{
		"a user":                          {user.headers(), "app/user", session, ""},
		"a service user":                  {[]string{authorization, opaque.Basic()}, "app/serviceuser", machine.id, ""},
		"a personal access token":         {[]string{authorization, "Bearer " + pat.Token}, "app/pat", pat.ID, "system"},
		"a user whose session is over":    {[]string{authorization, "Bearer " + lost}, "app/user", over, ""},
		"a user who was deleted":          {[]string{authorization, "Bearer " + ofGone}, "system", nobody, ""},
		"a service user that was deleted": {[]string{authorization, "Bearer " + ofDismissed}, "system", nobody, ""},
	}
	ids := map[string]string{record.RequestID: "the record"}
	for caller, c := range callers {
		for _, path := range []string{"/file", "/required"} {
			id := name()
			ids[id] = caller
			response := s.ask(path, append(c.headers, "X-Request-ID", id)...)
			if response.StatusCode != 200 || response.Header.Get("X-Request-ID") != id {
				t.Errorf("%s, %s: %d\n%s", caller, path, response.StatusCode, s.log)
			}
		}
	}
	if err := client.Close(); err != nil || client.Audits().Dropped() != 0 {
		t.Errorf("%d events were dropped: %v\n%s", client.Audits().Dropped(), err, s.log)
	}
	for request, caller := range ids {
		written := w.must(t, "ListAuditRecords", jsonObject{"query": jsonObject{
			"limit": 500, "filters": []jsonObject{{"name": "request_id", "operator": "eq", "string_value": request}},
		}}, authorization, w.program.Basic())
		all, _ := written.body["audit_records"].([]any)
		all = slices.DeleteFunc(all, func(r any) bool { return answered{body: r.(jsonObject)}.text("request_id") != request })
		if len(all) != 1 {
			t.Errorf("%s: the server has %d records", caller, len(all))
			continue
		}
		c := callers[caller]
		if caller == "the record" {
			c.typ, c.id = "app/user", session
		}
		a := answered{body: all[0].(jsonObject)}
		typ, id := a.text("actor", "type"), a.text("actor", "id")
		if (typ != c.typ || id != c.id) && typ != c.otherwise || a.text("org_id") != org {
			t.Errorf("%s: the actor is %s %s, of %s", caller, typ, id, a.text("org_id"))
		}
	}
}
