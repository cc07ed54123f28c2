package frontiertest

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/mail"
	"slices"
	"strings"
	"time"
)

const (
	codeLife     = 10 * time.Minute
	codeAttempts = 3
)

// flow is a login by a code that was mailed.
type flow struct {
	email, code, returnTo string
	expires               time.Time
	attempts              int
}

var errFlow = invalid("invalid state for mail otp: invalid flow or expired")

// MailCode returns the latest login code that was mailed to an address; empty when
// there was none.
func (s *Server) MailCode(email string) string {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	return s.db.mails[email]
}

func (s *Server) listAuthStrategies(*call) (message, *failure) {
	return message{"strategies": []message{{"name": "mailotp", "params": nil}, {"name": "maillink", "params": nil}}}, nil
}

// authenticateUser begins a login. Whoever has a session is sent on. Links in mails
// are not built: maillink begins as mailotp does.
func (s *Server) authenticateUser(c *call) (message, *failure) {
	var in struct {
		StrategyName string `json:"strategy_name"`
		Email        string `json:"email"`
		ReturnTo     string `json:"return_to"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if c.who.session != nil {
		s.sendOn(c, in.ReturnTo)
		return started(""), nil
	}
	if in.StrategyName != "mailotp" && in.StrategyName != "maillink" {
		return nil, errInternal // as Frontier does
	}
	if address, err := mail.ParseAddress(in.Email); err != nil || address.Address != in.Email {
		return nil, invalid("Invalid email")
	}
	f := &flow{email: in.Email, code: s.newCode(in.Email), returnTo: in.ReturnTo, expires: s.now().Add(codeLife)}
	state := newID()
	s.db.flows[state] = f
	s.db.mails[in.Email] = f.code
	return started(state), nil
}

func started(state string) message {
	return message{"state": state, "endpoint": "", "state_options": nil}
}

func (s *Server) newCode(email string) string {
	if s.testDomain != "" && strings.HasSuffix(email, "@"+s.testDomain) {
		return s.testCode
	}
	n, _ := rand.Int(rand.Reader, big.NewInt(1_000_000)) // never fails
	return fmt.Sprintf("%06d", n)
}

// sendOn names a return_to that is allowed. Location is never set, but by [WithREST].
func (s *Server) sendOn(c *call, to string) {
	if slices.Contains(s.returnTo, to) {
		c.header.Set("Gateway-Location", to)
	}
}

// authCallback ends a login, and makes the user if there is none.
func (s *Server) authCallback(c *call) (message, *failure) {
	var in struct {
		StrategyName string `json:"strategy_name"`
		Code         string `json:"code"`
		State        string `json:"state"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.StrategyName != "mailotp" && in.StrategyName != "maillink" {
		return nil, invalid("unsupported authentication method")
	}
	f := s.db.flows[in.State]
	if f == nil || !s.now().Before(f.expires) {
		return nil, errFlow
	}
	if f.code != in.Code {
		if f.attempts++; f.attempts == codeAttempts {
			delete(s.db.flows, in.State)
		}
		return nil, invalid("invalid mail otp")
	}
	delete(s.db.flows, in.State)
	u := s.db.userByEmail(f.email)
	if u == nil {
		u = s.db.addUser(f.email, s.now())
	}
	if u.disabled {
		return nil, errInternal // as Frontier does
	}
	forwarded, _, _ := strings.Cut(c.Header.Get("X-Forwarded-For"), ",")
	made := s.addSession(u.id, c.UserAgent(), strings.TrimSpace(forwarded))
	s.sendOn(c, f.returnTo)
	setCookie(c, s.cookieOf(made.id), int(sessionLife.Seconds()), made.created.Add(sessionLife))
	return message{}, nil
}
