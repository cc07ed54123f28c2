package nethttp

import (
	"net/http"
	"strings"
)

// pathParams is a request as [auth.Params], without an allocation.
type pathParams http.Request

func (p *pathParams) Param(name string) string {
	r := (*http.Request)(p)
	if r.Method == http.MethodConnect {
		return connectValue(r, name)
	}
	return r.PathValue(name)
}

// connectValue is PathValue for CONNECT, whose path ServeMux does not clean. An
// empty segment then matches a wildcard without being kept: the values after it
// stand under other names, and for the last name PathValue panics. Such a path
// has no parameters.
func connectValue(r *http.Request, name string) (value string) {
	defer func() {
		// The path may have been changed since it was matched.
		if recover() != nil {
			value = ""
		}
	}()
	if r.URL == nil || strings.Contains(r.URL.EscapedPath(), "//") {
		return ""
	}
	return r.PathValue(name)
}
