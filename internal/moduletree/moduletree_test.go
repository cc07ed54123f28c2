package moduletree_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/authgen/authgen/internal/moduletree"
)

// tree makes files, and folders for names that end in a slash.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if name[len(name)-1] == '/' {
			if err := os.MkdirAll(file, 0o777); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(file, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestWalk(t *testing.T) {
	root := tree(t, "go.mod", "a.go", "b/b.go", "b/c/c.go", "inner/go.mod", "inner/i.go", "inner/deep/d.go", "odd/go.mod/", "odd/o.go", "skipped/go.mod", "skipped/s.go", "z.go")
	var seen, inner []string
	rel := func(path string) string {
		r, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.ToSlash(r)
	}
	err := moduletree.Walk(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == "skipped" {
			return fs.SkipDir
		}
		seen = append(seen, rel(path))
		return nil
	}, func(dir string) { inner = append(inner, rel(dir)) })
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{".", "a.go", "b", "b/b.go", "b/c", "b/c/c.go", "go.mod", "inner", "odd", "odd/go.mod", "odd/o.go", "z.go"}; !slices.Equal(seen, want) {
		t.Errorf("visited %q, want %q", seen, want)
	}
	if want := []string{"inner"}; !slices.Equal(inner, want) {
		t.Errorf("modules %q, want %q", inner, want)
	}
}

func TestWalkEnds(t *testing.T) {
	root := tree(t, "a/1", "a/2", "b/3")
	stop := errors.New("stop")
	for _, c := range []struct {
		at   string
		give error
		want error
		seen int
	}{
		{"1", stop, stop, 3},
		{"1", fs.SkipAll, nil, 3},
		{"1", fs.SkipDir, nil, 5}, // the rest of its folder
		{"none", nil, nil, 6},
	} {
		seen := 0
		err := moduletree.Walk(root, func(_ string, entry fs.DirEntry, _ error) error {
			seen++
			if entry.Name() == c.at {
				return c.give
			}
			return nil
		}, nil)
		if !errors.Is(err, c.want) || seen != c.seen {
			t.Errorf("%v at %s: %v after %d, want %v after %d", c.give, c.at, err, seen, c.want, c.seen)
		}
	}
	if err := moduletree.Walk(filepath.Join(root, "none"), func(_ string, _ fs.DirEntry, err error) error { return err }, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}
