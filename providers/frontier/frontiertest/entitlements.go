package frontiertest

// Entitle says whether an organization has a feature. Without it, none has any.
func (s *Server) Entitle(orgID, feature string, entitled bool) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	s.db.features[[2]string{orgID, feature}] = entitled
}

// SetCredits gives an organization a billing account with a balance.
func (s *Server) SetCredits(orgID string, balance int) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	s.db.credits[orgID] = balance
}

// checkFeatureEntitlement answers whoever is authenticated.
func (s *Server) checkFeatureEntitlement(c *call) (message, *failure) {
	var in struct {
		OrgID   string `json:"org_id"`
		Feature string `json:"feature"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !isID(in.OrgID) {
		return nil, errInternal // as Frontier does
	}
	entitled, known := s.db.features[[2]string{in.OrgID, in.Feature}]
	if s.rest && !known {
		return nil, invalid("no customer found for org " + in.OrgID)
	}
	return message{"status": entitled}, nil
}

// checkCreditEntitlement needs a billing account. What it answers with one was not
// observed.
func (s *Server) checkCreditEntitlement(c *call) (message, *failure) {
	var in struct {
		OrgID  string `json:"org_id"`
		Amount any    `json:"amount"` // an int64: a number, or a string
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	balance, ok := s.db.credits[in.OrgID]
	if !ok {
		return nil, errNotFound
	}
	amount, ok := whole(in.Amount)
	if !ok {
		return nil, errMalformed
	}
	return message{"status": amount <= balance}, nil
}
