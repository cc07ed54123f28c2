package frontier_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestSecretsFlood holds that a thousand secrets which are guessed do not keep clients
// out that are good, and cost the server no more than eight at a time.
func TestSecretsFlood(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f := s.fake
	org := f.CreateOrg("acme")
	var good []ft.Credential
	for range 4 {
		good = append(good, f.CreateCredential(f.CreateServiceUser(org.ID, "robot").ID))
	}
	user := f.CreateUser("ada@example.com")
	f.Grant(user.Principal(), "app_organization_viewer", "app/organization:"+org.ID)
	pat := f.CreatePAT(user.ID, org.ID)
	for _, c := range good {
		if got := s.status("/any", authorization, c.Basic()); got != 200 {
			t.Fatalf("%d\n%s", got, s.log)
		}
	}
	s.clock.Advance(30 * time.Second)
	cached, known := good[0], good[1]
	if got := s.status("/any", authorization, cached.Basic()); got != 200 {
		t.Fatal(got)
	}
	f.Forget()
	release := f.Hold(ft.BasicSecret)
	defer release()
	// Guesses for each id, of which one each is under way and four wait, and the others
	// are answered at once.
	var (
		wait    sync.WaitGroup
		mu      sync.Mutex
		answers = map[int]int{}
		retry   = true
		busy    = make(chan struct{}, 1000)
	)
	for i := range 1000 {
		wait.Go(func() {
			response := s.ask("/any", authorization, basic(good[i%4].ID, fmt.Sprintf("%043d", i)))
			mu.Lock()
			defer mu.Unlock()
			answers[response.StatusCode]++
			if response.StatusCode == 503 {
				retry = retry && response.Header.Get("Retry-After") != ""
				busy <- struct{}{}
			}
		})
	}
	for range 980 {
		<-busy
	}
	if err := f.Await(t.Context(), ft.BasicSecret, 4); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if got := s.status("/any", authorization, cached.Basic()); got != 200 {
			t.Fatalf("who is remembered: %d", got)
		}
	}
	for what, header := range map[string]string{"a personal access token": "Bearer " + pat.Token, "a token": "Bearer " + f.Token(user.Principal())} {
		if got := s.status("/any", authorization, header); got != 200 {
			t.Errorf("%s: %d\n%s", what, got, s.log)
		}
	}
	again := s.asking(t.Context(), authorization, known.Basic())
	if err := f.Await(t.Context(), ft.BasicSecret, 5); err != nil {
		t.Fatal(err)
	}
	if got := s.status("/any", authorization, basic(known.ID, strings.Repeat("y", 43))); got != 503 {
		t.Errorf("a third of one id: %d", got)
	}
	release()
	if <-again.done; again.status != 200 {
		t.Errorf("who was good before: %d\n%s", again.status, s.log)
	}
	wait.Wait()
	if answers[401] != 20 || answers[503] != 980 || !retry || f.Peak(ft.BasicSecret) > 8 {
		t.Errorf("%v, Retry-After: %v, at once %d", answers, retry, f.Peak(ft.BasicSecret))
	}
}

// TestSecretsAtOnce holds that no more than eight secrets are compared at a time, of
// which two are for who was good before, that others wait, and how many.
func TestSecretsAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f := s.fake
	org := f.CreateOrg("acme")
	robot := f.CreateServiceUser(org.ID, "robot")
	var before, others []ft.Credential
	for range 3 {
		before = append(before, f.CreateCredential(robot.ID))
		if got := s.status("/any", authorization, before[len(before)-1].Basic()); got != 200 {
			t.Fatalf("%d\n%s", got, s.log)
		}
	}
	for range 22 {
		others = append(others, f.CreateCredential(robot.ID))
	}
	refused := f.CreateCredential(robot.ID)
	if got := s.status("/any", authorization, refused.Basic()); got != 200 {
		t.Fatal(got)
	}
	s.clock.Advance(30 * time.Second)
	f.DeleteCredential(refused.ID)
	if got := s.status("/any", authorization, refused.Basic()); got != 401 {
		t.Fatal(got)
	}
	s.clock.Advance(5 * time.Second)
	f.Forget()
	release := f.Hold(ft.BasicSecret)
	defer release()
	var all []*asking
	begin := func(c ft.Credential, asked, waiting int) {
		t.Helper()
		all = append(all, s.asking(t.Context(), authorization, c.Basic()))
		if err := f.Await(t.Context(), ft.BasicSecret, asked); err != nil {
			t.Fatal(err)
		}
		s.awaitWaiting(t, waiting)
	}
	for i, c := range others[:6] {
		begin(c, i+1, 0)
	}
	for i, c := range others[6:] { // new ones wait
		begin(c, 6, i+1)
	}
	if got := s.status("/any", authorization, refused.Basic()); got != 503 {
		t.Errorf("one too many, who was refused since: %d", got)
	}
	begin(before[0], 7, 16)
	begin(before[1], 8, 16)
	begin(before[2], 8, 17)
	release()
	for _, a := range all {
		if <-a.done; a.status != 200 {
			t.Errorf("%d", a.status)
		}
	}
	if got := f.Peak(ft.BasicSecret); got != 8 {
		t.Errorf("%d at once", got)
	}
	if got := s.status("/any", authorization, refused.Basic()); got != 401 {
		t.Errorf("after that: %d", got)
	}
}

// TestSecretOfManySpellings holds that one credential is one, however its id is
// written, and keeps nobody else out.
func TestSecretOfManySpellings(t *testing.T) {
	t.Parallel()
	g := guesses{make(chan struct{}), make(chan struct{})}
	s := newService(t, frontier.Transport(g))
	f := s.fake
	org := f.CreateOrg("acme")
	create := func() ft.Credential { return f.CreateCredential(f.CreateServiceUser(org.ID, "robot").ID) }
	one, other := create(), create()
	spellings := []string{one.Basic()}
	for i, c := range one.ID {
		if c >= 'a' {
			spellings = append(spellings, basic(one.ID[:i]+strings.ToUpper(one.ID[i:]), one.Secret))
		}
	}
	if got := s.status("/any", authorization, other.Basic()); got != 200 { // also gets the keys
		t.Fatalf("%d\n%s", got, s.log)
	}
	f.Forget()
	for _, header := range spellings {
		if got := s.status("/any", authorization, header); got != 200 {
			t.Fatalf("%d\n%s", got, s.log)
		}
	}
	if got := f.Calls(ft.BasicSecret); got != 1 {
		t.Errorf("compared %d times", got)
	}
	s.clock.Advance(30 * time.Second)
	var ids []string
	for range 6 {
		ids = append(ids, create().ID)
	}
	end := s.flood(t, g, ids...)
	f.Forget()
	release := f.Hold(ft.BasicSecret)
	defer release()
	var all []*asking
	for _, header := range spellings {
		all = append(all, s.asking(t.Context(), authorization, header))
	}
	if err := f.Await(t.Context(), ft.BasicSecret, 1); err != nil {
		t.Fatal(err)
	}
	all = append(all, s.asking(t.Context(), authorization, other.Basic()))
	if err := f.Await(t.Context(), ft.BasicSecret, 2); err != nil {
		t.Fatal(err)
	}
	release()
	for _, a := range all {
		if <-a.done; a.status != 200 {
			t.Errorf("%d\n%s", a.status, s.log)
		}
	}
	if got := f.Calls(ft.BasicSecret); got != 2 {
		t.Errorf("after that they are compared %d times", got)
	}
	end()
}

// awaitWaiting waits until so many secrets wait.
func (s *service) awaitWaiting(t *testing.T, n int) {
	t.Helper()
	await(t, fmt.Sprintf("%d secrets that wait", n), func() bool { return frontier.WaitingOf(s.client) == n })
}

// guesses holds back requests with secrets that begin like guesses.
type guesses struct{ came, release chan struct{} }

func (g guesses) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, secret, _ := r.BasicAuth(); strings.HasPrefix(secret, "guess") {
		g.came <- struct{}{}
		<-g.release
	}
	return http.DefaultTransport.RoundTrip(r)
}

// flood sends so many guesses, each for an id of its own, and waits until they are
// under way.
func (s *service) flood(t *testing.T, g guesses, ids ...string) (end func()) {
	t.Helper()
	var all []*asking
	for _, id := range ids {
		all = append(all, s.asking(t.Context(), authorization, basic(id, fmt.Sprintf("guess%038d", len(all)))))
		<-g.came
	}
	return func() {
		close(g.release)
		for _, a := range all {
			if <-a.done; a.status != 401 {
				t.Errorf("a guess: %d", a.status)
			}
		}
	}
}

// TestSecretsRenewed holds that guesses, as many as are asked about at a time, keep
// out nobody who was good before, however many of these are to be asked about again.
func TestSecretsRenewed(t *testing.T) {
	t.Parallel()
	g := guesses{make(chan struct{}), make(chan struct{})}
	s := newService(t, frontier.Transport(g))
	f := s.fake
	org := f.CreateOrg("acme")
	var good []ft.Credential
	var ids []string
	for range 6 {
		c := f.CreateCredential(f.CreateServiceUser(org.ID, "robot").ID)
		if got := s.status("/any", authorization, c.Basic()); got != 200 {
			t.Fatalf("%d\n%s", got, s.log)
		}
		good, ids = append(good, c), append(ids, c.ID)
	}
	end := s.flood(t, g, ids...)
	for _, idle := range []time.Duration{30 * time.Second, 12 * time.Hour} {
		s.clock.Advance(idle)
		var all []*asking
		for _, c := range good {
			all = append(all, s.asking(t.Context(), authorization, c.Basic()))
		}
		for _, a := range all {
			if <-a.done; a.status != 200 {
				t.Errorf("%v later: %d\n%s", idle, a.status, s.log)
			}
		}
	}
	// What is used is asked about before its end, while nobody waits for that.
	s.clock.Advance(24*time.Second - 1)
	f.Forget()
	if got := s.status("/any", authorization, good[0].Basic()); got != 200 || f.Calls(ft.BasicSecret) != 0 {
		t.Errorf("early: %d, asked %d times", got, f.Calls(ft.BasicSecret))
	}
	s.clock.Advance(1)
	release := f.Hold(ft.BasicSecret)
	for range 2 {
		if got := s.status("/any", authorization, good[0].Basic()); got != 200 {
			t.Errorf("while it is renewed: %d", got)
		}
	}
	if err := f.Await(t.Context(), ft.BasicSecret, 1); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(6 * time.Second)
	late := s.asking(t.Context(), authorization, good[0].Basic())
	release()
	if <-late.done; late.status != 200 || f.Calls(ft.BasicSecret) != 1 {
		t.Errorf("after its end: %d, asked %d times", late.status, f.Calls(ft.BasicSecret))
	}
	// And is refused before its end then.
	f.DeleteCredential(good[0].ID)
	s.clock.Advance(18 * time.Second)
	await(t, "the refusal", func() bool { return s.status("/any", authorization, good[0].Basic()) == 401 })
	end()
	s.clock.Advance(5 * time.Second)
	if got := s.status("/any", authorization, good[0].Basic()); got != 401 {
		t.Errorf("after it was refused: %d", got)
	}
}

// TestNewSecretWaits holds that one guess of an id does not keep out who brings the
// secret for the first time.
func TestNewSecretWaits(t *testing.T) {
	t.Parallel()
	g := guesses{make(chan struct{}), make(chan struct{})}
	s := newService(t, frontier.Transport(g))
	p := s.people()
	end := s.flood(t, g, p.secret.ID)
	ctx, leave := context.WithCancel(t.Context())
	gone := s.asking(ctx, authorization, p.secret.Basic())
	s.awaitWaiting(t, 1)
	leave() // who leaves takes nobody's turn
	<-gone.done
	first := s.asking(t.Context(), authorization, p.secret.Basic())
	end()
	if <-first.done; first.status != 200 {
		t.Errorf("%d\n%s", first.status, s.log)
	}
}

// TestWaitingEnds holds that nobody waits longer than [frontier.Timeout], and none
// after Close.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(s *service, late context.CancelFunc){
		"in time":  func(_ *service, late context.CancelFunc) { late() },
		"by Close": func(s *service, _ context.CancelFunc) { _ = s.client.Close() },
	} {
		g := guesses{make(chan struct{}), make(chan struct{})}
		s := newService(t, frontier.Transport(g), frontier.Timeout(time.Minute))
		limits := make(chan time.Duration, 3)
		ended, late := context.WithCancel(t.Context())
		frontier.LimitWaiting(s.client, func(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
			limits <- d
			ctx, cancel := context.WithCancel(ctx)
			context.AfterFunc(ended, cancel)
			return ctx, cancel
		})
		p := s.people()
		s.status("/any", authorization, p.opaque.Basic()) // gets the keys
		guess := s.asking(t.Context(), authorization, basic(p.secret.ID, fmt.Sprintf("guess%038d", 0)))
		<-g.came
		first := s.asking(t.Context(), authorization, p.secret.Basic())
		s.awaitWaiting(t, 1)
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			end(s, late)
		}()
		if <-first.done; first.status != 503 {
			t.Errorf("%s: %d", name, first.status)
		}
		close(g.release)
		<-guess.done
		<-closed
		late()
		for range 3 {
			if got := <-limits; got != time.Minute {
				t.Errorf("%s: it may wait for %v", name, got)
			}
		}
	}
}
