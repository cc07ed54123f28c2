package frontegg

import (
	"sync"
	"time"
)

// limiter allows some of many: most at once, and one more each interval.
type limiter struct {
	most     int
	interval time.Duration

	mu     sync.Mutex
	spent  time.Time // until when what is allowed is used up
	denied uint64    // since one was allowed
}

// allow reports whether one more is allowed, and how many were not before it.
func (l *limiter) allow(now time.Time) (ok bool, before uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	used := l.spent.Sub(now)
	if used < 0 || used > time.Duration(l.most)*l.interval { // the clock was set back
		used = 0
	}
	if used > time.Duration(l.most-1)*l.interval {
		l.denied++
		return false, 0
	}
	l.spent = now.Add(used + l.interval)
	before, l.denied = l.denied, 0
	return true, before
}
