package frontier

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

const (
	// refusedFor is how long a refusal counts.
	refusedFor = 5 * time.Second
	// endedFor is how long a session is refused that was ended here, also where the
	// server did not answer. No question lasts longer.
	endedFor = longestTimeout
	// rememberedFor is how long it is known that a credential was good.
	rememberedFor = 24 * time.Hour
)

var errBusy = unavailable(errors.New("frontier: too many credentials are being exchanged"))

// fingerprint stands for a credential. Without the key of this process nobody can tell
// which one.
type fingerprint [sha256.Size]byte

// exchanger exchanges credentials for tokens, and remembers for a while what came of
// it: never longer than [ExchangeFor], and nothing where the server did not answer.
// Those who bring the same credential at a time wait for one exchange, which goes on
// when they leave. It is safe for any number of goroutines.
type exchanger struct {
	client  *Client
	key     []byte                         // of fingerprints
	tokens  *memory[fingerprint, string]   // what credentials were exchanged for
	refused *memory[fingerprint, error]    // why they were refused
	before  *memory[fingerprint, struct{}] // that they were good
	slots   slots
	limit   func(context.Context, time.Duration) (context.Context, context.CancelFunc) // of waiting
}

func newExchanger(c *Client) *exchanger {
	x := &exchanger{
		client: c, key: make([]byte, sha256.Size), slots: slots{secrets: map[string]int{}}, limit: context.WithTimeout,
		tokens: newMemory[fingerprint, string](c), refused: newMemory[fingerprint, error](c), before: newMemory[fingerprint, struct{}](c),
	}
	x.tokens.fresh = c.options.exchangeFor == 0
	_, _ = rand.Read(x.key) // never fails
	return x
}

// keyOf is the same for all ways to write a credential: each would be known to have
// been good by itself.
func (x *exchanger) keyOf(c auth.Credential) (f fingerprint) {
	project := x.client.options.project
	h := hmac.New(sha256.New, x.key)
	h.Write([]byte{byte(c.Carrier)})
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(project)))) //nolint:gosec // of at most 256 bytes
	h.Write([]byte(project))
	h.Write([]byte(canonical(c)))
	h.Sum(f[:0])
	return f
}

// token returns what becomes of an exchange, which is begun unless it is under way.
func (x *exchanger) token(ctx context.Context, key fingerprint, q question) (string, error) {
	f, mine := x.tokens.join(key)
	if mine {
		x.begin(ctx, key, q, f)
	}
	k, err := f.wait(ctx)
	return k.value, err
}

func (x *exchanger) begin(ctx context.Context, key fingerprint, q question, f *flight[string]) {
	_, known := x.before.find(key)
	slot, ok := x.slots.take(q, known)
	if !ok {
		x.tokens.land(key, f, none, errBusy)
		return
	}
	x.client.background(ctx, func(ctx context.Context) {
		began, token, err := time.Time{}, "", errAsking // unless it returns
		defer func() { x.settle(key, q, f, began, token, err) }()
		defer x.slots.leave(slot)
		waits, cancel := x.limit(ctx, x.client.options.timeout)
		defer cancel()
		if err = x.slots.wait(waits, slot); err != nil {
			return
		}
		if err = x.tokens.begin(ctx, f); err != nil {
			return
		}
		began, err = x.client.now(), errAsking
		token, err = x.ask(ctx, q)
	}, func() {
		x.slots.leave(slot)
		x.settle(key, q, f, time.Time{}, "", ErrClosed)
	})
}

var none known[string]

// settle notes what became of an exchange that began at began.
func (x *exchanger) settle(key fingerprint, q question, f *flight[string], began time.Time, token string, err error) {
	k := none
	ended, over := x.refused.find(key) // since it began, see end
	switch {
	case err == nil && over:
		token, err = "", ended.value
	case err == nil:
		x.before.remember(key, known[struct{}]{span: spanFrom(began, rememberedFor)})
		// As of the time before the server looked.
		k = known[string]{span{began, x.until(q, began, token)}, token}
	case errors.Is(err, auth.ErrNotActive):
		x.before.forget(key)
		x.tokens.forget(key) // it may be renewed before its end
		// Not in place of that of end, which counts for longer.
		x.refused.add(key, known[error]{spanFrom(x.client.now(), refusedFor), err})
	}
	x.tokens.land(key, f, k, err)
}

// renew exchanges anew a secret that is used and ends soon, while others are being
// compared: when it ends there may be more.
func (x *exchanger) renew(ctx context.Context, key fingerprint, c auth.Credential, k span) {
	if c.Carrier != auth.CarrierBasic || x.client.now().Before(k.from.Add(k.until.Sub(k.from)/5*4)) || !x.slots.comparing() {
		return
	}
	if q, ok := x.questionOf(c); ok {
		if f, mine := x.tokens.again(key); mine {
			x.begin(ctx, key, q, f)
		}
	}
}

// end refuses a credential that has ended, for longer than anything could count that
// is known of it or being asked.
func (x *exchanger) end(c auth.Credential) {
	key := x.keyOf(c)
	x.refused.remember(key, known[error]{spanFrom(x.client.now(), endedFor), errEnded})
	x.tokens.forget(key)
	x.before.forget(key)
}

var errEnded = fmt.Errorf("%w: it has ended", auth.ErrNotActive)

// until is the end of what is remembered: neither the token nor the assertion that it
// stands for may have ended.
func (x *exchanger) until(q question, began time.Time, token string) time.Time {
	until := began.Add(x.client.options.exchangeFor)
	_, payload, _ := peek(token)
	end, _ := payload["exp"].(float64)
	for _, end := range []float64{end, q.end} {
		if left := end - float64(began.Unix()); end > 0 && left < longestExchange.Seconds() {
			if at := began.Add(time.Duration(max(left, 0) * float64(time.Second))); at.Before(until) {
				until = at
			}
		}
	}
	return until
}
