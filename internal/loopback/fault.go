package loopback

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Always is the number of times of a fault that stays until [Traffic.Heal].
const Always = -1

// Reply is an answer before it is sent, so that faults can change it.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Fault is something that goes wrong with a request.
type Fault func(*outcome)

// outcome is what becomes of one request.
type outcome struct {
	delay           time.Duration
	hang, drop, cut bool
	instead         *Reply // answered in place of the service; nil for none
	header          http.Header
}

// planned is a fault that waits for its requests.
type planned struct {
	times  int // Always, or how many requests are left
	faults []Fault
}

// Delay lets d of real time pass before the answer.
func Delay(d time.Duration) Fault { return func(o *outcome) { o.delay = d } }

// Hang gives no answer for as long as the client waits and the socket is open.
func Hang() Fault { return func(o *outcome) { o.hang = true } }

// Drop closes the connection without an answer.
func Drop() Fault { return func(o *outcome) { o.drop = true } }

// Cut closes the connection in the middle of the answer's body.
func Cut() Fault { return func(o *outcome) { o.cut = true } }

// Answer answers in place of the service, which does not see the request.
func Answer(instead Reply) Fault { return func(o *outcome) { o.instead = &instead } }

// SetHeader sets a header of the answer.
func SetHeader(name, value string) Fault {
	return func(o *outcome) {
		if o.header == nil {
			o.header = http.Header{}
		}
		o.header.Set(name, value)
	}
}

// wait does what comes before an answer. It returns false when there is none.
func (o *outcome) wait(ctx context.Context) bool {
	if o.delay > 0 {
		timer := time.NewTimer(o.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
	}
	if o.hang {
		<-ctx.Done()
		return false
	}
	return !o.drop
}

func (o *outcome) send(w http.ResponseWriter, answer Reply) {
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	for name, values := range o.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.Body)))
	if !o.cut {
		w.WriteHeader(answer.Status)
		_, _ = w.Write(answer.Body) // the client went away
		return
	}
	// An empty answer is cut before the byte that it promises.
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.Body)+1))
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body[:len(answer.Body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
