package localcloud

import (
	"context"
	"errors"
	"net"

	"go.etcd.io/bbolt"

	"github.com/bulkhead-saas/bulkhead/localcloud/dns"
	"github.com/bulkhead-saas/bulkhead/localcloud/mail"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// parts are what an application meets outside of Google Cloud: a mail server, the DNS, and its
// customers' identity providers. They know no projects and ask IAM nothing.
type parts struct {
	mail      *mail.Server
	dns       *dns.Server
	providers *oidc.Realms
}

// Mail is the SMTP server, for tests that read what was sent.
func (c *Cloud) Mail() *mail.Server { return c.mail }

// DNS is the DNS server, for tests that set records and have it fail.
func (c *Cloud) DNS() *dns.Server { return c.dns }

// Providers are the OpenID providers. There is none until somebody adds a realm, and realms are not
// kept over a restart; their address is. The time of a realm is its Config's: pass Clock().Now.
func (c *Cloud) Providers() *oidc.Realms { return c.providers }

func (c *Cloud) openParts(db *bbolt.DB) (err error) {
	c.mail, err = mail.Open(mail.Config{Dir: c.cfg.Dir, Now: c.cfg.Now, Logger: c.cfg.Logger})
	if err != nil {
		return err
	}
	c.closers = append(c.closers, c.mail.Close)
	c.dns, err = dns.Open(dns.Config{DB: db, Logger: c.cfg.Logger})
	if err != nil {
		return err
	}
	c.closers = append(c.closers, c.dns.Close)
	c.providers, err = oidc.NewRealms(c.endpoints.Providers)
	return err
}

// serveParts serves what openParts opened.
func (c *Cloud) serveParts(ctx context.Context, l listeners) error {
	c.closers = append(c.closers, func() error { // the server may not have begun to listen yet
		if err := l.smtp.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	go func() {
		if err := c.mail.Serve(l.smtp); err != nil {
			c.cfg.Logger.Error("local cloud: SMTP stopped", "err", err)
		}
	}()
	c.serving.serveHTTP(l.providers, c.providers, 0, c.cfg.Logger) // an endpoint may be made to hang
	return c.dns.Serve(ctx, l.dnsUDP, l.dns)
}
