package consumer

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

const (
	modulePath = "github.com/authgen/authgen"
	// Version is what the working tree is served as.
	Version = "v0.1.0"
)

// proxy is a file tree that the go command reads as a module proxy, and a
// module cache for the modules that use it.
type proxy struct {
	dir string
	env []string
}

var (
	mu      sync.Mutex
	current *proxy
)

// Main runs the tests of a package and removes what [New] shares among them.
// It returns the exit code.
func Main(m *testing.M) int {
	defer func() {
		mu.Lock()
		defer mu.Unlock()
		if current != nil {
			os.RemoveAll(current.dir)
		}
	}()
	return m.Run()
}

// shared returns the proxy of this process.
func shared() (*proxy, error) {
	mu.Lock()
	defer mu.Unlock()
	if current != nil {
		return current, nil
	}
	p, err := newProxy()
	if err == nil {
		current = p
	}
	return p, err
}

func newProxy() (p *proxy, err error) {
	out, err := exec.Command("go", "env", "-json", "GOMOD", "GOMODCACHE", "GOPROXY", "GONOSUMDB", "GOFLAGS").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	var env struct{ GOMOD, GOMODCACHE, GOPROXY, GONOSUMDB, GOFLAGS string }
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "authgen-consumer-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	tree := filepath.Join(dir, "proxy")
	if err := publish(tree, filepath.Dir(env.GOMOD)); err != nil {
		return nil, err
	}
	return &proxy{dir: dir, env: []string{
		// What this machine has fetched before need not be fetched again.
		"GOPROXY=file://" + filepath.ToSlash(tree) + ",file://" + filepath.ToSlash(filepath.Join(env.GOMODCACHE, "cache", "download")) + "," + env.GOPROXY,
		"GOMODCACHE=" + filepath.Join(dir, "mod"),
		// Only the working tree is unknown to the checksum database.
		"GONOSUMDB=" + strings.Trim(env.GONOSUMDB+","+modulePath, ","),
		// Trimmed paths let compiled packages be found in the build cache
		// although the module cache is a new one.
		"GOFLAGS=" + strings.TrimSpace(env.GOFLAGS+" -modcacherw -trimpath"),
		"GOWORK=off",
		"GO111MODULE=on",
	}}, nil
}

// publish writes the module at root to a proxy's file tree.
func publish(tree, root string) error {
	versions := filepath.Join(tree, filepath.FromSlash(modulePath), "@v")
	if err := os.MkdirAll(versions, 0o777); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{Version, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"list": []byte(Version + "\n"), Version + ".info": info, Version + ".mod": mod} {
		if err := os.WriteFile(filepath.Join(versions, name), data, 0o666); err != nil {
			return err
		}
	}
	f, err := os.Create(filepath.Join(versions, Version+".zip"))
	if err != nil {
		return err
	}
	if err := zip.CreateFromDir(f, module.Version{Path: modulePath, Version: Version}, root); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
