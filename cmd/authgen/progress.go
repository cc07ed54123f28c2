package main

import (
	"fmt"
	"time"
)

// progressAfter is how long a run may take before it says that it is at work.
const progressAfter = time.Second

// progress shows on a terminal that a long run is at work. The function it
// returns ends that and removes the line.
func (c *call) progress(what string) (done func()) {
	if !c.terminal {
		return func() {}
	}
	var (
		start   = time.Now()
		stop    = make(chan struct{})
		stopped = make(chan struct{})
	)
	go func() {
		defer close(stopped)
		tick := time.NewTicker(progressAfter)
		defer tick.Stop()
		for shown := false; ; shown = true {
			select {
			case <-stop:
				if shown {
					fmt.Fprint(c.stderr, "\r\x1b[K")
				}
				return
			case <-tick.C:
				fmt.Fprintf(c.stderr, "\r\x1b[Kauthgen: %s, %d s", what, int(time.Since(start).Seconds()))
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}
