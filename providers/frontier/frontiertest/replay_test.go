package frontiertest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontier/frontiertest"
)

// recorded is how many exchanges there are, and all are replayed: notReplayed is
// empty. A number that could not be replayed would stand there with its reason.
const recorded = 236

var notReplayed = map[int]string{}

// exchange is a recorded request and its answer.
type exchange struct {
	ID      string
	Request struct {
		Method  string
		Path    string
		Headers map[string]string
		Body    any
	}
	Response struct {
		Status  int
		Headers [][2]string
		Body    any
	}
}

// number is what the id begins with.
func (e *exchange) number() int {
	n, _ := strconv.Atoi(e.ID[:strings.IndexByte(e.ID, '_')])
	return n
}

// TestReplay sends all recorded requests to the fake, in their order, and compares
// status, headers and body. What was redacted is taken from the fake's own answers.
func TestReplay(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/exchanges.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []exchange
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != recorded {
		t.Fatalf("there are %d exchanges", len(all))
	}
	r := newReplay(t)
	done := 0
	for _, e := range all {
		if notReplayed[e.number()] != "" {
			continue
		}
		done++
		t.Run(e.ID, func(t *testing.T) { r.run(t, &e) })
	}
	if done+len(notReplayed) != recorded {
		t.Errorf("replayed %d of %d, and %d have a reason not to be", done, recorded, len(notReplayed))
	}
}

// replay is what the requests need to know of earlier answers.
type replay struct {
	clock      *authtest.Clock
	one        *frontiertest.Server // i1; i2 and i3 are on the same database
	two, three *frontiertest.Server
	ids        map[string]string // the fake's, by the recorded ones
	values     map[string]string // credentials, by the exchange that made them
}

func newReplay(t *testing.T) *replay {
	// Dates have microseconds, as the recorded ones.
	clock := authtest.NewClock(time.Date(2026, 11, 20, 20, 28, 50, 123456000, time.UTC))
	one := frontiertest.New(t, frontiertest.WithClock(clock), frontiertest.WithReturnTo("http://frontier.test/done"),
		frontiertest.WithTestUsers("raystack.test", "111111"))
	one.Rotate() // it was recorded with two keys
	r := &replay{
		clock: clock, one: one, ids: map[string]string{}, values: map[string]string{},
		two: frontiertest.New(t, frontiertest.Beside(one), frontiertest.WithKeysReversed(), frontiertest.WithTokenLife(2*time.Second)),
		three: frontiertest.New(t, frontiertest.Beside(one), frontiertest.WithoutKeys(), frontiertest.WithoutSessions(),
			frontiertest.WithoutPATs()),
	}
	for _, fixed := range []string{"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001"} {
		r.ids[fixed] = fixed
	}
	r.values["root"] = basicOf(one.Root())
	return r
}

func basicOf(c frontiertest.Credential) string { return strings.TrimPrefix(c.Basic(), "Basic ") }

// server returns the instance that an exchange was recorded with.
func (r *replay) server(e *exchange) *frontiertest.Server {
	switch {
	case strings.Contains(e.ID, "_i2_"):
		return r.two
	case strings.Contains(e.ID, "_i3_"):
		return r.three
	}
	return r.one
}

func (r *replay) run(t *testing.T, e *exchange) {
	if e.number() == 231 {
		r.clock.Advance(3 * time.Second) // the short token of 229 expires
	}
	s := r.server(e)
	body := r.body(t, e)
	request, err := http.NewRequestWithContext(t.Context(), e.Request.Method, s.URL()+e.Request.Path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range e.Request.Headers {
		request.Header.Set(name, r.fill(t, e.number(), value))
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != e.Response.Status {
		t.Fatalf("status %d, not %d: %s", response.StatusCode, e.Response.Status, text)
	}
	r.compareHeaders(t, e, response.Header)
	var got any = string(text)
	if _, isText := e.Response.Body.(string); !isText {
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	r.compare(t, "body", e.Response.Body, got)
	r.capture(t, e, response, got)
}

// placeholder is what stands where something was redacted, or for what only the
// recorded server knew.
var placeholder = regexp.MustCompile(`<jwt>|<cookie>|<base64\(id:secret\)>|fpt_<secret>|<redacted>|^Bearer [0-9a-f]{64}$`)

// fill puts a credential in the place of a placeholder.
func (r *replay) fill(t *testing.T, n int, value string) string {
	return placeholder.ReplaceAllStringFunc(value, func(found string) string {
		scheme := ""
		if strings.HasPrefix(found, "Bearer ") {
			scheme, found = "Bearer ", "opaque"
		}
		name := source(n, found)
		filled, ok := r.values[name]
		if !ok {
			t.Fatalf("nothing is known as %q, for %s", name, found)
		}
		return scheme + filled
	})
}

// body writes the recorded body with the fake's ids and credentials.
func (r *replay) body(t *testing.T, e *exchange) []byte {
	switch body := e.Request.Body.(type) {
	case nil:
		return nil
	case string:
		return []byte(body)
	}
	text, err := json.Marshal(r.translate(t, e.number(), e.Request.Body))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (r *replay) translate(t *testing.T, n int, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			out[name] = r.translate(t, n, value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = r.translate(t, n, v[i])
		}
		return out
	case string:
		if before, id, ok := strings.Cut(v, ":"); ok && r.ids[id] != "" {
			return before + ":" + r.ids[id]
		}
		if id := r.ids[v]; id != "" {
			return id
		}
		return r.fill(t, n, v)
	}
	return v
}
