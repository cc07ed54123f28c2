package auth

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// DecodeClaims decodes the token's claims into a new T, a struct with json
// tags, on each call. Unlike encoding/json it matches names byte for byte: a
// claim "ROLES" does not end up in a field tagged "roles". A type with an
// UnmarshalJSON of its own decodes as it likes.
//
// The claims are the issuer's words: a field of T named role has none of the
// checks that rules have.
func DecodeClaims[T any](id *Identity) (*T, error) {
	if id == nil || id.claims == nil {
		return nil, errors.New("auth: the identity has no claims")
	}
	t := new(T)
	e := exactWriter{d: id.claims}
	e.value(0, reflect.TypeFor[T](), 0)
	if err := json.Unmarshal(e.out, t); err != nil {
		return nil, fmt.Errorf("auth: the claims do not fit %T: %s", t, decodeProblem(err))
	}
	return t, nil
}

// decodeProblem says where decoding failed, without the value that is in some
// of the errors' texts.
func decodeProblem(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Sprintf("%s is no %s", wrong.Field, wrong.Type)
	}
	return "a value has another type"
}

// exactWriter writes claims anew without the members that encoding/json would
// match with a field of another name.
type exactWriter struct {
	d   *document
	out []byte
}

// maxTypeDepth ends the descent into types that hold themselves without JSON to
// go with it.
const maxTypeDepth = 64

func (e *exactWriter) value(n int, t reflect.Type, depth int) {
	for t.Kind() == reflect.Pointer && !decodesItself(t) {
		t = t.Elem()
	}
	node := &e.d.nodes[n]
	whole := decodesItself(t) || depth > maxTypeDepth
	switch {
	case whole:
	case node.kind == kindObject && t.Kind() == reflect.Struct:
		e.object(n, depth, fieldsOf(t, 0))
		return
	case node.kind == kindObject && t.Kind() == reflect.Map:
		e.object(n, depth, func(string) (reflect.Type, bool) { return t.Elem(), true })
		return
	case node.kind == kindArray && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array):
		e.out = append(e.out, '[')
		for m := n + 1; m < int(node.next); m = int(e.d.nodes[m].next) {
			if m > n+1 {
				e.out = append(e.out, ',')
			}
			e.value(m, t.Elem(), depth+1)
		}
		e.out = append(e.out, ']')
		return
	}
	e.out = append(e.out, e.d.raw(n)...)
}

// object writes the members for which typeOf knows a type.
func (e *exactWriter) object(n, depth int, typeOf func(name string) (reflect.Type, bool)) {
	e.out = append(e.out, '{')
	first := true
	for m := n + 1; m < int(e.d.nodes[n].next); m = int(e.d.nodes[m+1].next) {
		t, ok := typeOf(e.d.unescape(m))
		if !ok {
			continue
		}
		if !first {
			e.out = append(e.out, ',')
		}
		first = false
		e.out = append(e.out, e.d.raw(m)...)
		e.out = append(e.out, ':')
		e.value(m+1, t, depth+1)
	}
	e.out = append(e.out, '}')
}

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// decodesItself reports whether encoding/json leaves decoding to the type.
func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Implements(jsonUnmarshaler) || p.Implements(jsonUnmarshaler) ||
		t.Implements(textUnmarshaler) || p.Implements(textUnmarshaler)
}

// fieldsOf returns the names under which encoding/json decodes fields of t,
// embedded ones among them.
func fieldsOf(t reflect.Type, depth int) func(string) (reflect.Type, bool) {
	fields := map[string]reflect.Type{}
	var embedded []reflect.Type
	for i := range t.NumField() {
		f := t.Field(i)
		tag, hasTag := f.Tag.Lookup("json")
		name, _, _ := strings.Cut(tag, ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case tag == "-":
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			embedded = append(embedded, inner)
		case !f.IsExported():
		case hasTag && name != "":
			fields[name] = f.Type
		default:
			fields[f.Name] = f.Type
		}
	}
	return func(name string) (reflect.Type, bool) {
		if t, ok := fields[name]; ok {
			return t, true
		}
		if depth > maxTypeDepth {
			return nil, false
		}
		for _, inner := range embedded {
			if t, ok := fieldsOf(inner, depth+1)(name); ok {
				return t, true
			}
		}
		return nil, false
	}
}
