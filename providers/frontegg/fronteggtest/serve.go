package fronteggtest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
)

// maxBody is the largest request body that the fake takes, in bytes.
const maxBody = 1 << 20

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

// reply is an answer before it is sent, so that faults can change it.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// respond makes an answer of v as JSON.
func respond(status int, v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		return refuse(http.StatusInternalServerError, err.Error())
	}
	return reply{status, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body}
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
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		seen := f.record.add(to.endpoint, r, body, f.now())
		faults, ok := f.arrive(r, to.endpoint)
		if !ok {
			panic(http.ErrAbortHandler) // the client left, or the fake is closed
		}
		var fault outcome
		for _, apply := range faults {
			apply(&fault)
		}
		if !fault.wait(r.Context()) {
			panic(http.ErrAbortHandler)
		}
		answer := fault.instead
		switch {
		case answer != nil:
		case err != nil:
			tooLarge := refuse(http.StatusRequestEntityTooLarge)
			answer = &tooLarge
		default:
			own := f.answer(to, &call{r, body, id})
			answer = &own
		}
		f.record.answered(seen, answer.status)
		send(w, answer, &fault)
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

func send(w http.ResponseWriter, answer *reply, fault *outcome) {
	for name, values := range answer.header {
		w.Header()[name] = values
	}
	for name, values := range fault.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
	if !fault.cut {
		w.WriteHeader(answer.status)
		_, _ = w.Write(answer.body) // the client went away
		return
	}
	// An empty answer is cut before the byte that it promises.
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)+1))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body[:len(answer.body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// unknown answers what the fake itself does not.
func (f *Fake) unknown(c *call) reply {
	if f.other == nil {
		return f.notFound(c)
	}
	w := httptest.NewRecorder()
	f.other.ServeHTTP(w, c.again())
	return reply{w.Code, w.Header(), w.Body.Bytes()}
}

func (f *Fake) notFound(*call) reply { return refuse(http.StatusNotFound) }

// decode reads the body as one JSON value.
func (c *call) decode(v any) error {
	if len(c.body) == 0 {
		return errors.New("the body is empty")
	}
	return json.Unmarshal(c.body, v)
}
