package mail

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"maps"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Kind is what a letter is about. Who composes the letters of a kind, a Postman knows.
type Kind string

// Note is a letter that is to be written: to whom, and about what. It holds no secret.
type Note struct {
	Kind  Kind
	To    string            // an address, as somebody typed it; empty: the person's own
	User  tenant.UserID     // the person whom it is about; zero: nobody is known yet
	Facts map[string]string // what the letter says beside

	// Once tells the note from others of its kind: what is posted again within a day is not sent
	// again. Empty: it is sent whatever was sent before.
	Once string

	id string
}

const (
	// keep is how long a note is kept, sent or not. What could not be sent by then is not sent.
	keep = 24 * time.Hour

	maxTo    = 254 // bytes of an address (RFC 5321)
	maxFacts = 8
	maxFact  = 500 // bytes
)

// validate returns tenant.ErrInvalid if n may not be stored.
func (n Note) validate() error {
	switch {
	case n.Kind == "":
		return tenant.Invalid("kind of a mail")
	case n.To == "" && n.User.IsZero():
		return tenant.Invalid("receiver of a mail")
	case len(n.To) > maxTo || len(n.Facts) > maxFacts:
		return tenant.Invalid("length of a mail")
	}
	for name, text := range maps.All(n.Facts) {
		if name == "" || len(text) > maxFact {
			return tenant.Invalid("fact of a mail")
		}
	}
	return nil
}

type record struct {
	Kind    string            `firestore:"kind"`
	To      string            `firestore:"to,omitempty"`
	User    string            `firestore:"user,omitempty"`
	Facts   map[string]string `firestore:"facts,omitempty"`
	Created time.Time         `firestore:"created"`
	Expires time.Time         `firestore:"expires"`
	Sent    bool              `firestore:"sent"`
}

// sendIntent is the payload of the job: the note, and nobody.
type sendIntent struct {
	Mail string `json:"mail"`
}

// Post writes a note, and has a worker send it at the next tick. The grant must be able to append
// to the collection. Of notes with the same Once, the first counts.
//
// tenant.ErrInvalid for a note that is not of its form, vending.ErrDenied, vending.ErrReadOnly,
// tenant.ErrUnavailable. After the last the letter may be sent or not.
func Post(ctx context.Context, g vending.Grant, n Note) error {
	if err := n.validate(); err != nil {
		return err
	}
	now := document.Time(g.Now())
	id := n.name()
	intent, err := g.Intend(ctx, SendKind, sendIntent{id})
	if err != nil {
		return err
	}
	_, err = g.Database().Collection(location.Mails).Doc(id).Create(ctx, record{
		Kind: string(n.Kind), To: n.To, User: n.User.String(), Facts: n.Facts, Created: now, Expires: now.Add(keep),
	})
	switch {
	case status.Code(err) == codes.AlreadyExists:
		_ = intent.Drop(ctx) // if it stays, it finds nothing to do
		return nil
	case errors.Is(err, vending.ErrDenied):
		_ = intent.Drop(ctx)
		return err
	case err != nil:
		return tenant.Unavailable("post a mail", err)
	}
	_ = intent.Hurry(ctx) // if it does not, the job is done a little later
	return nil
}

// name is the note's own: random, or the same for all that are one.
func (n Note) name() string {
	if n.Once == "" {
		return strings.ToLower(rand.Text())
	}
	sum := sha256.Sum256([]byte(string(n.Kind) + "\x00" + n.Once))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}
