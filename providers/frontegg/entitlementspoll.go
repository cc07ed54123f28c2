package frontegg

import (
	"context"
	"fmt"

	"github.com/authgen/authgen/internal/provider"
	"github.com/authgen/authgen/providers/frontegg/internal/entitlement"
)

// poll keeps the snapshot up to date until ctx ends.
func (e *Entitlements) poll(ctx context.Context) {
	defer e.ended()
	interval := e.client.options.polling.interval
	for failures := 0; ; {
		pause := interval
		err := e.refresh(ctx)
		if ctx.Err() != nil {
			return
		}
		if failures++; err == nil {
			failures = 0
		} else {
			// Before the next poll: what was missed may be a change. While nothing is
			// answered, callers wait for it.
			longest := interval
			if _, unusable := e.current(e.now()); unusable != nil {
				longest = min(longest, longestRetry)
			}
			pause = max(provider.Backoff(failures, min(firstRetry, longest), longest), stayAway(err))
		}
		e.mu.Lock()
		e.failures, e.failed = failures, err
		e.mu.Unlock()
		if err != nil {
			e.client.logger.Warn("frontegg: the entitlements could not be refreshed", "failures", failures, "reason", err.Error())
		}
		if !provider.Sleep(ctx, pause) {
			return
		}
	}
}

// ended leaves nothing to answer from.
func (e *Entitlements) ended() {
	e.cancel()
	e.held.Store(&heldSnapshot{err: ErrClosed})
	close(e.done)
}

// refresh asks whether there is another snapshot, and for it. The one that is held
// stays unless that is good.
func (e *Entitlements) refresh(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = unavailable(fmt.Errorf("reading the entitlements panicked: %T", p))
		}
	}()
	began, held := e.now(), e.held.Load()
	var latest struct {
		Offset *int64 `json:"snapshotOffset"`
	}
	if err := e.client.getJSON(ctx, &latest, EntitlementService, "api", "v1", "vendor-entitlements-snapshot-offset"); err != nil {
		return err
	}
	switch {
	case latest.Offset == nil:
		return malformed(EntitlementService)
	case held.Snapshot != nil && held.Offset() == *latest.Offset:
		e.held.Store(&heldSnapshot{Snapshot: held.Snapshot, loaded: held.loaded, checked: began})
		return nil
	}
	data, err := e.client.get(ctx, EntitlementService, "api", "v1", "vendor-entitlements")
	if err != nil {
		return err
	}
	s, err := entitlement.Parse(data)
	if err != nil {
		return fmt.Errorf("%w: %w", malformed(EntitlementService), err)
	}
	if d := s.Dropped(); ignored(d) > 0 {
		e.client.logger.Warn("frontegg: parts of the entitlements are not understood, and grant nothing", "parts", fmt.Sprintf("%+v", d), "offset", s.Offset())
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	next := &heldSnapshot{Snapshot: s, loaded: began, checked: began}
	if s.Offset() < *latest.Offset {
		// A copy on the way may be older. It is not the latest, and that makes the one
		// that is held no younger.
		err = unavailable(fmt.Errorf("%s: the snapshot is number %d, and the latest %d", EntitlementService, s.Offset(), *latest.Offset))
		switch {
		case held.Snapshot == nil:
		case s.Offset() <= held.Offset():
			return err
		default:
			next.checked = held.checked
		}
	}
	e.held.Store(next)
	if held.Snapshot == nil {
		close(e.ready)
	}
	return err
}
