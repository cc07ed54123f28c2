package conformance_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	// Guards that are not set up have no logger but this one.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// trail is what happened inside an application.
type trail struct {
	mu     sync.Mutex
	events []string
}

func (t *trail) add(event string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, event)
}

// addError notes an error that a framework's error handling saw.
func (t *trail) addError(err error) {
	var c *auth.Challenge
	if errors.As(err, &c) {
		t.add("error " + c.Code())
	}
}

// take returns the events since the last time.
func (t *trail) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	events := t.events
	t.events = nil
	return events
}

// target is an application on a socket.
type target struct {
	name    string
	address string
	trail   *trail
}

// serve builds a on each framework and serves it until the test ends.
func serve(t *testing.T, a app) []target {
	t.Helper()
	var all []target
	for _, f := range frameworks {
		one := a
		one.trail = new(trail)
		all = append(all, target{f.name, listen(t, f.build(&one)), one.trail})
	}
	return all
}

func listen(t *testing.T, h http.Handler) (address string) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// answer is a response, without its date.
type answer struct {
	status int
	header http.Header
	body   string
}

// request is one request. The path is sent as it stands.
type request struct {
	method, path string
	header       []string // names and values by turns
}

func get(path string) request { return request{method: http.MethodGet, path: path} }

func (r request) bearer(token string) request {
	return r.with("Authorization", "Bearer "+token)
}

func (r request) with(name, value string) request {
	r.header = append(slices.Clone(r.header), name, value)
	return r
}

// send sends r byte for byte, which http.Client would not do with odd paths and
// methods. When it returns, the application is done with the request.
func (to target) send(t *testing.T, r request) answer {
	t.Helper()
	got, err := to.exchange(t.Context(), r)
	if err != nil {
		t.Fatalf("%s: %s %s: %v", to.name, r.method, r.path, err)
	}
	return got
}

// exchange is send for goroutines of a test.
func (to target) exchange(ctx context.Context, r request) (got answer, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", to.address)
	if err != nil {
		return got, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return got, err
	}
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", r.method, r.path, "files.example.com")
	for i := 0; i < len(r.header); i += 2 {
		text += r.header[i] + ": " + r.header[i+1] + "\r\n"
	}
	if _, err := io.WriteString(conn, text+"\r\n"); err != nil {
		return got, err
	}
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, &http.Request{Method: r.method})
	if err != nil {
		return got, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return got, err
	}
	// The server closes the connection when the handler has returned.
	if rest, _ := io.ReadAll(in); len(rest) > 0 {
		return got, fmt.Errorf("%q follows the response", rest)
	}
	response.Header.Del("Date")
	return answer{response.StatusCode, response.Header, string(body)}, nil
}

// same sends r to all targets, fails unless all answer alike, and returns the
// answer.
func same(t *testing.T, targets []target, r request) answer {
	t.Helper()
	first := targets[0].send(t, r)
	for _, to := range targets[1:] {
		if got := to.send(t, r); !reflect.DeepEqual(got, first) {
			t.Errorf("%s %s: %s answers\n%v\n%s answers\n%v", r.method, r.path, targets[0].name, first, to.name, got)
		}
	}
	return first
}

// denied describes the four denials.
var denied = map[int]string{
	400: `{"code":"invalid_request","message":"invalid request"}`,
	401: `{"code":"unauthenticated","message":"not authenticated"}`,
	403: `{"code":"permission_denied","message":"not authorized"}`,
	503: `{"code":"unavailable","message":"service unavailable"}`,
}

// expect sends r to all targets and wants this status; who is the body of a
// handler that ran.
func expect(t *testing.T, targets []target, r request, status int, who string) answer {
	t.Helper()
	got := same(t, targets, r)
	want := denied[status]
	if status == http.StatusOK {
		want = who
	}
	if got.status != status || got.body != want {
		t.Errorf("%s %s: %d %q, want %d %q", r.method, r.path, got.status, got.body, status, want)
	}
	if status != http.StatusOK {
		if got.header.Get("Content-Type") != "application/json" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: header %v", r.method, r.path, got.header)
		}
		if hasChallenge := got.header.Get("WWW-Authenticate") != ""; hasChallenge != (status != 503) {
			t.Errorf("%s %s: WWW-Authenticate %q", r.method, r.path, got.header.Get("WWW-Authenticate"))
		}
		if retry := got.header.Get("Retry-After") != ""; retry != (status == 503) {
			t.Errorf("%s %s: Retry-After %q", r.method, r.path, got.header.Get("Retry-After"))
		}
	}
	for _, to := range targets {
		checkTrail(t, to, r, status)
	}
	return got
}

// checkTrail wants that the handler ran exactly when the request was admitted,
// and that a denial stopped what follows and was seen by error handling.
func checkTrail(t *testing.T, to target, r request, status int) {
	t.Helper()
	events := to.trail.take()
	want := []string{"before " + r.method, "handler"}
	if status == http.StatusOK {
		if to.name == "gin" {
			want = append(want, "later")
		}
		want = append(want, "after")
	} else {
		want = want[:1]
		code := map[int]string{400: "error invalid_request", 401: "error unauthenticated", 403: "error permission_denied", 503: "error unavailable"}[status]
		switch to.name {
		case "gin": // the middleware reads c.Errors
			want = append(want, code, "after")
		case "echo": // the error handler runs when all middleware has returned
			want = append(want, "after", code)
		default:
			want = append(want, "after")
		}
	}
	if !slices.Equal(events, want) {
		t.Errorf("%s: %s %s: %q happened, want %q", to.name, r.method, r.path, events, want)
	}
}

// newIssuer starts the issuer of a test, on a clock that stands still.
func newIssuer(t *testing.T) (*authtest.Issuer, *authtest.Clock) {
	t.Helper()
	clock := new(authtest.Clock)
	return authtest.New(t, authtest.WithClock(clock)), clock
}

func protected(demands ...auth.Demands) *auth.Rule {
	return &auth.Rule{Handler: "test", Access: auth.Restricted, All: demands}
}
