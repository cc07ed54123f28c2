package platform_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/authgen/authgen/internal/platform"
)

// TestKnowsGo compares with what the go command in use builds for.
func TestKnowsGo(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	pairs := strings.Fields(string(out))
	if len(pairs) < 20 {
		t.Fatalf("only %q", pairs)
	}
	for _, pair := range pairs {
		system, architecture, _ := strings.Cut(pair, "/")
		if !platform.IsSystem(system) || !platform.IsArchitecture(architecture) {
			t.Errorf("%s is not known", pair)
		}
	}
	if platform.IsSystem("lnux") || platform.IsArchitecture("vax") || platform.IsUnix("windows") || !platform.IsUnix("darwin") {
		t.Error("another answer than the go command's")
	}
}
