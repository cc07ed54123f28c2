package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSoak is a short run at many times the speed.
func TestSoak(t *testing.T) { // not parallel, for the goroutines
	var out strings.Builder
	c := config{length: 100 * time.Second, rotate: 10 * time.Second, outage: 5 * time.Second, workers: 4, speed: 20}
	if err := soak(t.Context(), c, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if err := soak(t.Context(), config{}, &out); err == nil {
		t.Error("a run of no length")
	}
	c.speed = 30
	if err := soak(t.Context(), c, &out); err == nil || !strings.Contains(err.Error(), "before they have to be known") {
		t.Errorf("a run that can tell nothing of keys: %v", err)
	}
}

// TestJudge holds which answers are wrong.
func TestJudge(t *testing.T) {
	t.Parallel()
	clock := newClock(1)
	at := func(ago time.Duration) time.Time { return clock.start.Add(-ago) }
	young, known := key{published: at(0)}, key{published: at(time.Minute)}
	left := key{published: at(time.Hour), withdrawn: at(time.Minute)}
	gone := key{published: at(time.Hour), withdrawn: at(time.Minute), gone: at(30 * time.Second)}
	for name, c := range map[string]struct {
		kind   kind
		key    key
		status int
		user   string
		down   bool
		right  bool
	}{
		"admitted":                          {good, known, 200, "u1", false, true},
		"admitted as somebody else":         {good, known, 200, "u2", false, false},
		"a known key is refused":            {good, known, 401, "", false, false},
		"a known key is not available":      {good, known, 503, "", true, false},
		"a young key is not known yet":      {good, young, 401, "", false, true},
		"an expired token is admitted":      {expired, known, 200, "u1", false, false},
		"a forged token is a server's":      {forged, known, 500, "", false, false},
		"an unknown kid, refused":           {unknown, known, 401, "", false, true},
		"an unknown kid, issuer down":       {unknown, known, 503, "", true, true},
		"an unknown kid, issuer there":      {unknown, known, 503, "", false, false},
		"withdrawn, and not noticed yet":    {rotated, left, 200, "u1", false, true},
		"withdrawn and gone":                {rotated, gone, 200, "u1", false, false},
		"withdrawn and gone, refused":       {rotated, gone, 401, "", false, true},
		"without the role":                  {lacking, known, 403, "", false, true},
		"without the role, admitted":        {lacking, known, 200, "u1", false, false},
		"another user's resource, admitted": {another, known, 200, "u1", false, false},
		"nobody is admitted":                {none, known, 200, "", false, false},
	} {
		l := newLoad(config{workers: 1}, clock, nil, "")
		r := &http.Response{StatusCode: c.status, Header: http.Header{"X-User": {c.user}}}
		l.judge(c.kind, token{user: "u1"}, r, clock.start, c.key, c.key, c.down)
		if right := l.wrongs == 0; right != c.right {
			t.Errorf("%s: right %v", name, right)
		}
	}
}

// TestVerdict holds what a run must not end with.
func TestVerdict(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	steady := []uint64{5 * mb, 20 * mb, 40 * mb, 42 * mb, 41 * mb, 45 * mb}
	for name, c := range map[string]struct {
		change func(*load)
		left   int
		want   string // in the error, "" for none
	}{
		"all is well":          {func(*load) {}, 0, ""},
		"a wrong answer":       {func(l *load) { l.wrongs = 1 }, 0, "1 wrong answers"},
		"a goroutine":          {func(*load) {}, 1, "1 goroutines are left"},
		"a kind is missing":    {func(l *load) { delete(l.answers, forged) }, 0, "no request was forged"},
		"nobody was admitted":  {func(l *load) { l.answers[good] = map[int]int{401: 1} }, 0, "no good token was admitted"},
		"no key was withdrawn": {func(l *load) { l.answers[rotated] = map[int]int{200: 1} }, 0, "no withdrawn key refused"},
		"memory grows":         {func(l *load) { l.heap = append(l.heap, 80*mb) }, 0, "the heap has grown"},
	} {
		l := newLoad(config{workers: 1}, newClock(1), nil, "")
		for _, k := range kinds {
			l.answers[k] = map[int]int{200: 1, 401: 1}
		}
		l.heap = append(l.heap, steady...)
		c.change(l)
		if err := l.verdict(c.left); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
