package frontiertest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// telling are headers that are either in the recorded answer or in neither.
var telling = []string{
	"Content-Type", "Set-Cookie", "Gateway-Location", "Gateway-User-Token", "X-Idempotency-Replayed", "Allow", "Accept-Post",
	"X-Content-Type-Options", "Www-Authenticate", "Location",
}

var redactedCookie = regexp.MustCompile(`^sid=[^;]*`)

// expires of a cookie follows the clock.
var expires = regexp.MustCompile(`Expires=[^;]*`)

func (r *replay) compareHeaders(t *testing.T, e *exchange, got http.Header) {
	want := http.Header{}
	for _, header := range e.Response.Headers {
		want.Add(header[0], header[1])
	}
	for _, name := range telling {
		w, g := want.Get(name), got.Get(name)
		if name == "Set-Cookie" {
			if (redactedCookie.FindString(w) == "sid=") != (redactedCookie.FindString(g) == "sid=") {
				t.Errorf("cookie %q, not %q", g, w)
			}
			w, g = redactedCookie.ReplaceAllString(w, ""), redactedCookie.ReplaceAllString(g, "")
			w, g = expires.ReplaceAllString(w, "Expires"), expires.ReplaceAllString(g, "Expires")
		}
		if w != g && (w != "<jwt>" || g == "") {
			t.Errorf("header %s: %q, not %q", name, g, w)
		}
	}
	rpc := strings.HasPrefix(e.Request.Path, "/raystack.")
	if rpc && want.Get("Content-Type") != "" && !strings.HasPrefix(want.Get("Content-Type"), "text/") && got.Get("Accept-Encoding") != "gzip" {
		t.Error("an answer of Connect without Accept-Encoding")
	}
}

var (
	uuid       = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	thumbprint = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	instant    = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$`)
	// hidden is what is redacted, or a secret that is not the same anyway.
	hidden = regexp.MustCompile(`<(redacted|jwt|secret|pem|cookie)>`)
)

// compare holds got against a recorded value: the same fields, types and values,
// except for what is redacted, dates, counts, and ids, which must be the same for the
// same recorded id.
func (r *replay) compare(t *testing.T, at string, want, got any) {
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		w, g := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(object))
		if object == nil || !slices.Equal(w, g) {
			t.Errorf("%s: fields %v, not %v: %v", at, g, w, got)
			return
		}
		for _, name := range w {
			r.compare(t, at+"."+name, want[name], object[name])
		}
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			t.Errorf("%s: %d elements, not %d: %v", at, len(list), len(want), got)
			return
		}
		for i := range want {
			r.compare(t, fmt.Sprintf("%s[%d]", at, i), want[i], list[i])
		}
	case string:
		text, isText := got.(string)
		if !isText || !r.same(want, text) {
			t.Errorf("%s: %v, not %q", at, got, want)
		}
	case float64:
		if _, isNumber := got.(float64); !isNumber || want != got && !strings.HasSuffix(at, ".total_count") {
			t.Errorf("%s: %v, not %v", at, got, want)
		}
	default:
		if want != got {
			t.Errorf("%s: %v, not %v", at, got, want)
		}
	}
}

// same compares text, and learns the fake's id for a recorded one.
func (r *replay) same(want, got string) bool {
	switch {
	case hidden.MatchString(want):
		return got != ""
	case instant.MatchString(want):
		_, err := time.Parse(time.RFC3339Nano, got)
		return err == nil && instant.MatchString(got)
	case uuid.MatchString(want), thumbprint.MatchString(want):
		if !uuid.MatchString(got) && !thumbprint.MatchString(got) {
			return false
		}
		if known := r.ids[want]; known != "" {
			return known == got
		}
		r.ids[want] = got
		return true
	}
	// Principals and resources are namespace:id.
	wantBefore, wantID, _ := strings.Cut(want, ":")
	before, id, _ := strings.Cut(got, ":")
	if uuid.MatchString(wantID) {
		return before == wantBefore && r.same(wantID, id)
	}
	return want == got
}

// claims reads a JWT that the fake made.
func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	var m map[string]any
	if err := json.Unmarshal(decode(t, parts[1]), &m); err != nil {
		t.Fatal(err)
	}
	return m
}
