package authtest

import (
	"sync"
	"time"
)

// Clock is a clock that stands still until it is told. The zero Clock shows the
// start of 2030 (UTC). Its methods may be called by many goroutines at a time.
type Clock struct {
	mu      sync.Mutex
	elapsed time.Duration
	start   time.Time // zero for clockStart
}

var clockStart = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// NewClock returns a clock that shows start.
func NewClock(start time.Time) *Clock { return &Clock{start: start} }

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.start.IsZero() {
		return clockStart.Add(c.elapsed)
	}
	return c.start.Add(c.elapsed)
}

// Advance moves the clock by d, which may be negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.elapsed += d
}
