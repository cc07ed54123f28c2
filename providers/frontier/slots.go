package frontier

import (
	"context"
	"slices"
	"sync"
)

// Exchanges that may be under way. Comparing a secret costs the server most of a
// second of a processor. Credentials that are not known to have been good leave some
// of them free for those that are.
const (
	maxSecrets      = 8
	maxSecretsOfID  = 2
	freeSecrets     = 2
	freeSecretsOfID = 1
	maxOthers       = 256
	freeOthers      = 64
)

// Secrets that may wait until one of these has ended: those that were good before, and
// new ones, and how many of either are of one id.
const (
	maxWaiting     = 256
	maxWaitingNew  = 16
	maxWaitingOfID = 4
)

// slots count the exchanges that are under way. They are safe for any number of
// goroutines.
type slots struct {
	mu      sync.Mutex
	secrets map[string]int // exchanges of secrets, by id
	busy    int            // all of these
	others  int            // other exchanges
	waiting []*slot        // in the order in which they came
}

// slot is that of one exchange.
type slot struct {
	id    string // of the credential that a secret is for; "" for others
	known bool   // it was good before
	free  chan struct{}
}

// take returns a slot, for which [slots.wait] may have to wait, and reports false where
// too many are under way or wait.
func (s *slots) take(q question, known bool) (*slot, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := &slot{id: q.id, known: known}
	switch {
	case q.way != byBasic:
		most := maxOthers
		if !known {
			most -= freeOthers
		}
		if s.others >= most {
			return nil, false
		}
		s.others++
	case s.fits(mine):
		s.enter(mine)
	case s.mayWait(mine):
		mine.free = make(chan struct{})
		s.waiting = append(s.waiting, mine)
	default:
		return nil, false
	}
	return mine, true
}

func (s *slots) fits(of *slot) bool {
	most, mostOfID := maxSecrets, maxSecretsOfID
	if !of.known {
		most, mostOfID = most-freeSecrets, mostOfID-freeSecretsOfID
	}
	return s.busy < most && s.secrets[of.id] < mostOfID
}

func (s *slots) mayWait(of *slot) bool {
	all, ofID := 0, 0
	for _, w := range s.waiting {
		if w.known != of.known {
			continue
		}
		if all++; w.id == of.id {
			ofID++
		}
	}
	most := maxWaitingNew
	if of.known {
		most = maxWaiting
	}
	return all < most && ofID < maxWaitingOfID
}

func (s *slots) enter(of *slot) {
	s.busy++
	s.secrets[of.id]++
}

// wait waits until the exchange may begin. With an error it may not.
func (s *slots) wait(ctx context.Context, mine *slot) error {
	if mine.free == nil {
		return nil
	}
	select {
	case <-mine.free:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.waiting, mine) {
		return errBusy
	}
	return nil // it was its turn meanwhile
}

// leave gives a slot back, also one that is waited for, and lets those begin that have
// waited for it: first who was good before.
func (s *slots) leave(mine *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if mine.id == "" {
		s.others--
		return
	}
	if at := slices.Index(s.waiting, mine); at >= 0 {
		s.waiting = slices.Delete(s.waiting, at, at+1)
		return
	}
	s.busy--
	if s.secrets[mine.id]--; s.secrets[mine.id] == 0 {
		delete(s.secrets, mine.id)
	}
	for _, known := range []bool{true, false} {
		s.waiting = slices.DeleteFunc(s.waiting, func(w *slot) bool {
			if w.known != known || !s.fits(w) {
				return false
			}
			s.enter(w)
			close(w.free)
			return true
		})
	}
}

// comparing reports whether secrets are being compared.
func (s *slots) comparing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy > 0
}
