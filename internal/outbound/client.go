package outbound

import (
	"crypto/x509"
	"net"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const defaultTimeout = 5 * time.Second

// Config configures a Client.
type Config struct {
	// Exceptions are origins, scheme://host:port in lower case, that are called although they are
	// private or speak http. Each allows exactly itself. For development; empty in production.
	Exceptions []string

	Resolver *net.Resolver  // nil: the system's
	RootCAs  *x509.CertPool // nil: the system's
	Timeout  time.Duration  // of a whole call, its answer's body included; 0: 5 s
}

// Client calls addresses that tenants set. Safe for concurrent use.
type Client struct {
	exceptions       map[string]bool
	public, excepted *http.Transport
	timeout          time.Duration
	http             *http.Client
}

// New returns a Client. It returns ErrInvalid for an exception that is not an origin, and for a
// negative timeout.
func New(cfg Config) (*Client, error) {
	c := &Client{exceptions: make(map[string]bool, len(cfg.Exceptions))}
	for _, raw := range cfg.Exceptions {
		o, ok := parseException(raw)
		if !ok {
			return nil, tenant.Invalid("outbound: an exception is not of the form scheme://host:port")
		}
		c.exceptions[o] = true
	}
	if cfg.Timeout < 0 {
		return nil, tenant.Invalid("outbound: timeout")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	c.timeout = cfg.Timeout
	c.public, c.excepted = transports(cfg)
	c.http = &http.Client{
		Transport: tripper{c},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			return redirected(r.URL.String())
		},
	}
	return c, nil
}

// HTTPClient returns a client under the same rules, for a library that wants one, such as
// x/oauth2's token call. Its errors hold an *Error.
func (c *Client) HTTPClient() *http.Client {
	h := *c.http
	return &h
}
