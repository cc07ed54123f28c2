package fronteggtest

import (
	"context"
	"net/http"
	"time"
)

// Always is the number of times of a fault that stays until [Fake.Heal].
const Always = -1

// Fault is something that goes wrong with a request.
type Fault func(*outcome)

// outcome is what becomes of one request.
type outcome struct {
	delay   time.Duration
	hang    bool
	drop    bool
	cut     bool
	instead *reply // answered in place of the endpoint; nil for none
	header  http.Header
}

// planned is a fault that waits for its requests.
type planned struct {
	times  int // Always, or how many requests are left
	faults []Fault
}

// Delay lets d of real time pass before the answer.
func Delay(d time.Duration) Fault { return func(o *outcome) { o.delay = d } }

// Hang gives no answer for as long as the client waits and the fake runs.
func Hang() Fault { return func(o *outcome) { o.hang = true } }

// Drop closes the connection without an answer.
func Drop() Fault { return func(o *outcome) { o.drop = true } }

// Cut closes the connection in the middle of the answer's body. The endpoint does
// what it was asked.
func Cut() Fault { return func(o *outcome) { o.cut = true } }

// Garbage answers 200 with a body that says it is JSON and is not.
func Garbage() Fault {
	return Answer(http.StatusOK, "application/json", `{"token": <html>`)
}

// Status answers with a status and errors, in the form of Frontegg's errors; by
// default with the status' own text.
func Status(status int, errors ...string) Fault {
	instead := refuse(status, errors...)
	return func(o *outcome) { o.instead = &instead }
}

// Answer answers with any status, content type and body.
func Answer(status int, contentType, body string) Fault {
	instead := reply{status, http.Header{"Content-Type": {contentType}}, []byte(body)}
	return func(o *outcome) { o.instead = &instead }
}

// Redirect answers with a status, such as 302 or 307, that sends the client to
// location.
func Redirect(status int, location string) Fault {
	return func(o *outcome) {
		Status(status)(o)
		SetHeader("Location", location)(o)
	}
}

// SetHeader sets a header of the answer: Retry-After, for example.
func SetHeader(name, value string) Fault {
	return func(o *outcome) {
		if o.header == nil {
			o.header = http.Header{}
		}
		o.header.Set(name, value)
	}
}

// Fail makes the next requests to an endpoint go wrong: as many as times says,
// or all of them with [Always]. Faults of one call come together: a [Status] and
// a [SetHeader], for example. What was said earlier comes first; faults of the
// endpoint come before those of [Any].
//
// [Status], [Answer], [Redirect] and [Garbage] answer in place of the endpoint,
// which then does not see the request.
func (f *Fake) Fail(endpoint Endpoint, times int, faults ...Fault) {
	f.helper()
	if times == 0 || times < Always || len(faults) == 0 {
		f.fail("fronteggtest: Fail: say how many times, and what goes wrong")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[endpoint] = append(f.faults[endpoint], &planned{times, faults})
}

// Heal ends all faults that [Fake.Fail] planned. Requests that hang already do so
// until the client or the fake ends.
func (f *Fake) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.faults)
}

// Hold keeps all requests to an endpoint waiting, from when they have been
// recorded until release is called. With [Fake.Await] a test waits for requests
// that come at a time without sleeping. Releasing twice does nothing.
func (f *Fake) Hold(endpoint Endpoint) (release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	gate, held := f.held[endpoint]
	if !held {
		gate = make(chan struct{})
		f.held[endpoint] = gate
	}
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.held[endpoint] == gate {
			delete(f.held, endpoint)
			close(gate)
		}
	}
}

// arrive waits while the endpoint is held, and returns what goes wrong with a
// request to it. It returns false when nobody waits for the answer any more.
func (f *Fake) arrive(r *http.Request, endpoint Endpoint) ([]Fault, bool) {
	f.mu.Lock()
	faults := f.take(endpoint)
	gates := [2]chan struct{}{f.held[endpoint], f.held[Any]}
	f.mu.Unlock()
	for _, gate := range gates {
		if gate == nil {
			continue
		}
		select {
		case <-gate:
		case <-r.Context().Done():
			return nil, false
		}
	}
	return faults, true
}

// take returns the faults that are next, and counts them. The caller holds mu.
func (f *Fake) take(endpoint Endpoint) []Fault {
	for _, from := range []Endpoint{endpoint, Any} {
		plans := f.faults[from]
		if len(plans) == 0 {
			continue
		}
		next := plans[0]
		if next.times != Always {
			next.times--
		}
		if next.times == 0 {
			f.faults[from] = plans[1:]
		}
		return next.faults
	}
	return nil
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
