package door

import (
	"net/http"
	"time"
)

// Limits of one request. No file passes through this server, so all of them can be small.
const (
	maxHeader   = 64 << 10 // bytes; a browser with several workspaces sends a sealed cookie for each. Beyond it: 431
	maxBody     = 64 << 10 // bytes; beyond it: 413
	requestLife = 30 * time.Second
)

// NewHTTPServer returns a server of h with a time limit on each phase of a connection. The caller
// listens, serves on Framed listeners, and shuts it down.
func NewHTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ConnContext:       withFraming,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       requestLife,
		WriteTimeout:      2 * requestLife,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
	}
}
