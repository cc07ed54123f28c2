package frontier

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// The RPCs of this file's callers.
const (
	rpcAuthToken      = "AuthToken"
	rpcKeys           = "GetJWKs"
	rpcAuthStrategies = "ListAuthStrategies"
)

// speaks tells how the server is spoken to. What was found out counts until the server
// answers otherwise; several may find it out at a time.
func (c *Client) speaks(ctx context.Context) (API, error) {
	if c.options.api != DetectAPI {
		return c.options.api, nil
	}
	if found := API(c.api.Load()); found != DetectAPI {
		return found, nil
	}
	found, err := c.findAPI(ctx)
	if err == nil {
		c.api.Store(uint32(found))
	}
	return found, err
}

// findAPI asks what needs no credential: of new servers the ways to sign in, of old
// ones the keys.
func (c *Client) findAPI(ctx context.Context) (API, error) {
	var object map[string]any
	data, err := c.send(ctx, ConnectAPI, mainService, rpcAuthStrategies, authorization{}, nil)
	if err == nil {
		err = readAnswer(data, &object)
	}
	if err == nil {
		return ConnectAPI, nil
	}
	var answer *Error
	if !errors.As(err, &answer) || !unknownPath(answer.Status) {
		return DetectAPI, unavailable(fmt.Errorf("frontier: how the server is spoken to is not known: %w", err))
	}
	data, err = c.send(ctx, RESTAPI, mainService, rpcKeys, authorization{}, nil)
	if err == nil && readAnswer(data, &object) == nil {
		if _, ok := object["keys"]; ok {
			return RESTAPI, nil
		}
	}
	return DetectAPI, unavailable(errors.New("frontier: the server answers neither by Connect nor as the gateway of older ones (see SpeakAPI)"))
}

func unknownPath(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented
}

// doubt forgets how the server is spoken to where it answers so no more: another
// version may run by now.
func (c *Client) doubt(err error) {
	var answer *Error
	if errors.As(err, &answer) && answer.isOfPath() {
		c.api.Store(uint32(DetectAPI))
	}
}

// isOfPath reports whether an answer says that there is no such path, and nothing of
// what was asked there.
func (e *Error) isOfPath() bool {
	return unknownPath(e.Status) && (e.Code == "" || e.Message == "Not Found")
}
