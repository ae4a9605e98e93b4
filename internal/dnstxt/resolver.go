package dnstxt

import (
	"context"
	"errors"
	"net"
	"regexp"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// ErrNoRecord reports that the name has no TXT record. A name server said so.
var ErrNoRecord = errors.New("dnstxt: no TXT record")

const timeout = 5 * time.Second // of a whole look-up

// Resolver looks up TXT records. Safe for concurrent use.
type Resolver struct {
	Address string // host:port of the name server that is asked; empty: the system's
}

var nameForm = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)+$`)

// TXT returns the TXT records of name, each with its strings joined, in the order of the answer.
// name is in lower-case A-labels; a label may begin with an underscore. It returns ErrNoRecord if
// there is none, ErrInvalid if name is no such name, and ErrUnavailable if no name server could
// say.
func (r Resolver) TXT(ctx context.Context, name string) ([]string, error) {
	if !wellFormed(name) || !nameForm.MatchString(name) {
		return nil, tenant.Invalid("name of a TXT record")
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	records, err := r.resolver().LookupTXT(ctx, name+".") // the dot: no search list is tried
	var e *net.DNSError
	switch {
	case errors.As(err, &e) && e.IsNotFound && !e.IsTemporary && !e.IsTimeout, err == nil && len(records) == 0:
		return nil, ErrNoRecord
	case err != nil:
		return nil, tenant.Unavailable("DNS", err)
	}
	return records, nil
}

func (r Resolver) resolver() *net.Resolver {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if r.Address != "" {
			address = r.Address
		}
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, address)
		if err == nil {
			// The resolver minds a deadline while it reads, but not that its caller gave up.
			context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	}
	return &net.Resolver{PreferGo: true, StrictErrors: true, Dial: dial}
}
