package frontiertest

import (
	"regexp"
	"slices"
	"time"
)

// Org is an organization.
type Org struct{ ID, Name, Title string }

// ProjectInfo is a project of an organization.
type ProjectInfo struct{ ID, Name, OrgID string }

type org struct {
	id, name, title string
	metadata        freeform
	disabled        bool
	created         time.Time
}

func (o *org) message() message {
	return message{
		"id": o.id, "name": o.name, "title": o.title, "metadata": o.metadata,
		"created_at": o.created, "updated_at": o.created, "state": state(o.disabled),
	}
}

type project struct {
	id, name, title, org string
	metadata             freeform
	created              time.Time
}

func (p *project) message() message {
	return message{
		"id": p.id, "name": p.name, "title": p.title, "org_id": p.org, "metadata": p.metadata,
		"created_at": p.created, "updated_at": p.created,
	}
}

// group has members, who have what was granted to it.
type group struct {
	id, name, org string
	members       []object
}

// org finds an organization by id or by name.
func (db *database) org(idOrName string) *org {
	if o := db.orgs[idOrName]; o != nil {
		return o
	}
	for _, o := range db.orgs {
		if o.name == idOrName {
			return o
		}
	}
	return nil
}

// project finds a project by id or by name.
func (db *database) project(idOrName string) *project {
	if p := db.projects[idOrName]; p != nil {
		return p
	}
	for _, p := range db.projects {
		if p.name == idOrName {
			return p
		}
	}
	return nil
}

// enabledOrgsOf returns the ids of the enabled organizations of which a principal
// is a member, in a stable order.
func (db *database) enabledOrgsOf(who object) (ids []string) {
	for _, o := range db.orgs {
		if !o.disabled && db.member(who, o.id) {
			ids = append(ids, o.id)
		}
	}
	slices.Sort(ids)
	return ids
}

// member reports whether a policy on the organization names the principal. A personal
// access token for single projects is no member.
func (db *database) member(who object, orgID string) bool {
	return slices.ContainsFunc(db.policies, func(p policy) bool {
		return p.principal == who && p.resource == object{nsOrganization, orgID}
	})
}

func (db *database) addOrg(name, title string, metadata freeform, now time.Time) *org {
	o := &org{id: newID(), name: name, title: title, metadata: metadata, created: now}
	db.orgs[o.id] = o
	return o
}

func (db *database) addProject(orgID, name, title string, metadata freeform, now time.Time) *project {
	p := &project{id: newID(), name: name, title: title, org: orgID, metadata: metadata, created: now}
	db.projects[p.id] = p
	return p
}

// CreateOrg makes an organization without members. Its name must be new.
func (s *Server) CreateOrg(name string) Org {
	s.helper()
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if s.db.org(name) != nil {
		s.fatal("frontiertest: CreateOrg: there is an organization %q", name)
	}
	o := s.db.addOrg(name, name, freeform{}, s.now())
	return Org{o.id, o.name, o.title}
}

// CreateProject makes a project in an organization. Its name must be new.
func (s *Server) CreateProject(orgID, name string) ProjectInfo {
	s.helper()
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if s.db.orgs[orgID] == nil || s.db.project(name) != nil {
		s.fatal("frontiertest: CreateProject: there is no organization %q, or already a project %q", orgID, name)
	}
	p := s.db.addProject(orgID, name, name, freeform{}, s.now())
	return ProjectInfo{p.id, p.name, p.org}
}

// CreateGroup makes a group of principals in an organization and returns its id.
// What is granted to "app/group:<id>" all members have.
func (s *Server) CreateGroup(orgID, name string, members ...string) string {
	s.helper()
	g := &group{id: newID(), name: name, org: orgID}
	for _, member := range members {
		who, ok := parseObject(member)
		if !ok {
			s.fatal("frontiertest: CreateGroup: %q is no principal", member)
		}
		g.members = append(g.members, who)
	}
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	s.db.groups[g.id] = g
	return g.id
}

// DisableOrg disables an organization.
func (s *Server) DisableOrg(id string) { s.helper(); s.setOrg("DisableOrg", id, true) }

// EnableOrg enables an organization that was disabled.
func (s *Server) EnableOrg(id string) { s.helper(); s.setOrg("EnableOrg", id, false) }

func (s *Server) setOrg(method, id string, disabled bool) {
	s.helper()
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	o := s.db.orgs[id]
	if o == nil {
		s.fatal("frontiertest: %s: there is no organization %q", method, id)
	}
	o.disabled = disabled
}

// legalName is what names of organizations and projects consist of.
var legalName = regexp.MustCompile(`^[A-Za-z0-9-_]+$`)

var errName = violates([]element{{1, "body", typeMessage}, {1, "name", typeString}}, rulePattern,
	"string.pattern", "value does not match regex pattern `^[A-Za-z0-9-_]+$`")

// named is the body of requests that create an organization or a project.
type named struct {
	Body struct {
		Name     string   `json:"name"`
		Title    string   `json:"title"`
		OrgID    string   `json:"org_id"`
		Metadata freeform `json:"metadata"`
	} `json:"body"`
}

func (c *call) named() (in named, err *failure) {
	if err := c.decode(&in); err != nil {
		return in, err
	}
	if !legalName.MatchString(in.Body.Name) {
		return in, errName
	}
	in.Body.Metadata = orEmpty(in.Body.Metadata)
	return in, nil
}

// createOrganization makes the caller the owner.
func (s *Server) createOrganization(c *call) (message, *failure) {
	in, err := c.named()
	if err != nil {
		return nil, err
	}
	if s.db.org(in.Body.Name) != nil {
		return nil, errExists
	}
	o := s.db.addOrg(in.Body.Name, in.Body.Title, in.Body.Metadata, s.now())
	s.db.grant(c.who.object, s.db.roleNamed("app_organization_owner"), object{nsOrganization, o.id})
	return message{"organization": o.message()}, nil
}

// getOrganization tells superusers of one that is disabled too.
func (s *Server) getOrganization(c *call) (message, *failure) {
	var in byID
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	o := s.db.org(in.ID)
	if o == nil {
		return nil, errNotFound
	}
	if err := s.may(c, "app_organization_get", object{nsOrganization, o.id}); err != nil {
		return nil, err
	}
	return message{"organization": o.message()}, nil
}

// orgDisabled is the error of what is in a disabled organization.
func (s *Server) orgDisabled() *failure {
	if s.rest {
		return &failure{code: codeNotFound, text: errOrgDisabled.text}
	}
	return errOrgDisabled
}

func (s *Server) enableOrganization(c *call) (message, *failure) { return s.changeOrg(c, false) }

func (s *Server) disableOrganization(c *call) (message, *failure) { return s.changeOrg(c, true) }

// changeOrg is for superusers: an owner may not.
func (s *Server) changeOrg(c *call, disabled bool) (message, *failure) {
	if !s.db.superuser(c.who.object) {
		return nil, errDenied
	}
	var in byID
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	o := s.db.org(in.ID)
	if o == nil {
		return nil, errNotFound
	}
	o.disabled = disabled
	return message{}, nil
}

// addOrganizationMembers is for superusers, and was not observed.
func (s *Server) addOrganizationMembers(c *call) (message, *failure) {
	var in struct {
		OrgID   string `json:"org_id"`
		Members []struct {
			UserID string `json:"user_id"`
			RoleID string `json:"role_id"`
		} `json:"members"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !s.db.superuser(c.who.object) {
		return nil, errDenied
	}
	results := []message{}
	for _, m := range in.Members {
		role, user := s.db.roleWith(m.RoleID), s.db.users[m.UserID]
		known := role != nil && user != nil && s.db.orgs[in.OrgID] != nil
		if known {
			s.db.grant(object{nsUser, m.UserID}, role, object{nsOrganization, in.OrgID})
		}
		results = append(results, message{"user_id": m.UserID, "role_id": m.RoleID, "success": known})
	}
	return message{"results": results}, nil
}

// addOrganizationUsers makes viewers, as older servers do.
func (s *Server) addOrganizationUsers(c *call) (message, *failure) {
	var in struct {
		ID      string   `json:"id"`
		UserIDs []string `json:"user_ids"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := s.may(c, "app_organization_update", object{nsOrganization, in.ID}); err != nil {
		return nil, err
	}
	for _, id := range in.UserIDs {
		s.db.grant(object{nsUser, id}, s.db.roleNamed("app_organization_viewer"), object{nsOrganization, in.ID})
	}
	return message{}, nil
}

// createProject makes the caller the owner.
func (s *Server) createProject(c *call) (message, *failure) {
	in, err := c.named()
	if err != nil {
		return nil, err
	}
	o := s.db.org(in.Body.OrgID)
	if o == nil {
		return nil, errNotFound
	}
	if err := s.may(c, "app_organization_projectcreate", object{nsOrganization, o.id}); err != nil {
		return nil, err
	}
	switch {
	case o.disabled:
		return nil, s.orgDisabled()
	case s.db.project(in.Body.Name) != nil:
		return nil, errExists
	}
	p := s.db.addProject(o.id, in.Body.Name, in.Body.Title, in.Body.Metadata, s.now())
	s.db.grant(c.who.object, s.db.roleNamed("app_project_owner"), object{nsProject, p.id})
	return message{"project": p.message()}, nil
}

func (s *Server) getProject(c *call) (message, *failure) {
	var in byID
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	p := s.db.project(in.ID)
	if p == nil {
		return nil, errNotFound
	}
	if err := s.may(c, "app_project_get", object{nsProject, p.id}); err != nil {
		return nil, err
	}
	return message{"project": p.message()}, nil
}

// createGroup makes the caller the owner. It was not observed.
func (s *Server) createGroup(c *call) (message, *failure) {
	in, err := c.named()
	if err != nil {
		return nil, err
	}
	var of struct {
		OrgID string `json:"org_id"`
	}
	if err := c.decode(&of); err != nil {
		return nil, err
	}
	if err := s.may(c, "app_organization_groupcreate", object{nsOrganization, of.OrgID}); err != nil {
		return nil, err
	}
	g := &group{id: newID(), name: in.Body.Name, org: of.OrgID, members: []object{c.who.object}}
	s.db.groups[g.id] = g
	s.db.grant(c.who.object, s.db.roleNamed("app_group_owner"), object{nsGroup, g.id})
	return message{"group": message{"id": g.id, "name": g.name, "org_id": g.org}}, nil
}

// getGroup was not observed. Older servers want an organization that is enabled,
// which need not be the group's.
func (s *Server) getGroup(c *call) (message, *failure) {
	var in struct {
		ID    string `json:"id"`
		OrgID string `json:"org_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	g := s.db.groups[in.ID]
	if g == nil {
		return nil, errNotFound
	}
	if err := s.may(c, "app_group_get", object{nsGroup, g.id}); err != nil {
		return nil, err
	}
	switch o := s.db.org(in.OrgID); {
	case !s.rest:
	case o == nil:
		return nil, errNotFound
	case o.disabled:
		return nil, s.orgDisabled()
	}
	return message{"group": message{"id": g.id, "name": g.name, "org_id": g.org}}, nil
}
