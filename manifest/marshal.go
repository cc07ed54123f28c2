package manifest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Marshal returns the checked-in form of m: indented JSON with a trailing
// newline, sorted, lists without elements as [], and without the positions that
// only a listing shows. Equal manifests give equal bytes. It does not change m.
func Marshal(m *Manifest) ([]byte, error) {
	return encode(canonical(m))
}

// encode writes JSON as manifests have it.
func encode(m *Manifest) ([]byte, error) {
	var compact, buf bytes.Buffer
	enc := json.NewEncoder(&compact)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	// Indent makes room at once, an encoder that indents does by doubling.
	if err := json.Indent(&buf, compact.Bytes(), "", "  "); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return buf.Bytes(), nil
}

// Equal reports whether a and b have the same checked-in form.
func Equal(a, b *Manifest) bool {
	x, errX := Marshal(a)
	y, errY := Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// canonical returns a copy of m that is sorted and has no nil lists where the
// schema demands lists. The order of a route's chain is kept: it has a meaning.
func canonical(m *Manifest) *Manifest {
	c := *m
	c.Build.Tags = sorted(m.Build.Tags)
	c.Roles = sorted(m.Roles)
	c.Permissions = sorted(m.Permissions)

	c.Routes = list(m.Routes)
	for i := range c.Routes {
		c.Routes[i].Chain = list(c.Routes[i].Chain)
		c.Routes[i].Position = ""
	}
	slices.SortStableFunc(c.Routes, CompareRoutes)

	c.Handlers = list(m.Handlers)
	slices.SortStableFunc(c.Handlers, func(a, b Handler) int {
		return cmp.Or(cmp.Compare(a.Handler, b.Handler), cmp.Compare(a.Framework, b.Framework), cmp.Compare(a.RuleSource, b.RuleSource))
	})

	c.Rules = list(m.Rules)
	slices.SortStableFunc(c.Rules, func(a, b NamedRule) int { return cmp.Compare(a.Name, b.Name) })

	if m.FrontierPermissions != nil {
		c.FrontierPermissions = list(m.FrontierPermissions)
		slices.SortStableFunc(c.FrontierPermissions, func(a, b FrontierPermission) int { return cmp.Compare(a.Check, b.Check) })
	}

	c.Skipped = list(m.Skipped)
	slices.SortStableFunc(c.Skipped, func(a, b Skipped) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Why, b.Why))
	})
	return &c
}

// CompareRoutes orders routes as a reader looks for them: by program and
// router, then by path and method.
func CompareRoutes(a, b Route) int {
	return cmp.Or(
		cmp.Compare(a.Program, b.Program),
		cmp.Compare(len(a.Router), len(b.Router)), // numbers
		cmp.Compare(a.Router, b.Router),
		cmp.Compare(a.Host, b.Host),
		cmp.Compare(a.Path, b.Path),
		cmp.Compare(a.Method, b.Method),
		cmp.Compare(a.Handler, b.Handler),
		cmp.Compare(a.Registered, b.Registered),
		cmp.Compare(a.RuleSource, b.RuleSource),
		cmp.Compare(a.Condition, b.Condition),
		slices.Compare(a.Chain, b.Chain),
	)
}

func sorted(s []string) []string {
	s = list(s)
	slices.Sort(s)
	return s
}

// list returns a copy of s that is not nil.
func list[T any](s []T) []T {
	return append(make([]T, 0, len(s)), s...)
}
