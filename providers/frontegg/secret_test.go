package frontegg_test

import (
	"fmt"
	"log/slog"
	"reflect"
	"testing"

	"github.com/authgen/authgen/providers/frontegg"
)

// TestSecretsAreNotPrinted holds that nothing that a program may print shows the API
// key, the vendor token, or what a login and a session hold.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	var told log
	c := g.connect(t, frontegg.Logger(told.logger()))
	if err := c.Authenticate(t.Context()); err != nil {
		t.Fatal(err)
	}
	idle := g.connect(t) // nothing else reads what is printed of it
	hosted, err := c.HostedLogin(redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	login := frontegg.Login{State: testToken, Verifier: testAPIKey}
	session := frontegg.Session{AccessToken: testToken, RefreshToken: testAPIKey}
	for _, value := range []any{
		c, &c, reflect.ValueOf(idle).Elem().Interface(), c.HTTPClient(), *c.HTTPClient(), c.HTTPClient().Transport, c.Audits(), *c.Audits(), c.Events(), *c.Events(), c.Metadata(), hosted, *hosted,
		c.Audits().Sink(), frontegg.Credentials(testClientID, testAPIKey), login, &login, []frontegg.Login{login}, session, &session,
		struct{ C *frontegg.Client }{c}, struct{ l frontegg.Login }{login}.l, map[string]any{"s": session},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			hides(t, fmt.Sprintf("%s of %T", verb, value), fmt.Sprintf(verb, value))
		}
		for _, handler := range []slog.Handler{
			slog.NewTextHandler(&told, nil), slog.NewJSONHandler(&told, nil),
		} {
			if _, list := value.([]frontegg.Login); !list { // whose JSON is for sessions
				slog.New(handler).Info("value", "v", value)
			}
		}
	}
	hides(t, "the log", told.String())
	for _, nothing := range []any{(*frontegg.Client)(nil), new(frontegg.Client)} {
		if text := fmt.Sprint(nothing); text != "frontegg.Client" {
			t.Errorf("prints %s", text)
		}
	}
}
