package loopback

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// maxBody is the largest request body that is read, in bytes.
	maxBody = 1 << 20
	// maxRecorded is how many requests are remembered; older ones are forgotten, and
	// still counted.
	maxRecorded = 10_000
)

// Request is a request that was received.
type Request[K comparable] struct {
	Of     K // what it asked for
	Method string
	URI    string // path and query, as they were sent
	Header http.Header
	Body   []byte
	Time   time.Time
	// Status of the answer. 0 when there is none yet, or never one: see [Hang] and
	// [Drop].
	Status int
}

// Traffic counts requests by what they ask for, remembers the latest ones, and holds
// and breaks those that a test wants to. Its methods may be called by many goroutines
// at a time.
type Traffic[K comparable] struct {
	all K // stands for all requests

	mu       sync.Mutex
	counts   map[K]int
	inFlight map[K]int
	peaks    map[K]int
	latest   []*Request[K]
	more     chan struct{} // closed and replaced with each request
	faults   map[K][]*planned
	held     map[K]chan struct{} // closed when released
}

// NewTraffic returns traffic in which all stands for whatever is asked for.
func NewTraffic[K comparable](all K) *Traffic[K] {
	return &Traffic[K]{
		all: all, counts: map[K]int{}, inFlight: map[K]int{}, peaks: map[K]int{}, more: make(chan struct{}),
		faults: map[K][]*planned{}, held: map[K]chan struct{}{},
	}
}

// Serve answers a request with what answer returns, unless a fault was planned for
// it. answer gets the request's body, or what hinders: a body that is too large
// (*http.MaxBytesError), or a deadline of ctx that passed while the request was held.
func (t *Traffic[K]) Serve(
	ctx context.Context, w http.ResponseWriter, r *http.Request, of K, now time.Time, answer func([]byte, error) Reply,
) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	seen := t.remember(of, r, body, now)
	fault := t.take(of)
	leave, ended := t.Enter(ctx, of, t.all)
	defer leave()
	switch {
	case ended == nil:
	case errors.Is(ended, context.DeadlineExceeded):
		err = ended
	default:
		panic(http.ErrAbortHandler) // the client left, or the socket is closed
	}
	if !fault.wait(r.Context()) {
		panic(http.ErrAbortHandler)
	}
	var reply Reply
	if fault.instead != nil {
		reply = *fault.instead
	} else {
		reply = answer(body, err)
	}
	t.mu.Lock()
	seen.Status = reply.Status
	t.mu.Unlock()
	fault.send(w, reply)
}

func (t *Traffic[K]) remember(of K, r *http.Request, body []byte, now time.Time) *Request[K] {
	seen := &Request[K]{Of: of, Method: r.Method, URI: r.RequestURI, Header: r.Header.Clone(), Body: body, Time: now}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.latest) == maxRecorded {
		t.latest = append(t.latest[:0], t.latest[maxRecorded/2:]...)
	}
	t.latest = append(t.latest, seen)
	return seen
}

// Enter counts a call under all names, and waits while one of them is held. The
// error is that of ctx when it ended first. The caller calls leave when the call has
// ended, also after an error.
func (t *Traffic[K]) Enter(ctx context.Context, names ...K) (leave func(), err error) {
	t.mu.Lock()
	var gates []chan struct{}
	for _, name := range names {
		t.counts[name]++
		t.inFlight[name]++
		t.peaks[name] = max(t.peaks[name], t.inFlight[name])
		if gate := t.held[name]; gate != nil {
			gates = append(gates, gate)
		}
	}
	close(t.more)
	t.more = make(chan struct{})
	t.mu.Unlock()
	for _, gate := range gates {
		select {
		case <-gate:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, name := range names {
			t.inFlight[name]--
		}
	}, err
}

// Calls returns how many requests of a name were received since the start, or since
// Forget. Requests that went wrong count too.
func (t *Traffic[K]) Calls(of K) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[of]
}

// Peak returns how many requests of a name there were at once at most, since the
// start or since Forget.
func (t *Traffic[K]) Peak(of K) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.peaks[of]
}

// Requests returns the requests of a name in the order in which they were received.
// Of several thousand, only the latest are remembered.
func (t *Traffic[K]) Requests(of K) (all []Request[K]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.latest {
		if of == t.all || of == r.Of {
			all = append(all, *r)
		}
	}
	return all
}

// Forget begins the record anew: counts, peaks and requests.
func (t *Traffic[K]) Forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.counts)
	clear(t.peaks)
	t.latest = nil
}

// Await waits until Calls(of) is at least calls. It returns the context's error when
// that ends before.
func (t *Traffic[K]) Await(ctx context.Context, of K, calls int) error {
	for {
		t.mu.Lock()
		got, more := t.counts[of], t.more
		t.mu.Unlock()
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

// Hold keeps all requests of a name waiting, from when they have been counted until
// release is called. Releasing twice does nothing.
func (t *Traffic[K]) Hold(of K) (release func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	gate, held := t.held[of]
	if !held {
		gate = make(chan struct{})
		t.held[of] = gate
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.held[of] == gate {
			delete(t.held, of)
			close(gate)
		}
	}
}

// Fail plans what goes wrong with the next requests of a name: as many as times says,
// or all of them with [Always]. What was said earlier comes first; faults of the name
// come before those of all. It returns false when it was called wrongly.
func (t *Traffic[K]) Fail(of K, times int, faults []Fault) bool {
	if times == 0 || times < Always || len(faults) == 0 {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults[of] = append(t.faults[of], &planned{times, faults})
	return true
}

// Heal ends all faults that were planned.
func (t *Traffic[K]) Heal() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.faults)
}

// take returns what goes wrong with the next request, and counts it.
func (t *Traffic[K]) take(of K) (o outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, from := range []K{of, t.all} {
		plans := t.faults[from]
		if len(plans) == 0 {
			continue
		}
		next := plans[0]
		if next.times != Always {
			next.times--
		}
		if next.times == 0 {
			t.faults[from] = plans[1:]
		}
		for _, apply := range next.faults {
			apply(&o)
		}
		break
	}
	return o
}
