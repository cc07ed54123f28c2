package frontier_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

func noEnvironment(string) (string, bool) { return "", false }

// kind is a kind of server that there is.
type kind struct {
	fake []ft.Option
	opts []frontier.Option
}

// eachKind runs a test with servers of both kinds, and with what gives the members of
// their answers their other names.
func eachKind(t *testing.T, test func(t *testing.T, k kind)) {
	t.Helper()
	renames := []frontier.Option{frontier.Transport(camelCase{})}
	for name, k := range map[string]kind{
		"connect": {}, "rest": {fake: []ft.Option{ft.WithREST()}},
		"connect, camelCase": {opts: renames}, "rest, camelCase": {[]ft.Option{ft.WithREST()}, renames},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}

// camelCase renames the members of answers.
type camelCase struct{}

func (camelCase) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	var v any
	if json.Unmarshal(data, &v) == nil {
		data, err = json.Marshal(renamed(v))
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return response, err
}

func renamed(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = renamed(v[i])
		}
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			if name != "metadata" {
				member = renamed(member)
			}
			words := strings.Split(name, "_")
			for i, word := range words[1:] {
				words[i+1] = strings.ToUpper(word[:1]) + word[1:]
			}
			out[strings.Join(words, "")] = member
		}
		return out
	}
	return v
}

// log keeps what is logged.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// service is a service behind a guard that frontier.New made.
type service struct {
	fake    *ft.Server
	clock   *authtest.Clock
	log     *log
	client  *frontier.Client // of the guard
	guard   *auth.Guard
	http    http.Handler
	program ft.Credential // of the program itself
}

// newService makes a server whose clock stands still, and a service behind it.
func newService(t *testing.T, opts ...frontier.Option) *service {
	t.Helper()
	return newServiceOf(t, nil, opts...)
}

func newServiceOf(t *testing.T, fake []ft.Option, opts ...frontier.Option) *service {
	t.Helper()
	clock := authtest.NewClock(time.Now().Truncate(time.Second))
	s := &service{fake: ft.New(t, append(fake, ft.WithClock(clock))...), clock: clock}
	return s.another(t, opts...)
}

// settings are those of clients of the fake, known as a service user who is a superuser.
func (s *service) settings(l *log) []frontier.Option {
	if s.program == (ft.Credential{}) {
		user := s.fake.CreateServiceUser(s.fake.CreateOrg("vendor-"+rand.Text()).ID, "program")
		s.fake.AddPlatformUser(user.Principal(), "admin")
		s.program = s.fake.CreateCredential(user.ID)
	}
	return []frontier.Option{
		frontier.Environment(noEnvironment), frontier.Issuer(s.fake.Issuer()), frontier.Credentials(s.program.ID, s.program.Secret),
		frontier.Timeout(time.Minute), // a machine may be slow
		frontier.Clock(s.clock.Now), frontier.Logger(slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))),
	}
}

// another makes another service behind the server of s.
func (s *service) another(t *testing.T, opts ...frontier.Option) *service {
	t.Helper()
	n := &service{fake: s.fake, clock: s.clock, log: new(log), program: s.program}
	n.client = n.connect(t, opts...)
	guard, err := n.client.Guard(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n.serve(t, guard)
	return n
}

// serve makes routes behind a guard, which ends with the test.
func (s *service) serve(t *testing.T, guard *auth.Guard) {
	t.Helper()
	t.Cleanup(func() { _ = guard.Close() })
	s.guard = guard
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, _ *http.Request, id *auth.Identity) {
		fmt.Fprintf(w, "%s %s", id.Kind(), id.Subject())
	}
	mux.HandleFunc("/any", nethttp.HandlerIdentity(guard, restricted(), answer))
	mux.HandleFunc("/org/{org}", nethttp.HandlerIdentity(guard, restricted(auth.Demands{Tenant: "org"}), answer))
	mux.HandleFunc("/user/{user}", nethttp.HandlerIdentity(guard, restricted(auth.Demands{Owner: "user"}), answer))
	s.http = mux
}

func restricted(demands ...auth.Demands) *auth.Rule {
	return &auth.Rule{Handler: "handler", Access: auth.Restricted, All: demands}
}

// connect makes a client that ends with the test.
func (s *service) connect(t *testing.T, opts ...frontier.Option) *frontier.Client {
	t.Helper()
	c, err := frontier.Connect(t.Context(), s.fake.URL(), append(s.settings(s.log), opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// await waits until something holds that is under way.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); runtime.Gosched() {
		if time.Since(began) > time.Minute {
			t.Fatalf("it takes too long: %s", what)
		}
	}
}

// ask sends a request with headers, which are names and values in turn.
func (s *service) ask(path string, headers ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.http.ServeHTTP(w, r)
	return w.Result()
}

func (s *service) status(path string, headers ...string) int {
	return s.ask(path, headers...).StatusCode
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// hides fails where text shows a secret.
func hides(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		if s = strings.TrimPrefix(strings.TrimPrefix(s, "Basic "), "Bearer "); s != "" && strings.Contains(text, s) {
			t.Errorf("a secret is shown: %.400s", text)
		}
	}
}

// people are those who come to the service.
type people struct {
	org     ft.Org
	user    ft.User
	session ft.Session
	pat     ft.PAT
	machine ft.ServiceUser
	secret  ft.Credential
	opaque  ft.Credential
	key     ft.Key
}

func (s *service) people() people { return s.peopleOf("acme") }

// peopleOf are those of an organization of this name.
func (s *service) peopleOf(org string) people {
	f := s.fake
	p := people{org: f.CreateOrg(org), user: f.CreateUser("ada@" + org + ".example")}
	f.Grant(p.user.Principal(), "app_organization_viewer", "app/organization:"+p.org.ID)
	p.session, p.pat = f.Login(p.user.ID), f.CreatePAT(p.user.ID, p.org.ID)
	p.machine = f.CreateServiceUser(p.org.ID, "robot")
	p.secret, p.opaque, p.key = f.CreateCredential(p.machine.ID), f.CreateOpaqueToken(p.machine.ID), f.CreateKey(p.machine.ID)
	return p
}
