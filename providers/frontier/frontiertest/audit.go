package frontiertest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// auditRecord is an audit record as it is answered, and what was sent for it.
type auditRecord struct {
	message message
	key     string // idempotency key; empty for those of the server itself
	sent    string // what the server compares of it
}

var (
	errActor     = &failure{code: codeNotFound, text: "actor not found"}
	errActorType = invalid("invalid actor type")
	errActorID   = violates([]element{{1, "actor", typeMessage}, {1, "id", typeString}}, ruleUUID,
		"string.uuid", "value must be a valid UUID")
	errConflict = &failure{code: codeExists, text: "audit record already exists for the given idempotency key"}
	errEvent    = violates([]element{{2, "event", typeString}}, ruleMinLength,
		"string.min_len", "value length must be at least 3 characters")
	errNoKey = violates([]element{{9, "idempotency_key", typeString}}, ruleUUID,
		"string.uuid_empty", "value is empty, which is not a valid UUID")
	errBadKey = violates([]element{{9, "idempotency_key", typeString}}, ruleUUID,
		"string.uuid", "value must be a valid UUID")
)

// entity is the actor, the resource or the target of an audit record.
type entity struct {
	ID       string   `json:"id"`
	Type     string   `json:"type"`
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Metadata freeform `json:"metadata"`
}

func (e *entity) message() message {
	if e == nil {
		return nil
	}
	return message{"id": e.ID, "type": e.Type, "name": e.Name, "title": e.Title, "metadata": orEmpty(e.Metadata)}
}

// AuditRecords returns the records that callers created, oldest first, as
// CreateAuditRecord answers them, with names of the proto file.
func (s *Server) AuditRecords() (all []map[string]any) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	for _, r := range s.db.audits {
		if r.key == "" {
			continue
		}
		var m map[string]any
		if err := json.Unmarshal(encode(r.message, form{}), &m); err == nil {
			all = append(all, m)
		}
	}
	return all
}

// noteRole is the record that the server itself makes of a role of the platform.
func (db *database) noteRole(r *role) {
	db.audits = append(db.audits, &auditRecord{message: message{
		"id": newID(), "event": "role.created", "org_id": nilID, "metadata": freeform{},
		"actor":       (&entity{ID: nilID, Type: "system", Name: "system"}).message(),
		"resource":    (&entity{ID: nilID, Type: "organization", Name: "platform"}).message(),
		"target":      (&entity{ID: r.id, Type: "role", Name: r.name, Metadata: freeform{"permissions": r.permissions}}).message(),
		"occurred_at": r.created, "created_at": r.created,
	}})
}

func (s *Server) createAuditRecord(c *call) (message, *failure) {
	var in struct {
		Actor      *entity   `json:"actor"`
		Event      string    `json:"event"`
		Resource   *entity   `json:"resource"`
		Target     *entity   `json:"target"`
		OccurredAt time.Time `json:"occurred_at"`
		OrgID      string    `json:"org_id"`
		RequestID  string    `json:"request_id"`
		Metadata   freeform  `json:"metadata"`
		Key        string    `json:"idempotency_key"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	switch {
	case len(in.Event) < 3:
		return nil, errEvent
	case in.Key == "":
		return nil, errNoKey
	case !isID(in.Key):
		return nil, errBadKey
	case !s.db.mayCheck(c.who.object):
		return nil, errDenied
	}
	sent := sameRecord(in.Event, in.Actor, in.Resource, in.Target, in.OrgID)
	for _, r := range s.db.audits {
		if r.key != in.Key {
			continue
		}
		if r.sent != sent {
			return nil, errConflict
		}
		c.header.Set("X-Idempotency-Replayed", "true")
		return message{"audit_record": r.message}, nil
	}
	if err := s.completeActor(in.Actor); err != nil {
		return nil, err
	}
	made := message{
		"id": newID(), "actor": in.Actor.message(), "event": in.Event, "resource": in.Resource.message(),
		"target": in.Target.message(), "occurred_at": in.OccurredAt, "org_id": in.OrgID, "request_id": in.RequestID,
		"metadata": orEmpty(in.Metadata), "created_at": s.now(),
	}
	if o := s.db.orgs[in.OrgID]; o != nil {
		made["org_name"] = o.title
	}
	s.db.audits = append(s.db.audits, &auditRecord{made, in.Key, sent})
	return message{"audit_record": made}, nil
}

// sameRecord is what the server compares of two records of one key.
func sameRecord(event string, actor, resource, target *entity, org string) string {
	parts := []string{event, org}
	for _, e := range []*entity{actor, resource, target} {
		id := ""
		if e != nil {
			id = e.ID
		}
		parts = append(parts, id)
	}
	for i, part := range parts {
		parts[i] = strings.ToLower(strings.TrimSpace(part))
	}
	return strings.Join(parts, "|")
}

// completeActor finds who acted. A user's id is the id of the session, which may be over.
func (s *Server) completeActor(actor *entity) *failure {
	switch {
	case actor == nil:
		return errActorType
	case !isID(actor.ID):
		return errActorID
	case actor.ID == nilID && slices.Contains([]string{nsUser, nsServiceUser, nsPAT}, actor.Type):
		actor.Type = "system"
	}
	switch actor.Type {
	case nsUser:
		by := s.db.sessions[actor.ID]
		if by == nil || !s.now().Before(by.over().Add(sessionTrace)) {
			return errActor
		}
		u, err := s.db.activeUser(by.user)
		if err != nil {
			return errActor
		}
		actor.Name, actor.Title = u.name, ""
		metadata := freeform{"context": freeform{
			"Browser": by.browser, "IpAddress": by.address, "OperatingSystem": by.os,
			"Location": freeform{"City": "", "Country": "", "Latitude": "", "Longitude": ""},
		}}
		maps.Copy(metadata, actor.Metadata)
		actor.Metadata = metadata
	case nsServiceUser:
		u := s.db.serviceUsers[actor.ID]
		if u == nil {
			return errInternal // as Frontier does
		}
		actor.Title = u.title
	case nsPAT:
		p := s.db.pats[actor.ID]
		if p == nil {
			return errActor
		}
		u, err := s.db.activeUser(p.user)
		if err != nil {
			return errActor
		}
		actor.Name, actor.Title = p.title, p.title
		metadata := freeform{"user": freeform{"id": u.id, "name": u.name, "title": "", "email": u.email}}
		maps.Copy(metadata, actor.Metadata)
		actor.Metadata = metadata
	case "system":
		if actor.ID != nilID {
			return errActorType
		}
		actor.Name = "system"
	default:
		return errActorType
	}
	return nil
}

// listAuditRecords knows limit and offset of the query only.
func (s *Server) listAuditRecords(c *call) (message, *failure) {
	var in struct {
		Query struct {
			Limit  int `json:"limit"`
			Offset int `json:"offset"`
		} `json:"query"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !s.db.superuser(c.who.object) {
		return nil, errDenied
	}
	limit := in.Query.Limit
	if limit <= 0 {
		limit = 50
	}
	total := len(s.db.audits)
	from := min(max(in.Query.Offset, 0), total)
	page := []message{}
	for _, r := range s.db.audits[from : min(limit, total-from)+from] {
		page = append(page, r.message)
	}
	return message{
		"audit_records": page,
		"pagination":    message{"limit": limit, "offset": in.Query.Offset, "total_count": total},
	}, nil
}

// whole reads an int64 of JSON, which may be a number or a string.
func whole(v any) (int, bool) {
	switch v := v.(type) {
	case nil:
		return 0, true
	case float64:
		return int(v), v == float64(int(v))
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil
	}
	return 0, false
}
