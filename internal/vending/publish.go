package vending

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Outbox is how events of tenants' files are published. All fields are required.
type Outbox struct {
	Topic   *platform.Topic
	Tickets *events.Tickets
	Adapter *sealing.Recipient // who opens what is handed over
}

// Publishes reports whether events are published at all. It is false for the zero Grant.
func (g Grant) Publishes() bool { return g.caller != nil && g.caller.home.machine.outbox != nil }

// SealHandover seals what a client hands over for one file of the tenant, so that only the Adapter
// opens it. ErrDenied if nothing is published.
func (g Grant) SealHandover(upload string, h events.Handover) ([]byte, error) {
	if !g.Publishes() {
		return nil, refuse(ErrDenied, "nothing is published")
	}
	return events.SealHandover(g.caller.home.machine.outbox.Adapter, g.Tenant(), upload, h)
}

// Publish publishes an event about one file of the tenant. The tenant and the ticket are the
// grant's, whatever d says. It returns once Pub/Sub keeps the event; an event that is published
// twice is one event. So publish first, and change what it is about afterwards: then nothing has
// changed without its event, and whoever hears of a change that was not made finds nothing to do.
//
// ErrReadOnly for a grant that is read-only, ErrDenied for the zero Grant, for a caller who is not
// in force any more, and if nothing is published; events.ErrMalformed; tenant.ErrUnavailable: it
// may be published or not.
func (g Grant) Publish(ctx context.Context, kind events.Type, d events.Data) error {
	c := g.caller
	if !g.Publishes() {
		return refuse(ErrDenied, "nothing is published")
	}
	if err := c.valid(ctx); err != nil {
		return err
	}
	if c.readOnly {
		return c.refused(ctx, refuse(ErrReadOnly, "an event %q", kind))
	}
	out := c.home.machine.outbox
	var err error
	if d.Ticket, err = out.Tickets.Make(events.Ticket{Tenant: g.Tenant(), Upload: d.Upload, Generation: d.Generation}); err != nil {
		return err
	}
	message, err := events.Event{Type: kind, Tenant: g.Tenant(), Time: g.Now(), Data: d}.Marshal()
	if err != nil {
		return err
	}
	if err := out.Topic.Publish(ctx, message); err != nil {
		return tenant.Unavailable("publish an event", err)
	}
	return nil
}
