// Package echo has what routes need of the framework.
package echo

type Context interface{ Path() string }

type HandlerFunc func(Context) error

type MiddlewareFunc func(HandlerFunc) HandlerFunc

type Route struct{}

type Echo struct{}

func (e *Echo) GET(string, HandlerFunc, ...MiddlewareFunc) *Route         { return nil }
func (e *Echo) Add(string, string, HandlerFunc, ...MiddlewareFunc) *Route { return nil }
func (e *Echo) Group(string, ...MiddlewareFunc) *Group                    { return nil }

type Group struct{}

func (g *Group) Any(string, HandlerFunc, ...MiddlewareFunc) []*Route { return nil }
