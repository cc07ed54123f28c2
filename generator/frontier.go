package generator

import (
	"fmt"
	"slices"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/internal/frontiername"
	"github.com/authgen/authgen/manifest"
)

// checkFrontier reports a check that Frontier cannot be asked, where the settings say
// that it decides, and one whose permission is called there as another is.
func (g *generation) checkFrontier(c *config.Config, check annotations.Check, at diagnostic.Position) (ok bool) {
	if c.Frontier == nil || check.String() == frontiername.Online {
		return true
	}
	report := func(suggestion, format string, args ...any) bool {
		g.report(diagnostic.Diagnostic{Code: CodeFrontier, Position: at, Message: fmt.Sprintf(format, args...), Suggestion: suggestion})
		return false
	}
	key, problem := frontierKey(c.Frontier, check)
	switch _, known := frontiername.Namespace(check.Type); {
	case check.Type == frontiername.TypeOnline:
		return report("write "+frontiername.Online, "Frontier is not asked for %s", check)
	case !known:
		return report("write project, organization, group, or a namespace such as storage/file", "%q is no type of Frontier's", check.Type)
	case !frontiername.IsWhole(check.ID):
		return report("write one path parameter", "%q can be no uuid, as which Frontier knows what is checked", check.ID)
	case problem != nil:
		return report(fmt.Sprintf("say in %s what it is called there: frontier: {permissions: {%s: …}}", config.FileName, check.Permission),
			"the permission %q: %v", check.Permission, problem)
	}
	if g.frontierNames == nil {
		g.frontierNames = map[string]string{}
	}
	if other, taken := g.frontierNames[key]; taken && other != check.Permission {
		return report(fmt.Sprintf("write one of them everywhere, or say in %s what they are called there", config.FileName),
			"the permissions %q and %q are both %s at Frontier", other, check.Permission, key)
	}
	g.frontierNames[key] = check.Permission
	return true
}

// frontierKey returns what Frontier calls the permission of a check.
func frontierKey(f *config.Frontier, check annotations.Check) (string, error) {
	namespace, _ := frontiername.Namespace(check.Type)
	verb := frontiername.Verb(check.Permission)
	for _, p := range f.Permissions {
		if p.Name == check.Permission {
			verb = p.Verb
		}
	}
	return frontiername.Key(namespace, verb)
}

// noteFrontier lists what Frontier calls the permissions of checks.
func (g *generation) noteFrontier(m *manifest.Manifest, sets []annotations.Rule) {
	if g.config.Frontier == nil {
		return
	}
	if m.FrontierPermissions == nil {
		m.FrontierPermissions = []manifest.FrontierPermission{}
	}
	note := func(check annotations.Check) {
		key, err := frontierKey(g.config.Frontier, check)
		entry := manifest.FrontierPermission{Check: check.Type + "#" + check.Permission, Key: key}
		if err == nil && check.Type != frontiername.TypeOnline && !slices.Contains(m.FrontierPermissions, entry) {
			m.FrontierPermissions = append(m.FrontierPermissions, entry)
		}
	}
	for _, set := range g.withNamed(sets) {
		for _, c := range set.Checks {
			note(c)
		}
		annotations.Walk(set.Policy, func(p *annotations.Predicate, _ bool) {
			if p.Name == "check" {
				note(checkOf(p))
			}
		})
	}
}
