package fronteggtest

import (
	"net/http"
	"time"

	"github.com/authgen/authgen/internal/loopback"
)

// Always is the number of times of a fault that stays until [Fake.Heal].
const Always = loopback.Always

// Fault is something that goes wrong with a request.
type Fault = loopback.Fault

// Delay lets d of real time pass before the answer.
func Delay(d time.Duration) Fault { return loopback.Delay(d) }

// Hang gives no answer for as long as the client waits and the fake runs.
func Hang() Fault { return loopback.Hang() }

// Drop closes the connection without an answer.
func Drop() Fault { return loopback.Drop() }

// Cut closes the connection in the middle of the answer's body. The endpoint does
// what it was asked.
func Cut() Fault { return loopback.Cut() }

// Garbage answers 200 with a body that says it is JSON and is not.
func Garbage() Fault {
	return Answer(http.StatusOK, "application/json", `{"token": <html>`)
}

// Status answers with a status and errors, in the form of Frontegg's errors; by
// default with the status' own text.
func Status(status int, errors ...string) Fault {
	return loopback.Answer(refuse(status, errors...))
}

// Answer answers with any status, content type and body.
func Answer(status int, contentType, body string) Fault {
	return loopback.Answer(reply{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)})
}

// Redirect answers with a status, such as 302 or 307, that sends the client to
// location.
func Redirect(status int, location string) Fault {
	answer := refuse(status)
	answer.Header.Set("Location", location)
	return loopback.Answer(answer)
}

// SetHeader sets a header of the answer: Retry-After, for example.
func SetHeader(name, value string) Fault { return loopback.SetHeader(name, value) }

// Fail makes the next requests to an endpoint go wrong: as many as times says,
// or all of them with [Always]. Faults of one call come together: a [Status] and
// a [SetHeader], for example. What was said earlier comes first; faults of the
// endpoint come before those of [Any].
//
// [Status], [Answer], [Redirect] and [Garbage] answer in place of the endpoint,
// which then does not see the request.
func (f *Fake) Fail(endpoint Endpoint, times int, faults ...Fault) {
	f.helper()
	if !f.traffic.Fail(endpoint, times, faults) {
		f.fail("fronteggtest: Fail: say how many times, and what goes wrong")
	}
}

// Heal ends all faults that [Fake.Fail] planned. Requests that hang already do so
// until the client or the fake ends.
func (f *Fake) Heal() { f.traffic.Heal() }

// Hold keeps all requests to an endpoint waiting, from when they have been
// recorded until release is called. With [Fake.Await] a test waits for requests
// that come at a time without sleeping. Releasing twice does nothing.
func (f *Fake) Hold(endpoint Endpoint) (release func()) { return f.traffic.Hold(endpoint) }
