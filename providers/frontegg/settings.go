package frontegg

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/authgen/authgen/internal/provider"
)

// settings are the options and the environment, checked. They do not change.
type settings struct {
	clientID     string
	apiKey       provider.Secret
	gateway      string
	baseURL      string // "" unless it is set
	services     [len(services)]string
	tries        int
	vendorHosts  []string
	insecure     []string
	applications []string

	// origins are those that credentials may go to.
	origins map[provider.Origin]bool
}

// audiences are the names by which tokens are for us.
func (s *settings) audiences() []string { return append([]string{s.clientID}, s.applications...) }

// resolver puts together what options and environment say.
type resolver struct {
	*options
	problems []error
}

func (r *resolver) problem(format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf(format, args...))
}

// value returns a setting and the name by which it was given; "" when it was not.
func (r *resolver) value(env string) (value, name string) {
	if value, ok := r.given[env]; ok {
		return value, r.names[env]
	}
	if value, ok := r.lookup(env); ok && value != "" {
		return value, env
	}
	return "", env
}

// resolve checks everything, and tells all that is wrong in one error. It never
// tells a value: one that is misplaced may be a secret.
func resolve(opts []Option) (*options, *settings, error) {
	r := &resolver{options: newOptions()}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(r.options); err != nil {
			r.problems = append(r.problems, err)
		}
	}
	s := &settings{insecure: r.insecureHosts, applications: r.applications, origins: map[provider.Origin]bool{}}
	s.clientID = r.credential(envClientID)
	s.apiKey = provider.NewSecret(r.credential(envAPIKey))
	s.gateway = r.gatewayURL()
	s.baseURL = r.baseURL()
	for i, service := range services {
		if value, name := r.value(service.env); value != "" {
			s.services[i] = r.url(name, value)
		} else {
			s.services[i] = s.gateway + service.path
		}
	}
	s.tries = r.numberOfTries()
	s.vendorHosts = r.checkedVendorHosts(s.gateway)
	if err := r.guard.check(); err != nil {
		r.problems = append(r.problems, err)
	}
	if len(r.problems) > 0 {
		lines := strings.Split(errors.Join(r.problems...).Error(), "\n")
		return nil, nil, errors.New("frontegg: settings: " + strings.Join(lines, "; "))
	}
	for _, address := range append(s.services[:], s.gateway) {
		if u, err := url.Parse(address); err == nil {
			s.origins[provider.OriginOf(u)] = true
		}
	}
	// What was given as plain text ends here.
	r.given, r.names = nil, nil
	return r.options, s, nil
}

func (r *resolver) credential(env string) string {
	value, name := r.value(env)
	unfit := func(c rune) bool { return c <= ' ' || c > '~' }
	switch {
	case value == "":
		r.problem("%s is not set (or say Credentials)", env)
	case len(value) > longestSetting || strings.ContainsFunc(value, unfit):
		r.problem("%s: is too long, or has spaces or characters that are not ASCII", name)
	}
	return value
}

// gatewayURL is given by a URL or a region. Options for either override both
// variables; two that contradict each other are a mistake.
func (r *resolver) gatewayURL() string {
	gateway, gatewayName := r.value(envGateway)
	region, regionName := r.value(envRegion)
	_, gatewayGiven := r.given[envGateway]
	_, regionGiven := r.given[envRegion]
	switch {
	case gatewayGiven && !regionGiven:
		region = ""
	case regionGiven && !gatewayGiven:
		gateway = ""
	}
	found := regions[0].gateway
	if region != "" {
		i := slices.IndexFunc(regions, func(known struct{ name, gateway string }) bool { return known.name == region })
		if i < 0 {
			r.problem("%s: is none of %s", regionName, regionNames)
			region = ""
		} else {
			found = regions[i].gateway
		}
	}
	if gateway == "" {
		return found
	}
	address := r.url(gatewayName, gateway)
	if region != "" && !provider.SameURL(address, found) {
		r.problem("%s and %s: contradict each other", gatewayName, regionName)
	}
	return address
}

func (r *resolver) baseURL() string {
	value, name := r.value(envBaseURL)
	if value == "" {
		return ""
	}
	address := r.url(name, value)
	for _, region := range regions {
		if provider.SameURL(address, region.gateway) {
			r.problem("%s: is the gateway of a region, not the environment's own domain (see %s)", name, envRegion)
		}
	}
	return address
}

func (r *resolver) url(name, value string) string {
	address, err := provider.CleanURL(value, r.insecureHosts, true)
	if err != nil {
		r.problem("%s: %w", name, err)
	}
	return address
}

func (r *resolver) numberOfTries() int {
	value, name := r.value(envTries)
	if value == "" {
		return defaultTries
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		r.problem("%s: is no number of at least 1", name)
	}
	return n
}

func (r *resolver) checkedVendorHosts(gateway string) []string {
	scheme, _, _ := strings.Cut(gateway, "://")
	var hosts []string
	for _, host := range r.vendorHosts {
		address := scheme + "://" + host
		u, err := url.Parse(address)
		if _, unfit := provider.CleanURL(address, r.insecureHosts, true); err != nil || unfit != nil || u.Host != host {
			r.problem("VendorHosts: one is no host, or not one that may be asked by the scheme of the gateway")
			continue
		}
		hosts = append(hosts, strings.ToLower(host))
	}
	return hosts
}
