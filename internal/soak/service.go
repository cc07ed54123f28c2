package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/authgen/authgen/adapters/nethttp"
	auth "github.com/authgen/authgen/runtime"
)

const audience = "soak"

// cached is how many tokens the service remembers: fewer than there are.
const cached = 2000

// service is what the requests go to.
type service struct {
	url    string
	server *http.Server
	wg     sync.WaitGroup
}

func newService(ctx context.Context, is *issuer, c *clock) (*service, error) {
	transport := &http.Transport{DisableKeepAlives: true} // a connection to the issuer is none that was left over
	opts := []auth.Option{
		auth.Issuer(is.url, auth.Audience(audience), auth.IssuesOnly(auth.KindUser)),
		auth.HTTPClient(&http.Client{Transport: transport, Timeout: 5 * time.Second}),
		auth.Logger(slog.New(slog.DiscardHandler)),
		auth.TokenCache(auth.CacheLimits{Entries: cached}),
	}
	if c.speed > 1 {
		opts = append(opts, auth.Clock(c.now))
	}
	guard, err := auth.New(ctx, opts...)
	if err != nil {
		return nil, err
	}
	rule := &auth.Rule{Handler: "soak", Access: auth.Restricted, All: []auth.Demands{{Roles: []string{"admin"}, Owner: "user"}}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{user}", nethttp.HandlerAs(guard, rule, func(w http.ResponseWriter, r *http.Request, user *auth.User) {
		// Whoever gets another's identity is counted by the client.
		w.Header().Set("X-User", user.UserID())
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &service{url: "http://" + listener.Addr().String(), server: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}}
	s.wg.Go(func() { _ = s.server.Serve(listener) })
	return s, nil
}

func (s *service) close() {
	_ = s.server.Close()
	s.wg.Wait()
}
