package annotations_test

import (
	"testing"

	"github.com/authgen/authgen/annotations"
)

// TestAudits holds what the directive audit takes, in any order.
func TestAudits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]annotations.Audit{
		`audit=Upload`:                            {Name: "Upload"},
		`audit="Upload a file"`:                   {Name: "Upload a file"},
		`audit=required`:                          {Name: "required"},
		`audit=Upload severity=Info`:              {Name: "Upload", Severity: "Info"},
		`audit=Upload severity="Medium"`:          {Name: "Upload", Severity: "Medium"},
		`audit=Upload severity=High`:              {Name: "Upload", Severity: "High"},
		`audit=Upload severity=Critical`:          {Name: "Upload", Severity: "Critical"},
		`audit=Upload severity=Error`:             {Name: "Upload", Severity: "Error"},
		`audit=Upload required`:                   {Name: "Upload", Required: true},
		`audit=Upload severity=High   required  `: {Name: "Upload", Severity: "High", Required: true},
		`audit=Upload required severity=High`:     {Name: "Upload", Severity: "High", Required: true},
	} {
		got, problems := annotations.Parse(text)
		if len(problems) > 0 || got.Audit == nil || *got.Audit != want {
			t.Errorf("%s: %+v, %v", text, got, problems)
		}
	}
}

// TestOptionFaults is [TestFaults] for what stands behind a directive's values.
func TestOptionFaults(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]string{
		`//auth:public [because]="x"`:                      annotations.CodeUnknownOption,
		`//auth:roles=a [reason]="x"`:                      annotations.CodeUnknownOption,
		`//auth:public [reason]`:                           annotations.CodeValueMissing,
		`//auth:public reason=[""]`:                        annotations.CodeBadValue,
		`//auth:public reason="x" [reason]="y"`:            annotations.CodeDuplicate,
		`//auth:audit=A severity=[Loud]`:                   annotations.CodeBadValue,
		`//auth:audit=A severity=[high] required`:          annotations.CodeBadValue,
		`//auth:audit=A severity=[""]`:                     annotations.CodeBadValue,
		`//auth:audit=A [severity]`:                        annotations.CodeValueMissing,
		`//auth:audit=A [severty]=High`:                    annotations.CodeUnknownOption,
		`//auth:audit=A [reason]=x`:                        annotations.CodeUnknownOption,
		`//auth:audit=A severity=High [Required]`:          annotations.CodeUnknownOption,
		`//auth:audit=A [requird]`:                         annotations.CodeUnknownOption,
		`//auth:audit=A required[=true]`:                   annotations.CodeValueMissing,
		`//auth:audit=A required [required]`:               annotations.CodeDuplicate,
		`//auth:audit=A required severity=High [required]`: annotations.CodeDuplicate,
		`//auth:audit=A[,required]`:                        annotations.CodeBadValue,
		`//auth:audit=A [High required]`:                   annotations.CodeTrailingText,
		`//auth:audit=A required [// always]`:              annotations.CodeTrailingText,
		`//auth:audit=A [rеquired]`:                        annotations.CodeTrailingText, // Cyrillic e
		`//auth:roles=a [required]`:                        annotations.CodeTrailingText,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			fault(t, text, code)
		})
	}
}

// TestOptionSuggestions holds what is advised instead, and the edit where there is
// one answer.
func TestOptionSuggestions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ suggestion, fix string }{
		`audit=A severity=Hihg`:          {`did you mean "High"?`, "High"},
		`audit=A severity=info`:          {`did you mean "Info"?`, "Info"},
		`audit=A severity=Crit`:          {"write severity=Info", ""},
		`audit=A severity=hig required=`: {`did you mean "High"?`, ""},
		`audit=A severty=High`:           {`did you mean "severity"?`, "severity"},
		`audit=A Severity=high`:          {`did you mean "severity"?`, ""},
		`audit=A require`:                {`did you mean "required"?`, "required"},
		`audit=A REQUIRED`:               {`did you mean "required"?`, "required"},
		`audit=A required=no`:            {"write required", ""},
		`audit=A important=yes`:          {"its options are severity and required", ""},
		`audit=A roles=admin`:            {"write //auth:roles=… on a line of its own", ""},
		`public because="x"`:             {"its option is reason", ""},
		`public reason`:                  {`write reason="…"`, ""},
		`tenant=t required="x"`:          {"it takes no options", ""},
	} {
		_, problems := annotations.Parse(text)
		if len(problems) != 1 || problems[0].Suggestion != want.suggestion {
			t.Errorf("%s: %+v, want %q", text, problems, want.suggestion)
			continue
		}
		if fix := problems[0].Fix; (fix != nil) != (want.fix != "") || fix != nil && fix.Text != want.fix {
			t.Errorf("%s: fix %+v, want %q", text, fix, want.fix)
		}
	}
}
