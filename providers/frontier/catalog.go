package frontier

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/authgen/authgen/internal/frontiername"
	auth "github.com/authgen/authgen/runtime"
)

const (
	adminAPI = "raystack.frontier.v1beta1.AdminService"

	rpcCheck            = "CheckResourcePermission"
	rpcBatchCheck       = "BatchCheckPermission"
	rpcFeature          = "CheckFeatureEntitlement"
	rpcListPermissions  = "ListPermissions"
	rpcCreatePermission = "CreatePermission"
	rpcGetOrganization  = "GetOrganization"
	rpcGetProject       = "GetProject"
	rpcGetGroup         = "GetGroup"
	rpcGetResource      = "GetProjectResource"
	rpcCurrentUser      = "GetCurrentUser"

	// lackFor is how long a permission that the server did not have is not asked about.
	lackFor = 30 * time.Second
	// listFor is how long a list of permissions is believed not to have changed.
	listFor = 5 * time.Second
)

// catalog knows the permissions that the server has.
type catalog struct {
	client *Client
	lists  *memory[struct{}, map[string]bool]

	mu       sync.Mutex
	keys     map[string]bool // nil before the first list
	at       time.Time
	prepared map[string]string // by key: the permission of rules that means it
	failed   bool              // permissions of rules could not be compared
}

// builtIn reports whether a permission is one that lists do not have.
func builtIn(q inquiry) bool {
	return q.namespace == "app/platform" && (q.verb == "superuser" || q.verb == "check")
}

// lacks reports whether the server did not have a permission of late. It does not ask.
func (c *catalog) lacks(q inquiry, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys != nil && !c.keys[q.key] && !builtIn(q) && spanFrom(c.at, lackFor).holds(now)
}

// has tells whether the server has a permission, by a list that is new where it seems
// to have none.
func (c *catalog) has(ctx context.Context, q inquiry) (bool, error) {
	if builtIn(q) || c.holds(q.key) {
		return true, nil
	}
	if err := c.load(ctx); err != nil {
		return false, err
	}
	return c.holds(q.key), nil
}

func (c *catalog) holds(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys[key]
}

// load asks for the list, unless that was just done.
func (c *catalog) load(ctx context.Context) error {
	list, err := c.lists.once(ctx, struct{}{}, func(ctx context.Context) (known[map[string]bool], error) {
		began := c.client.now()
		keys, err := c.client.listPermissions(ctx)
		return known[map[string]bool]{spanFrom(began, listFor), keys}, err
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys, c.at = list.value, list.from
	return nil
}

// listPermissions returns the keys of all permissions.
func (c *Client) listPermissions(ctx context.Context) (map[string]bool, error) {
	var out struct {
		Permissions []struct {
			Name      string `json:"name"`
			Namespace string `json:"namespace"`
		} `json:"permissions"`
	}
	if err := c.callAsSelf(ctx, mainService, rpcListPermissions, nil, &out); err != nil {
		return nil, err
	}
	keys := make(map[string]bool, len(out.Permissions))
	for _, p := range out.Permissions {
		keys[strings.ReplaceAll(p.Namespace, "/", ".")+"."+p.Name] = true
	}
	return keys, nil
}

// PrepareChecks implements [auth.CheckPreparer]: all checks must be such as the server
// can be asked, and of permissions that it has. Where it does not answer, that is
// logged, and no error.
func (k *checker) PrepareChecks(handler string, checks []auth.ResourceCheck) error {
	var wanted []inquiry
	for _, c := range checks {
		if c.Type == frontiername.TypeOnline {
			if c.Type+":"+c.ID+"#"+c.Permission != frontiername.Online {
				return fmt.Errorf("frontier: of the type %s there is the check %s alone", c.Type, frontiername.Online)
			}
			continue
		}
		q, err := k.named(c.Type, c.Permission)
		if err != nil {
			return err
		}
		if !strings.Contains(c.ID, "{") && !k.fits(q.namespace, c.ID) {
			return fmt.Errorf("frontier: %q is no uuid of %s (see ResourceNames)", c.ID, q.namespace)
		}
		if !frontiername.IsWhole(c.ID) {
			return fmt.Errorf("frontier: %q is more than one path parameter: no uuid looks so", c.ID)
		}
		if err := k.catalog.claim(q.key, c.Permission); err != nil {
			return err
		}
		wanted = append(wanted, q)
		if own := q.getOfOwn(); own.key != "" && k.client.options.checks.projectOf == nil {
			wanted = append(wanted, own) // without it nobody learns the project, see parent
		}
	}
	if len(wanted) == 0 || k.client.settings.credential == nil {
		return nil
	}
	return k.catalog.compare(handler, wanted)
}

// getOfOwn is the permission without which the server tells nothing of resources of a
// namespace that is not its own; the zero value for its own.
func (q inquiry) getOfOwn() inquiry {
	if strings.HasPrefix(q.namespace, "app/") {
		return inquiry{}
	}
	key, err := frontiername.Key(q.namespace, "get")
	if err != nil {
		return inquiry{}
	}
	return inquiry{resource{namespace: q.namespace}, "get", key}
}

// claim notes by which name of rules a permission is meant.
func (c *catalog) claim(key, permission string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.prepared[key]; ok && old != permission {
		return fmt.Errorf("frontier: %q and %q of rules are both %s on the server (see Permissions)", old, permission, key)
	}
	if c.prepared == nil {
		c.prepared = map[string]string{}
	}
	c.prepared[key] = permission
	return nil
}

func (c *catalog) compare(handler string, wanted []inquiry) error {
	c.mu.Lock()
	failed := c.failed
	c.mu.Unlock()
	if failed {
		return nil // a server that is down would be waited for by each rule
	}
	for _, q := range wanted {
		switch known, err := c.has(context.Background(), q); {
		case err != nil:
			c.mu.Lock()
			c.failed = true
			c.mu.Unlock()
			c.client.logger.Warn("frontier: the permissions of rules are not compared with those of the server, which does not answer", "handler", handler, "error", err)
			return nil
		case !known:
			return errUnknown(q)
		}
	}
	return nil
}

// MissingPermissions returns those of keys, such as storage.file.upload, that the
// server has no permission for, sorted. [ManifestPermissions] tells those of a program.
func (c *Client) MissingPermissions(ctx context.Context, keys ...string) ([]string, error) {
	if c == nil || c.settings == nil {
		return nil, errNotConnected
	}
	known, err := c.listPermissions(ctx)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, key := range keys {
		if !known[key] && !slices.Contains(missing, key) {
			missing = append(missing, key)
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// CreatePermissions creates those of keys that the server has no permission for, and
// returns them, sorted. This program has to be a superuser of the server. Nothing
// else creates permissions: neither guards nor checks do.
func (c *Client) CreatePermissions(ctx context.Context, keys ...string) ([]string, error) {
	missing, err := c.MissingPermissions(ctx, keys...)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	type body struct {
		Key string `json:"key"`
	}
	var in struct {
		Bodies []body `json:"bodies"`
	}
	for _, key := range missing {
		in.Bodies = append(in.Bodies, body{key})
	}
	if err := c.callAsSelf(ctx, adminAPI, rpcCreatePermission, in, nil); err != nil {
		return nil, err
	}
	return missing, nil
}

// ManifestPermissions returns the keys of the permissions that checks of rules ask
// for, sorted, as frontier_permissions of auth.manifest.json lists them. For each
// namespace that is not the server's own there is its permission get too: without that
// the server does not tell the project of a resource (see [ResourceProject]).
func ManifestPermissions(manifest []byte) ([]string, error) {
	named, err := readManifest(manifest)
	if err != nil {
		return nil, fmt.Errorf("frontier: %w", err)
	}
	keys := make([]string, 0, len(named))
	for _, key := range named {
		keys = append(keys, key)
		if at := strings.LastIndexByte(key, '.'); !strings.HasPrefix(key, "app.") {
			keys = append(keys, key[:at+1]+"get")
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}
