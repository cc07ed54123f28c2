package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ResourceDescription is what a service tells clients of itself (RFC 9728
// section 2).
type ResourceDescription struct {
	// URL is the resource identifier, which clients compare byte for byte and ask
	// authorization servers for tokens with (RFC 8707): https, loopback or a host
	// of InsecureHTTP. It has no query, and letters, digits, "-", ".", "_" and "~"
	// between the slashes of its path.
	URL string
	// Scopes that clients may ask for; may be empty.
	Scopes []string
	// Name is for the people who use clients; may be empty.
	Name string
	// Documentation is the URL of a page for developers; may be empty.
	Documentation string
}

// Resource describes the service to its clients by [Guard.MetadataHandler].
// Challenges point to that document, unless [ResourceMetadata] names another.
// The document shows everybody the URLs of all issuers of the guard.
func Resource(r ResourceDescription) Option {
	r.Scopes = slices.Clone(r.Scopes)
	return func(o *options) error {
		if o.resource != nil {
			return errors.New("Resource: is given twice")
		}
		o.resource = &r
		return nil
	}
}

// metadataPath is where the metadata of a resource without a path is (RFC 9728
// section 3).
const metadataPath = "/.well-known/oauth-protected-resource"

// metadata is the document (RFC 9728 section 2).
type metadata struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers,omitempty"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	Scopes               []string `json:"scopes_supported,omitempty"`
	Name                 string   `json:"resource_name,omitempty"`
	Documentation        string   `json:"resource_documentation,omitempty"`
}

// prepareMetadata checks what options say of the resource's metadata, and makes
// the document.
func (o *options) prepareMetadata() error {
	if o.resourceMetadata != "" {
		if err := checkURL(o.resourceMetadata, o.insecureHosts); err != nil {
			return fmt.Errorf("ResourceMetadata: %w", err)
		}
	}
	if o.resource == nil {
		return nil
	}
	if err := o.describe(o.resource); err != nil {
		return fmt.Errorf("Resource: %w", err)
	}
	return nil
}

func (o *options) describe(r *ResourceDescription) error {
	if err := checkURL(r.URL, o.insecureHosts); err != nil {
		return err
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return errors.New("it is no URL")
	}
	// The path becomes a pattern of some router, where other characters mean
	// something else.
	clean := path.Clean("/" + u.Path)
	if strings.ContainsAny(r.URL, "?#") || strings.ContainsFunc(u.EscapedPath(), notInPath) || u.Path != "" && u.Path != clean && u.Path != clean+"/" {
		return errors.New("the URL has a query or fragment, or a path of other than letters, digits and -._~ between single slashes")
	}
	for _, scope := range r.Scopes {
		if !isScope(scope) {
			return fmt.Errorf("%q is no scope (RFC 6749 section 3.3)", scope)
		}
	}
	if r.Documentation != "" {
		if err := checkURL(r.Documentation, o.insecureHosts); err != nil {
			return fmt.Errorf("documentation: %w", err)
		}
	}
	document := metadata{
		Resource: r.URL, BearerMethods: []string{"header"}, Scopes: r.Scopes, Name: r.Name, Documentation: r.Documentation,
	}
	for _, is := range o.issuers {
		if checkURL(is.url, o.insecureHosts) == nil {
			document.AuthorizationServers = append(document.AuthorizationServers, is.url)
		}
	}
	o.metadataPath = metadataPath
	if u.Path != "/" {
		o.metadataPath += u.Path
	}
	if o.resourceMetadata == "" {
		o.resourceMetadata = u.Scheme + "://" + u.Host + o.metadataPath
	}
	o.metadata, err = json.Marshal(document)
	return err
}

func notInPath(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/-._~", r))
}

// MetadataPath returns the path at which to register [Guard.MetadataHandler]: that
// of the [Resource] behind /.well-known/oauth-protected-resource (RFC 9728
// section 3.1). It holds nothing that is special in patterns of routers.
func (g *Guard) MetadataPath() string {
	if g == nil || g.opts == nil || g.opts.metadataPath == "" {
		return metadataPath
	}
	return g.opts.metadataPath
}

// MetadataHandler returns a handler that serves the protected resource's metadata
// (RFC 9728) to GET and HEAD, to everybody and pages of every origin: it is public,
// and caches may keep it for an hour. It answers 404 where the guard has no
// [Resource], and 503 where the guard is nil or zero.
func (g *Guard) MetadataHandler() http.Handler { return http.HandlerFunc(g.serveMetadata) }

func (g *Guard) serveMetadata(w http.ResponseWriter, r *http.Request) {
	switch {
	case !g.ready():
		g.Deny(w, r, g.challenge(challengeUnavailable, "the guard is not set up"))
		return
	case g.opts.metadata == nil:
		http.NotFound(w, r)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(g.opts.metadata)))
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Access-Control-Allow-Origin", "*")
	if r.Method == http.MethodGet {
		// A caller who went away is no error to handle.
		_, _ = w.Write(g.opts.metadata)
	}
}
