package revocation

import (
	"context"
	"errors"
	"sync"
	"time"

	"cloud.google.com/go/firestore"
	"golang.org/x/sync/singleflight"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const (
	pollEvery   = 4 * time.Second // so that, with the round trip, a revocation bites everywhere within 5 s
	pollTimeout = 4 * time.Second
	failClosed  = 30 * time.Second

	catchUpTimeout = 2 * time.Second // what a request waits that finds the feed stale
	catchUpPause   = time.Second

	// pollOverlap is read again by each poll. A server stamps a write when it takes it and shows it
	// when it commits, and its clock may be Leeway from ours.
	pollOverlap = idtoken.Leeway + time.Minute

	// A revocation is of no more use once no token from before it can be valid, and the end of a
	// session once the session would be over in any case.
	revocationLife = idtoken.MaxTokenLife + 2*idtoken.Leeway + 5*time.Minute
	endedLife      = tenant.MaxSession + 2*idtoken.Leeway + 5*time.Minute
)

// Feed is the control plane's feed of "tokens of this user (or tenant) issued before T are dead",
// and of "this session is over", which kills every token of the session, also one issued later: a
// refresh token may have been copied.
//
// The claim iat has whole seconds, so a token is dead if its second is not later than T: one issued
// in the very second of a revocation is dead whether it came before or after. Whoever revokes and
// wants a new token must get one of a later second.
type Feed struct {
	db    *firestore.Client
	now   func() time.Time
	pulse pulse

	read     func(ctx context.Context, since time.Time) (map[subject]time.Time, error)
	catching singleflight.Group

	mu       sync.RWMutex
	before   map[subject]time.Time // T, by the server's clock
	expected map[subject]time.Time // orders of this process that are on their way, by our clock
	polled   time.Time             // start of the last good poll
	failed   time.Time             // end of the last poll that a request made in vain
}

// subject is a session of a user of a tenant; without a session all of the user's, and with the
// zero UserID the whole tenant. A session is known by the second in which it began, the claim
// auth_time, which every token refreshed from it repeats: sessions that one person began in the
// same second end together.
type subject struct {
	tenant  tenant.ID
	user    tenant.UserID
	session int64 // Unix seconds; 0: all
}

// NewFeed returns a feed over the database "platform". It answers nothing before the first Poll,
// and for no longer than 30 s after the last: keep Run running. now is the clock; nil: time.Now.
func NewFeed(db *firestore.Client, now func() time.Time) *Feed {
	if now == nil {
		now = time.Now
	}
	f := &Feed{db: db, now: now, before: map[subject]time.Time{}, expected: map[subject]time.Time{}}
	f.read = f.stored
	return f
}

// Revoked reports whether a token of u, issued at iat in the session that began at authTime, is
// revoked. It returns ErrUnavailable after 30 s without a successful poll: a process that does not
// hear of revocations must not vouch for anyone. Before it does so it polls the feed itself, for at
// most 2 s.
func (r *Feed) Revoked(t tenant.ID, u tenant.UserID, authTime, iat time.Time) (bool, error) {
	if r.overdue() {
		r.catchUp()
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.stale() {
		return true, errStaleFeed
	}
	session := subject{t, u, authTime.Unix()}
	_, over := r.before[session]
	_, ending := r.expected[session]
	return over || ending || r.dead(subject{tenant: t, user: u}, iat) || r.dead(subject{tenant: t}, iat), nil
}

// stale reports whether too much time has passed since the last good poll. The lock is held.
func (r *Feed) stale() bool { return r.polled.IsZero() || r.now().Sub(r.polled) > failClosed }

var errStaleFeed = tenant.Unavailable("revocations", errors.New("no poll for too long"))

func (r *Feed) dead(s subject, iat time.Time) bool {
	for _, orders := range []map[subject]time.Time{r.before, r.expected} {
		if before, ok := orders[s]; ok && !iat.After(before) {
			return true
		}
	}
	return false
}

// Epoch numbers spans of at most a second: it differs after each revocation that this process knows
// of. 0: Run does not run, and no verdict may be repeated.
func (r *Feed) Epoch() uint64 { return r.pulse.current() }

// apply makes revocations bite in this process. They only ever grow later.
func (r *Feed) apply(revoked map[subject]time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := false
	for s, t := range revoked {
		if t.After(r.before[s]) {
			r.before[s] = t
			changed = true
		}
	}
	if changed {
		r.pulse.next()
	}
}

// polledAt notes a good poll that began at start, and forgets what can matter no more.
func (r *Feed) polledAt(start time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.polled = start
	for _, orders := range []map[subject]time.Time{r.before, r.expected} {
		for s, t := range orders {
			if start.Sub(t) > s.life() {
				delete(orders, s)
			}
		}
	}
}

// life is how long after it was made a revocation of s can matter.
func (s subject) life() time.Duration {
	if s.session != 0 {
		return endedLife
	}
	return revocationLife
}
