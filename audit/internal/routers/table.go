package routers

import (
	"net/http"

	"github.com/authgen/authgen/annotations"
)

// table holds the calls by import path, name of the receiver's type ("" for
// functions) and name.
var table = map[string]map[string]map[string]*Call{
	HTTPPath:    {"": muxCalls, "ServeMux": muxCalls},
	AdapterPath: {"Recorder": muxCalls},
	GinPath: {
		"RouterGroup": ginCalls, "IRoutes": ginCalls, "IRouter": ginCalls,
		"Engine": {
			"Use":      ginCalls["Use"],
			"NoRoute":  {Framework: annotations.Gin, Kind: NoRoute, Method: None, Path: None, Host: None, Handler: None, Middleware: 0, HandlerLast: true},
			"NoMethod": {Framework: annotations.Gin, Kind: NoMethod, Method: None, Path: None, Host: None, Handler: None, Middleware: 0, HandlerLast: true},
		},
	},
	EchoPath: {
		"Echo": echoCalls, "Group": echoCalls,
		"Router": {"Add": {Framework: annotations.Echo, Method: 0, Path: 1, Host: None, Handler: 2, Middleware: None}},
	},
}

var muxCalls = map[string]*Call{
	"Handle":     {Framework: annotations.NetHTTP, Method: None, Path: 0, Host: None, Handler: 1, Middleware: None},
	"HandleFunc": {Framework: annotations.NetHTTP, Method: None, Path: 0, Host: None, Handler: 1, Middleware: None, Func: true},
}

var ginCalls = func() map[string]*Call {
	route := func(method, path int, methods ...string) *Call {
		return &Call{Framework: annotations.Gin, Methods: methods, Method: method, Path: path, Host: None, Handler: None, Middleware: path + 1, HandlerLast: true}
	}
	static := func(suffix string) *Call {
		return &Call{
			Framework: annotations.Gin, Kind: Static, Methods: []string{http.MethodGet, http.MethodHead},
			Method: None, Path: 0, Suffix: suffix, Host: None, Handler: None, Middleware: None,
		}
	}
	calls := map[string]*Call{
		"Handle": route(0, 1),
		"Match":  route(0, 1),
		// What gin calls any are these.
		"Any": route(None, 0, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodHead,
			http.MethodOptions, http.MethodDelete, http.MethodConnect, http.MethodTrace),
		"Static": static("*filepath"), "StaticFS": static("*filepath"), "StaticFile": static(""), "StaticFileFS": static(""),
		"Use":   {Framework: annotations.Gin, Kind: Use, Method: None, Path: None, Host: None, Handler: None, Middleware: 0},
		"Group": {Framework: annotations.Gin, Kind: Group, Method: None, Path: 0, Host: None, Handler: None, Middleware: 1},
	}
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodHead, http.MethodOptions, http.MethodDelete} {
		calls[m] = route(None, 0, m)
	}
	return calls
}()

var echoCalls = func() map[string]*Call {
	route := func(kind Kind, method, path int, methods ...string) *Call {
		return &Call{Framework: annotations.Echo, Kind: kind, Methods: methods, Method: method, Path: path, Host: None, Handler: path + 1, Middleware: path + 2}
	}
	static := func(suffix string, middleware int) *Call {
		return &Call{
			Framework: annotations.Echo, Kind: Static, Methods: []string{http.MethodGet},
			Method: None, Path: 0, Suffix: suffix, Host: None, Handler: None, Middleware: middleware,
		}
	}
	calls := map[string]*Call{
		"Add":   route(Route, 0, 1),
		"Match": route(Route, 0, 1),
		// What echo calls any are these.
		"Any": route(Route, None, 0, http.MethodConnect, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions,
			http.MethodPatch, http.MethodPost, "PROPFIND", http.MethodPut, http.MethodTrace, "REPORT"),
		"RouteNotFound": route(NoRoute, None, 0),
		"Static":        static("*", None), "StaticFS": static("*", None),
		// A group's File takes no middleware: its call has no such arguments.
		"File": static("", 2), "FileFS": static("", 3),
		"Use":   {Framework: annotations.Echo, Kind: Use, Method: None, Path: None, Host: None, Handler: None, Middleware: 0},
		"Pre":   {Framework: annotations.Echo, Kind: Pre, Method: None, Path: None, Host: None, Handler: None, Middleware: 0},
		"Group": {Framework: annotations.Echo, Kind: Group, Method: None, Path: 0, Host: None, Handler: None, Middleware: 1},
		"Host":  {Framework: annotations.Echo, Kind: Group, Method: None, Path: None, Host: 0, Handler: None, Middleware: 1},
	}
	for _, m := range []string{
		http.MethodConnect, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions,
		http.MethodPatch, http.MethodPost, http.MethodPut, http.MethodTrace,
	} {
		calls[m] = route(Route, None, 0, m)
	}
	return calls
}()
