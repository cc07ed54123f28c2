package provider

import (
	"math"
	"net/http"
)

// Ending is an http.RoundTripper for requests that nobody waits for when the work in the
// background has ended: they end with it, and none is made after it.
type Ending struct {
	Base   http.RoundTripper
	Work   *Background
	Closed error // of requests after the end
}

// RoundTrip implements http.RoundTripper.
func (e *Ending) RoundTrip(r *http.Request) (*http.Response, error) {
	if e.Work.Ended() {
		closeBody(r)
		return nil, e.Closed
	}
	ctx, end := e.Work.Bind(r.Context())
	response, err := e.Base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		end()
		if e.Work.Ended() {
			err = e.Closed
		}
		return nil, err
	}
	response.Request = r
	Bound(response, math.MaxInt64, end)
	return response, nil
}
