package fronteggtest_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// nodeSource is the folder of the SDK's version and of the script that serves it.
const nodeSource = "testdata/nodesdk"

// nodeTime is how long a program of Node may take in a test.
const nodeTime = 2 * time.Minute

// nodeSDK is Frontegg's SDK for Node in a process of its own.
type nodeSDK struct {
	t      *testing.T
	url    string
	exited chan struct{} // closed when the process has ended
	cmd    *exec.Cmd
	said   *output
}

// output is what a process writes.
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

// installation finds or makes the folder that holds the SDK and what it needs,
// once for all tests.
var installation = sync.OnceValues(install)

// install returns a folder of the user's cache. What is missing there it installs
// when services are required, and only then: it needs the network.
func install() (string, error) {
	hash := sha256.New()
	files := map[string][]byte{}
	for _, name := range []string{"package.json", "package-lock.json"} {
		data, err := os.ReadFile(filepath.Join(nodeSource, name))
		if err != nil {
			return "", err
		}
		files[name] = data
		hash.Write(data)
	}
	if _, err := exec.LookPath("node"); err != nil {
		return "", errors.New("node is not installed")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "authgen-nodesdk", fmt.Sprintf("%x", hash.Sum(nil)[:8]))
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if os.Getenv("AUTHGEN_REQUIRE_SERVICES") != "1" {
		return "", errors.New("@frontegg/client is not installed; this test installs it with AUTHGEN_REQUIRE_SERVICES=1")
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", err
	}
	made, err := os.MkdirTemp(filepath.Dir(folder), "installing-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(made)
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(made, name), data, 0o644); err != nil {
			return "", err
		}
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = made
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	// Another test may have been faster.
	if err := os.Rename(made, folder); err != nil && !os.IsExist(err) {
		return "", err
	}
	return folder, nil
}

// startNode starts the SDK against a fake. Settings are NAME=value, on top of the
// fake's. The process ends with the test.
func startNode(t *testing.T, fake *fronteggtest.Fake, settings ...string) *nodeSDK {
	t.Helper()
	folder, err := installation()
	if err != nil {
		if os.Getenv("AUTHGEN_REQUIRE_SERVICES") == "1" {
			t.Fatalf("AUTHGEN_REQUIRE_SERVICES=1 demands Frontegg's SDK for Node: %v", err)
		}
		t.Skipf("Frontegg's SDK for Node does not run against the fake: %v", err)
	}
	script, err := filepath.Abs(filepath.Join(nodeSource, "main.js"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), nodeTime)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "node", script)
	cmd.Dir = folder // where the SDK looks for packages of Redis
	for name, value := range fake.Settings() {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(append(cmd.Env, "PATH="+os.Getenv("PATH"), "NODE_PATH="+filepath.Join(folder, "node_modules"),
		"FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES=1"), settings...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said := new(output)
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n := &nodeSDK{t: t, exited: make(chan struct{}), cmd: cmd, said: said}
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	go func() {
		defer close(n.exited)
		_, _ = io.Copy(said, lines) // it ends when the process does
		_ = cmd.Wait()              // exit tells how it ended
	}()
	t.Cleanup(func() {
		_ = stdin.Close() // it may have ended before
		<-n.exited
		if t.Failed() {
			t.Logf("node said:\n%s", said)
		}
	})
	address, ok := strings.CutPrefix(strings.TrimSpace(first), "listening on ")
	if err != nil || !ok {
		t.Fatalf("node does not listen: %q, %v", first, err)
	}
	n.url = address
	return n
}

// exit waits until the process has ended by itself, and returns its exit code.
func (n *nodeSDK) exit() int {
	n.t.Helper()
	<-n.exited
	return n.cmd.ProcessState.ExitCode()
}

// nodeError is what the SDK threw.
type nodeError struct {
	Message    string
	StatusCode int  // of the SDK's own errors
	IsError    bool // instanceof Error
	Answer     int  // status of the service's answer, for errors of axios
}

func (e *nodeError) Error() string { return fmt.Sprintf("%+v", *e) }

// try calls an operation of main.js, and returns its result or what it threw.
// t is that of the subtest.
func (n *nodeSDK) try(t *testing.T, operation string, args any) (json.RawMessage, *nodeError) {
	t.Helper()
	sent, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(n.url+"/call/"+operation, "application/json", bytes.NewReader(sent))
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	defer resp.Body.Close()
	var answer struct {
		Value json.RawMessage
		Error *nodeError
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	return answer.Value, answer.Error
}

// call calls an operation that has to succeed, and reads its result.
func (n *nodeSDK) call(t *testing.T, operation string, args, result any) {
	t.Helper()
	value, thrown := n.try(t, operation, args)
	if thrown != nil {
		t.Fatalf("%s: %v", operation, thrown)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(value, result); err != nil {
		t.Fatalf("%s: %v in %s", operation, err, value)
	}
}

// answer is one over HTTP.
type answer struct {
	status int
	header http.Header
	body   string
}

// guard asks a route behind withAuthentication: header is "Name: value" lines.
func (n *nodeSDK) guard(t *testing.T, query url.Values, header ...string) (answer, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.url+"/guard?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body)}, err
}
