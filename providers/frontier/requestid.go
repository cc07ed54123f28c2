package frontier

import (
	"context"
	"crypto/rand"
	"net/http"
)

// HeaderRequestID has the id by which a request is found again in logs: the server
// writes it into its own, and neither makes nor answers one.
const HeaderRequestID = "X-Request-ID"

type requestIDKey struct{}

// WithRequestID returns a context whose calls have this id. It keeps ctx as it is
// where id is unfit: empty, longer than 128 bytes, or with other characters than ASCII
// letters, digits, dots, hyphens and underscores.
func WithRequestID(ctx context.Context, id string) context.Context {
	if !isRequestID(id) {
		return ctx
	}
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the id of [WithRequestID], or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// RequestIDs gives each request an id: that of its header X-Request-ID, or a new one
// where that is absent, given twice or unfit. next finds it by [RequestID] and in the
// request's header, and callers in the header of the answer. Calls to Frontier and by
// [Client.HTTPClient] pass it on, and what guards log and observe of the request, and
// audit events, have it as request_id. It stands before the guard.
func RequestIDs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := ""
		if values := r.Header.Values(HeaderRequestID); len(values) == 1 && isRequestID(values[0]) {
			id = values[0]
		} else {
			id = rand.Text()
		}
		out := r.Clone(WithRequestID(r.Context(), id))
		out.Header.Set(HeaderRequestID, id)
		w.Header().Set(HeaderRequestID, id)
		next.ServeHTTP(w, out)
	})
}

// isRequestID reports whether guards log id.
func isRequestID(id string) bool { return id != "" && len(id) <= 128 && allOf(id, "._-") }

// requestIDOr returns the id of ctx, or a new one.
func requestIDOr(ctx context.Context) string {
	if id := RequestID(ctx); id != "" {
		return id
	}
	return rand.Text()
}
