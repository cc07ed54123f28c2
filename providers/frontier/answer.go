package frontier

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// readAnswer reads the JSON of an answer into a value whose members have snake_case
// names. The server writes the names of members in camelCase where it was asked with
// a charset, and older gateways may; both are read. What is in metadata is not
// touched: its names are the users'.
func readAnswer(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return errors.New("the answer is no JSON")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the answer is more than one JSON value")
	}
	if _, ok := v.(map[string]any); !ok {
		return errors.New("the answer is no JSON object")
	}
	data, err := json.Marshal(snaked(v))
	if err != nil || json.Unmarshal(data, into) != nil {
		return errors.New("the answer is not what is expected")
	}
	return nil
}

func snaked(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = snaked(v[i])
		}
		return v
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			if name != "metadata" {
				member = snaked(member)
			}
			name := snakeCase(name)
			if _, twice := out[name]; twice {
				member = nil // said twice, in different ways, it says nothing
			}
			out[name] = member
		}
		return out
	}
	return v
}

func snakeCase(name string) string {
	if strings.ToLower(name) == name {
		return name
	}
	var b strings.Builder
	for i, r := range name {
		if 'A' <= r && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r |= 0x20
		}
		b.WriteRune(r)
	}
	return b.String()
}
