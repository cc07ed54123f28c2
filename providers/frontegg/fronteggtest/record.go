package fronteggtest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxRecorded is how many requests are remembered; older ones are forgotten, and
// still counted.
const maxRecorded = 10_000

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

// record counts requests and remembers the latest ones. Its methods may be called
// by many goroutines at a time.
type record struct {
	mu     sync.Mutex
	counts map[Endpoint]int
	latest []*Request
	more   chan struct{} // closed and replaced with each request
}

func newRecord() *record {
	return &record{counts: map[Endpoint]int{}, more: make(chan struct{})}
}

func (c *record) add(endpoint Endpoint, r *http.Request, body []byte, now time.Time) *Request {
	seen := &Request{
		Endpoint: endpoint, Method: r.Method, URI: r.RequestURI,
		Header: r.Header.Clone(), Body: body, Time: now,
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[endpoint]++
	c.counts[Any]++
	if len(c.latest) == maxRecorded {
		c.latest = append(c.latest[:0], c.latest[maxRecorded/2:]...)
	}
	c.latest = append(c.latest, seen)
	close(c.more)
	c.more = make(chan struct{})
	return seen
}

func (c *record) answered(seen *Request, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen.Status = status
}

// Calls returns how many requests to an endpoint were received since the start,
// or since [Fake.Forget]. Requests that went wrong count too.
func (f *Fake) Calls(endpoint Endpoint) int {
	f.record.mu.Lock()
	defer f.record.mu.Unlock()
	return f.record.counts[endpoint]
}

// Requests returns the requests to an endpoint in the order in which they were
// received. Of several thousand, only the latest are remembered. The result
// belongs to the caller, except for headers and bodies, which it may only read.
func (f *Fake) Requests(endpoint Endpoint) []Request {
	f.record.mu.Lock()
	defer f.record.mu.Unlock()
	var all []Request
	for _, r := range f.record.latest {
		if endpoint == Any || endpoint == r.Endpoint {
			all = append(all, *r)
		}
	}
	return all
}

// Forget begins the record anew: counts and requests.
func (f *Fake) Forget() {
	f.record.mu.Lock()
	defer f.record.mu.Unlock()
	clear(f.record.counts)
	f.record.latest = nil
}

// Await waits until Calls(endpoint) is at least calls. It returns the context's
// error when that ends before.
func (f *Fake) Await(ctx context.Context, endpoint Endpoint, calls int) error {
	for {
		f.record.mu.Lock()
		got, more := f.record.counts[endpoint], f.record.more
		f.record.mu.Unlock()
		if got >= calls {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// again returns the request with a body that can be read.
func (c *call) again() *http.Request {
	r := c.Clone(c.Context())
	r.Body = io.NopCloser(bytes.NewReader(c.body))
	return r
}
