package redis

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// dialer makes connections. One that cannot be had is a connection on which everything
// fails: of a dialer that fails go-redis tells standard error, by a logger that the
// process has one of, and who uses the store is told anyway.
func dialer(timeout time.Duration, config *tls.Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	plain := &net.Dialer{Timeout: timeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 5 * time.Second, Count: 3}}
	dial := plain.DialContext
	if config != nil {
		dial = (&tls.Dialer{NetDialer: plain, Config: config}).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return failed{fmt.Errorf("no connection: %w", err)}, nil // go-redis unwraps it once
		}
		return conn, nil
	}
}

// failed is a connection that could not be made.
type failed struct{ why error }

func (f failed) Read([]byte) (int, error)       { return 0, f.why }
func (f failed) Write([]byte) (int, error)      { return 0, f.why }
func (failed) Close() error                     { return nil }
func (failed) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (failed) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (failed) SetDeadline(time.Time) error      { return nil }
func (failed) SetReadDeadline(time.Time) error  { return nil }
func (failed) SetWriteDeadline(time.Time) error { return nil }
