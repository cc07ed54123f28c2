package frontiertest

import (
	"slices"
	"time"
)

type role struct {
	id, name, title, org, state string
	permissions, scopes         []string // slugs; namespaces
	metadata                    freeform
	created                     time.Time
}

func (r *role) message() message {
	return message{
		"id": r.id, "name": r.name, "title": r.title, "org_id": r.org, "permissions": r.permissions, "scopes": r.scopes,
		"metadata": r.metadata, "created_at": r.created, "updated_at": r.created, "state": r.state,
	}
}

// policy grants a role on an object to a principal.
type policy struct {
	role      *role
	principal object
	resource  object
}

// roleNamed finds a role by its name, the platform's first.
func (db *database) roleNamed(name string) *role {
	for _, r := range db.roles {
		if r.name == name {
			return r
		}
	}
	return nil
}

// roleWith finds a role by its id.
func (db *database) roleWith(id string) *role {
	for _, r := range db.roles {
		if r.id == id {
			return r
		}
	}
	return nil
}

func (db *database) grant(who object, r *role, on object) {
	db.policies = append(db.policies, policy{r, who, on})
}

// forget removes what a principal was granted.
func (db *database) forget(who object) {
	db.policies = slices.DeleteFunc(db.policies, func(p policy) bool { return p.principal == who })
	delete(db.platform, who)
}

// CreateRole makes a role of an organization. Permissions are keys or slugs of those
// that exist.
func (s *Server) CreateRole(orgID, name string, permissions ...string) {
	s.helper()
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if _, err := s.addRole(orgID, name, name, permissions, []string{nsOrganization, nsProject}); err != nil {
		s.fatal("frontiertest: CreateRole: %s", err.text)
	}
}

func (s *Server) addRole(orgID, name, title string, permissions, scopes []string) (*role, *failure) {
	o := s.db.orgs[orgID]
	if o == nil {
		return nil, errNotFound
	}
	r := &role{
		id: newID(), name: name, title: title, org: orgID, scopes: scopes,
		metadata: freeform{"org_name": o.title}, created: s.now(),
	}
	for _, name := range permissions {
		p := s.db.permissionNamed(name)
		if p == nil {
			return nil, errNotFound
		}
		r.permissions = append(r.permissions, p.slug())
	}
	s.db.roles = append(s.db.roles, r)
	return r, nil
}

// Grant gives a principal, such as "app/user:<uuid>", a role on an object, such as
// "app/project:<uuid>". Whoever has a role on an organization is its member.
func (s *Server) Grant(principal, roleName, on string) {
	s.helper()
	s.policy("Grant", principal, roleName, on, func(p policy) { s.db.grant(p.principal, p.role, p.resource) })
}

// Revoke takes back what [Server.Grant] gave.
func (s *Server) Revoke(principal, roleName, on string) {
	s.helper()
	s.policy("Revoke", principal, roleName, on, func(p policy) {
		s.db.policies = slices.DeleteFunc(s.db.policies, func(other policy) bool { return other == p })
	})
}

func (s *Server) policy(method, principal, roleName, on string, do func(policy)) {
	s.helper()
	who, ok1 := parseObject(principal)
	what, ok2 := parseObject(on)
	if !ok1 || !ok2 {
		s.fatal("frontiertest: %s: say namespace:id, not %q and %q", method, principal, on)
	}
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	r := s.db.roleNamed(roleName)
	if r == nil {
		s.fatal("frontiertest: %s: there is no role %q", method, roleName)
	}
	do(policy{r, who, what})
}

func (s *Server) listRoles(*call) (message, *failure) {
	all := []message{}
	for _, r := range s.db.roles {
		if r.org == nilID {
			all = append(all, r.message())
		}
	}
	return message{"roles": all}, nil
}

func (s *Server) createOrganizationRole(c *call) (message, *failure) {
	var in struct {
		OrgID string `json:"org_id"`
		Body  struct {
			Name        string   `json:"name"`
			Title       string   `json:"title"`
			Permissions []string `json:"permissions"`
			Scopes      []string `json:"scopes"`
		} `json:"body"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := s.may(c, "app_organization_rolemanage", object{nsOrganization, in.OrgID}); err != nil {
		return nil, err
	}
	r, err := s.addRole(in.OrgID, in.Body.Name, in.Body.Title, in.Body.Permissions, in.Body.Scopes)
	if err != nil {
		return nil, err
	}
	return message{"role": r.message()}, nil
}

func (s *Server) createPolicyForProject(c *call) (message, *failure) {
	var in struct {
		ProjectID string `json:"project_id"`
		Body      struct {
			RoleID    string `json:"role_id"`
			Principal string `json:"principal"`
		} `json:"body"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	who, ok := parseObject(in.Body.Principal)
	if !ok {
		return nil, errSyntax
	}
	return s.grantOnProject(c, in.ProjectID, who, in.Body.RoleID)
}

// setProjectMemberRole replaces the roles that the member has on the project. That it
// replaces was not observed.
func (s *Server) setProjectMemberRole(c *call) (message, *failure) {
	var in struct {
		ProjectID     string `json:"project_id"`
		PrincipalID   string `json:"principal_id"`
		PrincipalType string `json:"principal_type"`
		RoleID        string `json:"role_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	who := object{in.PrincipalType, in.PrincipalID}
	before := s.db.policies
	if _, err := s.grantOnProject(c, in.ProjectID, who, in.RoleID); err != nil {
		return nil, err
	}
	made := s.db.policies[len(s.db.policies)-1]
	s.db.policies = append(slices.DeleteFunc(before, func(p policy) bool {
		return p.principal == who && p.resource == made.resource
	}), made)
	return message{}, nil
}

func (s *Server) grantOnProject(c *call, projectID string, who object, roleID string) (message, *failure) {
	p := s.db.project(projectID)
	r := s.db.roleWith(roleID)
	if p == nil || r == nil {
		return nil, errNotFound
	}
	on := object{nsProject, p.id}
	if err := s.may(c, "app_project_policymanage", on); err != nil {
		return nil, err
	}
	s.db.grant(who, r, on)
	return message{}, nil
}
