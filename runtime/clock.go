package auth

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// clockResolution is how far coarseClock may be behind, when the scheduler is on
// time.
const clockResolution = 10 * time.Millisecond

// coarseClock is a clock that costs a load from memory, where time.Now costs as
// much as half of all else that is done for a token seen before. While it is asked,
// a timer reads the time anew every clockResolution; when it was not asked for as
// long, the timer ends and the next to ask reads the time. So it may be behind, and
// is ahead only after the system's clock was set back. The zero coarseClock is ready
// for use by any number of goroutines.
type coarseClock struct {
	read  atomic.Int64 // an instant, 0 while nobody asks
	asked atomic.Bool  // since the timer last fired

	mu    sync.Mutex
	timer *time.Timer
}

func (c *coarseClock) now() instant {
	if read := c.read.Load(); read != 0 {
		if !c.asked.Load() {
			c.asked.Store(true)
		}
		return instant(read)
	}
	return c.wake()
}

// wake starts the timer.
func (c *coarseClock) wake() instant {
	c.mu.Lock()
	defer c.mu.Unlock()
	if read := c.read.Load(); read != 0 {
		return instant(read) // somebody else has just started it
	}
	now := instantOf(time.Now())
	c.read.Store(int64(now))
	if c.timer == nil {
		c.timer = time.AfterFunc(clockResolution, c.tick)
	} else {
		c.timer.Reset(clockResolution)
	}
	return now
}

func (c *coarseClock) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.asked.Swap(false) {
		c.read.Store(0)
		return
	}
	c.read.Store(int64(instantOf(time.Now())))
	c.timer.Reset(clockResolution)
}

// instant is a point in time as nanoseconds since the epoch: comparing two is
// cheaper than comparing times.
type instant int64

const (
	always instant = math.MinInt64
	never  instant = math.MaxInt64
)

// instantOf returns always or never for times that are too far away for an instant.
func instantOf(t time.Time) instant {
	const limit = math.MaxInt64/int64(time.Second) - 1
	switch seconds := t.Unix(); {
	case seconds < -limit:
		return always
	case seconds > limit:
		return never
	}
	return instant(t.UnixNano())
}

func (i instant) time() time.Time { return time.Unix(0, int64(i)) }
