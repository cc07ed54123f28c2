package auth

import (
	"slices"
	"time"
)

// stepUpFacts are what a token says about how its user authenticated.
type stepUpFacts struct {
	acr       string
	amr       []string
	authTime  time.Time
	malformed bool
}

// readStepUp reads acr, amr and auth_time. Where one of them is of the wrong
// type the token stays valid, but step-up is unknown.
func readStepUp(d *document) stepUpFacts {
	var f stepUpFacts
	if n, ok := d.member(0, "acr"); ok {
		s, isText := d.text(n)
		f.acr, f.malformed = s, f.malformed || !isText
	}
	if n, ok := d.member(0, "amr"); ok {
		list, isList := d.strings(n)
		f.amr, f.malformed = list, f.malformed || !isList
	}
	if n, ok := d.member(0, "auth_time"); ok {
		t, isTime := d.numericDate(n)
		f.authTime, f.malformed = t, f.malformed || !isTime
	}
	return f
}

// any reports whether the mapping names evidence at all.
func (e *StepUpEvidence) any() bool { return len(e.ACR) > 0 || len(e.AMR) > 0 }

// lack tells what is missing for a step-up of this age, "" for nothing.
func (f *stepUpFacts) lack(want *StepUpEvidence, maxAge time.Duration, now time.Time, leeway time.Duration) string {
	if len(want.ACR) > 0 && !slices.Contains(want.ACR, f.acr) {
		return "acr shows no step-up"
	}
	for _, alternatives := range want.AMR {
		if !slices.ContainsFunc(alternatives, func(m string) bool { return slices.Contains(f.amr, m) }) {
			return "amr shows no step-up"
		}
	}
	if f.authTime.After(now.Add(leeway)) {
		return "auth_time is in the future"
	}
	// The age gets no leeway: a demand of ten minutes means ten minutes.
	if maxAge > 0 && (f.authTime.IsZero() || now.Sub(f.authTime) > maxAge) {
		return "authentication is too old"
	}
	return ""
}
