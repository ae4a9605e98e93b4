package console

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// security is what browsers may do with a page: show it, with its own style, images and scripts,
// and let its script load it again.
const security = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// maxForm bounds a form, in bytes.
const maxForm = 64 << 10

// guard admits requests that a person at this machine makes: over a loopback connection, under a
// loopback name, and not on behalf of a page of another origin.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", security)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin") // with none at all, browsers send forms with the origin "null"
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		switch {
		case !ownName(r):
			http.Error(w, "The console answers on loopback addresses only.", http.StatusMisdirectedRequest)
		case foreign(r):
			http.Error(w, "The console does not answer requests that other pages send.", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// ownName reports whether the connection is on loopback and the Host header is one of its names
// with its port. A name that merely resolves to loopback is not.
func ownName(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return false
	}
	at, err := netip.ParseAddrPort(local.String())
	if err != nil || !at.Addr().Unmap().IsLoopback() {
		return false
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil || port != portOf(local.String()) {
		return false
	}
	return host == "127.0.0.1" || host == "::1" || strings.EqualFold(host, "localhost")
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// foreign reports whether a browser says that a page of another origin is behind the request (Fetch
// Metadata, and Origin where that is not known). A link that is followed from another port of this
// machine, such as the application's, is not foreign; anything that such a page would embed or read
// is.
func foreign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	case "same-site":
		return r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
	}
	return true
}

// ownForm admits forms that a page of the console's own sends, and says so: a form changes
// something, so that a link from another port of this machine, which may be followed, may not send
// one.
func ownForm(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if site := r.Header.Get("Sec-Fetch-Site"); site != "same-origin" && (site != "" || r.Header.Get("Origin") != "http://"+r.Host) {
			http.Error(w, "The console takes forms from its own pages only.", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next(w, r)
	})
}
