package auth

import (
	"fmt"
	"strings"
)

// listReader reads lists of names from claims. All of one token share an array,
// which is allocated once.
type listReader struct {
	d     *document
	seed  uint64
	spans []span // of all lists
	first int    // of the list that is read
	names []string
	apart bool // the list is in names: one of them has escapes, and is no part of the text
}

func newListReader(d *document, claims *Claims, seed uint64) listReader {
	r, most := listReader{d: d, seed: seed}, 0
	for _, lists := range [...][]ListClaim{claims.Tenants, claims.Roles, claims.Permissions, claims.Scopes} {
		for _, claim := range lists {
			if n, ok := d.find(claim.path); ok {
				most += r.most(n)
			}
		}
	}
	if most > 0 {
		r.spans = make([]span, 0, most)
	}
	return r
}

// most returns how many names a claim can hold, but for those behind escapes.
func (r *listReader) most(n int) int {
	node := &r.d.nodes[n]
	if node.kind == kindString {
		text := r.d.src[node.start:node.end]
		return 1 + strings.Count(text, " ") + strings.Count(text, ",")
	}
	return int(node.next) - n - 1
}

// read reads the names of all claims of a list. A claim of another form than the
// mapping's makes the token invalid: guessing could grant. tenant is the active one.
func (r *listReader) read(from []ListClaim, tenant string) (nameSet, error) {
	r.first, r.names, r.apart = len(r.spans), nil, false
	for _, claim := range from {
		if n, ok := r.d.find(claim.path); ok && !r.append(n, claim.form, tenant) {
			return nameSet{}, fmt.Errorf("claim %q has not the form that the mapping says", strings.Join(claim.path, "."))
		}
	}
	if r.apart {
		return newNameSet(r.names, r.seed), nil
	}
	return nameSetOf(r.d.src, r.spans[r.first:len(r.spans):len(r.spans)], r.seed), nil
}

// append reads the names of one claim. It is false when the claim has another form.
func (r *listReader) append(n int, form listForm, tenant string) bool {
	d, node := r.d, &r.d.nodes[n]
	switch {
	case node.kind == kindArray && (form == formStrings || form == formScopes):
		for e := n + 1; e < int(node.next); e = int(d.nodes[e].next) {
			if d.nodes[e].kind != kindString {
				return false
			}
			r.add(e)
		}
		return true
	case node.kind == kindString && form == formScopes:
		r.split(n, ' ')
		return true
	case node.kind == kindString && form == formCommas:
		r.split(n, ',')
		return true
	case node.kind == kindObject && form == formKeysByTenant:
		for m := n + 1; m < int(node.next); m = int(d.nodes[m+1].next) {
			if d.nodes[m+1].kind != kindObject {
				return false
			}
			if _, ok := d.member(m+1, tenant); ok && tenant != "" {
				r.add(m)
			}
		}
		return true
	}
	return false
}

// add adds the text of a string node.
func (r *listReader) add(n int) {
	node := &r.d.nodes[n]
	switch {
	case r.apart:
		r.names = append(r.names, r.d.unescape(n))
	case node.escaped:
		r.setApart()
		r.names = append(r.names, r.d.unescape(n))
	default:
		r.spans = append(r.spans, span{uint32(node.start), uint32(node.end)})
	}
}

// setApart makes names of the spans that the list has so far.
func (r *listReader) setApart() {
	for _, s := range r.spans[r.first:] {
		r.names = append(r.names, r.d.src[s.start:s.end])
	}
	r.spans, r.apart = r.spans[:r.first], true
}

// split adds what stands between separators in a string node, and is not empty.
func (r *listReader) split(n int, separator byte) {
	node := &r.d.nodes[n]
	if node.escaped && !r.apart {
		r.setApart()
	}
	if r.apart {
		for name := range strings.SplitSeq(r.d.unescape(n), string(separator)) {
			if name != "" {
				r.names = append(r.names, name)
			}
		}
		return
	}
	for start := node.start; start < node.end; {
		end := node.end
		if i := strings.IndexByte(r.d.src[start:node.end], separator); i >= 0 {
			end = start + int32(i)
		}
		if end > start {
			r.spans = append(r.spans, span{uint32(start), uint32(end)})
		}
		start = end + 1
	}
}
