package auth_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// TestR21MetadataDocument follows a client from a denial by the challenge to the
// document, for resources at several paths.
func TestR21MetadataDocument(t *testing.T) {
	t.Parallel()
	inChallenge := regexp.MustCompile(`resource_metadata="([^"]*)"`)
	for path, want := range map[string]string{
		"":         "/.well-known/oauth-protected-resource",
		"/":        "/.well-known/oauth-protected-resource",
		"/files":   "/.well-known/oauth-protected-resource/files",
		"/files/":  "/.well-known/oauth-protected-resource/files/",
		"/v1/a-b~": "/.well-known/oauth-protected-resource/v1/a-b~",
	} {
		mux := http.NewServeMux()
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		g := guardWith(t, auth.Resource(auth.ResourceDescription{
			URL: server.URL + path, Scopes: []string{"files:read", "files:write"}, Name: "Files <&>", Documentation: "https://docs.example.com/",
		}))
		mux.Handle(g.MetadataPath(), g.MetadataHandler())
		mux.HandleFunc("/api", func(w http.ResponseWriter, r *http.Request) {
			_, c := g.Admit(r, nil, protected())
			g.Deny(w, r, c)
		})
		denied := must(server.Client().Get(server.URL + "/api"))
		_ = denied.Body.Close()
		address := inChallenge.FindStringSubmatch(denied.Header.Get("WWW-Authenticate"))
		if address == nil || address[1] != server.URL+want || g.MetadataPath() != want {
			t.Fatalf("%q: the challenge is %q, the path %q", path, denied.Header.Get("WWW-Authenticate"), g.MetadataPath())
		}
		answer := must(server.Client().Get(address[1]))
		body := must(io.ReadAll(answer.Body))
		_ = answer.Body.Close()
		var document map[string]any
		if err := json.Unmarshal(body, &document); err != nil {
			t.Fatal(err)
		}
		if want := map[string]any{
			"resource": server.URL + path, "authorization_servers": []any{testIssuer}, "bearer_methods_supported": []any{"header"},
			"scopes_supported": []any{"files:read", "files:write"}, "resource_name": "Files <&>", "resource_documentation": "https://docs.example.com/",
		}; !reflect.DeepEqual(document, want) {
			t.Errorf("%s\nwant %v", body, want)
		}
		for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}

// TestMetadataIssuers holds which issuers are named: those that a client can ask.
func TestMetadataIssuers(t *testing.T) {
	t.Parallel()
	issuer := func(url string) auth.Option {
		return auth.Issuer(url, auth.Audience("a"), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Asserts(auth.Assertion{Kinds: auth.KindUser}))
	}
	g := newGuard(t, issuer("https://a.example"), issuer("b"), issuer("http://127.0.0.1:1/c"), issuer("http://d.example"), issuer("urn:e"), quiet(),
		auth.Resource(auth.ResourceDescription{URL: "https://api.example.com"}))
	want := `{"resource":"https://api.example.com","authorization_servers":["https://a.example","http://127.0.0.1:1/c"],"bearer_methods_supported":["header"]}`
	if _, body := metadataOf(g, http.MethodGet); body != want {
		t.Errorf("%s\nwant %s", body, want)
	}
	g = newGuard(t, issuer("b"), quiet(), auth.Resource(auth.ResourceDescription{URL: "https://api.example.com"}))
	if _, body := metadataOf(g, http.MethodGet); body != `{"resource":"https://api.example.com","bearer_methods_supported":["header"]}` {
		t.Error(body)
	}
}

// metadataOf asks a guard for its metadata.
func metadataOf(g *auth.Guard, method string) (*httptest.ResponseRecorder, string) {
	w := httptest.NewRecorder()
	g.MetadataHandler().ServeHTTP(w, httptest.NewRequest(method, "/", nil))
	return w, w.Body.String()
}

// TestMetadataHandler holds what the handler answers to other methods, and where
// there is nothing to serve.
func TestMetadataHandler(t *testing.T) {
	t.Parallel()
	described := guardWith(t, auth.Resource(auth.ResourceDescription{URL: "https://api.example.com/files"}))
	get, body := metadataOf(described, http.MethodGet)
	head, none := metadataOf(described, http.MethodHead)
	if get.Code != 200 || head.Code != 200 || none != "" || body == "" || !maps.EqualFunc(get.Header(), head.Header(), func(a, b []string) bool { return a[0] == b[0] }) {
		t.Errorf("GET %d %v %s, HEAD %d %v %s", get.Code, get.Header(), body, head.Code, head.Header(), none)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "TRACE"} {
		if w, body := metadataOf(described, method); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" || w.Header().Get("Cache-Control") != "" {
			t.Errorf("%s: %d %v %s", method, w.Code, w.Header(), body)
		}
	}
	for name, c := range map[string]struct {
		g    *auth.Guard
		want int
	}{"not described": {guardWith(t), 404}, "nil": {nil, 503}, "zero": {new(auth.Guard), 503}} {
		if w, _ := metadataOf(c.g, http.MethodGet); w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
		// The route can be registered all the same.
		if path := c.g.MetadataPath(); path != "/.well-known/oauth-protected-resource" {
			t.Errorf("%s: %q", name, path)
		}
	}
	// A document that somebody else serves.
	other := guardWith(t, auth.Resource(auth.ResourceDescription{URL: "https://api.example.com/files"}), auth.ResourceMetadata("https://meta.example.com/x"))
	_, c := other.Admit(httptest.NewRequest("GET", "/", nil), nil, protected())
	h := http.Header{}
	c.SetHeader(h)
	if got := h.Get("WWW-Authenticate"); got != `Bearer realm="api", resource_metadata="https://meta.example.com/x"` {
		t.Error(got)
	}
}

// TestResourceOptions holds which descriptions are refused at start.
func TestResourceOptions(t *testing.T) {
	t.Parallel()
	issuer := auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())))
	for _, url := range []string{
		"", "files-api", "http://api.example.com", "ftp://api.example.com", "https://", "https://u@api.example.com",
		"https://api.example.com?a=b", "https://api.example.com/?", "https://api.example.com#", "https://api.example.com/#a",
		"https://api.example.com/{id}", "https://api.example.com/:id", "https://api.example.com/*", "https://api.example.com/a%20b",
		"https://api.example.com/a%2fb", "https://api.example.com//a", "https://api.example.com/a//b", "https://api.example.com/a//",
		"https://api.example.com/a/../b", "https://api.example.com/./", "https://api.example.com/é",
	} {
		newFails(t, "Resource: ", issuer, auth.Resource(auth.ResourceDescription{URL: url}))
	}
	const url = "http://api.internal/x"
	newGuard(t, issuer, auth.Resource(auth.ResourceDescription{URL: url}), auth.InsecureHTTP("api.internal"), quiet())
	good := auth.ResourceDescription{URL: "https://api.example.com"}
	newFails(t, "Resource: is given twice", issuer, auth.Resource(good), auth.Resource(good))
	bad := good
	bad.Scopes = []string{"a", "b c"}
	newFails(t, `Resource: "b c" is no scope`, issuer, auth.Resource(bad))
	bad = good
	bad.Documentation = "/docs"
	newFails(t, "Resource: documentation", issuer, auth.Resource(bad))
}
