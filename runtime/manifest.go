package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const (
	manifestSchema = "authgen.manifest/v1"
	// maxManifest bounds what ParseManifest reads. A route takes about 500 bytes.
	maxManifest = 16 << 20
)

var manifestLimits = jsonLimits{depth: 32, members: 64, nodes: 4 << 20}

// Manifest is what the Verify functions of the adapters need of a manifest
// (auth.manifest.json): the routes, and the rules of the annotated handlers. It does
// not change. A nil or zero Manifest stands for one that is missing.
type Manifest struct {
	module   string
	routes   []manifestRoute
	handlers map[string]string // what each annotated handler demands, see ruleText
	free     map[string]bool   // those whose guard does nothing: public, and not recorded
	err      error             // why there is nothing else
}

// manifestRoute is a route of a manifest.
type manifestRoute struct {
	Program    string `json:"program"`
	Router     string `json:"router"`
	Method     string `json:"method"`
	Host       string `json:"host"`
	Path       string `json:"path"`
	Framework  string `json:"framework"`
	Handler    string `json:"handler"`
	Protection string `json:"protection"`
	Condition  string `json:"condition"`
}

// Module returns the path of the module that the manifest is of, "" when it is
// missing.
func (m *Manifest) Module() string {
	if m == nil {
		return ""
	}
	return m.module
}

// ParseManifest reads a manifest of the schema authgen.manifest/v1, of 16 MiB at
// most. Text that is no such manifest is an error: another schema, names that stand
// twice, in capitals or where a rule is that this runtime does not know, unknown
// protections and frameworks. Other fields that it does not need are passed over.
func ParseManifest(data []byte) (*Manifest, error) {
	m, err := parseManifest(string(data))
	if err != nil {
		return nil, fmt.Errorf("auth: manifest: %w", err)
	}
	return m, nil
}

// EmbeddedManifest is [ParseManifest] for text that is part of the program. What is
// wrong with it is an error of the Verify functions. Generated code calls it.
func EmbeddedManifest(text string) *Manifest {
	m, err := parseManifest(text)
	if err != nil {
		return &Manifest{err: err}
	}
	return m
}

// missing says why there is no manifest, nil when there is one.
func (m *Manifest) missing() error {
	switch {
	case m == nil:
		return errors.New("there is no manifest: it is nil")
	case m.err != nil:
		return fmt.Errorf("the manifest cannot be read: %w", m.err)
	case m.module == "":
		return errors.New("there is no manifest: it is empty")
	}
	return nil
}

func parseManifest(text string) (*Manifest, error) {
	if len(text) > maxManifest {
		return nil, fmt.Errorf("it is larger than %d MiB", maxManifest>>20)
	}
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("it is empty")
	}
	d, err := parseObject(text, manifestLimits)
	if err != nil {
		return nil, err
	}
	if name, ok := d.oddName(); ok {
		return nil, fmt.Errorf("unknown field %.64q", name)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal([]byte(text), &head); err != nil {
		return nil, plainly(err)
	}
	if head.Schema != manifestSchema {
		return nil, fmt.Errorf("its schema is %.64q, and this runtime reads %q", head.Schema, manifestSchema)
	}
	var file struct {
		Module   string          `json:"module"`
		Routes   []manifestRoute `json:"routes"`
		Handlers []struct {
			Handler string          `json:"handler"`
			Rule    json.RawMessage `json:"rule"`
		} `json:"handlers"`
		Rules []struct {
			Name string          `json:"name"`
			Rule json.RawMessage `json:"rule"`
		} `json:"rules"`
	}
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		return nil, plainly(err)
	}
	if file.Module == "" || file.Routes == nil || file.Handlers == nil {
		return nil, errors.New("it lacks the module, the routes or the handlers")
	}
	for i, r := range file.Routes {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("routes[%d]: %w", i, err)
		}
	}
	named := map[string]*manifestRule{}
	for i, r := range file.Rules {
		if named[r.Name], err = parseManifestRule(r.Rule); err != nil {
			return nil, fmt.Errorf("rules[%d]: %w", i, err)
		}
	}
	m := &Manifest{module: file.Module, routes: file.Routes, handlers: make(map[string]string, len(file.Handlers)), free: map[string]bool{}}
	for i, h := range file.Handlers {
		rule, err := parseManifestRule(h.Rule)
		if err != nil {
			return nil, fmt.Errorf("handlers[%d]: %w", i, err)
		}
		if _, twice := m.handlers[h.Handler]; twice || h.Handler == "" {
			return nil, fmt.Errorf("handlers[%d]: %.128q has no name or stands twice", i, h.Handler)
		}
		m.handlers[h.Handler] = rule.text(named)
		if rule.Access == "public" && rule.Audit == "" {
			m.free[h.Handler] = true
		}
	}
	return m, nil
}

func (r *manifestRoute) check() error {
	switch r.Protection {
	case "guarded", "middleware", "public", "conditional", "unprotected", "unproven", "declared":
	default:
		return fmt.Errorf("protection %.64q is not known", r.Protection)
	}
	switch r.Framework {
	case "nethttp", "gin", "echo":
	default:
		return fmt.Errorf("framework %.64q is not known", r.Framework)
	}
	if r.Method == "" {
		return errors.New("it has no method")
	}
	return nil
}

// oddName returns a name of a member that no field has, but for its case
// encoding/json could take it for one.
func (d *document) oddName() (string, bool) {
	for n := range d.nodes {
		if d.nodes[n].kind != kindObject {
			continue
		}
		for m := n + 1; m < int(d.nodes[n].next); m = int(d.nodes[m+1].next) {
			if name := d.unescape(m); strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
				return name, true
			}
		}
	}
	return "", false
}

// plainly returns an error of encoding/json without its prefix.
func plainly(err error) error { return errors.New(strings.TrimPrefix(err.Error(), "json: ")) }
