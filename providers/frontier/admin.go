package frontier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

// Admin makes service users and their credentials. It needs permission
// serviceusermanage on the organization, and is safe for any number of goroutines.
type Admin struct {
	client *Client
	token  provider.Secret // nil for this program
}

// Admin returns the administrative calls, made as this program.
func (c *Client) Admin() *Admin { return &Admin{client: c} }

// As returns the same calls made as the bearer of an access token or personal access
// token: that of the caller of a request, for example ([auth.Identity.Token]).
func (a *Admin) As(token string) *Admin { return &Admin{a.client, provider.NewSecret(token)} }

// ServiceUser is a machine's account in an organization.
type ServiceUser struct {
	ID        string         `json:"id"`
	OrgID     string         `json:"org_id"`
	Title     string         `json:"title"`
	State     string         `json:"state"`
	Metadata  map[string]any `json:"metadata"`
	CreatedAt time.Time      `json:"created_at"`
}

// IssuedCredential is a credential that was made: an id and a secret, or an id and
// an opaque token. The server tells the secret this once, and it is not printed.
type IssuedCredential struct {
	ID        string // FRONTIER_CLIENT_ID
	Title     string
	CreatedAt time.Time
	secret    provider.Secret
}

// Secret returns the secret or the opaque token, FRONTIER_CLIENT_SECRET.
func (i IssuedCredential) Secret() string { return shown(i.secret) }

// IssuedKey is a key that was made. The server tells it this once, and it is not
// printed.
type IssuedKey struct {
	ID            string
	ServiceUserID string
	file          provider.Secret
}

// File returns the file for [KeyFile] and [Key].
func (i IssuedKey) File() []byte { return []byte(shown(i.file)) }

func shown(s provider.Secret) string {
	if s == nil {
		return ""
	}
	return s()
}

// CreateServiceUser makes a service user of an organization, who may view it. title
// and metadata may be empty.
func (a *Admin) CreateServiceUser(ctx context.Context, orgID, title string, metadata map[string]any) (ServiceUser, error) {
	type body struct {
		Title    string         `json:"title,omitempty"`
		Metadata map[string]any `json:"metadata,omitempty"`
	}
	in := struct {
		OrgID string `json:"org_id"`
		Body  body   `json:"body"`
	}{orgID, body{title, metadata}}
	var out struct {
		ServiceUser ServiceUser `json:"serviceuser"`
	}
	if err := a.call(ctx, "CreateServiceUser", in, &out, orgID); err != nil {
		return ServiceUser{}, err
	}
	if !isUUID(out.ServiceUser.ID) {
		return ServiceUser{}, lacks("CreateServiceUser")
	}
	return out.ServiceUser, nil
}

// ofServiceUser is the request for a credential.
type ofServiceUser struct {
	ID    string `json:"id"`
	OrgID string `json:"org_id"`
	Title string `json:"title,omitempty"`
}

type issued struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Secret    string    `json:"secret"`
	Token     string    `json:"token"`
	CreatedAt time.Time `json:"created_at"`
}

// CreateServiceUserCredential makes an id and a secret of a service user. Each use of
// a secret costs the server most of a second of a processor; see
// [Admin.CreateServiceUserToken].
func (a *Admin) CreateServiceUserCredential(ctx context.Context, orgID, serviceUserID, title string) (IssuedCredential, error) {
	var out struct {
		Secret issued `json:"secret"`
	}
	const rpc = "CreateServiceUserCredential"
	err := a.call(ctx, rpc, ofServiceUser{serviceUserID, orgID, title}, &out, orgID, serviceUserID)
	return out.Secret.credential(rpc, out.Secret.Secret, err)
}

// CreateServiceUserToken makes an id and an opaque token of a service user, which
// serve as id and secret and cost the server little.
func (a *Admin) CreateServiceUserToken(ctx context.Context, orgID, serviceUserID, title string) (IssuedCredential, error) {
	var out struct {
		Token issued `json:"token"`
	}
	const rpc = "CreateServiceUserToken"
	err := a.call(ctx, rpc, ofServiceUser{serviceUserID, orgID, title}, &out, orgID, serviceUserID)
	return out.Token.credential(rpc, out.Token.Token, err)
}

func (i issued) credential(rpc, secret string, err error) (IssuedCredential, error) {
	switch {
	case err != nil:
		return IssuedCredential{}, err
	case !isUUID(i.ID) || secret == "":
		return IssuedCredential{}, lacks(rpc)
	}
	return IssuedCredential{i.ID, i.Title, i.CreatedAt, provider.NewSecret(secret)}, nil
}

// CreateServiceUserJWK makes a key of a service user, which signs assertions. The
// server makes both halves.
func (a *Admin) CreateServiceUserJWK(ctx context.Context, orgID, serviceUserID, title string) (IssuedKey, error) {
	var out struct {
		Key map[string]any `json:"key"`
	}
	const rpc = "CreateServiceUserJWK"
	if err := a.call(ctx, rpc, ofServiceUser{serviceUserID, orgID, title}, &out, orgID, serviceUserID); err != nil {
		return IssuedKey{}, err
	}
	file, err := json.Marshal(out.Key)
	if err != nil {
		return IssuedKey{}, lacks(rpc)
	}
	key, err := parseServiceKey(file)
	if err != nil {
		return IssuedKey{}, unavailable(fmt.Errorf("frontier: %s: the key %w", rpc, err))
	}
	return IssuedKey{key.kid, key.principal, provider.NewSecret(string(file))}, nil
}

func lacks(rpc string) error {
	return unavailable(fmt.Errorf("frontier: %s: the answer lacks what was made", rpc))
}

// call asks an RPC about ids, which are uuids.
func (a *Admin) call(ctx context.Context, rpc string, in, out any, ids ...string) error {
	if a == nil || a.client == nil || a.client.settings == nil {
		return errNotConnected
	}
	for _, id := range ids {
		if !isUUID(id) {
			return fmt.Errorf("frontier: %s: the id of the organization or the service user is no uuid", rpc)
		}
	}
	if a.token == nil {
		return a.client.callAsSelf(ctx, mainService, rpc, in, out)
	}
	token := a.token()
	if token == "" || !isLine(token) {
		return errors.New("frontier: " + rpc + ": the token is empty or cannot be sent")
	}
	return a.client.call(ctx, mainService, rpc, bearer(token), in, out)
}
