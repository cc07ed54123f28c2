package generator

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/manifest"
)

// Inputs identifies what reading a whole module, and an audit of it, depends on.
type Inputs struct {
	// Root is the folder of the module's go.mod.
	Root string
	// Whole says that the patterns name the whole module.
	Whole bool
	// Sum is made of the content of all that matters. Equal sums of the same tool
	// stand for equal outcomes. It is "" when nothing is to be kept.
	Sum string
}

// ReadInputs reads what a run with this configuration depends on.
func ReadInputs(ctx context.Context, cfg Config) (Inputs, error) {
	m, err := findModule(cfg.Dir)
	if err != nil {
		return Inputs{}, err
	}
	in := Inputs{Root: m.root}
	list := sync.OnceValues(func() ([]*goFile, error) { return m.list(ctx) })
	if _, in.Whole, err = m.selector(cfg, list); err != nil || !in.Whole || cfg.NoCache {
		return in, err
	}
	files, err := list()
	if err != nil {
		return Inputs{}, err
	}
	if err := m.readFiles(files); err != nil {
		return Inputs{}, err
	}
	mem := newMemory(m, files, cfg.CodeOnly)
	for _, d := range m.ignored { // reported, whatever they hold
		mem.sums["ignored "+d.Position.File] = [sha256.Size]byte{}
	}
	// What cannot be read of the settings is reported by who reads them.
	if c, _, err := config.Load(filepath.Join(m.root, config.FileName)); err == nil && c.Embed != "" {
		name := path.Join(c.Embed, manifest.FileName)
		mem.add(name, filepath.Join(m.root, filepath.FromSlash(name)))
	}
	if mem.file != "" {
		in.Sum = mem.sum()
	}
	return in, nil
}

// Recall returns what was kept for these inputs, nil for nothing.
func (in Inputs) Recall() []byte {
	file := keptFile(in.Root)
	if in.Sum == "" || file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	head, content, _ := strings.Cut(string(data), "\n")
	if head != keptHead(in.Sum, content) {
		return nil
	}
	return []byte(content)
}

// Keep keeps the outcome of these inputs, in place of an earlier one of the
// module. That it fails makes the next run slower, not wrong.
func (in Inputs) Keep(content []byte) {
	file := keptFile(in.Root)
	if in.Sum == "" || file == "" || os.MkdirAll(filepath.Dir(file), 0o777) != nil {
		return
	}
	_ = replaceFile(file, append([]byte(keptHead(in.Sum, string(content))+"\n"), content...))
}

func keptFile(root string) string { return cacheFile(root + "\x00kept") }

// keptHead is the first line of what is kept. It fits no other content.
func keptHead(sum, content string) string {
	return fmt.Sprintf("%s %x", sum, sha256.Sum256([]byte(content)))
}
