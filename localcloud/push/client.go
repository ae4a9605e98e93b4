package push

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Client makes the client that sends. It follows no redirect and asks no proxy. Unless allow says
// where else it may go, it looks at each address again when it connects: localhost is a name, and
// names can be made to mean anything.
func Client(allow func(*url.URL) bool) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if allow == nil {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			if a, err := netip.ParseAddrPort(address); err != nil || !a.Addr().Unmap().IsLoopback() {
				return errors.New("push: " + address + " is not a loopback address")
			}
			return nil
		}
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			MaxIdleConnsPerHost:    10,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
