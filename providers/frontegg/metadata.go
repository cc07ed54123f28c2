package frontegg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
)

// Metadata reads and writes what the environment says of its entities, such as
// audits. See [Client.Metadata].
type Metadata struct{ client *Client }

// Metadata returns the metadata of the environment.
func (c *Client) Metadata() *Metadata { return &Metadata{c} }

// Get returns the metadata of an entity, as Frontegg answers it.
func (m *Metadata) Get(ctx context.Context, entityName string) (json.RawMessage, error) {
	if entityName == "" {
		return nil, errors.New("frontegg: metadata: the name of the entity is missing")
	}
	data, err := m.client.call(ctx, request{
		method: http.MethodGet, service: MetadataService, path: []string{""}, query: url.Values{"entityName": {entityName}},
	})
	if err != nil {
		return nil, err
	}
	if !json.Valid(data) {
		return nil, malformed(MetadataService)
	}
	return data, nil
}

// Set replaces the metadata of an entity. The object is read, and not changed; its
// member entityName, if there is one, must be the name.
func (m *Metadata) Set(ctx context.Context, entityName string, metadata map[string]any) error {
	if entityName == "" {
		return errors.New("frontegg: metadata: the name of the entity is missing")
	}
	if other, ok := metadata["entityName"]; ok && other != any(entityName) {
		return errors.New("frontegg: metadata: the object has the name of another entity")
	}
	object := map[string]any{}
	maps.Copy(object, metadata)
	object["entityName"] = entityName
	_, err := m.client.call(ctx, request{
		method: http.MethodPost, service: MetadataService, path: []string{""}, body: object, statusOnly: true,
	})
	return err
}

// isObject reports whether valid JSON is an object.
func isObject(data []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) }
