// Package moduletree walks through the folders of a module.
package moduletree

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Walk calls visit as [filepath.WalkDir] does, but for what stands in modules of
// their own below root: of these it calls inner, if that is not nil, with their
// folders, after visit.
func Walk(root string, visit fs.WalkDirFunc, inner func(dir string)) error {
	w := walker{root, visit, inner}
	info, err := os.Lstat(root)
	if err != nil {
		err = visit(root, nil, err)
	} else {
		err = w.walk(root, fs.FileInfoToDirEntry(info))
	}
	if err == fs.SkipDir || err == fs.SkipAll {
		return nil
	}
	return err
}

type walker struct {
	root  string
	visit fs.WalkDirFunc
	inner func(dir string)
}

func (w *walker) walk(path string, entry fs.DirEntry) error {
	if err := w.visit(path, entry, nil); err != nil || !entry.IsDir() {
		if err == fs.SkipDir && entry.IsDir() {
			return nil
		}
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		if err = w.visit(path, entry, err); err != nil {
			if err == fs.SkipDir {
				return nil
			}
			return err
		}
	}
	if path != w.root && holdsModule(path, entries) {
		if w.inner != nil {
			w.inner(path)
		}
		return nil
	}
	for _, e := range entries {
		if err := w.walk(filepath.Join(path, e.Name()), e); err != nil {
			if err == fs.SkipDir {
				return nil
			}
			return err
		}
	}
	return nil
}

// holdsModule goes by what the go command does: go.mod may be a link to a file.
func holdsModule(dir string, entries []fs.DirEntry) bool {
	for _, e := range entries {
		if e.Name() == "go.mod" {
			info, err := os.Stat(filepath.Join(dir, e.Name()))
			return err == nil && !info.IsDir()
		}
	}
	return false
}
