package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
)

func environment(settings map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, set := settings[name]
		return value, set
	}
}

// TestDemonstration holds that the program does what its table demands, and that each
// decision about the audited route is an audit of the caller's tenant.
func TestDemonstration(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if exit := run(t.Context(), environment(nil), &stdout, &stderr); exit != 0 || stderr.Len() > 0 {
		t.Fatalf("exit %d\n%s%s", exit, &stdout, &stderr)
	}
	for line, times := range map[string]int{
		"every answer is the one that the table demands\n":                                    1,
		"audit of tenant-1: Medium Upload of PUT /uploads/a.txt, allowed\n":                   1,
		"audit of tenant-1: Medium Upload of PUT /uploads/a.txt, denied: permission_denied\n": 3,
		"audit of tenant-2: Medium Upload of PUT /uploads/a.txt, denied: permission_denied\n": 1,
		"audit of tenant-1: High Remove of DELETE /uploads/a.txt, allowed\n":                  2,
		"audit of ": 10,
	} {
		if got := strings.Count(stdout.String(), line); got != times {
			t.Errorf("%q is there %d times, want %d:\n%s", line, got, times, &stdout)
		}
	}
}

// TestCompare holds that an answer which is not the table's shows.
func TestCompare(t *testing.T) {
	t.Parallel()
	url, fake := started(t)
	all := credentials(fake)
	all[member] = all[admin]
	var stdout bytes.Buffer
	// Below /admin, and where uploads are listed and removed, the two differ.
	if wrong, err := compare(t.Context(), url, all, &stdout); err != nil || wrong != 4 {
		t.Errorf("%d answers are wrong, %v:\n%s", wrong, err, &stdout)
	}
	all[nobody] = credential{"Authorization", "Bearer " + fake.Token(fronteggtest.User("mallory"), fronteggtest.Forged())}
	if wrong, err := compare(t.Context(), url, all, io.Discard); err != nil || wrong != 4+len(table) {
		t.Errorf("a forged token: %d answers are wrong, %v", wrong, err)
	}
}

// started serves an environment as with FRONTEGG_* set, until the test ends.
func started(t *testing.T) (url string, fake *fronteggtest.Fake) {
	t.Helper()
	fake = fronteggtest.New(t)
	setUp(fake)
	settings := fake.Settings()
	settings["LISTEN"] = "127.0.0.1:0"
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := serve(ctx, environment(settings), write, auth.VerifyAccept(auth.WeakLocalIssuer))
		write.CloseWithError(errors.Join(errors.New("the service has ended"), err))
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(read).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("it said %q: %v", line, err)
	}
	return url, fake
}

// TestServe holds that the service of a real environment gives the table's answers.
func TestServe(t *testing.T) {
	t.Parallel()
	url, fake := started(t)
	var stdout bytes.Buffer
	if wrong, err := compare(t.Context(), url, credentials(fake), &stdout); err != nil || wrong > 0 {
		t.Errorf("%d answers are wrong, %v:\n%s", wrong, err, &stdout)
	}
}

// TestRefused holds what keeps the service of a real environment from starting.
func TestRefused(t *testing.T) {
	t.Parallel()
	fake := fronteggtest.New(t)
	setUp(fake)
	for name, c := range map[string]struct {
		change func(settings map[string]string)
		says   string
	}{
		"no key":            {func(s map[string]string) { delete(s, "FRONTEGG_API_KEY") }, "FRONTEGG_API_KEY is not set"},
		"a wrong key":       {func(s map[string]string) { s["FRONTEGG_API_KEY"] = "wrong" }, "status 401"},
		"keys of this host": {func(map[string]string) {}, "on this machine, as those of an issuer for development do"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := fake.Settings()
			settings["FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES"] = "1"
			c.change(settings)
			var stdout, stderr bytes.Buffer
			if exit := run(t.Context(), environment(settings), &stdout, &stderr); exit != 2 || !strings.Contains(stderr.String(), c.says) {
				t.Errorf("exit %d\n%s%s", exit, &stdout, &stderr)
			}
		})
	}
}
