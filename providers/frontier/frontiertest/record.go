package frontiertest

import (
	"context"
	"net/http"
	"time"
)

// Request is a request that the server received.
type Request struct {
	RPC    RPC
	Method string
	URI    string // path and query, as they were sent
	Header http.Header
	Body   []byte
	Time   time.Time
	// Status of the answer. 0 when there is none yet, or never one: see [Hang] and
	// [Drop].
	Status int
}

// Calls returns how many requests to an RPC were received since the start, or since
// [Server.Forget]. Requests that went wrong count too.
func (s *Server) Calls(rpc RPC) int { return s.traffic.Calls(rpc) }

// Peak returns how many requests to an RPC there were at once at most, since the
// start or since [Server.Forget].
func (s *Server) Peak(rpc RPC) int { return s.traffic.Peak(rpc) }

// Requests returns the requests to an RPC in the order in which they were received.
// Of several thousand, only the latest are remembered. The result belongs to the
// caller, except for headers and bodies, which it may only read. There are none of
// [BasicSecret].
func (s *Server) Requests(rpc RPC) (all []Request) {
	for _, r := range s.traffic.Requests(rpc) {
		all = append(all, Request{r.Of, r.Method, r.URI, r.Header, r.Body, r.Time, r.Status})
	}
	return all
}

// Forget begins the record anew: counts, peaks and requests.
func (s *Server) Forget() { s.traffic.Forget() }

// Await waits until Calls(rpc) is at least calls. It returns the context's error when
// that ends before.
func (s *Server) Await(ctx context.Context, rpc RPC, calls int) error {
	return s.traffic.Await(ctx, rpc, calls)
}
