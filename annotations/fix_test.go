package annotations_test

import (
	"testing"

	"github.com/authgen/authgen/annotations"
)

// TestFixes holds that the edit of a problem makes the comment what it was meant
// to be, and that there is none where more than one thing could be meant.
func TestFixes(t *testing.T) {
	t.Parallel()
	const head, tail = "package x\n\n", "\nfunc F() {}\n"
	for text, want := range map[string]string{
		"// auth:roles=admin":                  "//auth:roles=admin",
		"//  Auth: Roles = admin  ":            "//auth:roles=admin  ",
		"//auth :stepup":                       "//auth:stepup",
		"//Auth:step-up=10m":                   "//auth:stepup=10m",
		"// auth:role=admin":                   "//auth:roles=admin",
		"// @auth:public reason=\"probe\"":     "//auth:public reason=\"probe\"",
		"// \u0430uth:roles\uff1dadmin":        "//auth:roles=admin",
		"//auth:Roles=admin":                   "//auth:roles=admin",
		"//auth:permision=a,b":                 "//auth:permissions=a,b",
		"//auth:authenticate":                  "//auth:authenticated",
		"//auth:tokens=user,userAPI":           "//auth:tokens=user,userApi",
		"//auth:roles=a, b":                    "//auth:roles=a,b",
		"//auth:roles=a;b":                     "//auth:roles=a,b",
		"//auth:route=post /a":                 "//auth:route=POST /a",
		"//auth:route=GET healthz":             "//auth:route=GET /healthz",
		"//auth:roles=a\n":                     "//auth:roles=a",
		"//auth:roles=a\n\n// F does.":         "//auth:roles=a\n// F does.",
		"//auth:roles=a\n\nvar x = 1\n":        "",
		"//auth:roles=a\n\n// Apart.\n":        "",
		"//auth:role":                          "",
		"//auth:role=a b":                      "",
		"//auth:roles=a // both":               "",
		"//auth:roles=a,a":                     "",
		"//auth:frobnicate=a":                  "",
		"//auth:stepup=10":                     "",
		"//auth:route=any /a":                  "",
		"//auth:route=post a b":                "",
		"/* auth:roles=a */":                   "",
		"// auth:roles=\u0430":                 "",
		"// auth:tokens=users":                 "",
		"// auth:roles":                        "",
		"var x = 1 // auth:roles=a":            "",
		"//auth:policy=role(\"a\") or x(\"\")": "",
	} {
		src := head + text + tail
		fset, _, file := parseFile(t, src)
		if len(file.Problems) != 1 {
			t.Errorf("%q: %d problems", text, len(file.Problems))
			continue
		}
		fix := file.Problems[0].Fix
		if fix == nil {
			if want != "" {
				t.Errorf("%q: no fix", text)
			}
			continue
		}
		from, to := fset.Position(fix.Span.Start).Offset, fset.Position(fix.Span.End).Offset
		got := src[:from] + fix.Text + src[to:]
		if got != head+want+tail {
			t.Errorf("%q becomes %q", text, got)
		}
		if _, _, after := parseFile(t, got); len(after.Problems) > 0 || len(after.Decls) != 1 {
			t.Errorf("%q: %v", got, after.Problems)
		}
	}
}

// TestFixOfPackage holds that a directive apart from the package clause is joined
// to it.
func TestFixOfPackage(t *testing.T) {
	t.Parallel()
	src := "//auth:roles=a\n\npackage x\n"
	fset, _, file := parseFile(t, src)
	if len(file.Problems) != 1 || file.Problems[0].Fix == nil {
		t.Fatalf("%+v", file.Problems)
	}
	fix := file.Problems[0].Fix
	got := src[:fset.Position(fix.Span.Start).Offset] + fix.Text + src[fset.Position(fix.Span.End).Offset:]
	if _, _, after := parseFile(t, got); len(after.Problems) > 0 || after.Package == nil || after.Package.Rule.Access != annotations.Protected {
		t.Errorf("%q: %+v", got, after)
	}
}
