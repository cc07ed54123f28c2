package provider

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"
)

const (
	// apiTries is how often a request that may be sent again is sent.
	apiTries = 3
	// firstWait and longestWait are between these tries.
	firstWait   = 200 * time.Millisecond
	longestWait = 2 * time.Second
)

// Transport is an http.RoundTripper that adds a token to the requests that may have
// it. It changes none of the requests that it is given, and follows no redirect.
//
// One answer of 401 makes it try again with another token, where the body can be sent
// again (http.Request.GetBody). Requests that can be sent again are sent up to three
// times on 429 (RFC 6585 section 4), and idempotent ones on 5xx and where there is no
// answer: after the time of Retry-After or a short one that is random in part. When
// that would be longer than Timeout, the caller gets the answer at once.
type Transport struct {
	Name   string // is printed in its place
	Base   http.RoundTripper
	Tokens *Renewer
	// Sign returns what adds the token to a copy of r, nil where r may not have it. A
	// request with an error is not sent. Requests that a redirect caused are sent as
	// they are, and Sign is not asked.
	Sign        func(r *http.Request) (sign func(out *http.Request, token string), err error)
	Unavailable func(error) error
	Now         func() time.Time
	Timeout     time.Duration // of one attempt, with the body of the answer
	MaxBytes    int64         // of that body; 0 for any
}

// Format implements fmt.Formatter, for who prints the http.Client.
func (t *Transport) Format(f fmt.State, verb rune) { Hidden(t.Name).Format(f, verb) }

type keeping struct{}

// KeepToken makes an answer of 401 to requests with this context final: for those in
// which another credential than the token may be what is refused.
func KeepToken(ctx context.Context) context.Context { return context.WithValue(ctx, keeping{}, true) }

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	// http.Client notes on a request the redirect that caused it.
	if r.URL == nil || r.Response != nil {
		return t.attempt(r, nil, nil)
	}
	sign, err := t.Sign(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	if sign == nil {
		return t.attempt(r, nil, nil)
	}
	var (
		token   *Token
		renewed = r.Context().Value(keeping{}) != nil
		next    = r
	)
	for try := 1; ; {
		if token == nil {
			if token, err = t.Tokens.Token(r.Context()); err != nil {
				closeBody(next)
				return nil, err
			}
		}
		response, err := t.attempt(next, sign, token)
		switch {
		case err == nil && response.StatusCode == http.StatusUnauthorized && !renewed && replayable(r):
			renewed = true
			fresh, failed := t.Tokens.Renew(r.Context(), token)
			if failed != nil {
				return response, nil
			}
			token = fresh
		case again(r, response, err) && try < apiTries:
			pause := Backoff(try, firstWait, longestWait)
			if err == nil {
				pause = max(pause, RetryAfter(response.Header, t.Now()))
			}
			if pause > t.Timeout || !Sleep(r.Context(), pause) {
				return response, err
			}
			try++
			token = nil // it may have ended meanwhile
		default:
			return response, err
		}
		if response != nil {
			Discard(response)
		}
		if next, err = rewound(r); err != nil {
			return nil, err
		}
	}
}

// attempt sends a request once. The time it may take ends with the body of the answer.
func (t *Transport) attempt(r *http.Request, sign func(*http.Request, string), token *Token) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), t.Timeout)
	out := r.Clone(ctx) // a RoundTripper does not change what it is given
	if sign != nil {
		sign(out, token.Text())
	}
	response, err := t.Base.RoundTrip(out)
	if err != nil {
		cancel()
		return nil, t.Unavailable(err)
	}
	response.Request = r // the one without the token
	most := t.MaxBytes
	if most == 0 {
		most = math.MaxInt64
	}
	Bound(response, most, cancel)
	return response, nil
}

// Transient reports whether the same request may succeed later.
func Transient(status int) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// again reports whether a request is to be sent again after this answer.
func again(r *http.Request, response *http.Response, err error) bool {
	if !replayable(r) || r.Context().Err() != nil {
		return false
	}
	if err == nil && response.StatusCode == http.StatusTooManyRequests {
		return true
	}
	return idempotent(r.Method) && (err != nil || Transient(response.StatusCode))
}

func idempotent(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

func replayable(r *http.Request) bool {
	return r.Body == nil || r.Body == http.NoBody || r.GetBody != nil
}

// rewound is r with its body from the start.
func rewound(r *http.Request) (*http.Request, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	next := *r
	next.Body = body
	return &next, nil
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close() // it was not read
	}
}
