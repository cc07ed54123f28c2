package auth

import (
	"math"
	"sync/atomic"
	"time"
)

// clockResolution is how long the wall clock may go unread.
const clockResolution = time.Second

// fastClock is time.Now at half the cost: it reads the monotonic clock alone and
// adds what has passed since it last read the wall clock, a second ago at most.
// So the time is exact, but a step of the wall clock, such as after a suspend,
// shows up to a second later. The zero fastClock is ready for use by any number
// of goroutines.
type fastClock struct {
	read atomic.Pointer[time.Time]
}

func (c *fastClock) now() instant {
	if read := c.read.Load(); read != nil {
		if passed := time.Since(*read); passed < clockResolution {
			return instant(read.UnixNano() + int64(passed))
		}
	}
	now := time.Now()
	c.read.Store(&now)
	return instantOf(now)
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
