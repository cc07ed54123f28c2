package frontier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// TestSlots holds who waits, whose turn comes first, and who is sent away.
func TestSlots(t *testing.T) {
	t.Parallel()
	type who struct {
		id    string
		known bool
	}
	known, added := func(id string) who { return who{id, true} }, func(id string) who { return who{id, false} }
	many := func(n int, like func(string) who) (all []who) {
		for i := range n {
			all = append(all, like(fmt.Sprint("many ", i)))
		}
		return all
	}
	times := func(n int, w who) (all []who) {
		for range n {
			all = append(all, w)
		}
		return all
	}
	full := append(many(6, added), known("a"), known("b"))
	for name, c := range map[string]struct {
		before []who // they get a slot, or wait
		next   who
		ok     bool
	}{
		"the last that is known":      {slices.Concat(full, many(maxWaiting-1, known)), known("next"), true},
		"one more that is known":      {slices.Concat(full, many(maxWaiting, known)), known("next"), false},
		"new ones take no such place": {slices.Concat(full, many(maxWaiting, known)), added("next"), true},
		"the last new one":            {slices.Concat(full, many(maxWaitingNew-1, added)), added("next"), true},
		"one more new one":            {slices.Concat(full, many(maxWaitingNew, added)), added("next"), false},
		"the last known of an id":     {slices.Concat(full, times(maxWaitingOfID-1, known("next"))), known("next"), true},
		"one more known of an id":     {slices.Concat(full, times(maxWaitingOfID, known("next"))), known("next"), false},
		"another known then":          {slices.Concat(full, times(maxWaitingOfID, known("a"))), known("next"), true},
		"the last new of an id":       {slices.Concat(full, times(maxWaitingOfID-1, added("next"))), added("next"), true},
		"one more new of an id":       {slices.Concat(full, times(maxWaitingOfID, added("next"))), added("next"), false},
		"known of an id of new ones":  {slices.Concat(full, times(maxWaitingOfID, added("next"))), known("next"), true},
	} {
		s := slots{secrets: map[string]int{}}
		for i, w := range c.before {
			if _, ok := s.take(question{way: byBasic, id: w.id}, w.known); !ok {
				t.Fatalf("%s: the one at %d is sent away", name, i)
			}
		}
		if _, ok := s.take(question{way: byBasic, id: c.next.id}, c.next.known); ok != c.ok {
			t.Errorf("%s: %v", name, ok)
		}
	}
}

// TestSlotsTurn holds that who was good before is first, whoever came before, and that
// a turn counts which came together with the end of the waiting.
func TestSlotsTurn(t *testing.T) {
	t.Parallel()
	s := slots{secrets: map[string]int{}}
	take := func(id string, known bool) *slot {
		t.Helper()
		mine, ok := s.take(question{way: byBasic, id: id}, known)
		if !ok {
			t.Fatalf("%s is sent away", id)
		}
		return mine
	}
	var busy []*slot
	for i := range maxSecrets {
		busy = append(busy, take(fmt.Sprint(i), i >= maxSecrets-freeSecrets))
	}
	added, known, late := take("new", false), take("known", true), take("late", true)
	ended, end := context.WithCancel(t.Context())
	end()
	turn := func(of *slot) bool {
		select {
		case <-of.free:
			return true
		default:
			return false
		}
	}
	s.leave(busy[0])
	if !turn(known) || turn(added) || turn(late) {
		t.Errorf("the first turn: known %v, new %v, late %v", turn(known), turn(added), turn(late))
	}
	for range 100 { // either is chosen of two that are ready
		if err := s.wait(ended, known); err != nil {
			t.Fatalf("whose turn it is: %v", err)
		}
	}
	if err := s.wait(ended, late); !errors.Is(err, errBusy) {
		t.Errorf("who waited too long: %v", err)
	}
	s.leave(late)
	for _, of := range busy[1:4] {
		s.leave(of)
	}
	if !turn(added) || turn(late) {
		t.Errorf("then: new %v, who left %v", turn(added), turn(late))
	}
	for _, of := range append(busy[4:], known, added) {
		s.leave(of)
	}
	if s.busy != 0 || len(s.secrets) != 0 || len(s.waiting) != 0 {
		t.Errorf("left: %d busy, %d ids, %d waiting", s.busy, len(s.secrets), len(s.waiting))
	}
}
