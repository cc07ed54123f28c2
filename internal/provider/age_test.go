package provider

import (
	"testing"
	"time"
	"unsafe"
)

// awake changes only the reading of a time that stands still while the machine sleeps.
func awake(t time.Time, by time.Duration) time.Time {
	(*struct {
		wall uint64
		ext  int64
	})(unsafe.Pointer(&t)).ext += int64(by)
	return t
}

// TestAge holds that neither a machine that slept nor a clock that was set back makes
// something younger.
func TestAge(t *testing.T) {
	t.Parallel()
	then := time.Now()
	for name, c := range map[string]struct {
		now  time.Time
		want time.Duration
	}{
		"awake":    {then.Add(time.Minute), time.Minute},
		"asleep":   {awake(then.Add(time.Hour), time.Minute-time.Hour), time.Hour},
		"set back": {awake(then.Add(-time.Hour), time.Minute+time.Hour), time.Minute},
		"before":   {then.Add(-time.Minute), -time.Minute},
		"no clock": {then.Add(time.Minute).Round(0), time.Minute},
	} {
		if got := Age(c.now, then); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	token := NewToken("secret", then, time.Hour)
	if token.valid(awake(then.Add(time.Hour), time.Minute-time.Hour)) || !token.valid(then.Add(time.Hour-1)) {
		t.Error("a token lives as long as the machine was awake")
	}
}
