package frontier_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/internal/browsertest"
	"github.com/authgen/authgen/providers/frontier"
)

// attempt is one request that the script of a page makes, with the cookies of the
// browser, and what becomes of it for the pages that are allowed to, and for others.
type attempt struct {
	Name    string            `json:"name"`
	How     string            `json:"how"`    // fetch, form (in a frame), window (a form in one), sandbox (a form of a frame without origin) or socket
	Method  string            `json:"method"` // of fetch and form
	Path    string            `json:"path"`   // "" for that of the handler; with its query
	Fields  map[string]string `json:"fields"` // of a form
	Options map[string]any    `json:"options"`
	Through string            `json:"through"` // origin that redirects it, "self" for the page's own

	own, trusted, foreign int // statuses; 0 where it is not tried
}

type object = map[string]any

var (
	cors       = object{"mode": "cors"}
	noCORS     = object{"mode": "no-cors"}
	noReferrer = object{"mode": "no-cors", "referrerPolicy": "no-referrer"}
)

func overridden(by string) object {
	return object{"mode": "cors", "headers": map[string]string{by: http.MethodDelete}}
}

// attempts are made in this order. What is safe is served for every page, as cookies
// alone have it; whether its script can read the answer is up to CORS.
var attempts = []attempt{
	{Name: "GET", How: "fetch", Method: "GET", Options: cors, own: 200, trusted: 200, foreign: 200},
	{Name: "form", How: "form", Method: "POST", own: 200, trusted: 200, foreign: 403},
	{Name: "form in a window", How: "window", Method: "POST", own: 200, trusted: 200, foreign: 403},
	{Name: "form without origin", How: "sandbox", Method: "POST", own: 403, trusted: 403, foreign: 403},
	{Name: "POST", How: "fetch", Method: "POST", Options: cors, own: 200, trusted: 200, foreign: 403},
	{Name: "POST, no-cors", How: "fetch", Method: "POST", Options: noCORS, own: 200, trusted: 200, foreign: 403},
	{Name: "POST, no referrer", How: "fetch", Method: "POST", Options: noReferrer, own: 200, foreign: 403},
	{Name: "PUT", How: "fetch", Method: "PUT", Options: cors, own: 200, trusted: 200, foreign: 403},
	{Name: "POST as DELETE", How: "fetch", Method: "POST", Options: overridden("X-HTTP-Method-Override"), own: 200, trusted: 200, foreign: 403},
	{Name: "GET as DELETE", How: "fetch", Method: "GET", Options: overridden("X-HTTP-Method-Override"), own: 200, trusted: 200, foreign: 403},
	{Name: "GET as DELETE by another name", How: "fetch", Method: "GET", Options: overridden("X-Method-Override"), own: 200, trusted: 200, foreign: 403},
	{Name: "form as GET", How: "form", Method: "POST", Fields: map[string]string{"_method": "GET"}, own: 200, trusted: 200, foreign: 403},
	{Name: "GET form as DELETE", How: "form", Method: "GET", Fields: map[string]string{"_method": "DELETE"}, own: 200, trusted: 403, foreign: 403}, // no Origin
	{Name: "GET as DELETE, no-cors", How: "fetch", Method: "GET", Path: "/act?%5Fmethod=DELETE", Options: noCORS, own: 200, trusted: 403, foreign: 403},
	{Name: "WebSocket", How: "socket", own: 101, trusted: 101, foreign: 403},
	{Name: "redirected", How: "fetch", Method: "POST", Options: noCORS, Through: "self", own: 200, foreign: 403},
	{Name: "redirected by another site", How: "fetch", Method: "POST", Options: noCORS, Through: "https://other.test", own: 403, trusted: 403, foreign: 403},
	{Name: "login", How: "form", Method: "POST", Path: "/login", Fields: map[string]string{"strategy": "mailotp", "email": email}, own: 200, trusted: 200, foreign: 403},
	{Name: "logout", How: "form", Method: "POST", Path: "/logout", own: 204, foreign: 403},
	{Name: "GET after logout", How: "fetch", Method: "GET", Options: cors, own: 401},
}

// TestBrowserOrigins lets scripts of a real browser try what a service does for its
// cookie, which browsers send along wherever they are: for pages of the service, of a
// trusted sibling, of another sibling, of another port, of plain http, and of another
// site. Before, it signs in there and out, with cookies that a sibling planted.
func TestBrowserOrigins(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := s.people()
	trials := &trials{all: map[string]*tried{}}

	secure, port, plain := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	at := func(server *httptest.Server, scheme, host string) string {
		_, port, err := net.SplitHostPort(server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return scheme + "://" + host + ":" + port
	}
	own, trusted, other := at(secure, "https", "app.example.test"), at(secure, "https", "admin.example.test"), at(secure, "https", "other.test")
	type page struct {
		name, origin string
		crossSite    bool
		want         func(attempt) int
	}
	foreign := func(a attempt) int { return a.foreign }
	pages := []page{
		{"a sibling", at(secure, "https", "evil.example.test"), false, foreign},
		{"another port", at(port, "https", "app.example.test"), false, foreign},
		{"plain http", at(plain, "http", "app.example.test"), true, foreign},
		{"another site", other, true, foreign},
		{"a trusted sibling", trusted, false, func(a attempt) int { return a.trusted }},
		{"its own", own, false, func(a attempt) int { return a.own }}, // which signs out
	}

	c := s.connect(t, frontier.TrustedOrigins(trusted))
	guard, err := c.Guard(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guard.Close() })
	login, err := c.Login(frontier.ReturnTo("/act?try=signed+in"))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{}, 1)
	mux := http.NewServeMux()
	mux.Handle("/act", trials.watch(nethttp.HandlerIdentity(guard, restricted(), act)))
	mux.Handle("/login", trials.watch(login.StartHandler()))
	mux.Handle("/callback", trials.watch(login.CallbackHandler()))
	mux.Handle("/logout", trials.watch(login.LogoutHandler()))
	mux.HandleFunc("/code", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s.fake.MailCode(email)) })
	// No host can make a cookie of this name for another. One of the session's can be
	// made, and two are refused.
	mux.HandleFunc("/plant", script(`
		for (const name of ["frontier_login", "__Host-frontier_login"]) document.cookie = name + "=planted; Domain=example.test; Path=/; Secure";
		location = "`+own+`/sign-in";`))
	mux.HandleFunc("/plant-session", script(`document.cookie = "sid=planted; Domain=example.test; Path=/act; Secure"; location = "`+own+`/planted";`))
	mux.HandleFunc("/sign-in", script(`
		const post = (url, fields) => fetch(url, {method: "POST", body: new URLSearchParams(fields)});
		try {
			const begun = await post("/login?try=sign+in", {strategy: "mailotp", email: "`+email+`"});
			const {state} = await begun.json();
			const code = await (await fetch("/code")).text();
			await post("/callback?try=callback", {state, code});
			await post("/logout?try=sign+out", {});
			await fetch("/act?try=signed+out");
		} catch {} // what is missing tells
		location = "/begin";`))
	mux.HandleFunc("/planted", script(`await fetch("/act?try=planted"); location = "/end";`))
	mux.HandleFunc("/begin", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{
			Name: "sid", Value: p.session.Cookie, Domain: "example.test", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode,
		})
		http.Redirect(w, r, pages[0].origin+"/page?0", http.StatusFound)
	})
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		var i int
		if _, err := fmt.Sscan(r.URL.RawQuery, &i); err != nil {
			t.Error(err)
			return
		}
		data := object{"name": pages[i].name, "target": own, "next": pages[0].origin + "/plant-session"}
		if i+1 < len(pages) {
			data["next"] = fmt.Sprintf("%s/page?%d", pages[i+1].origin, i+1)
		}
		var tries []attempt
		for _, a := range attempts {
			if a.Through != "" && a.Through != "self" {
				a.Through = other
			}
			if pages[i].want(a) != 0 {
				tries = append(tries, a)
			}
		}
		data["attempts"] = tries
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := attemptsPage.Execute(w, data); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/await", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-trials.of(r.URL.Query().Get("try")).arrived:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/end", func(http.ResponseWriter, *http.Request) {
		select {
		case ended <- struct{}{}:
		default:
		}
	})
	for _, server := range []*httptest.Server{secure, port, plain} {
		server.Config.Handler = mux
		t.Cleanup(server.Close)
	}
	secure.StartTLS()
	port.StartTLS()
	plain.Start()
	browsertest.Visit(t, pages[0].origin+"/plant", ended, "--host-resolver-rules=MAP * 127.0.0.1", "--ignore-certificate-errors", "--disable-popup-blocking")

	for name, want := range map[string]string{
		"sign in": "POST 200", "callback": "POST 303", "signed in": "GET 200 handled", "sign out": "POST 204", "signed out": "GET 401", "planted": "GET 400",
	} {
		if seen, _ := trials.seen(name); !slices.Equal(seen, []string{want}) {
			t.Errorf("%s: %q, want %q", name, seen, want)
		}
	}
	if _, noSID := trials.seen("signed out"); !noSID {
		t.Error("the browser keeps the session's cookie")
	}
	for _, page := range pages {
		for _, a := range attempts {
			status := page.want(a)
			if status == 0 {
				continue
			}
			seen, noSID := trials.seen(page.name + ", " + a.Name)
			method := a.Method
			if a.How == "socket" {
				method = http.MethodGet
			}
			// A browser may send no cookies to another site but for windows.
			thirdParty := page.crossSite && a.How != "window"
			if thirdParty && noSID && (a.Path == "" || strings.HasPrefix(a.Path, "/act")) {
				status = http.StatusUnauthorized
			}
			want := fmt.Sprint(method, " ", status)
			if (a.Path == "" || strings.HasPrefix(a.Path, "/act")) && status < 400 {
				want += " handled"
			}
			if !slices.Equal(seen, []string{want}) {
				t.Errorf("%s, %s: %q, want %q", page.name, a.Name, seen, want)
			}
			if noSID && !thirdParty {
				t.Errorf("%s, %s: the browser did not send the session", page.name, a.Name)
			}
		}
	}
}
