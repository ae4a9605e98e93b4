package apikeys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Notice is how long before the end of an API key people are told: by its page, and by a letter.
const Notice = 7 * 24 * time.Hour

// EndsKind is the kind of the job that tells a tenant's admins that an API key is about to end.
// It is intended when the key is made, and done once.
const EndsKind = "apikey-ends"

// EndsPurpose is what that job may touch of its tenant.
func EndsPurpose() vending.Purpose {
	return vending.Purpose{Collections: map[string]guard.Verbs{
		location.KeyNames: guard.Read, location.Users: guard.Read, location.Mails: guard.Append,
	}}
}

const letterKeyEnds mail.Kind = "apikey-ends"

// toldOfKeys bounds how many admins get the letter.
const toldOfKeys = 50

// keyEnds is the payload of the job.
type keyEnds struct {
	Key tenant.KeyID `json:"key"`
}

// intendNotice writes down that people are to be told before a key ends, which is about to be made
// and to live that long. A key that lives no longer than the notice needs none: who makes it knows.
func (s *Service) intendNotice(ctx context.Context, g vending.Grant, id tenant.KeyID, life time.Duration) (vending.Intent, error) {
	if life <= Notice {
		return vending.Intent{}, nil
	}
	due := g.Now().Add(life - Notice)
	intent, err := g.IntendAt(ctx, EndsKind, id.String(), due, keyEnds{id})
	if err != nil {
		return vending.Intent{}, unavailable("intend a notice", err)
	}
	return intent, nil
}

// TellOfEnd does the job EndsKind: it writes a note to each active admin. A key that was
// revoked, has ended, or whose place another has taken needs no letter. tenant.ErrUnavailable.
func (s *Service) TellOfEnd(ctx context.Context, g vending.Grant, payload []byte) error {
	var which keyEnds
	if err := json.Unmarshal(payload, &which); err != nil {
		return fmt.Errorf("%w: the payload names no API key", jobs.ErrGiveUp)
	}
	key, err := s.authenticator.APIKeys().Of(ctx, g.Principal(), which.Key)
	switch {
	case errors.Is(err, tenant.ErrNoAPIKey): // it was not made, or is forgotten
		return nil
	case err != nil:
		return err
	case !key.Live(g.Now()) || key.Expires.IsZero() || !key.Successor.IsZero():
		return nil
	}
	name, err := s.nameOfKey(ctx, g, key)
	if err != nil {
		return err
	}
	admins, err := users.NewRepository(g).Admins(ctx, toldOfKeys)
	if err != nil {
		return unavailable("admins", err)
	}
	for _, admin := range admins {
		n := mail.Note{
			Kind: letterKeyEnds, User: admin.ID, Once: key.ID.String() + " " + admin.ID.String(),
			Facts: map[string]string{"key": key.ID.String(), "name": name, "ends": key.Expires.UTC().Format(time.DateOnly)},
		}
		if err := mail.Post(ctx, g, n); err != nil {
			return unavailable("post a mail", err)
		}
	}
	return nil
}

// nameOfKey is what the tenant's database calls a key; its id if it has no name of it.
func (s *Service) nameOfKey(ctx context.Context, g vending.Grant, key tenancy.APIKey) (string, error) {
	docs, err := g.Database().GetAll(ctx, refsOf(g, []tenancy.APIKey{key}))
	if err != nil {
		return "", unavailable("name of an API key", err)
	}
	if n, err := keyNameIn(docs[0]); err == nil && n.Name != "" {
		return n.Name, nil
	}
	return key.ID.String(), nil
}

// Letters returns who composes each kind of letter about API keys: see mail.Postman.
func (s *Service) Letters() map[mail.Kind]mail.Composer {
	return map[mail.Kind]mail.Composer{letterKeyEnds: s.endsLetter}
}

// endsLetter tells an admin that a key is about to end.
func (s *Service) endsLetter(ctx context.Context, g vending.Grant, n mail.Note) (mail.Letter, error) {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return mail.Letter{}, unavailable("tenant", err)
	}
	if n.User.IsZero() {
		return mail.Letter{}, mail.ErrNobody
	}
	u, err := users.NewRepository(g).Get(ctx, n.User)
	switch {
	case errors.Is(err, users.ErrNotFound):
		return mail.Letter{}, mail.ErrNobody
	case err != nil:
		return mail.Letter{}, unavailable("read a record", err)
	case !u.May(tenant.KeysManage):
		return mail.Letter{}, mail.ErrNobody
	}
	from := mail.Letterhead{Tenant: t, Origin: s.origin}
	return from.Letter(u.Email, "An API key of "+t.Name+" ends on "+n.Facts["ends"],
		"The API key “"+n.Facts["name"]+"” ends on "+n.Facts["ends"]+" (UTC). Programs that use it stop working then.",
		"It begins with bhk_"+n.Facts["key"]+"_. To give those programs a new key in time, roll it at",
		from.Link("keys", "")), nil
}
