package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/authgen/authgen/benchmarks/frontegg/guarded"
	"github.com/authgen/authgen/providers/frontegg"
)

// asServer makes this program be the Go server.
const asServer = "AUTHGEN_BENCHMARK_SERVER"

// serve is the Go server: /open has no guard, /guarded demands the role admin. It
// ends with its standard input.
func serve() error {
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})) // as the SDK
	guard, err := frontegg.New(context.Background(), frontegg.Logger(logger))
	if err != nil {
		return err
	}
	defer guard.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /open", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	mux.HandleFunc("GET /guarded", guarded.Protect(guard).Admin)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// kind is one of the servers that are measured.
type kind struct{ name, node string } // what server.js takes as KIND; "" for the Go server

var kinds = []kind{
	{"Go net/http, generated guard", ""},
	{"node:http, withAuthentication", "http"},
	{"express, withAuthentication", "express"},
}

//go:embed server.js
var script []byte

// server is one in a process of its own.
type server struct {
	url   string
	cmd   *exec.Cmd
	stdin io.Closer
}

// start starts a server. node is the folder where the SDK for Node is installed.
func (k kind) start(settings map[string]string, node string) (*server, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(executable)
	cmd.Env = append(os.Environ(), asServer+"=1")
	if k.node != "" {
		cmd = exec.Command("node", "-e", string(script))
		cmd.Dir = node
		cmd.Env = append(os.Environ(), "KIND="+k.node, "NODE_ENV=production")
	}
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, stdin: stdin}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		s.stop()
		return nil, fmt.Errorf("%s does not listen: %q", k.name, line)
	}
	s.url = url
	return s, nil
}

func (s *server) stop() {
	_ = s.stdin.Close()
	_ = s.cmd.Wait() // it was told to end
}

// installNode returns a folder that has Frontegg's SDK for Node, in the version of
// the tests of package fronteggtest whose folder source is. What is missing it
// installs, into the user's cache.
func installNode(source string) (string, error) {
	hash := sha256.New()
	files := map[string][]byte{}
	for _, name := range []string{"package.json", "package-lock.json"} {
		data, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", err
		}
		files[name] = data
		hash.Write(data)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "authgen-nodesdk", fmt.Sprintf("%x", hash.Sum(nil)[:8]))
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", err
	}
	made, err := os.MkdirTemp(filepath.Dir(folder), "installing-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(made) // it is gone when all went well
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(made, name), data, 0o600); err != nil {
			return "", err
		}
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = made
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	if err := os.Rename(made, folder); err != nil && !os.IsExist(err) {
		return "", err
	}
	return folder, nil
}
