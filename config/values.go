package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/authgen/authgen/internal/spelling"
)

// entry is a key of a mapping and its value.
type entry struct {
	name  string
	at    Position // of the key
	value ast.Node
}

// entries returns the entries of a mapping whose keys are text and stand once,
// and whether n is a mapping, which the caller reports. what names the keys in
// messages.
func (r *reader) entries(n ast.Node, what string) (all []entry, ok bool) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return nil, false
	}
	seen := map[string]Position{}
	for _, v := range values {
		// The ? form of a key is refused with all other keys that are no text.
		name, at, ok := r.str(v.Key, what)
		if ok && r.once(seen, what, name, at) {
			all = append(all, entry{name, at, v.Value})
		}
	}
	return all, true
}

// fields returns the entries of a mapping that has no keys but the known ones.
func (r *reader) fields(of entry, suggestion string, known ...string) (all []entry) {
	entries, ok := r.entries(of.value, "key")
	if !ok {
		r.wrongType(of.value, of.at, of.name+" holds keys with values", suggestion)
		return nil
	}
next:
	for _, e := range entries {
		for _, k := range known {
			if e.name == k {
				all = append(all, e)
				continue next
			}
		}
		hint := "the keys are " + strings.Join(known, ", ")
		if near, ok := spelling.Nearest(e.name, known); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		r.report(CodeUnknownKey, e.at, fmt.Sprintf("%s has no key %q", of.name, e.name), hint)
	}
	return all
}

// once records a name and reports one that was there before.
func (r *reader) once(seen map[string]Position, what, name string, at Position) bool {
	if first, ok := seen[name]; ok {
		r.report(CodeDuplicate, at, fmt.Sprintf("the %s %q stands twice, first in line %d", what, name, first.Line), "remove one of them")
		return false
	}
	seen[name] = at
	return true
}

// str returns text and where its first byte stands. Numbers, true, false and
// null are no text: 007 and 1e3 would be other names than what is read.
func (r *reader) str(n ast.Node, what string) (text string, at Position, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		at, _ = r.scalar(n.Token, n.Value)
		return n.Value, at, true
	case *ast.LiteralNode:
		return n.Value.Value, r.node(n), true
	}
	suggestion := "write text"
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		suggestion = "put it in quotes"
	}
	r.wrongType(n, Position{}, "a "+what+" is text", suggestion)
	return "", Position{}, false
}

// list returns the elements of a list, and whether n is one, which the caller
// reports.
func list(n ast.Node) ([]ast.Node, bool) {
	if s, ok := n.(*ast.SequenceNode); ok {
		return s.Values, true
	}
	return nil, false
}

// wrongType reports that n is not what should stand there. Position at is used
// when n is absent, as after a key without a value.
func (r *reader) wrongType(n ast.Node, at Position, want, suggestion string) {
	have := describe(n)
	if at == (Position{}) || have != "nothing" {
		at = r.node(n)
	}
	r.report(CodeType, at, want+", and here is "+have, suggestion)
}

// describe names the type of a value.
func describe(n ast.Node) string {
	switch n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.BoolNode:
		return "true or false"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	}
	return "something else"
}

// node returns where a value begins.
func (r *reader) node(n ast.Node) Position {
	switch n := n.(type) {
	case nil:
		return Position{Line: 1, Column: 1}
	case *ast.MappingNode:
		// The token of a mapping in lines is the colon of its first entry.
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return r.node(n.Values[0])
		}
	case *ast.MappingValueNode:
		return r.position(n.Key.GetToken())
	}
	return r.position(n.GetToken())
}
