package server

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	"files"
	"web"

	auth "github.com/authgen/authgen/runtime"
)

type server struct {
	raw  *files.API
	safe files.ProtectedAPI
	*files.Admin
}

func logged(h http.Handler) http.Handler { return h }

func frameworks(guard *auth.Guard, mux *http.ServeMux, r *gin.Engine, e *echo.Echo) {
	raw := &files.API{}
	api := files.ProtectAPI(guard, raw)
	mux.HandleFunc("/", api.Upload)
	mux.HandleFunc("/health", raw.Health)
	mux.HandleFunc("/unruled", raw.Unruled)

	mux.HandleFunc("/a", raw.Upload)                                   // want `files.API.Upload has a rule, permissions=uploadFile, and is registered without its guard; register api.Upload \(AUTH103\)`
	mux.Handle("/b", http.HandlerFunc(raw.Upload))                     // want `register api.Upload \(AUTH103\)`
	http.HandleFunc("/c", (raw.Upload))                                // want `register api.Upload \(AUTH103\)`
	http.Handle("/d", logged(http.HandlerFunc(raw.Upload)))            // want `register api.Upload \(AUTH103\)`
	r.GET("/e", raw.Gin)                                               // want `files.API.Gin has a rule, roles=admin, .*; register api.Gin \(AUTH103\)`
	r.Group("/f").Handle("POST", "/g", func(*gin.Context) {}, raw.Gin) // want `register api.Gin \(AUTH103\)`
	r.NoRoute(raw.Gin)                                                 // want `register api.Gin \(AUTH103\)`
	r.Use(raw.Gin)                                                     // want `register api.Gin \(AUTH103\)`
	var routes gin.IRoutes = r
	routes.GET("/h", raw.Gin)         // want `register api.Gin \(AUTH103\)`
	e.GET("/i", raw.Echo)             // want `register api.Echo \(AUTH103\)`
	e.Add("POST", "/j", raw.Echo)     // want `register api.Echo \(AUTH103\)`
	e.Group("/k").Any("/l", raw.Echo) // want `register api.Echo \(AUTH103\)`
}

func values(guard *auth.Guard, mux *http.ServeMux) {
	raw := &files.Admin{}
	admin := files.ProtectAdmin(guard, raw)
	mux.Handle("/", admin)
	mux.Handle("/ok", files.ProtectAdmin(guard, raw))
	mux.Handle("/a", raw)            // want `files.Admin.ServeHTTP has a rule, roles=admin, and is registered without its guard; register admin \(AUTH103\)`
	mux.Handle("/b", &files.Admin{}) // want `register ServeHTTP of what files.ProtectAdmin\(guard, …\) returns \(AUTH103\)`
	mux.Handle("/c", logged(raw))    // want `register admin \(AUTH103\)`

	all := files.Protect(guard)
	mux.HandleFunc("/d", files.List)        // want `register all.List \(AUTH103\)`
	mux.HandleFunc("/e", files.Export("x")) // want `files.Export has a rule.*; register all.Export \(AUTH103\)`
	mux.Handle("/f", files.Metrics)         // want `files.Metrics has a rule.*; register Metrics of what files.Protect\(guard\) returns \(AUTH103\)`
	mux.HandleFunc("/g", all.Export("x"))
}

func variables(guard *auth.Guard, mux *http.ServeMux) {
	raw := &files.API{}
	api := files.ProtectAPI(guard, raw)
	h := raw.Upload
	mux.HandleFunc("/a", h) // want `files.API.Upload has a rule.*; register api.Upload \(AUTH103\)`
	var wrapped http.Handler = http.HandlerFunc(raw.Upload)
	wrapped = logged(wrapped)
	mux.Handle("/b", wrapped) // want `files.API.Upload has a rule.*; register api.Upload \(AUTH103\)`
	other := raw.Upload
	other = api.Upload
	mux.HandleFunc("/c", other)
}

func literals(mux *http.ServeMux, e *echo.Echo, api *files.API, admin *files.Admin) {
	mux.HandleFunc("/a", func(w http.ResponseWriter, r *http.Request) { // want `files.API.Typed has a rule, roles=admin, and the function that is registered calls it without its guard; register Typed of what files.ProtectAPI\(guard, …\) returns \(AUTH103\)`
		api.Typed(w, r, nil)
	})
	e.GET("/b", func(c echo.Context) error { return api.Echo(c) })                               // want `the function that is registered calls it without its guard`
	mux.HandleFunc("/c", func(w http.ResponseWriter, r *http.Request) { admin.ServeHTTP(w, r) }) // want `files.Admin.ServeHTTP has a rule`
}

func bound(guard *auth.Guard, mux *http.ServeMux, r *gin.Engine, e *echo.Echo) {
	raw := &files.API{}
	api := files.ProtectAPI(guard, raw)
	mux.HandleFunc("/", http.HandlerFunc(api.Upload).ServeHTTP)
	r.GET("/", func(c *gin.Context) { api.Gin(c) })
	mux.HandleFunc("/a", http.HandlerFunc(raw.Upload).ServeHTTP)         // want `files.API.Upload has a rule.*; register api.Upload \(AUTH103\)`
	mux.HandleFunc("/b", logged(http.HandlerFunc(raw.Upload)).ServeHTTP) // want `register api.Upload \(AUTH103\)`
	r.GET("/c", func(c *gin.Context) { raw.Gin(c) })                     // want `files.API.Gin has a rule, roles=admin, and the function that is registered calls it without its guard; call api.Gin \(AUTH103\)`
	e.GET("/d", func(c echo.Context) error { return raw.Echo(c) })       // want `call api.Echo \(AUTH103\)`
	in := http.HandlerFunc(raw.Upload)
	mux.HandleFunc("/e", func(w http.ResponseWriter, r *http.Request) { in.ServeHTTP(w, r) }) // want `call api.Upload \(AUTH103\)`
	// What runs after the call would run for callers that the guard denied.
	r.GET("/f", func(c *gin.Context) { // want `the function that is registered calls it without its guard; register api.Gin \(AUTH103\)`
		raw.Gin(c)
		println("done")
	})
	mux.HandleFunc("/g", func(w http.ResponseWriter, r *http.Request) { // want `register api.Typed \(AUTH103\)`
		raw.Typed(w, r, nil)
	})
}

func fields(s *server, mux *http.ServeMux) {
	mux.HandleFunc("/", s.safe.Upload)
	mux.HandleFunc("/a", s.raw.Upload) // want `register Upload of what files.ProtectAPI\(guard, …\) returns \(AUTH103\)`
	mux.HandleFunc("/b", s.More)       // want `files.Admin.More has a rule, tokens=user, roles=admin`
	safe := files.ProtectAPI(nil, s.raw)
	mux.HandleFunc("/e", safe.Upload)
	mux.HandleFunc("/c", s.raw.Upload) // want `register safe.Upload \(AUTH103\)`
}

// unsure has guarded forms that may be of other values.
func unsure(guard *auth.Guard, mux *http.ServeMux, given files.ProtectedAPI) {
	raw := &files.API{}
	other := files.ProtectAPI(guard, &files.API{})
	mux.HandleFunc("/a", raw.Upload) // want `register Upload of what files.ProtectAPI\(guard, …\) returns \(AUTH103\)`
	one, two := files.ProtectAPI(guard, raw), files.ProtectAPI(nil, raw)
	mux.HandleFunc("/b", raw.Upload) // want `register Upload of what files.ProtectAPI\(guard, …\) returns \(AUTH103\)`
	_, _, _, _ = other, one, two, given
}

func helpers(guard *auth.Guard, mux *http.ServeMux, r web.Router, g web.Group) {
	api := &files.API{}
	web.Handle(mux, "/a", api.Upload)            // want `files.API.Upload has a rule, permissions=uploadFile, and is registered without its guard by web.Handle; register Upload of`
	web.Get(mux, "/b", api.Upload)               // want `registered without its guard by web.Get`
	web.Mount(mux, http.HandlerFunc(api.Upload)) // want `registered without its guard by web.Mount`
	web.Mount(mux, &files.Admin{})               // want `registered without its guard by web.Mount`
	g.GET("/c", func(*gin.Context) {}, api.Gin)  // want `registered without its guard by web.GET`
	r.HandleFunc("/d", api.Upload)               // want `registered without its guard; register Upload of`
	web.Serve(http.HandlerFunc(api.Upload))
}
