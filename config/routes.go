package config

import "time"

// PublicRoute is a route that is declared public in the settings, since its
// handler has no annotation.
type PublicRoute struct {
	// Method and Path are as the route is registered, with its host in front of
	// the path. The method ANY covers every one.
	Method, Path string
	Program      string // import path of the main package, "" for any
	Reason       string
	Position     Position
}

// Matches reports whether the entry declares a route public. The path has the
// host in front, the method is ANY where the route names none.
func (p PublicRoute) Matches(program, method, path string) bool {
	return p.Path == path && (p.Method == method || p.Method == anyMethod) && (p.Program == "" || p.Program == program)
}

// anyMethod stands for all methods.
const anyMethod = "ANY"

// Accepted is a finding that is known and not to be reported, so that a module
// with findings can be kept from getting worse.
type Accepted struct {
	Finding string // AUTHnnn
	// One of the two says which: the route as findings name it, such as
	// "POST /files", or the file, relative to the module root.
	Route, File string
	Program     string // import path of the main package, "" for any
	Count       int    // how many findings it stands for, at least 1
	Reason      string
	// Until is midnight, UTC, after the last day on which the entry holds; zero
	// for no end.
	Until    time.Time
	Position Position
}
