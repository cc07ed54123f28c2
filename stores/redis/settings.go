package redis

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// defaultTimeout is for one use of Redis, with connecting.
	defaultTimeout = 250 * time.Millisecond
	longestTimeout = time.Minute
	defaultPort    = 6379
)

// Settings say where Redis is: URL, or Host, or Sentinels and Master, or Cluster, and
// one of them alone. They print no password.
type Settings struct {
	// URL is redis://user:password@host:port/db, or rediss:// for TLS; all but the
	// host may be left out. It takes no query: what can be set stands here.
	URL string

	// Host is a name or address, Port 6379 unless set.
	Host string
	Port int

	// Sentinels are the addresses (host:port) of those who know which server is
	// Master now, and SentinelUsername and SentinelPassword are for them.
	Sentinels                          []string
	Master                             string
	SentinelUsername, SentinelPassword string

	// Cluster are addresses (host:port) of some of its nodes.
	Cluster []string

	// Username and Password are for Redis, and DB is the number of the database. In
	// a URL they stand there; a cluster has one database.
	Username, Password string
	DB                 int

	// TLS makes connections use it, those to sentinels too; it is not needed beside
	// rediss://, and not allowed beside redis://.
	TLS *tls.Config

	// Timeout is how long one Get or Set may last with all that it needs, 250 ms
	// unless set.
	Timeout time.Duration
}

// Format implements fmt.Formatter: it hides passwords, for all verbs.
func (s Settings) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "redis.Settings") }

// LogValue implements slog.LogValuer.
func (s Settings) LogValue() slog.Value { return slog.StringValue("redis.Settings") }

// client makes the client. Errors hold no values: one may be the password.
func (s *Settings) client() (goredis.UniversalClient, error) {
	o := &goredis.UniversalOptions{
		Username: s.Username, Password: s.Password, DB: s.DB, TLSConfig: s.TLS,
		SentinelUsername: s.SentinelUsername, SentinelPassword: s.SentinelPassword, MasterName: s.Master,
		DialTimeout: s.Timeout, ReadTimeout: s.Timeout, WriteTimeout: s.Timeout, PoolTimeout: s.Timeout,
		ContextTimeoutEnabled: true, DialerRetries: 1, MaxRetries: 1,
		// It is asked for nothing that it may not know.
		Protocol: 2, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	ways := 0
	for _, said := range []bool{s.URL != "", s.Host != "", len(s.Sentinels) > 0, len(s.Cluster) > 0} {
		if said {
			ways++
		}
	}
	sentinels := len(s.Sentinels) > 0
	switch {
	case ways != 1:
		return nil, errors.New("say one of URL, Host, Sentinels and Cluster")
	case sentinels != (s.Master != ""):
		return nil, errors.New("fields Sentinels and Master belong together")
	case !sentinels && (s.SentinelUsername != "" || s.SentinelPassword != ""):
		return nil, errors.New("there are credentials for sentinels, and no Sentinels")
	case s.Port != 0 && s.Host == "":
		return nil, errors.New("field Port belongs to Host")
	case s.Port < 0 || s.Port > 65535:
		return nil, errors.New("field Port is none")
	case s.DB < 0 || s.DB > 0 && len(s.Cluster) > 0:
		return nil, errors.New("field DB is no number of a database, or there is a Cluster, which has one")
	case s.Username != "" && s.Password == "":
		return nil, errors.New("there is a Username without Password")
	case s.Timeout < 0 || s.Timeout > longestTimeout:
		return nil, fmt.Errorf("field Timeout is not between 0 and %v", longestTimeout)
	}
	for _, address := range append(s.Sentinels[:len(s.Sentinels):len(s.Sentinels)], s.Cluster...) {
		if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
			return nil, errors.New("an address of Sentinels or Cluster is not host:port")
		}
	}
	switch {
	case s.URL != "":
		if err := s.fromURL(o); err != nil {
			return nil, err
		}
	case s.Host != "":
		port := defaultPort
		if s.Port != 0 {
			port = s.Port
		}
		o.Addrs = []string{net.JoinHostPort(s.Host, strconv.Itoa(port))}
	case sentinels:
		o.Addrs = s.Sentinels
	default:
		o.Addrs, o.IsClusterMode = s.Cluster, true
	}
	o.Dialer = dialer(s.Timeout, o.TLSConfig)
	return goredis.NewUniversalClient(o), nil
}

func (s *Settings) fromURL(o *goredis.UniversalOptions) error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "":
		return errors.New("field URL is no redis:// or rediss:// with a host")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("field URL has a query or fragment")
	case s.Username != "" || s.Password != "" || s.DB != 0:
		return errors.New("user, password and database stand in the URL where there is one")
	case s.TLS != nil && u.Scheme == "redis":
		return errors.New("field URL says redis://, and there is TLS")
	}
	// go-redis takes a user without a password for nobody.
	if password, _ := u.User.Password(); u.User.Username() != "" && password == "" {
		return errors.New("field URL has a user without password; a password alone is :password@")
	}
	parsed, err := goredis.ParseURL(s.URL)
	if err != nil {
		return errors.New("field URL has no number of a database as its path, or credentials that cannot be read") // err may hold them
	}
	o.Addrs, o.Username, o.Password, o.DB = []string{parsed.Addr}, parsed.Username, parsed.Password, parsed.DB
	if s.TLS == nil {
		o.TLSConfig = parsed.TLSConfig
	}
	return nil
}
