package corners

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/corners/store"
	"example.com/golden/internal/call"
)

func TestCorners(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	p := Protect(guard)
	front.text = "front"
	g := gin.New()
	g.GET("/c", p.ginC)
	g.GET("/ok", p.ginOk)
	e := echo.New()
	e.GET("/c", p.echoC)
	e.GET("/err", p.echoErr)
	e.GET("/nil", p.echoNil)
	toFront := func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "127.0.0.1:0"}) }
	ada := issuer.Token(authtest.User("ada"), authtest.Roles("one", "two"))
	for name, c := range map[string]struct {
		h      http.Handler
		path   string
		status int
		body   string
	}{
		"w":         {http.HandlerFunc(p.takesW), "/", 200, ""},
		"r":         {http.HandlerFunc(p.takesR), "/", 200, ""},
		"ok":        {http.HandlerFunc(p.takesOk), "/", 200, ""},
		"nil":       {http.HandlerFunc(p.takesNil), "/", 200, ""},
		"aliased":   {http.HandlerFunc(p.aliased), "/", 200, "ada"},
		"foreign":   {p.foreignFunction(), "/", 200, "ada"},
		"export":    {p.export(database.Store{Name: "books"}), "/", 200, "books"},
		"channels":  {p.channels(nil, nil, "text"), "/", 200, "text"},
		"proxied":   {p.proxied(toFront), "/", 502, ""},
		"front":     {http.HandlerFunc(p.front), "/", 200, "front"},
		"gin c":     {g, "/c", 200, ""},
		"gin ok":    {g, "/ok", 200, ""},
		"echo c":    {e, "/c", 200, ""},
		"echo err":  {e, "/err", 200, ""},
		"echo nil":  {e, "/nil", 200, ""},
		"words":     {http.HandlerFunc(p.words), "/", 200, ""},
		"other":     {http.HandlerFunc(p.words_1), "/", 200, ""},
		"guard":     {http.HandlerFunc(ProtectGuard(guard, &Guard{}).Get), "/", 200, ""},
		"istanbul":  {http.HandlerFunc(Protectİstanbul(guard, İstanbul{}).Get), "/", 200, ""},
		"forbidden": {http.HandlerFunc(ProtectAPI(guard, &API{}).TakesP), "/", 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if body := call.Expect(t, c.h, "GET "+c.path, ada, c.status); c.body != "" && body != c.body {
				t.Errorf("answered %q", body)
			}
			call.Expect(t, c.h, "GET "+c.path, "", 401)
		})
	}
}

// TestAliasedReceivers holds that methods declared through an alias get what
// their type demands.
func TestAliasedReceivers(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	p := ProtectAPI(issuer.Guard(), &API{})
	member := issuer.Token(authtest.User("bob"), authtest.Roles("member"))
	uploader := issuer.Token(authtest.User("eve"), authtest.Permissions("upload"))
	both := issuer.Token(authtest.User("ada"), authtest.Roles("member"), authtest.Permissions("upload"))
	call.Expect(t, http.HandlerFunc(p.Upload), "GET /", both, 200)
	call.Expect(t, http.HandlerFunc(p.Upload), "GET /", member, 403)
	call.Expect(t, http.HandlerFunc(p.Upload), "GET /", uploader, 403)
	call.Expect(t, http.HandlerFunc(p.Delete), "GET /", member, 200)
	call.Expect(t, http.HandlerFunc(p.Delete), "GET /", uploader, 403)
}
