package pubsub

import (
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub/internal/store"
)

// The defaults and bounds of a subscription's settings.
//
// https://cloud.google.com/pubsub/docs/subscription-properties
const (
	defaultAckDeadline = 10 // seconds
	maxAckDeadline     = 600
	defaultRetention   = 7 * 24 * time.Hour
	minRetention       = 10 * time.Minute
	maxRetention       = 31 * 24 * time.Hour
	defaultMinBackoff  = 10 * time.Second
	maxBackoff         = 600 * time.Second
	minAttempts        = 5
	maxAttempts        = 100
)

// completeSubscription fills in defaults, and refuses settings that the service could not keep its
// word on.
func (s *Service) completeSubscription(sub *pubsubpb.Subscription) error {
	for what, asked := range map[string]bool{
		"exports to BigQuery":               sub.BigqueryConfig != nil,
		"exports to Cloud Storage":          sub.CloudStorageConfig != nil,
		"exports to Bigtable":               sub.BigtableConfig != nil,
		"retention of acknowledged message": sub.RetainAckedMessages,
		"ordered delivery":                  sub.EnableMessageOrdering,
		"filters":                           sub.Filter != "",
		"exactly-once delivery":             sub.EnableExactlyOnceDelivery,
		"message transforms":                len(sub.MessageTransforms) > 0,
		"tags":                              len(sub.Tags) > 0,
		"expiry of subscriptions; set expiration_policy without a ttl": sub.GetExpirationPolicy().GetTtl() != nil,
	} {
		if asked {
			return unsupported(what)
		}
	}
	sub.ExpirationPolicy = &pubsubpb.ExpirationPolicy{}
	sub.State = pubsubpb.Subscription_ACTIVE
	sub.Detached, sub.TopicMessageRetentionDuration, sub.AnalyticsHubSubscriptionInfo = false, nil, nil
	if sub.AckDeadlineSeconds == 0 {
		sub.AckDeadlineSeconds = defaultAckDeadline
	}
	if d := sub.AckDeadlineSeconds; d < defaultAckDeadline || d > maxAckDeadline {
		return invalid("Invalid ack deadline given: deadline_seconds=%d, want %d to %d.", d, defaultAckDeadline, maxAckDeadline)
	}
	if err := complete(&sub.MessageRetentionDuration, "message_retention_duration", defaultRetention, minRetention, maxRetention); err != nil {
		return err
	}
	if p := sub.RetryPolicy; p != nil {
		if err := complete(&p.MinimumBackoff, "minimum_backoff", defaultMinBackoff, 0, maxBackoff); err != nil {
			return err
		}
		if err := complete(&p.MaximumBackoff, "maximum_backoff", maxBackoff, 0, maxBackoff); err != nil {
			return err
		}
		if p.MinimumBackoff.AsDuration() > p.MaximumBackoff.AsDuration() {
			return invalid("The minimum backoff is longer than the maximum backoff.")
		}
	}
	if err := s.completeDeadLetter(sub); err != nil {
		return err
	}
	if err := checkLabels(sub.Labels); err != nil {
		return err
	}
	return s.completePush(sub)
}

// complete gives a duration its default, and refuses one out of bounds.
func complete(d **durationpb.Duration, name string, standard, least, most time.Duration) error {
	if *d == nil {
		*d = durationpb.New(standard)
	}
	if v := (*d).AsDuration(); (*d).CheckValid() != nil || v < least || v > most {
		return invalid("Invalid %s: want %v to %v.", name, least, most)
	}
	return nil
}

// terms are how the subscription's messages are delivered. Without a retry policy, one that a
// subscriber did not take is due again at once when it is pulled, and after a short while when it
// is pushed.
func (s *Service) terms(sub *pubsubpb.Subscription) store.Terms {
	t := store.Terms{
		Deadline:    time.Duration(sub.AckDeadlineSeconds) * time.Second,
		MaxAttempts: int(sub.GetDeadLetterPolicy().GetMaxDeliveryAttempts()),
		Forward:     s.mayForward(sub),
	}
	switch p := sub.RetryPolicy; {
	case p != nil:
		t.Backoff = doubling(p.MinimumBackoff.AsDuration(), p.MaximumBackoff.AsDuration())
	case pushes(sub):
		t.Backoff = doubling(100*time.Millisecond, time.Minute)
	}
	return t
}

// doubling waits least after the first attempt, twice as long after each further one, and never
// longer than most.
func doubling(least, most time.Duration) func(attempt int) time.Duration {
	return func(attempt int) time.Duration {
		wait := least
		for range attempt - 1 {
			if wait *= 2; wait >= most {
				return most
			}
		}
		return min(wait, most)
	}
}

// pushes reports whether the subscription's messages are pushed.
func pushes(sub *pubsubpb.Subscription) bool {
	return strings.TrimSpace(sub.GetPushConfig().GetPushEndpoint()) != ""
}
