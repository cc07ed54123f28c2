package generator

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// tree is a module whose files a build reads as they are on disk.
type tree struct {
	path string // of its packages
	dir  string
}

// moduleIn returns the module in a folder, under its own name.
func moduleIn(dir string) tree {
	// A module that cannot be read is not built either.
	data, _ := os.ReadFile(filepath.Join(dir, "go.mod"))
	return tree{path: modfile.ModulePath(data), dir: dir}
}

// reader takes into account what files lead to: packages that are imported though
// patterns pass over them, in folders called testdata or _x and behind links to
// folders, and whether there is what is to be embedded.
type reader struct {
	memory *memory
	trees  []tree
	read   map[string]bool // folders
}

// file reads what a Go file leads to.
func (r *reader) file(dir string, data []byte) {
	if bytes.Contains(data, []byte("//go:embed")) {
		r.memory.addEmbedded(dir, data)
	}
	for _, t := range r.trees {
		for _, p := range quoted(data, t.path) {
			r.folder(filepath.Join(t.dir, filepath.FromSlash(strings.TrimPrefix(p, t.path))))
		}
	}
}

// folder reads the package of a folder, if there is one.
func (r *reader) folder(dir string) {
	if r.read[dir] {
		return
	}
	r.read[dir] = true
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || !isFile(name, e) {
			continue
		}
		if data, err := os.ReadFile(name); err == nil {
			r.memory.sums[name] = sha256.Sum256(data)
			r.file(dir, data)
		}
	}
}

// quoted returns what stands in quotes and begins with a prefix.
func quoted(data []byte, prefix string) (texts []string) {
	for i := 0; prefix != ""; {
		n := bytes.Index(data[i:], []byte(prefix))
		if n < 0 {
			break
		}
		start := i + n
		i = start + len(prefix)
		if start == 0 || data[start-1] != '"' && data[start-1] != '`' {
			continue
		}
		if end := bytes.IndexByte(data[start:], data[start-1]); end >= 0 {
			if text := string(data[start : start+end]); text == prefix || strings.HasPrefix(text, prefix+"/") {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// addEmbedded notes which patterns of a file find something to embed: a package
// with one that does not is not built. What it is does not matter.
func (m *memory) addEmbedded(dir string, data []byte) {
	for line := range bytes.Lines(data) {
		list, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "//go:embed")
		if !ok {
			continue
		}
		for _, pattern := range strings.Fields(list) {
			pattern, all := strings.CutPrefix(strings.Trim(pattern, "\"`"), "all:")
			if embeds(os.DirFS(dir), pattern, all) {
				m.sums["embedded "+filepath.Join(dir, filepath.FromSlash(pattern))] = [sha256.Size]byte{}
			}
		}
	}
}

// embeds reports whether a pattern finds a file, or a folder with one.
func embeds(dir fs.FS, pattern string, all bool) bool {
	names, _ := fs.Glob(dir, pattern)
	for _, name := range names {
		found := false
		// What cannot be read is not embedded.
		_ = fs.WalkDir(dir, name, func(p string, entry fs.DirEntry, err error) error {
			base := path.Base(p)
			switch hidden := p != name && !all && (base[0] == '.' || base[0] == '_'); {
			case err != nil || hidden && entry.IsDir():
				return fs.SkipDir
			case !hidden && entry.Type().IsRegular():
				found = true
				return fs.SkipAll
			}
			return nil
		})
		if found {
			return true
		}
	}
	return false
}
