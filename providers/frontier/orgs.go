package frontier

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// parentFor is how long it is remembered what a resource is part of, which does not
// change while it is there. What a name stands for does, see [ResourceNames].
const parentFor = 10 * time.Minute

// byID is a request that names one thing.
type byID struct {
	ID string `json:"id"`
}

// inEnabled denies what was allowed in an organization that is disabled: the server
// allows it still. How long the answer counts is that of the older of both.
func (k *checker) inEnabled(ctx context.Context, who caller, on resource, j judged) judged {
	enabled, err := k.enabled(ctx, who, on)
	if err != nil {
		return judged{err: err}
	}
	j.allowed = enabled.value
	if !enabled.from.IsZero() && enabled.from.Before(j.from) && j.from.Before(j.until) {
		j.span = k.keeps(enabled.from)
	}
	return j
}

// enabled tells whether the organization that a resource belongs to is enabled. The
// zero span is that of what belongs to none.
func (k *checker) enabled(ctx context.Context, who caller, on resource) (known[bool], error) {
	for on.namespace != nsOrganization {
		began := k.client.now()
		parent, err := k.parent(ctx, who, on)
		switch {
		case isDisabled(err):
			return known[bool]{span: k.keeps(began)}, nil
		case err != nil:
			return known[bool]{}, fmt.Errorf("frontier: the organization of %s is not known: %w", on.namespace, err)
		}
		if parent == (resource{}) {
			return known[bool]{value: true}, nil
		}
		on = parent
	}
	return k.orgs.once(ctx, on.id, func(ctx context.Context) (known[bool], error) {
		began := k.client.now()
		var out struct {
			Organization struct {
				State string `json:"state"`
			} `json:"organization"`
		}
		err := k.askEither(ctx, who, rpcGetOrganization, byID{on.id}, &out)
		switch {
		case err == nil && out.Organization.State == "":
			err = unavailable(errors.New("the answer has no state"))
		case err == nil:
			// Superusers, and everybody before v0.111.0, are told of one that is disabled.
			return known[bool]{k.keeps(began), out.Organization.State == "enabled"}, nil
		case isDisabled(err), errors.Is(err, ErrNotFound) && !isGone(err):
			return known[bool]{span: k.keeps(began)}, nil
		}
		return known[bool]{}, fmt.Errorf("frontier: whether the organization is enabled is not known: %w", err)
	})
}

// parent returns what a resource is part of, nothing for what is part of no
// organization.
func (k *checker) parent(ctx context.Context, who caller, on resource) (resource, error) {
	switch on.namespace {
	case nsProject:
		return k.parentOf(ctx, who, on, nsOrganization, rpcGetProject, byID{on.id})
	case nsGroup:
		in := struct {
			ID  string `json:"id"`
			Org string `json:"org_id,omitempty"` // older servers want one that is enabled, and answer whose the group is
		}{on.id, who.org}
		if admitted := k.client.options.orgs; in.Org == "" && len(admitted) > 0 {
			in.Org = admitted[0]
		}
		return k.parentOf(ctx, who, on, nsOrganization, rpcGetGroup, in)
	case "app/user", "app/serviceuser", "app/pat", "app/platform":
		return resource{}, nil
	}
	if of := k.client.options.checks.projectOf; of != nil {
		project, err := of(ctx, on.namespace, on.id)
		if err == nil && !isUUID(project) {
			err = errors.New("ResourceProject told no uuid")
		}
		return resource{nsProject, project}, err
	}
	in := struct {
		ID      string `json:"id"`
		Project string `json:"project_id,omitempty"` // the server compares it with a plan, and not with the resource
	}{on.id, who.project}
	if in.Project == "" {
		in.Project = k.client.options.project
	}
	return k.parentOf(ctx, who, on, nsProject, rpcGetResource, in)
}

// parentOf asks for a resource, and returns what its answer says that it is part of.
func (k *checker) parentOf(ctx context.Context, who caller, on resource, namespace, rpc string, in any) (resource, error) {
	id, err := k.parents.once(ctx, on, func(ctx context.Context) (known[string], error) {
		began := k.client.now()
		var out struct {
			Project  part `json:"project"`
			Group    part `json:"group"`
			Resource part `json:"resource"`
		}
		err := k.askEither(ctx, who, rpc, in, &out)
		if err != nil {
			return known[string]{}, err
		}
		id := out.Project.OrgID + out.Group.OrgID // one of them is asked for
		if namespace == nsProject {
			id = out.Resource.ProjectID
		}
		if !isUUID(id) {
			return known[string]{}, unavailable(fmt.Errorf("frontier: %s: the answer does not say what it is part of", rpc))
		}
		if !isUUID(on.id) {
			return known[string]{k.keeps(began), id}, nil
		}
		return known[string]{spanFrom(began, parentFor), id}, nil
	})
	return resource{namespace, id.value}, err
}

// part is what resources say of what they are part of.
type part struct {
	OrgID     string `json:"org_id"`
	ProjectID string `json:"project_id"`
}

// askEither asks as the caller, and as this program where the caller may not know.
func (k *checker) askEither(ctx context.Context, who caller, rpc string, in, out any) error {
	err := k.client.call(ctx, mainService, rpc, who.auth, in, out)
	denied := errors.Is(err, ErrPermissionDenied) || errors.Is(err, ErrUnauthenticated) || isGone(err)
	if !denied || k.client.settings.credential == nil {
		return err
	}
	return k.client.callAsSelf(ctx, mainService, rpc, in, out)
}
