package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// SendKind is the kind of the job that sends one note's letter.
const SendKind = "mail-send"

// SendPurpose is what that job may touch of its tenant.
func SendPurpose() vending.Purpose {
	return vending.Purpose{Collections: map[string]guard.Verbs{
		location.Mails: guard.Read | guard.Write, location.Users: guard.Read, location.Codes: guard.Append,
	}}
}

// ErrNobody is what a Composer returns where there is nobody to write to: then the note is done.
var ErrNobody = errors.New("mail: nobody to write to")

// Composer writes the letter of a note. g is the job's. It is called again if the letter could not
// be sent.
type Composer func(ctx context.Context, g vending.Grant, n Note) (Letter, error)

// Postman sends letters. Both fields are required.
type Postman struct {
	Server  *Server
	Compose map[Kind]Composer
}

// Send does the job of a note: it composes the letter, hands it over, and marks the note as sent. A
// note that is gone, sent already or too old is done. A letter that the server refuses for good, or
// of which nobody knows the kind, is given up: jobs.ErrGiveUp. No error says to whom it was.
func (p *Postman) Send(ctx context.Context, g vending.Grant, payload []byte) error {
	var which sendIntent
	if err := json.Unmarshal(payload, &which); err != nil || which.Mail == "" {
		return fmt.Errorf("%w: the payload names no mail", jobs.ErrGiveUp)
	}
	all := g.Database().Collection(location.Mails)
	doc, err := all.Doc(which.Mail).Get(ctx)
	switch {
	case status.Code(err) == codes.NotFound:
		return nil
	case err != nil:
		return tenant.Unavailable("read a mail", err)
	}
	n, sent, err := noteOf(doc, g.Now())
	if err != nil || sent {
		return err
	}
	if err := p.hand(ctx, g, n); err != nil {
		return err
	}
	// What was sent keeps its place for the day, and says no more to whom.
	_, err = doc.Ref.Update(ctx, []firestore.Update{
		{Path: "sent", Value: true}, {Path: "to", Value: firestore.Delete}, {Path: "facts", Value: firestore.Delete},
	}, firestore.LastUpdateTime(doc.UpdateTime))
	if err != nil {
		return tenant.Unavailable("mark a mail as sent", err)
	}
	return clear(ctx, all, g.Now())
}

func (p *Postman) hand(ctx context.Context, g vending.Grant, n Note) error {
	compose, ok := p.Compose[n.Kind]
	if !ok {
		return fmt.Errorf("%w: nobody writes mails of this kind", jobs.ErrGiveUp)
	}
	letter, err := compose(ctx, g, n)
	switch {
	case errors.Is(err, ErrNobody):
		return nil
	case err != nil:
		return err
	}
	err = p.Server.Send(ctx, n.id, letter)
	if errors.Is(err, ErrRefused) {
		return fmt.Errorf("%w: %w", jobs.ErrGiveUp, err)
	}
	return err
}

// noteOf reads a stored note. sent also says that it came too late.
func noteOf(doc *firestore.DocumentSnapshot, now time.Time) (n Note, sent bool, err error) {
	var r record
	if err := doc.DataTo(&r); err != nil {
		return n, false, fmt.Errorf("%w: the mail cannot be read", jobs.ErrGiveUp)
	}
	n = Note{Kind: Kind(r.Kind), To: r.To, Facts: r.Facts, id: doc.Ref.ID}
	if r.User != "" {
		if n.User, err = tenant.ParseUserID(r.User); err != nil {
			return n, false, fmt.Errorf("%w: the mail names nobody", jobs.ErrGiveUp)
		}
	}
	return n, r.Sent || !now.Before(r.Expires), nil
}

// cleared is how many notes are deleted at a time: more than come.
const cleared = 20

// clear deletes notes whose time is over.
func clear(ctx context.Context, all *firestore.CollectionRef, now time.Time) error {
	docs, err := all.Where("expires", "<=", now).OrderBy("expires", firestore.Asc).Limit(cleared).Documents(ctx).GetAll()
	if err != nil {
		return tenant.Unavailable("old mails", err)
	}
	for _, doc := range docs {
		if _, err := doc.Ref.Delete(ctx); err != nil {
			return tenant.Unavailable("delete an old mail", err)
		}
	}
	return nil
}
