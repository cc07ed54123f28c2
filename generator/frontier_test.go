package generator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/generator"
	"github.com/authgen/authgen/manifest"
)

// TestFrontierPermissions holds what the manifest lists for checks, wherever they
// stand, and that it lists nothing unless the settings say so.
func TestFrontierPermissions(t *testing.T) {
	t.Parallel()
	const module = `-- go.mod --
module example.com/app

go 1.26
-- authgen.yaml --
SETTINGS
rules:
  keepers: ["check=project:{id}#own-it,org:{id}#get"]
-- files/files.go --
package files

import "net/http"

//auth:check=project:{id}#update,storage/file:{id}#putFile
func Both(w http.ResponseWriter, r *http.Request) {}

//auth:policy=rule("keepers") || check("storage/file:{id}#putFile") || check("frontier:identity#online")
func Policy(w http.ResponseWriter, r *http.Request) {}
-- other/other.go --
package other

import "net/http"

//auth:public
func Other(w http.ResponseWriter, r *http.Request) {}
`
	list := func(settings string) []manifest.FrontierPermission {
		t.Helper()
		result := generate(t, generator.Config{Dir: unpack(t, strings.Replace(module, "SETTINGS", settings, 1))})
		if got := findings(result); got != "" {
			t.Fatal(got)
		}
		return result.Manifest.FrontierPermissions
	}
	if got := list(""); got != nil {
		t.Errorf("without settings: %v", got)
	}
	want := []manifest.FrontierPermission{
		{Check: "org#get", Key: "app.organization.get"},
		{Check: "project#own-it", Key: "app.project.ownit"},
		{Check: "project#update", Key: "app.project.update"},
		{Check: "storage/file#putFile", Key: "storage.file.upload"},
	}
	got := list("frontier: {permissions: {putFile: upload}}")
	slices.SortFunc(got, func(a, b manifest.FrontierPermission) int { return strings.Compare(a.Check, b.Check) })
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
