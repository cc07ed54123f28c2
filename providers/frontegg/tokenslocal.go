package frontegg

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

// maxFindings is the memory that findings of tokens may take, in bytes, about.
const maxFindings = 32 << 20

// findings keep what was found in this process. The list of each kind has a place of
// its own. Tokens are in two generations, the younger of which becomes the older when
// it is half of all, or as old as findings get; so the memory is bounded and nothing
// has to be looked for that has ended. The zero findings are empty.
type findings struct {
	mu             sync.RWMutex
	lists          [len(segments)]*finding
	younger, older map[subject]*finding
	bytes          int       // of younger
	began          time.Time // younger
}

// get returns what was found of s and still counts, or nil.
func (k *findings) get(s subject, now time.Time) *finding {
	k.mu.RLock()
	defer k.mu.RUnlock()
	var f *finding
	if s.id == "" {
		f = k.lists[s.kind]
	} else if f = k.younger[s]; !f.valid(now) {
		f = k.older[s]
	}
	if !f.valid(now) {
		return nil
	}
	return f
}

func (k *findings) put(s subject, f *finding) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s.id == "" {
		k.lists[s.kind] = f
		return
	}
	if f.bytes > maxFindings/2 {
		return
	}
	age := f.from.Sub(k.began)
	if k.younger == nil || k.bytes+f.bytes > maxFindings/2 || age > accessTokenLife || age < -provider.ClockSlack {
		k.older, k.younger = k.younger, map[subject]*finding{}
		k.bytes, k.began = 0, f.from
	}
	k.younger[s] = f
	k.bytes += f.bytes
}

// flights make all who look for the same at a time wait for one lookup. The zero
// flights are ready.
type flights struct {
	mu  sync.Mutex
	all map[subject]*lookup
}

// lookup is one that is under way; done is closed when it is over.
type lookup struct {
	done  chan struct{}
	found *finding
	err   error
}

// do returns what look finds, or what one that is under way does. No request owns a
// lookup: one that goes away does not end it for others. What look returns as a
// function is called when the others have their answer.
func (l *flights) do(ctx context.Context, work *provider.Background, s subject, look func(context.Context) (*finding, func(), error)) (*finding, error) {
	l.mu.Lock()
	f, ok := l.all[s]
	if !ok {
		f = &lookup{done: make(chan struct{}), err: ErrClosed}
		if l.all == nil {
			l.all = map[subject]*lookup{}
		}
		l.all[s] = f
		if !work.Start(func(ctx context.Context) { l.run(ctx, s, f, look) }) {
			delete(l.all, s)
			close(f.done)
		}
	}
	l.mu.Unlock()
	select {
	case <-f.done:
		return f.found, f.err
	case <-ctx.Done():
		return nil, fmt.Errorf("frontegg: lookup of an access token: %w", ctx.Err())
	}
}

func (l *flights) run(ctx context.Context, s subject, f *lookup, look func(context.Context) (*finding, func(), error)) {
	then := func() {}
	func() {
		found, err := (*finding)(nil), unavailable(errPanicked) // unless it returns
		defer func() {
			if ctx.Err() != nil && err != nil {
				err = ErrClosed
			}
			f.found, f.err = found, err
			l.mu.Lock()
			delete(l.all, s)
			l.mu.Unlock()
			close(f.done)
		}()
		var after func()
		if found, after, err = look(ctx); after != nil {
			then = after
		}
	}()
	then()
}
