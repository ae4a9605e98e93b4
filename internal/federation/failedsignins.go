package federation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// FailedSignIn is a sign-in at a provider that failed. It holds no secret and no token.
type FailedSignIn struct {
	When     time.Time
	Provider authpolicy.ProviderID
	Step     Step
	Sentence string
	Subject  string // as the provider says, once its token was found right; else empty
	Email    string // the same
}

const (
	// FailedLife is how long a failed sign-in is kept.
	FailedLife = 7 * 24 * time.Hour
	// MaxFailed is how many are kept of a tenant; the oldest make room.
	MaxFailed = 500
	// pruned is how many are deleted at once.
	pruned = 20

	maxClaimed = 254 // bytes that are kept of what a provider says
)

// A page of the list, and a place in it.
type (
	FailedPage   = document.Page[FailedSignIn, document.Newest[FailedSignIn]]
	FailedCursor = document.Cursor[document.Newest[FailedSignIn]]
)

// ParseFailedCursor parses what FailedCursor.String returned; "" is the beginning.
// tenant.ErrInvalid for anything else.
func ParseFailedCursor(s string) (FailedCursor, error) {
	c, err := document.ParseCursor(s, document.ParseNewest[FailedSignIn])
	if err != nil {
		return FailedCursor{}, tenant.Invalid("cursor")
	}
	return c, nil
}

type failedRecord struct {
	Created  time.Time `firestore:"created"`
	Expires  time.Time `firestore:"expires"`
	Provider string    `firestore:"provider"`
	Step     string    `firestore:"step"`
	Sentence string    `firestore:"sentence"`
	Subject  string    `firestore:"subject,omitempty"`
	Email    string    `firestore:"email,omitempty"`
}

// claimed is who somebody is as the provider says, once its token was found right.
type claimed struct{ subject, email string }

// note keeps a sign-in that failed, for the tenant's admins. Where that fails it is logged: the
// person is refused either way.
func (s *Service) note(ctx context.Context, t tenant.Tenant, id authpolicy.ProviderID, why *ProviderError, who claimed) {
	ctx, cancel := people.Finish(ctx)
	defer cancel()
	if err := s.keepFailed(ctx, t, id, why, who); err != nil {
		s.log.WarnContext(ctx, "a failed sign-in is not kept", "tenant", t.ID.String(), "provider", id.String(),
			"step", string(why.Step), "error", err)
	}
}

func (s *Service) keepFailed(ctx context.Context, t tenant.Tenant, id authpolicy.ProviderID, why *ProviderError, who claimed) error {
	p, err := s.authenticator.Failed(ctx, tenant.SelectID(t.ID))
	if err != nil {
		return err
	}
	g, err := s.machine.Vend(ctx, p)
	if err != nil {
		return err
	}
	now := document.Time(s.now())
	all := g.Database().Collection(location.SignIns)
	if err := prune(ctx, all, now); err != nil {
		return err
	}
	_, err = all.Doc(document.NewID[FailedSignIn]().String()).Create(ctx, failedRecord{
		Created: now, Expires: now.Add(FailedLife), Provider: id.String(), Step: string(why.Step), Sentence: why.Sentence,
		Subject: cut(who.subject), Email: cut(who.email),
	})
	return err
}

// prune deletes what is too old, and the oldest of what is too many: a few at a time, which is more
// than comes.
func prune(ctx context.Context, all *firestore.CollectionRef, now time.Time) error {
	oldest := all.OrderBy("created", firestore.Asc)
	if err := remove(ctx, oldest.Where("created", "<=", now.Add(-FailedLife)).Limit(pruned)); err != nil {
		return err
	}
	result, err := all.Query.NewAggregationQuery().WithCount("n").Get(ctx)
	if err != nil {
		return err
	}
	n, err := count(result)
	if err != nil || n < MaxFailed {
		return err
	}
	return remove(ctx, oldest.Limit(min(pruned, int(n)-MaxFailed+1)))
}

func remove(ctx context.Context, q firestore.Query) error {
	docs, err := q.Documents(ctx).GetAll()
	if err != nil {
		return err
	}
	for _, doc := range docs {
		if _, err := doc.Ref.Delete(ctx); err != nil {
			return err
		}
	}
	return nil
}

// FailedSignIns returns a page of the sign-ins at providers that failed, the newest first. Only
// admins may ask: users.ErrForbidden. What is older than FailedLife is deleted.
func (s *Service) FailedSignIns(ctx context.Context, g vending.Grant, c FailedCursor) (FailedPage, error) {
	if g.Principal().Role() != tenant.Admin || g.Principal().Method() == tenancy.ByAPIKey {
		return FailedPage{}, users.ErrForbidden
	}
	now := document.Time(s.now())
	all := g.Database().Collection(location.SignIns)
	old := all.OrderBy("created", firestore.Asc).Where("created", "<=", now.Add(-FailedLife)).Limit(pruned)
	if err := remove(ctx, old); err != nil {
		return FailedPage{}, people.Unavailable("failed sign-ins", err)
	}
	page, err := document.List(ctx, document.NewestFirst(all), c, 50,
		func(doc *firestore.DocumentSnapshot) (document.Entry[FailedSignIn, document.Newest[FailedSignIn]], error) {
			return failedOf(doc, now)
		})
	if err != nil {
		return FailedPage{}, people.Unavailable("failed sign-ins", err)
	}
	return page, nil
}

func failedOf(doc *firestore.DocumentSnapshot, now time.Time) (e document.Entry[FailedSignIn, document.Newest[FailedSignIn]], err error) {
	unreadable := func(fault string) error {
		return &document.Unreadable{Collection: location.SignIns, ID: doc.Ref.ID, Fault: fault}
	}
	var r failedRecord
	if doc.DataTo(&r) != nil {
		return e, unreadable("form")
	}
	id, err := document.ParseID[FailedSignIn](doc.Ref.ID)
	if err != nil {
		return e, unreadable("id")
	}
	provider, err := authpolicy.ParseProviderID(r.Provider)
	if err != nil {
		return e, unreadable("provider")
	}
	e.Item = FailedSignIn{r.Created, provider, Step(r.Step), r.Sentence, r.Subject, r.Email}
	e.Place = document.NewestOf(r.Created, id)
	e.Hidden = !now.Before(r.Created.Add(FailedLife))
	return e, nil
}

// count is the number that an aggregation has answered with.
func count(result firestore.AggregationResult) (int64, error) {
	value, ok := result["n"].(interface{ GetIntegerValue() int64 })
	if !ok {
		return 0, fmt.Errorf("%w: no count", identityplatform.ErrUnavailable)
	}
	return value.GetIntegerValue(), nil
}

func cut(s string) string {
	if len(s) > maxClaimed {
		return strings.ToValidUTF8(s[:maxClaimed], "")
	}
	return s
}
