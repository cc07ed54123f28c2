package authtest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// UpToDate fails the test when somebody changed a rule and forgot go generate:
// it runs go tool authgen check -code-only in the module that the test belongs
// to, and fails with what that prints.
func UpToDate(t testing.TB) {
	t.Helper()
	upToDate(t, ".")
}

func upToDate(t testing.TB, dir string) {
	t.Helper()
	root, err := moduleRoot(dir)
	if err != nil {
		t.Fatalf("authtest: UpToDate: %v", err)
	}
	observe(root)
	cmd := exec.Command("go", "tool", "authgen", "check", "-code-only")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
	case bytes.Contains(out, []byte(`no such tool "authgen"`)):
		t.Fatalf("authtest: UpToDate: the module %s does not have the tool authgen; add it with\n"+
			"\tgo get -tool github.com/authgen/authgen/cmd/authgen@latest", root)
	default:
		t.Fatalf("authtest: UpToDate: go tool authgen check -code-only: %v\n%s", err, bytes.TrimSpace(out))
	}
}

// moduleRoot returns the folder of the module that dir is in.
func moduleRoot(dir string) (string, error) {
	cmd := exec.Command("go", "env", "GOMOD")
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	file := strings.TrimSpace(string(out))
	switch {
	case err != nil:
		return "", fmt.Errorf("go env GOMOD: %w\n%s", err, &stderr)
	case file == "" || file == os.DevNull:
		return "", errors.New("the test does not run in a module")
	}
	return filepath.Dir(file), nil
}

// observe opens the module's folders. go test remembers which files and folders
// a test opened, and runs it anew when one of them changed; what the tool reads
// in its own process it does not see, and would show an old result.
func observe(root string) {
	// What cannot be read here the tool will complain about.
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || path == root {
			return nil
		}
		if name := d.Name(); name[0] == '.' || name[0] == '_' || name == "testdata" || name == "node_modules" {
			return fs.SkipDir
		}
		return nil
	})
}
