package files

import (
	"context"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Pages and the API do the same things with files. What is more than one call stands here.

// list returns a part of the list, after looking at what nobody finished, so that a file which
// arrived is shown as stored even if its browser never said so. Looking is a courtesy: when it
// fails, the list is still the list.
func (f Feature) list(ctx context.Context, g vending.Grant, q uploads.Query, c uploads.Cursor, limit int) (uploads.Page, error) {
	repo := uploads.NewRepository(g)
	if c.IsZero() {
		f.settle(ctx, g, repo)
	}
	return repo.Find(ctx, q, c, limit)
}

// bin returns a part of the list of the bin, after looking as list does.
func (f Feature) bin(ctx context.Context, g vending.Grant, c uploads.BinCursor, limit int) (uploads.BinPage, error) {
	repo := uploads.NewRepository(g)
	if c.IsZero() {
		f.settle(ctx, g, repo)
	}
	return repo.Binned(ctx, c, limit)
}

func (f Feature) settle(ctx context.Context, g vending.Grant, repo *uploads.Repository) {
	if err := repo.Settle(ctx); err != nil {
		f.log.WarnContext(ctx, "uploads not settled", "tenant", g.Tenant().String(), "error", err)
	}
}

// create announces a file of at most the configured size. It is inspected in the name of whoever
// has signed in and announces it, or by the token that a program hands over. match is the ETag that
// the file must have which it replaces; "" is any.
func (f Feature) create(ctx context.Context, g vending.Grant, i intent, match string) (uploads.Upload, vending.SignedRequest, error) {
	if i.Size > f.maxSize {
		return uploads.Upload{}, vending.SignedRequest{}, &uploads.SizeError{Max: f.maxSize}
	}
	hand := f.hand(g)
	if i.InspectionToken != "" {
		if hand != nil { // one is made for whoever has signed in
			return uploads.Upload{}, vending.SignedRequest{}, &uploads.FieldError{
				Field: "inspectionToken", Sentence: "Only a program hands one over. Leave it out: one is made for you.",
			}
		}
		var err error
		if hand, err = uploads.Handed(i.InspectionToken, g.Now()); err != nil {
			return uploads.Upload{}, vending.SignedRequest{}, err
		}
	}
	announced := uploads.Intent{Name: i.Name, Folder: i.Folder, Size: i.Size, ContentType: i.Type}
	if i.Replaces != "" {
		var err error
		if announced.Replaces, announced.Based, err = toReplace(ctx, g, i.Replaces, match); err != nil {
			return uploads.Upload{}, vending.SignedRequest{}, err
		}
	}
	return uploads.NewRepository(g).Create(ctx, announced, hand)
}

// hand makes the tokens that the caller hands over for inspections; nil for a program, and for whom
// a foreign issuer vouches: nobody can make such a token for them.
func (f Feature) hand(g vending.Grant) uploads.Hand {
	p := g.Principal()
	if m := p.Method(); m != tenancy.BySession && m != tenancy.ByBearer {
		return nil
	}
	return func(ctx context.Context, document string) (string, time.Time, error) {
		return f.signIn.InspectionToken(ctx, p, document)
	}
}
