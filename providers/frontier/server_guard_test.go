package frontier_test

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

// signed makes a JWT of a service user's key, with what change does to header and claims.
func signed(t *testing.T, k ft.Key, now time.Time, change func(header, claims jsonObject)) string {
	t.Helper()
	block, _ := pem.Decode([]byte(k.PrivateKey))
	if block == nil {
		t.Fatal("the key is no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": k.PrincipalID, "sub": k.PrincipalID, "kid": k.ID, "jti": rand.Text(), "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	token.Header["kid"] = k.ID
	if change != nil {
		change(token.Header, jsonObject(token.Claims.(jwt.MapClaims)))
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// resigned is a token with another algorithm, and a signature of nobody.
func resigned(t *testing.T, token, alg string) string {
	t.Helper()
	claims := jwt.MapClaims(claimsOf(t, token, 1))
	made := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	var key any = []byte("key")
	if alg == "none" {
		made, key = jwt.NewWithClaims(jwt.SigningMethodNone, claims), jwt.UnsafeAllowNoneSignatureType
	}
	made.Header["kid"] = claimsOf(t, token, 0)["kid"]
	text, err := made.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// tampered is a token whose signature is another.
func tampered(token string) string {
	at := strings.LastIndexByte(token, '.') + 1
	other := byte('A')
	if token[at] == other {
		other = 'B'
	}
	return token[:at] + string(other) + token[at+1:]
}

// TestServerKeys holds that the keys of the server are found, by the program and by its
// bootstrap account, and count for its issuer alone.
func TestServerKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(w.owner)
	elsewhere := *w
	elsewhere.server = new(server)
	*elsewhere.server = *w.server
	elsewhere.issuer += "x"
	api := frontier.ConnectAPI
	if w.old {
		api = frontier.RESTAPI
	}
	for name, c := range map[string]struct {
		on   *service
		want int
	}{
		"the program":           {w.service(), 200},
		"the bootstrap account": {w.serviceAs(w.root), 200},
		"another issuer":        {elsewhere.service(), 401},
		"its API is set":        {w.service(frontier.SpeakAPI(api)), 200},
	} {
		if got := c.on.status("/any", authorization, "Bearer "+token); got != c.want {
			t.Errorf("%s: %d\n%s", name, got, c.on.log)
		}
		if got := c.on.status("/any", authorization, "Bearer "+tampered(token)); got != 401 {
			t.Errorf("%s, tampered: %d\n%s", name, got, c.on.log)
		}
	}
}

// TestServerCredentials holds who is admitted by what, and what is refused.
func TestServerCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.newOrg()
	user, robot := w.newMember(org), w.newRobot(org)
	secret, opaque, key := w.secretOf(robot), w.opaqueOf(robot), w.keyOf(robot)
	token, now := w.token(user), time.Now()
	assertion := func(change func(header, claims jsonObject)) string { return signed(t, key, now, change) }
	without := func(name string) string {
		return assertion(func(_, claims jsonObject) { delete(claims, name) })
	}
	ada, machine := "user "+user.id, "service "+robot.id
	some43 := strings.Repeat("x", 43)
	s := w.service()
	cases := map[string]struct {
		says    string // "" for 401
		headers []string
	}{
		"a token":                   {ada, []string{authorization, "Bearer " + token}},
		"bearer in lower case":      {ada, []string{authorization, "bearer " + token}},
		"a token, X-User-Token":     {ada, []string{userToken, token}},
		"session":                   {ada, user.headers()},
		"assertion":                 {machine, []string{authorization, "Bearer " + assertion(nil)}},
		"assertion, X-User-Token":   {machine, []string{userToken, assertion(nil)}},
		"without exp, X-User-Token": {"", []string{userToken, without("exp")}},
		"secret":                    {machine, []string{authorization, secret.Basic()}},
		"opaque token":              {machine, []string{authorization, opaque.Basic()}},
		"nothing":                   {"", nil},
		"tampered":                  {"", []string{authorization, "Bearer " + tampered(token)}},
		"alg none":                  {"", []string{authorization, "Bearer " + resigned(t, token, "none")}},
		"HS256":                     {"", []string{authorization, "Bearer " + resigned(t, token, "HS256")}},
		"of a service user's key":   {"", []string{authorization, "Bearer " + assertion(func(_, claims jsonObject) { maps.Copy(claims, claimsOf(t, token, 1)) })}},
		"another secret":            {"", []string{authorization, basic(secret.ID, some43)}},
		"another opaque token":      {"", []string{authorization, basic(opaque.ID, strings.Repeat("0", 64))}},
		"the service user's id":     {"", []string{authorization, basic(robot.id, secret.Secret)}},
		"id is no uuid":             {"", []string{authorization, basic("su_1", secret.Secret)}},
		"secret of another form":    {"", []string{authorization, basic(secret.ID, "secret")}},
		"no base64":                 {"", []string{authorization, "Basic x"}},
		"an opaque token as Bearer": {"", []string{authorization, "Bearer " + opaque.Secret}},
		"another personal token":    {"", []string{authorization, "Bearer fpt_" + some43}},
		"a short personal token":    {"", []string{authorization, "Bearer fpt_x"}},
		"another session":           {"", []string{cookie, "sid=" + some43}},
		"a tampered assertion":      {"", []string{authorization, "Bearer " + tampered(assertion(nil))}},
		"assertion without kid":     {"", []string{authorization, "Bearer " + without("kid")}},
		"assertion without jti":     {"", []string{authorization, "Bearer " + without("jti")}},
		"assertion without exp":     {"", []string{authorization, "Bearer " + without("exp")}},
		"no kid in its header":      {"", []string{authorization, "Bearer " + assertion(func(header, _ jsonObject) { delete(header, "kid") })}},
		"an assertion of tomorrow":  {"", []string{authorization, "Bearer " + assertion(func(_, claims jsonObject) { claims["iat"] = now.Add(time.Minute).Unix() })}},
		"not before tomorrow":       {"", []string{authorization, "Bearer " + assertion(func(_, claims jsonObject) { claims["nbf"] = now.Add(time.Minute).Unix() })}},
		"an assertion that ended":   {"", []string{authorization, "Bearer " + assertion(func(_, claims jsonObject) { claims["exp"] = now.Add(-time.Hour).Unix() })}},
	}
	for name, c := range cases {
		want := 200
		if c.says == "" {
			want = 401
		}
		response := s.ask("/any", c.headers...)
		if says := body(t, response); response.StatusCode != want || want == 200 && says != c.says {
			t.Errorf("%s: %d %s\n%s", name, response.StatusCode, says, s.log)
		}
	}
	hides(t, s.log.String(), secret.Secret, opaque.Secret, user.cookie, token, w.program.Secret)
	w.clock.Advance(25 * time.Hour)
	for _, name := range []string{"a token", "a token, X-User-Token"} {
		if got := s.status("/any", cases[name].headers...); got != 401 {
			t.Errorf("%s that ended: %d", name, got)
		}
	}
}

// TestServerPersonalTokens holds what personal access tokens are admitted as, and what
// handlers learn of them.
func TestServerPersonalTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.needsNewer("personal access tokens")
	org := w.newOrg()
	user := w.newMember(org)
	pat := w.newPAT(user, org)
	s := w.service()
	for name, headers := range map[string][]string{"Bearer": {authorization, "Bearer " + pat.Token}, "X-User-Token": {userToken, pat.Token}} {
		if response := s.ask("/any", headers...); response.StatusCode != 200 || body(t, response) != "pat "+pat.ID {
			t.Errorf("%s: %d\n%s", name, response.StatusCode, s.log)
		}
	}
	id, err := s.guard.Validate(t.Context(), pat.Token)
	if err != nil || id.Kind() != auth.KindPAT || id.Subject() != pat.ID || id.UserID() != user.id || !slices.Equal(id.Tenants(), []string{org}) || !via(id, "pat") {
		t.Errorf("%v, %v", id, err)
	}
	project, _ := w.newProject(org)
	narrow := w.newPATFor(w.owner, org, "app_project_viewer", "app/project", project)
	if id, err := s.guard.Validate(t.Context(), narrow.Token); err != nil || id.Subject() != narrow.ID || len(id.Tenants()) != 0 {
		t.Errorf("for one project: %v, %v", id, err)
	}
	s.guarded("/project-get/{id}", "project:{id}#get")
	if got := s.status("/project-get/"+project, authorization, "Bearer "+narrow.Token); got != 204 {
		t.Errorf("at its project: %d\n%s", got, s.log)
	}
	hides(t, s.log.String(), pat.Token, narrow.Token)
}

// via reports whether a token was had in this way, which servers before v0.112.0 do not
// tell.
func via(id *auth.Identity, want string) bool {
	got := frontier.AuthVia(id)
	return got == want || got == ""
}

// TestServerOrder holds which of two credentials counts, without and with ServerOrder, and
// at the server itself.
func TestServerOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.newOrg()
	user, robot := w.newMember(org), w.newRobot(org)
	opaque, token, key := w.opaqueOf(robot), w.token(w.owner), w.keyOf(robot)
	assertion := func(change func(header, claims jsonObject)) string { return signed(t, key, time.Now(), change) }
	unknown := assertion(func(header, claims jsonObject) { header["kid"], claims["kid"] = someID, someID })
	ended := assertion(func(_, claims jsonObject) { claims["exp"] = time.Now().Add(-time.Hour).Unix() })
	strict, ordered := w.service(), w.service(frontier.ServerOrder())
	ada, machine, owner := "user "+user.id, "service "+robot.id, "user "+w.owner.id
	type row struct {
		headers                 []string
		strict, ordered, server string // who, or the status
	}
	rows := map[string]row{
		"session, token":                   {append(user.headers(), authorization, "Bearer "+token), owner, ada, ada},
		"session, bad token":               {append(user.headers(), authorization, "Bearer "+tampered(token)), "401", ada, ada},
		"session, secret":                  {append(user.headers(), authorization, opaque.Basic()), machine, ada, ada},
		"bad session, token":               {[]string{cookie, "sid=eHg", authorization, "Bearer " + token}, owner, owner, owner},
		"token, secret":                    {[]string{userToken, token, authorization, opaque.Basic()}, "400", owner, owner},
		"unreadable token, secret":         {[]string{userToken, "x", authorization, opaque.Basic()}, "400", machine, machine},
		"bad signature, secret":            {[]string{userToken, tampered(token), authorization, opaque.Basic()}, "400", "401", "401"},
		"forged assertion, secret":         {[]string{userToken, tampered(assertion(nil)), authorization, opaque.Basic()}, "400", "401", "401"},
		"assertion of no key, secret":      {[]string{userToken, unknown, authorization, opaque.Basic()}, "400", "401", machine},
		"token, bearer":                    {[]string{userToken, token, authorization, "Bearer " + assertion(nil)}, "400", machine, machine},
		"token, unreadable bearer":         {[]string{userToken, token, authorization, "Bearer x"}, "400", owner, owner},
		"token, bearer's bad signature":    {[]string{userToken, token, authorization, "Bearer " + tampered(token)}, "400", "401", "401"},
		"token, bearer of the past":        {[]string{userToken, token, authorization, "Bearer " + ended}, "400", "401", owner},
		"two sessions, the last is no one": {[]string{cookie, "sid=" + user.cookie + "; sid=eHg"}, "400", "400", ada},
	}
	if !w.old {
		personal := w.newPAT(user, org)
		w.must(t, "DeleteCurrentUserPAT", jsonObject{"id": personal.ID}, user.headers()...)
		rows["deleted personal token, secret"] = row{[]string{userToken, personal.Token, authorization, opaque.Basic()}, "400", "401", "401"}
		rows["unknown personal token, secret"] = row{[]string{userToken, "fpt_" + strings.Repeat("x", 43), authorization, opaque.Basic()}, "400", "401", "401"}
	}
	for name, c := range rows {
		for on, want := range map[*service]string{strict: c.strict, ordered: c.ordered} {
			response := on.ask("/any", c.headers...)
			got := body(t, response)
			if response.StatusCode != 200 {
				got = response.Status[:3]
			}
			if got != want {
				t.Errorf("%s: %s, not %s\n%s", name, got, want, on.log)
			}
		}
		if w.old {
			continue
		}
		at := w.call(t, "GetCurrentUser", jsonObject{}, c.headers...)
		got := fmt.Sprint(at.status)
		if id := at.text("user", "id"); id != "" {
			got = "user " + id
		} else if id := at.text("serviceuser", "id"); id != "" {
			got = "service " + id
		}
		if got != c.server {
			t.Errorf("%s: %s at the server, not %s", name, got, c.server)
		}
	}
}

// TestServerIdentity holds what handlers and rules learn of callers.
func TestServerIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org, other := w.newOrg(), w.newOrg()
	project, called := w.newProject(org)
	user, robot := w.newMember(org), w.newRobot(org)
	opaque := w.opaqueOf(robot)
	s := w.service()
	admit := func(token string) *auth.Identity {
		t.Helper()
		id, err := s.guard.Validate(t.Context(), token)
		if err != nil {
			t.Fatalf("%v\n%s", err, s.log)
		}
		return id
	}
	id := admit(w.token(user))
	if id.Kind() != auth.KindUser || id.Subject() != user.id || id.UserID() != user.id || id.Email() != user.email || len(id.SessionID()) != 36 && !w.old ||
		!via(id, "session") || frontier.ProjectID(id) != "" || !slices.Equal(id.Tenants(), []string{org}) {
		t.Errorf("a user: %v", id)
	}
	owner := w.token(w.owner, "X-Project", called)
	if id := admit(owner); frontier.ProjectID(id) != project || len(id.Tenants()) != 3 {
		t.Errorf("of a project: %v", id)
	}
	if id := admit(w.token(w.owner, "X-Project", name())); frontier.ProjectID(id) != "" {
		t.Errorf("of a project that there is not: %v", id)
	}
	if id := admit(w.token(w.login())); len(id.Tenants()) != 0 {
		t.Errorf("of no organization: %v", id)
	}
	if id := admit(signed(t, w.keyOf(robot), time.Now(), nil)); id.Kind() != auth.KindService || id.Subject() != robot.id || id.UserID() != "" || !via(id, "jwt_grant") {
		t.Errorf("a service user: %v", id)
	}
	for path, want := range map[string]int{"/org/" + org: 200, "/org/" + other: 403, "/user/" + user.id: 200, "/user/" + robot.id: 403} {
		if got := s.status(path, user.headers()...); got != want {
			t.Errorf("a user at %s: %d\n%s", path, got, s.log)
		}
	}
	if got := s.status("/org/"+org, authorization, opaque.Basic()); got != 200 {
		t.Errorf("a service user in its organization: %d\n%s", got, s.log)
	}
}

// TestServerNarrowed holds what Orgs and Projects refuse.
func TestServerNarrowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org, other := w.newOrg(), w.newOrg()
	project, called := w.newProject(org)
	user := w.newMember(org)
	for name, c := range map[string]struct {
		opts                []frontier.Option
		member, owner, ofIt int // sessions, and a token of the project
	}{
		"its org":        {[]frontier.Option{frontier.Orgs(org)}, 200, 200, 200},
		"another org":    {[]frontier.Option{frontier.Orgs(other)}, 401, 200, 200}, // the owner has both
		"no project":     {[]frontier.Option{frontier.Projects(project)}, 401, 401, 200},
		"by X-Project":   {[]frontier.Option{frontier.Projects(project), frontier.Project(called)}, 401, 200, 200},
		"by its id":      {[]frontier.Option{frontier.Projects(project), frontier.Project(project)}, 401, 200, 200},
		"one of nobody":  {[]frontier.Option{frontier.Projects(project), frontier.Project("authgen-none")}, 401, 401, 200},
		"another of its": {[]frontier.Option{frontier.Projects(someID)}, 401, 401, 401},
	} {
		s := w.service(c.opts...)
		got := [3]int{
			s.status("/any", user.headers()...), s.status("/any", w.owner.headers()...),
			s.status("/any", authorization, "Bearer "+w.token(w.owner, "X-Project", called)),
		}
		if got != [3]int{c.member, c.owner, c.ofIt} {
			t.Errorf("%s: %v\n%s", name, got, s.log)
		}
	}
}
