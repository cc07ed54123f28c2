package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/authgen/authgen/examples/internal/service"
)

// sharedLog keeps what several processes write.
type sharedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *sharedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// print writes what was kept.
func (l *sharedLog) print(w io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.text.WriteTo(w)
}

// runningService is an example service that runs as a process of its own.
type runningService struct {
	name string
	url  string
}

// start builds and starts the example services of the module at root. stop
// ends those that run and removes what was built; it is never nil.
func start(ctx context.Context, root, issuer string, stderr io.Writer) (services []runningService, stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	bin, err := os.MkdirTemp("", "authgen-quickstart-")
	if err != nil {
		return nil, cancel, err
	}
	var running []*exec.Cmd
	stop = func() {
		cancel()
		for _, cmd := range running {
			_ = cmd.Wait() // it was told to end: how it did says nothing
		}
		_ = os.RemoveAll(bin)
	}

	names := []string{"nethttp", "gin", "echo"}
	build := exec.CommandContext(ctx, "go", "build", "-o", bin+string(filepath.Separator))
	for _, name := range names {
		build.Args = append(build.Args, "./examples/"+name)
	}
	build.Dir, build.Stderr = root, stderr
	if err := build.Run(); err != nil {
		return nil, stop, fmt.Errorf("build the services: %w", err)
	}
	for _, name := range names {
		cmd := exec.CommandContext(ctx, filepath.Join(bin, name),
			"-issuer", issuer, "-local-issuer", "-audience", service.Audience, "-listen", "127.0.0.1:0")
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 10 * time.Second
		cmd.Stderr = stderr
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			return nil, stop, err
		}
		if err := cmd.Start(); err != nil {
			return nil, stop, fmt.Errorf("start %s: %w", name, err)
		}
		running = append(running, cmd)
		line, err := bufio.NewReader(stdout).ReadString('\n')
		url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
		if err != nil || !ok {
			return nil, stop, fmt.Errorf("%s did not start", name)
		}
		services = append(services, runningService{name, url})
	}
	return services, stop, nil
}

// send makes one request and returns its answer.
func (s runningService) send(ctx context.Context, method, path, token string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, nil)
	if err != nil {
		return "", err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	got := answer(fmt.Sprint(resp.StatusCode))
	if resp.StatusCode < 400 {
		return got, nil
	}
	var body struct {
		Code string `json:"code"`
	}
	// A refusal without the documented body is shown as such: it equals no
	// answer of the table.
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&body); err != nil {
		return got + " (no JSON body)", nil
	}
	return got + " " + answer(body.Code), nil
}
