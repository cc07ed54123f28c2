package audit_test

import (
	"testing"

	"github.com/authgen/authgen/audit"
)

// TestAlone audits the programs of testdata/alone, each case a module of its own:
// what they do counts for all code of a module.
func TestAlone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"method-written", "method-pointed"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := readCase("testdata/alone/" + name + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			writeCases(t, dir, []*testCase{c}, nil)
			cfg := audit.Config{Dir: dir}
			for _, twin := range generateTwins(t, dir).Twins {
				cfg.Twins = append(cfg.Twins, audit.Twin(twin))
			}
			result, err := audit.Audit(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range c.checkRoutes(result.Routes) {
				t.Error(p)
			}
		})
	}
}
