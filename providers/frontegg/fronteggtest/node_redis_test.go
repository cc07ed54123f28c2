//go:build unix

package fronteggtest_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/authgen/authgen/internal/redistest"
	"github.com/authgen/authgen/providers/frontegg"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
	"github.com/authgen/authgen/stores/redis"
)

// TestNodeSharesRedis holds that the SDK and our client read what the other has kept
// of access tokens in one Redis.
func TestNodeSharesRedis(t *testing.T) {
	t.Parallel()
	for _, cache := range []string{"ioredis", "redis"} {
		t.Run(cache, func(t *testing.T) {
			t.Parallel()
			server, fake := redistest.Start(t), ft.New(t)
			address := "redis://" + server.Address()
			node := startNode(t, fake, "CACHE="+cache, "REDIS_URL="+address+"/0")
			store, err := redis.Open(redis.Settings{URL: address, Timeout: 10 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			c := goredis.NewClient(&goredis.Options{Addr: server.Address(), Protocol: 2, DisableIdentity: true})
			t.Cleanup(func() { _ = c.Close() })

			// Each asks for a token's rights and whether it is active.
			byNode := func(token string) int {
				t.Helper()
				for _, query := range []url.Values{nil, {"roles": {"admin"}}} {
					answer, err := node.guard(t, query, "x-api-key: "+token)
					if err != nil || answer.status != http.StatusOK {
						return answer.status
					}
				}
				return http.StatusOK
			}
			byGo := func(token string) int {
				t.Helper()
				client, err := frontegg.Connect(t.Context(), frontegg.Environment(func(name string) (string, bool) {
					value, ok := fake.Settings()[name]
					return value, ok
				}), frontegg.CacheTokens(store, frontegg.NodeKeys), frontegg.Logger(slog.New(slog.DiscardHandler)))
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close() // waits until all is kept
				var challenge *auth.Challenge
				if _, err := client.Validate(t.Context(), token, frontegg.Roles("admin")); errors.As(err, &challenge) {
					return challenge.Status()
				} else if err != nil {
					t.Fatal(err)
				}
				return http.StatusOK
			}
			type side struct {
				name string
				ask  func(string) int
			}
			// attempt returns what is wrong when the second side is to find what the
			// first has kept.
			attempt := func(subject ft.Subject, sides [2]side, want int, disabled bool) string {
				if err := c.FlushAll(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
				fake.DisableAccessTokens(disabled)
				fake.Forget()
				token := fake.IssueAccessToken(subject, ft.AccessToken{Roles: []string{"admin"}})
				first := sides[0].ask(token)
				// It keeps the list, and what there is on it, after its answer.
				keys := map[bool]int64{false: 2, true: 1}[disabled]
				for end := time.Now().Add(5 * time.Second); c.DBSize(t.Context()).Val() < keys; {
					if time.Now().After(end) {
						return fmt.Sprintf("%s says %d and keeps too little", sides[0].name, first)
					}
					time.Sleep(time.Millisecond) // of other processes
				}
				fake.DisableAccessTokens(!disabled) // which is not noticed
				fake.Forget()
				second := sides[1].ask(token)
				if n := accessCalls(fake); n != (calls{}) || first != want || second != want {
					return fmt.Sprintf("%s says %d, and then %s %d after the calls %+v; want %d and none",
						sides[0].name, first, sides[1].name, second, n, want)
				}
				return ""
			}
			goSide, nodeSide := side{"Go", byGo}, side{"Node", byNode}
			for _, subject := range []ft.Subject{ft.UserAccess("m-1"), ft.TenantAccess("m-1")} {
				for _, sides := range [][2]side{{goSide, nodeSide}, {nodeSide, goSide}} {
					for want, disabled := range map[int]bool{http.StatusOK: false, http.StatusUnauthorized: true} {
						// What is kept stays ten seconds, and a cache that takes half a second
						// is done without: on a busy machine an attempt may come too late.
						var wrong string
						for range 20 {
							if wrong = attempt(subject, sides, want, disabled); wrong == "" {
								break
							}
						}
						if wrong != "" {
							t.Errorf("%v: %s", subject, wrong)
						}
					}
				}
			}
		})
	}
}
