package generator

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/manifest"
)

// memory decides whether anything changed since the last run that found nothing
// to report. It compares content, never times: of the module's Go files
// (generated ones too) and those of modules that stand beside it or below vendor,
// of its settings and module files, and of files outside that types were read from. This tool and
// the go command go by their version, size and time: one that differs in nothing
// but its time is another one.
type memory struct {
	file    string // where the last run is remembered; "" when nothing is to be
	sums    map[string][sha256.Size]byte
	root    string
	variant string
	outside []string
}

// record is what is remembered of a run.
type record struct {
	Sum     string   `json:"sum"`
	Outside []string `json:"outside,omitempty"`
}

func newMemory(m *module, files []*goFile, codeOnly bool) *memory {
	mem := &memory{root: m.root, sums: make(map[string][sha256.Size]byte, len(files)+8)}
	main := tree{m.path, m.root}
	lead := &reader{memory: mem, trees: []tree{main}, read: map[string]bool{}}
	lists := [][]*goFile{files}
	for _, f := range files {
		mem.sums[f.path] = f.sum
	}
	for _, name := range []string{"go.mod", "go.sum", config.FileName, manifest.FileName} {
		mem.add(name, filepath.Join(m.root, filepath.FromSlash(name)))
	}
	work := workFile(m.root)
	if work != "" {
		mem.add("go.work", work)
	}
	if file := goEnvFile(); file != "" {
		mem.add("go env", file)
	}
	for _, t := range besides(m.root, work) {
		lead.trees, lists = append(lead.trees, t), append(lists, mem.addModule(t.dir))
	}
	for i, list := range lists {
		for _, f := range list {
			lead.read[filepath.Join(lead.trees[i].dir, filepath.FromSlash(f.dir()))] = true
		}
	}
	for i, list := range lists {
		for _, f := range list {
			lead.file(filepath.Join(lead.trees[i].dir, filepath.FromSlash(f.dir())), f.data)
		}
	}
	vendored := mem.addVendor(m.root)
	if work != "" && filepath.Dir(work) != m.root {
		vendored = mem.addVendor(filepath.Dir(work)) && vendored
	}
	mem.variant = fmt.Sprintf("codeonly=%v tool=%s go=%s env=%q", codeOnly, toolIdentity(), goIdentity(), goEnvironment())
	if vendored && !otherDriver() {
		mem.file = cacheFile(m.root + "\x00" + mem.variant)
	}
	return mem
}

// cacheFile returns where something is kept between runs, "" for nowhere.
func cacheFile(key string) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(cache, "authgen", hex.EncodeToString(sum[:16]))
}

// add takes a file into account, also that it is not there.
func (m *memory) add(name, path string) {
	data, err := os.ReadFile(path)
	if err == nil {
		m.sums[name] = sha256.Sum256(data)
		return
	}
	delete(m.sums, name)
	if _, err := os.Lstat(path); err == nil {
		m.sums[name] = [sha256.Size]byte{} // there, and not to be read
	}
}

// sum hashes everything that the outcome depends on.
func (m *memory) sum() string {
	names := make([]string, 0, len(m.sums))
	for name := range m.sums {
		names = append(names, name)
	}
	slices.Sort(names)
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", m.variant)
	for _, name := range names {
		s := m.sums[name]
		fmt.Fprintf(h, "%q %x\n", name, s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// same reports whether the last run saw exactly this.
func (m *memory) same() bool {
	if m.file == "" {
		return false
	}
	data, err := os.ReadFile(m.file)
	if err != nil {
		return false
	}
	var r record
	if json.Unmarshal(data, &r) != nil {
		return false
	}
	own := m.sums
	defer func() { m.sums = own }()
	m.sums = make(map[string][sha256.Size]byte, len(own)+len(r.Outside))
	for name, s := range own {
		m.sums[name] = s
	}
	for _, name := range r.Outside {
		m.add(name, name)
	}
	return m.sum() == r.Sum
}

// remember records a run after its files were written. That it fails makes the
// next run slower, not wrong.
func (m *memory) remember(r *Result) {
	if m.file == "" {
		return
	}
	for _, f := range r.Files {
		if slices.Contains(m.outside, filepath.Join(m.root, filepath.FromSlash(f.Path))) {
			continue
		}
		if f.Remove {
			delete(m.sums, f.Path)
			continue
		}
		m.sums[f.Path] = sha256.Sum256(f.Content)
		m.addEmbedded(filepath.Dir(filepath.Join(m.root, filepath.FromSlash(f.Path))), f.Content)
	}
	// While an audit reads files they may be edited: what it saw is remembered
	// only if the disk still holds what this run saw.
	if r.audited && !m.still() {
		return
	}
	slices.Sort(m.outside)
	for _, name := range m.outside {
		m.add(name, name)
	}
	data, err := json.Marshal(record{m.sum(), m.outside})
	if err != nil || os.MkdirAll(filepath.Dir(m.file), 0o777) != nil {
		return
	}
	_ = replaceFile(m.file, data)
}

// still reports whether the disk holds what m says.
func (m *memory) still() bool {
	again, err := findModule(m.root)
	if err != nil {
		return false
	}
	files, err := again.readAll(context.Background())
	if err != nil {
		return false
	}
	now := newMemory(again, files, false)
	now.variant = m.variant
	return now.sum() == m.sum()
}

// replaceFile writes a file so that others see the old content or the new,
// never a part. It keeps the permissions that a file has; a new one gets those
// that any new file does.
func replaceFile(name string, data []byte) (err error) {
	tmp, err := createBeside(name)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(data)
	if info, statErr := os.Stat(name); err == nil && statErr == nil {
		err = tmp.Chmod(info.Mode().Perm())
	}
	if err = cmp.Or(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

// createBeside creates a file for the content that name is to have.
func createBeside(name string) (*os.File, error) {
	const attempts = 100
	for i := 0; ; i++ {
		tmp := filepath.Join(filepath.Dir(name), ".authgen-"+rand.Text())
		f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if i < attempts && errors.Is(err, fs.ErrExist) {
			continue
		}
		return f, err
	}
}
