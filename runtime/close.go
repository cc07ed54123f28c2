package auth

import (
	"errors"
	"io"
	"slices"
	"sync"
)

// closers are what [OnClose] gave, in order.
type closers struct {
	once sync.Once
	list []io.Closer
	err  error
}

// OnClose registers what [Guard.Close] closes: the providers of a guard use it for
// their connections and work in the background. When [New] fails nothing is closed;
// whoever made it still owns it.
func OnClose(closer io.Closer) Option {
	return func(o *options) error {
		if closer == nil {
			return errors.New("OnClose: the closer is nil")
		}
		o.closers = append(o.closers, closer)
		return nil
	}
}

// Close closes what [OnClose] registered, the last first, and joins the errors.
// A second Close waits for the first and returns the same. A guard without such
// options, and a nil or zero one, has nothing to close. Requests that come later are
// decided as well as that is possible without what was closed: stop serving first.
func (g *Guard) Close() error {
	if g == nil {
		return nil
	}
	g.closers.once.Do(func() {
		for _, closer := range slices.Backward(g.closers.list) {
			g.closers.err = errors.Join(g.closers.err, closer.Close())
		}
	})
	return g.closers.err
}
