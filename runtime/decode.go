package auth

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// DecodeClaims decodes the token's claims into a new T, a struct with json
// tags, on each call. Unlike encoding/json it matches names byte for byte: a
// claim "ROLES" does not end up in a field tagged "roles". A type with an
// UnmarshalJSON of its own decodes as it likes.
//
// The claims are the issuer's words: a field of T named role has none of the
// checks that rules have.
func DecodeClaims[T any](id *Identity) (*T, error) {
	var claims *document
	if id != nil {
		claims = id.claims()
	}
	if claims == nil {
		return nil, errors.New("auth: the identity has no claims")
	}
	t := new(T)
	e := exactWriter{d: claims, known: map[reflect.Type]*jsonType{}}
	e.value(0, reflect.TypeFor[T]())
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
	d     *document
	out   []byte
	known map[reflect.Type]*jsonType
}

// jsonType is what encoding/json makes of a type.
type jsonType struct {
	itself bool                    // decoding is left to the type
	fields map[string]reflect.Type // of a struct
}

// typ looks at each type once, however many values are decoded into it.
func (e *exactWriter) typ(t reflect.Type) *jsonType {
	known := e.known[t]
	if known == nil {
		known = &jsonType{itself: decodesItself(t)}
		if !known.itself && t.Kind() == reflect.Struct {
			known.fields = fieldsOf(t)
		}
		e.known[t] = known
	}
	return known
}

func (e *exactWriter) value(n int, t reflect.Type) {
	for t.Kind() == reflect.Pointer && !e.typ(t).itself {
		t = t.Elem()
	}
	node, typ := &e.d.nodes[n], e.typ(t)
	switch {
	case typ.itself:
	case node.kind == kindObject && t.Kind() == reflect.Struct:
		e.object(n, func(name string) (reflect.Type, bool) {
			t, ok := typ.fields[name]
			return t, ok
		})
		return
	case node.kind == kindObject && t.Kind() == reflect.Map:
		e.object(n, func(string) (reflect.Type, bool) { return t.Elem(), true })
		return
	case node.kind == kindArray && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array):
		e.out = append(e.out, '[')
		for m := n + 1; m < int(node.next); m = int(e.d.nodes[m].next) {
			if m > n+1 {
				e.out = append(e.out, ',')
			}
			e.value(m, t.Elem())
		}
		e.out = append(e.out, ']')
		return
	}
	e.out = append(e.out, e.d.raw(n)...)
}

// object writes the members for which typeOf knows a type.
func (e *exactWriter) object(n int, typeOf func(name string) (reflect.Type, bool)) {
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
		e.value(m+1, t)
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

// jsonField is a field that encoding/json may decode into.
type jsonField struct {
	typ    reflect.Type
	tagged bool
	twins  int // fields of the same name, depth and tagging
}

// fieldsOf returns the fields of a struct by the names under which encoding/json
// decodes them. Of several with one name, embedded ones among them, the least
// deep counts, and of these the tagged one; where that leaves more than one,
// there is no field of that name.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	decided := map[string]bool{} // by a level above
	seen := map[reflect.Type]bool{}
	for level := []reflect.Type{t}; len(level) > 0; {
		var below []reflect.Type
		found := map[string]jsonField{}
		for _, t := range level {
			seen[t] = true
			for i := range t.NumField() {
				f := t.Field(i)
				if inner, ok := embedded(f); ok {
					below = append(below, inner)
				} else if name, tagged, ok := jsonName(f); ok {
					found[name] = found[name].or(jsonField{f.Type, tagged, 1})
				}
			}
		}
		for name, f := range found {
			if f.twins == 1 && !decided[name] {
				fields[name] = f.typ
			}
			decided[name] = true
		}
		level = slices.DeleteFunc(below, func(t reflect.Type) bool { return seen[t] })
	}
	return fields
}

// or returns the one of two fields of a name that counts.
func (f jsonField) or(other jsonField) jsonField {
	switch {
	case f.twins == 0 || other.tagged && !f.tagged:
		return other
	case f.tagged == other.tagged:
		f.twins++
	}
	return f
}

// embedded returns the struct whose fields count as those of the struct that
// holds f.
func embedded(f reflect.StructField) (reflect.Type, bool) {
	tag := f.Tag.Get("json")
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t, f.Anonymous && tag != "-" && tagName(tag) == "" && t.Kind() == reflect.Struct
}

// jsonName returns the name under which encoding/json decodes a field.
func jsonName(f reflect.StructField) (name string, tagged, ok bool) {
	tag := f.Tag.Get("json")
	// Of embedded structs, those of unexported types count too.
	if tag == "-" || !f.IsExported() && !(f.Anonymous && f.Type.Kind() == reflect.Struct) {
		return "", false, false
	}
	if name := tagName(tag); name != "" {
		return name, true, true
	}
	return f.Name, false, true
}

// tagName returns the name in a tag, "" for one that encoding/json does not
// accept.
func tagName(tag string) string {
	name, _, _ := strings.Cut(tag, ",")
	if strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		return ""
	}
	return name
}
