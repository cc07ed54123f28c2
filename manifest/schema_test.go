package manifest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/manifest"
)

// schema is the part of JSON Schema that the manifest's schema uses. Decoding
// refuses keywords that it lacks, so none is ignored.
type schema struct {
	Draft                string            `json:"$schema"`
	ID                   string            `json:"$id"`
	Ref                  string            `json:"$ref"`
	Defs                 map[string]schema `json:"$defs"`
	Title                string            `json:"title"`
	Description          string            `json:"description"`
	Type                 string            `json:"type"`
	Const                any               `json:"const"`
	Enum                 []any             `json:"enum"`
	MinLength            int               `json:"minLength"`
	MinItems             int               `json:"minItems"`
	Items                *schema           `json:"items"`
	Properties           map[string]schema `json:"properties"`
	Required             []string          `json:"required"`
	AdditionalProperties *bool             `json:"additionalProperties"`
}

func loadSchema(t *testing.T) schema {
	t.Helper()
	var s schema
	dec := json.NewDecoder(strings.NewReader(string(manifest.SchemaJSON)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// validate returns what in value breaks s.
func (s schema) validate(root schema, at string, value any) []string {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		return root.Defs[name].validate(root, at, value)
	}
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, at+": "+fmt.Sprintf(format, args...)) }
	if s.Const != nil && value != s.Const {
		complain("want %v", s.Const)
	}
	if s.Enum != nil && !slices.Contains(s.Enum, value) {
		complain("%v is none of %v", value, s.Enum)
	}
	got := ""
	switch v := value.(type) {
	case string:
		got = "string"
		if len(v) < s.MinLength {
			complain("shorter than %d", s.MinLength)
		}
	case bool:
		got = "boolean"
	case []any:
		got = "array"
		if len(v) < s.MinItems {
			complain("fewer than %d elements", s.MinItems)
		}
		for i, e := range v {
			wrong = append(wrong, s.Items.validate(root, fmt.Sprintf("%s[%d]", at, i), e)...)
		}
	case map[string]any:
		got = "object"
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				complain("lacks %s", name)
			}
		}
		for name, e := range v {
			p, ok := s.Properties[name]
			if !ok {
				complain("has unknown %s", name)
				continue
			}
			wrong = append(wrong, p.validate(root, at+"."+name, e)...)
		}
	}
	if s.Type != "" && got != s.Type {
		complain("is %T, want %s", value, s.Type)
	}
	return wrong
}

func TestManifestsFitTheSchema(t *testing.T) {
	t.Parallel()
	root := loadSchema(t)
	for name, m := range map[string]*manifest.Manifest{
		"full":  sample(),
		"empty": {Schema: manifest.Schema, Module: "example.com/app"},
	} {
		var value any
		if err := json.Unmarshal(marshal(t, m), &value); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range root.validate(root, name, value) {
			t.Error(wrong)
		}
	}
	var bad any
	if err := json.Unmarshal([]byte(`{"schema": "x", "routes": [{"protection": "open", "extra": 1}], "roles": [""]}`), &bad); err != nil {
		t.Fatal(err)
	}
	if wrong := root.validate(root, "", bad); len(wrong) < 6 {
		t.Errorf("the validator finds only %q", wrong)
	}
}

// TestSchemaHasEveryField compares the schema with the Go types.
func TestSchemaHasEveryField(t *testing.T) {
	t.Parallel()
	root := loadSchema(t)
	for _, c := range []struct {
		typ    reflect.Type
		schema schema
	}{
		{reflect.TypeFor[manifest.Manifest](), root},
		{reflect.TypeFor[manifest.Build](), root.Defs["build"]},
		{reflect.TypeFor[manifest.Route](), root.Defs["route"]},
		{reflect.TypeFor[manifest.Handler](), root.Defs["handler"]},
		{reflect.TypeFor[manifest.Demand](), root.Defs["demand"]},
		{reflect.TypeFor[manifest.NamedRule](), root.Defs["namedRule"]},
		{reflect.TypeFor[manifest.FrontierPermission](), root.Defs["frontierPermission"]},
		{reflect.TypeFor[manifest.Rule](), root.Defs["rule"]},
		{reflect.TypeFor[manifest.Skipped](), root.Defs["skipped"]},
	} {
		var names, required []string
		for i := range c.typ.NumField() {
			name, option, _ := strings.Cut(c.typ.Field(i).Tag.Get("json"), ",")
			names = append(names, name)
			if option != "omitempty" && option != "omitzero" {
				required = append(required, name)
			}
		}
		if got := slices.Sorted(maps.Keys(c.schema.Properties)); !slices.Equal(got, slices.Sorted(slices.Values(names))) {
			t.Errorf("%s: schema has %v, the type has %v", c.typ, got, names)
		}
		if !slices.Equal(c.schema.Required, required) {
			t.Errorf("%s: schema requires %v, the type always writes %v", c.typ, c.schema.Required, required)
		}
		if c.schema.AdditionalProperties == nil || *c.schema.AdditionalProperties {
			t.Errorf("%s: schema allows other properties", c.typ)
		}
		for name, p := range c.schema.Properties {
			if p.Description == "" && p.Ref == "" {
				t.Errorf("%s.%s has no description", c.typ, name)
			}
		}
	}
	if len(root.Defs) != 8 {
		t.Errorf("schema defines %d types, want 8", len(root.Defs))
	}
}
