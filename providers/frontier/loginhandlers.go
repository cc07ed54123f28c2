package frontier

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	auth "github.com/authgen/authgen/runtime"
)

const (
	// maxForm bounds what a browser sends.
	maxForm = 16 << 10
	// maxLogouts bounds the sessions that a request ends, each of which the server is
	// asked about. A browser has one, and what siblings of the host may plant.
	maxLogouts = 32
)

// StrategiesHandler answers GET with {"strategies":[{"name":…}]}.
func (l *Login) StrategiesHandler() http.Handler {
	type strategy struct {
		Name string `json:"name"`
	}
	return l.handler(func(w http.ResponseWriter, r *http.Request) {
		names, err := l.ListAuthStrategies(r.Context())
		if err != nil {
			l.fail(w, r, err)
			return
		}
		out := struct {
			Strategies []strategy `json:"strategies"`
		}{[]strategy{}}
		for _, name := range names {
			out.Strategies = append(out.Strategies, strategy{name})
		}
		answer(w, http.StatusOK, out)
	}, http.MethodGet, http.MethodHead)
}

// StartHandler begins a login. It takes POST of a form with strategy, email and
// return_to, from pages of the service's own origin or one of [TrustedOrigins]. A
// return_to that [ReturnTo] does not name is refused.
//
// It answers with a redirect (303) to where the user signs in, or for strategies by
// mail with {"state":…}, which the page sends to [Login.CallbackHandler] with the code
// that the user types. A cookie of ten minutes, which scripts cannot read and other
// sites cannot send along, binds the state to the browser.
func (l *Login) StartHandler() http.Handler {
	return l.handler(func(w http.ResponseWriter, r *http.Request) {
		form, ok := l.form(w, r)
		if !ok {
			return
		}
		begun := loginBegun{Strategy: form["strategy"], ReturnTo: form["return_to"]}
		if begun.ReturnTo == "" {
			begun.ReturnTo = l.returns[0]
		}
		switch {
		case !isName(begun.Strategy):
			refuse(w, http.StatusBadRequest, "invalid_argument", "strategy is missing or none")
			return
		case !slices.Contains(l.returns, begun.ReturnTo):
			refuse(w, http.StatusBadRequest, "invalid_argument", "return_to is not allowed")
			return
		case !isLine(form["email"]):
			refuse(w, http.StatusBadRequest, "invalid_argument", "email is none")
			return
		}
		// return_to stays here: the server has a list of its own, and is not asked.
		made, err := l.Authenticate(r.Context(), AuthenticateRequest{
			Strategy: begun.Strategy, Email: form["email"], CallbackURL: l.callback,
		})
		if err != nil {
			l.fail(w, r, err)
			return
		}
		http.SetCookie(w, l.bind(begun, made.State))
		if made.Endpoint != "" {
			redirect(w, made.Endpoint)
			return
		}
		answer(w, http.StatusOK, map[string]string{"state": made.State})
	}, http.MethodPost)
}

// CallbackHandler ends a login. It takes the code and the state that the server or the
// page gave: in the query of a GET, which other sites may cause, or in the form of a
// POST from pages of the service's own origin or one of [TrustedOrigins]. The browser
// must be the one that began the login. It gets the cookie of the session, as the
// server made it and with Secure (see [CallbackURL]), and is sent to the return_to with
// which it began.
func (l *Login) CallbackHandler() http.Handler {
	return l.handler(func(w http.ResponseWriter, r *http.Request) {
		var in map[string]string
		ok := false
		if r.Method == http.MethodPost {
			if in, ok = l.form(w, r); !ok {
				return
			}
		} else if in, ok = single(r.URL.Query()); !ok {
			refuse(w, http.StatusBadRequest, "invalid_argument", "a parameter is given twice, or too long")
			return
		}
		begun, ok := l.bound(r, in["state"])
		if !ok || in["code"] == "" {
			refuse(w, http.StatusBadRequest, "invalid_argument", "there is no code, or this browser did not begin the login, or it has ended")
			return
		}
		s, err := l.authCallback(r.Context(), AuthCallbackRequest{Strategy: begun.Strategy, Code: in["code"], State: in["state"]}, r.UserAgent())
		if err != nil {
			l.fail(w, r, err) // and the browser may try another code
			return
		}
		if !l.plain {
			s = s.secured()
		}
		s.SetCookie(w)
		http.SetCookie(w, l.unbind())
		redirect(w, begun.ReturnTo)
	}, http.MethodGet, http.MethodPost)
}

// UserHandler answers GET with {"user":{…}}, whose session the browser has.
func (l *Login) UserHandler() http.Handler {
	return l.handler(func(w http.ResponseWriter, r *http.Request) {
		sessions := sessionsOf(r)
		if len(sessions) != 1 {
			refuse(w, http.StatusUnauthorized, "unauthenticated", "not authenticated")
			return
		}
		user, err := l.GetCurrentUser(r.Context(), sessions[0])
		if err != nil {
			l.fail(w, r, err)
			return
		}
		answer(w, http.StatusOK, map[string]User{"user": user})
	}, http.MethodGet, http.MethodHead)
}

// LogoutHandler ends the browser's session, see [Login.AuthLogout], and its cookie. It
// takes POST from pages of the service's own origin or one of [TrustedOrigins], and
// answers 204, or with a redirect (303) to the form's return_to, which [ReturnTo] must
// name. Of several cookies all sessions are ended, in no longer than [Timeout], of more
// than 32 none (400). Where the server does not answer the browser keeps the cookie, and
// gets 503: the session may still be good elsewhere.
func (l *Login) LogoutHandler() http.Handler {
	return l.handler(func(w http.ResponseWriter, r *http.Request) {
		form, ok := l.form(w, r)
		if !ok {
			return
		}
		to := form["return_to"]
		if to != "" && !slices.Contains(l.returns, to) {
			refuse(w, http.StatusBadRequest, "invalid_argument", "return_to is not allowed")
			return
		}
		lines := []string{(&http.Cookie{
			Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		}).String()}
		sessions := sessionsOf(r)
		if len(sessions) > maxLogouts {
			refuse(w, http.StatusBadRequest, "invalid_argument", "there are too many cookies "+sessionCookie)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), l.client.options.timeout) // for all
		defer cancel()
		var failed error
		for _, s := range sessions {
			ended, err := l.logout(ctx, s) // guards here refuse it, also when it is too late
			if err != nil {
				failed = err
			}
			lines = append(lines, ended...)
		}
		if failed != nil {
			l.fail(w, r, failed)
			return
		}
		for _, line := range lines {
			w.Header().Add("Set-Cookie", line)
		}
		if to != "" {
			redirect(w, to)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}, http.MethodPost)
}

// handler serves the methods, none of whose answers are to be kept.
func (l *Login) handler(serve http.HandlerFunc, methods ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer") // a query may have the code
		if !slices.Contains(methods, r.Method) {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			refuse(w, http.StatusMethodNotAllowed, "unimplemented", "the method is not allowed")
			return
		}
		id := requestIDOr(r.Context())
		serve(w, r.WithContext(WithRequestID(r.Context(), id)))
	})
}

// form reads the form of a request that is proven to come from a page of the service.
func (l *Login) form(w http.ResponseWriter, r *http.Request) (map[string]string, bool) {
	if !auth.FromOwnOrigin(r, l.client.options.trustedOrigins...) {
		refuse(w, http.StatusForbidden, "permission_denied", "there is no proof that the request comes from a page of this service")
		return nil, false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if r.ParseForm() == nil {
		if form, ok := single(r.PostForm); ok {
			return form, true
		}
	}
	refuse(w, http.StatusBadRequest, "invalid_argument", "the form cannot be read, or has a parameter twice")
	return nil, false
}

// single returns parameters each of which is given once.
func single(values map[string][]string) (map[string]string, bool) {
	out := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) != 1 || len(all[0]) > longestField {
			return nil, false
		}
		out[name] = all[0]
	}
	return out, true
}

func isName(s string) bool { return s != "" && len(s) <= 64 && allOf(s, "._-") }

// sessionsOf are what a request has for sessions. Of several the server takes the last
// one that it made.
func sessionsOf(r *http.Request) (all []Session) {
	for _, cookie := range r.CookiesNamed(sessionCookie) {
		if s, ok := NewSession(cookie.Value); ok {
			all = append(all, s)
		}
	}
	return all
}

// fail answers an error of a call.
func (l *Login) fail(w http.ResponseWriter, r *http.Request, err error) {
	var told *Error
	switch {
	case isGone(err), errors.Is(err, ErrUnauthenticated):
		refuse(w, http.StatusUnauthorized, "unauthenticated", "not authenticated")
	case errors.As(err, &told) && !told.Is(ErrUnavailable) && told.Code == "invalid_argument":
		refuse(w, http.StatusBadRequest, told.Code, told.Message)
	case errors.As(err, &told) && !told.Is(ErrUnavailable) && (told.Code == "permission_denied" || told.Code == "failed_precondition"):
		refuse(w, http.StatusForbidden, "permission_denied", "not authorized")
	default:
		l.client.logger.WarnContext(r.Context(), "frontier: login failed", "reason", err.Error(), "request_id", RequestID(r.Context()))
		wait := 1
		if told != nil && told.RetryAfter > 0 {
			wait = int(told.RetryAfter.Seconds()) + 1
		}
		w.Header().Set("Retry-After", strconv.Itoa(wait))
		refuse(w, http.StatusServiceUnavailable, "unavailable", "the service is unavailable")
	}
}

// refuse answers an error as the server does.
func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]string{"code": code, "message": message})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller is gone, or reads it
}

// redirect sends a browser to what was checked before.
func redirect(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}
