package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/authgen/authgen/providers/frontier/frontiertest"
)

func environment(settings map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, set := settings[name]
		return value, set
	}
}

// TestDemonstration holds that the program does what its table demands, and that each
// decision about the audited route is an audit record of the caller.
func TestDemonstration(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if exit := run(t.Context(), environment(nil), &stdout, &stderr); exit != 0 || stderr.Len() > 0 {
		t.Fatalf("exit %d\n%s%s", exit, &stdout, &stderr)
	}
	for line, times := range map[string]int{
		"every answer is the one that the table demands\n":                  1,
		"audit record: project.rename by app/user, allowed: true\n":         1,
		"audit record: project.rename by app/serviceuser, allowed: false\n": 1,
		"audit record: project.rename by app/user, allowed: false\n":        1, // from another site
		"audit record: project.rename by app/pat, allowed: false\n":         1,
		"audit record: project.rename by system, allowed: false\n":          2, // an access token without session, the stranger
	} {
		if got := strings.Count(stdout.String(), line); got != times {
			t.Errorf("%q is there %d times, want %d:\n%s", line, got, times, &stdout)
		}
	}
}

// started serves a Frontier as with FRONTIER_* set, until the test ends.
func started(t *testing.T) (url string, e estate) {
	t.Helper()
	e = setUp(frontiertest.New(t))
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := serve(ctx, e.fake.URL(), environment(e.settings()), write)
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
	return url, e
}

func (e estate) settings() map[string]string {
	return map[string]string{
		"FRONTIER_URL": e.fake.URL(), "FRONTIER_ISSUER": e.fake.Issuer(), "LISTEN": "127.0.0.1:0", "LOCAL": "true",
		"FRONTIER_CLIENT_ID": e.service.ID, "FRONTIER_CLIENT_SECRET": e.service.Secret,
	}
}

// TestServe holds that the service of a real Frontier gives the table's answers, and
// that an answer which is not the table's shows.
func TestServe(t *testing.T) {
	t.Parallel()
	url, e := started(t)
	var stdout bytes.Buffer
	if wrong, err := visit(t.Context(), url, e, &stdout); err != nil || wrong > 0 {
		t.Errorf("%d answers are wrong, %v:\n%s", wrong, err, &stdout)
	}
	e.authorization[viewer] = e.authorization[machine]
	stdout.Reset()
	// An import is for the machine alone, and the project for the viewer alone.
	if wrong, err := visit(t.Context(), url, e, &stdout); err != nil || wrong != 2 || strings.Count(stdout.String(), "(want ") != 2 {
		t.Errorf("%d answers are wrong, %v:\n%s", wrong, err, &stdout)
	}
	e.authorization[nobody] = "Bearer " + e.fake.Token("app/user:00000000-0000-4000-8000-000000000001", frontiertest.Forged())
	if wrong, err := visit(t.Context(), url, e, io.Discard); err != nil || wrong != 2 {
		t.Errorf("a forged token: %d answers are wrong, %v", wrong, err)
	}
}

// TestRefused holds what keeps the service of a real Frontier from starting.
func TestRefused(t *testing.T) {
	t.Parallel()
	e := setUp(frontiertest.New(t))
	robot := e.fake.CreateServiceUser(e.fake.CreateOrg("third").ID, "robot")
	other := e.fake.CreateCredential(robot.ID)
	for name, c := range map[string]struct {
		change func(settings map[string]string)
		says   string
	}{
		"no issuer":      {func(s map[string]string) { delete(s, "FRONTIER_ISSUER") }, "FRONTIER_ISSUER"},
		"a wrong secret": {func(s map[string]string) { s["FRONTIER_CLIENT_SECRET"] = "wrong" }, "authentication"},
		"no audit record": {func(s map[string]string) {
			s["FRONTIER_CLIENT_ID"], s["FRONTIER_CLIENT_SECRET"] = other.ID, other.Secret
		}, "may not write audit records"},
		"keys of this host": {func(s map[string]string) { delete(s, "LOCAL") }, "on this machine, as those of an issuer for development do"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := e.settings()
			c.change(settings)
			var stdout, stderr bytes.Buffer
			if exit := run(t.Context(), environment(settings), &stdout, &stderr); exit != 2 || !strings.Contains(stderr.String(), c.says) {
				t.Errorf("exit %d\n%s%s", exit, &stdout, &stderr)
			}
		})
	}
}
