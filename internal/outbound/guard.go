package outbound

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"code.dny.dev/ssrf"
)

const (
	maxHeader   = 64 << 10 // bytes of an answer's header
	maxPerHost  = 16       // connections to one host at a time
	dialTimeout = 3 * time.Second
)

// guard refuses each address that is not public, at the moment of connecting to it. The list is
// that of IANA's special-purpose registries; of IPv6 only 2000::/3 is public, so forms that hold an
// IPv4 address (mapped, compatible, NAT64) are refused, and 6to4 and Teredo are on the list.
var guard = ssrf.New(ssrf.WithPorts(443))

// transports returns a transport for public addresses, and one for the exceptions. A connection
// serves one call: a kept one would outlive the answer that named its address.
func transports(cfg Config) (public, excepted *http.Transport) {
	// No Proxy: a proxy would connect in our place, where no guard stands.
	shared := http.Transport{
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxConnsPerHost:        maxPerHost,
		MaxResponseHeaderBytes: maxHeader,
		TLSHandshakeTimeout:    dialTimeout,
		ExpectContinueTimeout:  time.Second,
	}
	with := func(d *net.Dialer) *http.Transport {
		t := shared.Clone()
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.RootCAs}
		t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			return d.DialContext(ctx, network, addr)
		}
		return t
	}
	public = with(&net.Dialer{Timeout: dialTimeout, Resolver: cfg.Resolver, Control: guard.Safe})
	excepted = with(&net.Dialer{Timeout: dialTimeout, Resolver: cfg.Resolver})
	return public, excepted
}
