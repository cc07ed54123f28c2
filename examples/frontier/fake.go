package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"text/tabwriter"

	"github.com/authgen/authgen/providers/frontier"
	"github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

const managersAddress = "ada@acme.example"

// estate is what the fake knows.
type estate struct {
	fake          *frontiertest.Server
	service       frontiertest.Credential // of this program
	paths         *strings.Replacer       // fills the table's paths
	authorization [callers]string         // of all but the manager
}

// setUp makes two organizations, with a project each, and the callers.
func setUp(fake *frontiertest.Server) estate {
	org, other := fake.CreateOrg("acme"), fake.CreateOrg("other")
	project, foreign := fake.CreateProject(org.ID, "website"), fake.CreateProject(other.ID, "shop")
	bob, ada, eve := fake.CreateUser("bob@acme.example"), fake.CreateUser(managersAddress), fake.CreateUser("eve@other.example")
	for _, user := range []frontiertest.User{bob, ada} {
		fake.Grant(user.Principal(), "app_organization_viewer", "app/organization:"+org.ID)
	}
	fake.Grant(bob.Principal(), "app_project_viewer", "app/project:"+project.ID)
	fake.Grant(ada.Principal(), "app_project_manager", "app/project:"+project.ID)
	fake.Grant(eve.Principal(), "app_organization_owner", "app/organization:"+other.ID)
	personal := fake.CreatePAT(ada.ID, org.ID, frontiertest.Scope{Role: "app_project_viewer", Resources: []string{project.ID}})
	robot := fake.CreateServiceUser(org.ID, "nightly-import")

	program := fake.CreateServiceUser(org.ID, "projects")
	fake.AddPlatformUser(program.Principal(), "member")
	return estate{
		fake: fake, service: fake.CreateCredential(program.ID),
		paths: strings.NewReplacer("{org}", org.ID, "{project}", project.ID, "{foreign}", foreign.ID),
		authorization: [callers]string{
			viewer:   "Bearer " + fake.Token(bob.Principal()),
			token:    "Bearer " + personal.Token,
			machine:  fake.CreateCredential(robot.ID).Basic(),
			stranger: "Bearer " + fake.Token(eve.Principal()),
		},
	}
}

// demonstration serves the users of a fake Frontier, and counts the answers that are
// not as they should be.
func demonstration(ctx context.Context, stdout, stderr io.Writer) (wrong int, err error) {
	fake, err := frontiertest.Start()
	if err != nil {
		return 0, err
	}
	defer fake.Close()
	e := setUp(fake)
	// What is logged matters only when something is wrong. It is read when nobody
	// writes any more.
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	defer func() {
		if wrong > 0 || err != nil {
			_, _ = log.WriteTo(stderr)
		}
	}()
	client, guard, err := connect(ctx, fake.URL(), frontier.Issuer(fake.Issuer()), frontier.Credentials(e.service.ID, e.service.Secret),
		frontier.Logger(logger), frontier.Environment(func(string) (string, bool) { return "", false }))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	server := httptest.NewUnstartedServer(nil)
	defer server.Close()
	callback := "http://" + server.Listener.Addr().String() + "/login/callback"
	server.Config.Handler, err = routes(client, guard, fake.URL(), callback, auth.VerifyAccept(auth.WeakLocalIssuer), auth.VerifyLogger(logger))
	if err != nil {
		return 0, err
	}
	server.Start()
	if wrong, err = visit(ctx, server.URL, e, stdout); err != nil {
		return wrong, err
	}
	if wrong == 0 {
		fmt.Fprintln(stdout, "every answer is the one that the table demands")
	}
	for _, record := range fake.AuditRecords() {
		actor, _ := record["actor"].(map[string]any)
		metadata, _ := record["metadata"].(map[string]any)
		fmt.Fprintf(stdout, "audit record: %v by %v, allowed: %v\n", record["event"], actor["type"], metadata["allowed"])
	}
	return wrong, nil
}

// visit signs in, sends the table, and signs out.
func visit(ctx context.Context, url string, e estate, stdout io.Writer) (wrong int, err error) {
	ada, err := newBrowser(url)
	if err != nil {
		return 0, err
	}
	for _, part := range []func() (int, error){
		func() (int, error) { return walk(ctx, ada, signIn(e), stdout) },
		func() (int, error) { return compare(ctx, url, ada, e, stdout) },
		func() (int, error) { return walk(ctx, ada, signOut(e), stdout) },
	} {
		more, err := part()
		if wrong += more; err != nil {
			return wrong, err
		}
		fmt.Fprintln(stdout)
	}
	return wrong, nil
}

// compare sends every request of the table as every caller, prints what came back,
// and counts what should have been otherwise.
func compare(ctx context.Context, url string, ada *browser, e estate, stdout io.Writer) (wrong int, err error) {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "request")
	for c := range callers {
		fmt.Fprintf(w, "\t%s", c)
	}
	fmt.Fprintln(w)
	for _, r := range table {
		fmt.Fprintf(w, "%s %s", r.method, r.path)
		for c := range callers {
			b := ada
			if c != manager {
				b = &browser{url: url, authorization: e.authorization[c]}
			}
			got, err := b.send(ctx, r.method, e.paths.Replace(r.path), nil)
			if err != nil {
				return wrong, err
			}
			fmt.Fprintf(w, "\t%d", got)
			if got != r.want[c] {
				fmt.Fprintf(w, " (want %d)", r.want[c])
				wrong++
			}
		}
		fmt.Fprintln(w)
	}
	return wrong, w.Flush()
}
