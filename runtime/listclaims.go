package auth

import (
	"fmt"
	"strings"
)

// listReader reads lists of names from claims. All of one token share an array,
// which is allocated once.
type listReader struct {
	d     *document
	names []string
}

func newListReader(d *document, claims *Claims) listReader {
	r, most := listReader{d: d}, 0
	for _, lists := range [...][]ListClaim{claims.Tenants, claims.Roles, claims.Permissions, claims.Scopes} {
		for _, claim := range lists {
			if n, ok := d.find(claim.path); ok {
				most += r.most(n)
			}
		}
	}
	if most > 0 {
		r.names = make([]string, 0, most)
	}
	return r
}

// most returns how many names a claim can hold.
func (r *listReader) most(n int) int {
	node := &r.d.nodes[n]
	if node.kind == kindString {
		text := r.d.src[node.start:node.end]
		return 1 + strings.Count(text, " ") + strings.Count(text, ",") + strings.Count(text, `\`) // escapes may be either
	}
	return int(node.next) - n - 1
}

// read reads the names of all claims of a list. A claim of another form than the
// mapping's makes the token invalid: guessing could grant. tenant is the active one.
func (r *listReader) read(from []ListClaim, tenant string) ([]string, error) {
	first := len(r.names)
	for _, claim := range from {
		if n, ok := r.d.find(claim.path); ok && !r.append(n, claim.form, tenant) {
			return nil, fmt.Errorf("claim %q has not the form that the mapping says", strings.Join(claim.path, "."))
		}
	}
	if first == len(r.names) {
		return nil, nil
	}
	return r.names[first:len(r.names):len(r.names)], nil
}

// append reads the names of one claim. It is false when the claim has another form.
func (r *listReader) append(n int, form listForm, tenant string) bool {
	d, kind := r.d, r.d.nodes[n].kind
	switch {
	case kind == kindArray && (form == formStrings || form == formScopes):
		for e := n + 1; e < int(d.nodes[n].next); e = int(d.nodes[e].next) {
			node := &d.nodes[e]
			if node.kind != kindString {
				return false
			}
			if !node.escaped {
				r.names = append(r.names, d.src[node.start:node.end])
				continue
			}
			r.names = append(r.names, d.unescape(e))
		}
		return true
	case kind == kindString && form == formScopes:
		r.split(d.unescape(n), " ")
		return true
	case kind == kindString && form == formCommas:
		r.split(d.unescape(n), ",")
		return true
	case kind == kindObject && form == formKeysByTenant:
		for m := n + 1; m < int(d.nodes[n].next); m = int(d.nodes[m+1].next) {
			if d.nodes[m+1].kind != kindObject {
				return false
			}
			if _, ok := d.member(m+1, tenant); ok && tenant != "" {
				r.names = append(r.names, d.unescape(m))
			}
		}
		return true
	}
	return false
}

// split appends what stands between separators and is not empty.
func (r *listReader) split(s, separator string) {
	for name := range strings.SplitSeq(s, separator) {
		if name != "" {
			r.names = append(r.names, name)
		}
	}
}
