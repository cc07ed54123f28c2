package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxSize bounds what Parse reads. A route takes about 500 bytes.
const maxSize = 64 << 20

// Read parses the manifest in the named file. A file that does not exist gives
// an error that matches [fs.ErrNotExist].
func Read(path string) (*Manifest, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := Parse(data)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return m, nil
}

// Parse reads the JSON form of a manifest. It accepts only what the schema
// allows: another schema version, an unknown or repeated field, a field in
// capitals and an unknown protection are errors, so that no reader sees less
// than what is written. Errors name line and column.
func Parse(data []byte) (*Manifest, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("manifest is larger than %d MB", maxSize>>20)
	}
	if err := checkFields(data); err != nil {
		return nil, err
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, located(data, err)
	}
	switch {
	case head.Schema == "":
		return nil, fmt.Errorf("not a manifest: it has no schema field (want %q)", Schema)
	case head.Schema != Schema:
		return nil, fmt.Errorf("schema %q is not known: this version of authgen reads %q", head.Schema, Schema)
	}
	m := new(Manifest)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(m); err != nil {
		return nil, located(data, err)
	}
	for i, r := range m.Routes {
		if !r.Protection.known() {
			return nil, fmt.Errorf("routes[%d] (%s %s): protection %q is not known", i, r.Method, r.Path, r.Protection)
		}
	}
	return m, nil
}

// checkFields refuses what encoding/json lets pass: names that equal a field's
// only after folding case, repeated names (the last one would win), and text
// behind the value.
func checkFields(data []byte) error {
	type object struct {
		names map[string]bool // nil for a list
		key   bool            // the next string is a name
	}
	var open []object
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) && len(open) == 0 && dec.InputOffset() > 0 {
			return nil
		}
		if err != nil {
			return located(data, err)
		}
		at := dec.InputOffset()
		if len(open) == 0 && token != json.Delim('{') {
			return position(data, at, "want one JSON object")
		}
		top := len(open) - 1
		if name, ok := token.(string); ok && open[top].key {
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
				return position(data, at, "unknown field %q", name)
			}
			if open[top].names[name] {
				return position(data, at, "field %q stands twice", name)
			}
			open[top].names[name] = true
			open[top].key = false
			continue
		}
		switch token {
		case json.Delim('{'):
			open = append(open, object{map[string]bool{}, true})
			continue
		case json.Delim('['):
			open = append(open, object{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:top]
		}
		// A value has ended: in an object a name follows.
		if top = len(open) - 1; top >= 0 && open[top].names != nil {
			open[top].key = true
		} else if top < 0 && len(bytes.TrimSpace(data[at:])) > 0 {
			return position(data, at+1, "text after the end of the manifest")
		}
	}
}

// located adds the position to an error of encoding/json that knows one.
func located(data []byte, err error) error {
	var (
		syntax   *json.SyntaxError
		mismatch *json.UnmarshalTypeError
	)
	switch {
	case bytes.HasPrefix(data, []byte("<<<<<<< ")) || bytes.Contains(data, []byte("\n<<<<<<< ")):
		return errors.New("holds the marks of an unresolved merge")
	case errors.As(err, &syntax):
		return position(data, syntax.Offset, "%s", syntax.Error())
	case errors.As(err, &mismatch):
		return position(data, mismatch.Offset, "%s: a JSON %s does not fit", mismatch.Field, mismatch.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return position(data, int64(len(data)), "unexpected end")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// position makes an error that begins with the line and column of the byte
// before offset.
func position(data []byte, offset int64, format string, args ...any) error {
	before := data[:max(0, min(offset-1, int64(len(data))))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("%d:%d: %s", line, column, fmt.Sprintf(format, args...))
}
