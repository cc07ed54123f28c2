package frontiertest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// User is a person whom Frontier knows.
type User struct{ ID, Email, Name string }

// Principal returns the user as [Server.Grant] and [Server.Token] name it.
func (u User) Principal() string { return nsUser + ":" + u.ID }

type user struct {
	id, email, name string
	disabled        bool
	created         time.Time
}

func (u *user) message() message {
	return message{
		"id": u.id, "name": u.name, "title": "", "email": u.email, "metadata": freeform{},
		"created_at": u.created, "updated_at": u.created, "state": state(u.disabled),
	}
}

func state(disabled bool) string {
	if disabled {
		return "disabled"
	}
	return "enabled"
}

// activeUser returns a user who exists and is not disabled; Frontier does not tell
// the two apart.
func (db *database) activeUser(id string) (*user, *failure) {
	u := db.users[id]
	if u == nil || u.disabled {
		return nil, errNoUser
	}
	return u, nil
}

func (db *database) userByEmail(email string) *user {
	for _, u := range db.users {
		if u.email == email {
			return u
		}
	}
	return nil
}

func (db *database) addUser(email string, now time.Time) *user {
	name := strings.NewReplacer("@", "_", ".", "_").Replace(email)
	u := &user{id: newID(), email: email, name: name, created: now}
	db.users[u.id] = u
	return u
}

// CreateUser makes a user, or returns the one who has the address.
func (s *Server) CreateUser(email string) User {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	u := s.db.userByEmail(email)
	if u == nil {
		u = s.db.addUser(email, s.now())
	}
	return User{u.id, u.email, u.name}
}

// DisableUser disables a user, whose sessions end.
func (s *Server) DisableUser(id string) { s.setUser("DisableUser", id, true) }

// EnableUser enables a user who was disabled. Sessions do not come back.
func (s *Server) EnableUser(id string) { s.setUser("EnableUser", id, false) }

func (s *Server) setUser(method, id string, disabled bool) {
	s.helper()
	s.db.mu.Lock()
	u := s.db.users[id]
	if u != nil {
		s.disable(u, disabled)
	}
	s.db.mu.Unlock()
	if u == nil {
		s.fatal("frontiertest: %s: there is no user %q", method, id)
	}
}

// disable sets whether a user is disabled. On older servers sessions outlast it.
func (s *Server) disable(u *user, disabled bool) {
	if u.disabled = disabled; disabled && !s.rest {
		s.db.endSessions(u.id, s.now())
	}
}

// DeleteUser deletes a user, with sessions and personal access tokens.
func (s *Server) DeleteUser(id string) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	s.db.deleteUser(id)
}

func (db *database) deleteUser(id string) {
	delete(db.users, id)
	for sid, session := range db.sessions {
		if session.user == id {
			delete(db.sessions, sid)
		}
	}
	for _, p := range slices.Collect(maps.Values(db.pats)) {
		if p.user == id {
			db.deletePAT(p.id)
		}
	}
	db.forget(object{nsUser, id})
}

func (s *Server) getCurrentUser(c *call) (message, *failure) {
	switch c.who.namespace {
	case nsServiceUser:
		return message{"user": nil, "serviceuser": s.db.serviceUsers[c.who.id].message()}, nil
	case nsPAT:
		return message{"user": s.db.users[s.db.pats[c.who.id].user].message(), "serviceuser": nil}, nil
	}
	return message{"user": s.db.users[c.who.id].message(), "serviceuser": nil}, nil
}

// byID is a request that names one thing.
type byID struct {
	ID string `json:"id"`
}

func (s *Server) changeUser(c *call, change func(*user)) (message, *failure) {
	if !s.db.superuser(c.who.object) {
		return nil, errDenied
	}
	var in byID
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	u := s.db.users[in.ID]
	if u == nil {
		return nil, errNoUser
	}
	change(u)
	return message{}, nil
}

func (s *Server) enableUser(c *call) (message, *failure) {
	return s.changeUser(c, func(u *user) { s.disable(u, false) })
}

func (s *Server) disableUser(c *call) (message, *failure) {
	return s.changeUser(c, func(u *user) { s.disable(u, true) })
}

func (s *Server) removeUser(c *call) (message, *failure) {
	return s.changeUser(c, func(u *user) { s.db.deleteUser(u.id) })
}

func (s *Server) listAllUsers(c *call) (message, *failure) {
	if !s.db.superuser(c.who.object) {
		return nil, errDenied
	}
	all := []message{}
	byAddress := slices.SortedFunc(maps.Values(s.db.users), func(a, b *user) int { return strings.Compare(a.email, b.email) })
	for _, u := range byAddress {
		all = append(all, u.message())
	}
	return message{"count": len(all), "users": all}, nil
}
