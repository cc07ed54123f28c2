package provider

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// ErrTooLarge is the error of reading a body beyond its bound.
var ErrTooLarge = errors.New("the answer is too large")

type boundedBody struct {
	io.ReadCloser
	left   int64
	cancel context.CancelFunc
}

// Bound makes the body of an answer one of at most most bytes, the end of which ends
// what was started for its request. Reading on gives [ErrTooLarge].
func Bound(response *http.Response, most int64, cancel context.CancelFunc) {
	response.Body = &boundedBody{response.Body, most, cancel}
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if int64(len(p)) > b.left {
		p = p[:b.left+1] // one byte more than is left tells whether there is more
	}
	n, err := b.ReadCloser.Read(p)
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

// Discard gives the connection of an answer back, where little of its body is left.
func Discard(response *http.Response) {
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10) // it is not used
	_ = response.Body.Close()
}
