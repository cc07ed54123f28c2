package generator_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/generator"
)

// TestErrors runs the cases of testdata/errors: archives of a module's files
// whose file "want" holds the findings, as the command prints them.
func TestErrors(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../testdata/errors/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := unpack(t, string(data))
			result := generate(t, generator.Config{Dir: dir})
			got := findings(result)
			archive := txtar.Parse(data)
			i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
			if *update {
				if i < 0 {
					archive.Files = append(archive.Files, txtar.File{Name: "want"})
					i = len(archive.Files) - 1
				}
				archive.Files[i].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if i < 0 || string(archive.Files[i].Data) != got {
				t.Errorf("findings:\n%s", got)
			}
			for _, d := range result.Diagnostics {
				if _, ok := diagnostic.Lookup(d.Code); !ok {
					t.Errorf("%s has no entry", d.Code)
				}
				if d.Position.Line == 0 || d.Position.Column == 0 {
					t.Errorf("%s has no position", d)
				}
			}
			// What is wrong is not written, what is right beside it is.
			for _, f := range result.Files {
				if strings.HasPrefix(f.Path, "wrong/") {
					t.Errorf("%s would be written", f.Path)
				}
			}
			commit(t, result)
			if again := generate(t, generator.Config{Dir: dir}); findings(again) != got {
				t.Errorf("the second run found:\n%s", findings(again))
			}
		})
	}
}
