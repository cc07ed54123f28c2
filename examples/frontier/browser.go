package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"
)

// browser sends requests: one with a jar as a browser does that shows a page of the
// service, with cookies and Origin, and one without as a program does.
type browser struct {
	url           string
	jar           http.CookieJar
	authorization string
	elsewhere     bool   // it shows a page of another site
	body          []byte // of the latest answer
}

func newBrowser(url string) (*browser, error) {
	jar, err := cookiejar.New(nil)
	return &browser{url: url, jar: jar}, err
}

// send makes one request, with a form unless that is nil, and returns the status of its
// answer. It follows no redirect.
func (b *browser) send(ctx context.Context, method, path string, form url.Values) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.authorization != "" {
		r.Header.Set("Authorization", b.authorization)
	}
	switch {
	case b.elsewhere:
		r.Header.Set("Origin", "https://evil.example")
	case b.jar != nil:
		r.Header.Set("Origin", b.url)
	}
	client := http.Client{Jar: b.jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	b.body, err = io.ReadAll(io.LimitReader(response.Body, 1<<16))
	return response.StatusCode, err
}

// step is something that the manager does.
type step struct {
	what string
	want int
	do   func(context.Context, *browser) (int, error)
}

// walk takes the steps, prints what came back, and counts what should have been
// otherwise.
func walk(ctx context.Context, b *browser, steps []step, stdout io.Writer) (wrong int, err error) {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, s := range steps {
		got, err := s.do(ctx, b)
		if err != nil {
			return wrong, err
		}
		fmt.Fprintf(w, "%s\t%d", s.what, got)
		if got != s.want {
			fmt.Fprintf(w, " (want %d)", s.want)
			wrong++
		}
		fmt.Fprintln(w)
	}
	return wrong, w.Flush()
}

// signIn signs in by a code that Frontier mails.
func signIn(e estate) []step {
	const seeOther = 303
	start := url.Values{"strategy": {"mailotp"}, "email": {managersAddress}}
	return []step{
		{"POST /login, from another site", denied, func(ctx context.Context, b *browser) (int, error) {
			b.elsewhere = true
			defer func() { b.elsewhere = false }()
			return b.send(ctx, http.MethodPost, "/login", start)
		}},
		{"POST /login", ok, func(ctx context.Context, b *browser) (int, error) {
			return b.send(ctx, http.MethodPost, "/login", start)
		}},
		{"POST /login/callback, with the code", seeOther, func(ctx context.Context, b *browser) (int, error) {
			var begun struct {
				State string `json:"state"`
			}
			if err := json.Unmarshal(b.body, &begun); err != nil {
				return 0, fmt.Errorf("the login that was begun: %w", err)
			}
			return b.send(ctx, http.MethodPost, "/login/callback", url.Values{"state": {begun.State}, "code": {e.fake.MailCode(managersAddress)}})
		}},
		{"GET /me, with the session", ok, get("/me")},
	}
}

// signOut signs out, and comes back with the cookie.
func signOut(e estate) []step {
	var session *http.Cookie
	return []step{
		{"PUT /projects/{project}/name, with the session from another site", denied, func(ctx context.Context, b *browser) (int, error) {
			b.elsewhere = true
			defer func() { b.elsewhere = false }()
			return b.send(ctx, http.MethodPut, e.paths.Replace("/projects/{project}/name"), nil)
		}},
		{"POST /logout", noContent, func(ctx context.Context, b *browser) (int, error) {
			service, err := url.Parse(b.url)
			if err != nil {
				return 0, err
			}
			for _, cookie := range b.jar.Cookies(service) {
				if cookie.Name == "sid" {
					session = cookie
				}
			}
			if session == nil {
				return 0, errors.New("the browser has no session")
			}
			return b.send(ctx, http.MethodPost, "/logout", url.Values{})
		}},
		{"GET /me", who, get("/me")},
		{"GET /me, with the cookie of the session that has ended", who, func(ctx context.Context, b *browser) (int, error) {
			service, err := url.Parse(b.url)
			if err != nil {
				return 0, err
			}
			b.jar.SetCookies(service, []*http.Cookie{session})
			return b.send(ctx, http.MethodGet, "/me", nil)
		}},
	}
}

func get(path string) func(context.Context, *browser) (int, error) {
	return func(ctx context.Context, b *browser) (int, error) { return b.send(ctx, http.MethodGet, path, nil) }
}
