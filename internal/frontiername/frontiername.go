// Package frontiername says what the types and permissions of rules are called in
// raystack Frontier.
package frontiername

import (
	"fmt"
	"strings"
)

// TypeOnline is the type of the check [Online], which is none of the server's.
const TypeOnline = "frontier"

// Online is the check whether the caller is still there.
const Online = "frontier:identity#online"

// aliases are the short names of the server's own namespaces.
var aliases = map[string]string{
	"org": "app/organization", "organization": "app/organization", "project": "app/project", "group": "app/group",
	"user": "app/user", "superuser": "app/user", "serviceuser": "app/serviceuser", "pat": "app/pat", "platform": "app/platform",
}

// longestSlug is how long service_resource_verb may be.
const longestSlug = 64

// Namespace returns the namespace of a type, such as app/project of project and
// storage/file of storage/file; false where there can be none.
func Namespace(typ string) (string, bool) {
	if namespace, ok := aliases[typ]; ok {
		return namespace, true
	}
	service, resource, ok := strings.Cut(typ, "/")
	return typ, ok && isPart(service) && isPart(resource)
}

// Verb returns what a permission of a rule is called unless settings say otherwise:
// its letters and digits, in lower case.
func Verb(permission string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case 'A' <= c && c <= 'Z':
			return c + 'a' - 'A'
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			return c
		}
		return -1
	}, permission)
}

// BadVerb says why the server would not take a verb, "" where it would.
func BadVerb(verb string) string {
	switch {
	case !isPart(verb):
		return "is no verb of Frontier's: those are 3 to 64 lower-case letters and digits, with a letter first"
	case verb == "owner" || verb == "project" || verb == "granted":
		return "is a word that Frontier keeps for itself"
	}
	return ""
}

// Key returns the name by which the server lists and creates a permission, such as
// storage.file.upload, or an error where it would not take it.
func Key(namespace, verb string) (string, error) {
	if why := BadVerb(verb); why != "" {
		return "", fmt.Errorf("%q %s", verb, why)
	}
	if len(namespace)+1+len(verb) > longestSlug {
		return "", fmt.Errorf("%s.%s is longer than the %d characters that Frontier takes", namespace, verb, longestSlug)
	}
	return strings.ReplaceAll(namespace, "/", ".") + "." + verb, nil
}

// IsWhole reports whether the id of a rule is one path parameter, or has none. Of what
// is part of it no uuid can be made.
func IsWhole(id string) bool {
	return !strings.Contains(id, "{") || strings.LastIndexByte(id, '{') == 0 && strings.IndexByte(id, '}') == len(id)-1
}

// isPart reports whether s is ^[a-z][a-z0-9]{2,63}$.
func isPart(s string) bool {
	if len(s) < 3 || len(s) > 64 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}
