package door

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Limits are what one tenant may take of one process, so that its neighbours are not slowed down by
// it, and what one client address may try.
type Limits struct {
	Rate     float64 // requests a second, after bursts of twice as many; one caller has half of them at the most
	InFlight int     // requests at the same time; one caller has half of them at the most
	SignIns  float64 // attempts to sign in a second, and as many refreshes: they are counted apart, and shut nobody out who is in
	Guesses  float64 // attempts to sign in, and credentials that do not stand, a second from one client address; 0: not limited
}

// DefaultLimits returns limits that are far above what people do, and far below what a process can.
func DefaultLimits() Limits { return Limits{Rate: 200, InFlight: 100, SignIns: 20, Guesses: 5} }

// tooManyError is errTooMany or errTooManyHere, and says when to come back.
type tooManyError struct {
	error
	after time.Duration
}

func (e *tooManyError) Unwrap() error { return e.error }

// limiter counts what each tenant takes. The tenant is one that was verified, or for sign-ins one
// that is served: nothing that a stranger can make up counts anything, but at the stranger's own
// address. Of tenants, callers and addresses that were quiet for long it forgets the counts, which
// were full again.
type limiter struct {
	limits Limits
	now    func() time.Time

	mu        sync.Mutex
	tenants   *simplelru.LRU[tenant.ID, *taken]
	addresses *simplelru.LRU[string, *rate.Limiter]
}

// taken is what one tenant takes.
type taken struct {
	requests, signIns, refreshes *rate.Limiter
	inFlight                     int
	callers                      map[string]int                        // of inFlight
	rates                        *simplelru.LRU[string, *rate.Limiter] // of requests, one caller's share
}

// How many counts are kept: of tenants, of each tenant's callers, and of addresses.
const (
	limitedTenants   = 16_384
	limitedCallers   = 256
	limitedAddresses = 65_536
)

func newLimiter(l Limits, now func() time.Time) *limiter {
	tenants, _ := simplelru.NewLRU[tenant.ID, *taken](limitedTenants, nil) // fails for a size below one alone
	addresses, _ := simplelru.NewLRU[string, *rate.Limiter](limitedAddresses, nil)
	return &limiter{limits: l, now: now, tenants: tenants, addresses: addresses}
}

// begin counts a request of a verified caller of the tenant. It returns errTooMany, or a function
// to call when the request is done.
func (l *limiter) begin(id tenant.ID, caller string) (done func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.of(id)
	if t.inFlight >= l.limits.InFlight || t.callers[caller] >= (l.limits.InFlight+1)/2 {
		return nil, &tooManyError{errTooMany, time.Second} // nobody knows when one is done
	}
	// The caller's share is asked first: what is refused for it costs the tenant nothing.
	if err := l.take(l.share(t, caller), errTooMany); err != nil {
		return nil, err
	}
	if err := l.take(t.requests, errTooMany); err != nil {
		return nil, err
	}
	t.inFlight++
	t.callers[caller]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		t.inFlight--
		if t.callers[caller]--; t.callers[caller] == 0 {
			delete(t.callers, caller)
		}
	}, nil
}

// room is what a caller has left of what they may ask for.
type room struct {
	limit, left int           // requests
	full        time.Duration // until none is missing any more
}

// roomOf returns what is left to the caller of the tenant: of their own share or of the tenant's,
// whichever is less.
func (l *limiter) roomOf(id tenant.ID, caller string) room {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, now := l.of(id), l.now()
	own, all := roomIn(l.share(t, caller), now), roomIn(t.requests, now)
	if all.left < own.left {
		return all
	}
	return own
}

func roomIn(b *rate.Limiter, now time.Time) room {
	tokens := max(0, b.TokensAt(now))
	missing := float64(b.Burst()) - tokens
	return room{b.Burst(), int(tokens), time.Duration(missing / float64(b.Limit()) * float64(time.Second))}
}

// signIn counts an attempt to sign in to the tenant from the address; the zero ID stands for the
// operators. The address is asked first, so that one cannot use up a tenant's attempts.
// errTooManyHere, errTooMany.
func (l *limiter) signIn(address string, id tenant.ID) error {
	return l.attempt(address, id, func(t *taken) *rate.Limiter { return t.signIns })
}

// refresh counts a refresh token that came without a session, as signIn does an attempt to sign in.
func (l *limiter) refresh(address string, id tenant.ID) error {
	return l.attempt(address, id, func(t *taken) *rate.Limiter { return t.refreshes })
}

func (l *limiter) attempt(address string, id tenant.ID, of func(*taken) *rate.Limiter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if guesses := l.at(address); guesses != nil {
		if err := l.take(guesses, errTooManyHere); err != nil {
			return err
		}
	}
	return l.take(of(l.of(id)), errTooMany)
}

// guess takes one from the address's share of guesses: errTooManyHere.
func (l *limiter) guess(address string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	guesses := l.at(address)
	if guesses == nil {
		return nil
	}
	return l.take(guesses, errTooManyHere)
}

// mayGuess reports whether the address may show a credential: errTooManyHere if too many of its did
// not stand.
func (l *limiter) mayGuess(address string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if guesses := l.at(address); guesses != nil && guesses.TokensAt(l.now()) < 1 {
		return &tooManyError{errTooManyHere, time.Duration(float64(time.Second) / l.limits.Guesses)}
	}
	return nil
}

// guessed counts a credential from the address that did not stand.
func (l *limiter) guessed(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if guesses := l.at(address); guesses != nil {
		guesses.AllowN(l.now(), 1)
	}
}

// take takes one from the bucket, or returns err with the time until there is one.
func (l *limiter) take(from *rate.Limiter, err error) error {
	now := l.now()
	r := from.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return &tooManyError{err, wait}
	}
	return nil
}

func (l *limiter) of(id tenant.ID) *taken {
	t, ok := l.tenants.Get(id)
	if !ok {
		signIns := l.limits.SignIns
		rates, _ := simplelru.NewLRU[string, *rate.Limiter](limitedCallers, nil) // fails for a size below one alone
		t = &taken{bucket(l.limits.Rate), bucket(signIns), bucket(signIns), 0, map[string]int{}, rates}
		l.tenants.Add(id, t)
	}
	return t
}

// share is how many of a tenant's requests one caller may make.
func (l *limiter) share(t *taken, caller string) *rate.Limiter {
	b, ok := t.rates.Get(caller)
	if !ok {
		b = bucket(l.limits.Rate / 2)
		t.rates.Add(caller, b)
	}
	return b
}

// at is the address's bucket; nil if addresses are not limited. Of IPv6 a /64 counts, which is what
// one client has.
func (l *limiter) at(address string) *rate.Limiter {
	if l.limits.Guesses <= 0 {
		return nil
	}
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() && !ip.Is4In6() {
		network, _ := ip.WithZone("").Prefix(64) // fails for more bits than there are
		address = network.String()
	}
	b, ok := l.addresses.Get(address)
	if !ok {
		b = bucket(l.limits.Guesses)
		l.addresses.Add(address, b)
	}
	return b
}

func bucket(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(math.Ceil(2*perSecond))))
}

// refused records a refusal that is an attempt to reach another tenant, and returns err. The
// attempt counts against the share of the tenant that it comes from, first: beyond that share the
// answer is errTooMany, and nothing is recorded. Of any other error it records nothing.
func (d *Door) refused(ctx context.Context, err error) error {
	mismatch, ok := errors.AsType[*tenancy.MismatchError](err)
	if !ok {
		return err
	}
	done, limit := d.limiter.begin(mismatch.Tenant, mismatch.User.String())
	if limit != nil {
		return limit
	}
	defer done()
	return d.config.Machine.Refused(ctx, err)
}
