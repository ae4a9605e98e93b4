// Package inbox takes in what Pub/Sub pushes to a worker: that a file has arrived, and how far an
// inspection has come.
//
// A message says nothing that is believed. Whose file it is, the registry says by the bucket, or a
// ticket that only the application can make. What is to be done becomes a job of that tenant, which
// is named by the file and its generation: a message that comes twice makes one job. Once the job
// is written down, the message is done with. So no message waits for another, and a job that fails
// is tried again, parks, and is shown to operators like any other.
//
// A message that cannot be read, or is about nobody's file, is parked with its reason, too. So is
// one that the Adapter could not read and gave back: read again, it is published to the Adapter
// again.
package inbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
)

// Inbox writes down what messages ask for. All fields are required.
type Inbox struct {
	Registry *registry.Registry
	Queue    *queue.Store
	Tickets  *events.Tickets
	Topic    *platform.Topic // where the application's events are published, for the Adapter
	Now      func() time.Time
}

// Source is where a message comes from.
type Source string

// The sources.
const (
	Objects     Source = "objects"     // Cloud Storage
	Inspections Source = "inspections" // the Adapter

	returned Source = "returned" // the application itself: the Adapter could not read it
)

// UnreadKind is the kind of a parked message. It is of no tenant.
const UnreadKind = "message-unread"

// maxKept is how many bytes of a message are kept that cannot be read, as JSON.
const maxKept = queue.MaxPayload

// unread is the payload of a parked message.
type unread struct {
	Source     Source            `json:"source"`
	ID         string            `json:"id"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Data       []byte            `json:"data,omitempty"`
	Part       bool              `json:"part,omitempty"` // not all of it is kept
}

// Take writes down what a message asks for, and returns the id of the job; "" if there is nothing
// to do. A message that cannot be read is parked, and is no error. tenant.ErrUnavailable: the
// message must come again.
func (i *Inbox) Take(ctx context.Context, from Source, m events.Message) (job string, err error) {
	if u, ok := events.ParseUnread(m.Data); ok && from == Inspections {
		return "", i.park(ctx, returned, events.Message{ID: u.ID, Data: u.Message}, fmt.Errorf("the Adapter cannot read it: %s", u.Why))
	}
	intent, err := i.intent(ctx, from, m)
	if err == nil && intent.ID == "" {
		return "", nil
	}
	if err == nil {
		err = i.Queue.Post(ctx, intent)
	}
	switch {
	case err == nil:
		return intent.ID, nil
	case errors.Is(err, tenant.ErrUnavailable):
		return "", err
	}
	return "", i.park(ctx, from, m, err)
}

// intent returns what the message asks for. The zero Intent: nothing.
func (i *Inbox) intent(ctx context.Context, from Source, m events.Message) (queue.Intent, error) {
	switch from {
	case Objects:
		return i.arrived(ctx, m)
	case Inspections:
		return i.moved(m)
	}
	return queue.Intent{}, fmt.Errorf("%w: from nowhere", events.ErrMalformed)
}

// arrived is the intent of a file that has arrived.
func (i *Inbox) arrived(ctx context.Context, m events.Message) (queue.Intent, error) {
	object, ok, err := m.Arrived()
	if err != nil || !ok {
		return queue.Intent{}, err
	}
	t, within, err := i.Registry.ByObject(ctx, object.Bucket, object.Name)
	if err != nil {
		return queue.Intent{}, err
	}
	upload, ok := uploads.OfObject(within)
	if !ok {
		return queue.Intent{}, nil // no file of people's
	}
	return i.job(uploads.ArrivedKind, t.ID, uploads.Arrived{Upload: upload.String()},
		upload.String(), strconv.FormatInt(object.Generation, 10))
}

// moved is the intent of an inspection that has come further. The ticket says whose it is: what it
// does not cover is not written down.
func (i *Inbox) moved(m events.Message) (queue.Intent, error) {
	e, err := events.Parse(m.Data)
	if err != nil {
		return queue.Intent{}, err
	}
	if e.Type != events.InspectionMoved {
		return queue.Intent{}, fmt.Errorf("%w: the Adapter says %s", events.ErrMalformed, e.Type)
	}
	ticket, err := i.Tickets.Open(e.Data.Ticket)
	if err != nil {
		return queue.Intent{}, err
	}
	if ticket.Upload != e.Data.Upload || ticket.Generation != e.Data.Generation {
		return queue.Intent{}, fmt.Errorf("%w: it is of another file", events.ErrTicket)
	}
	d := e.Data
	d.Ticket, d.Sealed = "", nil
	return i.job(uploads.MovedKind, ticket.Tenant, d, d.Upload, strconv.FormatInt(d.Attempt, 10),
		strconv.FormatInt(d.Generation, 10), string(d.Moved.Step), strconv.Itoa(d.Moved.Percent))
}

// job is an intent that is due now, named by what it is about.
func (i *Inbox) job(kind string, of tenant.ID, payload any, about ...string) (queue.Intent, error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return queue.Intent{}, err
	}
	return queue.Intent{
		ID: kind + "-" + of.String() + "-" + strings.Join(about, "-"), Kind: kind, Tenant: of, Payload: text, Due: i.Now(),
	}, nil
}

// park keeps a message that cannot be read, where operators see it and why, and can have it read
// again.
func (i *Inbox) park(ctx context.Context, from Source, m events.Message, why error) error {
	kept := unread{Source: from, ID: m.ID, Attributes: m.Attributes, Data: m.Data, Part: from == returned && len(m.Data) == 0}
	payload, err := json.Marshal(kept)
	if err != nil || len(payload) > maxKept {
		kept.Attributes, kept.Data, kept.Part = nil, m.Data[:min(len(m.Data), maxKept/2)], true
		if payload, err = json.Marshal(kept); err != nil || len(payload) > maxKept {
			payload = fmt.Appendf(nil, `{"source":%q,"part":true}`, from)
		}
	}
	sum := sha256.Sum256([]byte(string(from) + "\x00" + m.ID))
	id := UnreadKind + "-" + hex.EncodeToString(sum[:12])
	return i.Queue.PostParked(ctx, queue.Intent{ID: id, Kind: UnreadKind, Payload: payload, Due: i.Now()}, why.Error())
}

// ReadAgain reads a parked message again, which an operator has released: payload is its job's. It
// returns why it still cannot be read. A message that the Adapter gave back is published to it
// again: tenant.ErrUnavailable if Pub/Sub does not take it.
func (i *Inbox) ReadAgain(ctx context.Context, payload []byte) error {
	var kept unread
	if err := json.Unmarshal(payload, &kept); err != nil || kept.Part {
		return fmt.Errorf("%w: it was kept in part", events.ErrMalformed)
	}
	if kept.Source == returned {
		if err := i.Topic.Publish(ctx, kept.Data); err != nil {
			return tenant.Unavailable("publish a message again", err)
		}
		return nil
	}
	intent, err := i.intent(ctx, kept.Source, events.Message{ID: kept.ID, Attributes: kept.Attributes, Data: kept.Data})
	if err != nil || intent.ID == "" {
		return err
	}
	return i.Queue.Post(ctx, intent)
}
