package audits

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"

	"example.com/golden/internal/call"
)

// book keeps events, and fails to record them while it is full. It is for one
// goroutine.
type book struct {
	full   bool
	events []string
}

func (b *book) Audit(_ context.Context, e auth.AuditEvent) { b.note("told", e) }

func (b *book) Record(_ context.Context, e auth.AuditEvent) error {
	if b.full {
		return errors.New("full")
	}
	b.note("recorded", e)
	return nil
}

func (b *book) note(how string, e auth.AuditEvent) {
	b.events = append(b.events, fmt.Sprintf("%s %s/%s %v", how, e.Name, e.Severity, e.Allowed))
}

func TestAudits(t *testing.T) {
	t.Parallel()
	issuer, sink, files := authtest.New(t), new(book), new(Files)
	mux := http.NewServeMux()
	ProtectFiles(issuer.Guard(auth.Auditor(sink)), files).RegisterRoutes(mux)
	admin, plain := issuer.Token(authtest.User("ada"), authtest.Roles("admin")), issuer.Token(authtest.User("bob"))
	for _, c := range []struct {
		request, token string
		full           bool
		status         int
		event          string // "" for none
	}{
		{"GET /files", admin, false, 200, "told List files/ true"},
		{"GET /files", plain, true, 403, "told List files/ false"},
		{"GET /files", admin, true, 200, "told List files/ true"},
		{"POST /files", admin, false, 200, "recorded Upload/High true"},
		{"POST /files", plain, false, 403, "recorded Upload/High false"},
		{"POST /files", "", false, 401, "recorded Upload/High false"},
		{"POST /files", admin, true, 503, ""},
		{"POST /files", plain, true, 403, ""},
		{"POST /files", "", true, 401, ""},
		{"DELETE /files", "", false, 200, "recorded Remove/Critical true"},
		{"DELETE /files", "", true, 503, ""},
		{"DELETE /files", "rubbish", true, 401, ""},
		{"GET /health", "", false, 200, "recorded Health/ true"},
		{"GET /health", "", true, 503, ""},
	} {
		sink.full, sink.events, files.Calls = c.full, nil, 0
		call.Expect(t, mux, c.request, c.token, c.status)
		if (files.Calls == 1) != (c.status == 200) {
			t.Errorf("%s: the handler ran %d times", c.request, files.Calls)
		}
		if want := []string{c.event}; c.event != "" && !slices.Equal(sink.events, want) || c.event == "" && sink.events != nil {
			t.Errorf("%s: events %q, want %q", c.request, sink.events, c.event)
		}
	}
}

// TestNoRecorder holds that a program whose sink cannot record does not start.
func TestNoRecorder(t *testing.T) {
	t.Parallel()
	type unable struct{ auth.AuditSink }
	for name, guard := range map[string]*auth.Guard{
		"no sink":             authtest.New(t).Guard(),
		"one that is no good": authtest.New(t).Guard(auth.Auditor(unable{new(book)})),
	} {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, ".Upload: the rule requires its audit event") {
					t.Errorf("%s: %s", name, said)
				}
			}()
			ProtectFiles(guard, new(Files))
		}()
	}
}
