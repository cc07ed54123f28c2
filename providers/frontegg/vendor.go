package frontegg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

const (
	// The life of a vendor token. One that says to live longer than a duration can say
	// lives as long as this; one that says to live shorter is refused.
	shortestLife = time.Second
	longestLife  = 100 * 365 * 24 * time.Hour

	maxVendorAnswer = 64 << 10
	maxVendorToken  = 16 << 10
)

// vendor asks for the token by which we are known as the vendor.
type vendor struct {
	client   *http.Client // adds nothing and follows no redirect
	url      string
	clientID string
	apiKey   provider.Secret
	timeout  time.Duration
	now      func() time.Time
}

// ask asks once. Errors hold nothing of the body, which may repeat the secret.
func (v *vendor) ask(ctx context.Context) (*provider.Token, provider.Refusal, error) {
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	body, err := json.Marshal(map[string]string{"clientId": v.clientID, "secret": v.apiKey()})
	if err != nil {
		return nil, provider.Refusal{Final: true}, errors.New("the credentials cannot be written as JSON")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url, bytes.NewReader(body))
	if err != nil {
		return nil, provider.Refusal{Final: true}, errors.New("the URL cannot be asked")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	began := v.now()
	response, err := v.client.Do(r)
	if err != nil {
		return nil, provider.Refusal{}, err
	}
	defer response.Body.Close()
	if status := response.StatusCode; status < 200 || status > 299 {
		temporary := provider.Transient(status) || status == http.StatusRequestTimeout || status == http.StatusTooEarly
		return nil, provider.Refusal{Final: !temporary, Wait: provider.RetryAfter(response.Header, began)}, fmt.Errorf("status %d", status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxVendorAnswer+1))
	if err != nil {
		return nil, provider.Refusal{}, fmt.Errorf("the answer ended early: %w", err)
	}
	token, err := readVendorToken(data, began)
	return token, provider.Refusal{}, err
}

// readVendorToken reads {"token": string, "expiresIn": seconds}.
func readVendorToken(data []byte, began time.Time) (*provider.Token, error) {
	var answer struct {
		Token     string   `json:"token"`
		ExpiresIn *float64 `json:"expiresIn"`
	}
	if len(data) > maxVendorAnswer || json.Unmarshal(data, &answer) != nil {
		return nil, errors.New("the answer is not the JSON of a token")
	}
	if answer.Token == "" || len(answer.Token) > maxVendorToken || strings.ContainsFunc(answer.Token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return nil, errors.New("the answer has no token that can be sent")
	}
	// As a number, before it is converted: larger ones have no duration.
	if answer.ExpiresIn == nil || !(*answer.ExpiresIn >= shortestLife.Seconds()) {
		return nil, errors.New("expiresIn is no number of seconds of at least 1")
	}
	life := longestLife
	if seconds := *answer.ExpiresIn; seconds < longestLife.Seconds() {
		life = time.Duration(seconds * float64(time.Second))
	}
	return provider.NewToken(answer.Token, began, life), nil
}
