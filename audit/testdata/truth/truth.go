// Package truth runs the programs of the cases as far as their servers, and
// tells what is really registered there and who is let in.
package truth

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
)

// Row is a route that is wanted. Unless Ask, no request is made.
type Row struct {
	Method, Host, Path string
	Headers            map[string]string
	Ask                bool
}

// Report is what a program did.
type Report struct {
	Routes []string // METHOD HOST/PATH of every router that is not hidden in a function
	Status []int    // what a caller without identity gets, for each row; 0 where none asked
	Panic  string
}

var (
	mu     sync.Mutex
	served []http.Handler
)

func serve(h http.Handler) error {
	mu.Lock()
	defer mu.Unlock()
	served = append(served, h)
	return http.ErrServerClosed
}

// ListenAndServe stands for the function of net/http.
func ListenAndServe(_ string, h http.Handler) error {
	if h == nil {
		h = http.DefaultServeMux
	}
	return serve(h)
}

// ListenAndServeTLS stands for the function of net/http.
func ListenAndServeTLS(addr, _, _ string, h http.Handler) error { return ListenAndServe(addr, h) }

// Serve stands for the functions of net/http.
func Serve(_ any, h http.Handler) error { return ListenAndServe("", h) }

// Server stands for the methods of http.Server.
func Server(s *http.Server, _ ...any) error { return ListenAndServe("", s.Handler) }

// Run stands for gin's Run and echo's Start.
func Run(h http.Handler, _ ...any) error { return serve(h) }

// StartServer stands for echo's.
func StartServer(h http.Handler, s *http.Server) error { return serve(h) }

// Exit stands for what ends a program.
func Exit(...any) { runtime.Goexit() }

// Exitf stands for log.Fatalf.
func Exitf(string, ...any) { runtime.Goexit() }

// Main runs the programs and writes a report of each into the file that the
// second argument names. The rows are in the file that the first one names.
func Main(programs map[string]func()) {
	gin.SetMode(gin.ReleaseMode)
	gin.DefaultWriter, gin.DefaultErrorWriter = io.Discard, io.Discard
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var rows map[string][]Row
	if err := json.Unmarshal(data, &rows); err != nil {
		panic(err)
	}
	reports := map[string]*Report{}
	for path, main := range programs {
		reports[path] = report(main, rows[path])
	}
	if data, err = json.Marshal(reports); err != nil {
		panic(err)
	}
	if err := os.WriteFile(os.Args[2], data, 0o666); err != nil {
		panic(err)
	}
}

func report(main func(), rows []Row) *Report {
	r := &Report{}
	served = nil
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if e := recover(); e != nil {
				r.Panic = fmt.Sprint(e)
			}
		}()
		main()
	}()
	<-done
	mu.Lock()
	defer mu.Unlock()
	for _, h := range served {
		r.Routes = append(r.Routes, routes(h, "", map[any]bool{})...)
	}
	slices.Sort(r.Routes)
	r.Routes = slices.Compact(r.Routes)
	for _, row := range rows {
		status := 0
		if row.Ask {
			status = ask(row)
		}
		r.Status = append(r.Status, status)
	}
	return r
}

var parameter = regexp.MustCompile(`\{\$\}$|\{[^/}]*\}|:[A-Za-z_]+|\*[A-Za-z_]*$`)

// ask returns the answer of the server that has the route: of those that know
// it, the one that lets most callers in.
func ask(row Row) int {
	path := parameter.ReplaceAllStringFunc(row.Path, func(p string) string {
		if p == "{$}" {
			return ""
		}
		return "7"
	})
	if path == "" {
		path = "/"
	}
	method := row.Method
	if method == "ANY" || method == "*" {
		method = http.MethodGet
	}
	best := 0
	for _, h := range served {
		got := answer(h, method, row.Host, path, row.Headers)
		missing := got == http.StatusNotFound || got == http.StatusMethodNotAllowed
		if best == 0 || !missing && (got < best || best == http.StatusNotFound || best == http.StatusMethodNotAllowed) {
			best = got
		}
	}
	return best
}

func answer(h http.Handler, method, host, path string, headers map[string]string) (status int) {
	defer func() {
		if recover() != nil {
			status = http.StatusInternalServerError
		}
	}()
	req := httptest.NewRequest(method, path, nil)
	if host != "" {
		req.Host = host
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w.Code
}

// routes lists what is registered on a router, below a prefix.
func routes(h any, prefix string, seen map[any]bool) (all []string) {
	switch h := h.(type) {
	case *gin.Engine:
		for _, r := range h.Routes() {
			all = append(all, r.Method+" "+prefix+r.Path)
		}
	case *echo.Echo:
		for host, router := range h.Routers() {
			for _, r := range router.Routes() {
				if r.Method != echo.RouteNotFound {
					all = append(all, r.Method+" "+host+prefix+r.Path)
				}
			}
		}
		for _, r := range h.Routes() {
			if r.Method != echo.RouteNotFound {
				all = append(all, r.Method+" "+prefix+r.Path)
			}
		}
	case *http.ServeMux:
		if h != http.DefaultServeMux && !seen[h] {
			seen[h] = true
			all = walk(reflect.ValueOf(h).Elem().FieldByName("tree"), prefix, seen)
		}
	}
	return all
}

// walk reads the tree of a ServeMux.
func walk(node reflect.Value, prefix string, seen map[any]bool) (all []string) {
	if p := node.FieldByName("pattern"); !p.IsNil() {
		text := strings.Join(strings.Fields(p.Elem().FieldByName("str").String()), " ")
		if !strings.Contains(text, " ") {
			text = "ANY " + text
		}
		f := node.FieldByName("handler")
		handler := reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Interface()
		switch handler.(type) {
		case *http.ServeMux, *gin.Engine, *echo.Echo:
			all = append(all, routes(handler, prefix, seen)...)
		default:
			all = append(all, text)
		}
	}
	children := node.FieldByName("children")
	for i := range children.FieldByName("s").Len() {
		all = append(all, walk(children.FieldByName("s").Index(i).FieldByName("value").Elem(), prefix, seen)...)
	}
	for it := children.FieldByName("m").MapRange(); it.Next(); {
		all = append(all, walk(it.Value().Elem(), prefix, seen)...)
	}
	for _, name := range []string{"multiChild", "emptyChild"} {
		if n := node.FieldByName(name); !n.IsNil() {
			all = append(all, walk(n.Elem(), prefix, seen)...)
		}
	}
	return all
}
