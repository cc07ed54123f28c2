//go:build unix

// Package redistest runs Redis for tests: a process of redis-server that a test
// kills, starts again and makes hang.
package redistest

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start.
const patience = 30 * time.Second

// Server is a redis-server on a port of 127.0.0.1, which keeps nothing on disk. Its
// methods belong to the goroutine of the test.
type Server struct {
	t      testing.TB
	folder string
	args   []string
	port   string

	running *exec.Cmd // nil while it is stopped
	output  *output
}

// Start starts a server that ends with the test; args are those of redis-server. It
// skips the test where there is no redis-server, and fails it where
// AUTHGEN_REQUIRE_SERVICES is 1.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("AUTHGEN_REQUIRE_SERVICES") == "1" {
			t.Fatal("redis-server is not installed, and AUTHGEN_REQUIRE_SERVICES=1 demands it")
		}
		t.Skip("redis-server is not installed")
	}
	s := &Server{t: t, folder: t.TempDir(), args: args, port: freePort(t)}
	t.Cleanup(s.Kill)
	s.Restart()
	return s
}

func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Address returns host and port, which stay the same.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", s.port) }

// Kill ends the server as a crash does. What it held is lost.
func (s *Server) Kill() {
	if s.running == nil {
		return
	}
	_ = s.running.Process.Kill()
	_ = s.running.Wait() // it was killed
	s.running = nil
}

// Restart starts the server, which was killed, and waits until it answers.
func (s *Server) Restart() {
	s.t.Helper()
	if s.running != nil {
		s.t.Fatal("redistest: Restart: the server runs")
	}
	// What args say comes later, and counts.
	config := filepath.Join(s.folder, "redis.conf") // a sentinel writes into it
	text := fmt.Sprintf("bind 127.0.0.1\nport %s\ndir %s\ndaemonize no\n", s.port, s.folder)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.output = &output{}
	cmd := exec.Command("redis-server", append([]string{config}, s.args...)...)
	cmd.Stdout, cmd.Stderr = s.output, s.output
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.running = cmd
	for deadline := time.Now().Add(patience); !answers(s.Address()); {
		if time.Now().After(deadline) {
			s.t.Fatalf("redis-server does not answer: %s", s.output)
		}
		time.Sleep(10 * time.Millisecond) // of another process
	}
}

// answers reports whether a server talks Redis there, perhaps to demand a password.
func answers(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	if conn.SetDeadline(time.Now().Add(time.Second)) != nil {
		return false
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil && (strings.HasPrefix(line, "+PONG") || strings.HasPrefix(line, "-NOAUTH"))
}

// Hang stops the process without ending it: connections stay open and are accepted,
// and nothing is answered, until Resume.
func (s *Server) Hang() { s.signal(syscall.SIGSTOP) }

// Resume ends Hang.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(which syscall.Signal) {
	s.t.Helper()
	if err := s.running.Process.Signal(which); err != nil {
		s.t.Fatal(err)
	}
}

// output keeps what the process says.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
