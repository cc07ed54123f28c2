package frontier

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	auth "github.com/authgen/authgen/runtime"
)

// way is how a credential is exchanged.
type way uint8

const (
	noWay way = iota // it is verified as it is
	bySession
	byPersonalToken
	byGrant
	byBasic
)

// wayOf tells by the text of a credential alone. It only chooses who verifies it.
func (x *exchanger) wayOf(c auth.Credential) way {
	switch c.Carrier {
	case auth.CarrierBasic:
		return byBasic
	case auth.CarrierCookie:
		return bySession // whatever is in it: the server ignores an access token there
	case auth.CarrierBearer, auth.CarrierUserToken:
		if strings.HasPrefix(c.Text, x.client.options.personalPrefix) {
			return byPersonalToken
		}
		if isAssertion(c.Text) {
			return byGrant
		}
	}
	return noWay
}

// isAssertion reports whether text is a JWT that names a service user's key where the
// server looks for it, and does not say that the server made it.
func isAssertion(text string) bool {
	header, payload, ok := peek(text)
	if !ok {
		return false
	}
	_, made := payload["gen"]
	kid, _ := payload["kid"].(string)
	return !made && isUUID(kid) && header["kid"] == kid
}

// peek reads a JWT before anything of it was verified.
func peek(text string) (header, payload map[string]any, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, nil, false
	}
	read := func(part string, into *map[string]any) bool {
		data, err := base64.RawURLEncoding.DecodeString(part)
		return err == nil && json.Unmarshal(data, into) == nil && *into != nil
	}
	return header, payload, read(parts[0], &header) && read(parts[1], &payload)
}

// question is what AuthToken is asked about a credential.
type question struct {
	way  way
	auth authorization
	in   tokenRequest
	id   string  // of the credential that a secret is for
	end  float64 // of an assertion, NumericDate
}

// questionOf reads a credential. It is not ok where the server would refuse it for
// its form alone.
func (x *exchanger) questionOf(c auth.Credential) (q question, ok bool) {
	q.way = x.wayOf(c)
	switch q.way {
	case bySession:
		q.auth, ok = authorization{cookie: c.Text, secrets: []string{c.Text}}, isSession(c.Text)
	case byPersonalToken:
		q.auth, ok = bearer(c.Text), isPersonalToken(c.Text, x.client.options.personalPrefix)
	case byGrant:
		q.auth, q.in = byAssertion(c.Text)
		_, payload, _ := peek(c.Text)
		end, ends := payload["exp"].(float64)
		id, _ := payload["jti"].(string)
		// Older servers would take a bearer's without these.
		q.end, ok = end, (c.Carrier == auth.CarrierUserToken || ends && id != "") && x.mayLast(end, ends)
	case byBasic:
		var secret string
		if q.id, secret, ok = x.readBasic(c.Text); ok {
			q.auth, q.in = bySecret(q.id, secret)
		}
	}
	if c.Carrier == auth.CarrierUserToken {
		// The server is stricter with what is a bearer's.
		q.auth.header, q.auth.userToken = "", c.Text
	}
	return q, ok
}

// mayLast reports whether an assertion ends as soon as [AssertionsFor] demands.
func (x *exchanger) mayLast(end float64, ends bool) bool {
	most := x.client.options.assertionsFor
	return most == 0 || ends && end <= float64(x.client.now().Add(most+longestSkew).Unix())
}

// readBasic reads id and secret as splitBasic does. It is not ok where they are none
// that the server compares.
func (x *exchanger) readBasic(text string) (id, secret string, ok bool) {
	id, secret, ok = splitBasic(text)
	if !ok || !isSecret(secret) && !x.isOwnSecret(secret) {
		return "", "", false
	}
	return id, secret, true
}

// splitBasic reads id and secret (RFC 7617 section 2), with the id in lower case. It is
// not ok where the id is no uuid.
func splitBasic(text string) (id, secret string, ok bool) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return "", "", false
	}
	id, secret, _ = strings.Cut(string(data), ":")
	return strings.ToLower(id), secret, isUUID(id)
}

// canonical returns the text of a credential as it is written where the server lets it
// be written in several ways.
func canonical(c auth.Credential) string {
	if c.Carrier == auth.CarrierBasic {
		if id, secret, ok := splitBasic(c.Text); ok {
			return base64.StdEncoding.EncodeToString([]byte(id + ":" + secret))
		}
	}
	return c.Text
}

// isOwnSecret reports whether a secret is of a form that [BasicSecrets] admits.
func (x *exchanger) isOwnSecret(secret string) bool {
	may := x.client.options.basicSecrets
	return may != nil && isSecretText(secret) && may(secret)
}

// Exchanges implements [auth.Exchanger].
func (x *exchanger) Exchanges(c auth.Credential) bool { return x.wayOf(c) != noWay }

var errForm = fmt.Errorf("%w: it has not the form of what the server makes", auth.ErrNotActive)

// Exchange implements [auth.Exchanger].
func (x *exchanger) Exchange(ctx context.Context, c auth.Credential) (string, error) {
	key := x.keyOf(c)
	// First what was refused: a session may end while its exchange is being noted.
	if k, ok := x.refused.find(key); ok {
		return "", k.value
	}
	if k, ok := x.tokens.find(key); ok {
		x.renew(ctx, key, c, k.span)
		return k.value, nil
	}
	q, ok := x.questionOf(c)
	switch {
	case !ok && q.way == byPersonalToken:
		return "", fmt.Errorf("%w: %w", auth.ErrStop, errForm)
	case !ok:
		return "", errForm
	}
	return x.token(ctx, key, q)
}

// ask has the server exchange a credential.
func (x *exchanger) ask(ctx context.Context, q question) (string, error) {
	token, err := x.client.mint(ctx, q.auth, q.in)
	if err != nil {
		return "", verdict(err, q)
	}
	// Whatever stands between may have put its own credential in place of this one.
	if _, payload, _ := peek(token); payload["sub_type"] != subjects[q.way] {
		return "", unavailable(errors.New("frontier: AuthToken: the token is not for whom such a credential stands"))
	}
	return token, nil
}

// subjects are the kinds of those for whom credentials stand.
var subjects = [...]string{bySession: "app/user", byPersonalToken: "app/pat", byGrant: "app/serviceuser", byBasic: "app/serviceuser"}

// verdict is the error for the guard: whether the credential is not
// valid, which may be remembered, or nothing is known.
func verdict(err error, q question) error {
	var answer *Error
	if !errors.As(err, &answer) || answer.Is(ErrUnavailable) || answer.isOfPath() {
		return err
	}
	switch answer.Code {
	case "unauthenticated":
		// The server tries the next credential then, but not after a personal access
		// token, nor after an assertion whose signature is wrong, which it does not
		// tell from one of an unknown key.
		if q.way == byGrant || q.way == byPersonalToken {
			return fmt.Errorf("%w: %w: %w", auth.ErrNotActive, auth.ErrStop, err)
		}
		return fmt.Errorf("%w: %w", auth.ErrNotActive, err)
	case "permission_denied", "not_found", "failed_precondition", "invalid_argument":
		// It is known, and may not come in: disabled, deleted, of a disabled organization.
		return fmt.Errorf("%w: %w: %w", auth.ErrNotActive, auth.ErrStop, err)
	}
	return err
}
