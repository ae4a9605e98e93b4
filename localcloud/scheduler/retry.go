package scheduler

import (
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
)

// retry says whether an execution is attempted again that failed for the tries-th time, so long
// after its first attempt, and how long it waits. Where both limits are set, it goes on until both
// are reached.
func retry(c *schedulerpb.RetryConfig, tries int, since time.Duration) (wait time.Duration, again bool) {
	if c.GetRetryCount() == 0 {
		return 0, false
	}
	limit := c.GetMaxRetryDuration().AsDuration()
	again = tries <= int(c.GetRetryCount()) || limit > 0 && since < limit
	return backoff(c, tries), again
}

// backoff is how long an execution waits that failed for the tries-th time: the interval doubles
// max_doublings times, then grows by what it has come to, up to the maximum.
func backoff(c *schedulerpb.RetryConfig, tries int) time.Duration {
	least, most := c.GetMinBackoffDuration().AsDuration(), c.GetMaxBackoffDuration().AsDuration()
	doublings := int(c.GetMaxDoublings())
	doubled := max(min(tries-1, doublings), 0)
	steps := max(tries-1-doublings, 0) + 1
	return min(least<<doubled*time.Duration(steps), most)
}
