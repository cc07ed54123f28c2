package generator

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Inputs identifies all that the outcome of reading a whole module and of an
// audit depends on, by content. It returns the module's root with it, and ""
// when patterns limit the run or cfg says that nothing is to be kept. Equal sums
// of the same tool stand for equal outcomes.
func Inputs(ctx context.Context, cfg Config) (root, sum string, err error) {
	m, err := findModule(cfg.Dir)
	if err != nil {
		return "", "", err
	}
	files, err := m.readAll(ctx)
	if err != nil {
		return "", "", err
	}
	_, whole, err := m.selector(cfg, files)
	if err != nil || !whole || cfg.NoCache {
		return m.root, "", err
	}
	mem := newMemory(m, files, cfg.CodeOnly)
	for _, d := range m.ignored { // reported, whatever they hold
		mem.sums["ignored "+d.Position.File] = [sha256.Size]byte{}
	}
	return m.root, mem.sum(), nil
}

// Recall returns what [Keep] kept for a module under this sum, nil for nothing.
func Recall(root, sum string) []byte {
	file := keptFile(root)
	if sum == "" || file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	head, content, _ := strings.Cut(string(data), "\n")
	if head != keptHead(sum, content) {
		return nil
	}
	return []byte(content)
}

// Keep keeps the outcome of a run for a module, in place of an earlier one. That
// it fails makes the next run slower, not wrong.
func Keep(root, sum string, content []byte) {
	file := keptFile(root)
	if sum == "" || file == "" || os.MkdirAll(filepath.Dir(file), 0o777) != nil {
		return
	}
	_ = replaceFile(file, append([]byte(keptHead(sum, string(content))+"\n"), content...))
}

func keptFile(root string) string { return cacheFile(root + "\x00kept") }

// keptHead is the first line of what is kept. It fits no other content.
func keptHead(sum, content string) string {
	return fmt.Sprintf("%s %x", sum, sha256.Sum256([]byte(content)))
}
