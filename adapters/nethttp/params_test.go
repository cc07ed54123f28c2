package nethttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// TestEmptySegmentOfConnect holds that values which ServeMux gives to the wrong
// name, and panics over, are not taken for a tenant.
func TestEmptySegmentOfConnect(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	rule := &auth.Rule{Handler: "test", Access: auth.Restricted, All: []auth.Demands{{Tenant: "tenantID"}}}
	mux := http.NewServeMux()
	mux.Handle("/{tenantID}/users/{userID}", nethttp.Handler(issuer.Guard(), rule, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.PathValue("userID"))
	})))
	mux.Handle("/users/{userID}/of/{tenantID}", nethttp.Handler(issuer.Guard(), rule, http.NotFoundHandler()))
	token := issuer.Token(authtest.User("u1"), authtest.Tenant("t1"))
	for path, want := range map[string]int{"//users/t1": 403, "/users//of/t1": 403, "/t1/users/": 404, "/t1/users//": 404, "/t1/users/x": 200} {
		r := httptest.NewRequest(http.MethodConnect, "/", nil)
		r.URL.Path = path
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("CONNECT %s: %d, want %d", path, w.Code, want)
		}
	}
}

// TestChangedPath holds that a parameter which cannot be had is absent, whatever
// became of the URL since ServeMux matched it.
func TestChangedPath(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	rule := &auth.Rule{Handler: "test", Access: auth.Restricted, All: []auth.Demands{{Tenant: "tenantID"}}}
	guarded := nethttp.Handler(issuer.Guard(), rule, http.NotFoundHandler())
	for name, change := range map[string]func(*http.Request){
		"cleaned": func(r *http.Request) { r.URL.Path = "/clean" },
		"nil":     func(r *http.Request) { r.URL = nil },
	} {
		mux := http.NewServeMux()
		mux.HandleFunc("/{tenantID}/x", func(w http.ResponseWriter, r *http.Request) {
			change(r)
			guarded.ServeHTTP(w, r)
		})
		r := httptest.NewRequest(http.MethodConnect, "/", nil)
		r.URL.Path = "//x"
		r.Header.Set("Authorization", "Bearer "+issuer.Token(authtest.User("u1"), authtest.Tenant("t1")))
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", name, w.Code)
		}
	}
}
