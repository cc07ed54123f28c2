package server

import (
	"net/http"

	"files"
)

// A test may serve a handler by itself.
func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", new(files.API).Upload)
	return mux
}
