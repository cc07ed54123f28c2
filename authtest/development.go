package authtest

import "fmt"

// StartDevelopmentIssuer starts an issuer outside tests, for a program on the
// developer's own machine. Its keys are made anew for each process, it listens
// on loopback, and it mints only for who calls Token in this process, never
// over HTTP.
//
// A program that calls this admits whoever can read its tokens: it must serve
// loopback addresses only. authgen check reports main packages that import this
// package.
func StartDevelopmentIssuer(audience string) (*Issuer, error) {
	i := &Issuer{
		helper: func() {},
		fail:   func(format string, args ...any) { panic(fmt.Sprintf(format, args...)) },
	}
	if err := i.start([]Option{WithAudience(audience)}); err != nil {
		return nil, fmt.Errorf("authtest: %w", err)
	}
	return i, nil
}
