package auth_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// pool is an oracle that is asked all at a time. It keeps the questions of each time.
type pool struct {
	oracle
	batches []string
	answers func([]auth.CheckAnswer) ([]auth.CheckAnswer, error) // may be nil
}

func (p *pool) CheckAll(ctx context.Context, id *auth.Identity, checks []auth.ResourceCheck) ([]auth.CheckAnswer, error) {
	var asked []string
	var answers []auth.CheckAnswer
	for _, c := range checks {
		asked = append(asked, c.String())
		var a auth.CheckAnswer
		switch c.Permission {
		case "error":
			a.Err = errors.New("unreachable")
		case "both":
			a = auth.CheckAnswer{Allowed: true, Err: errors.New("unreachable")}
		case "panic":
			panic("broken")
		case "yes":
			a.Allowed = true
		}
		answers = append(answers, a)
	}
	p.batches = append(p.batches, strings.Join(asked, " "))
	if p.answers != nil {
		return p.answers(answers)
	}
	return answers, nil
}

// TestBatchChecker holds that the alternatives of a directive are asked at once, that an
// answer which is not known is so for its check alone, and that a list which is not as
// long as the questions says nothing.
func TestBatchChecker(t *testing.T) {
	t.Parallel()
	const no, down = `is not allowed by the resource checker "project#no"`, "the resource checker did not answer: unreachable"
	const unfit = "the object's id of the request is absent or unfit"
	literal := checks("yes", "no", "no")
	literal.Checks[0].ID, literal.Checks[1].ID = "main", "other"
	several := func(permissions ...string) []auth.Demands { return []auth.Demands{checks(permissions...)} }
	for name, c := range map[string]struct {
		demands []auth.Demands
		id      string
		answers func([]auth.CheckAnswer) ([]auth.CheckAnswer, error)
		status  int
		asked   []string // at once
		single  int      // asked one by one
		reason  string
	}{
		"one":                {several("yes"), "p1", nil, 200, nil, 1, ""},
		"the last":           {several("no", "yes"), "p1", nil, 200, []string{"project:p1#no project:p1#yes"}, 0, ""},
		"none":               {several("no", "no"), "p1", nil, 403, []string{"project:p1#no project:p1#no"}, 0, no + "; " + no},
		"unknown, yes":       {several("error", "yes"), "p1", nil, 200, []string{"project:p1#error project:p1#yes"}, 0, ""},
		"unknown, no":        {several("error", "no"), "p1", nil, 503, []string{"project:p1#error project:p1#no"}, 0, down + "; " + no},
		"yes and an error":   {several("both", "no"), "p1", nil, 503, []string{"project:p1#both project:p1#no"}, 0, down + "; " + no},
		"a panic":            {several("panic", "yes"), "p1", nil, 503, nil, 0, "the resource checker panicked: string"},
		"no object":          {several("yes", "yes"), "../p1", nil, 403, nil, 0, unfit + "; " + unfit},
		"one object":         {[]auth.Demands{literal}, "a/b", nil, 200, []string{"project:main#yes project:other#no"}, 0, ""},
		"one object, denied": {[]auth.Demands{{Checks: literal.Checks[1:]}}, "a/b", nil, 403, []string{"project:other#no"}, 0, unfit + "; " + no},
		"two lists":          {[]auth.Demands{checks("no", "yes"), checks("yes", "no")}, "p1", nil, 200, []string{"project:p1#no project:p1#yes", "project:p1#yes project:p1#no"}, 0, ""},
		"too few": {several("yes", "yes"), "p1", func(a []auth.CheckAnswer) ([]auth.CheckAnswer, error) { return a[:1], nil }, 503,
			[]string{"project:p1#yes project:p1#yes"}, 0, "the resource checker did not answer: 1 answers came to 2 questions"},
		"too many": {several("yes", "yes"), "p1", func(a []auth.CheckAnswer) ([]auth.CheckAnswer, error) { return append(a, a...), nil }, 503,
			[]string{"project:p1#yes project:p1#yes"}, 0, "the resource checker did not answer: 4 answers came to 2 questions"},
		"none at all": {several("yes", "yes"), "p1", func([]auth.CheckAnswer) ([]auth.CheckAnswer, error) { return nil, nil }, 503,
			[]string{"project:p1#yes project:p1#yes"}, 0, "the resource checker did not answer: 0 answers came to 2 questions"},
		"answers and an error": {several("yes", "yes"), "p1", func(a []auth.CheckAnswer) ([]auth.CheckAnswer, error) { return a, errors.New("unreachable") }, 503,
			[]string{"project:p1#yes project:p1#yes"}, 0, down},
		"of a policy": {[]auth.Demands{{Policy: func(d *auth.Decision) auth.Truth {
			return auth.Or(d.Check("project", "{id}", "no"), d.Check("project", "{id}", "yes"))
		}}}, "p1", nil, 200, nil, 2, ""},
		"of a policy that names a rule": {[]auth.Demands{{Policy: func(d *auth.Decision) auth.Truth {
			q := checks("no", "yes")
			return d.All(&q).Not()
		}}}, "p1", nil, 403, []string{"project:p1#no project:p1#yes"}, 0, "the policy does not hold"},
		"not, and unknown": {[]auth.Demands{{Policy: func(d *auth.Decision) auth.Truth {
			q := checks("no", "error")
			return d.All(&q).Not()
		}}}, "p1", nil, 503, []string{"project:p1#no project:p1#error"}, 0, no + "; " + down},
	} {
		o := &pool{answers: c.answers}
		g := guardWith(t, auth.Checker(o))
		_, challenge := g.Admit(bearer(edSigner().token(nil)), path{"id": c.id}, protected(c.demands...))
		status, reason := http.StatusOK, ""
		if challenge != nil {
			status, reason = challenge.Status(), challenge.Reason()
		}
		if status != c.status || reason != c.reason {
			t.Errorf("%s: %d %q", name, status, reason)
		}
		if !slices.Equal(o.batches, c.asked) || len(o.asked) != c.single {
			t.Errorf("%s: asked %q at once and %q", name, o.batches, o.asked)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	o := &pool{answers: func(a []auth.CheckAnswer) ([]auth.CheckAnswer, error) {
		cancel()
		return a, nil
	}}
	if got := answer(guardWith(t, auth.Checker(o)), bearer(edSigner().token(nil)).WithContext(ctx), path{"id": "p1"}, protected(checks("yes", "yes"))); got != 503 {
		t.Errorf("an ended context: %d", got)
	}

	seen := new(recorder)
	guardWith(t, auth.Checker(new(pool)), auth.Observe(seen)).Admit(bearer(edSigner().token(nil)), path{"id": "p1"}, protected(checks("no", "yes")))
	if events := seen.take(); len(events) != 2 || events[0].Provider != auth.ProviderChecker || !events[0].Yes {
		t.Errorf("observed %v", events)
	}
}

// planner is a checker that knows its questions.
type planner struct {
	oracle
	told []string
}

func (p *planner) PrepareChecks(handler string, checks []auth.ResourceCheck) error {
	for _, c := range checks {
		p.told = append(p.told, handler+" "+c.String())
		if c.Permission == "unheard" {
			return errors.New("there is no permission \"unheard\"")
		}
	}
	return nil
}

// TestCheckPreparer holds that a checker is told where routes are wired what rules will
// ask, those of policies too, and that its error is one of wiring.
func TestCheckPreparer(t *testing.T) {
	t.Parallel()
	p := new(planner)
	g := guardWith(t, auth.Checker(p))
	policy := auth.Demands{PolicyNeeds: auth.NeedsChecker, PolicyChecks: checks("no").Checks}
	if said := requires(g, protected(checks("yes", "no"), auth.Demands{Roles: []string{"a"}}, policy), protected(), nil, protected(policy)); said != "" {
		t.Errorf("panic: %s", said)
	}
	if want := []string{"test project:{id}#yes", "test project:{id}#no", "test project:{id}#no", "test project:{id}#no"}; !slices.Equal(p.told, want) {
		t.Errorf("told %q", p.told)
	}
	for name, q := range map[string]auth.Demands{"a directive": checks("yes", "unheard"), "a policy": {PolicyChecks: checks("unheard").Checks}} {
		if said := requires(g, protected(q)); said != `auth: test: there is no permission "unheard"` {
			t.Errorf("%s: panic: %s", name, said)
		}
	}
	if len(p.asked) > 0 {
		t.Errorf("asked %q", p.asked)
	}
}
