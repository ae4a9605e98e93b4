package door

import (
	"math"
	"sync"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Limits are what one tenant may take of one process, so that its neighbours are not slowed down by
// it.
type Limits struct {
	Rate     float64 // requests a second, after bursts of twice as many
	InFlight int     // requests at the same time
	SignIns  float64 // attempts to sign in a second, by whomever: they are counted apart, and shut nobody out who is in
}

// DefaultLimits returns limits that are far above what people do, and far below what a process can.
func DefaultLimits() Limits { return Limits{Rate: 200, InFlight: 100, SignIns: 20} }

// limiter counts what each tenant takes. The tenant is one that was verified, or for sign-ins one
// that is served: nothing that a stranger can make up counts anything. Of tenants that were quiet
// for long it forgets the counts, which were full again.
type limiter struct {
	limits Limits
	now    func() time.Time

	mu      sync.Mutex
	tenants *simplelru.LRU[tenant.ID, *taken]
}

// taken is what one tenant takes.
type taken struct {
	requests, signIns *rate.Limiter
	inFlight          int
}

// limitedTenants is how many tenants' counts are kept.
const limitedTenants = 16_384

func newLimiter(l Limits, now func() time.Time) *limiter {
	tenants, _ := simplelru.NewLRU[tenant.ID, *taken](limitedTenants, nil) // fails for a size below one alone
	return &limiter{limits: l, now: now, tenants: tenants}
}

// begin counts a request of a verified caller of the tenant. It returns errTooMany, or a function
// to call when the request is done.
func (l *limiter) begin(id tenant.ID) (done func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.of(id)
	if t.inFlight >= l.limits.InFlight || !t.requests.AllowN(l.now(), 1) {
		return nil, errTooMany
	}
	t.inFlight++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		t.inFlight--
	}, nil
}

// signIn counts an attempt to sign in to the tenant. errTooMany.
func (l *limiter) signIn(id tenant.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.of(id).signIns.AllowN(l.now(), 1) {
		return errTooMany
	}
	return nil
}

func (l *limiter) of(id tenant.ID) *taken {
	t, ok := l.tenants.Get(id)
	if !ok {
		t = &taken{requests: bucket(l.limits.Rate), signIns: bucket(l.limits.SignIns)}
		l.tenants.Add(id, t)
	}
	return t
}

func bucket(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(math.Ceil(2*perSecond))))
}
