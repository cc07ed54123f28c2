package audit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// TestBrokenPackages holds that a program is judged as far as it is understood,
// and that packages that do not compile are named, each with its whole first error.
func TestBrokenPackages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"go.mod": "module example.com/broken\n\ngo 1.26\n",
		"cmd/server/main.go": `package main

import (
	"net/http"

	"example.com/broken/syntax"
	"example.com/broken/types"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /known", func(w http.ResponseWriter, r *http.Request) {})
	types.Register(mux)
	syntax.Register(mux)
	http.ListenAndServe(":8080", mux)
}
`,
		"types/types.go": `package types

import "net/http"

func Register(mux *http.ServeMux) {
	for _, path := range paths() {
		mux.HandleFunc(path, missing)
	}
	mux.HandleFunc("GET /typed", missing)
}
`,
		"iface/iface.go":   "package iface\n\ntype reader struct{}\n\nfunc (reader) Read(n int) {}\n\nvar _ interface{ Read(p []byte) } = reader{}\n",
		"two/a.go":         "package a\n",
		"two/b.go":         "package b\n",
		"syntax/syntax.go": "package syntax\n\nfunc Register(mux any) {\n\tif {\n}\n",
		"unused/unused.go": "package unused\n\nvar X int = \"x\"\n",
	})
	result, err := audit.Audit(t.Context(), audit.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, d := range result.Diagnostics {
		if strings.Contains(d.String(), dir) {
			t.Errorf("a path of this machine: %s", d)
		}
		if d.Code == audit.CodeErrors {
			named = append(named, d.Position.File)
			unused := d.Position.File != "syntax/syntax.go" && d.Position.File != "types/types.go"
			if strings.Contains(d.Message, "and no program is seen to import it: ") != unused || strings.Contains(d.Message, "\n") {
				t.Errorf("%s", d)
			}
			if d.Position.File == "iface/iface.go" && !strings.Contains(d.Message, "have Read(int) want Read([]byte)") {
				t.Errorf("cut: %s", d)
			}
			if d.Position.Line == 0 || d.Severity != diagnostic.Error {
				t.Errorf("%s", d)
			}
		}
	}
	if want := []string{"iface/iface.go", "syntax/syntax.go", "two/b.go", "types/types.go", "unused/unused.go"}; !slices.Equal(named, want) {
		t.Errorf("errors in %v, want %v", named, want)
	}
	for _, d := range result.Diagnostics {
		if strings.Contains(d.Message, "the analysis failed") {
			t.Error(d)
		}
	}
	var paths []string
	for _, r := range result.Routes {
		paths = append(paths, r.Path)
	}
	if !slices.Contains(paths, "/known") || !slices.Contains(paths, "/typed") {
		t.Errorf("routes: %v", paths)
	}
}

// TestMissingArguments holds that calls which are given too little keep nothing from
// being read.
func TestMissingArguments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"go.mod": "module example.com/missing\n\ngo 1.26\n",
		"main.go": `package main

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

func main() {
	mux := http.NewServeMux()
	_, _, _ = slices.Collect(), slices.Chunk([]string{"/a"}), maps.Collect()
	_, _, _ = strings.SplitSeq("/a"), path.Join(), sync.OnceValue()
	_, _, _ = new(), append(), len()
	var once sync.Once
	once.Do()
	mux.Handle("GET /read", links(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})))
	http.ListenAndServe(":8080", mux)
}

func links(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = slices.Replace(), new(r, r)
		_, _ = copy(), append()
		r.Header.Set()
		next.ServeHTTP(w, r)
	})
}
`,
	})
	result, err := audit.Audit(t.Context(), audit.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Diagnostics {
		if strings.Contains(d.Message, "the analysis failed") {
			t.Error(d)
		}
	}
	if len(result.Routes) != 1 || result.Routes[0].Path != "/read" || result.Routes[0].Protection != manifest.Unprotected {
		t.Errorf("routes: %+v", result.Routes)
	}
}
