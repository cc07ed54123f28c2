package frontier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

// mainService is the service of the API that is not for administrators.
const mainService = "raystack.frontier.v1beta1.FrontierService"

const (
	headerProject   = "X-Project"
	headerUserToken = "X-User-Token"
	sessionCookie   = "sid"

	maxAnswer = 4 << 20
)

// authorization is how a call says who it is for. The zero value says nothing.
type authorization struct {
	header    string // Authorization
	userToken string // X-User-Token
	cookie    string // the session's value
	project   string // X-Project
	agent     string // User-Agent
	// secrets are what messages of errors must not repeat.
	secrets []string
}

func bearer(token string) authorization {
	return authorization{header: "Bearer " + token, secrets: []string{token}}
}

func (a *authorization) apply(r *http.Request) {
	if a.header != "" {
		r.Header.Set("Authorization", a.header)
	}
	if a.userToken != "" {
		r.Header.Set(headerUserToken, a.userToken)
	}
	if a.cookie != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: a.cookie})
	}
	if a.project != "" {
		r.Header.Set(headerProject, a.project)
	}
	if a.agent != "" {
		r.Header.Set("User-Agent", a.agent)
	}
}

// call asks one RPC. in is written as JSON, nil as {}; the answer is read into out,
// unless that is nil. The error is an [*Error], or matches [ErrUnavailable].
func (c *Client) call(ctx context.Context, service, rpc string, auth authorization, in, out any) error {
	_, err := c.callHeader(ctx, service, rpc, auth, in, out)
	return err
}

// callHeader is call, and returns the header of the answer too.
func (c *Client) callHeader(ctx context.Context, service, rpc string, auth authorization, in, out any) (http.Header, error) {
	if c.work.Ended() {
		return nil, ErrClosed
	}
	api, err := c.speaks(ctx)
	if err != nil {
		return nil, err
	}
	header, data, err := c.sendHeader(ctx, api, service, rpc, auth, in)
	if err != nil {
		c.doubt(err)
		return nil, err
	}
	if out == nil {
		return header, nil
	}
	if err := readAnswer(data, out); err != nil {
		return nil, unavailable(fmt.Errorf("frontier: %s: %w", rpc, err))
	}
	return header, nil
}

// callAsSelf is call with the token of this program, and with another one after an
// answer "unauthenticated".
func (c *Client) callAsSelf(ctx context.Context, service, rpc string, in, out any) error {
	token, err := c.self.Token(ctx)
	if err != nil {
		if auth, ok := c.withoutToken(ctx, err); ok {
			return c.call(ctx, service, rpc, auth, in, out)
		}
		return err
	}
	err = c.call(ctx, service, rpc, bearer(token.Text()), in, out)
	if !errors.Is(err, ErrUnauthenticated) {
		return err
	}
	if token, failed := c.self.Renew(ctx, token); failed == nil {
		return c.call(ctx, service, rpc, bearer(token.Text()), in, out)
	}
	return err
}

// send asks one RPC, and returns the body of an answer that is a success.
func (c *Client) send(ctx context.Context, api API, service, rpc string, auth authorization, in any) ([]byte, error) {
	_, data, err := c.sendHeader(ctx, api, service, rpc, auth, in)
	return data, err
}

func (c *Client) sendHeader(ctx context.Context, api API, service, rpc string, auth authorization, in any) (http.Header, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout)
	defer cancel()
	r, err := c.request(ctx, api, service, rpc, in)
	if err != nil {
		return nil, nil, err
	}
	auth.apply(r)
	response, err := c.plain.Do(r)
	if err != nil {
		var told *url.Error // has the URL, and what the transport says
		if errors.As(err, &told) {
			err = told.Err
		}
		return nil, nil, unavailable(fmt.Errorf("frontier: %s: %w", rpc, err))
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case (response.StatusCode < 200 || response.StatusCode > 299) && !sendsOn(api, rpc, response.StatusCode):
		e := readError(rpc, response.StatusCode, data, auth.secrets...)
		e.RetryAfter = provider.RetryAfter(response.Header, c.now())
		return nil, nil, e
	case err != nil:
		return nil, nil, unavailable(fmt.Errorf("frontier: %s: the answer ended early: %w", rpc, err))
	case len(data) > maxAnswer:
		return nil, nil, unavailable(fmt.Errorf("frontier: %s: %w", rpc, provider.ErrTooLarge))
	}
	return response.Header, data, nil
}

// request makes the request of a call, without who it is for.
func (c *Client) request(ctx context.Context, api API, service, rpc string, in any) (*http.Request, error) {
	data := []byte("{}")
	if in != nil {
		var err error
		if data, err = json.Marshal(in); err != nil {
			return nil, fmt.Errorf("frontier: %s: what is to be sent cannot be written as JSON: %w", rpc, err)
		}
	}
	method, path := http.MethodPost, "/"+service+"/"+rpc
	if api == RESTAPI {
		var err error
		if method, path, err = gatewayRequest(rpc, data); err != nil {
			return nil, err
		}
	}
	var body io.Reader
	if method == http.MethodPost {
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.settings.url+path, body)
	if err != nil {
		return nil, fmt.Errorf("frontier: %s: the URL cannot be asked", rpc)
	}
	// With a charset the server would write the names of members differently.
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set(HeaderRequestID, requestIDOr(ctx))
	if deadline, ok := ctx.Deadline(); ok && api == ConnectAPI {
		r.Header.Set("Connect-Timeout-Ms", strconv.FormatInt(max(time.Until(deadline).Milliseconds(), 1), 10))
	}
	return r, nil
}
