package fronteggtest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"

	"github.com/authgen/authgen/internal/loopback"
)

// Names of the headers that Frontegg's SDKs send.
const (
	vendorTokenHeader = "X-Access-Token"
	tenantHeader      = "Frontegg-Tenant-Id"
)

// call is a request with what was read of it.
type call struct {
	*http.Request
	body []byte
	id   string // the segment at {id}
}

// reply is an answer before it is sent.
type reply = loopback.Reply

// respond makes an answer of v as JSON.
func respond(status int, v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		return refuse(http.StatusInternalServerError, err.Error())
	}
	return reply{Status: status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: body}
}

// refuse makes an answer of errors, in the form of all of Frontegg's.
func refuse(status int, errors ...string) reply {
	if errors == nil {
		errors = []string{http.StatusText(status)}
	}
	return respond(status, map[string]any{"errors": errors})
}

// handler serves routes, with faults and with the record.
func (f *Fake) handler(routes []route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, id := find(routes, r)
		f.traffic.Serve(r.Context(), w, r, to.endpoint, f.now(), func(body []byte, err error) reply {
			if err != nil {
				return refuse(http.StatusRequestEntityTooLarge)
			}
			return f.answer(to, &call{r, body, id})
		})
	})
}

// answer checks what all endpoints of the gateway check.
func (f *Fake) answer(to route, c *call) reply {
	if !to.open && !f.vendorTokenValid(c.Header.Get(vendorTokenHeader)) {
		return refuse(http.StatusUnauthorized)
	}
	if to.tenant && c.Header.Get(tenantHeader) == "" {
		return refuse(http.StatusBadRequest, "frontegg-tenant-id header is missing")
	}
	return to.answer(f, c)
}

// unknown answers what the fake itself does not.
func (f *Fake) unknown(c *call) reply {
	if f.other == nil {
		return f.notFound(c)
	}
	w := httptest.NewRecorder()
	f.other.ServeHTTP(w, c.again())
	return reply{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}
}

func (f *Fake) notFound(*call) reply { return refuse(http.StatusNotFound) }

// decode reads the body as one JSON value.
func (c *call) decode(v any) error {
	if len(c.body) == 0 {
		return errors.New("the body is empty")
	}
	return json.Unmarshal(c.body, v)
}
