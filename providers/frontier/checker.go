package frontier

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/authgen/authgen/internal/frontiername"
	auth "github.com/authgen/authgen/runtime"
)

const (
	onlineObject     = "identity"
	onlinePermission = "online"

	nsOrganization = "app/organization"
	nsProject      = "app/project"
	nsGroup        = "app/group"
)

// decision is a check of one identity. The issuer is the client's.
type decision struct {
	kind                             auth.Kinds
	subject, typ, object, permission string
}

// checker asks the server what checks of rules ask. It is an [auth.BatchChecker] and
// an [auth.CheckPreparer].
type checker struct {
	client    *Client
	decisions *memory[decision, bool]
	orgs      *memory[string, bool]     // whether it is enabled, by id or name
	parents   *memory[resource, string] // what it is part of, see parentOf
	features  *memory[entitlement, bool]
	catalog   catalog
}

func newChecker(c *Client) *checker {
	k := &checker{
		client: c, decisions: newMemory[decision, bool](c), orgs: newMemory[string, bool](c),
		parents: newMemory[resource, string](c), features: newMemory[entitlement, bool](c),
	}
	now := c.options.checks.decisionsFor == 0
	k.decisions.fresh, k.orgs.fresh, k.parents.fresh, k.features.fresh = now, now, now, now
	k.catalog.client, k.catalog.lists = c, newMemory[struct{}, map[string]bool](c)
	return k
}

// resource is an object of the server.
type resource struct{ namespace, id string }

func (r resource) String() string { return r.namespace + ":" + r.id }

// inquiry is a check as the server is asked.
type inquiry struct {
	resource
	verb string
	key  string // of the permission
}

// Check implements [auth.ResourceChecker].
func (k *checker) Check(ctx context.Context, id *auth.Identity, typ, object, permission string) (bool, error) {
	if typ == frontiername.TypeOnline && k.client.knows(id) {
		a := k.client.online.check(ctx, id, object, permission)
		return a.Allowed, a.Err
	}
	if known, ok := k.decisions.find(decision{id.Kind(), id.Subject(), typ, object, permission}); ok && k.client.knows(id) {
		return known.value, nil
	}
	answers := k.answer(ctx, id, []auth.ResourceCheck{{Type: typ, ID: object, Permission: permission}})
	return answers[0].Allowed, answers[0].Err
}

// CheckAll implements [auth.BatchChecker].
func (k *checker) CheckAll(ctx context.Context, id *auth.Identity, checks []auth.ResourceCheck) ([]auth.CheckAnswer, error) {
	return k.answer(ctx, id, checks), nil
}

// knows reports whether id is an identity of the client's server. A guard has one
// issuer of a claim iss, whatever options call it.
func (c *Client) knows(id *auth.Identity) bool {
	return id.Issuer() == c.settings.issuer && ownKinds.Has(id.Kind())
}

var errNoToken = errors.New("frontier: the identity has no token (auth.KeepTokens)")

func (k *checker) answer(ctx context.Context, id *auth.Identity, checks []auth.ResourceCheck) []auth.CheckAnswer {
	answers := make([]auth.CheckAnswer, len(checks))
	if !k.client.knows(id) {
		return answers
	}
	var (
		mine    []asked
		flights []*flight[bool] // by the places of checks; nil for those that are known
	)
	for i, c := range checks {
		if c.Type == frontiername.TypeOnline {
			answers[i] = k.client.online.check(ctx, id, c.ID, c.Permission)
			continue
		}
		key := decision{id.Kind(), id.Subject(), c.Type, c.ID, c.Permission}
		if known, ok := k.decisions.find(key); ok {
			answers[i].Allowed = known.value
			continue
		}
		q, ok, err := k.inquiryOf(c)
		if err != nil || !ok {
			answers[i].Err = err
			continue
		}
		if flights == nil {
			flights = make([]*flight[bool], len(checks))
		}
		// They may be pieces of a request, or of a whole token.
		key.subject, key.typ = strings.Clone(key.subject), strings.Clone(key.typ)
		key.object, key.permission = strings.Clone(key.object), strings.Clone(key.permission)
		f, own := k.decisions.join(key)
		if flights[i] = f; own {
			mine = append(mine, asked{inquiry: q, key: key, flight: f})
		}
	}
	if len(mine) > 0 {
		caller := callerOf(id)
		k.client.background(ctx, func(ctx context.Context) { k.fly(ctx, caller, mine) }, func() { k.land(mine, ErrClosed) })
	}
	for i, f := range flights {
		if f == nil {
			continue
		}
		known, err := f.wait(ctx)
		answers[i] = auth.CheckAnswer{Allowed: known.value && err == nil, Err: err}
	}
	return answers
}

// inquiryOf reads a check. It is not ok where the object is none of the server's: it
// came from the request, so the caller is denied. A check that can never be asked is
// an error.
func (k *checker) inquiryOf(c auth.ResourceCheck) (q inquiry, ok bool, err error) {
	if q, err = k.named(c.Type, c.Permission); err != nil {
		return q, false, err
	}
	q.id = c.ID
	return q, k.fits(q.namespace, c.ID), nil
}

// named reads type and permission of a check.
func (k *checker) named(typ, permission string) (q inquiry, err error) {
	namespace, ok := frontiername.Namespace(typ)
	if !ok {
		return q, fmt.Errorf("frontier: %q is no type of Frontier's: write project, organization, group or service/resource", typ)
	}
	verb, ok := k.client.options.checks.verbs[permission]
	if !ok {
		verb = frontiername.Verb(permission)
	}
	key, err := frontiername.Key(namespace, verb)
	if err != nil {
		return q, fmt.Errorf("frontier: permission %q: %w (see Permissions)", permission, err)
	}
	return inquiry{resource{namespace: namespace}, verb, key}, nil
}

// fits reports whether an object can be one of a namespace. By names there are
// organizations and projects alone.
func (k *checker) fits(namespace, object string) bool {
	if isUUID(object) {
		return true
	}
	named := namespace == nsOrganization || namespace == nsProject
	return k.client.options.checks.resourceNames && named && object != "" && len(object) <= 256 && allOf(object, "-_")
}

// asked is a question that is under way.
type asked struct {
	inquiry
	key    decision
	flight *flight[bool]
	landed bool
}

// land ends those that are under way still.
func (k *checker) land(all []asked, err error) {
	for i := range all {
		if !all[i].landed {
			k.decisions.land(all[i].key, all[i].flight, known[bool]{}, err)
			all[i].landed = true
		}
	}
}

// fly asks the server, and lands all.
func (k *checker) fly(ctx context.Context, who caller, all []asked) {
	defer k.land(all, errAsking) // unless they did
	questions := make([]inquiry, len(all))
	for i := range all {
		questions[i] = all[i].inquiry
		if err := k.decisions.begin(ctx, all[i].flight); err != nil {
			k.land(all, err)
			return
		}
	}
	for i, v := range k.ask(ctx, who, questions) {
		k.decisions.land(all[i].key, all[i].flight, known[bool]{v.span, v.allowed}, v.err)
		all[i].landed = true
	}
}

// judged is an answer to a question, and how long it counts.
type judged struct {
	allowed bool
	span    // zero where it is not to be remembered
	err     error
}

// caller is who asks, with a credential of their own.
type caller struct {
	auth    authorization
	project string // of the token
	org     string // one of the token's
	none    bool   // there is no token
}

func callerOf(id *auth.Identity) caller {
	token := id.Token()
	who := caller{auth: bearer(token), project: ProjectID(id), none: token == ""}
	if orgs := id.Tenants(); len(orgs) > 0 {
		who.org = orgs[0]
	}
	return who
}

// keeps is the span of what was found out as of from.
func (k *checker) keeps(from time.Time) span {
	return spanFrom(from, k.client.options.checks.decisionsFor)
}
