package judge

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// TestPassing runs the middleware that is not read: each leads a request without
// credentials to the handler, once, and hands over no value.
func TestPassing(t *testing.T) {
	t.Parallel()
	gin.SetMode(gin.TestMode)
	done := map[string]bool{}
	request := func() *http.Request { return httptest.NewRequest(http.MethodPost, "/x", strings.NewReader("body")) }
	for name, mw := range map[string]gin.HandlerFunc{
		"Logger": gin.Logger(), "Recovery": gin.Recovery(),
		"LoggerWithFormatter": gin.LoggerWithFormatter(func(gin.LogFormatterParams) string { return "" }),
	} {
		done[ginPath+"."+name] = true
		ran := 0
		r := gin.New()
		r.POST("/x", mw, func(c *gin.Context) {
			if ran++; len(c.Keys) > 0 {
				t.Errorf("%s hands over %v", name, c.Keys)
			}
		})
		if r.ServeHTTP(httptest.NewRecorder(), request()); ran != 1 {
			t.Errorf("behind gin.%s the handler runs %d times", name, ran)
		}
	}
	for name, mw := range map[string]echo.MiddlewareFunc{
		//lint:ignore SA1019 programs use it
		"Logger": middleware.Logger(), "Recover": middleware.Recover(), "RequestID": middleware.RequestID(), "Gzip": middleware.Gzip(),
		"Secure": middleware.Secure(), "BodyLimit": middleware.BodyLimit("1M"), "CORS": middleware.CORS(),
		"CORSWithConfig": middleware.CORSWithConfig(middleware.CORSConfig{AllowOriginFunc: func(string) (bool, error) { return false, nil }}),
	} {
		done[echoPath+"/middleware."+name] = true
		ran := 0
		e := echo.New()
		e.Logger.SetOutput(httptest.NewRecorder())
		e.POST("/x", func(c echo.Context) error { ran++; return nil }, mw)
		if e.ServeHTTP(httptest.NewRecorder(), request()); ran != 1 {
			t.Errorf("behind echo's %s the handler runs %d times", name, ran)
		}
	}
	for name := range passing {
		if !done[name] {
			t.Errorf("%s is not run", name)
		}
	}
}

// BenchmarkChain judges all chains of testdata, each time from the beginning. The
// packages that they need are read before.
func BenchmarkChain(b *testing.B) {
	p, routes := routesOf(b)
	all := func() {
		j := New(p)
		for _, r := range routes {
			j.Route(r.route)
		}
	}
	all()
	b.ReportAllocs()
	for b.Loop() {
		all()
	}
	b.ReportMetric(float64(len(routes)), "chains")
}
