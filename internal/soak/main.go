// Command soak sends mixed requests to a guarded service for minutes, while its
// issuer rotates and withdraws keys and is down for a while, and counts the answers
// that are wrong. It exits with 1 when there is one, when memory grows, or when a
// goroutine is left.
//
//	go run ./internal/soak -for 10m
//
// The issuer and the service are on loopback and share no code but the guard under
// test: tokens are made with crypto/ecdsa here.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// config says what a run is. Times are those of the run's clock, which is speed
// times as fast as the machine's.
type config struct {
	length  time.Duration
	rotate  time.Duration // between two rotations
	outage  time.Duration // of the issuer, after a third of the run
	workers int
	speed   int
}

func main() {
	var c config
	flag.DurationVar(&c.length, "for", 10*time.Minute, "length of the run")
	flag.DurationVar(&c.rotate, "rotate", 10*time.Second, "time between two rotations of keys")
	flag.DurationVar(&c.outage, "outage", time.Minute, "how long the issuer is down")
	flag.IntVar(&c.workers, "workers", 8, "requests at a time")
	flag.IntVar(&c.speed, "speed", 1, "how many times faster than the machine's the clock of the run is")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if err := soak(ctx, c, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		cancel()
		os.Exit(1)
	}
}

// soak runs the load and reports. An error says what is wrong.
func soak(ctx context.Context, c config, out io.Writer) error {
	if c.length <= 0 || c.rotate <= 0 || c.outage < 0 || c.workers < 1 || c.speed < 1 {
		return errors.New("the times, workers and speed must be positive")
	}
	clock := newClock(c.speed)
	// A key is published for two rotations. Answers count once it has to be known.
	if known := patience + clock.real(slack); known >= 2*c.rotate {
		return fmt.Errorf("keys are withdrawn before they have to be known, %v after they were published: rotate less often, or at a lower speed", known)
	}
	goroutines := countGoroutines()
	is, err := newIssuer(clock)
	if err != nil {
		return err
	}
	defer is.close()
	service, err := newService(ctx, is, clock)
	if err != nil {
		return err
	}
	defer service.close()

	l := newLoad(c, clock, is, service.url)
	if err := l.run(ctx, out); err != nil {
		return err
	}
	service.close()
	is.close()
	l.client.CloseIdleConnections()
	left := waitForGoroutines(goroutines)
	l.report(out, left-goroutines)
	return l.verdict(left - goroutines)
}
