//go:build unix

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// asProgram makes the test binary be the program.
const asProgram = "AUTHGEN_TEST_QUICKSTART"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "1" {
		main() // does not return
	}
	os.Exit(m.Run())
}

// TestSignals holds that a process that is told to end takes its services along
// and leaves no folder behind.
func TestSignals(t *testing.T) {
	t.Parallel()
	dir := copyModule(t)
	// Instead of starting, the last service tells that the others run.
	running, over := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		running <- struct{}{}
		<-over
	}))
	t.Cleanup(func() {
		close(over)
		server.Close()
	})
	replace(t, filepath.Join(dir, "examples/echo/main.go"), "os.Exit(service.Main(\"echo\", routes))",
		`_, _ = http.Get("`+server.URL+`")
	os.Exit(service.Main("echo", routes))`)

	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		temp := t.TempDir()
		var out bytes.Buffer
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-dir", dir)
		cmd.Env = append(os.Environ(), asProgram+"=1", "TMPDIR="+temp)
		cmd.Stdout, cmd.Stderr = &out, &out
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-running:
		case err := <-ended:
			t.Fatalf("it ended before its services ran: %v\n%s", err, &out)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Error(err)
		}
		<-ended
		if code := cmd.ProcessState.ExitCode(); code != 2 {
			t.Errorf("%v: %v, want exit code 2\n%s", sig, cmd.ProcessState, &out)
		}
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("%v: left behind: %v, %v", sig, left, err)
		}
		// The services are of its process group.
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != syscall.ESRCH {
			t.Errorf("%v: a service outlived it: %v", sig, err)
		}
	}
}
