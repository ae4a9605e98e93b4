package api

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// Limits are what one tenant may take of a process.
type Limits struct {
	Rate   float64 // requests a second
	Burst  int     // of them at once, after a pause
	AtOnce int     // requests under way

	Text time.Duration // for the inspection of a text, waiting included; 0: 20 s
}

// DefaultLimits are those of the service.
func DefaultLimits() Limits { return Limits{Rate: 50, Burst: 200, AtOnce: 32} }

// mostTenants is how many tenants are counted. One that was not seen for longest is forgotten.
const mostTenants = 10_000

// counts counts the requests of tenants. Safe for concurrent use.
type counts struct {
	limits Limits

	mu      sync.Mutex
	tenants *lru.Cache[string, *count]
}

type count struct {
	rate     *rate.Limiter
	underWay int
}

func newCounts(l Limits) (*counts, error) {
	tenants, err := lru.New[string, *count](mostTenants)
	return &counts{limits: l, tenants: tenants}, err
}

// enter counts a request, and returns what ends it. It returns errLimited if it is one too many.
func (c *counts) enter(tenant string) (leave func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.tenants.Get(tenant)
	if !ok {
		n = &count{rate: rate.NewLimiter(rate.Limit(c.limits.Rate), c.limits.Burst)}
		c.tenants.Add(tenant, n)
	}
	if n.underWay >= c.limits.AtOnce || !n.rate.Allow() {
		return nil, errLimited
	}
	n.underWay++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		n.underWay--
	}, nil
}
