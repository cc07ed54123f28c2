package frontiertest

import (
	"regexp"
	"slices"
	"strings"
)

// aliases are short names of namespaces.
var aliases = map[string]string{
	"user": nsUser, "superuser": nsUser, "serviceuser": nsServiceUser, "group": nsGroup, "pat": nsPAT,
	"org": nsOrganization, "organization": nsOrganization, "project": nsProject, "platform": nsPlatform,
}

// parseObject reads namespace:id, with aliases.
func parseObject(text string) (object, bool) {
	parts := strings.Split(text, ":")
	if len(parts) != 2 || parts[0] == "" || parts[1] == "" {
		return object{}, false
	}
	return object{either(aliases[parts[0]], parts[0]), parts[1]}, true
}

// superuser reports whether a principal may do everything.
func (db *database) superuser(who object) bool { return db.platform[who] == "admin" }

// mayCheck reports whether a principal has the platform's permission check.
func (db *database) mayCheck(who object) bool { return db.platform[who] != "" }

// may is errDenied unless the caller has a permission, and errOrgDisabled where that is
// about something in an organization that is disabled, unless the caller is a superuser
// or the server an older one.
func (s *Server) may(c *call, slug string, on object) *failure {
	if !s.db.allowed(c.who.object, slug, on) {
		return errDenied
	}
	if line, ok := s.db.lineage(on); ok && !s.rest && !s.db.superuser(c.who.object) {
		if o := s.db.orgs[line[len(line)-1].id]; o != nil && o.disabled {
			return errOrgDisabled
		}
	}
	return nil
}

// allowed reports whether a principal has the permission of a slug on an object. A
// personal access token has what both it and its owner have.
func (db *database) allowed(who object, slug string, on object) bool {
	if on.namespace == nsPlatform {
		return slug == "superuser" && db.superuser(who) || slug == "check" && db.mayCheck(who)
	}
	line, ok := db.lineage(on)
	if !ok {
		return false
	}
	if who.namespace == nsPAT {
		p := db.pats[who.id]
		return p != nil && db.granted(who, slug, line) && db.allowed(object{nsUser, p.user}, slug, on)
	}
	if db.superuser(who) {
		return true
	}
	if r := db.resources[on.id]; r != nil && r.principal == who {
		return true
	}
	return db.granted(who, slug, line)
}

// lineage returns an object and what it is part of: resource, project, organization.
func (db *database) lineage(on object) ([]object, bool) {
	switch on.namespace {
	case nsOrganization:
		return []object{on}, db.orgs[on.id] != nil
	case nsProject:
		if p := db.projects[on.id]; p != nil {
			return []object{on, {nsOrganization, p.org}}, true
		}
	case nsGroup:
		if g := db.groups[on.id]; g != nil {
			return []object{on, {nsOrganization, g.org}}, true
		}
	default:
		if r := db.resources[on.id]; r != nil && r.namespace == on.namespace {
			above, ok := db.lineage(object{nsProject, r.project})
			return append([]object{on}, above...), ok
		}
	}
	return nil, false
}

// granted reports whether a policy gives the permission: on the object itself or on
// what it is part of, by its name or because the role administers a part of the way.
func (db *database) granted(who object, slug string, line []object) bool {
	for _, p := range db.policies {
		at := slices.Index(line, p.resource)
		if at < 0 || !db.meant(p.principal, who) {
			continue
		}
		if slices.Contains(p.role.permissions, slug) {
			return true
		}
		for _, part := range line[:at+1] {
			if slices.Contains(p.role.permissions, slugOf(part.namespace, "administer")) {
				return true
			}
		}
	}
	return false
}

// meant reports whether what was granted to a principal is for who.
func (db *database) meant(granted, who object) bool {
	if granted == who {
		return true
	}
	g := db.groups[granted.id]
	return g != nil && granted.namespace == nsGroup && slices.Contains(g.members, who)
}

// question is one permission on one resource, as it is asked.
type question struct {
	Resource        string `json:"resource"`
	Permission      string `json:"permission"`
	ObjectID        string `json:"object_id"`
	ObjectNamespace string `json:"object_namespace"`
}

var legalPermission = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

const patternText = "value does not match regex pattern `^[A-Za-z0-9._-]+$`"

// resolve finds the object and the permission that are meant: the slug, and the name
// by which answers call it.
func (db *database) resolve(q question) (on object, slug, name string, err *failure) {
	if !legalPermission.MatchString(q.Permission) {
		return on, "", "", violates([]element{{3, "permission", typeString}}, rulePattern, "string.pattern", patternText)
	}
	if q.Resource == "" && q.ObjectNamespace != "" {
		q.Resource = q.ObjectNamespace + ":" + q.ObjectID
	}
	on, ok := parseObject(q.Resource)
	if !ok {
		return on, "", "", errSyntax
	}
	if slug, name, err = db.resolvePermission(on.namespace, q.Permission); err != nil {
		return on, "", "", err
	}
	if !isID(on.id) {
		on, err = db.resolveName(on)
	}
	return on, slug, name, err
}

func (db *database) resolvePermission(namespace, asked string) (slug, name string, err *failure) {
	if namespace == nsPlatform && (asked == "superuser" || asked == "check") {
		return asked, asked, nil
	}
	if p := db.permission(namespace, asked); p != nil {
		return p.slug(), p.verb, nil
	}
	p := db.permissionNamed(asked)
	switch {
	case p == nil:
		return "", "", errNotFound
	case p.namespace == namespace:
		return p.slug(), p.verb, nil
	case strings.HasPrefix(p.namespace, "app/"):
		return "", "", errInternal // as Frontier does: of its own, objects have no others'
	}
	return p.slug(), p.slug(), nil
}

// resolveName finds an organization or a project by its name. Names of other objects
// are taken as ids.
func (db *database) resolveName(on object) (object, *failure) {
	switch on.namespace {
	case nsOrganization:
		if o := db.org(on.id); o != nil {
			return object{nsOrganization, o.id}, nil
		}
		return on, errNotFound
	case nsProject:
		if p := db.project(on.id); p != nil {
			return object{nsProject, p.id}, nil
		}
		return on, errNotFound
	}
	return on, nil
}

func (s *Server) checkResourcePermission(c *call) (message, *failure) {
	var in question
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	on, slug, _, err := s.db.resolve(in)
	if err != nil {
		return nil, err
	}
	return message{"status": s.db.allowed(c.who.object, slug, on)}, nil
}

var errNoBodies = violates([]element{{1, "bodies", typeMessage}}, ruleMinItems,
	"repeated.min_items", "value must contain at least 1 item(s)")

// batchCheckPermission fails as a whole when one of the questions does.
func (s *Server) batchCheckPermission(c *call) (message, *failure) {
	var in struct {
		Bodies []question `json:"bodies"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Bodies) == 0 {
		return nil, errNoBodies
	}
	pairs := []message{}
	for _, q := range in.Bodies {
		on, slug, name, err := s.db.resolve(q)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, message{
			"body":   message{"permission": name, "resource": on.String()},
			"status": s.db.allowed(c.who.object, slug, on),
		})
	}
	return message{"pairs": pairs}, nil
}

// checkFederatedResourcePermission answers for another principal.
func (s *Server) checkFederatedResourcePermission(c *call) (message, *failure) {
	if !s.db.mayCheck(c.who.object) {
		return nil, errDenied
	}
	var in struct {
		question
		Subject string `json:"subject"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	who, ok := parseObject(in.Subject)
	if !ok {
		return nil, errSyntax
	}
	on, slug, _, err := s.db.resolve(in.question)
	if err != nil {
		return nil, err
	}
	return message{"status": s.db.allowed(who, slug, on)}, nil
}
