package frontegg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/authgen/authgen/internal/provider"
)

// request is a call of one of Frontegg's services. The transport adds the vendor
// token, and tries again as [Client.HTTPClient] says.
type request struct {
	method  string
	service Service
	// path are the segments behind the service's URL. Each is escaped; the last
	// may be empty, for a slash at the end.
	path   []string
	query  url.Values
	tenant string // "" for none
	header http.Header
	body   any // written as JSON, unless it is nil
	// statusOnly says that the answer of status 2xx counts, whatever becomes of its
	// body: a request that was taken must not look like one that may be sent again.
	statusOnly bool
	// keepToken says that an answer of 401 is not the vendor token's.
	keepToken bool
	// secret is one beside ours that messages of errors must not repeat.
	secret string
}

// get asks for something, and returns the body of the answer. The error is an
// [*Error] where the status is not 2xx, or matches [ErrUnavailable].
func (c *Client) get(ctx context.Context, service Service, path ...string) ([]byte, error) {
	return c.call(ctx, request{method: http.MethodGet, service: service, path: path})
}

// getJSON is get, and reads the body into a value.
func (c *Client) getJSON(ctx context.Context, into any, service Service, path ...string) error {
	data, err := c.get(ctx, service, path...)
	return readJSON(data, err, into, service)
}

// callJSON is call, and reads the body into a value. What cannot be read matches
// [ErrUnavailable].
func (c *Client) callJSON(ctx context.Context, into any, q request) error {
	data, err := c.call(ctx, q)
	return readJSON(data, err, into, q.service)
}

func readJSON(data []byte, err error, into any, service Service) error {
	if err == nil && json.Unmarshal(data, into) != nil {
		return malformed(service)
	}
	return err
}

// malformed is the error of an answer that is not what the service answers.
func malformed(service Service) error {
	return unavailable(fmt.Errorf("%s: the answer is not the expected JSON", service))
}

// call sends a request, and returns the body of the answer.
func (c *Client) call(ctx context.Context, q request) ([]byte, error) {
	address, err := c.settings.address(q.service, q.path)
	if err != nil {
		return nil, err
	}
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	var body io.Reader
	if q.body != nil {
		data, err := json.Marshal(q.body)
		if err != nil {
			return nil, fmt.Errorf("frontegg: %s: what is to be sent cannot be written as JSON: %w", q.service, err)
		}
		body = bytes.NewReader(data)
	}
	if q.keepToken {
		ctx = provider.KeepToken(ctx)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("frontegg: %s: the URL cannot be asked", q.service)
	}
	for name, values := range q.header {
		r.Header[name] = values
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.tenant != "" {
		if err := SetTenant(r.Header, q.tenant); err != nil {
			return nil, err
		}
	}
	response, err := c.http.Do(r)
	if err != nil {
		var told *url.Error // has the whole URL, with what was asked
		if errors.As(err, &told) {
			err = told.Err
		}
		return nil, unavailable(fmt.Errorf("%s: %w", q.service, err))
	}
	taken := response.StatusCode >= 200 && response.StatusCode <= 299
	if taken && q.statusOnly {
		provider.Discard(response)
		return nil, nil
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if !taken {
		return nil, &Error{
			Service: q.service, Method: q.method, Status: response.StatusCode, RetryAfter: provider.RetryAfter(response.Header, c.now()),
			Messages: readMessages(data, c.settings.apiKey(), c.vendor.Shown(), q.secret),
		}
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("%s: the answer ended early: %w", q.service, err))
	}
	return data, nil
}

// address is the URL of something of a service.
func (s *settings) address(service Service, path []string) (string, error) {
	var b strings.Builder
	b.WriteString(s.services[service])
	for i, segment := range path {
		if segment == "." || segment == ".." || segment == "" && i < len(path)-1 {
			return "", fmt.Errorf("frontegg: %s: %q cannot be part of a path", service, segment)
		}
		b.WriteByte('/')
		b.WriteString(url.PathEscape(segment))
	}
	return b.String(), nil
}
