package provider

import (
	"sync"
	"time"
)

// Limiter allows some of many: Most, which is at least one, at once, and one more each
// Interval. It is safe for any number of goroutines.
type Limiter struct {
	Most     int
	Interval time.Duration

	mu     sync.Mutex
	spent  time.Time // until when what is allowed is used up
	denied uint64    // since one was allowed
}

// Allow reports whether one more is allowed, and how many were not before it.
func (l *Limiter) Allow(now time.Time) (ok bool, before uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	used := l.spent.Sub(now)
	if used < 0 || used > time.Duration(l.Most)*l.Interval { // the clock was set back
		used = 0
	}
	if used > time.Duration(l.Most-1)*l.Interval {
		l.denied++
		return false, 0
	}
	l.spent = now.Add(used + l.Interval)
	before, l.denied = l.denied, 0
	return true, before
}
