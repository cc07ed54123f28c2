package fronteggtest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// Request is a request that the fake received.
type Request struct {
	Endpoint Endpoint
	Method   string
	URI      string // path and query, as they were sent
	Header   http.Header
	Body     []byte
	Time     time.Time
	// Status of the answer. 0 when there is none yet, or never one: see [Hang]
	// and [Drop].
	Status int
}

// Calls returns how many requests to an endpoint were received since the start,
// or since [Fake.Forget]. Requests that went wrong count too.
func (f *Fake) Calls(endpoint Endpoint) int { return f.traffic.Calls(endpoint) }

// Requests returns the requests to an endpoint in the order in which they were
// received. Of several thousand, only the latest are remembered. The result
// belongs to the caller, except for headers and bodies, which it may only read.
func (f *Fake) Requests(endpoint Endpoint) (all []Request) {
	for _, r := range f.traffic.Requests(endpoint) {
		all = append(all, Request{r.Of, r.Method, r.URI, r.Header, r.Body, r.Time, r.Status})
	}
	return all
}

// Forget begins the record anew: counts and requests.
func (f *Fake) Forget() { f.traffic.Forget() }

// Await waits until Calls(endpoint) is at least calls. It returns the context's
// error when that ends before.
func (f *Fake) Await(ctx context.Context, endpoint Endpoint, calls int) error {
	return f.traffic.Await(ctx, endpoint, calls)
}

// again returns the request with a body that can be read.
func (c *call) again() *http.Request {
	r := c.Clone(c.Context())
	r.Body = io.NopCloser(bytes.NewReader(c.body))
	return r
}
