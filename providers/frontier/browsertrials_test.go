package frontier_test

import (
	"bufio"
	"crypto/sha1" //nolint:gosec // of RFC 6455
	"encoding/base64"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"sync"

	auth "github.com/authgen/authgen/runtime"
)

var attemptsPage = template.Must(template.New("page").Parse(`<!doctype html>
<title>attempts</title>
<body>
<script type="module">
const page = {{.}};
const send = {
	fetch: (a, url) => fetch(url, {method: a.method, credentials: "include", ...a.options}).catch(() => {}),
	form(a, url) {
		const frame = document.createElement("iframe");
		frame.name = a.name;
		document.body.append(frame);
		send.window(a, url);
	},
	window(a, url) {
		const form = document.createElement("form");
		form.target = a.name;
		[form.method, form.action] = [a.method, url];
		for (const [name, value] of Object.entries({...a.fields, try: page.name + ", " + a.name})) {
			const field = document.createElement("input");
			[field.name, field.value] = [name, value];
			form.append(field);
		}
		document.body.append(form);
		form.submit();
	},
	sandbox(a, url) {
		const frame = document.createElement("iframe");
		frame.sandbox = "allow-forms allow-scripts";
		frame.srcdoc = "<form method=post></form><script>document.forms[0].action = " + JSON.stringify(url) + "; document.forms[0].submit()<\/script>";
		document.body.append(frame);
	},
	socket: (a, url) => new Promise(done => {
		const socket = new WebSocket(url.replace("https:", "wss:"));
		socket.onopen = () => { socket.close(); done(); };
		socket.onerror = done;
	}),
};
for (const a of page.attempts) {
	const query = new URLSearchParams({try: page.name + ", " + a.name});
	let path = a.path || "/act";
	path += (path.includes("?") ? "&" : "?") + query;
	let url = page.target + path;
	if (a.through) url = (a.through === "self" ? location.origin : a.through) + "/redirect?" + new URLSearchParams({to: url});
	await send[a.how](a, url);
	await fetch("/await?" + query);
}
location = page.next;
</script>
`))

// script is a page that runs a script.
func script(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><title>script</title><script type="module">`+text+`</script>`)
	}
}

// tried is what a service saw of an attempt.
type tried struct {
	arrived chan struct{} // closed when it was answered
	seen    []string      // methods and statuses, and whether the handler ran
	noSID   bool          // one came without one session's cookie
}

// trials are a site for the pages of all hosts, one of which is a service.
type trials struct {
	mu  sync.Mutex
	all map[string]*tried
}

func (s *trials) of(name string) *tried {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[name] == nil {
		s.all[name] = &tried{arrived: make(chan struct{})}
	}
	return s.all[name]
}

// seen is what was seen of an attempt, and whether it came without one session.
func (s *trials) seen(name string) (requests []string, noSID bool) {
	t := s.of(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	return t.seen, t.noSID
}

// watch notes what becomes of requests. Its CORS is the laxest that browsers take, so
// that nothing but the service stands in the way.
func (s *trials) watch(service http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
			w.Header().Set("Access-Control-Allow-Methods", r.Header.Get("Access-Control-Request-Method"))
			return
		}
		watched := &watchedWriter{ResponseWriter: w, status: http.StatusOK}
		service.ServeHTTP(watched, r)
		t := s.of(r.URL.Query().Get("try"))
		s.mu.Lock()
		defer s.mu.Unlock()
		seen := fmt.Sprint(r.Method, " ", watched.status)
		if w.Header().Get("Handled") != "" {
			seen += " handled"
		}
		t.seen = append(t.seen, seen)
		t.noSID = t.noSID || len(r.CookiesNamed("sid")) != 1
		if len(t.seen) == 1 {
			close(t.arrived)
		}
	})
}

type watchedWriter struct {
	http.ResponseWriter
	status int
}

func (w *watchedWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *watchedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.status = http.StatusSwitchingProtocols
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// act is a handler for everything, WebSockets included.
func act(w http.ResponseWriter, r *http.Request, _ *auth.Identity) {
	w.Header().Set("Handled", "yes")
	if r.Header.Get("Upgrade") == "" {
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // of RFC 6455
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	_, _ = buffered.ReadByte() // the browser closes
}
