package main

import (
	"context"
	"runtime"
	"time"
)

// clock is the time of a run.
type clock struct {
	start time.Time
	speed int
}

func newClock(speed int) *clock { return &clock{time.Now(), speed} }

func (c *clock) now() time.Time {
	return c.start.Add(time.Since(c.start) * time.Duration(c.speed))
}

// sleep waits, by the run's clock. It is false when ctx ended.
func (c *clock) sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d / time.Duration(c.speed))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// real is what a machine may need for work that takes no time in theory, by the
// run's clock.
func (c *clock) real(d time.Duration) time.Duration { return d * time.Duration(c.speed) }

func countGoroutines() int { return runtime.NumGoroutine() }

// waitForGoroutines gives goroutines that are about to end a few seconds.
func waitForGoroutines(want int) int {
	for range 100 {
		if runtime.NumGoroutine() <= want {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return runtime.NumGoroutine()
}
