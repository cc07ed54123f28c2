package generator

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/manifest"
)

// memory decides whether anything changed since the last run that found nothing
// to report. It compares content, never times: of the module's Go files
// (generated ones too), of its settings and module files, and of files outside
// that types were read from. The tool itself goes by its version, size and time:
// a tool that differs in nothing but its time is another one.
type memory struct {
	file    string // where the last run is remembered; "" for nowhere
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
	for _, f := range files {
		mem.sums[f.path] = f.sum
	}
	for _, name := range []string{"go.mod", "go.sum", config.FileName, manifest.FileName, "vendor/modules.txt"} {
		mem.add(name, filepath.Join(m.root, filepath.FromSlash(name)))
	}
	if work := workFile(m.root); work != "" {
		mem.add("go.work", work)
	}
	mem.variant = fmt.Sprintf("codeonly=%v tool=%s env=%q", codeOnly, toolIdentity(),
		[]string{os.Getenv("GOFLAGS"), os.Getenv("GOWORK"), os.Getenv("GOEXPERIMENT"), os.Getenv("CGO_ENABLED")})
	if cache, err := os.UserCacheDir(); err == nil {
		key := sha256.Sum256([]byte(m.root + "\x00" + mem.variant))
		mem.file = filepath.Join(cache, "authgen", hex.EncodeToString(key[:16]))
	}
	return mem
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

// remember records this run after its files were written. That it fails makes
// the next run slower, not wrong.
func (m *memory) remember(written []File) {
	if m.file == "" {
		return
	}
	for _, f := range written {
		if slices.Contains(m.outside, filepath.Join(m.root, filepath.FromSlash(f.Path))) {
			continue
		}
		if f.Remove {
			delete(m.sums, f.Path)
			continue
		}
		m.sums[f.Path] = sha256.Sum256(f.Content)
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

// toolIdentity tells builds of the tool apart. The version of a build from a
// working tree says little, so the executable's size and time count too.
func toolIdentity() string {
	var parts []string
	if info, ok := debug.ReadBuildInfo(); ok {
		parts = append(parts, info.Main.Path, info.Main.Version)
		for _, dep := range info.Deps {
			if strings.HasSuffix(dep.Path, "authgen/authgen") {
				parts = append(parts, dep.Version, dep.Sum)
			}
		}
	}
	if exe, err := os.Executable(); err == nil {
		if info, err := os.Stat(exe); err == nil {
			parts = append(parts, fmt.Sprint(info.Size(), info.ModTime().UnixNano()))
		}
	}
	return strings.Join(parts, " ")
}

// workFile returns the go.work file that applies to a folder, "" for none.
func workFile(dir string) string {
	switch work := os.Getenv("GOWORK"); work {
	case "":
	case "off":
		return ""
	default:
		return work
	}
	for ; ; dir = filepath.Dir(dir) {
		file := filepath.Join(dir, "go.work")
		if _, err := os.Lstat(file); err == nil {
			return file
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
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
