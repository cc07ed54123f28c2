package provider

import "time"

// ClockSlack is how far a clock may be set back without a doubt about what it says.
const ClockSlack = time.Minute

// Age is the time from then to now. Of a clock's two readings one stands still while
// the machine sleeps, and the other may be set: the longer time counts.
func Age(now, then time.Time) time.Duration {
	return max(now.Sub(then), now.Round(0).Sub(then.Round(0)))
}
