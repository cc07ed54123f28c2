package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"text/tabwriter"
	"time"

	"github.com/authgen/authgen/providers/frontegg"
	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
)

const (
	tenant = fronteggtest.DefaultTenant
	other  = "tenant-2"
)

// demonstration serves an environment of a fake Frontegg, and counts the answers
// that are not those of the table.
func demonstration(ctx context.Context, stdout, stderr io.Writer) (wrong int, err error) {
	fake, err := fronteggtest.Start()
	if err != nil {
		return 0, err
	}
	defer fake.Close()
	setUp(fake)
	// What is logged matters only when something is wrong. It is read when nobody
	// writes any more.
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	defer func() {
		if wrong > 0 || err != nil {
			_, _ = log.WriteTo(stderr)
		}
	}()
	settings := fake.Settings()
	client, guard, err := connect(ctx, frontegg.Logger(logger), frontegg.Environment(func(name string) (string, bool) {
		value, set := settings[name]
		return value, set
	}))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	handler, err := routes(guard, auth.VerifyAccept(auth.WeakLocalIssuer), auth.VerifyLogger(logger))
	if err != nil {
		return 0, err
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	if wrong, err = compare(ctx, server.URL, credentials(fake), stdout); err != nil {
		return wrong, err
	}
	if wrong == 0 {
		fmt.Fprintln(stdout, "every answer is the one that the table demands")
	}
	return wrong, audits(fake, client, stdout)
}

// setUp entitles the tenant to the feature.
func setUp(fake *fronteggtest.Fake) {
	fake.SetEntitlements(fronteggtest.Entitlements{
		Features: []fronteggtest.Feature{{ID: "f1", Key: "insights"}},
		Bundles:  []fronteggtest.Bundle{{ID: "b1", Features: []string{"f1"}}},
		Granted:  []fronteggtest.Entitlement{{Bundle: "b1", Tenant: tenant}},
	})
}

// credential is the header that a caller sends.
type credential struct{ header, value string }

func credentials(fake *fronteggtest.Fake) [callers]credential {
	bearer := func(user string, opts ...fronteggtest.TokenOption) credential {
		return credential{"Authorization", "Bearer " + fake.Token(fronteggtest.User(user), opts...)}
	}
	return [callers]credential{
		member: bearer("bob", fronteggtest.Roles("viewer"), fronteggtest.Permissions("uploads.read")),
		admin:  bearer("ada", fronteggtest.Roles("admin")),
		fresh:  bearer("ada", fronteggtest.Roles("admin"), fronteggtest.StepUp(time.Now())),
		machine: {"X-Api-Key", fake.IssueAccessToken(fronteggtest.TenantAccess("nightly-import"),
			fronteggtest.AccessToken{Permissions: []string{"uploads.manage"}})},
		stranger: bearer("eve", fronteggtest.Tenant(other)),
	}
}

// compare sends every request of the table as every caller, prints what came back,
// and counts what should have been otherwise.
func compare(ctx context.Context, url string, credentials [callers]credential, stdout io.Writer) (wrong int, err error) {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "request")
	for c := range callers {
		fmt.Fprintf(w, "\t%s", c)
	}
	fmt.Fprintln(w)
	for _, r := range table {
		fmt.Fprintf(w, "%s %s", r.method, r.path)
		for c := range callers {
			got, err := send(ctx, r.method, url+r.path, credentials[c])
			if err != nil {
				return wrong, err
			}
			if got == stronger {
				fmt.Fprint(w, "\t401 step-up")
			} else {
				fmt.Fprintf(w, "\t%s", got[:3])
			}
			if got != r.want[c] {
				fmt.Fprintf(w, " (want %s, got %s)", r.want[c], got)
				wrong++
			}
		}
		fmt.Fprintln(w)
	}
	return wrong, w.Flush()
}

// send makes one request and returns its answer.
func send(ctx context.Context, method, url string, c credential) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return "", err
	}
	if c.header != "" {
		r.Header.Set(c.header, c.value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	got := fmt.Sprint(response.StatusCode)
	if m := challenge.FindStringSubmatch(response.Header.Get("WWW-Authenticate")); m != nil {
		got += " " + m[1]
	}
	return answer(got), nil
}

// challenge finds the error of a challenge.
var challenge = regexp.MustCompile(` error="([a-z_]+)"`)

// audits prints what administrators of the tenants can read. Events are sent in the
// background: closing the client waits for those of the requests before.
func audits(fake *fronteggtest.Fake, client *frontegg.Client, stdout io.Writer) error {
	if err := client.Close(); err != nil {
		return err
	}
	for _, of := range []string{tenant, other} {
		for _, a := range fake.Audits(of) {
			fmt.Fprintf(stdout, "audit of %s: %s %s of %s, %s\n", of, a["severity"], a["action"], a["resource"], a["description"])
		}
	}
	return nil
}
