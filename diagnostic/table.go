package diagnostic

import (
	"cmp"
	"slices"
)

// Entry explains the findings of one code. The explain command prints it, and
// docs/diagnostics.md is made of all of them.
type Entry struct {
	Code   string // AUTHnnn; keeps its meaning for ever
	Title  string // what is wrong, in a few words, without a full stop
	Text   string // why it matters and how to mend it; paragraphs of plain text
	Before string // the least that causes the finding, "" where nothing can be shown
	After  string // what to write or run instead, "" where nothing can be shown
	// Severity is what findings of the code have.
	Severity Severity
}

// table holds all entries, sorted by code.
var table = slices.SortedFunc(
	slices.Values(slices.Concat(annotationEntries, generatorEntries, configEntries, commandEntries, auditEntries)),
	func(a, b Entry) int { return compareCodes(a.Code, b.Code) },
)

// compareCodes orders AUTH999 before AUTH1000.
func compareCodes(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// Lookup returns the entry of a code, which is written as AUTHnnn.
func Lookup(code string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(table, code, func(e Entry, code string) int { return compareCodes(e.Code, code) })
	if !ok {
		return Entry{}, false
	}
	return table[i], true
}

// Entries returns all entries, sorted by code. The slice is the caller's.
func Entries() []Entry { return slices.Clone(table) }
