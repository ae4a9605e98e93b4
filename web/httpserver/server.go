package httpserver

import (
	"net/http"
	"time"
)

// Limits of one request. No file passes through this server, so all of them can be small.
const (
	MaxHeader   = 64 << 10 // bytes; a browser with several workspaces sends a sealed cookie for each. Beyond it: 431
	MaxBody     = 64 << 10 // bytes; beyond it: 413
	RequestLife = 30 * time.Second
)

// New returns a server of h with a time limit on each phase of a connection. The caller listens,
// serves on Framed listeners, and shuts it down.
func New(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ConnContext:       withFraming,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       RequestLife,
		WriteTimeout:      2 * RequestLife,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    MaxHeader,
	}
}
