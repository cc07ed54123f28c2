package manifest

import _ "embed"

// SchemaJSON is the JSON Schema (draft 2020-12) of a manifest of this version.
//
//go:embed auth.manifest.schema.json
var SchemaJSON []byte
