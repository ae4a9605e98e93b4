package revocation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// revocationRecord is stored in revocations/<tenant id>.<user id>.<session>, without the session for all of a user's, and
// revocations/<tenant id> for all of a tenant.
type revocationRecord struct {
	Tenant  string    `firestore:"tenant"`
	User    string    `firestore:"user"`    // empty: all
	Session int64     `firestore:"session"` // 0: all
	Before  time.Time `firestore:"before"`
	Updated time.Time `firestore:"updated,serverTimestamp"` // by the server's clock: what polls go by
}

// documentID is one to one: no part can contain the dot.
func (s subject) documentID() string {
	switch {
	case s.user.IsZero():
		return s.tenant.String()
	case s.session == 0:
		return s.tenant.String() + "." + s.user.String()
	}
	return s.tenant.String() + "." + s.user.String() + "." + strconv.FormatInt(s.session, 10)
}

// Run polls the feed every few seconds until ctx ends, and then returns nil. A failed poll is logged and tried again.
func (r *Feed) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var beating sync.WaitGroup
	beating.Go(func() { r.pulse.beat(ctx) })
	defer beating.Wait()
	defer stop()

	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if err := r.Poll(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "revocations: poll failed", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Poll reads what is new in the feed, and all that matters of it the first time. Run calls it; call it once before
// serving, so that the first request finds an answer. ErrUnavailable.
func (r *Feed) Poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	start := r.now()
	revoked, err := r.read(ctx, r.since(start))
	if err != nil {
		return tenant.Unavailable("revocations", err)
	}
	r.apply(revoked)
	r.polledAt(start)
	return nil
}

// stored returns what was written to the feed since then.
func (r *Feed) stored(ctx context.Context, since time.Time) (map[subject]time.Time, error) {
	docs, err := r.db.Collection("revocations").Where("updated", ">", since).Documents(ctx).GetAll()
	if err != nil {
		return nil, err
	}
	revoked := make(map[subject]time.Time, len(docs))
	for _, doc := range docs {
		s, before, err := revocationOf(doc)
		if err != nil {
			return nil, err // an order that cannot be read may concern anyone
		}
		revoked[s] = before
	}
	return revoked, nil
}

// overdue reports whether the feed was polled before, is stale, and is to be polled again by a request.
func (r *Feed) overdue() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.stale() && !r.polled.IsZero() && r.now().Sub(r.failed) >= catchUpPause
}

// catchUp polls the feed in the request that found it stale. A process that was frozen, because it is
// given no processor time between requests, is in that state, though the feed can be read. However
// many requests find the feed stale, it is polled once for all of them. After a poll that failed they
// are refused for a second without another.
func (r *Feed) catchUp() {
	_, _, _ = r.catching.Do("", func() (any, error) {
		if !r.overdue() {
			return nil, nil // somebody else has polled meanwhile
		}
		ctx, cancel := context.WithTimeout(context.Background(), catchUpTimeout)
		defer cancel()
		if err := r.Poll(ctx); err != nil {
			slog.WarnContext(ctx, "revocations: poll failed", "error", err)
			r.mu.Lock()
			r.failed = r.now()
			r.mu.Unlock()
		}
		return nil, nil
	})
}

// since returns from when on a poll at start must read.
func (r *Feed) since(start time.Time) time.Time {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.polled.IsZero() {
		return start.Add(-endedLife) // the longer of the two
	}
	return r.polled.Add(-pollOverlap)
}

func revocationOf(doc *firestore.DocumentSnapshot) (s subject, before time.Time, err error) {
	var r revocationRecord
	if err := doc.DataTo(&r); err != nil {
		return s, before, fmt.Errorf("revocation record: %w", err)
	}
	if s.tenant, err = tenant.ParseID(r.Tenant); err != nil {
		return s, before, fmt.Errorf("revocation record: %w", err)
	}
	if r.User != "" {
		if s.user, err = tenant.ParseUserID(r.User); err != nil {
			return s, before, fmt.Errorf("revocation record: %w", err)
		}
	}
	if s.session = r.Session; s.session < 0 || s.session > 0 && s.user.IsZero() {
		return s, before, errors.New("revocation record: session of nobody")
	}
	if r.Before.IsZero() {
		return s, before, errors.New("revocation record: no time")
	}
	return s, r.Before, nil
}

func (r *Feed) revoke(ctx context.Context, s subject) error {
	now := r.now()
	r.apply(map[subject]time.Time{s: now})
	if _, err := r.doc(s).Set(ctx, s.record(now)); err != nil {
		return tenant.Unavailable("revocations", err)
	}
	return nil
}

func (r *Feed) doc(s subject) *firestore.DocumentRef {
	return r.db.Collection("revocations").Doc(s.documentID())
}

func (s subject) record(before time.Time) revocationRecord {
	return revocationRecord{Tenant: s.tenant.String(), User: s.user.String(), Session: s.session, Before: before}
}
