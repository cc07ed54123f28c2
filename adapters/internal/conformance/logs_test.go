package conformance_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// lockedBuffer is a log that several requests may write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

// TestLogs holds that a denial and its reason are found in the guard's log, once
// for each request, and in those of the frameworks; and that no token is.
func TestLogs(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	var own, framework lockedBuffer
	guard := issuer.Guard(auth.Logger(slog.New(slog.NewTextHandler(&own, nil))))
	a := &app{guard: guard, trail: new(trail)}
	rt := route{rule: protected(auth.Demands{Roles: []string{"secret-role"}})}

	engine := gin.New()
	engine.Use(gin.LoggerWithWriter(&framework))
	engine.GET("/files", a.ginTwin(rt))
	e := newEcho()
	e.Use(middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
		LogStatus: true, LogError: true,
		LogValuesFunc: func(_ echo.Context, v middleware.RequestLoggerValues) error {
			if v.Error == nil {
				return errors.New("the logger sees no error")
			}
			_, err := framework.Write([]byte(http.StatusText(v.Status) + " 403 " + v.Error.Error()))
			return err
		},
	}))
	e.GET("/files", a.echoTwin(rt))

	token := issuer.Token(authtest.User("u1"), authtest.Roles("held-role"))
	for _, to := range []target{one(t, "nethttp", a, a.netHTTPTwin(rt)), one(t, "gin", a, engine), one(t, "echo", a, e)} {
		if got := to.send(t, get("/files").bearer(token)); got.status != 403 || got.body != denied[403] {
			t.Errorf("%s: %v", to.name, got)
		}
		log := own.take()
		if strings.Count(log, "auth: denied") != 1 || !strings.Contains(log, "secret-role") || !strings.Contains(log, "handler=test") || !strings.Contains(log, "status=403") {
			t.Errorf("%s: the guard's log: %s", to.name, log)
		}
		access := framework.take()
		if to.name != "nethttp" && (!strings.Contains(access, "403") || !strings.Contains(access, "not authorized") || strings.Contains(access, "secret-role")) {
			t.Errorf("%s: the framework's log: %s", to.name, access)
		}
		for _, part := range append(strings.Split(token, "."), "held-role", "u1") {
			if strings.Contains(log, part) || strings.Contains(access, part) {
				t.Errorf("%s: the logs hold %q:\n%s%s", to.name, part, log, access)
			}
		}
	}
}

// TestRenderedErrors holds that middleware which shows the errors of gin to
// callers does not tell them why they were denied.
func TestRenderedErrors(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	a := &app{guard: issuer.Guard(), trail: new(trail)}
	token := issuer.Token(authtest.User("u1"))
	for name, render := range map[string]gin.HandlerFunc{
		"gin.ErrorLogger": gin.ErrorLogger(),
		"c.Errors.JSON": func(c *gin.Context) {
			c.Next()
			c.JSON(-1, c.Errors.JSON())
		},
		"the last error": func(c *gin.Context) {
			c.Next()
			c.JSON(-1, c.Errors.Last())
		},
		"each text": func(c *gin.Context) {
			c.Next()
			for _, err := range c.Errors {
				c.String(-1, err.Error())
			}
		},
	} {
		engine := gin.New()
		engine.Use(render)
		engine.GET("/files", a.ginTwin(route{rule: protected(auth.Demands{Roles: []string{"secret-role"}})}))
		if got := one(t, "gin", a, engine).send(t, get("/files").bearer(token)); got.status != 403 || got.body != denied[403] {
			t.Errorf("%s: %v", name, got)
		}
		// Without a connection that holds to the length, as behind compression.
		r, w := httptest.NewRequest(http.MethodGet, "/files", nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer "+token)
		engine.ServeHTTP(w, r)
		if body := w.Body.String(); w.Code != 403 || !strings.HasPrefix(body, denied[403]) || strings.Contains(body, "role") {
			t.Errorf("%s: %d %s", name, w.Code, body)
		}
	}
}
