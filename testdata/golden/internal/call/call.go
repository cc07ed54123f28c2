// Package call sends requests to the handlers of the cases.
package call

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Expect fails the test unless the handler answers with this status. It
// returns the body.
func Expect(t *testing.T, h http.Handler, request, token string, status int) string {
	t.Helper()
	method, target, _ := strings.Cut(request, " ")
	r := httptest.NewRequest(method, target, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != status {
		t.Errorf("%s: %d %s, want %d", request, w.Code, strings.TrimSpace(w.Body.String()), status)
	}
	return w.Body.String()
}
