package frontegg

import (
	"encoding/json"
	"time"

	"github.com/authgen/authgen/internal/provider"
	auth "github.com/authgen/authgen/runtime"
)

// finding is what a lookup found. It does not change.
type finding struct {
	from, until time.Time // when it counts, by the client's clock
	bytes       int       // of memory, about

	entity *accessEntity       // of a token; nil where there is none
	ids    map[string]struct{} // of a list
	failed error               // why nothing was found; then the rest is not set
}

// accessEntity is what Frontegg knows of an access token.
type accessEntity struct {
	tenantID, userID string
	rights           auth.Rights
	expires          time.Time // zero for never
}

const emptyEntity = `{"empty":true}`

func (f *finding) valid(now time.Time) bool {
	if f == nil {
		return false
	}
	age := provider.Age(now, f.from)
	return -provider.ClockSlack <= age && age < f.until.Sub(f.from)
}

func (f *finding) lists(id string) bool {
	_, ok := f.ids[id]
	return ok
}

// nothing is how Frontegg's SDKs share that there is no such token, or none at all.
func nothing(s subject) []byte {
	if s.id == "" {
		return []byte("[]")
	}
	return []byte(emptyEntity)
}

// read reads what Frontegg answers about s, and reports whether it is that.
func (f *finding) read(s subject, data []byte) bool {
	if s.id == "" {
		f.bytes = 512 + 4*len(data)
		var ids []string
		if json.Unmarshal(data, &ids) != nil || ids == nil {
			return false
		}
		f.ids = make(map[string]struct{}, len(ids))
		for _, id := range ids {
			f.ids[id] = struct{}{}
		}
		return true
	}
	var e struct {
		ID string `json:"id"`
	}
	return json.Unmarshal(data, &e) == nil && e.ID == s.id && f.readEntity(data)
}

// readEntity reads all but the id.
func (f *finding) readEntity(data []byte) bool {
	f.bytes = 512 + 4*len(data)
	var e struct {
		TenantID    string   `json:"tenantId"`
		UserID      string   `json:"userId"`
		Roles       []string `json:"roles"`
		Permissions []string `json:"permissions"`
		Expires     *string  `json:"expires"`
	}
	if json.Unmarshal(data, &e) != nil || e.TenantID == "" {
		return false
	}
	f.entity = &accessEntity{e.TenantID, e.UserID, auth.Rights{Roles: e.Roles, Permissions: e.Permissions}, time.Time{}}
	if e.Expires != nil {
		expires, err := time.Parse(time.RFC3339, *e.Expires)
		if err != nil {
			return false
		}
		f.entity.expires = expires
	}
	return true
}

// readShared reads what was shared about s: what Frontegg answers, or nothing. byNode
// allows what the SDK for Node keeps, which names the token as its claims do.
func (f *finding) readShared(s subject, data []byte, byNode bool) bool {
	if s.id == "" {
		return f.read(s, data)
	}
	var e struct {
		Empty bool   `json:"empty"`
		ID    string `json:"id"`
		Sub   string `json:"sub"`
		Type  string `json:"type"`
	}
	switch {
	case json.Unmarshal(data, &e) != nil:
		return false
	case e.Empty:
		f.bytes = 512
		return true
	case byNode && e.ID == "" && e.Sub == s.id && e.Type == tokenTypes[s.kind]:
		return f.readEntity(data)
	}
	return f.read(s, data)
}
