package authgen_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/authgen/authgen/internal/consumer"
)

// block is a fenced block of a Markdown page.
type block struct {
	line   int
	marker string // text of the HTML comment above it
	lang   string
	text   string
}

// TestDocs runs every command and compiles every snippet of the documentation.
// The comment above each block says how: "file: NAME" writes it to the page's
// scratch module, "run" runs it there, "fails" runs it and wants exit code 1,
// "output" holds lines that the command before printed, "repo" holds commands
// that .ci/run runs in the repository itself (see checkCI), "service" starts a program of the
// repository, "request: STATUS" sends it what its curl command says, "clone" is run by
// [TestInstallFromClone], and "shape" shows a form whose parts stand for
// something else.
func TestDocs(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append([]string{"README.md", "CONTRIBUTING.md"}, pages...) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			var m *consumer.Module
			var s service
			output := ""
			for _, b := range blocks(t, page) {
				at := fmt.Sprintf("%s:%d", page, b.line)
				kind, arg, _ := strings.Cut(b.marker, ": ")
				if m == nil && (kind == "file" || kind == "run" || kind == "fails") {
					m = newReader(t, page)
				}
				switch kind {
				case "file":
					m.Write(t, arg, b.text)
				case "run", "fails":
					var ok bool
					if output, ok = m.Run(t, b.text); ok != (kind == "run") {
						t.Fatalf("%s: success is %v:\n%s", at, ok, output)
					}
				case "output":
					for line := range strings.Lines(b.text) {
						if !strings.Contains(output, strings.TrimSpace(line)) {
							t.Errorf("%s: the command did not print %q but:\n%s", at, line, output)
						}
					}
				case "repo":
					checkCI(t, at, b.text)
				case "service":
					s = startService(t, b.text)
				case "request":
					s.request(t, at, b.text, arg)
				case "clone":
				case "shape":
					if b.lang != "text" {
						t.Errorf("%s: a %s block is compiled or run, not shown as a shape", at, b.lang)
					}
				default:
					t.Errorf("%s: block has no marker that says how it is tested", at)
				}
			}
			if m != nil {
				m.Must(t, "go generate ./...\ngo mod tidy\ngo vet ./...") // every snippet compiles
			}
		})
	}
}

// service is a program of the repository that runs.
type service struct{ url, token string }

// startService starts the program of a go run command on a free port, and waits
// for the lines that it prints. It ends with the test.
func startService(t *testing.T, command string) (s service) {
	t.Helper()
	program, ok := strings.CutPrefix(strings.TrimSpace(command), "go run ")
	if !ok {
		t.Fatalf("no go run command: %s", command)
	}
	binary := filepath.Join(t.TempDir(), "service")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, program).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(os.Environ(), "LISTEN=127.0.0.1:0")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed: how it ended says nothing
	})
	lines := bufio.NewScanner(stdout)
	for s.token == "" && lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			s.url = url
		}
		if token, ok := strings.CutPrefix(lines.Text(), "token of a member: "); ok {
			s.token = token
		}
	}
	if s.url == "" || s.token == "" {
		t.Fatalf("%s printed no address or no token of a member", program)
	}
	return s
}

var curl = regexp.MustCompile(`^curl -i -X ([A-Z]+) -H "Authorization: Bearer \$TOKEN" http://127\.0\.0\.1:8080(/\S*)\n$`)

// request sends what a curl command says. The answer has to have that status,
// and 401 without the token.
func (s service) request(t *testing.T, at, command, status string) {
	t.Helper()
	m := curl.FindStringSubmatch(command)
	if m == nil {
		t.Fatalf("%s: the command is not of the form %s", at, curl)
	}
	for token, want := range map[string]string{s.token: status, "": "401"} {
		r, err := http.NewRequestWithContext(t.Context(), m[1], s.url+m[2], nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		resp.Body.Close()
		if got := strconv.Itoa(resp.StatusCode); got != want {
			t.Errorf("%s: status %s, want %s; with a token: %v", at, got, want, token != "")
		}
	}
}

// checkCI reports commands that .ci/run does not run. They are not run here:
// this test is one of those that go test ./... runs, and go generate ./...
// writes the tree that other tests read. A line of the script that is the
// command and nothing else is run by it always: it has no indent, and the
// script ends at the first command that fails.
func checkCI(t *testing.T, at, commands string) {
	t.Helper()
	ci, err := os.ReadFile(".ci/run")
	if err != nil {
		t.Fatal(err)
	}
	script := strings.Split(string(ci), "\n")
	if !slices.Contains(script, "set -euo pipefail") {
		t.Errorf("%s: .ci/run goes on after a command that fails", at)
	}
	for line := range strings.Lines(commands) {
		command := strings.TrimSpace(line)
		if command != "" && !slices.Contains(script, command) {
			t.Errorf("%s: .ci/run does not run %q as a line of its own", at, command)
		}
	}
}

// blocks returns the fenced blocks of a page.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	f, err := os.Open(page)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var (
		all    []block
		open   *block
		marker string
		lines  = bufio.NewScanner(f)
	)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		switch fence, isFence := strings.CutPrefix(line, "```"); {
		case isFence && open == nil:
			open = &block{line: n, marker: marker, lang: fence}
			marker = ""
		case isFence:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		case strings.HasPrefix(line, "<!-- "):
			marker = strings.TrimSuffix(strings.TrimPrefix(line, "<!-- "), " -->")
		case line != "":
			marker = ""
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if open != nil {
		t.Fatalf("%s:%d: block is not closed", page, open.line)
	}
	return all
}

// install is what a reader of the other pages has done before: the README's
// commands.
const install = `
go get github.com/authgen/authgen/runtime@latest
go get -tool github.com/authgen/authgen/cmd/authgen@latest
`

// newReader returns a module as a reader of the page has it.
func newReader(t *testing.T, page string) *consumer.Module {
	t.Helper()
	m := consumer.New(t)
	if page != "README.md" {
		m.Write(t, "doc.go", "package app\n\n//go:generate go tool authgen\n")
		m.Must(t, install)
	}
	return m
}
