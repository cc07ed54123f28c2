package frontier

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// checkBody is one check on the wire.
type checkBody struct {
	Resource   string `json:"resource"`
	Permission string `json:"permission"`
}

func (q inquiry) body() checkBody { return checkBody{q.String(), q.verb} }

// ask answers each question, as the caller. The server answers a batch as a whole: one
// permission that it does not know leaves all without an answer, so that they are
// asked one by one then.
func (k *checker) ask(ctx context.Context, who caller, questions []inquiry) []judged {
	answers := make([]judged, len(questions))
	began := k.client.now()
	var rest []int
	for i, q := range questions {
		switch {
		case who.none:
			answers[i].err = errNoToken
		case k.catalog.lacks(q, began):
			answers[i].err = errUnknown(q)
		default:
			rest = append(rest, i)
		}
	}
	if len(rest) > 1 && k.askBatch(ctx, who, questions, rest, answers, began) {
		rest = nil
	}
	for _, i := range rest {
		answers[i] = k.askOne(ctx, who, questions[i])
	}
	for i := range answers {
		if answers[i].err == nil && answers[i].allowed {
			answers[i] = k.inEnabled(ctx, who, questions[i].resource, answers[i])
		}
	}
	return answers
}

// askOne asks one question.
func (k *checker) askOne(ctx context.Context, who caller, q inquiry) judged {
	began := k.client.now()
	var out struct {
		Status bool `json:"status"`
	}
	err := k.client.call(ctx, mainService, rpcCheck, who.auth, q.body(), &out)
	if err != nil {
		return k.refused(ctx, err, q, began)
	}
	return judged{allowed: out.Status, span: k.keeps(began)}
}

// askBatch asks those of questions whose places rest has, and reports false where they
// have to be asked one by one.
func (k *checker) askBatch(ctx context.Context, who caller, questions []inquiry, rest []int, answers []judged, began time.Time) bool {
	var in struct {
		Bodies []checkBody `json:"bodies"`
	}
	for _, i := range rest {
		in.Bodies = append(in.Bodies, questions[i].body())
	}
	var out struct {
		Pairs []struct {
			Body   checkBody `json:"body"`
			Status bool      `json:"status"`
		} `json:"pairs"`
	}
	err := k.client.call(ctx, mainService, rpcBatchCheck, who.auth, in, &out)
	if errors.Is(err, ErrNotFound) && !isGone(err) {
		return false
	}
	if err == nil && len(out.Pairs) != len(rest) {
		err = unavailable(fmt.Errorf("frontier: %s: %d answers came to %d questions", rpcBatchCheck, len(out.Pairs), len(rest)))
	}
	for at, i := range rest {
		q := questions[i]
		if err != nil {
			answers[i] = k.refused(ctx, err, q, began)
			continue
		}
		pair := out.Pairs[at]
		if !q.isAnsweredBy(pair.Body) {
			answers[i].err = unavailable(fmt.Errorf("frontier: %s: the answers are not to what was asked", rpcBatchCheck))
			continue
		}
		answers[i] = judged{allowed: pair.Status, span: k.keeps(began)}
	}
	return true
}

// isAnsweredBy reports whether an answer is to this question and not to another. What
// was asked by name is answered by uuid, and the permission by its verb or its slug;
// an answer that names none is known by its place alone.
func (q inquiry) isAnsweredBy(b checkBody) bool {
	namespace, id, _ := strings.Cut(b.Resource, ":")
	if namespace != q.namespace || isUUID(q.id) && !strings.EqualFold(id, q.id) {
		return false
	}
	return b.Permission == "" || b.Permission == q.verb || b.Permission == strings.ReplaceAll(q.key, ".", "_")
}

// isGone reports whether an answer says that the caller was disabled or deleted.
func isGone(err error) bool {
	var answer *Error
	return errors.As(err, &answer) && answer.Is(ErrNotFound) && strings.Contains(answer.Message, "user doesn't exist")
}

// isSessionOver reports whether an answer says that there is no such session, which
// servers before v0.91.0 call internal.
func isSessionOver(err error) bool {
	var answer *Error
	return errors.As(err, &answer) && answer.Code == "internal" && strings.HasSuffix(answer.Message, "no session")
}

// isNoCustomer reports whether an answer says that nobody pays for an organization, which
// servers before v0.91.0 call invalid_argument.
func isNoCustomer(err error) bool {
	var answer *Error
	return errors.As(err, &answer) && answer.Code == "invalid_argument" && strings.HasPrefix(answer.Message, "no customer found")
}

// isDisabled reports whether an answer says that an organization is disabled, which
// older servers call not_found.
func isDisabled(err error) bool {
	var answer *Error
	return errors.As(err, &answer) &&
		(answer.Code == "failed_precondition" || answer.Is(ErrNotFound) && strings.Contains(answer.Message, "org is disabled"))
}

// refused reads an answer to a check that is no success: whether the caller is denied,
// or nothing is known.
func (k *checker) refused(ctx context.Context, err error, q inquiry, began time.Time) judged {
	switch {
	case errors.Is(err, ErrUnavailable):
	case errors.Is(err, ErrUnauthenticated):
		return judged{} // of this token, and not to be remembered of who has it
	case errors.Is(err, ErrPermissionDenied), isGone(err), isDisabled(err):
		return judged{span: k.keeps(began)}
	case errors.Is(err, ErrNotFound):
		known, failed := k.catalog.has(ctx, q)
		switch {
		case failed != nil:
			return judged{err: fmt.Errorf("%w (and the permissions that there are could not be asked for: %w)", err, failed)}
		case !known:
			return judged{err: errUnknown(q)}
		}
		return judged{} // an object by a name that there is not
	}
	return judged{err: err}
}

// errUnknown is the error of a permission that the server does not have. It is
// nobody's who calls.
func errUnknown(q inquiry) error {
	return fmt.Errorf("frontier: the server has no permission %s: create it (frontier-permissions -create), or say what it is called (Permissions)", q.key)
}
