package provider

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// LongestRetryAfter is how long a server may tell us to stay away.
const LongestRetryAfter = 5 * time.Minute

// Backoff is the pause after a number of failures, from 1: it doubles from first up
// to longest, and a random part of at most half is taken off, so that those who
// failed together do not come back together.
func Backoff(failures int, first, longest time.Duration) time.Duration {
	pause := longest
	if shift := failures - 1; shift < 16 { // far from an overflow
		pause = min(first<<shift, longest)
	}
	return pause - rand.N(pause/2+1)
}

// RetryAfter reads the header of that name (RFC 9110 section 10.2.3), up to
// [LongestRetryAfter]; 0 where there is none.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(LongestRetryAfter/time.Second) {
			return LongestRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), LongestRetryAfter)
	}
	return 0
}

// Sleep waits for d, and reports false at once where ctx ends or would end before.
func Sleep(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
