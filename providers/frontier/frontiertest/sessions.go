package frontiertest

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// sessionLife is how long a session lasts. It does not slide.
	sessionLife = 30 * 24 * time.Hour
	// sessionTrace is how long one that is over is known yet, for audit records. Frontier
	// removes those at the midnight after it.
	sessionTrace = 24 * time.Hour
)

// Session is a user's session: its id, which is the claim sid of its tokens, and
// the value of its cookie sid.
type Session struct{ ID, Cookie string }

type session struct {
	id, user             string
	os, browser, address string
	created              time.Time
	ended                time.Time // by logout or else before its time; zero for none
}

// over tells when a session is one no more.
func (one *session) over() time.Time {
	if !one.ended.IsZero() {
		return one.ended
	}
	return one.created.Add(sessionLife)
}

func (one *session) end(now time.Time) {
	if one.ended.IsZero() {
		one.ended = now
	}
}

// endSessions ends all of a user.
func (db *database) endSessions(user string, now time.Time) {
	for _, one := range db.sessions {
		if one.user == user {
			one.end(now)
		}
	}
}

func (s *Server) addSession(user, agent, address string) *session {
	made := &session{id: newID(), user: user, address: address, created: s.now()}
	made.os, made.browser = software(agent)
	s.db.sessions[made.id] = made
	return made
}

// software names what a User-Agent header says, as far as tests need it.
func software(agent string) (os, browser string) {
	for _, name := range []string{"Windows", "Android", "Linux", "Mac OS X"} {
		if strings.Contains(agent, name) {
			os = name
			break
		}
	}
	for _, name := range []string{"Edg", "Chrome", "Firefox", "Safari"} {
		if strings.Contains(agent, name) {
			browser = name
			break
		}
	}
	return os, browser
}

// cookieOf writes the value of the cookie: the session's id and a MAC of it.
func (s *Server) cookieOf(id string) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte(id), s.mac(id)...))
}

func (s *Server) mac(id string) []byte {
	h := hmac.New(sha256.New, s.hashKey)
	h.Write([]byte("sid|" + id))
	return h.Sum(nil)
}

// readCookie returns the id of the session in a cookie's value.
func (s *Server) readCookie(value string) (id string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(raw) != 36+sha256.Size || s.noSessions {
		return "", false
	}
	id = string(raw[:36])
	return id, hmac.Equal(raw[36:], s.mac(id))
}

// session finds a session that has not ended.
func (s *Server) session(id string) *session {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if found := s.db.sessions[id]; found != nil && s.now().Before(found.over()) {
		return found
	}
	return nil
}

func setCookie(c *call, value string, maxAge int, expires time.Time) {
	c.header.Add("Set-Cookie", (&http.Cookie{
		Name: "sid", Value: value, Path: "/", Expires: expires, MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}).String())
}

// Login starts a session of a user. The cookie is for this instance only.
func (s *Server) Login(userID string) Session {
	s.helper()
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if s.db.users[userID] == nil {
		s.fatal("frontiertest: Login: there is no user %q", userID)
	}
	made := s.addSession(userID, "", "")
	return Session{made.id, s.cookieOf(made.id)}
}

// EndSession ends a session, as logout and revocation do.
func (s *Server) EndSession(id string) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if found := s.db.sessions[id]; found != nil {
		found.end(s.now())
	}
}

// authLogout ends the session of the cookie, if there is one. Older servers fail where
// that is over.
func (s *Server) authLogout(c *call) (message, *failure) {
	if c.who.session != nil {
		c.who.session.end(s.now())
	} else if s.rest && slices.ContainsFunc(c.CookiesNamed("sid"), func(cookie *http.Cookie) bool {
		id, ok := s.readCookie(cookie.Value)
		return ok && s.db.sessions[id] != nil
	}) {
		return nil, errNoSession
	}
	setCookie(c, "", -1, s.now())
	return message{}, nil
}

func (s *Server) listSessions(c *call) (message, *failure) {
	if c.who.session == nil {
		return nil, errUnauthenticated
	}
	all := []message{}
	oldestFirst := slices.SortedFunc(maps.Values(s.db.sessions), func(a, b *session) int {
		return cmp.Or(a.created.Compare(b.created), strings.Compare(a.id, b.id))
	})
	for _, one := range oldestFirst {
		if one.user != c.who.id || !s.now().Before(one.over()) {
			continue
		}
		all = append(all, message{
			"id": one.id, "is_current_session": one.id == c.who.session.id,
			"metadata": message{
				"operating_system": one.os, "browser": one.browser, "ip_address": one.address, "location": message{},
			},
			"created_at": one.created, "updated_at": one.created,
		})
	}
	return message{"sessions": all}, nil
}

func (s *Server) revokeSession(c *call) (message, *failure) {
	if c.who.session == nil {
		return nil, errUnauthenticated
	}
	var in struct {
		SessionID string `json:"session_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	found := s.db.sessions[in.SessionID]
	if found == nil || found.user != c.who.id {
		return nil, errNotFound
	}
	found.end(s.now())
	return message{}, nil
}
