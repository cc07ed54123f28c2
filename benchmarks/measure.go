package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// newRequest returns the request that all send, with this Authorization header.
func newRequest(authorization string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.SetPathValue("tenantID", tenant) // as a ServeMux would have
	r.Header.Set("Authorization", authorization)
	return r
}

// answer is a ResponseWriter that keeps the status.
type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) Write(b []byte) (int, error) { return len(b), nil }
func (a *answer) WriteHeader(status int)      { a.status = status }

// client sends requests that differ in their token alone.
type client struct {
	request       *http.Request
	authorization []string
	answer        answer
}

func newClient() *client {
	c := &client{request: newRequest(""), answer: answer{header: http.Header{}}}
	c.authorization = c.request.Header["Authorization"]
	return c
}

// send reports whether the handler admits the request.
func (c *client) send(h http.Handler, authorization string) bool {
	c.authorization[0], c.answer.status = authorization, 0
	h.ServeHTTP(&c.answer, c.request)
	return c.answer.status == http.StatusNoContent
}

var errRefused = errors.New("a good token was refused")

// warm lets the handler see all tokens.
func warm(b *testing.B, h http.Handler, authorizations []string) *client {
	b.Helper()
	c := newClient()
	for _, a := range authorizations {
		if !c.send(h, a) {
			b.Fatal(errRefused)
		}
	}
	return c
}

// known measures requests with tokens that the handler has seen before.
func known(h http.Handler, authorizations []string) func(*testing.B) {
	return func(b *testing.B) {
		c := warm(b, h, authorizations)
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			if !c.send(h, authorizations[i%len(authorizations)]) {
				b.Fatal(errRefused)
			}
		}
	}
}

// unknown measures requests with tokens that the handler has not seen. fresh
// returns one that has seen none.
func unknown(fresh func() (http.Handler, error), authorizations []string) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		c := newClient()
		var h http.Handler
		for i := range b.N {
			n := i % len(authorizations)
			if n == 0 {
				b.StopTimer()
				var err error
				if h, err = fresh(); err != nil {
					b.Fatal(err)
				}
				// The first request fetches keys, perhaps.
				if !c.send(h, authorizations[len(authorizations)-1]) {
					b.Fatal(errRefused)
				}
				b.StartTimer()
			}
			if !c.send(h, authorizations[n]) {
				b.Fatal(errRefused)
			}
		}
	}
}

// parallel measures requests with known tokens from GOMAXPROCS goroutines.
func parallel(h http.Handler, authorizations []string) func(*testing.B) {
	return func(b *testing.B) {
		warm(b, h, authorizations)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			c := newClient()
			for i := 0; pb.Next(); i++ {
				if !c.send(h, authorizations[i%len(authorizations)]) {
					b.Error(errRefused)
					return
				}
			}
		})
	}
}

// signed is a token taken apart beforehand.
type signed struct{ input, signature []byte }

func takeApart(authorization string) (signed, error) {
	token := strings.TrimPrefix(authorization, scheme)
	dot := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	return signed{[]byte(token[:dot]), signature}, err
}

// raw measures the signatures of tokens and nothing else.
func raw(check func(signed) error, authorizations []string) func(*testing.B) {
	return func(b *testing.B) {
		all := make([]signed, len(authorizations))
		for i, a := range authorizations {
			var err error
			if all[i], err = takeApart(a); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			if err := check(all[i%len(all)]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

var errSignature = errors.New("the signature is wrong")

// rawCheck returns the verification of a signature with the standard library.
func rawCheck(e *env, alg string) func(signed) error {
	switch alg {
	case "RS256":
		return func(s signed) error {
			digest := sha256.Sum256(s.input)
			return rsa.VerifyPKCS1v15(&e.rsa.PublicKey, crypto.SHA256, digest[:], s.signature)
		}
	case "ES256":
		return func(s signed) error {
			digest := sha256.Sum256(s.input)
			r, t := new(big.Int).SetBytes(s.signature[:32]), new(big.Int).SetBytes(s.signature[32:])
			if !ecdsa.Verify(&e.ec.PublicKey, digest[:], r, t) {
				return errSignature
			}
			return nil
		}
	case "EdDSA":
		key := e.ed.Public().(ed25519.PublicKey)
		return func(s signed) error {
			if !ed25519.Verify(key, s.input, s.signature) {
				return errSignature
			}
			return nil
		}
	case "HS256":
		return func(s signed) error {
			mac := hmac.New(sha256.New, e.secret)
			mac.Write(s.input)
			if !hmac.Equal(mac.Sum(nil), s.signature) {
				return errSignature
			}
			return nil
		}
	default:
		return func(signed) error { return fmt.Errorf("no algorithm %q", alg) }
	}
}
