package redis_test

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg"
	"github.com/authgen/authgen/stores/redis"
)

var _ frontegg.TokenCache = (*redis.Store)(nil)

// hidden is in all settings of these tests that have a password.
const hidden = "pass-phrase"

// TestSettings holds which settings contradict each other, and that no error and no
// print shows a password.
func TestSettings(t *testing.T) {
	t.Parallel()
	addresses := []string{"a:1", "b:2"}
	for name, c := range map[string]struct {
		settings redis.Settings
		want     string // part of the error; "" for none
	}{
		"URL":                   {redis.Settings{URL: "redis://u:" + hidden + "@h:1/2"}, ""},
		"URL with TLS":          {redis.Settings{URL: "rediss://h", TLS: &tls.Config{MinVersion: tls.VersionTLS13}}, ""},
		"host":                  {redis.Settings{Host: "h", Port: 1, Password: hidden, DB: 15}, ""},
		"sentinels":             {redis.Settings{Sentinels: addresses, Master: "m", SentinelPassword: hidden, DB: 1}, ""},
		"cluster":               {redis.Settings{Cluster: addresses, Password: hidden}, ""},
		"nothing":               {redis.Settings{Password: hidden}, "say one of"},
		"two ways":              {redis.Settings{URL: "redis://:" + hidden + "@h", Host: "h"}, "say one of"},
		"http":                  {redis.Settings{URL: "http://:" + hidden + "@h"}, "no redis://"},
		"a socket":              {redis.Settings{URL: "unix://:" + hidden + "@/tmp/x"}, "no redis://"},
		"no host":               {redis.Settings{URL: "redis://:" + hidden + "@/1"}, "no redis://"},
		"no URL":                {redis.Settings{URL: "redis://:" + hidden + "%zz@h"}, "no redis://"},
		"a port of letters":     {redis.Settings{URL: "redis://:" + hidden + "@h:x"}, "no redis://"},
		"a query":               {redis.Settings{URL: "rediss://:" + hidden + "@h?skip_verify=true"}, "query"},
		"a path":                {redis.Settings{URL: "redis://:" + hidden + "@h/x"}, "number of a database"},
		"a user alone":          {redis.Settings{URL: "redis://" + hidden + "@h"}, "user without password"},
		"a user and a colon":    {redis.Settings{URL: "redis://" + hidden + ":@h"}, "user without password"},
		"nobody":                {redis.Settings{URL: "redis://@h"}, ""},
		"URL and password":      {redis.Settings{URL: "redis://h", Password: hidden}, "stand in the URL"},
		"URL and database":      {redis.Settings{URL: "redis://h/1", DB: 2}, "stand in the URL"},
		"redis with TLS":        {redis.Settings{URL: "redis://h", TLS: &tls.Config{MinVersion: tls.VersionTLS13}}, "there is TLS"},
		"port alone":            {redis.Settings{URL: "redis://h", Port: 1}, "Port belongs"},
		"port too large":        {redis.Settings{Host: "h", Port: 1 << 16}, "Port is none"},
		"no database":           {redis.Settings{Host: "h", DB: -1}, "DB is"},
		"cluster with database": {redis.Settings{Cluster: addresses, DB: 1}, "DB is"},
		"no password":           {redis.Settings{Host: "h", Username: hidden}, "Username without"},
		"no master":             {redis.Settings{Sentinels: addresses}, "belong together"},
		"no sentinel":           {redis.Settings{Host: "h", Master: hidden}, "belong together"},
		"password of none":      {redis.Settings{Host: "h", SentinelPassword: hidden}, "no Sentinels"},
		"no address":            {redis.Settings{Cluster: []string{"a:1", hidden}}, "host:port"},
		"negative timeout":      {redis.Settings{Host: "h", Timeout: -1}, "Timeout"},
		"long timeout":          {redis.Settings{Host: "h", Timeout: time.Hour}, "Timeout"},
	} {
		s, err := redis.Open(c.settings)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		var logged strings.Builder
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "settings", c.settings, "store", s)
		if text := fmt.Sprintf("%v %+v %#v %s %v %+v %v %s", c.settings, c.settings, &c.settings, c.settings, s, s, err, &logged); strings.Contains(text, hidden) {
			t.Errorf("%s: shows what is hidden: %s", name, text)
		}
		if err != nil {
			continue
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := redis.New(nil, time.Second); err == nil {
		t.Error("a store of no client")
	}
}
