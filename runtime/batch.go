package auth

import (
	"context"
	"fmt"
	"slices"
)

// BatchChecker is a [ResourceChecker] that is asked all alternatives of one directive
// check at a time. The predicate of policies and single checks are asked of Check.
type BatchChecker interface {
	ResourceChecker
	// CheckAll answers each of checks at its place. ID is the object itself, as in
	// Check; there are two checks or more, or one where the ids of others are unfit.
	// It keeps no reference to checks. An error, a panic, an ended context and another
	// number of answers make all of them unknown (503).
	CheckAll(ctx context.Context, id *Identity, checks []ResourceCheck) ([]CheckAnswer, error)
}

// CheckAnswer is the answer to one check. With Err it is unknown, whatever Allowed
// says, and the others count: an alternative that is allowed admits. Err is told of as
// for [FeatureProvider].
type CheckAnswer struct {
	Allowed bool
	Err     error
}

// CheckPreparer is a [ResourceChecker] that can tell at start that it will not be able
// to answer. [Guard.Require] calls PrepareChecks once for each rule that demands
// checks, with those of its directives and policies as they are written, path
// parameters in braces; where policies name rules, also with the checks of those.
// Require panics with an error.
type CheckPreparer interface {
	PrepareChecks(handler string, checks []ResourceCheck) error
}

// oneOfAll is oneOf of all checks at a time.
func (d *Decision) oneOfAll(batch BatchChecker, checks []ResourceCheck) Truth {
	result, mark := False, d.mark()
	questions := make([]ResourceCheck, 0, len(checks))
	for _, c := range checks {
		object, ok := fillID(c.ID, d.params)
		if !ok {
			result = Or(result, d.unfitObject())
			continue
		}
		questions = append(questions, ResourceCheck{c.Type, object, c.Permission})
	}
	if len(questions) == 0 {
		return result
	}
	var answers []CheckAnswer
	_, trouble, err := d.guard.consult(d.ctx, ProviderChecker, func() (yes bool, err error) {
		answers, err = batch.CheckAll(d.ctx, d.id, questions)
		if err == nil && len(answers) != len(questions) {
			err = fmt.Errorf("%d answers came to %d questions", len(answers), len(questions))
		}
		return slices.ContainsFunc(answers, CheckAnswer.holds), err
	})
	if err != nil {
		return Or(result, d.unavailable(trouble, err))
	}
	for i, a := range answers {
		switch {
		case a.holds():
			d.forget(mark) // why others do not hold
			return True
		case a.Err != nil:
			result = Or(result, d.unavailable("the "+string(ProviderChecker)+" did not answer", a.Err))
		default:
			result = Or(result, d.notAllowed(questions[i].Type, questions[i].Permission))
		}
	}
	return result
}

func (a CheckAnswer) holds() bool { return a.Allowed && a.Err == nil }

// prepareChecks tells a CheckPreparer what a rule asks.
func (g *Guard) prepareChecks(rule *Rule) error {
	p, ok := g.opts.checker.(CheckPreparer)
	if !ok {
		return nil
	}
	var checks []ResourceCheck
	for i := range rule.All {
		checks = append(checks, rule.All[i].Checks...)
		checks = append(checks, rule.All[i].PolicyChecks...)
	}
	if len(checks) == 0 {
		return nil
	}
	return p.PrepareChecks(rule.Handler, checks)
}
