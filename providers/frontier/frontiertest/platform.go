package frontiertest

// AddPlatformUser makes a principal "admin" of the platform, a superuser, or
// "member", who may check the permissions of others and write audit records.
func (s *Server) AddPlatformUser(principal, relation string) {
	s.helper()
	who, ok := parseObject(principal)
	if !ok || relation != "admin" && relation != "member" {
		s.fatal("frontiertest: AddPlatformUser: no principal %q, or no relation %q", principal, relation)
	}
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	s.db.platform[who] = relation
}

func (s *Server) addPlatformUser(c *call) (message, *failure) {
	if !s.db.superuser(c.who.object) {
		return nil, errDenied
	}
	var in struct {
		UserID        string `json:"user_id"`
		ServiceUserID string `json:"serviceuser_id"`
		Relation      string `json:"relation"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Relation != "admin" && in.Relation != "member" {
		return nil, errSyntax
	}
	switch {
	case in.ServiceUserID != "" && s.db.serviceUsers[in.ServiceUserID] != nil:
		s.db.platform[object{nsServiceUser, in.ServiceUserID}] = in.Relation
	case in.UserID != "" && s.db.users[in.UserID] != nil:
		s.db.platform[object{nsUser, in.UserID}] = in.Relation
	default:
		return nil, errNotFound
	}
	return message{}, nil
}
