// Package browsertest shows pages of tests to a real browser.
package browsertest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// patience is how long a browser may take for its pages, start included.
const patience = 5 * time.Minute

// Visit opens url in a Chromium, and returns what a page that is shown reports: the
// first value of reports. args are further ones of its command line. Each visit has a
// browser of its own, without any cookie, which ends with it.
//
// It skips the test where there is no chromium, and fails it where
// AUTHGEN_REQUIRE_SERVICES is 1.
func Visit[T any](t testing.TB, url string, reports <-chan T, args ...string) T {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("AUTHGEN_REQUIRE_SERVICES") == "1" {
			t.Fatal("chromium is not installed, and AUTHGEN_REQUIRE_SERVICES=1 demands it")
		}
		t.Skip("chromium is not installed: what browsers do across origins is not tested")
	}
	profile, err := os.MkdirTemp("", "authgen-browser-")
	if err != nil {
		t.Fatal(err)
	}
	// Processes that outlive the browser for a moment may still write there.
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// chromium's sandbox needs rights that containers do not have. All that the
	// browser sees comes from the test.
	command := exec.CommandContext(ctx, chromium, append(append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--no-proxy-server", "--disable-background-networking", "--disable-component-update", "--disable-breakpad",
		"--user-data-dir=" + profile,
	}, args...), url)...)
	// It makes folders of its own too, and leaves them when it is ended.
	command.Env = append(os.Environ(), "TMPDIR="+profile)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	var report T
	select {
	case report = <-reports:
		cancel()
		<-ended
	case err := <-ended:
		t.Fatalf("chromium ended before the page reported: %v\n%s", err, &said)
	case <-ctx.Done():
		<-ended
		t.Fatalf("the page did not report in time\n%s", &said)
	}
	return report
}
