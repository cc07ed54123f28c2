package frontiertest

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

type namespace struct {
	id, name string
	created  time.Time
}

// permission is a verb on a namespace.
type permission struct {
	id, namespace, verb string
	created             time.Time
}

// slug is how roles and rules name a permission: app_organization_get.
func (p *permission) slug() string { return slugOf(p.namespace, p.verb) }

func slugOf(namespace, verb string) string {
	return strings.ReplaceAll(namespace, "/", "_") + "_" + verb
}

func (p *permission) message() message {
	return message{
		"id": p.id, "name": p.verb, "namespace": p.namespace, "created_at": p.created, "updated_at": p.created,
		"metadata": freeform{"description": ""}, "key": strings.ReplaceAll(p.namespace, "/", ".") + "." + p.verb,
	}
}

// builtin are the permissions that Frontier has from the start.
var builtin = []struct{ namespace, verbs string }{
	{nsOrganization, "administer delete update get rolemanage policymanage projectlist grouplist invitationlist " +
		"projectcreate groupcreate invitationcreate serviceusermanage billingmanage billingview"},
	{nsProject, "administer delete update get policymanage resourcelist"},
	{nsGroup, "administer delete update get"},
}

// builtinRoles are those of the platform.
var builtinRoles = []struct{ name, title, scope, permissions string }{
	{"app_organization_owner", "Owner", nsOrganization, "app_organization_administer"},
	{"app_organization_manager", "Admin", nsOrganization, "app_organization_update app_organization_get " +
		"app_organization_projectcreate app_organization_projectlist app_organization_groupcreate " +
		"app_organization_grouplist app_organization_serviceusermanage app_project_get app_project_update"},
	{"app_organization_accessmanager", "Access Manager", nsOrganization, "app_organization_invitationcreate " +
		"app_organization_invitationlist app_organization_rolemanage app_organization_policymanage"},
	{"app_organization_viewer", "Member", nsOrganization, "app_organization_get"},
	{"app_project_owner", "Project Owner", nsProject, "app_project_administer"},
	{"app_project_manager", "Project Manager", nsProject, "app_project_update app_project_get app_project_resourcelist " +
		"app_organization_projectcreate app_organization_projectlist app_organization_grouplist"},
	{"app_project_viewer", "Project Viewer", nsProject, "app_project_get"},
	{"app_group_owner", "Group Owner", nsGroup, "app_group_administer"},
	{"app_group_member", "Group Member", nsGroup, "app_group_get"},
	{"app_billing_manager", "Billing Manager", nsOrganization, "app_organization_billingview app_organization_billingmanage"},
}

// bootstrap makes what Frontier has from the start.
func (db *database) bootstrap(now time.Time) {
	for _, name := range []string{
		nsUser, nsServiceUser, nsPAT, nsPlatform, nsInvitation, nsOrganization, nsGroup, nsProject, nsRoleBinding, nsRole,
	} {
		db.namespaces = append(db.namespaces, &namespace{newID(), name, now})
	}
	for _, of := range builtin {
		for verb := range strings.FieldsSeq(of.verbs) {
			db.addPermission(of.namespace, verb, now)
		}
	}
	for _, r := range builtinRoles {
		made := &role{
			id: newID(), name: r.name, title: r.title, org: nilID, scopes: []string{r.scope},
			permissions: strings.Fields(r.permissions), metadata: freeform{"description": ""}, state: "enabled", created: now,
		}
		db.roles = append(db.roles, made)
		db.noteRole(made)
	}
}

// permission finds a permission of a namespace by its verb.
func (db *database) permission(namespace, verb string) *permission {
	for _, p := range db.permissions {
		if p.namespace == namespace && p.verb == verb {
			return p
		}
	}
	return nil
}

// permissionNamed finds a permission by its slug or by its key, which has dots.
func (db *database) permissionNamed(name string) *permission {
	slug := strings.ReplaceAll(name, ".", "_")
	for _, p := range db.permissions {
		if p.slug() == slug {
			return p
		}
	}
	return nil
}

// addPermission makes a permission, or returns the one that there is.
func (db *database) addPermission(of, verb string, now time.Time) *permission {
	if p := db.permission(of, verb); p != nil {
		return p
	}
	if !db.hasNamespace(of) {
		db.namespaces = append(db.namespaces, &namespace{newID(), of, now})
	}
	p := &permission{newID(), of, verb, now}
	db.permissions = append(db.permissions, p)
	return p
}

func (db *database) hasNamespace(name string) bool {
	for _, n := range db.namespaces {
		if n.name == name {
			return true
		}
	}
	return false
}

var (
	legalPart     = regexp.MustCompile(`^[a-z][a-z0-9]{2,63}$`)
	errKey        = invalid("permission key should be provided as 'service.resource.verb'")
	reservedVerbs = map[string]bool{"owner": true, "project": true, "granted": true}
)

// parseKey splits the key of a custom permission. Only the text about verbs of the
// wrong form was observed.
func parseKey(key string) (namespace, verb string, err *failure) {
	parts := strings.Split(key, ".")
	if len(parts) != 3 {
		return "", "", errKey
	}
	for i, name := range []string{"service", "resource", "verb"} {
		if !legalPart.MatchString(parts[i]) {
			return "", "", invalid(`invalid permission ` + name + ` "` + parts[i] +
				`": must be lowercase, start with a letter, and be at least three characters`)
		}
	}
	namespace, verb = parts[0]+"/"+parts[1], parts[2]
	switch {
	case reservedVerbs[verb]:
		return "", "", invalid(`invalid permission verb "` + verb + `": is reserved`)
	case len(slugOf(namespace, verb)) > 64:
		return "", "", invalid("invalid permission key: is longer than 64 characters")
	}
	return namespace, verb, nil
}

// CreatePermission makes custom permissions by their keys, such as
// "storage.file.upload".
func (s *Server) CreatePermission(keys ...string) {
	s.helper()
	for _, key := range keys {
		namespace, verb, err := parseKey(key)
		if err != nil {
			s.fatal("frontiertest: CreatePermission: %s", err.text)
		}
		s.db.mu.Lock()
		s.db.addPermission(namespace, verb, s.now())
		s.db.mu.Unlock()
	}
}

func (s *Server) createPermission(c *call) (message, *failure) {
	var in struct {
		Bodies []struct {
			Key string `json:"key"`
		} `json:"bodies"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !s.db.superuser(c.who.object) {
		return nil, errDenied
	}
	for _, body := range in.Bodies {
		if _, _, err := parseKey(body.Key); err != nil {
			return nil, err
		}
	}
	made := []message{}
	for _, body := range in.Bodies {
		namespace, verb, _ := parseKey(body.Key)
		made = append(made, s.db.addPermission(namespace, verb, s.now()).message())
	}
	return message{"permissions": made}, nil
}

func (s *Server) deletePermission(c *call) (message, *failure) {
	var in byID
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !s.db.superuser(c.who.object) {
		return nil, errDenied
	}
	if s.rest {
		return nil, errNotYet
	}
	at := slices.IndexFunc(s.db.permissions, func(p *permission) bool { return p.id == in.ID })
	if at < 0 {
		return nil, errNotFound
	}
	s.db.permissions = slices.Delete(s.db.permissions, at, at+1)
	return message{}, nil
}

func (s *Server) listPermissions(*call) (message, *failure) {
	all := []message{}
	for _, p := range s.db.permissions {
		all = append(all, p.message())
	}
	return message{"permissions": all}, nil
}

func (s *Server) listNamespaces(*call) (message, *failure) {
	all := []message{}
	for _, n := range s.db.namespaces {
		all = append(all, message{"id": n.id, "name": n.name, "created_at": n.created, "updated_at": n.created})
	}
	return message{"namespaces": all}, nil
}
