package frontiertest

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"slices"
	"time"
)

// PAT is a personal access token: its id, and the token itself.
type PAT struct{ ID, Token, UserID, OrgID string }

// Principal returns the token as [Server.Token] names it.
func (p PAT) Principal() string { return nsPAT + ":" + p.ID }

// Scope is what a personal access token may: a role, by its name, on the resources
// with these ids. Without ids it is on all of the organization.
type Scope struct {
	Role      string
	Resources []string
}

type pat struct {
	id, title, user, org, token string
	scopes                      []patScope
	created, expires            time.Time
}

type patScope struct {
	RoleID       string   `json:"role_id"`
	ResourceType string   `json:"resource_type"`
	ResourceIDs  []string `json:"resource_ids"`
}

// addPAT stores a token. Its scopes become policies, of which the one without
// resources is on the organization and so on all in it.
func (db *database) addPAT(p *pat) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	p.id, p.token = newID(), patPrefix+base64.RawURLEncoding.EncodeToString(raw)
	db.pats[p.id], db.patSecrets[p.token] = p, p
	for _, scope := range p.scopes {
		ids, namespace := scope.ResourceIDs, scope.ResourceType
		if len(ids) == 0 {
			ids, namespace = []string{p.org}, nsOrganization
		}
		for _, id := range ids {
			db.grant(object{nsPAT, p.id}, db.roleWith(scope.RoleID), object{namespace, id})
		}
	}
}

func (db *database) deletePAT(id string) {
	delete(db.pats, id)
	maps.DeleteFunc(db.patSecrets, func(_ string, p *pat) bool { return p.id == id })
	db.forget(object{nsPAT, id})
}

// CreatePAT makes a personal access token of a user for an organization, valid for
// a day.
func (s *Server) CreatePAT(userID, orgID string, scopes ...Scope) PAT {
	s.helper()
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	p := &pat{title: "token", user: userID, org: orgID, created: s.now(), expires: s.now().Add(24 * time.Hour)}
	for _, scope := range scopes {
		role := s.db.roleNamed(scope.Role)
		if role == nil {
			s.fatal("frontiertest: CreatePAT: there is no role %q", scope.Role)
		}
		p.scopes = append(p.scopes, patScope{role.id, role.scopes[0], scope.Resources})
	}
	s.db.addPAT(p)
	return PAT{p.id, p.token, p.user, p.org}
}

// DeletePAT deletes a personal access token.
func (s *Server) DeletePAT(id string) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	s.db.deletePAT(id)
}

func (s *Server) createCurrentUserPAT(c *call) (message, *failure) {
	var in struct {
		Title     string     `json:"title"`
		OrgID     string     `json:"org_id"`
		ExpiresAt time.Time  `json:"expires_at"`
		Scopes    []patScope `json:"scopes"`
		Metadata  freeform   `json:"metadata"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if c.who.namespace != nsUser || s.noPATs {
		return nil, errDenied
	}
	if !s.db.member(c.who.object, in.OrgID) {
		return nil, errDenied
	}
	p := &pat{title: in.Title, user: c.who.id, org: in.OrgID, scopes: in.Scopes, created: s.now(), expires: in.ExpiresAt}
	scopes := []message{}
	for _, scope := range in.Scopes {
		role := s.db.roleWith(scope.RoleID)
		if role == nil || !slices.Contains(role.scopes, scope.ResourceType) {
			return nil, errNotFound
		}
		scopes = append(scopes, message{
			"role_id": scope.RoleID, "resource_type": scope.ResourceType, "resource_ids": scope.ResourceIDs,
		})
	}
	s.db.addPAT(p)
	return message{"pat": message{
		"id": p.id, "title": p.title, "user_id": p.user, "org_id": p.org, "token": p.token, "scopes": scopes,
		"expires_at": p.expires, "created_at": p.created, "updated_at": p.created, "metadata": orEmpty(in.Metadata),
	}}, nil
}

func (s *Server) deleteCurrentUserPAT(c *call) (message, *failure) {
	var in byID
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	p := s.db.pats[in.ID]
	if p == nil || p.user != c.who.id {
		return nil, errNotFound
	}
	s.db.deletePAT(p.id)
	return message{}, nil
}

// listRolesForPAT lists roles of the platform that fit the scopes asked for, or any
// scope that a token can have.
func (s *Server) listRolesForPAT(c *call) (message, *failure) {
	var in struct {
		Scopes []string `json:"scopes"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Scopes) == 0 {
		in.Scopes = []string{nsOrganization, nsProject}
	}
	all := []message{}
	for _, r := range s.db.roles {
		if r.org == nilID && slices.ContainsFunc(r.scopes, func(scope string) bool { return slices.Contains(in.Scopes, scope) }) {
			all = append(all, r.message())
		}
	}
	return message{"roles": all}, nil
}
