package frontegg

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

// domainLife is how long the environment's domain is remembered.
const domainLife = time.Hour

// domain is the environment's own domain, as Frontegg told it.
type domain struct {
	mu    sync.Mutex
	url   string
	until time.Time
}

// baseURL returns the URL of the environment's own domain, without a slash at its
// end: that of the settings, or else the one that Frontegg tells, which is
// remembered for an hour. It is https, or of a host of [InsecureHTTP], or loopback
// where the gateway is asked by http too.
func (c *Client) baseURL(ctx context.Context) (string, error) {
	if c.settings.baseURL != "" {
		return c.settings.baseURL, nil
	}
	c.domain.mu.Lock()
	known, until := c.domain.url, c.domain.until
	c.domain.mu.Unlock()
	now := c.now()
	if left := until.Sub(now); known != "" && 0 < left && left <= domainLife {
		return known, nil
	}
	var answer struct {
		BaseURL string `json:"baseURL"`
	}
	if err := c.getJSON(ctx, &answer, VendorService, "base-url"); err != nil {
		return "", err
	}
	// What is told over https must not lead to what is not.
	address, err := provider.CleanURL(answer.BaseURL, c.settings.insecure, strings.HasPrefix(c.settings.services[VendorService], "http:"))
	if err != nil {
		return "", unavailable(fmt.Errorf("the environment's domain, as Frontegg tells it, %w", err))
	}
	c.domain.mu.Lock()
	defer c.domain.mu.Unlock()
	c.domain.url, c.domain.until = address, now.Add(domainLife)
	return address, nil
}
