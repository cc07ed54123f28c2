package judge

import "github.com/authgen/authgen/audit/internal/value"

// passing are functions of libraries that yield middleware which leads every
// request to the next handler, or ends it for reasons that have nothing to do
// with who calls, and tells the next handler nothing. Each was read, and a test
// runs it. They are not read again: their packages are large.
var passing = map[string]bool{
	ginPath + ".Logger":              true,
	ginPath + ".LoggerWithFormatter": true, // the function is given what was logged, after the handlers
	ginPath + ".Recovery":            true,

	echoPath + "/middleware.Logger":         true,
	echoPath + "/middleware.Recover":        true,
	echoPath + "/middleware.RequestID":      true,
	echoPath + "/middleware.Gzip":           true,
	echoPath + "/middleware.Secure":         true,
	echoPath + "/middleware.BodyLimit":      true,
	echoPath + "/middleware.CORS":           true, // answers preflight requests itself
	echoPath + "/middleware.CORSWithConfig": true, // its functions are given the origin alone
}

// heedless are functions of modules that this one does not need, for the same:
// what they look at is where a request comes from, how many came, and what a
// form had to carry, which whoever opened the page has. They need not be free of
// other ways: that each request goes on is the least that middleware can do. What
// makes a handler of the next one and what returns such middleware both count.
var heedless = map[string]bool{
	"github.com/gorilla/csrf.Protect": true,
	"github.com/justinas/nosurf.New":  true, "github.com/justinas/nosurf.NewPure": true,

	"github.com/rs/cors.Cors.Handler":    true,
	"github.com/rs/cors/wrapper/gin.New": true, "github.com/rs/cors/wrapper/gin.Default": true, "github.com/rs/cors/wrapper/gin.AllowAll": true,
	"github.com/gin-contrib/cors.New": true, "github.com/gin-contrib/cors.Default": true,
	"github.com/go-chi/cors.Handler":   true,
	"github.com/gorilla/handlers.CORS": true,

	"github.com/gin-contrib/gzip.Gzip":                   true,
	"github.com/NYTimes/gziphandler.GzipHandler":         true,
	"github.com/gin-contrib/requestid.New":               true,
	"github.com/gorilla/handlers.CompressHandler":        true,
	"github.com/gorilla/handlers.CombinedLoggingHandler": true,
	"github.com/gorilla/handlers.LoggingHandler":         true,

	"github.com/go-chi/httprate.Limit": true, "github.com/go-chi/httprate.LimitAll": true, "github.com/go-chi/httprate.LimitBy": true,
	"github.com/go-chi/httprate.LimitByIP": true, "github.com/go-chi/httprate.LimitByRealIP": true,
	"github.com/ulule/limiter/drivers/middleware/gin.NewMiddleware":         true,
	"github.com/ulule/limiter/drivers/middleware/stdlib.Middleware.Handler": true,
	"github.com/didip/tollbooth.LimitHandler":                               true, "github.com/didip/tollbooth.LimitFuncHandler": true,
	"github.com/didip/tollbooth_gin.LimitHandler": true,
}

// goesOn says whether what an unread call yields leads every request on.
func (x *exec) goesOn(u *value.Unknown) bool {
	if u == nil || x.throws {
		return false
	}
	if u.Callee == nil {
		return x.goesOn(u.Made())
	}
	key := x.libraryKey(u.Callee)
	return passing[key] || heedless[key]
}
