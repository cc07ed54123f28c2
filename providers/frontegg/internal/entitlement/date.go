package entitlement

import (
	"strings"
	"time"
)

// dateLayouts are the forms of ECMA-262 section 21.4.1.32. Go accepts fractions of a
// second where the layout has none.
var dateLayouts = [...]string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
	"2006-01-02", "2006-01", "2006",
}

// leastMillis is March 1973. Smaller numbers are more likely seconds.
const leastMillis = 1e11

// date reads a date of the snapshot, in milliseconds since 1970: a string in one of
// dateLayouts, or a number of milliseconds.
func date(raw string) (int64, bool) {
	if n, ok := number(raw); ok {
		return int64(n), n >= leastMillis && n <= 8.64e15
	}
	s, ok := text(raw)
	if !ok || strings.Contains(s, ",") { // Go takes a comma before fractions
		return 0, false
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}
