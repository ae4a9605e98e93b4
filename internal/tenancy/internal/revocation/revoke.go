package revocation

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// The claim iat is by Google's clock, so the time of a revocation has to be by Google's clock too.
// Compared with ours, a token issued just before a revocation outlives it where our clock is slow.
// To add an assumed skew to our time would close that gap and lock out, for as long, whoever signs
// in again after a change of their role. So what counts is the time at which the database took the
// order, the field "updated". The database stamps a later order later, whichever process sends it:
// none undoes another.
//
// The time by our own clock is kept beside it for Covers, which compares it with times of our own.
// The later of two is kept, in a transaction.

// revoke writes the order, together with what also writes, and makes it bite in this process. While
// it is on its way, and if nobody can tell whether it arrived, it bites here by our own clock.
func (r *Feed) revoke(ctx context.Context, s subject, also func(*firestore.Transaction, time.Time) error) error {
	now := r.now()
	r.expect(s, now)
	var committed firestore.CommitResponse
	err := r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		before, err := latest(tx, r.doc(s), now)
		if err != nil {
			return err
		}
		if err := also(tx, now); err != nil {
			return err
		}
		return tx.Set(r.doc(s), s.record(before))
	}, firestore.WithCommitResponseTo(&committed))
	if err != nil {
		return tenant.Unavailable("revocations", err)
	}
	r.apply(map[subject]time.Time{s: committed.CommitTime()})
	r.arrived(s)
	return nil
}

// alone is for an order that no other write goes with.
func alone(*firestore.Transaction, time.Time) error { return nil }

// latest returns the later of now and the time by our clocks that is stored. What cannot be read is
// written over: revoking does not fail for an order that is spoilt.
func latest(tx *firestore.Transaction, ref *firestore.DocumentRef, now time.Time) (time.Time, error) {
	doc, err := tx.Get(ref)
	if status.Code(err) == codes.NotFound {
		return now, nil
	}
	if err != nil {
		return now, err
	}
	var stored revocationRecord
	if err := doc.DataTo(&stored); err != nil || stored.Before.Before(now) {
		return now, nil
	}
	return stored.Before, nil
}

// RevokeUser kills the user's tokens issued up to now: at once in this process, within 5 s in every
// other. If it returns ErrUnavailable, others may not have heard of it, and it must be called
// again.
func (r *Feed) RevokeUser(ctx context.Context, t tenant.ID, u tenant.UserID) error {
	if t.IsZero() || u.IsZero() {
		return tenant.Invalid("revocation of nobody")
	}
	return r.revoke(ctx, subject{tenant: t, user: u}, alone)
}

// EndSession kills the tokens of the session of u that began in that second, those refreshed from
// it later included, as RevokeUser does all of the user's. ErrInvalid if there is no such session,
// ErrUnavailable.
func (r *Feed) EndSession(ctx context.Context, t tenant.ID, u tenant.UserID, began time.Time) error {
	if t.IsZero() || u.IsZero() || began.Unix() <= 0 {
		return tenant.Invalid("end of no session")
	}
	return r.revoke(ctx, subject{t, u, began.Unix()}, alone)
}

// RevokeTenant kills all tokens of the tenant issued up to now, as RevokeUser does a user's, and
// revokes the API keys made up to now: a key may live longer than the feed remembers. The order
// itself is kept for good, for Standing reads it.
func (r *Feed) RevokeTenant(ctx context.Context, t tenant.ID) error {
	if t.IsZero() {
		return tenant.Invalid("revocation of no tenant")
	}
	return r.revoke(ctx, subject{tenant: t}, func(tx *firestore.Transaction, now time.Time) error {
		return apikey.RevokeAll(tx, r.db, t, now)
	})
}

var errRevoked = tenant.Unauthenticated("revoked")

// Standing is for a transaction that makes something which outlives the caller's token. It returns
// ErrUnauthenticated if the tenant or the user was revoked after the token was issued. An order
// that comes while the transaction runs makes the database run it again. It returns the time up to
// which the tenant's tokens are dead, and writes nothing.
func (r *Feed) Standing(tx *firestore.Transaction, t tenant.ID, u tenant.UserID, iat time.Time) (tenantDead time.Time, err error) {
	docs, err := tx.GetAll([]*firestore.DocumentRef{r.doc(subject{tenant: t}), r.doc(subject{tenant: t, user: u})})
	if err != nil {
		return time.Time{}, err
	}
	for i, doc := range docs {
		if !doc.Exists() {
			continue
		}
		_, before, err := revocationOf(doc)
		if err != nil {
			// Not the parser's error: what is stored is no fault of the caller's.
			return time.Time{}, &document.Unreadable{Collection: "revocations", ID: doc.Ref.ID, Fault: "form"}
		}
		if !iat.After(before) {
			return time.Time{}, errRevoked
		}
		if i == 0 {
			tenantDead = before
		}
	}
	return tenantDead, nil
}

// Outwait returns whether a token of u that began a session at iat is dead on arrival, and how long
// from now it takes until one issued anew is not. A revocation kills what is issued in its own
// second. That second is over when as much time has passed as was left of it when the database took
// the order, so no clock of ours is asked. ErrUnavailable.
func (r *Feed) Outwait(t tenant.ID, u tenant.UserID, iat time.Time) (time.Duration, bool, error) {
	dead, err := r.Revoked(t, u, iat, iat)
	if err != nil || !dead {
		return 0, false, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	var wait time.Duration
	for _, s := range []subject{{tenant: t}, {tenant: t, user: u}, {t, u, iat.Unix()}} {
		for _, before := range []time.Time{r.before[s], r.expected[s]} {
			if !before.IsZero() {
				wait = max(wait, before.Truncate(time.Second).Add(time.Second).Sub(before))
			}
		}
	}
	return wait, true, nil
}

// expect makes an order that is on its way bite in this process.
func (r *Feed) expect(s subject, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expected[s] = now
	r.pulse.next()
}

// arrived ends what expect began, after apply: from now on the time by the server's clock counts
// alone.
func (r *Feed) arrived(s subject) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.expected, s)
}

func (r *Feed) doc(s subject) *firestore.DocumentRef {
	return r.db.Collection("revocations").Doc(s.documentID())
}

func (s subject) record(before time.Time) revocationRecord {
	return revocationRecord{Tenant: s.tenant.String(), User: s.user.String(), Session: s.session, Before: before}
}
