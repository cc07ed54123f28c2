package wiring

import (
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// Framework is one that routes are registered on.
type Framework string

// The frameworks, as the manifest names them.
const (
	NetHTTP Framework = "nethttp"
	Gin     Framework = "gin"
	Echo    Framework = "echo"
)

// Program is one main package with what it registers.
type Program struct {
	Path    string // import path
	Routers []*Router
	Routes  []*Route // in order of registration
	// Fronts are what stands in front of routers that a server is given: routes
	// of a router of their own, whose handler is that router.
	Fronts []*Route
	Ends   []End
	// Walks are the places where the handlers of all routes of gin are taken, and
	// Finds those where the router of echo is asked for a route.
	Walks, Finds []End
	// Takes are the places where the handler of a route is taken from a ServeMux.
	Takes []End
}

// Router is one ServeMux, gin engine or Echo.
type Router struct {
	value.Base
	Framework Framework
	Number    int // in order of creation within the program, from 1
	Pos       token.Pos
	Default   bool // http.DefaultServeMux
	Served    bool // reached by a server, as far as is seen
	// Settings are fields of the router that the program sets to constants:
	// RemoveExtraSlash, UseRawPath, HandleMethodNotAllowed.
	Settings map[string]bool
	Uses     []*Use
	Groups   []*Group // the first is the router itself
	// Conditions are those under which the router is made. They are not told
	// again of its routes.
	Conditions []Condition

	fields        map[string]*value.Cell
	registrations []*registration
	before        []*Link // that run before every route: echo's Pre and Use
	zero          bool    // a variable that nobody made
	replaced      *Router // by an assignment to that variable
	mounted       bool
	passed        bool // to code that is not read
	started       bool // given to a server
}

// Apart reports whether a router is given to a server and, as far as is seen, to no
// other handler.
func (r *Router) Apart() bool { return r.started && !r.mounted && !r.passed }

// Group is a router or a group of one: routes with a prefix and a chain.
type Group struct {
	value.Base
	Router *Router
	Parent *Group // nil for the router itself
	Prefix *value.Text
	Host   string // of echo's Host
	Pos    token.Pos
	Order  int         // see Use
	In     *types.Func // that makes it
	Chain  []*Link     // that routes registered now get, without what runs before the router's

	lent   *value.List // what its field Handlers was read as
	lentOf []*Link     // the chain at that time
	field  *value.Cell // that holds its field Handlers, once something spoke of it
	held   value.Value // what it held then
	guess  bool        // nobody is seen to make it

	conditions []Condition // under which it is made
}

// Use is one call of Use, Pre or of a middleware argument of Group.
type Use struct {
	Group *Group
	Links []*Link
	Pos   token.Pos
	Order int  // of all registrations and uses of the program
	Pre   bool // echo's Pre
	// Conditions are those under which the call stands.
	Conditions []Condition
	In         *types.Func
}

// Link is one middleware of a chain.
type Link struct {
	Framework Framework
	// Func is the middleware. For gin it is the function that takes the
	// *gin.Context; for echo the function that takes and returns the next
	// handler; for net/http the handler that calls one of Next.
	Func value.Value
	// Next are the handlers that the middleware leads to, for net/http (and for
	// an echo or gin handler that was made of another one): the very values
	// that Func holds.
	Next []value.Value
	Name string // as the manifest names it
	Pos  token.Pos
	// Conditions are those under which the link stands in the chain, in the
	// words of the code.
	Conditions []Condition
	// Pre says that the link runs before the router looks for a route: what it
	// sees of the request may be changed after it.
	Pre bool
	// Runs are handlers with a rule that the link runs without their guards.
	Runs []value.Value
	// Errors are functions that it was given, other than handlers, such as one that
	// answers errors.
	Errors []value.Value
	// Asks says that the link asks the framework for the handler of a route, and
	// may run it past what stands between.
	Asks bool
	// Swaps says that the link sets another handler for the route.
	Swaps bool
	// Adapts says that the link is layers of functions of the program's own shape, and
	// what adapts them: what they answer, they say by their result.
	Adapts bool
	// All says that the link runs for all routes of an Echo, whatever their groups.
	All bool
}

// Condition is one under which something is done.
type Condition = value.Condition

// Route is one registration.
type Route struct {
	Router     *Router
	Group      *Group
	Method     string // "" for every method
	Host       string
	Path       *value.Text // as registered, with the prefix
	Handler    value.Value // after all links were taken off
	Name       string      // of the handler, as the manifest names it
	Kind       Kind
	Chain      []*Link // outermost first, all that runs before the handler
	Given      int     // how many links the call itself was given
	Wraps      int     // how many links, the last ones, are of what the call was given as the handler
	Pos        token.Pos
	Order      int
	In         *types.Func // that registers; nil in a variable's initializer
	InName     string
	Conditions []Condition
	// Adapter is the handler as a link in front of the function of the program's own
	// shape that it adapts, nil where it adapts none.
	Adapter *Link
	// Context says that the server puts values into the context of every request.
	Context bool
	// Around are the places where a link of the chain runs the handler itself,
	// past the links behind it.
	Around []End
	// Errors is what answers errors of all routes of the router, nil where that is
	// the framework's own.
	Errors *Link
	// Guess says why the registration may not happen as told: an end of the
	// trail that was bridged.
	Guess []End
}

// Kind tells routes that are registered otherwise than by method and path.
type Kind string

// The kinds of routes.
const (
	Plain    Kind = ""
	Static   Kind = "static"    // files
	NoRoute  Kind = "no-route"  // gin's NoRoute, echo's RouteNotFound
	NoMethod Kind = "no-method" // gin's NoMethod
	Mount    Kind = "mount"     // a router of another kind, whose routes are not known
	Sub      Kind = "sub"       // a router whose routes stand beside this one
	Default  Kind = "default"   // the handler of a server that is no router
)

// End is a place where the trail ends: something may register routes there, or
// change what is known of some.
type End struct {
	Pos token.Pos
	Why string
}
