package frontier

import (
	"context"
	"encoding/json"
	"errors"
)

// keySet asks for the keys that sign the server's tokens: as this program on new
// servers, and as nobody on old ones.
func (c *Client) keySet(ctx context.Context) ([]byte, error) {
	api, err := c.speaks(ctx)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if api == RESTAPI {
		err = c.call(ctx, mainService, rpcKeys, authorization{}, nil, &answer)
	} else {
		err = c.callAsSelf(ctx, mainService, rpcKeys, nil, &answer)
	}
	if err != nil {
		return nil, err
	}
	if len(answer.Keys) == 0 {
		return nil, unavailable(errors.New("frontier: GetJWKs: the server has no key: it makes no tokens until an RSA key is configured"))
	}
	return json.Marshal(answer)
}
