package fronteggtest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Entitlements is what an environment sells and to whom, as a snapshot holds it.
// The zero Entitlements is that of an environment without any.
type Entitlements struct {
	Features []Feature
	Bundles  []Bundle
	Granted  []Entitlement
	Flags    []Flag
}

// Feature is something that can be entitled to.
type Feature struct {
	ID, Key string
	// Permissions are those that are linked to the feature; nil is null.
	Permissions []string
}

// Bundle is a plan: features that are granted together, or to whom its rules
// apply.
type Bundle struct {
	ID       string
	Features []string // their ids
	Default  bool     // treatment when no rule matches
	Rules    []Rule
}

// Entitlement grants a bundle to a tenant, or to one of its users.
type Entitlement struct {
	Bundle  string // its id
	Tenant  string
	User    string    // empty for the whole tenant
	Expires time.Time // zero for never
}

// Flag is a feature flag.
type Flag struct {
	Feature string // its key
	On      bool
	Default bool // treatment when no rule matches
	Off     bool // treatment when it is not on
	Rules   []Rule
}

// Rule is one of a flag or of a bundle.
type Rule struct {
	Description string
	Logic       string // "and" unless set, or "or"
	Conditions  []Condition
	Treatment   bool
}

// Condition compares an attribute.
type Condition struct {
	Attribute string // those of Frontegg begin with "frontegg."
	Type      string // "custom" unless set, or "frontegg"
	Negate    bool
	Op        string
	Value     any // {"list": […]}, {"number": 5}, …
}

func (e Feature) MarshalJSON() ([]byte, error) { return tuple(e.ID, e.Key, e.Permissions) }

func (b Bundle) MarshalJSON() ([]byte, error) {
	return tuple(b.ID, list(b.Features), strconv.FormatBool(b.Default), rules(b.Rules))
}

func (e Entitlement) MarshalJSON() ([]byte, error) {
	var user, expires any
	if e.User != "" {
		user = e.User
	}
	if !e.Expires.IsZero() {
		expires = timestamp(e.Expires)
	}
	return tuple(e.Bundle, e.Tenant, user, expires)
}

func (f Flag) MarshalJSON() ([]byte, error) {
	return tuple(f.Feature, f.On, "boolean", strconv.FormatBool(f.Default), strconv.FormatBool(f.Off), rules(f.Rules))
}

func (r Rule) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"description": r.Description, "conditionLogic": either(r.Logic, "and"),
		"conditions": append([]Condition{}, r.Conditions...), "treatment": strconv.FormatBool(r.Treatment),
	})
}

func (c Condition) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"attribute": c.Attribute, "attributeType": either(c.Type, "custom"),
		"negate": c.Negate, "op": c.Op, "value": c.Value,
	})
}

func tuple(values ...any) ([]byte, error) { return json.Marshal(values) }

func rules(all []Rule) []Rule { return append([]Rule{}, all...) }

// SetEntitlements publishes a snapshot under the next offset.
func (f *Fake) SetEntitlements(e Entitlements) {
	f.helper()
	data, err := json.Marshal(map[string]any{
		"features":       append([]Feature{}, e.Features...),
		"featureBundles": append([]Bundle{}, e.Bundles...),
		"entitlements":   append([]Entitlement{}, e.Granted...),
		"featureFlags":   append([]Flag{}, e.Flags...),
	})
	if err != nil {
		f.fail("fronteggtest: SetEntitlements: %v", err)
	}
	f.SetSnapshot(data)
}

// SetSnapshot publishes the member data of a snapshot as it is, under the next
// offset.
func (f *Fake) SetSnapshot(data json.RawMessage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.snapshot = data
	f.offset++
}

// Offset returns the offset of the snapshot that is published. It starts at 1.
func (f *Fake) Offset() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.offset
}

func (f *Fake) snapshotOffset(*call) reply {
	return respond(http.StatusOK, map[string]int64{"snapshotOffset": f.Offset()})
}

func (f *Fake) serveSnapshot(*call) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	return respond(http.StatusOK, map[string]any{"data": f.snapshot, "snapshotOffset": f.offset})
}
