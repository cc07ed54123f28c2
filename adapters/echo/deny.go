package authecho

import (
	"net/http"

	"github.com/labstack/echo/v4"

	auth "github.com/authgen/authgen/runtime"
)

// deny makes the error for a challenge, and writes the answer where the guard
// has a rendering of its own.
func deny(g *auth.Guard, c echo.Context, challenge *auth.Challenge) error {
	err := &echo.HTTPError{
		Code:     challenge.Status(),
		Message:  message{challenge.Code(), challenge.Message()},
		Internal: challenge,
	}
	response := c.Response()
	switch {
	case response.Committed: // nothing can be added
	case !g.DefaultRenderer():
		g.Deny(response, c.Request(), challenge)
	default:
		var plain rendered
		g.Deny(&plain, nil, challenge)
		if plain.Header().Get(echo.HeaderContentType) != echo.MIMEApplicationJSON {
			g.Deny(response, c.Request(), challenge)
			break
		}
		challenge.SetHeader(response.Header())
		response.Writer = exact{response.Writer, plain.body}
	}
	return err
}

// message is the body of a denial. Error handlers that want text get its words.
type message struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (m message) String() string { return m.Message }

// exact drops the line end that echo's JSON encoder adds to the body of a
// denial, so that the bytes are those of the other frameworks. It leaves alone
// whatever else an error handler writes.
type exact struct {
	http.ResponseWriter
	body string
}

func (w exact) Write(b []byte) (int, error) {
	if string(b) != w.body+"\n" {
		return w.ResponseWriter.Write(b)
	}
	n, err := w.ResponseWriter.Write(b[:len(w.body)])
	if n == len(w.body) {
		n++
	}
	return n, err
}

// Unwrap serves http.ResponseController.
func (w exact) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// rendered keeps what a guard renders.
type rendered struct {
	header http.Header
	body   string
}

func (w *rendered) Header() http.Header {
	if w.header == nil {
		w.header = http.Header{}
	}
	return w.header
}

func (w *rendered) WriteHeader(int) {}

func (w *rendered) Write(b []byte) (int, error) {
	w.body += string(b)
	return len(b), nil
}
