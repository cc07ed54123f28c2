package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// book is a sink that records, as its function says.
type book struct {
	events
	err    error
	panics bool
	ctx    context.Context
}

func (s *book) Record(ctx context.Context, e auth.AuditEvent) error {
	s.ctx = ctx
	if s.panics {
		panic(errors.New("s3cr3t"))
	}
	if s.err == nil {
		s.all = append(s.all, e)
	}
	return s.err
}

// required is a rule whose audit is required.
func required(demands ...auth.Demands) *auth.Rule {
	rule := protected(demands...)
	rule.Audit = auth.Audit{Name: "Upload", Severity: "High", Required: true}
	return rule
}

// TestRequiredAudit holds that nobody is admitted without an event that the rule
// requires, that a denial stays what it is, and what is told of both.
func TestRequiredAudit(t *testing.T) {
	t.Parallel()
	admin := auth.Demands{Roles: []string{"admin"}}
	user, nobody := bearer(edSigner().token(nil)), httptest.NewRequest(http.MethodGet, "/", nil)
	optional, public, nameless := &auth.Rule{Access: auth.Optional}, &auth.Rule{Access: auth.Public}, required()
	optional.Audit, public.Audit, nameless.Audit.Name = required().Audit, required().Audit, ""
	full := errors.New("the disk is full")
	const lost = "the required audit event is not recorded: "
	for name, c := range map[string]struct {
		sink   auth.AuditSink // nil for none
		r      *http.Request
		rule   *auth.Rule
		status int
		log    string // in it
	}{
		"recorded":             {new(book), user, required(), 200, ""},
		"recorded, denied":     {new(book), user, required(admin), 403, "lacks role"},
		"recorded, anonymous":  {new(book), nobody, required(), 401, "no credential"},
		"recorded, optional":   {new(book), nobody, optional, 200, ""},
		"recorded, public":     {new(book), user, public, 200, ""},
		"recorded, no name":    {new(book), user, nameless, 200, ""},
		"fails":                {&book{err: full}, user, required(), 503, lost + "the audit sink did not answer: the disk is full"},
		"fails, denied":        {&book{err: full}, user, required(admin), 403, `a required audit event is not recorded" name=Upload`},
		"fails, anonymous":     {&book{err: full}, nobody, required(), 401, `error="the audit sink did not answer: the disk is full"`},
		"fails, optional":      {&book{err: full}, nobody, optional, 503, lost},
		"fails, public":        {&book{err: full}, user, public, 503, lost},
		"fails, no name":       {&book{err: full}, user, nameless, 503, lost},
		"panics":               {&book{panics: true}, user, required(), 503, lost + "the audit sink panicked: *errors.errorString"},
		"panics, denied":       {&book{panics: true}, user, required(admin), 403, `error="the audit sink panicked: *errors.errorString"`},
		"cannot record":        {new(events), user, required(), 503, "auth.AuditRecorder"},
		"cannot, denied":       {new(events), user, required(admin), 403, "auth.AuditRecorder"},
		"no sink":              {nil, user, required(), 503, "auth.AuditRecorder"},
		"no sink, denied":      {nil, user, required(admin), 403, "auth.AuditRecorder"},
		"not required":         {&book{err: full}, user, &auth.Rule{Access: auth.Restricted, Audit: auth.Audit{Name: "Upload"}}, 200, ""},
		"not required, denied": {&book{err: full}, user, &auth.Rule{Access: auth.Restricted, All: []auth.Demands{admin}, Audit: auth.Audit{Name: "Upload"}}, 403, "lacks role"},
	} {
		var log strings.Builder
		var observer recorder
		opts := []auth.Option{logTo(&log), auth.Observe(&observer)}
		if c.sink != nil {
			opts = append(opts, auth.Auditor(c.sink))
		}
		g := guardWith(t, opts...)
		id, challenge := g.Admit(c.r, nil, c.rule)
		status := http.StatusOK
		if challenge != nil {
			status = challenge.Status()
		}
		if status != c.status || id != nil && status != 200 {
			t.Errorf("%s: %v, %v", name, id, challenge)
		}
		if text := log.String(); !strings.Contains(text, c.log) || c.log == "" && text != "" || strings.Contains(text, "s3cr3t") {
			t.Errorf("%s: logged %q, want %q", name, text, c.log)
		}
		var audited []auth.AuditEvent
		switch sink := c.sink.(type) {
		case *book:
			audited = sink.all
		case *events:
			audited = sink.all
		}
		want := []int{c.status}
		if strings.HasPrefix(name, "fails") || strings.HasPrefix(name, "panics") || c.sink == nil || strings.HasPrefix(name, "cannot") {
			want = nil
		}
		var got []int
		for _, e := range audited {
			if e.Allowed {
				e.Status = http.StatusOK
			}
			got = append(got, e.Status)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: audited %v, want %v", name, got, want)
		}
		seen := observer.take()
		if last := seen[len(seen)-1]; (last.Kind == auth.EventAllowed) != (c.status == 200) || last.Kind == auth.EventDenied && last.Status != c.status {
			t.Errorf("%s: observed %+v", name, last)
		}
		asked := slices.ContainsFunc(seen, func(e auth.Event) bool {
			return e.Kind == auth.EventProviderCall && e.Provider == auth.ProviderAudit && e.Yes == (want != nil) && (e.Err != nil) == (want == nil)
		})
		if asked != c.rule.Audit.Required {
			t.Errorf("%s: observed %+v", name, seen)
		}
	}
}

// TestRequiredAuditTyped holds that what handlers take is part of the decision that
// is recorded, and that none of their doors leads past the recorder.
func TestRequiredAuditTyped(t *testing.T) {
	t.Parallel()
	user, service := bearer(edSigner().token(nil)), bearer(edSigner().token(map[string]any{"type": "service"}))
	for name, admit := range map[string]func(*auth.Guard, *http.Request, *auth.Rule) (bool, *auth.Challenge){
		"identity": admitting(auth.AdmitIdentity), "typed": admitting(auth.AdmitAs[auth.User]), "claims": admitting(auth.AdmitClaims[struct{}]),
	} {
		if some, c := admit(guardWith(t, auth.Auditor(&book{err: errors.New("full")})), user, required()); some || c == nil || c.Status() != 503 {
			t.Errorf("%s: %v, %v", name, some, c)
		}
		sink := new(book)
		if some, c := admit(guardWith(t, auth.Auditor(sink)), user, required()); !some || c != nil || len(sink.all) != 1 {
			t.Errorf("%s: %v, %v", name, some, c)
		}
	}
	sink := new(book)
	if _, c := auth.AdmitAs[auth.User](guardWith(t, auth.Auditor(sink)), service, nil, required()); c == nil || len(sink.all) != 1 || sink.all[0].Allowed {
		t.Errorf("%v, recorded %+v", c, sink.all)
	}
}

// TestRequiredAuditOfTheGone holds that who hangs up cannot keep a denial from being
// recorded, and is not admitted.
func TestRequiredAuditOfTheGone(t *testing.T) {
	t.Parallel()
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	r := bearer(edSigner().token(nil)).WithContext(gone)
	sink := new(book)
	g := guardWith(t, auth.Auditor(sink))
	if _, c := g.Admit(r, nil, required(auth.Demands{Roles: []string{"admin"}})); c.Status() != 403 || sink.ctx.Err() != nil {
		t.Errorf("%v, %v", c, sink.ctx.Err())
	}
	if _, c := g.Admit(r, nil, required()); c == nil || c.Status() != 503 || sink.ctx.Err() == nil {
		t.Errorf("%v, %v", c, sink.ctx.Err())
	}
}

// TestRequireRecorder holds that a guard without a recorder is refused where routes
// are wired, if a rule requires one.
func TestRequireRecorder(t *testing.T) {
	t.Parallel()
	optional := required()
	optional.Audit.Required = false
	for name, c := range map[string]struct {
		g      *auth.Guard
		rule   *auth.Rule
		panics bool
	}{
		"no sink":                {guardWith(t), required(), true},
		"a sink":                 {guardWith(t, auth.Auditor(new(events))), required(), true},
		"a recorder":             {guardWith(t, auth.Auditor(new(book))), required(), false},
		"no sink, not required":  {guardWith(t), optional, false},
		"a sink, not required":   {guardWith(t, auth.Auditor(new(events))), optional, false},
		"a guard that is not up": {nil, required(), false},
	} {
		said := requires(c.g, protected(), c.rule)
		if (said != "") != c.panics || c.panics && !strings.Contains(said, "auth: test: the rule requires its audit event, and the guard has no sink") {
			t.Errorf("%s: said %q", name, said)
		}
	}
	if _, c := (*auth.Guard)(nil).Admit(httptest.NewRequest(http.MethodGet, "/", nil), nil, required()); c == nil || c.Status() != 503 {
		t.Errorf("a nil guard: %v", c)
	}
}
