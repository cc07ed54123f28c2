package frontiertest

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// message is a protobuf message whose fields have their names of the proto file.
type message map[string]any

// freeform is a google.protobuf.Struct: its names are nobody's to change.
type freeform map[string]any

// form is how a message is written as JSON.
type form struct {
	camel bool // its names are camelCase
	zero  bool // fields of zero value are not left out
}

// encode writes a message as protojson does.
func encode(m message, f form) []byte {
	body, err := json.Marshal(f.shape(m))
	if err != nil {
		panic(err) // the fake makes nothing that JSON cannot hold
	}
	return body
}

func (f form) shape(v any) any {
	switch v := v.(type) {
	case message:
		if v == nil {
			return nil
		}
		out := map[string]any{}
		for name, value := range v {
			if isZero(value) && !f.zero {
				continue
			}
			if f.camel {
				name = camelCase(name)
			}
			out[name] = f.shape(value)
		}
		return out
	case []message:
		out := make([]any, len(v))
		for i, m := range v {
			out[i] = f.shape(m)
		}
		return out
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return timestamp(v)
	}
	return v
}

func isZero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case int:
		return v == 0
	case []string:
		return len(v) == 0
	case []message:
		return len(v) == 0
	case message:
		return v == nil
	case freeform:
		return v == nil
	case time.Time:
		return v.IsZero()
	}
	return false
}

// timestamp writes t with the microseconds that a database keeps.
func timestamp(t time.Time) string {
	if t.Nanosecond()/1000 == 0 {
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

func camelCase(name string) string {
	parts := strings.Split(name, "_")
	for i, part := range parts[1:] {
		if part != "" {
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "")
}

// snakeCase undoes camelCase, and leaves names of the proto file as they are.
func snakeCase(name string) string {
	var out strings.Builder
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			out.WriteByte('_')
			c += 'a' - 'A'
		}
		out.WriteRune(c)
	}
	return out.String()
}

// readMessage reads a body as one JSON object whose names may have both forms.
func readMessage(body []byte) (message, *failure) {
	if len(body) == 0 {
		return nil, errEmpty
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil || m == nil {
		return nil, errMalformed
	}
	return snake(m), nil
}

func snake(m map[string]any) message {
	out := message{}
	for name, value := range m {
		name = snakeCase(name)
		if name != "metadata" {
			value = snakeValue(value)
		}
		out[name] = value
	}
	return out
}

func snakeValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return snake(v)
	case []any:
		for i := range v {
			v[i] = snakeValue(v[i])
		}
	}
	return v
}

// decode fills the struct at v with the request.
func (c *call) decode(v any) *failure {
	body, err := json.Marshal(c.request)
	if err != nil {
		return errMalformed
	}
	// Fields that are not known are ignored, as Connect does.
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(v); err != nil {
		return errMalformed
	}
	return nil
}
