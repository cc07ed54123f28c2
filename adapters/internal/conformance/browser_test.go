package conformance_test

import (
	"encoding/json"
	"html/template"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/internal/browsertest"
	auth "github.com/authgen/authgen/runtime"
)

// call is one fetch of a script.
type call struct {
	Name   string `json:"name"` // under which the page reports the outcome
	URL    string `json:"url"`
	Token  string `json:"token"`  // for Authorization, unless empty
	Cookie bool   `json:"cookie"` // a POST with the cookies of the browser, as a form sends it
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<title>fetches across origins</title>
<script type="module">
const outcomes = {};
for (const call of {{.}}) {
	const options = call.cookie ? {method: "POST", mode: "no-cors", credentials: "include"} : {};
	if (call.token) options.headers = {Authorization: "Bearer " + call.token};
	try {
		const response = await fetch(call.url, options);
		outcomes[call.name] = response.type + " " + response.status + " " + await response.text();
	} catch (e) {
		outcomes[call.name] = e.name;
	}
}
await fetch("/outcomes", {method: "POST", body: JSON.stringify(outcomes)});
</script>
`))

// browse runs calls in the script of a page, which is served with the cookie sid,
// in a real browser, and returns their outcomes by name. start makes the calls
// for the origin of the page.
func browse(t *testing.T, sid string, start func(origin string) []call) map[string]string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	origin := "http://" + server.Listener.Addr().String()
	calls := start(origin)
	outcomes := make(chan map[string]string, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: sid, Path: "/"})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, calls); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /outcomes", func(w http.ResponseWriter, r *http.Request) {
		var all map[string]string
		if err := json.NewDecoder(r.Body).Decode(&all); err != nil {
			t.Error(err)
		}
		select {
		case outcomes <- all:
		default:
			t.Error("the page reports twice")
		}
	})
	server.Config.Handler = mux
	server.Start()
	t.Cleanup(server.Close)

	return browsertest.Visit(t, origin+"/", outcomes)
}

// seen keeps the requests that a server got, with the status of each answer.
type seen struct {
	next http.Handler
	mu   sync.Mutex
	all  []string
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	what := r.Method + " " + r.URL.Path
	if r.Method == http.MethodOptions && (r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "") {
		what += " with a credential"
	}
	recorded := &statusWriter{w, http.StatusOK}
	s.next.ServeHTTP(recorded, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, what+" "+http.StatusText(recorded.status))
}

func (s *seen) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap serves http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// TestBrowserAcrossOrigins lets scripts of one origin fetch from guarded
// handlers of others. With CORS middleware of the application a bearer token
// works and denials can be read; without it the preflight is denied and nothing
// else comes. A cookie that the browser adds opens nothing either way.
func TestBrowserAcrossOrigins(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	good, bad := issuer.Token(authtest.User("u1")), issuer.Token(authtest.User("u1"), authtest.Expired())
	type served struct {
		name     string
		trail    *trail
		seen     *seen
		audit    *auditLog
		withCORS bool
	}
	var servers []served
	outcomes := browse(t, good, func(origin string) (calls []call) {
		for _, f := range frameworks {
			for _, withCORS := range []bool{true, false} {
				s := served{f.name, new(trail), nil, new(auditLog), withCORS}
				rule := protected()
				rule.Audit.Name = "Files"
				a := &app{
					guard: issuer.Guard(auth.Cookie("sid"), auth.Auditor(s.audit)), trail: s.trail,
					routes: []route{{"", "/any", rule, formUser}, {"GET", "/get", rule, formUser}},
				}
				if withCORS {
					s.name += " with CORS"
					a.origin = origin
				}
				s.seen = &seen{next: f.build(a)}
				servers = append(servers, s)
				url := "http://" + listen(t, s.seen)
				calls = append(calls,
					call{Name: s.name + ", any", URL: url + "/any", Token: good},
					call{Name: s.name + ", get", URL: url + "/get", Token: good},
					call{Name: s.name + ", bad", URL: url + "/any", Token: bad},
					call{Name: s.name + ", cookie", URL: url + "/any", Cookie: true})
			}
		}
		return calls
	})
	t.Logf("outcomes: %q", outcomes)
	for _, s := range servers {
		want := map[string]string{"any": "TypeError", "get": "TypeError", "bad": "TypeError", "cookie": "opaque 0 "}
		if s.withCORS {
			want["any"], want["get"], want["bad"] = "cors 200 user u1", "cors 200 user u1", "cors 401 "+denied[401]
		}
		for name, outcome := range want {
			if got := outcomes[s.name+", "+name]; got != outcome {
				t.Errorf("%s, %s: %q, want %q", s.name, name, got, outcome)
			}
		}

		requests := s.seen.take()
		handled := 0
		for _, event := range s.trail.take() {
			if event == "handler" {
				handled++
			}
		}
		if slices.ContainsFunc(requests, func(r string) bool { return strings.Contains(r, "credential") }) {
			t.Errorf("%s: %q: a preflight brought a credential", s.name, requests)
		}
		wantRequests, wantHandled := []string{"OPTIONS /any Unauthorized", "POST /any Forbidden"}, 0
		if s.withCORS {
			wantRequests, wantHandled = []string{"OPTIONS /any No Content", "GET /any OK", "OPTIONS /get No Content", "GET /get OK", "GET /any Unauthorized", "POST /any Forbidden"}, 2
		} else if slices.ContainsFunc(requests, func(r string) bool { return strings.HasPrefix(r, "GET") }) {
			t.Errorf("%s: %q: a request came in spite of its preflight", s.name, requests)
		}
		for _, r := range wantRequests {
			if !slices.Contains(requests, r) {
				t.Errorf("%s: %q: %q is missing", s.name, requests, r)
			}
		}
		if handled != wantHandled {
			t.Errorf("%s: the handler ran %d times, want %d: %q", s.name, handled, wantHandled, requests)
		}
		// The cookie was that of the user: it came, and was refused for its origin.
		if !slices.ContainsFunc(s.audit.take(), func(e auth.AuditEvent) bool {
			return e.Method == http.MethodPost && e.Status == 403 && e.Identity != nil && strings.Contains(e.Reason, "cookie")
		}) {
			t.Errorf("%s: no cookie was refused", s.name)
		}
	}
}
