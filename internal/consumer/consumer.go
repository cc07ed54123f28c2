// Package consumer makes modules outside this repository that require it, as an
// application's would. What they fetch as github.com/authgen/authgen is the
// working tree, served by a module proxy of files, so that tests can run the
// commands of the documentation as they stand there.
package consumer

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Module is a scratch module. Its files and its module cache are temporary.
type Module struct {
	Dir string
	Env []string // of the commands that Run starts
}

// New makes an empty module named example.com/app. The requirements are lines
// for its go.mod, such as "github.com/gin-gonic/gin v1.10.0".
//
// The package of the test must call [Main] in its TestMain.
func New(t testing.TB, requirements ...string) *Module {
	t.Helper()
	p, err := shared()
	if err != nil {
		t.Fatalf("consumer: %v", err)
	}
	m := &Module{Dir: t.TempDir(), Env: append(os.Environ(), p.env...)}
	m.Env = append(m.Env, "PWD="+m.Dir)
	text := "module example.com/app\n\ngo 1.26.0\n"
	for _, r := range requirements {
		text += "\nrequire " + r + "\n"
	}
	m.Write(t, "go.mod", text)
	return m
}

// Write makes or replaces a file of the module. Name is slash-separated.
func (m *Module) Write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(m.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// Run runs a shell script in the module's folder. It returns what the script
// printed and whether each of its commands succeeded.
func (m *Module) Run(t testing.TB, script string) (output string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", script)
	cmd.Dir, cmd.Env = m.Dir, m.Env
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// Must is Run for scripts that have to succeed.
func (m *Module) Must(t testing.TB, script string) (output string) {
	t.Helper()
	out, ok := m.Run(t, script)
	if !ok {
		t.Fatalf("%s\nfailed:\n%s", strings.TrimSpace(script), out)
	}
	return out
}
