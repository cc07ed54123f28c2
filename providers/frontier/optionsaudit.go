package frontier

import (
	"fmt"
	"time"
)

const (
	defaultQueue        = 1024
	longestQueue        = 1 << 20
	defaultAuditTimeout = 5 * time.Second
	defaultFlush        = 5 * time.Second
)

// auditOptions are those of [Client.Audits].
type auditOptions struct {
	queue          int
	timeout, flush time.Duration
}

// AuditQueue is how many audit events of rules may wait to be sent, 1024 unless set.
// More are dropped and counted, see [Audits.Dropped].
func AuditQueue(n int) Option {
	return func(o *options) error {
		if n < 1 || n > longestQueue {
			return fmt.Errorf("AuditQueue: is not between 1 and %d", longestQueue)
		}
		o.audits.queue = n
		return nil
	}
}

// AuditTimeout is how long a request waits at most until the server has taken an audit
// event that its rule requires, five seconds unless set.
func AuditTimeout(d time.Duration) Option {
	return func(o *options) error {
		if d <= 0 || d > longestTimeout {
			return fmt.Errorf("AuditTimeout: is not between 0 and %v", longestTimeout)
		}
		o.audits.timeout = d
		return nil
	}
}

// FlushTimeout is how long [Client.Close] waits for audit events to be sent, five
// seconds unless set; zero does not wait.
func FlushTimeout(d time.Duration) Option {
	return func(o *options) error {
		if d < 0 || d > longestTimeout {
			return fmt.Errorf("FlushTimeout: is not between 0 and %v", longestTimeout)
		}
		o.audits.flush = d
		return nil
	}
}
