package frontier_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestByEnvironment runs the tests named TestServer once more, in a process of their own
// and against a server that the environment alone names. It holds that they fail where
// that does not answer, or is not fully named.
func TestByEnvironment(t *testing.T) {
	t.Parallel()
	const domain, code, secret = "users.example", "271828", "a secret of any shape"
	f := ft.New(t, ft.WithTestUsers(domain, code), ft.WithRoot(someID, secret), ft.WithIssuer("https://id.example.com"))
	run := func(tests string, env ...string) (output string, failed bool) {
		t.Helper()
		program, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		args := []string{"-test.v", "-test.run=^" + tests}
		if end, ends := t.Deadline(); ends { // and what hangs is told before
			args = append(args, fmt.Sprint("-test.timeout=", time.Until(end)*9/10))
		}
		c := exec.CommandContext(t.Context(), program, args...)
		for _, v := range os.Environ() {
			if !strings.HasPrefix(v, "FRONTIER_") {
				c.Env = append(c.Env, v)
			}
		}
		c.Env = append(c.Env, env...)
		out, err := c.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), err != nil
	}
	all := []string{
		envURL + "=" + f.URL() + "/", envIssuer + "=" + f.Issuer(), envID + "=" + someID, envSecret + "=" + secret,
		envDomain + "=" + domain, envCode + "=" + code,
	}
	old := ft.New(t, ft.WithTestUsers(domain, code), ft.WithRoot(someID, secret), ft.WithREST())
	out, failed := run("TestServer", append(all, envURL+"="+old.URL(), envIssuer+"="+old.Issuer())...)
	if failed || strings.Count(out, "\n--- PASS: TestServer") < 10 || old.Calls(ft.AuthCallback) < 10 {
		t.Errorf("an old server: %d logins:\n%s", old.Calls(ft.AuthCallback), out)
	}
	out, failed = run("TestServer", all...)
	if failed || strings.Contains(out, "--- SKIP") || strings.Count(out, "\n--- PASS: TestServer") < 10 || f.Calls(ft.AuthCallback) < 10 {
		t.Errorf("%d logins:\n%s", f.Calls(ft.AuthCallback), out)
	}
	if strings.Contains(out, secret) {
		t.Error("the secret is shown")
	}
	if out, failed := run("TestServerKeys$", all[:5]...); !failed || !strings.Contains(out, envCode+" is not") {
		t.Errorf("without one variable:\n%s", out)
	}
	f.Stop()
	if out, failed := run("TestServerKeys$", all...); !failed || strings.Contains(out, "--- SKIP") {
		t.Errorf("without a server:\n%s", out)
	}
}
