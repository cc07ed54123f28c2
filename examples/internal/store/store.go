// Package store keeps the files of the example services in memory.
package store

import (
	"slices"
	"sync"
)

// Files holds the names of files by tenant. The zero value is empty and ready
// to use; its methods may be called at the same time.
type Files struct {
	mu       sync.Mutex
	byTenant map[string][]string
}

// List returns the names of the tenant's files, in order.
func (f *Files) List(tenant string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.byTenant[tenant]...)
}

// Add stores a name for the tenant; a name that is there already stays.
func (f *Files) Add(tenant, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byTenant == nil {
		f.byTenant = make(map[string][]string)
	}
	names := f.byTenant[tenant]
	if i, found := slices.BinarySearch(names, name); !found {
		f.byTenant[tenant] = slices.Insert(names, i, name)
	}
}

// Remove forgets a name of the tenant and reports whether it was there.
func (f *Files) Remove(tenant, name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := f.byTenant[tenant]
	i, found := slices.BinarySearch(names, name)
	if found {
		f.byTenant[tenant] = slices.Delete(names, i, i+1)
	}
	return found
}
