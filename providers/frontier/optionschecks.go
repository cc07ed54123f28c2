package frontier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/authgen/authgen/internal/frontiername"
)

const (
	defaultDecision = 5 * time.Second
	longestDecision = 5 * time.Minute
)

// checkOptions are the options of what the server is asked about a request.
type checkOptions struct {
	decisionsFor  time.Duration
	online        bool
	onlineFor     time.Duration
	resourceNames bool
	verbs         map[string]string // by the names of permissions in rules
	projectOf     func(ctx context.Context, namespace, id string) (string, error)
}

// DecisionsFor is how long an answer of the server to a check, about a feature or
// about an organization counts: so long something that was taken from the caller may
// still be allowed, and something that was given be denied. Five seconds unless set,
// five minutes at most; 0 asks for each request.
func DecisionsFor(d time.Duration) Option {
	return func(o *options) error {
		if d < 0 || d > longestDecision {
			return fmt.Errorf("DecisionsFor: is negative or longer than %v", longestDecision)
		}
		o.checks.decisionsFor = d
		return nil
	}
}

// CheckOnline makes the guard ask the server for each request whether the caller is
// still there, see [Client.Guard]. An answer counts for keep, five minutes at most; 0
// asks for each request. For some rules alone there is the check
// frontier:identity#online, whose answers count for as long, or without this option
// for [DecisionsFor].
func CheckOnline(keep time.Duration) Option {
	return func(o *options) error {
		if keep < 0 || keep > longestDecision {
			return fmt.Errorf("CheckOnline: is negative or longer than %v", longestDecision)
		}
		o.checks.online, o.checks.onlineFor = true, keep
		return nil
	}
}

// ResourceNames lets checks name organizations and projects by their names, beside
// uuids. A name is not for good: what had it before may be another.
func ResourceNames() Option {
	return func(o *options) error {
		o.checks.resourceNames = true
		return nil
	}
}

// Permissions says what permissions of rules are called on the server: verbs by the
// names that rules have. One that is not named is called as its letters and digits
// are in lower case: uploadFile is uploadfile there. See [PermissionsFrom] too.
func Permissions(verbs map[string]string) Option {
	return func(o *options) error {
		for name, verb := range verbs {
			if why := frontiername.BadVerb(verb); why != "" {
				return fmt.Errorf("Permissions: %q %s", verb, why)
			}
			if err := o.checks.call(name, verb); err != nil {
				return fmt.Errorf("Permissions: %w", err)
			}
		}
		return nil
	}
}

func (o *checkOptions) call(name, verb string) error {
	if old, ok := o.verbs[name]; ok && old != verb {
		return fmt.Errorf("%s is said to be both %s and %s", name, old, verb)
	}
	if o.verbs == nil {
		o.verbs = map[string]string{}
	}
	o.verbs[name] = verb
	return nil
}

// PermissionsFrom takes what [Permissions] says from auth.manifest.json, whose member
// frontier_permissions the settings frontier of authgen.yaml fill.
func PermissionsFrom(manifest []byte) Option {
	return func(o *options) error {
		keys, err := readManifest(manifest)
		if err != nil {
			return fmt.Errorf("PermissionsFrom: %w", err)
		}
		for check, key := range keys {
			_, name, _ := strings.Cut(check, "#")
			if err := o.checks.call(name, key[strings.LastIndexByte(key, '.')+1:]); err != nil {
				return fmt.Errorf("PermissionsFrom: %w", err)
			}
		}
		return nil
	}
}

// readManifest returns keys of permissions by type#permission of the rules' checks.
func readManifest(manifest []byte) (map[string]string, error) {
	var m struct {
		Schema      string `json:"schema"`
		Permissions []struct {
			Check string `json:"check"`
			Key   string `json:"key"`
		} `json:"frontier_permissions"`
	}
	switch {
	case json.Unmarshal(manifest, &m) != nil || m.Schema != "authgen.manifest/v1":
		return nil, errors.New("this is no manifest")
	case m.Permissions == nil:
		return nil, errors.New("the manifest has no frontier_permissions: authgen.yaml needs the key frontier")
	}
	keys := map[string]string{}
	for _, p := range m.Permissions {
		typ, _, ok := strings.Cut(p.Check, "#")
		namespace, known := frontiername.Namespace(typ)
		verb := p.Key[strings.LastIndexByte(p.Key, '.')+1:]
		if made, err := frontiername.Key(namespace, verb); !ok || !known || err != nil || made != p.Key {
			return nil, fmt.Errorf("%q is not what %q can be called", p.Key, p.Check)
		}
		keys[p.Check] = p.Key
	}
	return keys, nil
}

// ResourceProject tells the project of what is checked in a namespace of one's own,
// such as storage/file: its uuid, by which the state of the organization is found.
// Without it the server is asked, which wants that the caller or this program may
// "get" the resource, and to know a project: that of the token, or of [Project].
func ResourceProject(projectOf func(ctx context.Context, namespace, id string) (project string, err error)) Option {
	return func(o *options) error {
		if projectOf == nil {
			return errors.New("ResourceProject: the function is nil")
		}
		o.checks.projectOf = projectOf
		return nil
	}
}
