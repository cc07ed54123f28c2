package frontiertest

import "time"

// resource is an object of a custom namespace, owned by who created it.
type resource struct {
	id, name, title, project, namespace string
	principal                           object
	created                             time.Time
}

// urn names a resource for people; checks take only its id.
func (db *database) urn(r *resource) string {
	return "frn:" + db.projects[r.project].name + ":" + r.namespace + ":" + r.name
}

func (db *database) addResource(r resource) *resource {
	r.id = newID()
	db.resources[r.id] = &r
	return &r
}

// CreateResource makes a resource of a custom namespace, such as "storage/file", in a
// project, owned by a principal or by nobody if that is empty. It returns the id.
func (s *Server) CreateResource(projectID, namespace, name, owner string) string {
	s.helper()
	who, ok := parseObject(owner)
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if s.db.projects[projectID] == nil || !s.db.hasNamespace(namespace) || !ok && owner != "" {
		s.fatal("frontiertest: CreateResource: no project %q, no permission of %q, or no principal %q", projectID, namespace, owner)
	}
	return s.db.addResource(resource{name: name, project: projectID, namespace: namespace, principal: who, created: s.now()}).id
}

func (s *Server) createProjectResource(c *call) (message, *failure) {
	var in struct {
		ProjectID string `json:"project_id"`
		Body      struct {
			Name      string `json:"name"`
			Title     string `json:"title"`
			Namespace string `json:"namespace"`
			Principal string `json:"principal"`
		} `json:"body"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	p := s.db.project(in.ProjectID)
	if p == nil || !s.db.hasNamespace(in.Body.Namespace) {
		return nil, errNotFound
	}
	if err := s.may(c, "app_project_get", object{nsProject, p.id}); err != nil {
		return nil, err
	}
	who := c.who.object
	if in.Body.Principal != "" {
		named, ok := parseObject(in.Body.Principal)
		if !ok {
			return nil, errSyntax
		}
		who = named
	}
	r := s.db.addResource(resource{
		name: in.Body.Name, title: in.Body.Title, project: p.id, namespace: in.Body.Namespace, principal: who, created: s.now(),
	})
	return message{"resource": s.db.resourceMessage(r)}, nil
}

func (db *database) resourceMessage(r *resource) message {
	return message{
		"id": r.id, "name": r.name, "title": r.title, "urn": db.urn(r), "project_id": r.project, "namespace": r.namespace,
		"principal": r.principal.String(), "created_at": r.created, "updated_at": r.created,
	}
}

// getProjectResource wants the permission get of the resource's namespace, and a
// project whose plan is looked at, which need not be the resource's.
func (s *Server) getProjectResource(c *call) (message, *failure) {
	var in struct {
		byID
		ProjectID string `json:"project_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	r := s.db.resources[in.ID]
	if r == nil {
		return nil, errNotFound
	}
	get := s.db.permission(r.namespace, "get")
	if get == nil {
		return nil, errInternal // as Frontier does
	}
	if err := s.may(c, get.slug(), object{r.namespace, r.id}); err != nil {
		return nil, err
	}
	if s.db.project(in.ProjectID) == nil {
		return nil, errNotFound
	}
	return message{"resource": s.db.resourceMessage(r)}, nil
}
