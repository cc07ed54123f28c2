package loopback

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Socket is a port of 127.0.0.1 that serves and can be closed and opened again. Its
// methods may be called by many goroutines at a time.
type Socket struct {
	handler http.Handler
	url     string // fixed by the first start

	mu      sync.Mutex
	running *running // nil while closed
}

// running is what ends when the socket closes.
type running struct {
	server *http.Server
	cancel context.CancelFunc // ends requests that wait
	served chan struct{}      // closed when no connection is accepted any more
	conns  sync.WaitGroup
}

// NewSocket returns a socket that is not open yet.
func NewSocket(handler http.Handler) *Socket { return &Socket{handler: handler} }

// URL returns the socket's URL, without a slash at its end. There is none before the
// first Start, and it never changes.
func (s *Socket) URL() string { return s.url }

// Start serves at the address that the first Start chose. It does nothing when the
// socket is open.
func (s *Socket) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		return nil
	}
	address := "127.0.0.1:0"
	if s.url != "" {
		address = s.url[len("http://"):]
	}
	// The address is not for the caller to choose: nobody on the network may
	// come to trust a fake.
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if s.url == "" {
		s.url = "http://" + listener.Addr().String()
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{cancel: cancel, served: make(chan struct{})}
	r.server = &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				r.conns.Add(1)
			case http.StateClosed, http.StateHijacked:
				r.conns.Done()
			}
		},
	}
	go func() {
		defer close(r.served)
		// It ends with stop; there is nobody to tell about a listener that broke.
		_ = r.server.Serve(listener)
	}()
	s.running = r
	return nil
}

// Stop closes the socket and waits until nothing of it runs.
func (s *Socket) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return
	}
	r := s.running
	s.running = nil
	r.cancel()
	_ = r.server.Close() // what it cannot close is closed already
	<-r.served
	r.conns.Wait()
}
