package auth

import (
	"net/http"
	"strconv"
)

// Deny writes c as g's renderer does: headers and a body, which HEAD requests
// do not get. It works on a nil guard. A nil challenge is answered with 503.
func (g *Guard) Deny(w http.ResponseWriter, r *http.Request, c *Challenge) {
	if c == nil {
		c = g.challenge(challengeUnavailable, "no challenge was given")
	}
	c.SetHeader(w.Header())
	if !g.DefaultRenderer() {
		answer := &denialWriter{ResponseWriter: w, status: c.Status()}
		g.opts.renderer(answer, r, c)
		answer.begin()
		return
	}
	contentType, body := "application/json", c.jsonBody()
	if g != nil && g.opts != nil && g.opts.problemJSON {
		contentType, body = "application/problem+json", c.problemBody()
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(c.Status())
	if r == nil || r.Method != http.MethodHead {
		// A caller who went away is no error to handle.
		_, _ = w.Write([]byte(body))
	}
}

// denialWriter makes sure that an answer which its renderer gives no status, or
// no answer at all, has that of the denial and not 200.
type denialWriter struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (w *denialWriter) begin() {
	if !w.begun {
		w.WriteHeader(w.status)
	}
}

// WriteHeader drops what is no final status: echo's writer takes it for one, and
// drops the final one.
func (w *denialWriter) WriteHeader(status int) {
	if status >= 200 {
		w.begun = true
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *denialWriter) Write(b []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(b)
}

// FlushError serves http.ResponseController, as Unwrap does.
func (w *denialWriter) FlushError() error {
	w.begin()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *denialWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// DefaultRenderer reports whether [Guard.Deny] writes the guard's own bodies,
// that is, whether no [Renderer] was given.
func (g *Guard) DefaultRenderer() bool { return g == nil || g.opts == nil || g.opts.renderer == nil }

// The texts of the table need no escaping in JSON.

func (c *Challenge) jsonBody() string {
	return `{"code":"` + c.Code() + `","message":"` + c.Message() + `"}`
}

// problemBody is the body of RFC 9457.
func (c *Challenge) problemBody() string {
	return `{"type":"about:blank","title":"` + http.StatusText(c.Status()) + `","status":` + strconv.Itoa(c.Status()) +
		`,"detail":"` + c.Message() + `","code":"` + c.Code() + `"}`
}
