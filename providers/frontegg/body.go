package frontegg

import (
	"context"
	"io"
	"net/http"
)

// boundedBody is a body of at most left bytes, the end of which ends what was
// started for its request.
type boundedBody struct {
	io.ReadCloser
	left   int64
	cancel context.CancelFunc
}

// bound makes the body of an answer one that ends.
func bound(response *http.Response, most int64, cancel context.CancelFunc) {
	response.Body = &boundedBody{response.Body, most, cancel}
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	// One byte more than is left tells whether there is more.
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	if int64(n) > b.left {
		n, err = int(b.left), ErrTooLarge
		b.left = 0
		return n, err
	}
	b.left -= int64(n)
	return n, err
}

func (b *boundedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// discard gives the connection of an answer back, where little of its body is left.
func discard(response *http.Response) {
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10) // it is not used
	_ = response.Body.Close()
}
